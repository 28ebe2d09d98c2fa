// SPDX-License-Identifier: Apache-2.0

/** What tests ask of the radio world (docs/radio.md) by the control socket. */

import { OK, type Wire } from "./harness.ts";

export interface Ipv4 {
	readonly ip: string;
	readonly gateway: string;
	readonly netmask: string;
}

/** A station of the SoftAP. */
export interface Guest {
	readonly mac: string;
	readonly state: "joining" | "joined" | "addressed";
	readonly ip?: string;
	/** Where that is on this machine. */
	readonly host?: string;
	readonly static: boolean;
}

export interface SoftApState {
	readonly state: "up" | "down";
	readonly mac: string;
	readonly ssid?: string;
	readonly ssid_hex?: string;
	readonly password?: string;
	readonly password_hex?: string;
	readonly channel?: number;
	readonly security?: string;
	readonly maximum?: number;
	readonly hidden?: boolean;
	readonly protocol: number;
	readonly address: Ipv4;
	/** Where the address is on this machine. */
	readonly host: string;
	readonly dhcp: { on: boolean; lease_minutes?: number; first?: string; last?: string };
	readonly leases: readonly { mac: string; ip: string; left_ms: number }[];
	readonly stations: readonly Guest[];
}

export interface StationState {
	readonly state: "off" | "idle" | "joining" | "associated" | "addressed";
	readonly mac?: string;
	readonly mode?: number;
	readonly ssid?: string;
	readonly bssid?: string;
	readonly address?: Ipv4;
	readonly host?: string;
	readonly host_name?: string;
}

export async function softApState({ control }: Wire): Promise<SoftApState> {
	return (await control.request("softap.state"))["softap"] as SoftApState;
}

export async function stationState({ control }: Wire): Promise<StationState> {
	return (await control.request("station.state"))["station"] as StationState;
}

/** Has a station join the SoftAP. @returns it when it has its address, or has got none */
export async function joinSoftAp({ control }: Wire, fields: Record<string, unknown>): Promise<Guest> {
	return (await control.request("softap.join", fields))["station"] as Guest;
}

/** The same, and the host has been told of it. */
export async function guest(w: Wire, fields: Record<string, unknown>): Promise<Guest> {
	const it = await joinSoftAp(w, fields);
	await w.at.expect(connected(it));
	return it;
}

/** What the host is told of a station that joins. */
export function connected({ mac, ip, static: isStatic }: Guest): string {
	return `+STA_CONNECTED:"${mac}"␍␊${ip === undefined || isStatic ? "" : `+DIST_STA_IP:"${mac}","${ip}"␍␊`}`;
}

export function left({ mac }: { mac: string }): string {
	return `+STA_DISCONNECTED:"${mac}"␍␊`;
}

export async function advance({ control }: Wire, ms: number): Promise<void> {
	await control.request("clock.advance", { ms });
}

/** Sets a mode, with error numbers. */
export async function mode(w: Wire, wanted: number): Promise<void> {
	await w.at.chat(`AT+SYSLOG=1␍␊AT+CWMODE=${wanted}␍␊`, OK + OK);
}

/** A SoftAP that a test's stations join. */
export const MINE = { ssid: "mine", password: "12345678" };

export async function softAp(w: Wire, wanted = 2): Promise<void> {
	await mode(w, wanted);
	await w.at.chat(`AT+CWSAP="${MINE.ssid}","${MINE.password}",5,3␍␊`, OK);
}

/** After AT+RST or a cut. */
export async function restart({ at }: Wire): Promise<void> {
	await at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
	await at.chat("AT+SYSLOG=1␍␊", OK);
}

// SPDX-License-Identifier: Apache-2.0

import { JoinError, WifiEvent, type WifiNative } from "wifi/wifi-native";
import { binary, cText } from "./binary";

/** A station's access point. Times are ms of the device's clock. */
export interface AccessPoint {
	ssid: string;
	/** None: open. */
	password?: string;
	bssid?: string;
	channel?: number;
	rssi?: number;
	/** Out of reach for now. */
	absent?: boolean;
	/** Until a join succeeds or fails. */
	delay?: number;
	/** False: the station gets no address. */
	dhcp?: boolean;
	/** From the association to the address. */
	dhcpDelay?: number;
	/** Every association fails. */
	refuse?: boolean;
	/** As guide 3.2.8 counts it; default 0 without a password, 3 with one. */
	security?: number;
	/** Its network gives IPv6 addresses. */
	ipv6?: boolean;
}

/** What the firmware asks of the radio. */
export interface JoinRequest {
	readonly ssid: string;
	readonly password: string;
	readonly bssid: string;
	readonly pciEnabled: number;
	readonly listenInterval: number;
	readonly scanMode: number;
	readonly pmf: number;
}

type Address = [ip: string, gateway: string, netmask: string];

const NO_ADDRESS: Address = ["0.0.0.0", "0.0.0.0", "0.0.0.0"];
const ADDRESS: Address = ["192.168.1.2", "192.168.1.1", "255.255.255.0"];
const MACS = ["7c:df:a1:00:00:01", "7c:df:a1:00:00:02"] as const;
const LINK_LOCAL = "fe80::7edf:a1ff:fe00:1";
const GLOBAL = "2001:db8::7edf:a1ff:fe00:1";
const LEFT = 8;

type WifiNatives = { [K in keyof WifiNative]: WifiNative[K] };

/** The radio and what it can reach: the natives of wifi-native.ts. Requests are answered by events. */
export class Wifi implements WifiNatives {
	/** May be changed at any time; see drop() for who is joined. */
	readonly accessPoints: AccessPoint[];
	/** True: the radio does not start. */
	broken = false;
	/** 0 off, bit 0 station, bit 1 access point */
	mode = 0;
	/** True: the driver does not end. */
	clings = false;
	/** AT+CWINIT=0 */
	released = false;
	/** As setAddress() has it. */
	fixed: Address | undefined;
	hostName = "";
	ipv6 = false;
	readonly macs: [string, string] = [...MACS];
	readonly protocols = [7, 7];
	#country: [number, string, number, number] = [1, "CN", 1, 13];
	readonly #now: () => number;
	readonly #wake: () => void;
	readonly #listeners: ((request: JoinRequest) => void)[] = [];
	#onEvent: (events: number, reason: number) => void = () => {};
	#events = 0;
	#reason = 0;
	#joined: AccessPoint | undefined;
	#address = NO_ADDRESS;
	/** What comes next, and when. */
	#next: { due: number; what: () => void } | undefined;

	constructor(accessPoints: AccessPoint[], now: () => number, wake: () => void) {
		this.accessPoints = accessPoints;
		this.#now = now;
		this.#wake = wake;
	}
	serve(onEvent: (events: number, reason: number) => void): this {
		this.#onEvent = onEvent;
		return this;
	}
	/** The firmware joins. */
	on(_event: "join", listener: (request: JoinRequest) => void): void {
		this.#listeners.push(listener);
	}
	/** The access point throws the station out. @param reason a wifi_err_reason_t */
	drop(reason = LEFT): void {
		this.#lose(reason);
		this.#wake();
	}

	/* --- natives --- */

	start(mode: number): boolean {
		if (this.broken) return false;
		if (mode !== 0) this.released = false;
		this.mode = mode;
		if ((mode & 1) === 0) this.leave();
		return true;
	}
	join(
		ssid: string,
		password: string,
		bssid: string,
		pciEnabled: number,
		listenInterval: number,
		scanMode: number,
		pmf: number,
	): void {
		if (binary(ssid).length > 32 || binary(password).length > 64) throw new RangeError("string too long");
		cText(bssid, 17);
		const request = { ssid, password, bssid, pciEnabled, listenInterval, scanMode, pmf };
		for (const listener of this.#listeners) listener(request);
		this.leave();
		const ap = this.accessPoints.find(
			it =>
				!it.absent &&
				it.ssid === ssid &&
				(bssid === "" || it.bssid === bssid) &&
				(!pciEnabled || it.password !== undefined),
		);
		this.#later(ap?.delay ?? 0, () => this.#join(ap, password));
	}
	leave(): void {
		this.#next = undefined;
		this.#lose(LEFT);
	}
	accessPoint(): [bssid: string, channel: number, rssi: number] {
		const { bssid = "02:00:00:00:00:01", channel = 1, rssi = -50 } = this.#joined ?? {};
		return [bssid, channel, rssi];
	}
	address(): [ip: string, gateway: string, netmask: string, linkLocal: string, global: string] {
		const joined = this.ipv6 ? this.#joined : undefined;
		return [...this.#address, joined ? LINK_LOCAL : "", joined?.ipv6 ? GLOBAL : ""];
	}
	release(): boolean {
		if (this.clings) return false;
		this.released = true;
		return this.start(0);
	}
	setAddress(ip: string, gateway: string, netmask: string): boolean {
		if (this.broken) return false;
		this.fixed = ip === "" ? undefined : [ip, gateway, netmask];
		if (this.#joined) this.#getAddress(this.#joined);
		return true;
	}
	setIPv6(on: boolean): boolean {
		this.ipv6 = on;
		if (this.#joined) this.#tellIPv6(this.#joined);
		return true;
	}
	setHostName(name: string): boolean {
		this.hostName = name;
		cText(name, 32);
		return true;
	}
	mac(which: number): string {
		return this.macs[which - 1] ?? "";
	}
	setMac(which: number, mac: string): boolean {
		if (this.broken) return false;
		this.macs[which - 1] = mac;
		if (which === 1) this.leave();
		return true;
	}
	setProtocol(which: number, bits: number): boolean {
		if (this.broken) return false;
		this.protocols[which - 1] = bits;
		return true;
	}
	setCountry(manual: boolean, code: string, first: number, count: number): boolean {
		if (this.broken) return false;
		this.#country = [manual ? 1 : 0, code, first, count];
		return true;
	}
	country(): [manual: number, code: string, first: number, count: number] {
		return [...this.#country];
	}

	/* --- the air --- */

	#later(ms: number, what: () => void): void {
		this.#next = { due: this.#now() + ms, what };
	}
	#tell(event: number, reason = 0): void {
		this.#events |= event;
		this.#reason = reason;
	}
	#join(ap: AccessPoint | undefined, password: string): void {
		if (ap === undefined || this.mode === 0)
			return this.#tell(WifiEvent.failed, ap === undefined ? JoinError.notFound : JoinError.failed);
		if (ap.refuse) return this.#tell(WifiEvent.failed, JoinError.failed);
		if (ap.password !== undefined && ap.password !== password)
			return this.#tell(WifiEvent.failed, JoinError.password);
		this.#joined = ap;
		this.#tell(WifiEvent.associated);
		this.#getAddress(ap);
		this.#tellIPv6(ap);
	}
	#getAddress(ap: AccessPoint): void {
		const { fixed } = this;
		if (fixed?.[0] === NO_ADDRESS[0] || (fixed === undefined && ap.dhcp === false)) return;
		this.#later(fixed === undefined ? (ap.dhcpDelay ?? 0) : 0, () => {
			this.#address = fixed ?? ADDRESS;
			this.#tell(WifiEvent.addressed);
		});
	}
	#tellIPv6(ap: AccessPoint): void {
		if (this.ipv6) this.#tell(ap.ipv6 ? WifiEvent.linkLocal | WifiEvent.global : WifiEvent.linkLocal);
	}
	/** For the fakes of the scan and the SoftAP, which are told of by the same events. */
	tell(event: number): void {
		this.#tell(event, this.#reason);
		this.#wake();
	}
	#lose(reason: number): void {
		if (this.#joined === undefined) return;
		this.#joined = undefined;
		this.#next = undefined;
		this.#address = NO_ADDRESS;
		/* What was not told yet is not true any more. */
		this.#events &= ~(WifiEvent.associated | WifiEvent.addressed | WifiEvent.linkLocal | WifiEvent.global);
		this.#tell(WifiEvent.lost, reason);
	}

	/* --- for the device --- */

	due(): number {
		return this.#next?.due ?? Infinity;
	}
	/** @returns whether there was something to do */
	xs(enter: (body: () => void) => void): boolean {
		while (this.#next !== undefined && this.#next.due <= this.#now()) {
			const { what } = this.#next;
			this.#next = undefined;
			what();
		}
		const events = this.#events;
		const reason = this.#reason;
		this.#events = 0;
		if (events !== 0) enter(() => this.#onEvent(events, reason));
		return events !== 0;
	}
	/** The power is gone. */
	cut(): void {
		this.mode = 0;
		this.released = this.ipv6 = false;
		this.fixed = undefined;
		this.#country = [1, "CN", 1, 13];
		this.macs.splice(0, 2, ...MACS);
		this.protocols.fill(7);
		this.#joined = this.#next = undefined;
		this.#address = NO_ADDRESS;
		this.#events = 0;
	}
}

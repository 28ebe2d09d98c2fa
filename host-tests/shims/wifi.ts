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

const NO_ADDRESS: [string, string, string] = ["0.0.0.0", "0.0.0.0", "0.0.0.0"];
const ADDRESS: [string, string, string] = ["192.168.1.2", "192.168.1.1", "255.255.255.0"];
const MACS = ["7c:df:a1:00:00:01", "7c:df:a1:00:00:02"];
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
	address(): [ip: string, gateway: string, netmask: string] {
		return [...this.#address];
	}
	mac(interface_: number): string {
		return MACS[interface_ - 1] ?? "";
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
		if (ap.dhcp !== false)
			this.#later(ap.dhcpDelay ?? 0, () => {
				this.#address = ADDRESS;
				this.#tell(WifiEvent.addressed);
			});
	}
	#lose(reason: number): void {
		if (this.#joined === undefined) return;
		this.#joined = undefined;
		this.#next = undefined;
		this.#address = NO_ADDRESS;
		/* What was not told yet is not true any more. */
		this.#events &= ~(WifiEvent.associated | WifiEvent.addressed);
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
		this.#joined = this.#next = undefined;
		this.#address = NO_ADDRESS;
		this.#events = 0;
	}
}

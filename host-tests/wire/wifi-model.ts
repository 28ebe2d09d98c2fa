// SPDX-License-Identifier: Apache-2.0

/** What the Wi-Fi set should hold, command by command: the model of wifi-model.test.ts. */

/** mulberry32 */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}
	/** 0 to n - 1 */
	below(n: number): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % n;
	}
	pick<T>(...of: readonly T[]): T {
		return of[this.below(of.length)] as T;
	}
	chance(n: number): boolean {
		return this.below(n) === 0;
	}
}

/** What is stored, as far as SYSSTORE says. */
export interface Values {
	mode: number;
	ssid: string;
	password: string;
	interval: number;
	count: number;
	/** Of AT+CWSAP?; "" for the factory's. */
	softAp: string;
	softApName: string;
	/** "" for the default one. */
	softApAddress: string;
	/** minutes,"first","last" of AT+CWDHCPS?; "" for the default ones. */
	leases: string;
	/** "" for none. */
	fixed: string;
	dhcp: number;
	autoConnect: number;
	stationMac: string;
	softApMac: string;
}

const FACTORY: Values = Object.freeze({
	mode: 0,
	ssid: "",
	password: "",
	interval: 0,
	count: 0,
	softAp: "",
	softApName: "",
	softApAddress: "",
	leases: "",
	fixed: "",
	dhcp: 3,
	autoConnect: 1,
	stationMac: "",
	softApMac: "",
});

export const STATION = 1;
export const SOFTAP = 2;

export class Model {
	now: Values = { ...FACTORY };
	stored: Values = { ...FACTORY };
	driver = true;
	#storing = true;
	/** The server of AT+CIPSERVER. */
	serves = false;
	/** The station is to be joined: it is, or tries until it is. */
	trying = false;

	get station(): boolean {
		return this.driver && (this.now.mode & STATION) !== 0;
	}
	get softAp(): boolean {
		return this.driver && (this.now.mode & SOFTAP) !== 0;
	}
	set storing(on: boolean) {
		this.#storing = on;
	}
	set(values: Partial<Values>): void {
		Object.assign(this.now, values);
		if (this.#storing) Object.assign(this.stored, values);
	}
	/** AT+CWAUTOCONN is always stored. */
	setAutoConnect(on: number): void {
		this.now.autoConnect = this.stored.autoConnect = on;
	}
	setMode(mode: number, autoConnect: boolean): void {
		const before = this.now.mode;
		this.set({ mode });
		if ((mode & STATION) === 0) this.trying = false;
		else if ((before & STATION) === 0) this.trying = autoConnect && this.now.ssid !== "";
	}
	setDriver(on: boolean): void {
		if (on === this.driver) return;
		this.driver = on;
		this.trying = on && this.station && this.now.autoConnect === 1 && this.now.ssid !== "";
	}
	restart(): void {
		this.now = { ...this.stored };
		this.#storing = true;
		this.serves = false;
		this.driver = false;
		this.setDriver(true);
	}
	restore(): void {
		this.stored = { ...FACTORY };
		this.restart();
	}
}

/**
 * Follows the messages as a host does.
 * @throws Error when one comes that cannot come
 */
export class Listener {
	#connected = false;
	#addressed = false;
	/** MAC addresses, and whether DHCP gave an address. */
	readonly #guests = new Map<string, boolean>();

	get guests(): string[] {
		return [...this.#guests.keys()];
	}
	get connected(): boolean {
		return this.#connected;
	}
	/** The module has started anew. */
	reset(): void {
		this.#connected = this.#addressed = false;
		this.#guests.clear();
	}
	/** @returns whether the line is such a message */
	hear(line: string): boolean {
		const expect = (holds: boolean): void => {
			if (!holds) throw new Error(`out of order: ${line}`);
		};
		const mac = line.slice(line.indexOf('"') + 1).slice(0, 17);
		if (line === "WIFI CONNECTED") {
			expect(!this.#connected);
			this.#connected = true;
		} else if (line === "WIFI GOT IP") {
			expect(this.#connected);
			this.#addressed = true;
		} else if (line === "WIFI DISCONNECT") {
			expect(this.#connected);
			this.#connected = this.#addressed = false;
		} else if (line.startsWith("+STA_CONNECTED:")) {
			expect(!this.#guests.has(mac));
			this.#guests.set(mac, false);
		} else if (line.startsWith("+DIST_STA_IP:")) {
			expect(this.#guests.has(mac));
			this.#guests.set(mac, true);
		} else if (line.startsWith("+STA_DISCONNECTED:")) {
			expect(this.#guests.delete(mac));
		} else return false;
		return true;
	}
	get addressed(): boolean {
		return this.#addressed;
	}
}

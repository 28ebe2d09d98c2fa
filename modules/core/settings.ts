// SPDX-License-Identifier: Apache-2.0

import { log } from "system/log";

/** When a setting goes to flash: with every change, with changes while AT+SYSSTORE=1, or not at all. */
export type Policy = "always" | "sysstore" | "never";

export interface Setting<T extends number | string> {
	/** NVS namespace and key, at most 15 bytes each. */
	readonly space: string;
	readonly key: string;
	/** The value until one is set, unless the manufacturing data have another. */
	readonly initial: T;
	readonly policy: Policy;
	readonly factory: Factory | undefined;
	/** Of a custom command: nobody knows of it until it is first asked for. */
	readonly own: boolean;
}

/** Where manufacturing data have a setting's initial value: its key in factory_param, and the range it must be in. */
export interface Factory {
	readonly key: string;
	readonly min: number;
	readonly max: number;
}

/** Where stored values live: NVS through store/store.ts, a Map in unit tests. */
export interface Storage {
	get(space: string, key: string): number | string | undefined;
	/** @returns false when there is no room for it */
	set(space: string, key: string, value: number | string): boolean;
	erase(space: string, key: string): void;
	/** Erases everything the user has stored. */
	clear(): void;
	/** Manufacturing data. */
	factory(space: string, key: string): number | string | undefined;
}

const SPACE = "at";
const OWN_SPACE = "custom";
/** The namespace of the factory parameters (User Guide 6.7). */
const FACTORY_SPACE = "factory_param";
/** Changes that belong together, while they are being stored: JSON of [space, key, value] each. */
const JOURNAL = "journal";

function setting<T extends number | string>(
	key: string,
	initial: T,
	policy: Policy,
	space = SPACE,
	factory?: Factory,
): Setting<T extends number ? number : string> {
	const it = { space, key, initial, policy, factory, own: space === OWN_SPACE };
	return Object.freeze(it) as unknown as Setting<T extends number ? number : string>;
}

/**
 * A setting of a custom command, in a namespace that all of them share.
 * @param key 1..15 bytes @throws RangeError for another
 */
export function ownSetting<T extends number | string>(
	key: string,
	initial: T,
	policy: Policy = "always",
): Setting<T extends number ? number : string> {
	if (key.length < 1 || key.length > 15) throw new RangeError(`a key of 1 to 15 bytes, not "${key}"`);
	return setting(key, initial, policy, OWN_SPACE);
}

function factory(key: string, min: number, max: number): Factory {
	return Object.freeze({ key, min, max });
}

/** Baud rates that the UART takes (guide 3.1.11). */
export const BAUD_MIN = 80;
export const BAUD_MAX = 5000000;

/**
 * Every setting of the firmware, once. AT+RESTORE erases what is stored, so it needs no list of its own.
 * Stored or not: guide 3.1.26 and 3.13. Spaces and keys of UART are ESP-AT's, so that a module taken over keeps them.
 */
export const settings = Object.freeze({
	sysstore: setting("sysstore", 1, "never", SPACE, factory("sys_store", 0, 1)),
	sysmsg: setting("sysmsg", 0, "sysstore"),
	syslog: setting("syslog", 0, "never"),

	uartRate: setting("rate", 115200, "always", "UART", factory("uart_baudrate", BAUD_MIN, BAUD_MAX)),
	uartDataBits: setting("databits", 8, "always", "UART"),
	uartStopBits: setting("stopbits", 1, "always", "UART"),
	uartParity: setting("parity", 0, "always", "UART"),
	uartFlow: setting("flow_ctrl", 1, "always", "UART"),

	wifiMode: setting("cwmode", 0, "sysstore"),
	ssid: setting("ssid", "", "sysstore"),
	password: setting("password", "", "sysstore"),
	bssid: setting("bssid", "", "sysstore"),
	pciEnabled: setting("pci_en", 0, "sysstore"),
	reconnectInterval: setting("reconn_intvl", 0, "sysstore"),
	reconnectCount: setting("reconn_count", 0, "sysstore"),
	listenInterval: setting("listen_intvl", 3, "sysstore"),
	scanMode: setting("scan_mode", 0, "sysstore"),
	joinTimeout: setting("jap_timeout", 15, "sysstore"),
	pmf: setting("pmf", 1, "sysstore"),
	autoConnect: setting("autoconn", 1, "always"),
	stationMac: setting("sta_mac", "", "sysstore"),
	stationProtocol: setting("sta_proto", 7, "sysstore"),
	/** AT+CIPSTA: ip, gateway and netmask between commas; "" without a static address. */
	stationAddress: setting("sta_ip", "", "sysstore"),
	/** AT+CWDHCP: bit 0 the station's client, bit 1 the SoftAP's server. */
	dhcp: setting("dhcp", 3, "sysstore"),
	/** No document gives a default; this is the IDF's. */
	hostName: setting("host_name", "espressif", "never"),

	/** AT+CWLAPOPT */
	scanMask: setting("lap_mask", 0x7ff, "never"),
	scanSignal: setting("lap_rssi", -100, "never"),
	scanSecurity: setting("lap_auth", 0xffff, "never"),

	/** AT+CWSAP: "" for a name made of the MAC address. */
	softApSsid: setting("ap_ssid", "", "sysstore"),
	softApPassword: setting("ap_password", "", "sysstore"),
	softApChannel: setting("ap_channel", 1, "sysstore"),
	softApSecurity: setting("ap_ecn", 0, "sysstore"),
	softApMaximum: setting("ap_max_conn", 10, "sysstore"),
	softApHidden: setting("ap_hidden", 0, "sysstore"),
	softApMac: setting("ap_mac", "", "sysstore"),
	softApProtocol: setting("ap_proto", 7, "sysstore"),
	/** AT+CIPAP, as stationAddress; "" for the default one. */
	softApAddress: setting("ap_ip", "", "sysstore"),
	/** AT+CWDHCPS: minutes, first and last address between commas; "" for the default ones. */
	softApLeases: setting("ap_leases", "", "sysstore"),

	transmissionMode: setting("cipmode", 0, "never"),
	showRemote: setting("cipdinfo", 0, "never"),
	/** AT+CIPSENDLCFG */
	sendReport: setting("sendl_report", 1024, "never"),
	sendBlock: setting("sendl_block", 2920, "never"),
	transmissionInterval: setting("transintvl", 20, "never"),
	ipv6: setting("cipv6", 0, "sysstore"),
	/** link/tcp-options.ts */
	tcpOptions: setting("cip_tcp_opt", "", "sysstore"),
	serverMaximum: setting("server_max", 5, "never"),
	/** No document gives a default; 180 s is what older firmware has (ambiguities.md, C7). */
	serverTimeout: setting("server_sto", 180, "never"),
	linkReconnectInterval: setting("reconn_link", 1, "sysstore"),

	/** AT+CIPDNS: whether, and the addresses between commas; "" for the default ones. */
	dnsManual: setting("cipdns", 0, "sysstore"),
	dnsServers: setting("cipdns_ip", "", "sysstore"),

	/** AT+SAVETRANSLINK */
	powerUpPassthrough: setting("tl_mode", 0, "always"),
	powerUpHost: setting("tl_host", "", "always"),
	powerUpPort: setting("tl_port", 0, "always"),
	powerUpType: setting("tl_type", "TCP", "always"),
	powerUpKeepAlive: setting("tl_keep_alive", 0, "always"),
	powerUpLocalPort: setting("tl_local_port", 0, "always"),
});

/** One of several settings that change together. */
export type Change = readonly [setting: Setting<number | string>, value: number | string];

/** @param value of the setting's type */
export function change<T extends number | string>(it: Setting<T>, value: T): Change {
	return [it as Setting<number | string>, value];
}

/** The values in force. */
export class Settings {
	readonly #storage: Storage;
	/** Only what differs from its initial value, so that a setting costs no RAM until it is used. */
	readonly #values = new Map<Setting<number | string>, number | string>();
	/** Initial values of the manufacturing data that differ from ours. */
	readonly #factory = new Map<Setting<number | string>, number>();

	/** AT+CIPMUX=1. Never stored, and asked for each set command, so a plain field. */
	multiple = false;
	/** The command in hand, by the name that was asked; set by the dispatcher. */
	command = "";

	constructor(storage: Storage) {
		this.#storage = storage;
		this.#resume();
		for (const it of Object.values(settings) as Setting<number | string>[]) {
			if (it.factory !== undefined) this.#manufacture(it, it.factory);
			if (it.policy === "never") continue;
			const value = storage.get(it.space, it.key);
			if (typeof value === typeof it.initial) this.#put(it, value as number | string);
		}
	}
	#manufacture(it: Setting<number | string>, { key, min, max }: Factory): void {
		const value = this.factory(key);
		if (typeof value === "number" && value >= min && value <= max && value !== it.initial)
			this.#factory.set(it, value);
	}
	#initial(it: Setting<number | string>): number | string {
		return it.factory === undefined ? it.initial : (this.#factory.get(it) ?? it.initial);
	}
	/** A factory parameter (User Guide 6.7); undefined when the manufacturing data have none. */
	factory(key: string): number | string | undefined {
		return this.#storage.factory(FACTORY_SPACE, key);
	}
	#put(it: Setting<number | string>, value: number | string): void {
		if (value === this.#initial(it) && !it.own) this.#values.delete(it);
		else this.#values.set(it, value);
	}
	get<T extends number | string>(it: Setting<T>): T {
		const value = this.#values.get(it as Setting<number | string>);
		if (value !== undefined) return value as T;
		return it.own ? this.#load(it) : (this.#initial(it as Setting<number | string>) as T);
	}
	#load<T extends number | string>(it: Setting<T>): T {
		const value = it.policy === "never" ? it.initial : this.stored(it);
		this.#put(it as Setting<number | string>, value);
		return value;
	}
	/** Stores, as its policy says, and sets. @returns false, and nothing has changed, when it cannot be stored */
	set<T extends number | string>(it: Setting<T>, value: T): boolean {
		const stored = it.policy === "always" || (it.policy === "sysstore" && this.#storing);
		if (stored && !this.#storage.set(it.space, it.key, value)) return false;
		this.#put(it as Setting<number | string>, value);
		return true;
	}
	/**
	 * Whether the command in hand stores what is stored "sysstore": by its name when that ends in `_DEF` or `_CUR`
	 * (wire-format.md, rule 8), else by AT+SYSSTORE.
	 */
	get #storing(): boolean {
		const name = this.command;
		return name.endsWith("_DEF") || (!name.endsWith("_CUR") && this.get(settings.sysstore) === 1);
	}
	/** What is stored, not what is in force: AT+UART_DEF? */
	stored<T extends number | string>(it: Setting<T>): T {
		const value = this.#storage.get(it.space, it.key);
		return (typeof value === typeof it.initial ? value : this.#initial(it as Setting<number | string>)) as T;
	}
	/** As set(), for several: all or none, also when the power is cut meanwhile. */
	setAll(...changes: readonly Change[]): boolean {
		const stored = changes.filter(([it]) => it.policy === "always" || (it.policy === "sysstore" && this.#storing));
		if (!this.storeAll(...stored)) return false;
		for (const [it, value] of changes) this.#put(it, value);
		return true;
	}
	/**
	 * As setAll(), when something else takes the new values too: what that refuses never gets to flash.
	 * @param does takes the values that are in force; called again when they are the old ones after all
	 * @returns false, and nothing has changed
	 */
	attempt(does: () => boolean, ...changes: readonly Change[]): boolean {
		const before = changes.map(([it]) => change(it, this.get(it)));
		for (const [it, value] of changes) this.#put(it, value);
		if (does() && this.setAll(...changes)) return true;
		for (const [it, value] of before) this.#put(it, value);
		does();
		return false;
	}
	/**
	 * Stores without changing what is in force, as AT+UART_DEF= does: all or none, also when the power is cut meanwhile.
	 * @returns false when there is no room
	 */
	storeAll(...changes: readonly Change[]): boolean {
		const storage = this.#storage;
		const news = changes.filter(([it, value]) => storage.get(it.space, it.key) !== value);
		const before = news.map(([it]) => storage.get(it.space, it.key));
		const journal = news.length > 1;
		if (journal) {
			const entries = news.map(([it, value]) => [it.space, it.key, value]);
			if (!storage.set(SPACE, JOURNAL, JSON.stringify(entries))) return false;
		}
		const done = news.findIndex(([it, value]) => !storage.set(it.space, it.key, value));
		for (let i = done - 1; i >= 0; i--) {
			const [it] = news[i] as Change;
			const value = before[i];
			if (value === undefined) storage.erase(it.space, it.key);
			else storage.set(it.space, it.key, value);
		}
		if (journal) storage.erase(SPACE, JOURNAL);
		return done < 0;
	}
	/** The power was cut while changes were being stored: the rest of them now. */
	#resume(): void {
		const journal = this.#storage.get(SPACE, JOURNAL);
		if (journal === undefined) return;
		try {
			for (const [space, key, value] of JSON.parse(String(journal)) as [string, string, number | string][])
				this.#storage.set(space, key, value);
		} catch (error) {
			log(`journal: ${error}`);
		}
		this.#storage.erase(SPACE, JOURNAL);
	}
	restore(): void {
		this.#storage.clear();
	}
}

// SPDX-License-Identifier: Apache-2.0

import type { SoftApNative } from "wifi/softap-native";
import { ClientNews } from "wifi/softap-native";
import { WifiEvent } from "wifi/wifi-native";
import { binary } from "./binary";
import type { Wifi } from "./wifi";

type Address = [ip: string, gateway: string, netmask: string];
type SoftApNatives = { [K in keyof SoftApNative]: SoftApNative[K] };

const ADDRESS: Address = ["192.168.4.1", "192.168.4.1", "255.255.255.0"];
const LINK_LOCAL = "fe80::7edf:a1ff:fe00:2";
const MINUTES = 120;

/** What the firmware set. */
export interface SoftApConfiguration {
	readonly ssid: string;
	readonly password: string;
	readonly channel: number;
	readonly security: number;
	readonly maximum: number;
	readonly hidden: boolean;
}

/** The natives of softap-native.ts, and the stations that a test has join. */
export class FakeSoftAp implements SoftApNatives {
	configuration: SoftApConfiguration | undefined;
	/** Sockets may have its address. */
	online = false;
	/** And the netmask of that address. */
	onlineNetmask = "";
	serves = true;
	readonly #wifi: Wifi;
	#address = ADDRESS;
	#leases: [minutes: number, first: string, last: string] = [0, "", ""];
	#clients: [mac: string, ip: string][] = [];
	#news: [kind: number, mac: string, ip: string][] = [];

	constructor(wifi: Wifi) {
		this.#wifi = wifi;
	}

	/* --- for tests --- */

	/** A station joins and, while the server runs, gets an address. */
	join(mac: string): void {
		const ip = this.serves ? `${this.#prefix}${2 + this.#clients.length}` : "0.0.0.0";
		this.#clients.push([mac, ip]);
		this.#tell(ClientNews.joined, mac);
		if (this.serves) this.#tell(ClientNews.addressed, mac, ip);
	}
	leave(mac: string): void {
		this.#clients = this.#clients.filter(([it]) => it !== mac);
		this.#tell(ClientNews.left, mac);
	}

	/* --- natives --- */

	configure(
		ssid: string,
		password: string,
		channel: number,
		security: number,
		maximum: number,
		hidden: boolean,
	): boolean {
		const [, , first, count] = this.#wifi.country();
		if (this.#wifi.broken || channel < first || channel >= first + count) return false;
		if (binary(ssid).length > 32 || binary(password).length > 64) throw new RangeError("string too long");
		this.configuration = { ssid, password, channel, security, maximum, hidden };
		return true;
	}
	setAddress(ip: string, gateway: string, netmask: string): boolean {
		if (this.#wifi.broken) return false;
		this.#address = ip === "" ? ADDRESS : [ip, gateway, netmask];
		this.#leases = [this.#leases[0], "", ""];
		return true;
	}
	address(): [ip: string, gateway: string, netmask: string, linkLocal: string] {
		return [...this.#address, this.#wifi.ipv6 && this.online ? LINK_LOCAL : ""];
	}
	setOnline(on: boolean): void {
		this.online = on;
		this.onlineNetmask = on ? this.#address[2] : "";
	}
	setLeases(on: boolean, minutes: number, first: string, last: string): boolean {
		/* wifi.h: they lie in the SoftAP's subnet. */
		if (this.#wifi.broken || (first !== "" && !first.startsWith(this.#prefix))) return false;
		this.serves = on;
		this.#leases = [minutes, first, last];
		return true;
	}
	leases(): [minutes: number, first: string, last: string] {
		const [minutes, first, last] = this.#leases;
		return first === "" ? [MINUTES, `${this.#prefix}2`, `${this.#prefix}101`] : [minutes, first, last];
	}
	client(index: number): [mac: string, ip: string] | undefined {
		return this.#clients[index];
	}
	news(): [kind: number, mac: string, ip: string] | undefined {
		return this.#news.shift();
	}
	expel(text: string): boolean {
		const mac = text.toLowerCase();
		if (!this.#clients.some(([it]) => it === mac)) return false;
		this.leave(mac);
		return true;
	}

	get #prefix(): string {
		return this.#address[0].slice(0, this.#address[0].lastIndexOf(".") + 1);
	}
	#tell(kind: number, mac: string, ip = "0.0.0.0"): void {
		this.#news.push([kind, mac, ip]);
		this.#wifi.tell(WifiEvent.client);
	}
}

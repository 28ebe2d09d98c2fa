// SPDX-License-Identifier: Apache-2.0

import type { Events } from "core/events";
import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { CLIENTS_MAX, ClientNews, SoftApNative } from "wifi/softap-native";
import type { WifiNative } from "wifi/wifi-native";
import { Interface } from "wifi/wifi-native";

const SERVER_BIT = 2;

/** The access point that this device is: its configuration, its DHCP server and its stations. */
export class SoftAp {
	readonly #native = new SoftApNative();
	readonly #events: Events;
	readonly #settings: Settings;
	readonly #radio: WifiNative;
	#isOn = false;
	/** A message about a station waits for room; the others wait behind it. */
	#waits = false;
	/** Called when its network is there, and when it is gone. */
	onUp: () => void = () => {};
	onDown: () => void = () => {};

	constructor(events: Events, values: Settings, radio: WifiNative) {
		this.#events = events;
		this.#settings = values;
		this.#radio = radio;
		this.#restore();
	}
	/** What is stored, as far as it is not what the radio does anyway: also a SoftAP that is off can be asked for it. */
	#restore(): void {
		const values = this.#settings;
		const mac = values.get(settings.softApMac);
		if (mac !== "") this.#radio.setMac(Interface.softAp, mac);
		const protocol = values.get(settings.softApProtocol);
		if (protocol !== settings.softApProtocol.initial) this.#radio.setProtocol(Interface.softAp, protocol);
		if (values.get(settings.softApAddress) !== "" || values.get(settings.softApLeases) !== "") this.useAddress();
	}
	get isOn(): boolean {
		return this.#isOn;
	}
	/**
	 * Before the radio starts with it. On a channel that the country does not have any more, since AT+CWCOUNTRY is not
	 * stored, it begins on the first one.
	 * @returns false when the radio refuses
	 */
	prepare(): boolean {
		const [, , first] = this.#radio.country();
		return (this.configure() || this.configure(first)) && this.useAddress();
	}
	/** A name that is made of the MAC address is another one now. */
	macChanged(): void {
		if (this.#isOn && this.#settings.get(settings.softApSsid) === "") this.configure();
	}
	/** After the radio has started, or been stopped. */
	setOn(on: boolean): void {
		if (on === this.#isOn) return;
		this.#isOn = on;
		if (on) {
			this.#native.setOnline(true);
			this.onUp();
			return;
		}
		this.onDown();
		this.#native.setOnline(false);
	}

	/** `ESP_` and half of the MAC address, when none is set (guide 3.2.10). */
	get ssid(): string {
		const ssid = this.#settings.get(settings.softApSsid);
		if (ssid !== "") return ssid;
		return `ESP_${this.#radio.mac(Interface.softAp).slice(9).split(":").join("").toUpperCase()}`;
	}
	/** As the settings have it. @returns false when the radio refuses */
	configure(channel = this.#settings.get(settings.softApChannel)): boolean {
		const values = this.#settings;
		return this.#native.configure(
			this.ssid,
			values.get(settings.softApPassword),
			channel,
			values.get(settings.softApSecurity),
			values.get(settings.softApMaximum),
			values.get(settings.softApHidden) === 1,
		);
	}
	address(): [ip: string, gateway: string, netmask: string, linkLocal: string] {
		return this.#native.address();
	}
	/** The address and the leases of the settings. @returns false when the radio refuses */
	useAddress(): boolean {
		const [ip = "", gateway = "", netmask = ""] = this.#settings.get(settings.softApAddress).split(",");
		const before = this.address()[0];
		if (!this.#native.setAddress(ip, gateway, netmask)) return false;
		if (this.#isOn) {
			/* What was connected from another address is dead. */
			if (before !== this.address()[0]) this.setOn(false);
			if (this.#isOn) this.#native.setOnline(true);
			else this.setOn(true);
		}
		return this.useLeases();
	}
	get serves(): boolean {
		return (this.#settings.get(settings.dhcp) & SERVER_BIT) !== 0;
	}
	/** As the settings have it. @returns false when the radio refuses */
	useLeases(): boolean {
		const [minutes = "", first = "", last = ""] = this.#settings.get(settings.softApLeases).split(",");
		return this.#native.setLeases(this.serves, Number(minutes), first, last);
	}
	/** In force. */
	leases(): [minutes: number, first: string, last: string] {
		return this.#native.leases();
	}

	/** Those that are joined; of one without an address by DHCP it is 0.0.0.0. */
	clients(): [mac: string, ip: string][] {
		const list: [string, string][] = [];
		for (let i = 0; i < CLIENTS_MAX; i++) {
			const client = this.#native.client(i);
			if (client !== undefined) list.push(client);
		}
		return list;
	}
	/** Throws a station out. @returns false when there is none of this address */
	expel(mac: string): boolean {
		return this.#native.expel(mac);
	}
	/**
	 * WifiEvent.client: the host is told (guide 3.14), in order. While a message waits for room the rest stays in C, so
	 * that a host that does not read costs no more than one.
	 */
	tellNews(): void {
		while (!this.#waits) {
			const news = this.#native.news();
			if (news === undefined) return;
			this.#waits = true;
			this.#tell(...news);
		}
	}
	#tell(kind: number, mac: string, ip: string): void {
		let text = `+STA_DISCONNECTED:"${mac}"`;
		if (kind === ClientNews.joined) text = `+STA_CONNECTED:"${mac}"`;
		else if (kind === ClientNews.addressed) text = `+DIST_STA_IP:"${mac}","${ip}"`;
		let posted = false;
		this.#events.post("+STA", `${text}\r\n`, () => {
			this.#waits = false;
			if (posted) this.tellNews();
		});
		posted = true;
	}
}

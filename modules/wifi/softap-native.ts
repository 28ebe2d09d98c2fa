// SPDX-License-Identifier: Apache-2.0

/** What a station of the SoftAP did. */
export const ClientNews = Object.freeze({ joined: 0, addressed: 1, left: 2 });

export const CLIENTS_MAX = 10;

/** The access point that this device is (softap.c). */
export class SoftApNative extends Native("xs_softap_destructor") {
	constructor() {
		super();
		native("xs_softap").call(this);
	}
	/** @param security as guide 3.2.10 has it @param maximum 1..10 @returns false when the radio refuses */
	configure(
		ssid: string,
		password: string,
		channel: number,
		security: number,
		maximum: number,
		hidden: boolean,
	): boolean {
		return native("xs_softap_configure").call(this, ssid, password, channel, security, maximum, hidden);
	}
	/** @param ip "" for the default address @returns false when the radio refuses */
	setAddress(ip: string, gateway: string, netmask: string): boolean {
		return native("xs_softap_setAddress").call(this, ip, gateway, netmask);
	}
	/** Of IPv6 "" when there is none. */
	address(): [ip: string, gateway: string, netmask: string, linkLocal: string] {
		return native("xs_softap_address").call(this);
	}
	/** Whether sockets may have the SoftAP's address. */
	setOnline(on: boolean): void {
		return native("xs_softap_setOnline").call(this, on);
	}
	/** @param minutes 0 with first and last "": as the server has it by default @returns false when the radio refuses */
	setLeases(on: boolean, minutes: number, first: string, last: string): boolean {
		return native("xs_softap_setLeases").call(this, on, minutes, first, last);
	}
	/** In force. */
	leases(): [minutes: number, first: string, last: string] {
		return native("xs_softap_leases").call(this);
	}
	/** @param index 0..CLIENTS_MAX - 1 @returns undefined for none; the address is 0.0.0.0 when DHCP gave none */
	client(index: number): [mac: string, ip: string] | undefined {
		return native("xs_softap_client").call(this, index);
	}
	/** What happened next, a ClientNews; undefined when there is no more. */
	news(): [kind: number, mac: string, ip: string] | undefined {
		return native("xs_softap_news").call(this);
	}
	/** @returns false when there is no such station */
	expel(mac: string): boolean {
		return native("xs_softap_expel").call(this, mac);
	}
}

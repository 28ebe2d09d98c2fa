// SPDX-License-Identifier: Apache-2.0

/** Bits of `onEvent`. */
export const WifiEvent = Object.freeze({
	associated: 1,
	/** The station has an IPv4 address. */
	addressed: 2,
	/** join() came to nothing; the reason tells why. */
	failed: 4,
	/** The station was associated and is no more. */
	lost: 8,
	/** The station has its link-local IPv6 address. */
	linkLocal: 16,
	/** The station has an IPv6 address of its network. */
	global: 32,
	/** A scan has ended (scan-native.ts). */
	scanned: 64,
	/** Something about the SoftAP's stations (softap-native.ts). */
	client: 128,
});

/** The two interfaces, and the bits of the mode. */
export const Interface = Object.freeze({ station: 1, softAp: 2 });

/** Why a join failed; as AT+CWJAP tells it (guide 3.2.5). */
export const JoinError = Object.freeze({ timeout: 1, password: 2, notFound: 3, failed: 4 });

/** The radio: ESP-IDF's Wi-Fi on the chip, the radio world in the twin. */
export class WifiNative extends Native("xs_wifi_destructor") {
	/** @param onEvent called with bits of WifiEvent and a reason: JoinError for `failed`, wifi_err_reason_t for `lost` */
	constructor(onEvent: (events: number, reason: number) => void) {
		super();
		native("xs_wifi").call(this, onEvent);
	}
	/** @param mode bit 0 station, bit 1 access point; 0 switches the radio off. @returns false when it fails */
	start(mode: number): boolean {
		return native("xs_wifi_start").call(this, mode);
	}
	/** Ends the driver and frees its memory; start() begins it anew. */
	release(): boolean {
		return native("xs_wifi_release").call(this);
	}
	/**
	 * Joins an access point; `associated` and `addressed`, or `failed`, follow. A join in progress is forgotten.
	 * @param bssid "aa:bb:cc:dd:ee:ff" or "" @param pciEnabled 1 refuses open access points and WEP
	 * @param listenInterval 1..100 beacons @param scanMode 0 the first found, 1 the strongest @param pmf bits, 0..3
	 */
	join(
		ssid: string,
		password: string,
		bssid: string,
		pciEnabled: number,
		listenInterval: number,
		scanMode: number,
		pmf: number,
	): void {
		return native("xs_wifi_join").call(this, ssid, password, bssid, pciEnabled, listenInterval, scanMode, pmf);
	}
	/** Leaves the access point; `lost` follows when there was one. */
	leave(): void {
		return native("xs_wifi_leave").call(this);
	}
	/** The access point of the station. */
	accessPoint(): [bssid: string, channel: number, rssi: number] {
		return native("xs_wifi_accessPoint").call(this);
	}
	/** The station's address; of IPv4 all 0.0.0.0 without one, of IPv6 "". */
	address(): [ip: string, gateway: string, netmask: string, linkLocal: string, global: string] {
		return native("xs_wifi_address").call(this);
	}
	/** @param ip "": by DHCP; 0.0.0.0: none @returns false when the radio refuses */
	setAddress(ip: string, gateway: string, netmask: string): boolean {
		return native("xs_wifi_setAddress").call(this, ip, gateway, netmask);
	}
	setIPv6(on: boolean): boolean {
		return native("xs_wifi_setIPv6").call(this, on);
	}
	/** @param name at most 32 bytes, for DHCP from the next address on */
	setHostName(name: string): boolean {
		return native("xs_wifi_setHostName").call(this, name);
	}
	/** @param which an Interface */
	mac(which: number): string {
		return native("xs_wifi_mac").call(this, which);
	}
	/** Restarts an interface that runs. @param mac "aa:bb:cc:dd:ee:ff" @returns false when the radio refuses */
	setMac(which: number, mac: string): boolean {
		return native("xs_wifi_setMac").call(this, which, mac);
	}
	/** @param bits 802.11b 1, g 2, n 4 @returns false when the radio refuses */
	setProtocol(which: number, bits: number): boolean {
		return native("xs_wifi_setProtocol").call(this, which, bits);
	}
	/** @param manual not changed to the access point's @param code at most 3 characters */
	setCountry(manual: boolean, code: string, first: number, count: number): boolean {
		return native("xs_wifi_setCountry").call(this, manual, code, first, count);
	}
	/** In force: while joined it may be the access point's. */
	country(): [manual: number, code: string, first: number, count: number] {
		return native("xs_wifi_country").call(this);
	}
}

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
});

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
	/** The station's address; all 0.0.0.0 without one. */
	address(): [ip: string, gateway: string, netmask: string] {
		return native("xs_wifi_address").call(this);
	}
	/** @param interface_ 1 station, 2 access point */
	mac(interface_: number): string {
		return native("xs_wifi_mac").call(this, interface_);
	}
}

// SPDX-License-Identifier: Apache-2.0

/** An access point in reach; its numbers are those of guide 3.2.8. */
export type Found = [
	security: number,
	ssid: string,
	rssi: number,
	bssid: string,
	channel: number,
	pairwise: number,
	group: number,
	protocol: number,
	wps: number,
];

/** Scans (scan.c). What they found is kept until forget(), strongest first. */
export class ScanNative extends Native("xs_scan_destructor") {
	constructor() {
		super();
		native("xs_scan").call(this);
	}
	/**
	 * WifiEvent.scanned follows.
	 * @param ssid "" any @param bssid "" any @param channel 0 all @param least, most ms on each channel, most 0: the default
	 * @returns false without memory
	 */
	start(ssid: string, bssid: string, channel: number, passive: boolean, least: number, most: number): boolean {
		return native("xs_scan_start").call(this, ssid, bssid, channel, passive, least, most);
	}
	/** @returns undefined behind the last */
	found(index: number): Found | undefined {
		return native("xs_scan_found").call(this, index);
	}
	/** False: the radio could not. */
	isComplete(): boolean {
		return native("xs_scan_isComplete").call(this);
	}
	forget(): void {
		return native("xs_scan_forget").call(this);
	}
}

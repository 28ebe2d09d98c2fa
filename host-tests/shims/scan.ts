// SPDX-License-Identifier: Apache-2.0

import type { Found, ScanNative } from "wifi/scan-native";
import { WifiEvent } from "wifi/wifi-native";
import type { Wifi } from "./wifi";

const CCMP = 4;
const BGN = 7;
const STATION = 1;

type ScanNatives = { [K in keyof ScanNative]: ScanNative[K] };

/** What a scan was asked for. */
export interface ScanRequest {
	readonly ssid: string;
	readonly bssid: string;
	readonly channel: number;
	readonly passive: boolean;
	readonly least: number;
	readonly most: number;
}

/** The natives of scan-native.ts, over the access points of the fake radio. */
export class FakeScan implements ScanNatives {
	/** The last one. */
	request: ScanRequest | undefined;
	/** True: what a scan has found is not told before end(). */
	mute = false;
	readonly #wifi: Wifi;
	#found: Found[] = [];
	#complete = false;

	constructor(wifi: Wifi) {
		this.#wifi = wifi;
	}
	start(ssid: string, bssid: string, channel: number, passive: boolean, least: number, most: number): boolean {
		const { accessPoints, mode } = this.#wifi;
		this.request = { ssid, bssid, channel, passive, least, most };
		this.#complete = (mode & STATION) !== 0 && !this.#wifi.broken;
		this.#found = accessPoints
			.filter(
				it =>
					!it.absent &&
					(ssid === "" || it.ssid === ssid) &&
					(bssid === "" || it.bssid === bssid) &&
					(channel === 0 || (it.channel ?? 1) === channel),
			)
			.map((it): Found => {
				const cipher = it.password === undefined ? 0 : CCMP;
				const security = it.security ?? (it.password === undefined ? 0 : 3);
				const { rssi = -50, bssid: mac = "02:00:00:00:00:01", channel: on = 1 } = it;
				return [security, it.ssid, rssi, mac, on, cipher, cipher, BGN, 0];
			})
			.sort(([, , a], [, , b]) => b - a);
		if (!this.mute) this.end();
		return true;
	}
	/** The scan is over. */
	end(): void {
		this.#wifi.tell(WifiEvent.scanned);
	}
	found(index: number): Found | undefined {
		return this.#found[index];
	}
	isComplete(): boolean {
		return this.#complete;
	}
	forget(): void {
		this.#found = [];
	}
}

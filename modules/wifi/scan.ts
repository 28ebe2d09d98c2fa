// SPDX-License-Identifier: Apache-2.0

import { Timer } from "system/timers";
import type { Found } from "wifi/scan-native";
import { ScanNative } from "wifi/scan-native";

/** Longer than any scan takes: 14 channels of 1,500 ms. */
const GUARD = 30000;

/** Looking for access points; one scan at a time. */
export class Scan {
	readonly #native = new ScanNative();
	readonly #timer: Timer;
	#settle: ((complete: boolean) => void) | undefined = undefined;

	constructor() {
		this.#timer = new Timer(() => this.#done(false));
	}
	/**
	 * @param ssid "" any @param bssid "" any @param channel 0 all
	 * @param least, most ms on each channel, most 0: the default @returns false when the radio could not
	 */
	run(ssid: string, bssid: string, channel: number, passive: boolean, least: number, most: number): Promise<boolean> {
		return new Promise(resolve => {
			if (!this.#native.start(ssid, bssid, channel, passive, least, most)) {
				resolve(false);
				return;
			}
			this.#settle = resolve;
			this.#timer.start(GUARD);
		});
	}
	/** What it found, strongest first. @returns undefined behind the last */
	found(index: number): Found | undefined {
		return this.#native.found(index);
	}
	/** Frees what it found. */
	forget(): void {
		this.#native.forget();
	}
	/** WifiEvent.scanned */
	ended(): void {
		this.#done(this.#native.isComplete());
	}
	#done(complete: boolean): void {
		const settle = this.#settle;
		this.#settle = undefined;
		this.#timer.stop();
		settle?.(complete);
	}
}

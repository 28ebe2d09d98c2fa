// SPDX-License-Identifier: Apache-2.0

import { type AccessPoint, inReach, rssiAt } from "world/access-point";
import { LAST_CHANNEL, type RadioParts, STATION, isAllowed } from "world/driver";
import type { Fields } from "world/fields";
import { methodOf } from "world/security";
import type { Timer } from "world/timers";

/** Real milliseconds on a channel where nothing else is said (guide 3.2.8). */
const ACTIVE_MS = 120;
const PASSIVE_MS = 360;
const LONGEST_MS = 65_535;

interface Scan {
	readonly id: number;
	/** Binary string; "" any. */
	readonly ssid: string;
	readonly bssid: string | undefined;
	/** Those still to visit. */
	readonly channels: number[];
	readonly passive: boolean;
	/** Milliseconds on each channel; most 0: nothing is said. */
	readonly least: number;
	readonly most: number;
	/** How many channels it visits in all. */
	readonly count: number;
}

/** The search for access points: channel after channel, each found at the end of its channel. */
export class Scanner {
	readonly #parts: RadioParts;
	#scan: Scan | undefined;
	#step: Timer | undefined;

	constructor(parts: RadioParts) {
		this.#parts = parts;
	}

	/** @param busy the station is joining, and a radio that does cannot search */
	begin(fields: Fields, busy: boolean): void {
		this.#forget();
		const { driver, host } = this.#parts;
		const id = fields.integer("id", 0, 0xffffffff);
		const only = fields.integer("channel", 0, LAST_CHANNEL, 0);
		const channels: number[] = [];
		for (let channel = 1; channel <= LAST_CHANNEL; channel++)
			if ((only === 0 || channel === only) && isAllowed(driver.country, channel)) channels.push(channel);
		const scan: Scan = {
			id,
			ssid: fields.string("ssid", ""),
			bssid: fields.get("bssid") === "" ? undefined : fields.mac("bssid"),
			channels,
			passive: fields.boolean("passive", false),
			least: fields.integer("least", 0, LONGEST_MS, 0),
			most: fields.integer("most", 0, LONGEST_MS, 0),
			count: channels.length,
		};
		if (!driver.started || (driver.mode & STATION) === 0 || busy) {
			host.scanned(id, false);
			return;
		}
		this.#scan = scan;
		this.#next(scan);
	}

	/** Ends the search, if there is one, and says so to who waits for it. */
	abort(): void {
		const scan = this.#scan;
		this.#forget();
		if (scan) this.#parts.host.scanned(scan.id, false);
	}

	#forget(): void {
		this.#parts.timers.clear(this.#step);
		this.#step = undefined;
		this.#scan = undefined;
	}

	#next(scan: Scan): void {
		const channel = scan.channels.shift();
		if (channel === undefined) {
			this.#forget();
			this.#parts.host.scanned(scan.id, true);
			return;
		}
		this.#step = this.#parts.timers.set(this.#dwell(scan, channel), () => {
			this.#report(scan, channel);
			this.#next(scan);
		});
	}

	/** How long it stays: an active search leaves a channel after the least time unless it has found something. */
	#dwell(scan: Scan, channel: number): number {
		const { timing } = this.#parts.world;
		const least = scan.passive ? 0 : scan.least;
		if (least > 0 && this.#onChannel(scan, channel).length === 0) return least;
		if (scan.most > 0) return Math.max(least, scan.most);
		if (timing.real) return Math.max(least, scan.passive ? PASSIVE_MS : ACTIVE_MS);
		// Shared out so that nothing is lost by rounding.
		const done = scan.count - scan.channels.length;
		const until = (n: number): number => Math.floor((timing.scan * n) / LAST_CHANNEL);
		return Math.max(least, until(done) - until(done - 1));
	}

	#onChannel(scan: Scan, channel: number): AccessPoint[] {
		const { host, world } = this.#parts;
		return world.accessPoints.filter(ap => {
			if (ap.channel !== channel || !inReach(ap, host.now())) return false;
			if (scan.bssid !== undefined && ap.bssid !== scan.bssid) return false;
			// One that hides its name answers only who asks for it by that name, and a passive search asks nobody.
			if (ap.hidden) return !scan.passive && ap.ssid === scan.ssid;
			return scan.ssid === "" || ap.ssid === scan.ssid;
		});
	}

	#report(scan: Scan, channel: number): void {
		const { host } = this.#parts;
		for (const ap of this.#onChannel(scan, channel)) {
			const [ecn, pairwise, group] = methodOf(ap);
			const { ssid, bssid, protocol, wps } = ap;
			host.found(scan.id, ssid, bssid, channel, rssiAt(ap, host.now()), ecn, pairwise, group, protocol, wps);
		}
	}
}

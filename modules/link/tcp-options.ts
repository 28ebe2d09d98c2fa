// SPDX-License-Identifier: Apache-2.0

import type { Settings } from "core/settings";
import { settings } from "core/settings";
import type { LinkNative } from "link/link-native";

/** Of one link, for this and the connections to come (guide 3.3.39): s or -1, 0 or 1, ms, s. */
export type LinkOptions = [linger: number, noDelay: number, sendTimeout: number, keepAlive: number];

const LINKS = 5;
const OPTIONS = 4;
const DEFAULTS = Object.freeze([-1, 0, 0, 0]);

/** Options of streams by link id, stored as one text of numbers. */
export class TcpOptions {
	readonly #settings: Settings;
	readonly #io: LinkNative;
	readonly #values: LinkOptions[] = [];

	constructor(values: Settings, io: LinkNative) {
		this.#settings = values;
		this.#io = io;
		const stored = values.get(settings.tcpOptions).split(",").map(Number);
		const valid = stored.length === LINKS * OPTIONS && stored.every(Number.isInteger);
		for (let id = 0; id < LINKS; id++)
			this.#values.push(
				(valid ? stored.slice(id * OPTIONS, (id + 1) * OPTIONS) : [...DEFAULTS]) as unknown as LinkOptions,
			);
	}
	get(id: number): LinkOptions {
		return this.#values[id] as LinkOptions;
	}
	/** @param changes undefined ones stay; they hold for the next connection of AT+CIPSTART too */
	change(id: number, changes: readonly (number | undefined)[]): void {
		const values = this.get(id);
		for (const [index, value] of changes.entries()) if (value !== undefined) values[index] = value;
		this.apply(id);
	}
	/** @returns false when there is no room */
	store(): boolean {
		return this.#settings.set(settings.tcpOptions, this.#values.flat().join(","));
	}
	apply(id: number): void {
		const [linger, noDelay, sendTimeout, keepAlive] = this.get(id);
		this.#io.options(id, linger, noDelay === 1, sendTimeout, keepAlive);
	}
}

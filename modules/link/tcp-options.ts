// SPDX-License-Identifier: Apache-2.0

import type { Change, Settings } from "core/settings";
import { change, settings } from "core/settings";
import type { LinkNative } from "link/link-native";

/** Of one link, for this and the connections to come (guide 3.3.39): s or -1, 0 or 1, ms, s. */
export type LinkOptions = readonly [linger: number, noDelay: number, sendTimeout: number, keepAlive: number];

const LINKS = 5;
const OPTIONS = 4;
const DEFAULTS: LinkOptions = Object.freeze([-1, 0, 0, 0] as const);

/** Options of streams by link id, stored as one text of numbers. */
export class TcpOptions {
	readonly #settings: Settings;
	readonly #io: LinkNative;
	/** Undefined until something is changed: five lists cost a tenth of the heap's budget at the start. */
	#values: LinkOptions[] | undefined = undefined;

	constructor(values: Settings, io: LinkNative) {
		this.#settings = values;
		this.#io = io;
		const text = values.get(settings.tcpOptions);
		const stored = text.split(",").map(Number);
		if (stored.length !== LINKS * OPTIONS || !stored.every(Number.isInteger)) return;
		this.#values = [];
		for (let at = 0; at < stored.length; at += OPTIONS)
			this.#values.push(stored.slice(at, at + OPTIONS) as unknown as LinkOptions);
	}
	get(id: number): LinkOptions {
		return this.#values?.[id] ?? DEFAULTS;
	}
	/** @param changes undefined ones stay; they hold for the next connection of AT+CIPSTART too */
	change(id: number, changes: readonly (number | undefined)[]): void {
		this.#merge(id, changes);
		this.apply(id);
	}
	/**
	 * As change() for the links from first to last, stored, and others with it.
	 * @returns false, and nothing has changed, when there is no room
	 */
	store(first: number, last: number, changes: readonly (number | undefined)[], others: readonly Change[]): boolean {
		const before = this.#values?.slice();
		for (let id = first; id <= last; id++) this.#merge(id, changes);
		const text = (this.#values ?? []).flat().join(",");
		if (!this.#settings.setAll(change(settings.tcpOptions, text), ...others)) {
			this.#values = before;
			return false;
		}
		for (let id = first; id <= last; id++) this.apply(id);
		return true;
	}
	#merge(id: number, changes: readonly (number | undefined)[]): void {
		if (changes.every(it => it === undefined)) return;
		const values = (this.#values ??= [DEFAULTS, DEFAULTS, DEFAULTS, DEFAULTS, DEFAULTS]);
		values[id] = this.get(id).map((value, index) => changes[index] ?? value) as unknown as LinkOptions;
	}
	/** @param flowing data are sent in blocks that are put together already: then Nagle's algorithm only delays them */
	apply(id: number, flowing = false): void {
		const [linger, noDelay, sendTimeout, keepAlive] = this.get(id);
		this.#io.options(id, linger, flowing || noDelay === 1, sendTimeout, keepAlive);
	}
}

// SPDX-License-Identifier: Apache-2.0

import { FilterError, WakeCheck, WakeMode } from "port/port";
import { binary } from "./binary";

/** FILTERS_MAX of modules/port/filter.h. */
const FILTERS_MAX = 16;
const EXPRESSION_MAX = 64;
/** WAKE_DELAY_MAX of modules/port/wake.h. */
const DELAY_MAX = 60_000;

interface Filter {
	readonly head: string;
	readonly tail: string;
}

/**
 * The tables behind modules/port/port-messages.c, for the commands that keep them. What they do to messages is C's and
 * tested there (host-tests/native, host-tests/wire): here nothing is filtered, and nothing waits for the host.
 */
export class Messages {
	readonly #list: Filter[] = [];
	#enabled = false;
	#wake = { mode: WakeMode.off as number, check: 0, asleep: false };

	filter(on: boolean): void {
		this.#enabled = on;
	}
	filters(): boolean {
		return this.#enabled;
	}
	/** Of what C refuses only brackets that are not closed and back-references are recognised. */
	addFilter(head: string, tail: string): number {
		for (const it of [head, tail]) {
			if (binary(it).length > EXPRESSION_MAX) throw new RangeError("length of a regular expression");
			if (/\\[1-9]/.test(it)) return FilterError.backReference;
			if (/\[[^\]]*$/.test(it) || /\\\((?!.*\\\))/.test(it)) return FilterError.malformed;
		}
		if (this.#find(head, tail) >= 0) return FilterError.none;
		if (this.#list.length === FILTERS_MAX) return FilterError.noRoom;
		this.#list.push({ head, tail });
		return FilterError.none;
	}
	removeFilter(head: string, tail: string): boolean {
		const index = this.#find(head, tail);
		if (index >= 0) this.#list.splice(index, 1);
		return index >= 0;
	}
	clearFilters(): void {
		this.#list.length = 0;
	}
	filterText(index: number, tail: boolean): string | undefined {
		return this.#list[index]?.[tail ? "tail" : "head"];
	}
	#find(head: string, tail: string): number {
		return this.#list.findIndex(it => it.head === head && it.tail === tail);
	}

	wakeHost(mode: number, number: number, signal: number, delay: number, check: number): boolean {
		if (![0, 1, 2].includes(mode) || delay < 0 || delay > DELAY_MAX || signal < 0 || signal > 255)
			throw new RangeError("no such way to wake");
		const absent = number > 45 || (number >= 22 && number <= 25) || (number >= 27 && number <= 32);
		if (mode === WakeMode.pin && (number < 0 || absent)) return false;
		this.#wake = { mode, check, asleep: mode !== WakeMode.off };
		return true;
	}
	hostSleeps(asleep: boolean, method: number): boolean {
		const { mode, check } = this.#wake;
		if (mode === WakeMode.off || (check & method & (WakeCheck.report | WakeCheck.sleep)) === 0) return false;
		this.#wake.asleep = asleep;
		return true;
	}
}

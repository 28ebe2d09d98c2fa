// SPDX-License-Identifier: Apache-2.0

/** Detection of the +++ that leaves passthrough, as modules/port/escape.c (wire-format.md, rule 7). */

const SIGNS = 3;
const CLOCK_ERROR = 2;

export class Escape {
	/** Plus signs at the end of the data that are not judged yet. */
	held = 0;
	readonly #guard: number;
	#quietSince: number;
	#lastPlus: number;

	/** @param guard ms of quiet before and after, and the most between two signs */
	constructor(guard: number, now: number) {
		this.#guard = guard;
		this.#quietSince = now;
		this.#lastPlus = now;
	}
	#hold(now: number, held: number): void {
		this.held = held;
		this.#lastPlus = now;
	}
	feed(now: number, data: string): void {
		const plus = /^\+{1,3}$/.test(data);
		if (this.held > 0) {
			const prompt = now - this.#lastPlus < this.#guard;
			if (plus && prompt && this.held + data.length <= SIGNS) return this.#hold(now, this.held + data.length);
			this.held = 0;
			if (plus && !prompt) return this.#hold(now, data.length);
		} else if (plus && now - this.#quietSince + CLOCK_ERROR >= this.#guard) return this.#hold(now, data.length);
		this.#quietSince = now;
	}
	/** Judges by time alone. @returns true: three plus signs with their guard times */
	poll(now: number): boolean {
		const { held } = this;
		if (held === 0 || now - this.#lastPlus <= this.#guard) return false;
		this.held = 0;
		this.#quietSince = held === SIGNS ? now : this.#lastPlus;
		return held === SIGNS;
	}
	/** When poll() has something to judge. */
	due(): number {
		return this.held > 0 ? this.#lastPlus + this.#guard + 1 : Infinity;
	}
}

// SPDX-License-Identifier: Apache-2.0

/**
 * The world's one source of chance (mulberry32): the same seed and the same draws give the same numbers, and its
 * state is one number that goes through a reset.
 */
export class Random {
	#state: number;

	/** @param state a seed, or an earlier `state`: 0 to 4294967295 */
	constructor(state: number) {
		this.#state = state >>> 0;
	}

	get state(): number {
		return this.#state;
	}

	/** An integer from 0 to `limit` - 1; `limit` 1 to 4294967296. */
	below(limit: number): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
	}
}

// SPDX-License-Identifier: Apache-2.0

/** What waits for a time, and is told when it has come. */
export interface Waiter {
	/** The next time, in ms of the clock; Infinity for none. */
	due(): number;
}

/** The device's clock: it stands still until advance(). */
export class Clock {
	/** ms since the device was made */
	now = 0;
	readonly #waiter: Waiter;
	readonly #settle: () => Promise<void>;

	/** @param settle lets the device do all that it can do without time passing */
	constructor(waiter: Waiter, settle: () => Promise<void>) {
		this.#waiter = waiter;
		this.#settle = settle;
	}
	/** Lets time pass, timer by timer; between two of them the device comes to rest. */
	async advance(ms: number): Promise<void> {
		const end = this.now + ms;
		for (;;) {
			await this.#settle();
			const due = this.#waiter.due();
			if (due > end) break;
			this.now = Math.max(this.now, due);
		}
		this.now = end;
		await this.#settle();
	}
}

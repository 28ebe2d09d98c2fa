// SPDX-License-Identifier: Apache-2.0

import type { Timer } from "system/timers";

type TimerNatives = { [K in keyof Timer]: Timer[K] };

/** The timers of one run of the firmware (modules/system/timers.c). */
export class Timers {
	readonly #now: () => number;
	readonly #running = new Map<object, { due: number; callback: () => void }>();

	constructor(now: () => number) {
		this.#now = now;
	}
	make(callback: () => void): TimerNatives {
		const it: TimerNatives = {
			start: ms => {
				this.#running.delete(it);
				this.#running.set(it, { due: this.#now() + (ms | 0), callback });
			},
			stop: () => {
				this.#running.delete(it);
			},
		};
		return it;
	}
	due(): number {
		return Math.min(Infinity, ...[...this.#running.values()].map(it => it.due));
	}
	/** @returns whether a callback was called */
	turn(enter: (callback: () => void) => void): boolean {
		let worked = false;
		for (;;) {
			/* A callback may start or stop any timer, so after each the list is looked at afresh. */
			const [it, timer] = [...this.#running].find(([, { due }]) => due <= this.#now()) ?? [];
			if (it === undefined || timer === undefined) return worked;
			this.#running.delete(it);
			worked = true;
			enter(timer.callback);
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

import type { WorldHost } from "world/host";

export interface Timer {
	readonly deadline: number;
	readonly run: () => void;
}

/**
 * The world's timers over the host's one alarm. They know no other clock than the host's, so a clock that only moves
 * by hand moves them.
 */
export class Timers {
	readonly #host: WorldHost;
	/** By deadline; those of one deadline in the order they were set. */
	readonly #pending: Timer[] = [];
	/** The deadline the host has, 0 when none. */
	#armed = 0;
	#running = false;

	constructor(host: WorldHost) {
		this.#host = host;
	}

	/** Calls `run` once, `delay` milliseconds from now. */
	set(delay: number, run: () => void): Timer {
		// Never 0, which cancels the alarm.
		const timer = { deadline: Math.max(1, this.#host.now() + delay), run };
		let at = this.#pending.length;
		while (at > 0 && (this.#pending[at - 1] as Timer).deadline > timer.deadline) at--;
		this.#pending.splice(at, 0, timer);
		this.#arm();
		return timer;
	}

	/** Forgets a timer; one that ran already, or undefined, is ignored. */
	clear(timer: Timer | undefined): void {
		if (timer === undefined) return;
		const at = this.#pending.indexOf(timer);
		if (at < 0) return;
		this.#pending.splice(at, 1);
		this.#arm();
	}

	/** Runs what is due at `now`, and what that makes due; the host's alarm counts as spent. */
	run(now: number): void {
		this.#armed = 0;
		this.#running = true;
		try {
			for (let next = this.#pending[0]; next !== undefined && next.deadline <= now; next = this.#pending[0]) {
				this.#pending.shift();
				next.run();
			}
		} finally {
			this.#running = false;
			this.#arm();
		}
	}

	#arm(): void {
		if (this.#running) return;
		const deadline = this.#pending[0]?.deadline ?? 0;
		if (deadline === this.#armed) return;
		this.#armed = deadline;
		this.#host.alarm(deadline);
	}
}

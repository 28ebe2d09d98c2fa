// SPDX-License-Identifier: Apache-2.0

/** A timer of our own clock (timers.c). */
export class Timer extends Native("xs_timer_destructor") {
	/** @param callback is called when the time has passed, once for each start() */
	constructor(callback: () => void) {
		super();
		native("xs_timer").call(this, callback);
	}
	/** @param ms 0..2^31-1 from now; an earlier start() is forgotten */
	start(ms: number): void {
		return native("xs_timer_start").call(this, ms);
	}
	stop(): void {
		return native("xs_timer_stop").call(this);
	}
}

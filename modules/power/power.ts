// SPDX-License-Identifier: Apache-2.0

/** As AT+SLEEP tells it (guide 3.1.13). */
export const SleepMode = Object.freeze({
	off: 0,
	/** The radio sleeps between two DTIM beacons. */
	modem: 1,
	/** The radio sleeps for the listen interval, the processor whenever it has nothing to do. */
	light: 2,
	/** The radio sleeps for the listen interval. */
	modemListen: 3,
});

/** Sleeping, waking up, and how loud the radio is (power.c). */
export class Power extends Native("xs_power_destructor") {
	constructor() {
		super();
		native("xs_power").call(this);
	}
	/**
	 * Sets how the device sleeps from now on: a SleepMode. Light sleep begins when the result of the command in hand has
	 * left the pin. @returns false, and nothing has changed, when the radio refuses
	 */
	setSleep(mode: number): boolean {
		return native("xs_power_setSleep").call(this, mode);
	}
	/** A SleepMode. */
	sleep(): number {
		return native("xs_power_sleep").call(this);
	}
	/**
	 * Wakes from light sleep, and keeps awake, while the pin is at the level; the pin is pulled to the other one. Replaces
	 * the pin before. @param pin one that the chip has @param level 0 or 1
	 * @returns false when it cannot be that one: the AT port or the log port has it
	 */
	wakeBy(pin: number, level: number): boolean {
		return native("xs_power_wakeBy").call(this, pin, level);
	}
	/** Deep sleep when the result of the command in hand has left the pin; then the device starts anew. @param ms 1..2^31-1 */
	deepSleep(ms: number): void {
		return native("xs_power_deepSleep").call(this, ms);
	}
	/** The most that the radio sends with, in 0.25 dBm, until the next restart. @returns false when the radio refuses */
	setTransmit(power: number): boolean {
		return native("xs_power_setTransmit").call(this, power);
	}
	/** As the radio has it, in 0.25 dBm; -1 when it does not run. */
	transmit(): number {
		return native("xs_power_transmit").call(this);
	}
}

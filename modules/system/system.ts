// SPDX-License-Identifier: Apache-2.0

/** The device (system.c). */
export class System extends Native("xs_system_destructor") {
	constructor() {
		super();
		native("xs_system").call(this);
	}
	/** Bytes of the arena: free now, and the least there ever were since start. */
	memory(): [free: number, minimum: number] {
		return native("xs_system_memory").call(this);
	}
	/** Time of day, seconds since 1970; from 0 at power-on until it is set. */
	time(): number {
		return native("xs_system_time").call(this);
	}
	/** @param time seconds since 1970, 0..2^32-1 */
	setTime(time: number): void {
		return native("xs_system_setTime").call(this, time);
	}
	/** The build: commit, date and time, version of the system below. */
	build(): [commit: string, date: string, system: string] {
		return native("xs_system_build").call(this);
	}
}

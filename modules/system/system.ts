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
	/** The build: commit, date and time, version of the system below. */
	build(): [commit: string, date: string, system: string] {
		return native("xs_system_build").call(this);
	}
}

// SPDX-License-Identifier: Apache-2.0

/** The firmware in flash: two slots, of which one runs (firmware.c). */
export class Firmware extends Native("xs_firmware_destructor") {
	constructor() {
		super();
		native("xs_firmware").call(this);
	}
	/** @param onDone called with whether the other slot starts next; one call at a time */
	selectOther(onDone: (done: boolean) => void): void {
		return native("xs_firmware_selectOther").call(this, onDone);
	}
	/**
	 * Has the firmware of the other slot start at the next restart. The one that runs stays where it is, and starts again
	 * should the other not get ready. @returns false, and nothing has changed, when there is no whole one
	 */
	rollBack(): Promise<boolean> {
		return new Promise(resolve => this.selectOther(resolve));
	}
}

// SPDX-License-Identifier: Apache-2.0

import { binary } from "./binary";
import type { UartConfiguration } from "port/port";

/**
 * The wire between the test, which is the host, and the device: what the test writes goes in, what the device says
 * comes out at on("data"). Strings are binary strings.
 */
export class Serial {
	/** As the device has set its UART last; nothing is garbled when the host does not follow. */
	configuration: UartConfiguration = [115200, 8, 1, 0, 0];
	/** Bytes that the device has not read yet. */
	#toDevice = "";
	/** The host does not read now. */
	paused = false;
	readonly #listeners: ((data: string) => void)[] = [];
	readonly #wake: () => void;

	constructor(wake: () => void) {
		this.#wake = wake;
	}
	write(data: string): void {
		this.#toDevice += binary(data);
		this.#wake();
	}
	on(_event: "data", listener: (data: string) => void): void {
		this.#listeners.push(listener);
	}
	/** The host stops reading (CTS): the device keeps what it has to say. */
	pause(): void {
		this.paused = true;
	}
	resume(): void {
		this.paused = false;
		this.#wake();
	}

	/** For the device: at most size bytes of what was written. */
	read(size: number): string {
		const data = this.#toDevice.slice(0, size);
		this.#toDevice = this.#toDevice.slice(data.length);
		return data;
	}
	/** For the device. */
	say(data: string): void {
		for (const listener of this.#listeners) listener(data);
	}
}

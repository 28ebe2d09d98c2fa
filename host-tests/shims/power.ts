// SPDX-License-Identifier: Apache-2.0

import type { Firmware } from "firmware/firmware";
import type { Power } from "power/power";
import type { Registers } from "registers/registers";

type PowerNatives = { [K in keyof Power]: Power[K] };

/** Sleep and transmit power, as the firmware has set them: the natives of power.ts. */
export class FakePower implements PowerNatives {
	/** True: the radio refuses every change. */
	broken = false;
	/** Pins that somebody else has. */
	readonly taken = new Set<number>();
	wakePin: [pin: number, level: number] | undefined;
	/** What deep sleep was asked for, ms. */
	deepSleeps: number[] = [];
	#sleep = 0;
	#transmit = 78;

	setSleep(mode: number): boolean {
		if (!this.broken) this.#sleep = mode;
		return !this.broken;
	}
	sleep(): number {
		return this.#sleep;
	}
	wakeBy(pin: number, level: number): boolean {
		if (this.taken.has(pin)) return false;
		this.wakePin = [pin, level];
		return true;
	}
	deepSleep(ms: number): void {
		this.deepSleeps.push(ms);
	}
	setTransmit(power: number): boolean {
		if (!this.broken) this.#transmit = power;
		return !this.broken;
	}
	transmit(): number {
		return this.broken ? -1 : this.#transmit;
	}
	/** The power is gone. */
	cut(): void {
		this.#sleep = 0;
		this.#transmit = 78;
		this.wakePin = undefined;
	}
}

/** The firmware in flash: the native of firmware.ts. */
export class FakeFirmware {
	/** Whether the other slot holds a whole image. */
	other = false;
	/** 0 or 1 */
	running = 0;
	#done: (() => void) | undefined;
	readonly #wake: () => void;

	constructor(wake: () => void) {
		this.#wake = wake;
	}
	selectOther(onDone: Parameters<Firmware["selectOther"]>[0]): void {
		const { other } = this;
		if (other) this.running = 1 - this.running;
		this.#done = () => onDone(other);
		this.#wake();
	}
	/** @returns whether there was something to do */
	xs(enter: (body: () => void) => void): boolean {
		const done = this.#done;
		this.#done = undefined;
		if (done) enter(done);
		return done !== undefined;
	}
}

type RegisterNatives = { [K in keyof Registers]: Registers[K] };

/** Registers that keep what they are given: the natives of registers.ts. */
export class FakeRegisters implements RegisterNatives {
	readonly values = new Map<number, number>();
	/** True: there is no room for another. */
	full = false;

	read(address: number): number {
		return this.values.get(address) ?? 0;
	}
	write(address: number, value: number): boolean {
		if (this.full) return false;
		this.values.set(address, value);
		return true;
	}
}

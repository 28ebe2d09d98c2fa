// SPDX-License-Identifier: Apache-2.0

/** From the first byte to the last. */
type Range = readonly [first: number, last: number];

/**
 * The peripherals of the ESP32-S2 (Technical Reference Manual, "System and Memory", address mapping): the data bus's own
 * block, what the DMA reaches, cache and MMU. Memory is none of them.
 */
const PERIPHERALS: readonly Range[] = Object.freeze([
	Object.freeze([0x3f400000, 0x3f4fffff] as const),
	Object.freeze([0x60000000, 0x600bffff] as const),
	Object.freeze([0x61800000, 0x61803fff] as const),
]);

const REGISTER_SIZE = 4;

/** @returns whether a register may be at the address: any other would end in an exception of the processor, or in memory */
export function isRegister(address: number): boolean {
	return address % REGISTER_SIZE === 0 && PERIPHERALS.some(([first, last]) => address >= first && address <= last);
}

/** Registers of the hardware, 32 bits each; the twin has a simulated file of them (registers.c). */
export class Registers extends Native("xs_registers_destructor") {
	constructor() {
		super();
		native("xs_registers").call(this);
	}
	/** @param address one that isRegister() takes @returns 0..2^32-1 */
	read(address: number): number {
		return native("xs_registers_read").call(this, address);
	}
	/** @param address one that isRegister() takes @param value 0..2^32-1 @returns false when the twin has no room for it */
	write(address: number, value: number): boolean {
		return native("xs_registers_write").call(this, address, value);
	}
}

// SPDX-License-Identifier: Apache-2.0

/** What `onDone` is told. */
export const FlashResult = Object.freeze({
	done: 0,
	/** The flash did not do it. */
	failed: 1,
	/** A bit is to be set that only erasing can set; what came before it has been written. */
	notErased: 2,
});

/** A user partition; address and size in bytes. */
export type Partition = [label: string, type: number, subtype: number, address: number, size: number];

/** Types of the IDF's partition tables (partitions.h). */
export const PartitionType = Object.freeze({ data: 0x01 });
/** Subtypes of `data`. */
export const PartitionSubtype = Object.freeze({ nvs: 0x02 });

/** What is erased at a time, in bytes. */
export const FLASH_SECTOR = 0x1000;

/** User partitions of the flash (flash-native.c, over partitions.h). Offsets and sizes are in bytes. */
export class Flash extends Native("xs_flash_destructor") {
	/** @param onDone called with a FlashResult when what erase() or endWrite() began is over */
	constructor(onDone: (result: number) => void) {
		super();
		native("xs_flash").call(this, onDone);
	}
	/** The index-th user partition, in the order of the table. */
	at(index: number): Partition | undefined {
		return native("xs_flash_at").call(this, index);
	}
	/** From now on the others mean this partition. @returns undefined when there is none of that name */
	choose(label: string): Partition | undefined {
		return native("xs_flash_choose").call(this, label);
	}
	/** Erases whole sectors on the worker. */
	erase(offset: number, size: number): void {
		return native("xs_flash_erase").call(this, offset, size);
	}
	/** The next data phase of Sink.flash is written from offset on, as it comes. @throws Error when there is no memory */
	write(offset: number): void {
		return native("xs_flash_write").call(this, offset);
	}
	/** The data phase is over: writes what is left, on the worker. Wanted whether all came or not. */
	endWrite(): void {
		return native("xs_flash_endWrite").call(this);
	}
	/** Puts bytes into the response. @returns how many of size found room */
	send(offset: number, size: number): number {
		return native("xs_flash_send").call(this, offset, size);
	}
}

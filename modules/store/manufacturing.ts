// SPDX-License-Identifier: Apache-2.0

/** Types of values, with the numbers of AT+SYSMFG (guide 3.1.19). */
export const ValueType = Object.freeze({ u8: 1, i8: 2, u16: 3, i16: 4, u32: 5, i32: 6, string: 7, binary: 8 });

/** What `onDone` is told: 0, or one of these (store.h). */
export const StoreError = Object.freeze({
	notFound: -1,
	full: -2,
	badName: -3,
	tooLong: -4,
	type: -5,
	io: -6,
});

/** Longest name of a namespace and of a key, and longest string, in bytes (store.h). */
export const STORE_NAME_MAX = 15;
export const STORE_STRING_MAX = 3999;

/**
 * Manufacturing data, partition mfg_nvs (manufacturing-native.c, over store.h). What says "then onDone" runs on the worker, one
 * at a time; until then every other method throws. Strings and blobs stay in C.
 */
export class Manufacturing extends Native("xs_manufacturing_destructor") {
	/** @param onDone called with 0 or a StoreError */
	constructor(onDone: (result: number) => void) {
		super();
		native("xs_manufacturing").call(this, onDone);
	}
	/** Lists the keys of a namespace, or with "" the namespaces that have any; then onDone and next(). */
	list(space: string): void {
		return native("xs_manufacturing_list").call(this, space);
	}
	/** @returns the next of list(), with the ValueType of a key; undefined when all have been given */
	next(): [name: string, type: number] | undefined {
		return native("xs_manufacturing_next").call(this);
	}
	/** Then onDone, value() and forget(). */
	read(space: string, key: string): void {
		return native("xs_manufacturing_read").call(this, space, key);
	}
	/** What read() has read: its ValueType, and the number, or the length in bytes of a string or blob. */
	value(): [type: number, number: number] {
		return native("xs_manufacturing_value").call(this);
	}
	/** Puts bytes of what read() has read into the response. @returns how many of size found room */
	send(offset: number, size: number): number {
		return native("xs_manufacturing_send").call(this, offset, size);
	}
	/** Frees what read() or list() has read. */
	forget(): void {
		return native("xs_manufacturing_forget").call(this);
	}
	/** Stores a number that is in the range of its type; then onDone. */
	write(space: string, key: string, type: number, value: number): void {
		return native("xs_manufacturing_write").call(this, space, key, type, value);
	}
	/** Stores what the last data phase has collected, as a string or blob; then onDone. */
	writeData(space: string, key: string, type: number): void {
		return native("xs_manufacturing_writeData").call(this, space, key, type);
	}
	/** Erases a value, or with "" all of a namespace; then onDone. */
	erase(space: string, key: string): void {
		return native("xs_manufacturing_erase").call(this, space, key);
	}
}

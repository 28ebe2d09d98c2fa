// SPDX-License-Identifier: Apache-2.0
/** Flash and manufacturing data (guide 3.1.18, 3.1.19; wire-format.md). */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, optional, params, str } from "core/command";
import { AtError, errorNumber, failed, invalid, refuseNul, SubCode } from "core/errors";
import { FLASH_SECTOR, FlashResult, type Partition, PartitionSubtype, PartitionType } from "flash/flash";
import { Sink } from "port/port";
import { STORE_NAME_MAX, STORE_STRING_MAX, StoreError, ValueType } from "store/manufacturing";

/** Lines of a long answer that are written before the transmit ring is looked at again. */
const LINES_AT_ONCE = 16;

/** Parameters that are optional as such are not for this operation. @param given how many there are up to a gap */
function miscounted(needed: number, given: number): AtError {
	return new AtError(errorNumber(SubCode.count, (needed << 8) | given));
}

/** After a header that says how many bytes follow: the bytes, as the transmit ring has room. */
async function stream(it: At, size: number, send: (done: number) => number): Promise<void> {
	let done = send(0);
	while (done < size) {
		await it.drained();
		done += send(done);
	}
}

/* --- AT+SYSFLASH --- */

/** First parameter of AT+SYSFLASH. */
const FlashOperation = Object.freeze({ erase: 0, write: 1, read: 2 });

const LABEL_MAX = 16;
const INTEGER_MAX = 0x7fffffff;

/** Indices of the parameters, for their errors. */
const LABEL = 1;
const OFFSET = 2;
const LENGTH = 3;

function check(result: unknown): void {
	if (result !== FlashResult.done) throw failed(result as number);
}

/** While it is erased or written, a partition with values is nobody else's to read or repair. */
async function alone(it: At, partition: Partition, action: () => Promise<void>): Promise<void> {
	const [label, type, subtype] = partition;
	const { store } = it.capabilities;
	const isStore = type === PartitionType.data && subtype === PartitionSubtype.nvs;
	if (isStore) store.close(label);
	try {
		await action();
	} finally {
		if (isStore) store.reopen();
	}
}

function erasePartition(it: At, partition: Partition, offset: number, length: number): Promise<void> {
	if (offset % FLASH_SECTOR !== 0) throw invalid(OFFSET);
	if (length % FLASH_SECTOR !== 0) throw invalid(LENGTH);
	return alone(it, partition, async () => {
		it.capabilities.flash.erase(offset, length);
		check(await it.settled());
	});
}

function writePartition(it: At, partition: Partition, offset: number, length: number): Promise<void> {
	const { flash } = it.capabilities;
	return alone(it, partition, async () => {
		flash.write(offset);
		await it.promptSink(Sink.flash, length);
		flash.endWrite();
		check(await it.settled());
	});
}

async function readPartition(it: At, offset: number, length: number): Promise<void> {
	await it.drained();
	it.write(`${it.name.slice(2)}:${length},`);
	await stream(it, length, done => it.capabilities.flash.send(offset + done, length - done));
}

/** guide 3.1.18; the form of the lines is ESP-AT's: docs/commands.md. */
const flash = command("AT+SYSFLASH", {
	async query(it) {
		for (let index = 0; ; index++) {
			const partition = it.capabilities.flash.at(index);
			if (partition === undefined) return;
			if (index > 0 && index % LINES_AT_ONCE === 0) await it.drained();
			const [label, type, subtype, address, size] = partition;
			it.reply(`"${label}",${type},${subtype},0x${address.toString(16)},0x${size.toString(16)}`);
		}
	},
	set: params(
		int("operation", FlashOperation.erase, FlashOperation.read),
		str("partition", LABEL_MAX, 1),
		optional(int("offset", 0, INTEGER_MAX)),
		optional(int("length", 1, INTEGER_MAX)),
	).run((it, operation, label, offset, length) => {
		refuseNul(label, LABEL);
		const partition = it.capabilities.flash.choose(label);
		if (partition === undefined) throw invalid(LABEL);
		const size = partition[4];
		if (operation === FlashOperation.erase && offset === undefined && length === undefined)
			return erasePartition(it, partition, 0, size);
		if (offset === undefined || length === undefined) throw miscounted(4, offset === undefined ? 2 : 3);
		if (offset >= size) throw invalid(OFFSET);
		if (length > size - offset) throw invalid(LENGTH);
		if (operation === FlashOperation.erase) return erasePartition(it, partition, offset, length);
		if (operation === FlashOperation.write) return writePartition(it, partition, offset, length);
		return readPartition(it, offset, length);
	}),
});

/* --- AT+SYSMFG --- */

/** First parameter of AT+SYSMFG. */
const StoreOperation = Object.freeze({ erase: 0, read: 1, write: 2 });

/** Indices of the parameters, for their errors. */
const SPACE = 1;
const KEY = 2;
const FOURTH = 3;
const FIFTH = 4;

/** Least and greatest number of each ValueType that is one. */
const NUMBER_RANGES: readonly (readonly [number, number])[] = Object.freeze([
	Object.freeze([0, 0] as const),
	Object.freeze([0, 0xff] as const),
	Object.freeze([-0x80, 0x7f] as const),
	Object.freeze([0, 0xffff] as const),
	Object.freeze([-0x8000, 0x7fff] as const),
	Object.freeze([0, 0xffffffff] as const),
	Object.freeze([-0x80000000, 0x7fffffff] as const),
]);

/** The longest data phase, in bytes (port/port.ts); how much is stored is the store's to say. */
const BINARY_MAX = 0x100000;

/** The reason of an ERROR is the StoreError without its sign. */
function checkStored(result: unknown): void {
	if (result !== 0) throw failed(-(result as number));
}

/** Namespaces, or the keys of one. */
async function list(it: At, space: string): Promise<void> {
	const { manufacturing } = it.capabilities;
	manufacturing.list(space);
	checkStored(await it.settled());
	let lines = 0;
	try {
		for (let next = manufacturing.next(); next !== undefined; next = manufacturing.next()) {
			if (lines > 0 && lines % LINES_AT_ONCE === 0) await it.drained();
			it.reply(space === "" ? `"${next[0]}"` : `"${space}","${next[0]}",${next[1]}`);
			lines++;
		}
	} finally {
		manufacturing.forget();
	}
	if (space !== "" && lines === 0) throw failed(-StoreError.notFound);
}

async function read(it: At, space: string, key: string, offset?: number, length?: number): Promise<void> {
	const { manufacturing } = it.capabilities;
	manufacturing.read(space, key);
	checkStored(await it.settled());
	try {
		const [type, value] = manufacturing.value();
		const header = `"${space}","${key}",${type}`;
		if (type < ValueType.string) {
			if (offset !== undefined) throw invalid(FOURTH);
			const text = String(value);
			it.reply(`${header},${text.length},${text}`);
			return;
		}
		const from = offset ?? 0;
		const size = length ?? value;
		if (from > value) throw invalid(FOURTH);
		if (size > value - from || (length !== undefined && length < 1)) throw invalid(FIFTH);
		await it.drained();
		it.write(`${it.name.slice(2)}:${header},${size},`);
		await stream(it, size, done => manufacturing.send(from + done, size - done));
		it.last("\r\n");
	} finally {
		manufacturing.forget();
	}
}

async function write(it: At, space: string, key: string, type: number, value: number): Promise<void> {
	const { manufacturing } = it.capabilities;
	const range = NUMBER_RANGES[type];
	if (type < ValueType.u8 || type > ValueType.binary) throw invalid(FOURTH);
	if (range !== undefined) {
		if (value < range[0] || value > range[1]) throw invalid(FIFTH);
		manufacturing.write(space, key, type, value);
	} else {
		const max = type === ValueType.string ? STORE_STRING_MAX : BINARY_MAX;
		if (value < 1 || value > max) throw invalid(FIFTH);
		await it.collect(value);
		manufacturing.writeData(space, key, type);
	}
	checkStored(await it.settled());
}

/** What is not there need not be erased. */
async function erase(it: At, space: string, key: string): Promise<void> {
	it.capabilities.manufacturing.erase(space, key);
	const result = await it.settled();
	if (result !== StoreError.notFound) checkStored(result);
}

/** How many parameters there are, the operation included, before the first that is left out. */
function leading(...values: readonly (string | number | undefined)[]): number {
	const gap = values.indexOf(undefined);
	return 1 + (gap < 0 ? values.length : gap);
}

/** guide 3.1.19; the fourth and fifth parameter are `<offset>,<length>` of a read, `<type>,<value>` of a write. */
const manufacturingData = command("AT+SYSMFG", {
	query: it => list(it, ""),
	set: params(
		int("operation", StoreOperation.erase, StoreOperation.write),
		optional(str("namespace", STORE_NAME_MAX, 1)),
		optional(str("key", STORE_NAME_MAX, 1)),
		optional(int("offset|type", 0, INTEGER_MAX)),
		optional(int("length|value", -0x80000000, 0xffffffff)),
	).run((it, operation, space, key, fourth, fifth) => {
		const isWrite = operation === StoreOperation.write;
		const given = leading(space, key, fourth, fifth);
		refuseNul(space, SPACE);
		refuseNul(key, KEY);
		const last = fifth !== undefined ? 5 : fourth !== undefined ? 4 : key !== undefined ? 3 : given;
		if (space === undefined) {
			if (operation !== StoreOperation.read || last > 1) throw miscounted(isWrite ? 5 : 2, 1);
			return list(it, "");
		}
		if (isWrite) {
			if (key === undefined || fourth === undefined || fifth === undefined) throw miscounted(5, given);
			return write(it, space, key, fourth, fifth);
		}
		if (operation === StoreOperation.erase) {
			if (last > 3) throw miscounted(3, last);
			return erase(it, space, key ?? "");
		}
		if (key === undefined) {
			if (last > 2) throw miscounted(3, given);
			return list(it, space);
		}
		if (last === 4 || given < last) throw miscounted(5, given);
		return read(it, space, key, fourth, fifth);
	}),
});

export const flashCommands: readonly Command[] = Object.freeze([flash, manufacturingData]);

// SPDX-License-Identifier: Apache-2.0

/**
 * Partition tables and manufacturing data: from the CSV files in partitions/ to what is flashed, and to the C tables
 * that the twin carries to make a flash image of its own.
 *
 * As a program: `node scripts/partitions.mjs OUT.c` writes the twin's tables, `node scripts/partitions.mjs IN.csv
 * OUT.bin [TABLE_OFFSET]` one binary partition table.
 */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the primary table is, and the secondary one (ESP-AT's CONFIG_AT_CUSTOMIZED_PARTITION_TABLE_OFFSET). */
export const PRIMARY_OFFSET = 0x8000;
export const SECONDARY_OFFSET = 0x20000;

const FLASH_SIZE = 0x400000;
const TABLE_SECTOR = 0x1000;
/** Bytes of a binary table: the rest of its sector is left for a signature. */
const TABLE_LENGTH = 0xc00;
const NAME_LENGTH = 16;
const APP = 0x00;
const DATA = 0x01;

const TYPES = { app: APP, data: DATA };
const SUBTYPES = {
	[APP]: { factory: 0x00, test: 0x20 },
	[DATA]: {
		ota: 0x00,
		phy: 0x01,
		nvs: 0x02,
		coredump: 0x03,
		nvs_keys: 0x04,
		efuse: 0x05,
		undefined: 0x06,
		fat: 0x81,
		spiffs: 0x82,
		littlefs: 0x83,
	},
};
for (let slot = 0; slot < 16; slot++) SUBTYPES[APP][`ota_${slot}`] = 0x10 + slot;

const FLAGS = { encrypted: 1, readonly: 2 };

/** Bytes from which an app may start, and any other partition. */
const ALIGNMENT = { [APP]: 0x10000 };
const DEFAULT_ALIGNMENT = 0x1000;

/** Fewer pages leave NVS nothing to write to. */
const NVS_MINIMUM = 0x3000;

class TableError extends Error {
	constructor(line, what) {
		super(`line ${line}: ${what}`);
		this.name = "TableError";
	}
}

function number(text, names, line) {
	const name = text.toLowerCase();

	if (Object.hasOwn(names, name)) return names[name];
	const match = /^(0x[0-9a-f]+|\d+)([km]?)$/.exec(name);
	if (!match) throw new TableError(line, `"${text}" is neither a number nor one of ${Object.keys(names).join(", ")}`);
	return Number(match[1]) * { "": 1, k: 1024, m: 1048576 }[match[2]];
}

/** Lines that say something, with their numbers. */
function* rows(csvText) {
	for (const [index, text] of csvText.split(/\r?\n/).entries()) {
		const line = text.trim();

		if (line && !line.startsWith("#")) yield { line: index + 1, text: line };
	}
}

/**
 * Reads a partition table in the IDF's CSV form. Stricter than gen_esp32part.py: an offset and a size in every row.
 *
 * @param {string} csvText
 * @param {number} [tableOffset] where the table itself will be, which no partition may touch
 * @returns {{name: string, type: number, subtype: number, offset: number, size: number, flags: number}[]}
 * @throws {TableError} naming the line
 */
export function readPartitions(csvText, tableOffset = PRIMARY_OFFSET) {
	const table = [];
	let end = tableOffset + TABLE_SECTOR;

	for (const { line, text } of rows(csvText)) {
		const [name, typeText, subtypeText = "", offsetText, sizeText, flagText = ""] = text
			.split(",")
			.map(s => s.trim());

		if (!sizeText) throw new TableError(line, "name, type, subtype, offset and size are wanted");
		if (!name || Buffer.byteLength(name) > NAME_LENGTH)
			throw new TableError(line, `a name has 1 to ${NAME_LENGTH} bytes`);
		if (table.some(other => other.name === name)) throw new TableError(line, `there is a ${name} already`);
		const type = number(typeText, TYPES, line);
		const subtype = number(subtypeText, SUBTYPES[type] ?? {}, line);
		const offset = number(offsetText, {}, line);
		const size = number(sizeText, {}, line);
		let flags = 0;

		for (const flag of flagText.split(":").filter(Boolean)) {
			if (!Object.hasOwn(FLAGS, flag)) throw new TableError(line, `unknown flag "${flag}"`);
			flags |= FLAGS[flag];
		}
		if (type > 0xff || subtype > 0xff) throw new TableError(line, "type and subtype are one byte each");
		if (offset % (ALIGNMENT[type] ?? DEFAULT_ALIGNMENT)) throw new TableError(line, `${name} is not aligned`);
		if (!size || size % DEFAULT_ALIGNMENT)
			throw new TableError(line, `the size of ${name} is no number of sectors`);
		if (offset < end)
			throw new TableError(line, `${name} starts before 0x${end.toString(16)}, the end of what is before it`);
		if (offset + size > FLASH_SIZE) throw new TableError(line, `${name} ends beyond the flash`);
		if (type === DATA && subtype === SUBTYPES[DATA].ota && size !== 0x2000)
			throw new TableError(line, "otadata has two sectors");
		if (type === DATA && subtype === SUBTYPES[DATA].nvs && size < NVS_MINIMUM && !(flags & FLAGS.readonly))
			throw new TableError(line, "NVS wants three sectors at least");
		table.push({ name, type, subtype, offset, size, flags });
		end = offset + size;
	}
	return table;
}

/**
 * A binary partition table, byte for byte what gen_esp32part.py makes.
 *
 * @param {string} csvText
 * @param {{offset?: number, md5?: boolean}} [options] `offset`: where the table will be. `md5`: end it with the entry
 *   that holds its MD5 sum; the default, since an app of IDF v6.0 with its default CONFIG_PARTITION_TABLE_MD5=y refuses
 *   a table without, while one with =n, like ESP-AT's, stops reading at that entry and takes either
 * @returns {Buffer} 3072 bytes, padded with 0xFF
 * @throws {TableError} naming the line
 */
export function partitionTable(csvText, { offset = PRIMARY_OFFSET, md5 = true } = {}) {
	const binary = Buffer.alloc(TABLE_LENGTH, 0xff);
	let end = 0;

	for (const entry of readPartitions(csvText, offset)) {
		if (end + 64 >= TABLE_LENGTH) throw new Error("too many partitions");
		binary.fill(0, end, end + 32);
		binary.writeUInt16LE(0x50aa, end);
		binary.writeUInt8(entry.type, end + 2);
		binary.writeUInt8(entry.subtype, end + 3);
		binary.writeUInt32LE(entry.offset, end + 4);
		binary.writeUInt32LE(entry.size, end + 8);
		binary.write(entry.name, end + 12);
		binary.writeUInt32LE(entry.flags, end + 28);
		end += 32;
	}
	if (md5) {
		const sum = createHash("md5").update(binary.subarray(0, end)).digest();

		binary.writeUInt16LE(0xebeb, end);
		sum.copy(binary, end + 16);
	}
	return binary;
}

/** Type codes of NVS, which modules/store/store.h has too, and the range of each number. */
const NUMBERS = {
	u8: { type: "STORE_U8", min: 0n, max: 0xffn },
	i8: { type: "STORE_I8", min: -0x80n, max: 0x7fn },
	u16: { type: "STORE_U16", min: 0n, max: 0xffffn },
	i16: { type: "STORE_I16", min: -0x8000n, max: 0x7fffn },
	u32: { type: "STORE_U32", min: 0n, max: 0xffffffffn },
	i32: { type: "STORE_I32", min: -0x80000000n, max: 0x7fffffffn },
	u64: { type: "STORE_U64", min: 0n, max: 0xffffffffffffffffn },
	i64: { type: "STORE_I64", min: -0x8000000000000000n, max: 0x7fffffffffffffffn },
};
const BINARY_ENCODINGS = { binary: "latin1", hex2bin: "hex", base64: "base64" };
const NVS_NAME_LENGTH = 15;

/** Splits a row, with "" for a quote inside quotes. */
function fields(text) {
	const out = [];

	for (const match of text.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g))
		out.push(match[1] === undefined ? match[2].trim() : match[1].replaceAll('""', '"'));
	return out;
}

function storedValue(line, row, directory) {
	const [key, kind, encoding, text] = row;
	const raw = kind === "file" ? readFileSync(resolve(directory, text)) : text;

	if (Object.hasOwn(NUMBERS, encoding)) {
		const { type, min, max } = NUMBERS[encoding];
		let value;

		try {
			value = BigInt(String(raw).trim());
		} catch {
			throw new TableError(line, `"${raw}" is not a whole number`);
		}
		if (value < min || value > max) throw new TableError(line, `${key}: ${raw} is out of range for ${encoding}`);
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
		return { type, value: bytes.subarray(0, Number(encoding.slice(1)) / 8) };
	}
	if (encoding === "string") {
		const value = Buffer.concat([Buffer.from(raw), Buffer.of(0)]);

		if (value.indexOf(0) !== value.length - 1) throw new TableError(line, `${key}: a zero byte inside a string`);
		return { type: "STORE_STRING", value };
	}
	if (Object.hasOwn(BINARY_ENCODINGS, encoding)) {
		const value =
			encoding === "binary" && kind === "file"
				? raw
				: Buffer.from(String(raw).trim(), BINARY_ENCODINGS[encoding]);

		return { type: "STORE_BLOB", value };
	}
	throw new TableError(line, `unknown encoding "${encoding}"`);
}

/**
 * Reads manufacturing data in the CSV form of nvs_partition_gen.py.
 *
 * @param {string} csvText
 * @param {string} [directory] from where rows of the type `file` name their files
 * @returns {{namespace: string, key: string, type: string, value: Buffer}[]} in the order of the rows; `type` is the
 *   name in store.h, a string's value has its terminating zero
 * @throws {TableError} naming the line
 */
export function readManufacturingData(csvText, directory = ".") {
	const values = [];
	let namespace;
	let header = true;

	for (const { line, text } of rows(csvText)) {
		const row = fields(text);
		const [key, kind] = row;

		if (header) {
			if (row.join() !== "key,type,encoding,value")
				throw new TableError(line, "the first row is key,type,encoding,value");
			header = false;
			continue;
		}
		if (!key || Buffer.byteLength(key) > NVS_NAME_LENGTH)
			throw new TableError(line, `a key has 1 to ${NVS_NAME_LENGTH} bytes`);
		if (kind === "namespace") {
			namespace = key;
			continue;
		}
		if (kind !== "data" && kind !== "file") throw new TableError(line, `unknown type "${kind}"`);
		if (row.length < 4) throw new TableError(line, `${key} has no value`);
		if (namespace === undefined) throw new TableError(line, `${key} is in no namespace`);
		values.push({ namespace, key, ...storedValue(line, row, directory) });
	}
	return values;
}

function cBytes(bytes) {
	const lines = [];

	for (let at = 0; at < bytes.length; at += 16)
		lines.push(
			`\t${Array.from(bytes.subarray(at, at + 16), byte => `0x${byte.toString(16).padStart(2, "0")},`).join(" ")}`,
		);
	return lines.join("\n");
}

/**
 * The C source of what twin/factory.h declares: both tables and the manufacturing data.
 *
 * @param {string} [directory] where partitions.csv, at_customize.csv and mfg_nvs.csv are
 * @returns {string}
 */
export function twinSource(directory = resolve(dirname(fileURLToPath(import.meta.url)), "../partitions")) {
	const read = name => readFileSync(resolve(directory, name), "utf8");
	const data = readManufacturingData(read("mfg_nvs.csv"), directory);
	/* An image has 0xFF behind the table anyway: only what differs is kept. */
	const table = (name, csv, offset) => {
		const binary = partitionTable(read(csv), { offset });
		let end = binary.length;

		while (binary[end - 1] === 0xff) end--;
		return `const uint8_t ${name}[] = {\n${cBytes(binary.subarray(0, end))}\n};\nconst size_t ${name}_size = sizeof ${name};\n`;
	};

	return [
		'/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by scripts/partitions.mjs from partitions/. */\n#include "factory.h"\n',
		table("partition_table", "partitions.csv", PRIMARY_OFFSET),
		table("customize_table", "at_customize.csv", SECONDARY_OFFSET),
		...data.map(
			({ value }, at) =>
				`static const uint8_t value_${at}[] = {\n${cBytes(value.length ? value : Buffer.of(0))}\n};\n`,
		),
		"const factory_value factory_data[] = {",
		...data.map(
			({ namespace, key, type, value }, at) =>
				`\t{ ${JSON.stringify(namespace)}, ${JSON.stringify(key)}, ${type}, value_${at}, ${value.length} },`,
		),
		"\t{ NULL, NULL, STORE_ANY, NULL, 0 },",
		"};\n",
	].join("\n");
}

if (process.argv[1] && fileURLToPath(import.meta.url) === resolve(process.argv[1])) {
	const [input, output, offset] = process.argv.slice(2);

	try {
		if (!input) throw new Error("usage: partitions.mjs OUT.c | IN.csv OUT.bin [TABLE_OFFSET]");
		if (output)
			writeFileSync(
				output,
				partitionTable(readFileSync(input, "utf8"), { offset: Number(offset ?? PRIMARY_OFFSET) }),
			);
		else writeFileSync(input, twinSource());
	} catch (error) {
		console.error(`${input ?? "partitions"}: ${error.message}`);
		process.exit(1);
	}
}

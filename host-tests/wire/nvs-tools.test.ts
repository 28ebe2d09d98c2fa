// SPDX-License-Identifier: Apache-2.0

/**
 * Manufacturing data and the IDF's tools: mfg_nvs as this firmware writes it is, byte for byte, what
 * nvs_partition_gen.py makes of the same values, and images that others made are read.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answer, ERROR, OK, type Wire, withTwin, wire, wireTest } from "./harness.ts";

const test = wireTest();

const PROMPT = "␍␊OK␍␊␍␊>";
const MFG_NVS = { offset: 0x21000, size: 0x1c000 };
const PAGE = 4096;
const ENTRIES = 126;

/** SHA-256 of what nvs_partition_gen.py (esp-idf-nvs-partition-gen 0.2.0) makes of partitions/mfg_nvs.csv, and of that with WRITTEN behind it. */
const FACTORY_IMAGE = "15815f600e57fd6139322a534a1889b83cad7e7a23091186070b8846766095dd";
const WRITTEN_IMAGE = "fd31aa97e3d6629874cbbeea9235c3077493766764734a741fec2c901c121c9a";

/** In the order in which they are written, as rows of a CSV; the binary is `00ff0d0a2c225c` in hexadecimal there. */
const WRITTEN: readonly [key: string, type: number, value: string][] = [
	["u8", 1, "255"],
	["i8", 2, "-128"],
	["u16", 3, "65535"],
	["i16", 4, "-32768"],
	["u32", 5, "4294967295"],
	["i32", 6, "-2147483648"],
	["string", 7, "hello"],
	["binary", 8, '\x00\xff\r\n,"\\'],
];

function line(space: string, key: string, type: number, value: string | Buffer): Buffer {
	const data = wire(value);
	return Buffer.concat([wire(`+SYSMFG:"${space}","${key}",${type},${data.length},`), data, wire(`␍␊${OK}`)]);
}

async function hash({ at }: Wire): Promise<string> {
	await at.send(`AT+SYSFLASH=2,"mfg_nvs",0,${MFG_NVS.size}␍␊`);
	await at.expect(`+SYSFLASH:${MFG_NVS.size},`);
	const [data = ""] = await at.expectMatch(/[^]{114688}/, 10_000);
	await at.expect(OK);
	return createHash("sha256").update(data, "latin1").digest("hex");
}

describe("mfg_nvs as the IDF's tool makes it", () => {
	test("is what a new image has", async w => {
		assert.equal(await hash(w), FACTORY_IMAGE);
	});
	test("is what AT+SYSMFG makes of values of all eight types", async w => {
		for (const [key, type, value] of WRITTEN) {
			if (type < 7) await w.at.chat(`AT+SYSMFG=2,"all_types","${key}",${type},${value}␍␊`, OK);
			else {
				await w.at.chat(`AT+SYSMFG=2,"all_types","${key}",${type},${value.length}␍␊`, PROMPT);
				await w.at.chat(Buffer.from(value, "latin1"), OK);
			}
		}
		assert.equal(await hash(w), WRITTEN_IMAGE);
	});
});

/* --- images of others --- */

function crc(data: Buffer): number {
	/* Of "NVS Internals": the common polynomial, started with 0xffffffff and not inverted before. */
	let value = 0;
	for (const byte of data) {
		value ^= byte;
		for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
	}
	return ~value >>> 0;
}

/** Writes pages after the IDF's documentation ("NVS Internals"), with nothing of the store's own code. */
class Writer {
	readonly image = Buffer.alloc(MFG_NVS.size, 0xff);
	readonly #version: number;
	#page = 0;
	#entry = 0;

	/** @param version 1 or 2 of the pages */
	constructor(version: number) {
		this.#version = version;
		this.#header(0xfffffffe);
	}
	#header(state: number): void {
		const page = this.image.subarray(this.#page * PAGE);
		page.writeUInt32LE(state, 0);
		page.writeUInt32LE(this.#page, 4);
		page[8] = 0x100 - this.#version;
		page.writeUInt32LE(crc(page.subarray(4, 28)), 28);
	}
	turnPage(): void {
		this.#header(0xfffffffc);
		this.#page++;
		this.#entry = 0;
		this.#header(0xfffffffe);
	}
	put(space: number, type: number, key: string, value: Buffer, chunk = 0xff): void {
		const inline = type < 0x20 || type === 0x48;
		const rows = inline ? 1 : 1 + Math.ceil(value.length / 32);
		if (this.#entry + rows > ENTRIES) throw new Error("the page is full");
		const page = this.image.subarray(this.#page * PAGE);
		const entry = page.subarray(64 + this.#entry * 32);
		entry.set([space, type, rows, chunk]);
		entry.fill(0, 8, 24).write(key, 8, "latin1");
		if (inline) value.copy(entry, 24);
		else {
			entry.writeUInt16LE(value.length, 24);
			entry.writeUInt32LE(crc(value), 28);
			value.copy(entry, 32);
		}
		const checked = Buffer.concat([entry.subarray(0, 4), entry.subarray(8, 32)]);
		entry.writeUInt32LE(crc(checked), 4);
		/* Two bits of the map for each: 10 is written. */
		for (let i = this.#entry; i < this.#entry + rows; i++) page[32 + (i >> 2)]! &= ~(1 << ((i & 3) * 2));
		this.#entry += rows;
	}
	number(space: number, type: number, key: string, value: bigint): void {
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
		this.put(space, type, key, bytes.subarray(0, type & 0x0f));
	}
}

async function withImage(image: Buffer, body: (w: Wire) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "xs-at-nvs-"));
	const flash = join(folder, "flash.bin");
	try {
		await withTwin({ flash, factory: true }, async () => {});
		const bytes = await readFile(flash);
		image.copy(bytes, MFG_NVS.offset);
		await writeFile(flash, bytes);
		await withTwin({ flash }, body);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

describe("mfg_nvs that another program made", () => {
	it("is read: every type, a binary over two pages, and what a host cannot name is not shown", async () => {
		const writer = new Writer(2);
		const half = Buffer.from(Array.from({ length: 2000 }, (_, i) => i & 0xff));
		const index = Buffer.from([0xa0, 0x0f, 0, 0, 2, 0]); // 4,000 bytes in 2 chunks, from 0

		writer.number(0, 0x01, "factory_param", 1n);
		writer.put(1, 0x21, "module_name", Buffer.from("OTHER\0"));
		writer.number(0, 0x01, "all_types", 2n);
		for (const [type, key, value] of [
			[0x01, "u8", 255n],
			[0x11, "i8", -128n],
			[0x02, "u16", 65535n],
			[0x12, "i16", -32768n],
			[0x04, "u32", 4294967295n],
			[0x14, "i32", -2147483648n],
			[0x08, "u64", 1n],
			[0x18, "i64", -1n],
		] as const)
			writer.number(2, type, key, value);
		writer.put(2, 0x21, "string", Buffer.from("hello\0"));
		writer.put(2, 0x42, "binary", half, 0);
		writer.turnPage();
		writer.put(2, 0x42, "binary", half, 1);
		writer.put(2, 0x48, "binary", index);
		await withImage(writer.image, async ({ at }) => {
			for (const [key, type, value] of WRITTEN)
				if (type < 8) await at.chat(`AT+SYSMFG=1,"all_types","${key}"␍␊`, line("all_types", key, type, value));
			await at.chat(
				'AT+SYSMFG=1,"all_types","binary"␍␊',
				line("all_types", "binary", 8, Buffer.concat([half, half])),
			);
			const names = WRITTEN.map(([key, type]) => `+SYSMFG:"all_types","${key}",${type}`);
			await at.chat('AT+SYSMFG=1,"all_types"␍␊', answer(...names));
			await at.chat('AT+SYSMFG=1,"all_types","u64"␍␊', ERROR);
			await at.ask("AT+GMR␍␊", /[^]*\(OTHER\)␍␊␍␊OK␍␊/);
		});
	});
	it("is read and changed when its pages are of version 1, as older tools make them", async () => {
		const writer = new Writer(1);
		writer.number(0, 0x01, "old", 1n);
		writer.put(1, 0x41, "binary", Buffer.from("one page"));
		await withImage(writer.image, async ({ at }) => {
			await at.chat('AT+SYSMFG=1,"old","binary"␍␊', line("old", "binary", 8, "one page"));
			await at.chat('AT+SYSMFG=2,"old","number",1,5␍␊', OK);
			await at.chat('AT+SYSMFG=1,"old"␍␊', answer('+SYSMFG:"old","binary",8', '+SYSMFG:"old","number",1'));
		});
	});
});

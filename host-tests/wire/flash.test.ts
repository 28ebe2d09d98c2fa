// SPDX-License-Identifier: Apache-2.0

/** AT+SYSFLASH (guide 3.1.18): user partitions, raw. What a power cut leaves: manufacturing-cut.test.ts. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answer, errorNumber, ERROR, OK, type Wire, withTwin, wire, wireTest } from "./harness.ts";

const test = wireTest();

const PROMPT = "␍␊OK␍␊␍␊>";
/** From partitions/at_customize.csv. */
const SECONDARY_TABLE = 0x20000;
const STORAGE = { label: "fs_storage", offset: 0x70000, size: 0x90000 };
const MANUFACTURING = { label: "mfg_nvs", offset: 0x21000, size: 0x1c000 };

const LABEL = 0x01070001;
const OFFSET = 0x01070002;
const LENGTH = 0x01070003;
const NOT_ERASED = 0x010a0002;

/** Bytes of every value, never repeating at a power of two. */
function pattern(size: number, seed = 1): Buffer {
	const bytes = Buffer.alloc(size);
	for (let i = 0; i < size; i++) bytes[i] = (i * 7 + (i >> 8) * 13 + seed) & 0xff;
	return bytes;
}

function read(size: number, bytes: Buffer): Buffer {
	return Buffer.concat([wire(`+SYSFLASH:${size},`), bytes, wire(OK)]);
}

async function write({ at }: Wire, label: string, offset: number, bytes: Buffer): Promise<void> {
	await at.chat(`AT+SYSFLASH=1,"${label}",${offset},${bytes.length}␍␊`, PROMPT);
	await at.chat(bytes, OK, 20_000);
}

/** The flash as it is on the chip. */
async function image(w: Wire): Promise<Buffer> {
	return readFile(w.twin.flash);
}

describe("AT+SYSFLASH?", () => {
	test("lists the partitions of the secondary table, as ESP-AT writes them", async ({ at }) => {
		await at.chat(
			"AT+SYSFLASH?␍␊",
			answer('+SYSFLASH:"mfg_nvs",1,2,0x21000,0x1c000', '+SYSFLASH:"fs_storage",1,255,0x70000,0x90000'),
		);
	});
	it("lists what the user's own table has, and passes over what reaches for the system's flash", async () => {
		const table = tableOf(
			["mfg_nvs", 1, 2, 0x21000, 0x1c000],
			["test", 64, 15, 0x3d000, 0x1000], // in xs, the mods'
			["own", 64, 15, 0x70000, 0x1000],
			["0123456789abcdef", 64, 254, 0x71000, 0x2000],
			["settings", 1, 6, 0x12000, 0x1000], // in nvs
			["app", 0, 18, 0x100000, 0x10000], // in ota_0
			["boot", 64, 1, 0x1000, 0x1000],
			["table", 64, 2, 0x20000, 0x1000], // the secondary table itself
			["odd", 64, 3, 0x73001, 0x1000],
			["empty", 64, 3, 0x74000, 0],
			["beyond", 64, 3, 0xff000, 0xfffff000],
			['quo"te', 64, 3, 0x75000, 0x1000],
			["end", 64, 3, 0xff000, 0x1000],
		);
		await withTable(table, async ({ at }) => {
			await at.chat(
				"AT+SYSFLASH?␍␊",
				answer(
					'+SYSFLASH:"mfg_nvs",1,2,0x21000,0x1c000',
					'+SYSFLASH:"own",64,15,0x70000,0x1000',
					'+SYSFLASH:"0123456789abcdef",64,254,0x71000,0x2000',
					'+SYSFLASH:"end",64,3,0xff000,0x1000',
				),
			);
			await at.chat("AT+SYSLOG=1␍␊", OK);
			for (const label of ["test", "settings", "app", "boot", "table", "odd", "empty", "beyond"])
				await at.chat(`AT+SYSFLASH=0,"${label}"␍␊`, errorNumber(LABEL));
			await at.chat('AT+SYSFLASH=0,"0123456789abcdef"␍␊', OK);
		});
	});
	it("lists 90 partitions: an answer that does not fit the transmit ring", async () => {
		const rows = Array.from({ length: 90 }, (_, i): Row => [`part_${i}`, 64, i, 0x70000 + i * 4096, 0x1000]);
		const lines = rows.map(([name, , i, at]) => `+SYSFLASH:"${name}",64,${i},0x${at.toString(16)},0x1000`);
		await withTable(tableOf(...rows), ({ at }) => at.chat("AT+SYSFLASH?␍␊", answer(...lines)));
	});
	it("lists nothing when at_customize.bin was never flashed", async () => {
		await withTable(Buffer.alloc(0xc00, 0xff), async ({ at }) => {
			await at.chat("AT+SYSFLASH?␍␊", OK);
			await at.chat('AT+SYSFLASH=2,"mfg_nvs",0,1␍␊', ERROR);
			await at.chat("AT+SYSMFG?␍␊", ERROR);
			await at.ask("AT+GMR␍␊", /[^]*Bin version:\S+\(MINI\)␍␊␍␊OK␍␊/);
		});
	});
});

type Row = [name: string, type: number, subtype: number, offset: number, size: number];

/** A binary table, with what gen_esp32part.py would refuse too. */
function tableOf(...rows: Row[]): Buffer {
	const table = Buffer.alloc(0xc00, 0xff);
	for (const [i, [name, type, subtype, offset, size]] of rows.entries()) {
		const entry = table.subarray(i * 32, i * 32 + 32).fill(0);
		entry.set([0xaa, 0x50, type, subtype]);
		entry.writeUInt32LE(offset, 4);
		entry.writeUInt32LE(size, 8);
		entry.write(name, 12, 16, "latin1");
	}
	return table;
}

/** A twin whose flash has this secondary table. */
async function withTable(table: Buffer, body: (w: Wire) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "xs-at-flash-"));
	const flash = join(folder, "flash.bin");
	try {
		await withTwin({ flash, factory: true }, async () => {});
		const bytes = await readFile(flash);
		table.copy(bytes, SECONDARY_TABLE);
		await writeFile(flash, bytes);
		await withTwin({ flash }, body);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

describe("AT+SYSFLASH=1 and 2", () => {
	test("what was written is read: one byte, an odd place, across sectors", async w => {
		const { at } = w;
		for (const [offset, size] of [
			[0, 1],
			[7, 1],
			[255, 2],
			[1001, 5000],
			[STORAGE.size - 3, 3],
		] as const) {
			const bytes = pattern(size, offset);
			await write(w, STORAGE.label, offset, bytes);
			await at.chat(`AT+SYSFLASH=2,"fs_storage",${offset},${size}␍␊`, read(size, bytes));
			assert.deepEqual((await image(w)).subarray(STORAGE.offset + offset, STORAGE.offset + offset + size), bytes);
		}
	});
	test("numbers may be hexadecimal", async w => {
		await w.at.chat('AT+SYSFLASH=0x1,"fs_storage",0x1F0,0x20␍␊', PROMPT);
		await w.at.chat(pattern(32), OK);
		await w.at.chat('AT+SYSFLASH=2,"fs_storage",0X1f0,32␍␊', read(32, pattern(32)));
	});
	test("every byte value goes both ways: there are no lines, escapes or prompts in data", async w => {
		const bytes = Buffer.concat([
			wire("␍␊AT+RST␍␊>+++␍␊OK␍␊\0"),
			Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
		]);
		await write(w, STORAGE.label, 0, bytes);
		await w.at.chat(`AT+SYSFLASH=2,"fs_storage",0,${bytes.length}␍␊`, read(bytes.length, bytes));
	});
	test("a whole partition, which is four times the C heap", async w => {
		const bytes = pattern(STORAGE.size);
		await write(w, STORAGE.label, 0, bytes);
		await w.at.chat(`AT+SYSFLASH=2,"fs_storage",0,0x90000␍␊`, read(STORAGE.size, bytes), 20_000);
		const [free, least] = (await w.at.ask("AT+SYSRAM?␍␊", /\+SYSRAM:(\d+),(\d+)␍␊␍␊OK␍␊/)).map(Number);
		assert.ok((free ?? 0) - (least ?? 0) < 10_000, `${free}, ${least}`);
		const whole = await image(w);
		assert.deepEqual(whole.subarray(STORAGE.offset, STORAGE.offset + STORAGE.size), bytes);
	});
	test("nothing beside it changes", async w => {
		const before = await image(w);
		await write(w, STORAGE.label, 4096, pattern(4096));
		const after = await image(w);
		pattern(4096).copy(before, STORAGE.offset + 4096);
		assert.ok(after.equals(before));
	});
	test("a host that reads slowly gets all of it, and no event comes between", async w => {
		const { at, control } = w;
		const bytes = pattern(100_000);
		await write(w, STORAGE.label, 0, bytes);
		await w.join();
		const answer = read(100_000, bytes);
		await at.send('AT+SYSFLASH=2,"fs_storage",0,100000␍␊');
		await at.expect(answer.subarray(0, 10));
		at.pause();
		await control.request("station.drop");
		at.resume();
		await at.expect(answer.subarray(10), 10_000);
		await at.expect("WIFI DISCONNECT␍␊");
	});
	test("bytes beyond the length are busy, once; line ends and blanks are not", async ({ at }) => {
		await at.chat('AT+SYSFLASH=1,"fs_storage",0,4␍␊', PROMPT);
		await at.chat("abcdAT␍␊AT␍␊", `␍␊busy p...␍␊${OK}`);
		await at.chat('AT+SYSFLASH=1,"fs_storage",4,4␍␊', PROMPT);
		await at.chat("efgh␍␊ ␍␊", OK);
		await at.chat('AT+SYSFLASH=2,"fs_storage",0,8␍␊', read(8, Buffer.from("abcdefgh")));
	});
	test("what is not erased cannot be written: ERROR, the flash is as it was, and no data is a command", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await write(w, STORAGE.label, 30_000, Buffer.from("old"));
		const before = await image(w);
		await at.chat('AT+SYSFLASH=1,"fs_storage",30000,20000␍␊', PROMPT);
		await at.chat(wire("AT+RST␍␊".repeat(2500)), errorNumber(NOT_ERASED), 5_000);
		assert.ok((await image(w)).equals(before));
		await at.chat("AT␍␊", OK);
		// A bit may always be cleared.
		await write(w, STORAGE.label, 30_000, Buffer.from([0x6f & 0x0f, 0x6c & 0x60, 0]));
	});
	test("ranges: offset and length are inside, and the one that is not is named", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const operation of [1, 2]) {
			for (const [rest, error] of [
				[`"none",0,1`, LABEL],
				[`"nvs",0,1`, LABEL],
				[`"ota_0",0,1`, LABEL],
				[`"MFG_NVS",0,1`, LABEL],
				[`"",0,1`, 0x01040001],
				[`"12345678901234567",0,1`, 0x01040001],
				[`mfg_nvs,0,1`, 0x01050001],
				[`"fs_storage",0x90000,1`, OFFSET],
				[`"fs_storage",-1,1`, OFFSET],
				[`"fs_storage",0x8ffff,2`, LENGTH],
				[`"fs_storage",1,0x90000`, LENGTH],
				[`"fs_storage",1,0x7fffffff`, LENGTH],
				[`"fs_storage",0,0`, LENGTH],
				[`"fs_storage",0,-1`, LENGTH],
				[`"fs_storage"`, 0x01060402],
				[`"fs_storage",0`, 0x01060403],
				[`"fs_storage",,1`, 0x01060402],
				[`"fs_storage",0,1,1`, 0x01060405],
			] as const)
				await at.chat(`AT+SYSFLASH=${operation},${rest}␍␊`, errorNumber(error));
		}
		for (const operation of ["3", "-1"])
			await at.chat(`AT+SYSFLASH=${operation},"fs_storage",0,1␍␊`, errorNumber(0x01070000));
		await at.chat("AT+SYSFLASH=0␍␊", errorNumber(0x01060201));
		await at.chat("AT+SYSFLASH␍␊", errorNumber(0x010c0000));
	});
	test("a label with a NUL is none", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSFLASH=2,"mfg_nvs\0x",0,1␍␊', errorNumber(0x01070001));
	});
});

describe("AT+SYSFLASH=0", () => {
	test("erases a range of sectors, and nothing beside it", async w => {
		await write(w, STORAGE.label, 0, pattern(5 * 4096));
		const before = await image(w);
		await w.at.chat('AT+SYSFLASH=0,"fs_storage",4096,8192␍␊', OK);
		before.fill(0xff, STORAGE.offset + 4096, STORAGE.offset + 3 * 4096);
		assert.ok((await image(w)).equals(before));
	});
	test("without offset and length: all of the partition", async w => {
		await write(w, STORAGE.label, 0, pattern(10_000));
		await write(w, STORAGE.label, STORAGE.size - 5, pattern(5));
		const before = await image(w);
		await w.at.chat('AT+SYSFLASH=0,"fs_storage"␍␊', OK);
		before.fill(0xff, STORAGE.offset, STORAGE.offset + STORAGE.size);
		assert.ok((await image(w)).equals(before));
		await write(w, STORAGE.label, 0, pattern(100, 2));
		await w.at.chat('AT+SYSFLASH=0,"fs_storage",,␍␊', OK);
		await w.at.chat('AT+SYSFLASH=2,"fs_storage",0,100␍␊', read(100, Buffer.alloc(100, 0xff)));
	});
	test("wants whole sectors inside the partition", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [rest, error] of [
			["1,4096", OFFSET],
			["2048,4096", OFFSET],
			["0x90000,4096", OFFSET],
			["0,1", LENGTH],
			["0,4097", LENGTH],
			["0,0", LENGTH],
			["0,0x91000", LENGTH],
			["4096,0x90000", LENGTH],
			["0", 0x01060403],
			[",4096", 0x01060402],
		] as const)
			await at.chat(`AT+SYSFLASH=0,"fs_storage",${rest}␍␊`, errorNumber(error));
		await at.chat('AT+SYSFLASH=0,"none"␍␊', errorNumber(LABEL));
		await at.chat('AT+SYSFLASH=0,"fs_storage",0,0x90000␍␊', OK);
		await at.chat('AT+SYSFLASH=0,"fs_storage",0x8F000,4096␍␊', OK);
	});
});

describe("mfg_nvs by AT+SYSFLASH", () => {
	const NAME = '+SYSMFG:"factory_param","module_name",7,4,MINI';

	test("erased, it has no values; written anew, all of them, at once", async w => {
		const { at } = w;
		const bytes = (await image(w)).subarray(MANUFACTURING.offset, MANUFACTURING.offset + MANUFACTURING.size);
		await at.chat('AT+SYSMFG=1,"factory_param","module_name"␍␊', answer(NAME));
		await at.chat('AT+SYSFLASH=0,"mfg_nvs"␍␊', OK);
		await at.chat("AT+SYSMFG?␍␊", OK);
		await at.chat('AT+SYSMFG=1,"factory_param","module_name"␍␊', ERROR);
		await write(w, MANUFACTURING.label, 0, Buffer.from(bytes));
		await at.chat('AT+SYSMFG=1,"factory_param","module_name"␍␊', answer(NAME));
	});
	test("is not repaired while it is half written, and a value can be set after it", async w => {
		const { at } = w;
		const bytes = Buffer.from((await image(w)).subarray(MANUFACTURING.offset, MANUFACTURING.offset + 4096));
		await at.chat('AT+SYSFLASH=0,"mfg_nvs"␍␊', OK);
		for (let offset = 0; offset < bytes.length; offset += 1024)
			await write(w, MANUFACTURING.label, offset, bytes.subarray(offset, offset + 1024));
		await at.chat('AT+SYSMFG=1,"factory_param","module_name"␍␊', answer(NAME));
		await at.chat('AT+SYSMFG=2,"own","key",1,7␍␊', OK);
		await at.chat("AT+SYSMFG?␍␊", answer('+SYSMFG:"factory_param"', '+SYSMFG:"own"'));
	});
});

describe("the partitions' files", () => {
	it("have what the tests take for granted", () => {
		const file = fileURLToPath(new URL("../../partitions/at_customize.csv", import.meta.url));
		const csv = readFileSync(file, "utf8");
		assert.match(csv, /^mfg_nvs, +data, nvs, +0x21000, 0x1C000$/m);
		assert.match(csv, /^fs_storage, +data, 0xff, +0x70000, 0x90000$/m);
	});
});

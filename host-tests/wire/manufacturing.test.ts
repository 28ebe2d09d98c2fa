// SPDX-License-Identifier: Apache-2.0

/** AT+SYSMFG (guide 3.1.19), and what the firmware takes from the factory parameters when it starts (User Guide 6.7). */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { answer, errorNumber, ERROR, OK, READY, type Wire, wire, wireTest } from "./harness.ts";

const test = wireTest();

const PROMPT = "␍␊OK␍␊␍␊>";

const NOT_FOUND = 0x010a0001;
const FULL = 0x010a0002;
const TOO_LONG = 0x010a0004;
const TYPE = 0x010a0005;
const FOURTH = 0x01070003;
const FIFTH = 0x01070004;

/** With the numbers of the guide. */
const TYPES = { u8: 1, i8: 2, u16: 3, i16: 4, u32: 5, i32: 6, string: 7, binary: 8 };

/** `+SYSMFG:` line of a value. */
function value(space: string, key: string, type: number, bytes: string | Buffer): Buffer {
	const data = wire(bytes);
	return Buffer.concat([wire(`+SYSMFG:"${space}","${key}",${type},${data.length},`), data, wire(`␍␊${OK}`)]);
}

async function writeData({ at }: Wire, space: string, key: string, type: number, data: string | Buffer): Promise<void> {
	await at.chat(`AT+SYSMFG=2,"${space}","${key}",${type},${wire(data).length}␍␊`, PROMPT);
	await at.chat(data, OK, 10_000);
}

function pattern(size: number, seed = 1): Buffer {
	return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8) * 13 + seed) & 0xff));
}

async function reset({ at }: Wire): Promise<void> {
	await at.chat("AT+RST␍␊", OK + READY, 4_000);
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
}

describe("AT+SYSMFG: numbers", () => {
	for (const [type, min, max] of [
		[TYPES.u8, "0", "255"],
		[TYPES.i8, "-128", "127"],
		[TYPES.u16, "0", "65535"],
		[TYPES.i16, "-32768", "32767"],
		[TYPES.u32, "0", "4294967295"],
		[TYPES.i32, "-2147483648", "2147483647"],
	] as const) {
		test(`type ${type} takes ${min} to ${max}; they are there after a reset`, async w => {
			const { at } = w;
			for (const [key, number] of [
				["min", min],
				["max", max],
			] as const) {
				await at.chat(`AT+SYSMFG=2,"numbers","${key}",${type},${number}␍␊`, OK);
				await at.chat(`AT+SYSMFG=1,"numbers","${key}"␍␊`, value("numbers", key, type, number));
			}
			await reset(w);
			await at.chat('AT+SYSMFG=1,"numbers","min"␍␊', value("numbers", "min", type, min));
			await at.chat('AT+SYSMFG=1,"numbers","max"␍␊', value("numbers", "max", type, max));
		});
		test(`type ${type} refuses what is outside, and the old value stays`, async ({ at }) => {
			await at.chat("AT+SYSLOG=1␍␊", OK);
			await at.chat(`AT+SYSMFG=2,"numbers","key",${type},1␍␊`, OK);
			for (const number of [BigInt(min) - 1n, BigInt(max) + 1n])
				await at.chat(`AT+SYSMFG=2,"numbers","key",${type},${number}␍␊`, errorNumber(FIFTH));
			await at.chat('AT+SYSMFG=1,"numbers","key"␍␊', value("numbers", "key", type, "1"));
		});
	}
	test("may be hexadecimal, and are read decimal", async ({ at }) => {
		await at.chat('AT+SYSMFG=2,"numbers","key",5,0xDEADBEEF␍␊', OK);
		await at.chat('AT+SYSMFG=1,"numbers","key"␍␊', value("numbers", "key", 5, "3735928559"));
	});
	test("have no parts to read", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=1,"factory_param","uart_baudrate",0,1␍␊', errorNumber(FOURTH));
	});
});

describe("AT+SYSMFG: strings and binaries", () => {
	test("go both ways, with any byte but NUL in a string", async w => {
		const { at } = w;
		const text = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1));
		const binary = Buffer.concat([wire("␍␊OK␍␊\0>+++\0"), pattern(256)]);
		await writeData(w, "own", "text", TYPES.string, text);
		await writeData(w, "own", "binary", TYPES.binary, binary);
		await writeData(w, "own", "one", TYPES.binary, "\0");
		await reset(w);
		await at.chat('AT+SYSMFG=1,"own","text"␍␊', value("own", "text", 7, text));
		await at.chat('AT+SYSMFG=1,"own","binary"␍␊', value("own", "binary", 8, binary));
		await at.chat('AT+SYSMFG=1,"own","one"␍␊', value("own", "one", 8, "\0"));
	});
	test("are read in part, up to the last byte and not beyond", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await writeData(w, "own", "text", TYPES.string, "0123456789");
		for (const [offset, length] of [
			[0, 1],
			[0, 10],
			[9, 1],
			[3, 4],
		] as const)
			await at.chat(
				`AT+SYSMFG=1,"own","text",${offset},${length}␍␊`,
				value("own", "text", 7, "0123456789".slice(offset, offset + length)),
			);
		for (const [offset, length, error] of [
			[0, 11, FIFTH],
			[9, 2, FIFTH],
			[10, 1, FIFTH],
			[11, 1, FOURTH],
			[0, 0, FIFTH],
			[0, -1, FIFTH],
			[-1, 1, FOURTH],
		] as const)
			await at.chat(`AT+SYSMFG=1,"own","text",${offset},${length}␍␊`, errorNumber(error));
	});
	test("of the greatest length: 3,999 bytes of string, 32,000 of binary; one more of string is refused", async w => {
		const { at } = w;
		const text = "x".repeat(3998) + "y";
		const binary = pattern(32_000);
		await writeData(w, "own", "text", TYPES.string, text);
		await writeData(w, "own", "binary", TYPES.binary, binary);
		await at.chat('AT+SYSMFG=1,"own","text"␍␊', value("own", "text", 7, text));
		await at.chat('AT+SYSMFG=1,"own","binary"␍␊', value("own", "binary", 8, binary), 5_000);
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=2,"own","text",7,4000␍␊', errorNumber(FIFTH));
		for (const type of [7, 8]) await at.chat(`AT+SYSMFG=2,"own","text",${type},0␍␊`, errorNumber(FIFTH));
		await at.chat('AT+SYSMFG=2,"own","text",8,0x100001␍␊', errorNumber(FIFTH));
	});
	test("a string with a NUL is refused, and the old value stays", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await writeData(w, "own", "text", TYPES.string, "old");
		await at.chat('AT+SYSMFG=2,"own","text",7,3␍␊', PROMPT);
		await at.chat("a\0b", errorNumber(TYPE));
		await at.chat('AT+SYSMFG=1,"own","text"␍␊', value("own", "text", 7, "old"));
	});
	test("more than the C heap: ERROR before the prompt; more than the partition: after the data", async w => {
		const { at } = w;
		await writeData(w, "own", "blob", TYPES.binary, "old");
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=2,"own","blob",8,200000␍␊', errorNumber(0x010a0000));
		await at.chat('AT+SYSMFG=2,"own","blob",8,110000␍␊', PROMPT);
		await at.chat(pattern(110_000), errorNumber(TOO_LONG), 10_000);
		await at.chat('AT+SYSMFG=1,"own","blob"␍␊', value("own", "blob", 8, "old"));
	});
	test("leave the C heap as it was", async w => {
		const free = async (): Promise<string> =>
			(await w.at.ask("AT+SYSRAM?␍␊", /\+SYSRAM:(\d+),\d+␍␊␍␊OK␍␊/))[0] ?? "";
		const before = await free();
		await writeData(w, "own", "blob", TYPES.binary, pattern(10_000));
		await w.at.chat('AT+SYSMFG=1,"own","blob",0,1␍␊', value("own", "blob", 8, pattern(1)));
		await w.at.chat('AT+SYSMFG=1,"own","blob",0,10001␍␊', ERROR);
		await w.at.chat('AT+SYSMFG=1,"own"␍␊', answer('+SYSMFG:"own","blob",8'));
		await w.at.chat('AT+SYSMFG=1,"none"␍␊', ERROR);
		await w.at.chat('AT+SYSMFG=0,"own"␍␊', OK);
		assert.equal(await free(), before);
	});
	test("replace each other, whatever their types", async w => {
		const { at } = w;
		await writeData(w, "own", "key", TYPES.string, "text");
		await at.chat('AT+SYSMFG=2,"own","key",1,9␍␊', OK);
		await at.chat('AT+SYSMFG=1,"own"␍␊', answer('+SYSMFG:"own","key",1'));
		await writeData(w, "own", "key", TYPES.binary, "blob");
		await at.chat('AT+SYSMFG=1,"own"␍␊', answer('+SYSMFG:"own","key",8'));
		await at.chat('AT+SYSMFG=1,"own","key"␍␊', value("own", "key", 8, "blob"));
	});
	test("that find no room: ERROR, and every value is as it was", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (let i = 0; i < 3; i++) await writeData(w, "big", `blob${i}`, TYPES.binary, pattern(32_000, i));
		await at.chat('AT+SYSMFG=2,"big","blob3",8,32000␍␊', PROMPT);
		await at.chat(pattern(32_000), errorNumber(FULL), 10_000);
		await at.chat('AT+SYSMFG=1,"big","blob3"␍␊', errorNumber(NOT_FOUND));
		for (let i = 0; i < 3; i++)
			await at.chat(`AT+SYSMFG=1,"big","blob${i}"␍␊`, value("big", `blob${i}`, 8, pattern(32_000, i)), 5_000);
		await at.chat('AT+SYSMFG=1,"factory_param","module_name"␍␊', value("factory_param", "module_name", 7, "MINI"));
	});
	test("a surplus of data is busy, once", async ({ at }) => {
		await at.chat('AT+SYSMFG=2,"own","key",7,4␍␊', PROMPT);
		await at.chat("textAT+RST␍␊", `␍␊busy p...␍␊${OK}`);
		await at.chat('AT+SYSMFG=1,"own","key"␍␊', value("own", "key", 7, "text"));
	});
});

describe("AT+SYSMFG: lists", () => {
	test("the namespaces, by query and by read", async ({ at }) => {
		for (const line of ["AT+SYSMFG?", "AT+SYSMFG=1", "AT+SYSMFG=1,"])
			await at.chat(`${line}␍␊`, answer('+SYSMFG:"factory_param"'));
		for (const space of ["own", "other"]) await at.chat(`AT+SYSMFG=2,"${space}","a",1,1␍␊`, OK);
		await at.chat("AT+SYSMFG?␍␊", answer('+SYSMFG:"factory_param"', '+SYSMFG:"own"', '+SYSMFG:"other"'));
		await at.chat('AT+SYSMFG=0,"own","a"␍␊', OK);
		await at.chat("AT+SYSMFG?␍␊", answer('+SYSMFG:"factory_param"', '+SYSMFG:"other"'));
	});
	test("the keys of a namespace with their types: those of the factory", async ({ at }) => {
		const keys: [string, number][] = [
			["version", 2],
			["module_name", 7],
			["max_tx_power", 2],
			["country_code", 7],
			["start_channel", 1],
			["channel_num", 1],
			["uart_port", 2],
			["uart_baudrate", 6],
			["uart_tx_pin", 6],
			["uart_rx_pin", 6],
			["uart_cts_pin", 6],
			["uart_rts_pin", 6],
			["sys_store", 1],
		];
		const lines = keys.map(([key, type]) => `+SYSMFG:"factory_param","${key}",${type}`);
		await at.chat('AT+SYSMFG=1,"factory_param"␍␊', answer(...lines));
	});
	test("200 keys, which do not fit the transmit ring", async w => {
		const { at } = w;
		const keys = Array.from({ length: 200 }, (_, i) => `key_number_${i}`);
		for (const key of keys) await at.chat(`AT+SYSMFG=2,"name_space_long","${key}",3,1␍␊`, OK);
		await at.chat(
			'AT+SYSMFG=1,"name_space_long"␍␊',
			answer(...keys.map(it => `+SYSMFG:"name_space_long","${it}",3`)),
		);
	});
	test("what is not there is an ERROR", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const rest of ['"none"', '"none","key"', '"factory_param","none"', '"FACTORY_PARAM"'])
			await at.chat(`AT+SYSMFG=1,${rest}␍␊`, errorNumber(NOT_FOUND));
	});
});

describe("AT+SYSMFG: erasing", () => {
	test("a key, then the rest of its namespace; others stay", async ({ at }) => {
		for (const key of ["a", "b", "c"]) await at.chat(`AT+SYSMFG=2,"own","${key}",1,1␍␊`, OK);
		await at.chat('AT+SYSMFG=0,"own","b"␍␊', OK);
		await at.chat('AT+SYSMFG=1,"own"␍␊', answer('+SYSMFG:"own","a",1', '+SYSMFG:"own","c",1'));
		await at.chat('AT+SYSMFG=0,"own"␍␊', OK);
		await at.chat('AT+SYSMFG=1,"own"␍␊', ERROR);
		await at.chat("AT+SYSMFG?␍␊", answer('+SYSMFG:"factory_param"'));
	});
	test("what is not there is OK", async ({ at }) => {
		for (const rest of ['"none"', '"none","key"', '"factory_param","none"'])
			await at.chat(`AT+SYSMFG=0,${rest}␍␊`, OK);
	});
	test("all at once is not this command's: a namespace is wanted", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+SYSMFG=0␍␊", errorNumber(0x01060201));
		await at.chat("AT+SYSMFG=0,␍␊", errorNumber(0x01060201));
	});
});

describe("AT+SYSMFG: parameters", () => {
	test("are counted by operation", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [rest, error] of [
			["2", 0x01060501],
			['2,"own"', 0x01060502],
			['2,"own","key"', 0x01060503],
			['2,"own","key",1', 0x01060504],
			['2,"own",,1,1', 0x01060502],
			['1,"factory_param","module_name",1', 0x01060504],
			['1,"factory_param","module_name",,1', 0x01060503],
			['1,"factory_param",,1,1', 0x01060302],
			['1,,"key"', 0x01060201],
			["1,,,0,1", 0x01060201],
			['0,"own",,1', 0x01060304],
			['0,"own","key",1', 0x01060304],
			['1,"a","b",1,1,1', 0x01060506],
		] as const)
			await at.chat(`AT+SYSMFG=${rest}␍␊`, errorNumber(error));
	});
	test("are named when they are wrong", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [rest, error] of [
			["3", 0x01070000],
			['1,""', 0x01040001],
			['1,"1234567890123456"', 0x01040001],
			['1,"own",""', 0x01040002],
			['1,"own","1234567890123456"', 0x01040002],
			["1,own", 0x01050001],
			['2,"own","key",0,1', FOURTH],
			['2,"own","key",9,1', FOURTH],
			['2,"own","key",-1,1', FOURTH],
			['2,"own","key",1,"1"', 0x01050004],
			['2,"own","key",6,4294967296', FIFTH],
		] as const)
			await at.chat(`AT+SYSMFG=${rest}␍␊`, errorNumber(error));
		await at.chat('AT+SYSMFG=2,"123456789012345","123456789012345",1,1␍␊', OK);
		await at.chat(
			'AT+SYSMFG=1,"123456789012345","123456789012345"␍␊',
			value("123456789012345", "123456789012345", 1, "1"),
		);
	});
	test("AT+RESTORE leaves manufacturing data alone", async w => {
		const { at } = w;
		await at.chat('AT+SYSMFG=2,"own","key",1,7␍␊', OK);
		await at.chat("AT+RESTORE␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat('AT+SYSMFG=1,"own","key"␍␊', value("own", "key", 1, "7"));
	});
	test("a name with a NUL is none", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=2,"a\0b","c",1,5␍␊', errorNumber(0x01070001));
		await at.chat('AT+SYSMFG=2,"a","c\0d",1,5␍␊', errorNumber(0x01070002));
		await at.chat('AT+SYSMFG=1,"a\0b"␍␊', errorNumber(0x01070001));
		await at.chat('AT+SYSMFG=0,"a","c\0d"␍␊', errorNumber(0x01070002));
	});
});

describe("factory parameters", () => {
	test("module_name is what AT+GMR shows, from the next start on", async w => {
		const { at } = w;
		const name = async (): Promise<string> => (await at.ask("AT+GMR␍␊", /[^]*\((.*)\)␍␊␍␊OK␍␊/))[0] ?? "";
		assert.equal(await name(), "MINI");
		await writeData(w, "factory_param", "module_name", TYPES.string, "ESP32S2-OWN 1");
		await reset(w);
		assert.equal(await name(), "ESP32S2-OWN 1");
		for (const bad of ["x␍␊OK␍␊", "n".repeat(33), "caf\xe9"]) {
			await writeData(w, "factory_param", "module_name", TYPES.string, bad);
			await reset(w);
			assert.equal(await name(), "MINI", bad);
		}
		await at.chat('AT+SYSMFG=0,"factory_param","module_name"␍␊', OK);
		await reset(w);
		assert.equal(await name(), "MINI");
	});
	test("uart_baudrate is the rate as long as none is stored, also after AT+RESTORE", async w => {
		const { at } = w;
		await at.chat('AT+SYSMFG=2,"factory_param","uart_baudrate",6,57600␍␊', OK);
		await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:115200,8,1,0,1"));
		await reset(w);
		await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:57600,8,1,0,1"));
		await at.ask("AT+UART_CUR?␍␊", /\+UART_CUR:57[56]\d\d,8,1,0,1␍␊␍␊OK␍␊/);
		await at.chat("AT+UART_DEF=115200,8,1,0,0␍␊", OK);
		await reset(w);
		await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:115200,8,1,0,0"));
		await at.ask("AT+UART_CUR?␍␊", /\+UART_CUR:115[12]\d\d,8,1,0,0␍␊␍␊OK␍␊/);
		await at.chat("AT+RESTORE␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:57600,8,1,0,1"));
	});
	test("a uart_baudrate that no UART has, or that is no number, is none", async w => {
		for (const write of [
			(): Promise<void> => w.at.chat('AT+SYSMFG=2,"factory_param","uart_baudrate",6,79␍␊', OK),
			(): Promise<void> => w.at.chat('AT+SYSMFG=2,"factory_param","uart_baudrate",6,5000001␍␊', OK),
			(): Promise<void> => w.at.chat('AT+SYSMFG=2,"factory_param","uart_baudrate",6,-1␍␊', OK),
			(): Promise<void> => writeData(w, "factory_param", "uart_baudrate", TYPES.string, "9600"),
		]) {
			await write();
			await reset(w);
			await w.at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:115200,8,1,0,1"));
		}
		await w.at.chat('AT+SYSMFG=2,"factory_param","uart_baudrate",5,9600␍␊', OK);
		await reset(w);
		await w.at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:9600,8,1,0,1"));
	});
	test("sys_store is AT+SYSSTORE at the start", async w => {
		const { at } = w;
		await at.chat('AT+SYSMFG=2,"factory_param","sys_store",1,0␍␊', OK);
		await reset(w);
		await at.chat("AT+SYSSTORE?␍␊", answer("+SYSSTORE:0"));
		await at.chat("AT+CWMODE=2␍␊", OK);
		await reset(w);
		await at.chat("AT+CWMODE?␍␊", answer("+CWMODE:0"));
		await at.chat("AT+SYSSTORE=1␍␊AT+CWMODE=2␍␊", OK + OK);
		await reset(w);
		await at.chat("AT+CWMODE?␍␊", answer("+CWMODE:2"));
	});
	test("none at all: the module starts as from the factory", async w => {
		await w.at.chat('AT+SYSFLASH=0,"mfg_nvs"␍␊', OK);
		await reset(w);
		await w.at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:115200,8,1,0,1"));
		await w.at.chat("AT+SYSSTORE?␍␊", answer("+SYSSTORE:1"));
		await w.at.ask("AT+GMR␍␊", /[^]*\(MINI\)␍␊␍␊OK␍␊/);
	});
});

describe("mfg_nvs on the chip", () => {
	test("is in NVS's own format: version 2 pages of entries with the guide's types", async w => {
		await w.at.chat('AT+SYSMFG=2,"own","number",4,-2␍␊', OK);
		await writeData(w, "own", "text", TYPES.string, "hello");
		const page = (await readFile(w.twin.flash)).subarray(0x21000, 0x22000);
		assert.equal(page.readUInt32LE(0), 0xfffffffe, "active");
		assert.equal(page[8], 0xfe, "version 2");
		const entry = (key: string): Buffer => {
			const at = page.indexOf(`${key}\0`, 64) - 8;
			assert.ok(at >= 64 && at % 32 === 0, key);
			return page.subarray(at, at + 64);
		};
		const space = entry("own")[24];
		assert.equal(entry("own")[0], 0, "a namespace is an entry of namespace 0");
		const number = entry("number");
		assert.deepEqual([number[0], number[1], number[2], number.readInt16LE(24)], [space, 0x12, 1, -2]);
		const text = entry("text");
		assert.deepEqual([text[0], text[1], text[2], text.readUInt16LE(24)], [space, 0x21, 2, 6]);
		assert.equal(text.toString("latin1", 32, 38), "hello\0");
	});
});

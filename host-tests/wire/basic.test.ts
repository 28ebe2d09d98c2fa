// SPDX-License-Identifier: Apache-2.0

/**
 * The Basic commands: AT, ATE, RST, GMR, CMD, SYSMSG, SYSSTORE, SYSRAM, RESTORE, UART_CUR, UART_DEF and
 * TRANSINTVL (guide, chapter 3.1; wire-format.md). SYSLOG has error-numbers.test.ts.
 */

import assert from "node:assert/strict";
import { answer, errorNumber, ERROR, OK, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const echoed = wireTest({ echo: true });

/** Resets; the test goes on without echo. */
async function reset({ at }: Wire): Promise<void> {
	await at.chat("AT+RST␍␊", OK + READY, 4_000);
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
}

/** A query's value: what stands after `+NAME:`. */
async function query({ at }: Wire, name: string): Promise<string> {
	const [value] = await at.ask(`AT${name}?␍␊`, new RegExp(`\\${name}:([^\\r\\n]*)␍␊␍␊OK␍␊`));
	return value ?? "";
}

describe("AT", () => {
	test("answers OK", async ({ at }) => {
		await at.chat("AT␍␊", OK);
	});
	test("is upper case; anything else that is a line has number 3", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const line of ["at", "At", "aT", "hello", "ATT", "+++", "A T", "?", "\x00"]) {
			// "ATT" does start with AT: it is an unknown command.
			await at.chat(`${line}␍␊`, errorNumber(line === "ATT" ? 0x01090000 : 0x01030000));
		}
		await at.chat("AT␍␊", OK);
	});
	test("command names are upper case, too", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+sysram?␍␊", errorNumber(0x01090000));
		await at.chat("ATe1␍␊", errorNumber(0x01090000));
	});
});

describe("ATE", () => {
	echoed("is on at boot: the line comes back as it was received, then the answer", async ({ at }) => {
		await at.chat("AT␍␊", `AT␍␊${OK}`);
		await at.chat("AT+FAKE␍␊", `AT+FAKE␍␊${ERROR}`);
		await at.chat("what \t ever \x80\xff\x00␍␊", `what \t ever \x80\xff\x00␍␊${ERROR}`);
	});
	echoed("0 is echoed itself, what follows is not; 1 is not echoed, what follows is", async ({ at }) => {
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT␍␊", OK);
		await at.chat("ATE1␍␊", OK);
		await at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	echoed("0 and 1 in one write with others: each line has what holds for it", async ({ at }) => {
		await at.chat("AT␍␊ATE0␍␊AT␍␊ATE1␍␊AT␍␊", `AT␍␊${OK}ATE0␍␊${OK}${OK}${OK}AT␍␊${OK}`);
	});
	test("knows 0 and 1", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const line of ["ATE", "ATE2", "ATE00"]) await at.chat(`${line}␍␊`, errorNumber(0x01090000));
		await at.chat("ATE0?␍␊", errorNumber(0x010c0000));
		await at.chat("ATE0=1␍␊", errorNumber(0x010c0000));
	});
});

describe("AT+RST", () => {
	echoed("answers OK, restarts, says ready; echo is on again", async ({ at }) => {
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("has no other form", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+RST?␍␊", errorNumber(0x010c0000));
		await at.chat("AT+RST=1␍␊", errorNumber(0x010c0000));
	});
	test("forgets SYSLOG, TRANSINTVL, CIPMODE", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊AT+TRANSINTVL=100␍␊AT+CIPMODE=1␍␊", OK + OK + OK);
		await reset(w);
		await at.chat("AT+FAKE␍␊", ERROR);
		await at.chat("AT+SYSLOG?␍␊", answer("+SYSLOG:0"));
		await at.chat("AT+TRANSINTVL?␍␊", answer("+TRANSINTVL:20"));
		await at.chat("AT+CIPMODE?␍␊", answer("+CIPMODE:0"));
	});
	test("twenty times in a row", async w => {
		for (let i = 0; i < 20; i++) await reset(w);
	});
});

describe("AT+GMR", () => {
	test("four lines, in which hosts look for ( and - ESP32S2 - and the level of the protocol", async ({ at }) => {
		const [at1, date, sdk, at2, version] = await at.ask(
			"AT+GMR␍␊",
			new RegExp(
				"AT version:3\\.4\\.0\\.0\\((\\w+) - ESP32S2 - ([^()\\r\\n]+)\\)␍␊" +
					"SDK version:([^\\r\\n]+)␍␊" +
					"compile time\\(([0-9a-f]+)\\):[^\\r\\n]+␍␊" +
					"Bin version:xs-at-(\\d+\\.\\d+\\.\\d+\\S*)\\(MINI\\)␍␊" +
					"␍␊OK␍␊",
			),
		);
		for (const part of [at1, date, sdk, at2, version]) assert.ok(part);
	});
	test("has no other form", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+GMR?␍␊", errorNumber(0x010c0000));
		await at.chat("AT+GMR=1␍␊", errorNumber(0x010c0000));
	});
});

/** `+CMD:` lines as [name, test, query, set, execute]. */
async function commands({ at }: Wire): Promise<[string, ...boolean[]][]> {
	const [list] = await at.ask("AT+CMD?␍␊", /((?:\+CMD:\d+,"[^"]+",[01],[01],[01],[01]␍␊)+)␍␊OK␍␊/);
	const lines = (list ?? "").trim().split("\r\n");
	return lines.map((line, index) => {
		const [number, name, ...forms] = line.slice("+CMD:".length).split(",");
		assert.equal(number, String(index), `in ${line}`);
		return [(name ?? "").slice(1, -1), ...forms.map(form => form === "1")];
	});
}

describe("AT+CMD?", () => {
	test("lists what this firmware knows, each with the forms it has", async w => {
		const known = new Map((await commands(w)).map(([name, , ...forms]) => [name, forms]));
		const [query, set, execute] = [0, 1, 2];
		for (const [name, ...forms] of [
			["AT", execute],
			["ATE0", execute],
			["ATE1", execute],
			["AT+RST", execute],
			["AT+GMR", execute],
			["AT+CMD", query],
			["AT+SYSLOG", query, set],
			["AT+SYSMSG", query, set],
			["AT+SYSMSGFILTER", query, set],
			["AT+SYSMSGFILTERCFG", query, set],
			["AT+SYSSTORE", query, set],
			["AT+SYSRAM", query],
			["AT+RESTORE", execute],
			["AT+UART_CUR", query, set],
			["AT+UART_DEF", query, set],
			["AT+TRANSINTVL", query, set],
			["AT+UART", query, set],
			["AT+GSLP", set],
			["AT+SLEEP", query, set],
			["AT+SLEEPWKCFG", set],
			["AT+RFPOWER", query, set],
			["AT+SYSTIMESTAMP", query, set],
			["AT+SYSROLLBACK", execute],
			["AT+SYSREG", set],
			["AT+CWMODE", query, set],
			["AT+CWSTATE", query],
			["AT+CWJAP", query, set, execute],
			["AT+CWQAP", execute],
			["AT+CIFSR", execute],
			["AT+CIPSTART", set],
			["AT+CIPSEND", set, execute],
			["AT+CIPMODE", query, set],
		] as [string, ...number[]][]) {
			const expected = [query, set, execute].map(form => forms.includes(form));
			assert.deepEqual(known.get(name), expected, name);
		}
	});
	test("tells the truth about test and query", async w => {
		const { at } = w;
		// AT+RFPOWER? asks a radio that runs.
		await at.chat("AT+SYSLOG=1␍␊AT+CWMODE=1␍␊", OK + OK);
		for (const [name, hasTest, hasQuery] of await commands(w)) {
			const what = name.slice(2).replace("+", "\\+");
			if (hasTest) await at.ask(`${name}=?␍␊`, new RegExp(`${what}:[^\\r\\n]+␍␊␍␊OK␍␊`));
			else await at.chat(`${name}=?␍␊`, errorNumber(0x010c0000));
			if (!hasQuery) await at.chat(`${name}?␍␊`, errorNumber(0x010c0000));
			else if (name !== "AT+CMD") await at.ask(`${name}?␍␊`, /[^]*?␍␊OK␍␊/);
		}
	});
	test("has only the query", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+CMD␍␊", errorNumber(0x010c0000));
		await at.chat("AT+CMD=1␍␊", errorNumber(0x010c0000));
	});
});

describe("AT+SYSMSG", () => {
	test("is 0 from the factory and takes 0 to 7", async ({ at }) => {
		await at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:0"));
		for (const state of [1, 2, 3, 4, 5, 6, 7, 0]) {
			await at.chat(`AT+SYSMSG=${state}␍␊`, OK);
			await at.chat("AT+SYSMSG?␍␊", answer(`+SYSMSG:${state}`));
		}
		await at.chat("AT+SYSMSG=8␍␊", ERROR);
		await at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:0"));
	});
	test("is stored with SYSSTORE=1, and not with 0", async w => {
		const { at } = w;
		await at.chat("AT+SYSMSG=3␍␊", OK);
		await reset(w);
		await at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:3"));
		await at.chat("AT+SYSSTORE=0␍␊AT+SYSMSG=5␍␊", OK + OK);
		await at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:5"));
		await reset(w);
		await at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:3"));
	});
	// What the bits do: link.test.ts (bit 1), passthrough.test.ts (bits 0 and 2).
});

describe("AT+SYSSTORE", () => {
	test("is 1 at boot, also after it was 0", async w => {
		const { at } = w;
		await at.chat("AT+SYSSTORE?␍␊", answer("+SYSSTORE:1"));
		await at.chat("AT+SYSSTORE=0␍␊", OK);
		await at.chat("AT+SYSSTORE?␍␊", answer("+SYSSTORE:0"));
		await at.chat("AT+SYSSTORE=2␍␊", ERROR);
		await at.chat("AT+SYSSTORE?␍␊", answer("+SYSSTORE:0"));
		await reset(w);
		await at.chat("AT+SYSSTORE?␍␊", answer("+SYSSTORE:1"));
	});
	test("0 keeps CWMODE out of the flash, 1 puts it there", async w => {
		const { at } = w;
		await at.chat("AT+CWMODE=3␍␊", OK);
		await at.chat("AT+SYSSTORE=0␍␊AT+CWMODE=1␍␊", OK + OK);
		await at.chat("AT+CWMODE?␍␊", answer("+CWMODE:1"));
		await reset(w);
		await at.chat("AT+CWMODE?␍␊", answer("+CWMODE:3"));
	});
	test("0 keeps an access point out of the flash, 1 puts it there: it is joined after a reset", async w => {
		const { at } = w;
		await at.chat("AT+SYSSTORE=0␍␊", OK);
		await w.join();
		await reset(w);
		await at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:0,""'));
		await w.join();
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 5_000);
		await at.chat("AT+CWSTATE?␍␊", `AT+CWSTATE?␍␊${answer('+CWSTATE:2,"net"')}`);
	});
	test("does not matter to AT+UART_DEF", async w => {
		const { at } = w;
		await at.chat("AT+SYSSTORE=0␍␊AT+UART_DEF=57600,8,1,0,0␍␊", OK + OK);
		await reset(w);
		await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:57600,8,1,0,0"));
	});
});

describe("AT+SYSRAM", () => {
	test("tells the free heap and the least there was", async w => {
		const [free, least] = (await query(w, "+SYSRAM")).split(",").map(Number);
		assert.ok(free !== undefined && least !== undefined && least > 0 && least <= free, `${free},${least}`);
	});
	test("is what it was when a link has come and gone", async w => {
		await w.join();
		const peer = await w.listen();
		// The first link may allocate what is kept.
		const free: string[] = [];
		for (let i = 0; i < 5; i++) {
			await w.connect(peer);
			await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
			free.push((await query(w, "+SYSRAM")).split(",")[0] ?? "");
		}
		assert.equal(new Set(free.slice(1)).size, 1, free.join());
	});
});

describe("AT+RESTORE", () => {
	test("answers OK, restarts, and all that was stored is as from the factory", async w => {
		const { at } = w;
		const names = ["+SYSMSG", "+UART_DEF", "+CWMODE", "+CWSTATE"];
		const factory = [];
		for (const name of names) factory.push(await query(w, name));
		await w.join();
		await at.chat("AT+CWMODE=3␍␊AT+SYSMSG=1␍␊AT+UART_DEF=9600,7,3,2,0␍␊", OK + OK + OK);
		await at.chat("AT+RESTORE␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		const restored = [];
		for (const name of names) restored.push(await query(w, name));
		assert.deepEqual(restored, factory);
		// Nor is the access point joined any more.
		await at.expectNothing(500);
	});
});

describe("AT+UART_CUR, AT+UART_DEF", () => {
	test("are 115200 8 N 1 from the factory", async w => {
		const [stored] = await w.at.ask("AT+UART_DEF?␍␊", /\+UART_DEF:(115200,8,1,0,[0-3])␍␊␍␊OK␍␊/);
		const [rate, ...others] = (await query(w, "+UART_CUR")).split(",");
		// The hardware's rate, which its divider may put beside the one that was asked for.
		assert.ok(Math.abs(Number(rate) - 115_200) < 600, rate);
		assert.deepEqual(others, stored?.split(",").slice(1));
	});
	test("DEF is stored, and in force at once and after a reset", async w => {
		const { at } = w;
		await at.chat("AT+UART_DEF=9600,7,3,2,1␍␊", OK);
		for (let i = 0; i < 2; i++) {
			await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:9600,7,3,2,1"));
			assert.match(await query(w, "+UART_CUR"), /^9[56]\d\d,7,3,2,1$/);
			await reset(w);
		}
	});
	test("CUR is in force and not stored", async w => {
		const { at } = w;
		const stored = await query(w, "+UART_DEF");
		await at.chat("AT+UART_CUR=19200,8,1,1,0␍␊", OK);
		assert.match(await query(w, "+UART_CUR"), /^19[12]\d\d,8,1,1,0$/);
		assert.equal(await query(w, "+UART_DEF"), stored);
		await reset(w);
		assert.match(await query(w, "+UART_CUR"), /^115[12]\d\d,8,1,0,[0-3]$/);
	});
	for (const name of ["CUR", "DEF"]) {
		test(`${name} takes what the guide says, both ends of each range`, async ({ at }) => {
			for (const values of ["80,5,1,0,0", "5000000,8,3,2,3", "115200,6,2,1,2", "115200,8,1,0,0"])
				await at.chat(`AT+UART_${name}=${values}␍␊`, OK);
		});
		test(`${name} refuses what is outside, naming the parameter`, async ({ at }) => {
			await at.chat("AT+SYSLOG=1␍␊", OK);
			for (const [values, index] of [
				["79,8,1,0,0", 0],
				["5000001,8,1,0,0", 0],
				["115200,4,1,0,0", 1],
				["115200,9,1,0,0", 1],
				["115200,8,0,0,0", 2],
				["115200,8,4,0,0", 2],
				["115200,8,1,-1,0", 3],
				["115200,8,1,3,0", 3],
				["115200,8,1,0,-1", 4],
				["115200,8,1,0,4", 4],
			] as [string, number][])
				await at.chat(`AT+UART_${name}=${values}␍␊`, errorNumber(0x01070000 + index));
		});
	}
	test("AT+UART reads the current settings and sets the stored ones", async w => {
		const { at } = w;
		await at.chat("AT+UART=38400,8,1,0,0␍␊", OK);
		assert.match(await query(w, "+UART"), /^38[34]\d\d,8,1,0,0$/);
		await at.chat("AT+UART_DEF?␍␊", answer("+UART_DEF:38400,8,1,0,0"));
	});
});

describe("AT+TRANSINTVL", () => {
	test("is 20 at boot, takes 0 to 1000, and is not stored", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+TRANSINTVL?␍␊", answer("+TRANSINTVL:20"));
		for (const interval of [0, 1000]) {
			await at.chat(`AT+TRANSINTVL=${interval}␍␊`, OK);
			await at.chat("AT+TRANSINTVL?␍␊", answer(`+TRANSINTVL:${interval}`));
		}
		await at.chat("AT+TRANSINTVL=1001␍␊", errorNumber(0x01070000));
		await at.chat("AT+TRANSINTVL=-1␍␊", errorNumber(0x01070000));
		await reset(w);
		await at.chat("AT+TRANSINTVL?␍␊", answer("+TRANSINTVL:20"));
	});
});

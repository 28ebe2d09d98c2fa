// SPDX-License-Identifier: Apache-2.0

/** Findings of the second reader of the Basic set: each of these failed when it was written. */

import assert from "node:assert/strict";
import { answer, delay, errorNumber, OK, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const timed = wireTest({ clock: "manual" });
const paced = wireTest({ args: ["--pace"], limit: 60_000 });

async function restart({ at }: Wire): Promise<void> {
	await at.chat("AT+RST␍␊", OK + READY, 4_000);
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
}

describe("second reader: AT+RFPOWER", () => {
	test("without the Wi-Fi driver there is nothing to ask or to set (guide 3.1.20: not initialized)", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+CWMODE=1␍␊", OK);
		await at.chat("AT+RFPOWER=60␍␊", OK);
		await at.chat("AT+CWINIT=0␍␊", OK);
		await at.chat("AT+RFPOWER?␍␊", errorNumber(0x010a0017));
		await at.chat("AT+RFPOWER=50␍␊", errorNumber(0x010a0017));
		await at.chat("AT+CWINIT=1␍␊", OK);
		await at.chat("AT+RFPOWER?␍␊", answer("+RFPOWER:60"));
	});
	for (const [type, value, power] of [
		[2, 8, 8],
		[2, 40, 40],
		[2, 84, 78],
		[2, 7, 78],
		[2, 0, 78],
		[2, -5, 78],
		[2, 85, 78],
		[1, 200, 78],
		[5, 4_000_000_000, 78],
	] as const)
		test(`a max_tx_power of ${value}: ${power}; what is out of range is as from the factory`, async w => {
			const { at } = w;
			await at.chat("AT+CWMODE=1␍␊", OK);
			await at.chat(`AT+SYSMFG=2,"factory_param","max_tx_power",${type},${value}␍␊`, OK);
			await restart(w);
			await at.chat("AT+RFPOWER?␍␊", answer(`+RFPOWER:${power}`));
		});
});

describe("second reader: AT+SLEEPWKCFG", () => {
	test("the pins of the AT port are those it was opened with, whatever AT+SYSMFG has written since", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=2,"factory_param","uart_tx_pin",6,5␍␊', OK);
		await at.chat("AT+SLEEPWKCFG=2,17,0␍␊", errorNumber(0x01070001));
		await at.chat("AT+SLEEPWKCFG=2,5,0␍␊", OK);
		await restart(w);
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+SLEEPWKCFG=2,5,0␍␊", errorNumber(0x01070001));
		await at.chat("AT+SLEEPWKCFG=2,17,0␍␊", OK);
	});
});

describe("second reader: AT+SAVETRANSLINK", () => {
	for (const [store, keepAlive] of [
		[1, 200],
		[0, 100],
	])
		test(`SYSSTORE=${store}: its keep_alive and that of AT+CIPTCPOPT are one, the later one holds`, async w => {
			const { at } = w;
			await w.join();
			await at.chat('AT+SAVETRANSLINK=1,"127.0.0.1",9,"TCP",100␍␊', OK);
			await at.chat(`AT+SYSSTORE=${store}␍␊`, OK);
			await at.chat("AT+CIPTCPOPT=-1,0,0,200␍␊", OK);
			await at.chat("AT+RST␍␊", `${OK}${READY}␍␊>`, 4_000);
			await delay(100);
			await at.send("+++");
			await delay(200);
			await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			await at.chat("AT+CIPTCPOPT?␍␊", answer(`+CIPTCPOPT:0,-1,0,0,${keepAlive}`));
		});
	test("a host with a NUL is none", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SAVETRANSLINK=1,"h\0x",80␍␊', errorNumber(0x01070001));
	});
});

describe("second reader: names with a NUL", () => {
	test("are refused with the parameter's number, as docs/commands.md lists no such failure", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=2,"a\0b","c",1,5␍␊', errorNumber(0x01070001));
		await at.chat('AT+SYSMFG=2,"a","c\0d",1,5␍␊', errorNumber(0x01070002));
		await at.chat('AT+SYSMFG=1,"a\0b"␍␊', errorNumber(0x01070001));
		await at.chat('AT+SYSMFG=0,"a","c\0d"␍␊', errorNumber(0x01070002));
		await at.chat('AT+SYSFLASH=2,"mfg_nvs\0x",0,1␍␊', errorNumber(0x01070001));
	});
});

describe("second reader: a slow line is no host that does not read", () => {
	/** Sends at 80 baud, and expects all of the answer, then that the module is there again. */
	const slowly = (title: string, line: string, wanted: string): void =>
		paced(`80 baud: ${title}`, async ({ at }) => {
			await at.chat("AT+UART_CUR=80,8,1,0,0␍␊", OK);
			await delay(50);
			await at.chat(`${line}␍␊`, wanted, 15_000);
		});
	slowly("AT+RST", "AT+RST", OK + READY);
	slowly("AT+RESTORE", "AT+RESTORE", OK + READY);
	slowly("AT+GSLP", "AT+GSLP=100", `100␍␊${OK}${READY}`);
	paced("9,600 baud: what was asked before AT+RST is answered whole", async ({ at }) => {
		await at.chat("AT+UART_CUR=9600,8,1,0,0␍␊", OK);
		await delay(50);
		await at.send("AT+CMD?␍␊AT+RST␍␊");
		const [list] = await at.expectMatch(/(\+CMD:\d+,"[^"]+",[01],[01],[01],[01]␍␊)+␍␊OK␍␊␍␊OK␍␊␍␊ready␍␊/, 20_000);
		assert.ok(list.split("+CMD:").length > 90);
	});
	paced("4,800 baud: the new rate comes when all at the old one has left", async ({ at }) => {
		await at.chat("AT+UART_CUR=4800,8,1,0,0␍␊", OK);
		await delay(50);
		const begin = Date.now();
		await at.send("AT+CMD?␍␊AT+UART_CUR=115200,8,1,0,0␍␊");
		await at.expectMatch(/(\+CMD:\d+,"[^"]+",[01],[01],[01],[01]␍␊)+␍␊OK␍␊␍␊OK␍␊/, 20_000);
		/* 2,800 bytes at 4,800 baud take 5.8 s; at 115,200 what is left after half a second would be there at once. */
		assert.ok(Date.now() - begin > 5_000, `${Date.now() - begin} ms`);
		await at.chat("AT␍␊", OK);
	});
});

describe("second reader: the manual clock", () => {
	timed("time of day goes on when 2^32 ms have passed", async ({ at, control }) => {
		await at.chat("AT+SYSTIMESTAMP=0␍␊", OK);
		for (let i = 1; i <= 5; i++) {
			await control.request("clock.advance", { ms: 2_000_000_000 });
			await at.chat("AT+SYSTIMESTAMP?␍␊", answer(`+SYSTIMESTAMP:${i * 2_000_000}`));
		}
		await at.chat("AT+RST␍␊", OK + READY);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:10000000"));
	});
	timed("moves by all that docs/control.md allows, 2^32-1 ms, at once", async ({ at, control }) => {
		await at.chat("AT+SYSTIMESTAMP=0␍␊", OK);
		await control.request("clock.advance", { ms: 4_294_967_295 });
		await at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:4294967"));
	});
	timed("the longest sleep ends when it is due, also after the clock has gone round", async ({ at, control }) => {
		await control.request("clock.advance", { ms: 2_147_483_647 });
		await control.request("clock.advance", { ms: 2_147_483_647 });
		await at.chat("AT+GSLP=2147483647␍␊", `2147483647␍␊${OK}`);
		await control.request("clock.advance", { ms: 2_147_483_646 });
		await at.expectNothing(100);
		await control.request("clock.advance", { ms: 1 });
		await at.expect(READY);
	});
});

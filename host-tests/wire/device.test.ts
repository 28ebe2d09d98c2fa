// SPDX-License-Identifier: Apache-2.0

/** Time of day and registers: SYSTIMESTAMP, SYSREG (guide 3.1.23, 3.1.27). */

import assert from "node:assert/strict";
import { answer, errorNumber, ERROR, OK, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const timed = wireTest({ clock: "manual" });

const UINT32_MAX = 2 ** 32 - 1;

async function advance({ control }: Wire, ms: number): Promise<void> {
	await control.request("clock.advance", { ms });
}

describe("AT+SYSTIMESTAMP", () => {
	timed("counts from 0 at power-on, then from what was set", async w => {
		await w.at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:0"));
		await advance(w, 2_000);
		await w.at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:2"));
		await w.at.chat("AT+SYSTIMESTAMP=1565853509␍␊", OK);
		await w.at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:1565853509"));
		await advance(w, 86_400_999);
		await w.at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:1565939909"));
		await advance(w, 1);
		await w.at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:1565939910"));
	});
	test("moves by the real clock, too", async w => {
		const before = Date.now();
		await w.at.chat("AT+SYSTIMESTAMP=1000␍␊", OK);
		const [seconds] = await w.at.ask("AT+SYSTIMESTAMP?␍␊", /\+SYSTIMESTAMP:(\d+)␍␊␍␊OK␍␊/);
		const passed = Number(seconds) - 1000;
		assert.ok(passed >= 0 && passed <= (Date.now() - before) / 1000 + 1, seconds);
	});
	timed("goes on over a restart and deep sleep, as the chip's RTC does", async w => {
		await w.at.chat("AT+SYSTIMESTAMP=1565853509␍␊", OK);
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.chat("ATE0␍␊AT+SYSTIMESTAMP?␍␊", `ATE0␍␊${OK}${answer("+SYSTIMESTAMP:1565853509")}`);
		await w.at.chat("AT+GSLP=10000␍␊", `10000␍␊${OK}`);
		await advance(w, 10_000);
		await w.at.expect(READY);
		await w.at.chat("ATE0␍␊AT+SYSTIMESTAMP?␍␊", `ATE0␍␊${OK}${answer("+SYSTIMESTAMP:1565853519")}`);
	});
	for (const cause of ["reset", "power.cut"])
		timed(`starts anew after ${cause} on the control socket`, async w => {
			await advance(w, 5_000);
			await w.at.chat("AT+SYSTIMESTAMP=1565853509␍␊", OK);
			await w.control.request(cause);
			await w.at.expect(READY, 4_000);
			await w.at.chat("ATE0␍␊AT+SYSTIMESTAMP?␍␊", `ATE0␍␊${OK}${answer("+SYSTIMESTAMP:0")}`);
			await advance(w, 3_000);
			await w.at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:3"));
		});
	timed("takes 0 to 2^32-1", async ({ at }) => {
		for (const time of [0, 2 ** 31 - 1, 2 ** 31, UINT32_MAX]) {
			await at.chat(`AT+SYSTIMESTAMP=${time}␍␊`, OK);
			await at.chat("AT+SYSTIMESTAMP?␍␊", answer(`+SYSTIMESTAMP:${time}`));
		}
	});
	timed("refuses other values and forms", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊AT+SYSTIMESTAMP=77␍␊", OK + OK);
		for (const [line, number] of [
			["AT+SYSTIMESTAMP=-1", 0x01070000],
			[`AT+SYSTIMESTAMP=${UINT32_MAX + 1}`, 0x01070000],
			['AT+SYSTIMESTAMP="77"', 0x01050000],
			["AT+SYSTIMESTAMP=", 0x01060100],
			["AT+SYSTIMESTAMP=1,2", 0x01060102],
			["AT+SYSTIMESTAMP", 0x010c0000],
		] as const)
			await at.chat(`${line}␍␊`, errorNumber(number));
		await at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:77"));
	});
	timed("goes on when 2^32 ms have passed", async ({ at, control }) => {
		await at.chat("AT+SYSTIMESTAMP=0␍␊", OK);
		for (let i = 1; i <= 5; i++) {
			await control.request("clock.advance", { ms: 2_000_000_000 });
			await at.chat("AT+SYSTIMESTAMP?␍␊", answer(`+SYSTIMESTAMP:${i * 2_000_000}`));
		}
		await at.chat("AT+RST␍␊", OK + READY);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:10000000"));
	});
	timed("counts all that clock.advance can pass at once", async ({ at, control }) => {
		await at.chat("AT+SYSTIMESTAMP=0␍␊", OK);
		await control.request("clock.advance", { ms: 4_294_967_295 });
		await at.chat("AT+SYSTIMESTAMP?␍␊", answer("+SYSTIMESTAMP:4294967"));
	});
});

describe("AT+SYSREG", () => {
	test("reads what was written; 0 before", async ({ at }) => {
		for (const [address, value] of [
			["0x3F400000", 0],
			["0x3f404004", 1],
			["0x3f4ffffc", 0x80000000],
			["0x60000000", 0xdeadbeef],
			["0x600bfffc", 0xffffffff],
			["0x61800000", 0x7fffffff],
			["0x61803ffc", 10],
			[String(0x3f404008), 16],
		] as const) {
			await at.chat(`AT+SYSREG=0,${address}␍␊`, answer("+SYSREG:0x0"));
			await at.chat(`AT+SYSREG=1,${address},0x${value.toString(16)}␍␊`, OK);
			await at.chat(`AT+SYSREG=0,${address}␍␊`, answer(`+SYSREG:0x${value.toString(16)}`));
		}
		await at.chat("AT+SYSREG=1,0x3f404004,255␍␊", OK);
		await at.chat("AT+SYSREG=0,0x3f404004␍␊", answer("+SYSREG:0xff"));
		await at.chat("AT+SYSREG=0,0x600bfffc␍␊", answer("+SYSREG:0xffffffff"));
	});
	test("a reset sets them back", async w => {
		await w.at.chat("AT+SYSREG=1,0x3f404004,5␍␊", OK);
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.chat("ATE0␍␊AT+SYSREG=0,0x3f404004␍␊", `ATE0␍␊${OK}${answer("+SYSREG:0x0")}`);
	});
	test("refuses what is no register of a peripheral", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const address of [
			0,
			0x3f3ffffc,
			0x3f400001,
			0x3f400002,
			0x3f400003,
			0x3f500000,
			0x3ffb0000,
			0x40000000,
			0x5ffffffc,
			0x600c0000,
			0x617ffffc,
			0x61804000,
			0xfffffffc,
			UINT32_MAX,
		]) {
			await at.chat(`AT+SYSREG=0,${address}␍␊`, errorNumber(0x01070001));
			await at.chat(`AT+SYSREG=1,${address},1␍␊`, errorNumber(0x01070001));
		}
	});
	test("wants a value for a write, and none for a read", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [line, number] of [
			["AT+SYSREG=1,0x3f404004", 0x01060302],
			["AT+SYSREG=0,0x3f404004,1", 0x01070002],
			["AT+SYSREG=2,0x3f404004,1", 0x01070000],
			["AT+SYSREG=-1,0x3f404004", 0x01070000],
			["AT+SYSREG=0,-4", 0x01070001],
			["AT+SYSREG=0,0x100000000", 0x01070001],
			["AT+SYSREG=1,0x3f404004,0x100000000", 0x01070002],
			["AT+SYSREG=1,0x3f404004,-1", 0x01070002],
			["AT+SYSREG=0", 0x01060201],
			["AT+SYSREG=1,0x3f404004,1,1", 0x01060304],
			['AT+SYSREG=0,"0x3f404004"', 0x01050001],
			["AT+SYSREG?", 0x010c0000],
			["AT+SYSREG", 0x010c0000],
		] as const)
			await at.chat(`${line}␍␊`, errorNumber(number));
		await at.chat("AT+SYSREG=0,0x3f404004␍␊", answer("+SYSREG:0x0"));
	});
	test("the twin keeps 64 of them, and says when it has no room; the others are as they were", async ({ at }) => {
		const first = 0x3f404000;
		for (let i = 0; i < 64; i++) await at.chat(`AT+SYSREG=1,${first + 4 * i},${i}␍␊`, OK);
		await at.chat(`AT+SYSREG=1,${first + 4 * 64},1␍␊`, ERROR);
		await at.chat(`AT+SYSREG=0,${first + 4 * 64}␍␊`, answer("+SYSREG:0x0"));
		for (const i of [0, 31, 63])
			await at.chat(`AT+SYSREG=0,${first + 4 * i}␍␊`, answer(`+SYSREG:0x${i.toString(16)}`));
		await at.chat(`AT+SYSREG=1,${first},7␍␊AT+SYSREG=0,${first}␍␊`, OK + answer("+SYSREG:0x7"));
	});
});

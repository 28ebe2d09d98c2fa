// SPDX-License-Identifier: Apache-2.0

/** Transmit power: RFPOWER (guide 3.1.20). */

import assert from "node:assert/strict";
import { answer, errorNumber, OK, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest();

const FAILED = 0x010a0000;

async function station({ control }: Wire): Promise<Record<string, unknown>> {
	return (await control.request("station.state"))["station"] as Record<string, unknown>;
}

describe("AT+RFPOWER", () => {
	test("is the manufacturing data's at first; what is set is read back, above 78 it is 78", async w => {
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.chat("AT+RFPOWER?␍␊", answer("+RFPOWER:78"));
		for (const [set, get] of [
			[40, 40],
			[41, 41],
			[77, 77],
			[78, 78],
			[79, 78],
			[84, 78],
		] as const) {
			await w.at.chat(`AT+RFPOWER=${set}␍␊`, OK);
			await w.at.chat("AT+RFPOWER?␍␊", answer(`+RFPOWER:${get}`));
			assert.equal((await station(w))["tx_power"], get);
		}
	});
	test("holds while Wi-Fi is switched off and on, not over a reset", async w => {
		await w.at.chat("AT+CWMODE=1␍␊AT+RFPOWER=50␍␊AT+CWMODE=0␍␊AT+CWMODE=3␍␊", OK.repeat(4));
		await w.at.chat("AT+RFPOWER?␍␊", answer("+RFPOWER:50"));
		assert.equal((await station(w))["tx_power"], 50);
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.chat("ATE0␍␊AT+RFPOWER?␍␊", `ATE0␍␊${OK}${answer("+RFPOWER:78")}`);
	});
	test("without Wi-Fi there is nothing to ask or to set", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+RFPOWER?␍␊", errorNumber(FAILED));
		await at.chat("AT+RFPOWER=60␍␊", errorNumber(FAILED));
		await at.chat("AT+CWMODE=1␍␊AT+RFPOWER?␍␊", OK + answer("+RFPOWER:78"));
	});
	test("refuses other values and forms", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊AT+CWMODE=1␍␊", OK + OK);
		for (const [line, number] of [
			["AT+RFPOWER=39", 0x01070000],
			["AT+RFPOWER=85", 0x01070000],
			["AT+RFPOWER=60,0,0,0", 0x01060104],
			["AT+RFPOWER=", 0x01060100],
			["AT+RFPOWER", 0x010c0000],
		] as const)
			await at.chat(`${line}␍␊`, errorNumber(number));
		await at.chat("AT+RFPOWER?␍␊", answer("+RFPOWER:78"));
	});
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
			await at.chat("AT+RST␍␊", OK + READY, 4_000);
			await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			await at.chat("AT+RFPOWER?␍␊", answer(`+RFPOWER:${power}`));
		});
});

describe("the radio world", () => {
	test("station.state tells power and sleep only while the radio runs", async w => {
		assert.equal((await station(w))["tx_power"], undefined);
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		const { tx_power: power, sleep } = await station(w);
		assert.deepEqual([power, sleep], [78, 0]);
	});
});

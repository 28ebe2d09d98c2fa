// SPDX-License-Identifier: Apache-2.0

/** AT+SYSMSGFILTER and AT+SYSMSGFILTERCFG (guide 3.1.16, 3.1.17): the commands; what a filter does is C's. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ERROR, errorNumber, OK } from "./answers";
import { boot, type Device } from "../shims/device";

const PROMPT = `${OK}\r\n>`;

async function change(device: Device, operator: number, head: string, tail: string): Promise<string> {
	assert.equal(await device.send(`AT+SYSMSGFILTERCFG=${operator},${head.length},${tail.length}`), PROMPT);
	return device.write(head + tail);
}

describe("AT+SYSMSGFILTER", () => {
	it("is off at boot and after a restart", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSMSGFILTER?"), `+SYSMSGFILTER:0\r\n${OK}`);
		assert.equal(await device.send("AT+SYSMSGFILTER=1"), OK);
		assert.equal(await device.send("AT+SYSMSGFILTER?"), `+SYSMSGFILTER:1\r\n${OK}`);
		await device.send("AT+RST");
		await device.send("ATE0");
		assert.equal(await device.send("AT+SYSMSGFILTER?"), `+SYSMSGFILTER:0\r\n${OK}`);
	});
	it("takes 0 and 1", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSMSGFILTER=2"), ERROR);
		assert.equal(await device.send("AT+SYSMSGFILTER="), ERROR);
		assert.equal(await device.send("AT+SYSMSGFILTER"), ERROR);
	});
});

describe("AT+SYSMSGFILTERCFG", () => {
	it("cuts head and tail where the lengths say, whatever the bytes are", async () => {
		const device = boot();
		assert.equal(await change(device, 1, "^\r\n\xff\x00", 'O"K$'), OK);
		assert.equal(await change(device, 1, "", "x"), OK);
		assert.equal(
			await device.send("AT+SYSMSGFILTERCFG?"),
			`+SYSMSGFILTERCFG:0,"^\r\n\xff\x00","O"K$"\r\n+SYSMSGFILTERCFG:1,"","x"\r\n${OK}`,
		);
		assert.equal(await change(device, 2, "^\r\n\xff\x00", 'O"K$'), OK);
		assert.equal(await device.send("AT+SYSMSGFILTERCFG?"), `+SYSMSGFILTERCFG:0,"","x"\r\n${OK}`);
		assert.equal(await device.send("AT+SYSMSGFILTERCFG=0"), OK);
		assert.equal(await device.send("AT+SYSMSGFILTERCFG?"), OK);
	});
	it("names what is wrong", async () => {
		const device = boot();
		await device.send("AT+SYSLOG=1");
		for (const [parameters, number] of [
			["0,1", 0x01060102],
			["0,,1", 0x01060103],
			["1", 0x01060301],
			["1,1", 0x01060302],
			["2,,1", 0x01060303],
			["1,0,0", 0x01070002],
			["2,0,0", 0x01070002],
			["1,65,0", 0x01070001],
			["1,64,65", 0x01070002],
			["3,1,1", 0x01070000],
		] as const)
			assert.equal(await device.send(`AT+SYSMSGFILTERCFG=${parameters}`), errorNumber(number), parameters);
		assert.equal(await change(device, 1, "[", ""), errorNumber(0x010a0020));
		assert.equal(await change(device, 1, "", "\\(a\\)\\1"), errorNumber(0x010a0021));
		assert.equal(await change(device, 2, "a", ""), errorNumber(0x010a0024));
		for (let i = 0; i < 16; i++) assert.equal(await change(device, 1, `^${i}`, ""), OK);
		assert.equal(await change(device, 1, "^16", ""), errorNumber(0x010a0023));
		assert.equal(await change(device, 1, "^3", ""), OK, "there already");
	});
	it("tells sixteen of the longest: more than the transmit ring's room at once", async () => {
		const device = boot();
		const text = (i: number): string => String(i).padStart(64, "x");
		for (let i = 0; i < 16; i++) await change(device, 1, text(i), text(i));
		const lines = Array.from({ length: 16 }, (_, i) => `+SYSMSGFILTERCFG:${i},"${text(i)}","${text(i)}"\r\n`);
		assert.equal(await device.send("AT+SYSMSGFILTERCFG?"), lines.join("") + OK);
	});
});

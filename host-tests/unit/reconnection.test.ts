// SPDX-License-Identifier: Apache-2.0

/** What the station does by itself: CWRECONNCFG, CWAUTOCONN and its messages (guide 3.2.6, 3.2.15, 3.14). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ERROR, errorNumber, OK, PROMPT } from "./answers";
import type { Device } from "../shims/device";
import type { JoinRequest } from "../shims/wifi";
import { DISCONNECT, JOIN, JOINED, NET, joined, state, station } from "./station";

describe("AT+CWRECONNCFG", () => {
	/** Joined, then out of reach, with so many attempts a second apart. */
	async function lost(interval: number, count: number): Promise<{ device: Device; tries: JoinRequest[] }> {
		const device = await joined();
		const tries: JoinRequest[] = [];
		assert.equal(await device.send(`AT+CWRECONNCFG=${interval},${count}`), OK);
		device.wifi.accessPoints[0]!.absent = true;
		device.wifi.on("join", it => tries.push(it));
		device.wifi.drop();
		assert.equal(await device.heard(), DISCONNECT);
		return { device, tries };
	}

	it("begins with 0,0; AT+CWJAP sets its interval, and 1 when it names none", async () => {
		const device = await station(NET);
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:0,0\r\n${OK}`);
		assert.equal(await device.send("AT+CWRECONNCFG=7200,1000"), OK);
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:7200,1000\r\n${OK}`);
		assert.equal(await device.send(`${JOIN},,,5`), JOINED + OK);
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:5,1000\r\n${OK}`);
		assert.equal(await device.send(JOIN), DISCONNECT + JOINED + OK);
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:1,1000\r\n${OK}`);
		assert.equal(await device.send("AT+CWRECONNCFG=9,0"), OK);
		assert.equal(await device.send("AT+CWJAP?"), `+CWJAP:"net","02:00:00:00:00:aa",6,-61,0,9,3,0,1\r\n${OK}`);
	});
	it("counts the attempts, one each interval, and gives up", async () => {
		const { device, tries } = await lost(10, 3);
		assert.equal(await device.advance(9_999), "");
		assert.equal(tries.length, 0);
		for (const done of [1, 2, 3]) {
			assert.equal(await state(device), '3,"net"');
			await device.advance(done === 1 ? 1 : 10_000);
			assert.equal(tries.length, done);
		}
		assert.equal(await state(device), '4,"net"');
		await device.advance(1_000_000);
		assert.equal(tries.length, 3);
	});
	it("counts anew after each success", async () => {
		const { device, tries } = await lost(1, 2);
		await device.advance(1000);
		device.wifi.accessPoints[0]!.absent = false;
		assert.equal(await device.advance(1000), JOINED);
		device.wifi.accessPoints[0]!.absent = true;
		device.wifi.drop();
		assert.equal(await device.heard(), DISCONNECT);
		await device.advance(100_000);
		assert.equal(tries.length, 4);
	});
	it("with a count of 0 never gives up", async () => {
		const { device, tries } = await lost(1, 0);
		await device.advance(1_500_000);
		assert.equal(tries.length, 1500);
		assert.equal(await state(device), '3,"net"');
	});
	it("with an interval of 0 ends what waits, whatever the count", async () => {
		const { device, tries } = await lost(10, 100);
		await device.advance(15_000);
		assert.equal(await device.send("AT+CWRECONNCFG=0,5"), OK);
		assert.equal(await state(device), '4,"net"');
		await device.advance(1_000_000);
		assert.equal(tries.length, 1);
	});
	it("holds at power-up and after AT+CWMODE too", async () => {
		const { device, tries } = await lost(10, 2);
		device.restart();
		assert.equal(await device.advance(100_000), "");
		assert.equal(tries.length, 3, "the first at once, then as often as it says");
		assert.equal(await device.send("AT+CWMODE=0"), OK);
		assert.equal(await device.send("AT+CWMODE=1"), OK);
		await device.advance(100_000);
		assert.equal(tries.length, 6);
	});
	it("does not come between to AT+CWQAP, or a mode without the station", async () => {
		for (const [line, after] of [
			["AT+CWQAP", '4,"net"'],
			["AT+CWMODE=2", '0,"net"'],
			["AT+CWINIT=0", '0,"net"'],
		] as const) {
			const { device, tries } = await lost(10, 0);
			assert.equal(await device.send(line), OK);
			assert.equal(await state(device), after);
			await device.advance(100_000);
			assert.equal(tries.length, 0);
		}
	});
	it("refuses what cannot be", async () => {
		const device = await station();
		for (const [values, number] of [
			["7201,0", 0x01070000],
			["-1,0", 0x01070000],
			["1,1001", 0x01070001],
			["1,-1", 0x01070001],
			["1", 0x01060201],
			["1,1,1", 0x01060203],
			['"1",1', 0x01050000],
		] as const)
			assert.equal(await device.send(`AT+CWRECONNCFG=${values}`), errorNumber(number), values);
		assert.equal(await device.send("AT+CWRECONNCFG"), errorNumber(0x010c0000));
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:0,0\r\n${OK}`);
	});
	it("is stored; not with SYSSTORE=0, and a full flash is an error", async () => {
		const device = await station();
		assert.equal(await device.write("AT+CWRECONNCFG=5,6\r\nAT+SYSSTORE=0\r\nAT+CWRECONNCFG=7,8\r\n"), OK + OK + OK);
		device.restart();
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:5,6\r\n${OK}`);
		device.storage.full = true;
		assert.equal(await device.send("AT+CWRECONNCFG=7,8"), ERROR);
		assert.equal(await device.send("AT+CWRECONNCFG?"), `+CWRECONNCFG:5,6\r\n${OK}`);
	});
});

describe("AT+CWAUTOCONN", () => {
	it("is on, always stored, and keeps the device from joining at power-up", async () => {
		const device = await joined();
		assert.equal(await device.send("AT+CWAUTOCONN?"), `+CWAUTOCONN:1\r\n${OK}`);
		assert.equal(await device.write("AT+SYSSTORE=0\r\nAT+CWAUTOCONN=0\r\n"), OK + OK);
		assert.equal(await device.send("AT+CWAUTOCONN?"), `+CWAUTOCONN:0\r\n${OK}`);
		device.restart();
		assert.equal(await device.advance(10_000), "");
		assert.equal(await state(device), '0,""');
		assert.equal(await device.send("AT+CWJAP"), JOINED + OK, "what is stored is there");
		assert.equal(await device.send("AT+CWAUTOCONN=1"), OK);
		device.restart();
		assert.equal(await device.heard(), JOINED);
	});
	it("refuses what cannot be, and a full flash", async () => {
		const device = await station();
		assert.equal(await device.send("AT+CWAUTOCONN=2"), errorNumber(0x01070000));
		assert.equal(await device.send("AT+CWAUTOCONN=-1"), errorNumber(0x01070000));
		assert.equal(await device.send("AT+CWAUTOCONN"), errorNumber(0x010c0000));
		device.storage.full = true;
		assert.equal(await device.send("AT+CWAUTOCONN=0"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+CWAUTOCONN?"), `+CWAUTOCONN:1\r\n${OK}`);
	});
});

describe("messages of the station", () => {
	it("that wait for the end of a data phase are told in an order that can be, and are true", async () => {
		const device = await joined();
		const ap = device.wifi.accessPoints[0]!;
		assert.equal(await device.send('AT+SYSMFG=2,"space","key",7,3'), PROMPT);
		device.wifi.drop();
		assert.equal(await device.advance(1000), "", "lost and joined again");
		ap.dhcp = false;
		device.wifi.drop();
		assert.equal(await device.advance(1000), "", "lost, and associated again");
		assert.equal(await device.write("abc"), `${DISCONNECT}WIFI CONNECTED\r\n${OK}`);
	});
});

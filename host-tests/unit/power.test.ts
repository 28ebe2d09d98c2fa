// SPDX-License-Identifier: Apache-2.0

/** Sleep, time of day, slots and registers: what the commands ask of the system below (guide 3.1). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isRegister } from "registers/registers";
import { ERROR, errorNumber, OK } from "./answers";
import { boot } from "../shims/device";

describe("AT+GSLP", () => {
	it("asks for deep sleep, with its time said before OK; 0 is a restart", async () => {
		const device = boot();
		assert.equal(await device.send("AT+GSLP=1500"), `1500\r\n${OK}`);
		assert.deepEqual(device.power.deepSleeps, [1500]);
		assert.equal(await device.send("AT+GSLP=0"), `0\r\n${OK}\r\nready\r\n`);
		assert.deepEqual(device.power.deepSleeps, [1500]);
	});
});

describe("AT+SLEEP", () => {
	it("fails when the radio refuses, and stays what it was", async () => {
		const device = boot({ storage: { at: { cwmode: 1 } } });
		assert.equal(await device.send("AT+SLEEP=1"), OK);
		device.power.broken = true;
		assert.equal(await device.send("AT+SLEEP=3"), ERROR);
		assert.equal(await device.send("AT+SLEEP?"), `+SLEEP:1\r\n${OK}`);
	});
	it("ends with an access point, under every name of CWMODE", async () => {
		for (const name of ["AT+CWMODE", "AT+CWMODE_CUR", "AT+CWMODE_DEF"]) {
			const device = boot({ storage: { at: { cwmode: 1 } } });
			assert.equal(await device.send("AT+SLEEP=1"), OK);
			assert.equal(await device.send(`${name}=1`), OK);
			assert.equal(device.power.sleep(), 1);
			assert.equal(await device.send(`${name}=3`), OK);
			assert.equal(device.power.sleep(), 0);
		}
	});
});

describe("AT+SLEEPWKCFG", () => {
	it("names pin and level; one that somebody has is a wrong parameter", async () => {
		const device = boot();
		device.power.taken.add(17);
		assert.equal(await device.send("AT+SYSLOG=1"), OK);
		assert.equal(await device.send("AT+SLEEPWKCFG=2,12,0"), OK);
		assert.deepEqual(device.power.wakePin, [12, 0]);
		assert.equal(await device.send("AT+SLEEPWKCFG=2,17,1"), errorNumber(0x01070001));
		assert.equal(await device.send("AT+SLEEPWKCFG=2,26,1"), errorNumber(0x01070001));
		assert.deepEqual(device.power.wakePin, [12, 0]);
	});
});

describe("AT+RFPOWER", () => {
	it("fails when the radio refuses", async () => {
		const device = boot({ storage: { at: { cwmode: 1 } } });
		assert.equal(await device.send("AT+RFPOWER=60"), OK);
		device.power.broken = true;
		assert.equal(await device.send("AT+RFPOWER=61"), ERROR);
		assert.equal(await device.send("AT+RFPOWER?"), ERROR);
		device.power.broken = false;
		assert.equal(await device.send("AT+RFPOWER?"), `+RFPOWER:60\r\n${OK}`);
	});
});

describe("AT+SYSTIMESTAMP", () => {
	it("is the system's time of day, to ask and to set", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSTIMESTAMP=4000000000"), OK);
		assert.equal(await device.advance(2_000), "");
		assert.equal(await device.send("AT+SYSTIMESTAMP?"), `+SYSTIMESTAMP:4000000002\r\n${OK}`);
	});
});

describe("AT+SYSROLLBACK", () => {
	it("restarts when the other slot is chosen, and only then", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSROLLBACK"), ERROR);
		device.firmware.other = true;
		assert.equal(await device.send("AT+SYSROLLBACK"), `${OK}\r\nready\r\n`);
		assert.equal(device.firmware.running, 1);
	});
});

describe("AT+SYSREG", () => {
	it("fails when there is no room", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSREG=1,0x3f400000,4294967295"), OK);
		assert.equal(device.registers.read(0x3f400000), 4294967295);
		device.registers.full = true;
		assert.equal(await device.send("AT+SYSREG=1,0x3f400004,1"), ERROR);
		assert.equal(await device.send("AT+SYSREG=0,0x3f400000"), `+SYSREG:0xffffffff\r\n${OK}`);
	});
	it("knows the first and the last register of each block of peripherals, and none outside", () => {
		for (const [first, last] of [
			[0x3f400000, 0x3f4ffffc],
			[0x60000000, 0x600bfffc],
			[0x61800000, 0x61803ffc],
		] as const) {
			assert.ok(isRegister(first) && isRegister(last));
			for (const wrong of [first - 4, first + 1, first + 2, first + 3, last + 1, last + 4])
				assert.ok(!isRegister(wrong), wrong.toString(16));
		}
	});
});

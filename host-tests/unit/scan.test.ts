// SPDX-License-Identifier: Apache-2.0

/** Looking for access points (guide 3.2.7, 3.2.8). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { errorNumber, OK } from "./answers";
import { boot, type Device } from "../shims/device";
import type { AccessPoint } from "../shims/wifi";

const AIR: AccessPoint[] = [
	{ ssid: "weak", password: "12345678", bssid: "02:00:00:00:00:0a", channel: 11, rssi: -80 },
	{ ssid: 'a,"b\\', bssid: "02:00:00:00:00:0b", channel: 1, rssi: -30 },
	{ ssid: "\xff\x00\xfe", password: "12345678", bssid: "02:00:00:00:00:0c", channel: 6, rssi: -55, security: 7 },
];
const STRONG = '(0,"a,"b\\",-30,"02:00:00:00:00:0b",1,-1,-1,0,0,7,0)';
const MIDDLE = '(7,"\xff\x00\xfe",-55,"02:00:00:00:00:0c",6,-1,-1,4,4,7,0)';
const WEAK = '(3,"weak",-80,"02:00:00:00:00:0a",11,-1,-1,4,4,7,0)';

function list(...entries: string[]): string {
	return entries.map(it => `+CWLAP:${it}\r\n`).join("") + OK;
}

async function station(accessPoints = AIR): Promise<Device> {
	const device = boot({ accessPoints });
	assert.equal(await device.write("AT+SYSLOG=1\r\nAT+CWMODE=1\r\n"), OK + OK);
	return device;
}

describe("AT+CWLAP", () => {
	it("lists what is in reach, strongest first, names as they are", async () => {
		const device = await station();
		assert.equal(await device.send("AT+CWLAP"), list(STRONG, MIDDLE, WEAK));
		assert.equal(await device.send("AT+CWLAP="), list(STRONG, MIDDLE, WEAK), "all parameters may be absent");
		assert.deepEqual(device.scan.request, {
			...{ ssid: "", bssid: "", channel: 0, passive: false, least: 0, most: 0 },
		});
	});
	it("of nothing is only OK", async () => {
		const device = await station([]);
		assert.equal(await device.send("AT+CWLAP"), OK);
	});
	it("hands the radio what was asked", async () => {
		const device = await station();
		assert.equal(await device.send('AT+CWLAP="weak","02:00:00:00:00:0a",11,0,400,1000'), list(WEAK));
		const request = { ssid: "weak", bssid: "02:00:00:00:00:0a", channel: 11, passive: false };
		assert.deepEqual(device.scan.request, { ...request, least: 400, most: 1000 });
		assert.equal(await device.send('AT+CWLAP="\xff\0\xfe"'), list(MIDDLE));
		assert.equal(await device.send("AT+CWLAP=,,1,1,,1500"), list(STRONG));
		assert.deepEqual(device.scan.request, {
			...{ ssid: "", bssid: "", channel: 1, passive: true, least: 0, most: 1500 },
		});
	});
	it("takes a least time that is the most, one with the default, and any of a passive scan", async () => {
		const device = await station();
		for (const times of ["0,1500,1500", "0,1500,0", "0,1500", "1,1500,1", "1,0,0"])
			assert.equal(await device.send(`AT+CWLAP=,,,${times}`), list(STRONG, MIDDLE, WEAK), times);
	});
	it("refuses what cannot be, and says so at once", async () => {
		const device = await station();
		for (const [values, number] of [
			[`"${"s".repeat(33)}"`, 0x01040000],
			['"weak","02:00:00:00:00:0"', 0x01070001],
			['"weak","02:00:00:00:00:0g"', 0x01070001],
			['"weak","02:00:00:00:00:0a0"', 0x01040001],
			[",,-1", 0x01070002],
			[",,15", 0x01070002],
			[",,,2", 0x01070003],
			[",,,0,1501", 0x01070004],
			[",,,0,-1", 0x01070004],
			[",,,0,0,1501", 0x01070005],
			[",,,0,2,1", 0x01070005],
			[",,,,,,1", 0x01060607],
			["weak", 0x01050000],
		] as const)
			assert.equal(await device.write(`AT+CWLAP=${values}\r\nAT\r\n`), errorNumber(number) + OK, values);
	});
	it("needs the station", async () => {
		const device = await station();
		for (const mode of [0, 2]) {
			assert.equal(await device.send(`AT+CWMODE=${mode}`), OK);
			assert.equal(await device.write("AT+CWLAP\r\nAT\r\n"), errorNumber(0x010a0013) + OK);
		}
	});
	it("is an error when the radio cannot, and the next one works", async () => {
		const device = await station();
		device.wifi.broken = true;
		assert.equal(await device.send("AT+CWLAP"), errorNumber(0x010a0000));
		assert.equal(device.scan.found(0), undefined, "and nothing is kept");
		device.wifi.broken = false;
		assert.equal(await device.send("AT+CWLAP"), list(STRONG, MIDDLE, WEAK));
		assert.equal(device.scan.found(0), undefined, "nor here");
	});
	it("of a radio that never answers ends after 30 s, and a late answer is nobody's", async () => {
		const device = await station();
		device.scan.mute = true;
		assert.equal(await device.send("AT+CWLAP"), "");
		assert.equal(await device.advance(29_999), "");
		assert.equal(await device.advance(1), errorNumber(0x010a0000));
		device.scan.mute = false;
		device.scan.end();
		assert.equal(await device.heard(), "");
		assert.equal(await device.send("AT+CWLAP"), list(STRONG, MIDDLE, WEAK));
	});
	it("of more than the port holds lists all", async () => {
		const many = Array.from({ length: 64 }, (_, i) => ({ ssid: `${i}`.padStart(32, "n"), rssi: -i }));
		const device = await station(many);
		const line = (it: AccessPoint): string => `(0,"${it.ssid}",${it.rssi},"02:00:00:00:00:01",1,-1,-1,0,0,7,0)`;
		many[0]!.rssi = 0;
		assert.equal(await device.send("AT+CWLAP"), list(...many.map(line)));
	});
	it("has no query", async () => {
		const device = await station();
		assert.equal(await device.send("AT+CWLAP?"), errorNumber(0x010c0000));
	});
});

describe("AT+CWLAPOPT", () => {
	it("chooses the fields: each bit its own", async () => {
		const device = await station([AIR[0]!]);
		const fields = WEAK.slice(1, -1).split(",");
		for (const [bit, field] of fields.entries()) {
			assert.equal(await device.send(`AT+CWLAPOPT=0,${1 << bit}`), OK);
			assert.equal(await device.send("AT+CWLAP"), list(`(${field})`), `bit ${bit}`);
		}
		for (const [mask, shown] of [
			["0", "()"],
			["31", `(${fields.slice(0, 5).join(",")})`],
			["23", '(3,"weak",-80,11)'],
			["0x7FF", WEAK],
		]) {
			assert.equal(await device.send(`AT+CWLAPOPT=1,${mask}`), OK);
			assert.equal(await device.send("AT+CWLAP"), list(shown!), mask);
		}
	});
	it("leaves out the weaker ones", async () => {
		const device = await station();
		for (const [limit, ...shown] of [
			["-100", STRONG, MIDDLE, WEAK],
			["-80", STRONG, MIDDLE, WEAK],
			["-79", STRONG, MIDDLE],
			["-55", STRONG, MIDDLE],
			["-30", STRONG],
			["40"],
		] as [string, ...string[]][]) {
			assert.equal(await device.send(`AT+CWLAPOPT=1,2047,${limit}`), OK);
			assert.equal(await device.send("AT+CWLAP"), list(...shown), limit);
		}
	});
	it("shows only some kinds of security, each by its bit", async () => {
		const kinds = Array.from({ length: 10 }, (_, security) => ({ ssid: `${security}`, security, rssi: -40 }));
		const device = await station(kinds);
		for (let security = 0; security < 10; security++) {
			assert.equal(await device.send(`AT+CWLAPOPT=1,1,-100,${1 << security}`), OK);
			assert.equal(await device.send("AT+CWLAP"), list(`(${security})`));
		}
		assert.equal(await device.send("AT+CWLAPOPT=1,1,,0x204"), OK);
		assert.equal(await device.send("AT+CWLAP"), list("(2)", "(9)"));
		assert.equal(await device.send("AT+CWLAPOPT=1,1,-100,0"), OK);
		assert.equal(await device.send("AT+CWLAP"), OK);
	});
	it("sets what is omitted back, takes any first parameter, and is not stored", async () => {
		const device = await station();
		assert.equal(await device.send("AT+CWLAPOPT=-7,1,0,0"), OK);
		assert.equal(await device.send("AT+CWLAP"), OK);
		assert.equal(await device.send("AT+CWLAPOPT=,2047"), OK);
		assert.equal(await device.send("AT+CWLAP"), list(STRONG, MIDDLE, WEAK));
		assert.equal(await device.send("AT+CWLAPOPT=1,0,0,0"), OK);
		device.restart();
		assert.equal(await device.send("AT+CWLAP"), list(STRONG, MIDDLE, WEAK));
	});
	it("refuses what cannot be", async () => {
		const device = await station();
		for (const [values, number] of [
			["1", 0x01060201],
			["1,", 0x01060201],
			["1,2048", 0x01070001],
			["1,-1", 0x01070001],
			["1,1,-101", 0x01070002],
			["1,1,41", 0x01070002],
			["1,1,0,0x10000", 0x01070003],
			["1,1,0,-1", 0x01070003],
			["1,1,0,0,0", 0x01060405],
			['1,"1"', 0x01050001],
		] as const)
			assert.equal(await device.send(`AT+CWLAPOPT=${values}`), errorNumber(number), values);
		assert.equal(await device.send("AT+CWLAPOPT?"), errorNumber(0x010c0000));
		assert.equal(await device.send("AT+CWLAPOPT"), errorNumber(0x010c0000));
		assert.equal(await device.send("AT+CWLAP"), list(STRONG, MIDDLE, WEAK), "none of them was taken");
	});
});

// SPDX-License-Identifier: Apache-2.0

/** Looking for access points: CWLAP, CWLAPOPT (guide, 3.2.7 and 3.2.8), in the radio world's air. */

import { answer, errorNumber, OK, type Wire, wireTest } from "./harness.ts";
import { advance, mode, softAp } from "./radio.ts";

const radio = {
	access_points: [
		{ ssid: "weak", password: "12345678", bssid: "02:00:00:00:00:01", channel: 11, rssi: -90, protocol: 3 },
		{ ssid: 'a,"b\\', bssid: "02:00:00:00:00:02", channel: 1, rssi: -30 },
		{ ssid_hex: "fffe8020c3", password: "12345678", bssid: "02:00:00:00:00:03", channel: 6, rssi: -60, wps: true },
		{ ssid: "twice", password: "12345678", bssid: "02:00:00:00:00:04", channel: 6, rssi: -50, security: "wpa_psk" },
		{ ssid: "twice", password: "12345678", bssid: "02:00:00:00:ab:05", channel: 13, rssi: -70 },
		{ ssid: "hidden", password: "12345678", bssid: "02:00:00:00:00:06", channel: 3, rssi: -40, hidden: true },
		{ ssid: "off", password: "12345678", bssid: "02:00:00:00:00:07", channel: 3, rssi: -40, present: false },
	],
	timing: { jitter_ms: 0 },
};
const test = wireTest({ radio });
const timed = wireTest({ radio, clock: "manual" });

const OPEN = '(0,"a,"b\\",-30,"02:00:00:00:00:02",1,-1,-1,0,0,7,0)';
const HIDDEN = '(3,"hidden",-40,"02:00:00:00:00:06",3,-1,-1,4,4,7,0)';
const FIRST = '(2,"twice",-50,"02:00:00:00:00:04",6,-1,-1,3,3,7,0)';
const BYTES = '(3,"\xff\xfe\x80 \xc3",-60,"02:00:00:00:00:03",6,-1,-1,4,4,7,1)';
const SECOND = '(3,"twice",-70,"02:00:00:00:ab:05",13,-1,-1,4,4,7,0)';
const WEAK = '(3,"weak",-90,"02:00:00:00:00:01",11,-1,-1,4,4,3,0)';
const ALL = [OPEN, FIRST, BYTES, SECOND, WEAK];

function list(...entries: string[]): string {
	return answer(...entries.map(it => `+CWLAP:${it}`));
}

async function finds({ at }: Wire, values: string, ...entries: string[]): Promise<void> {
	await at.chat(`AT+CWLAP${values}␍␊`, list(...entries));
}

describe("AT+CWLAP", () => {
	test("lists what is in reach, strongest first, each byte of a name as it is", async w => {
		await mode(w, 1);
		await finds(w, "", ...ALL);
		await finds(w, "=", ...ALL);
		await w.control.request("ap.set", { ssid: "weak", rssi: -20 });
		await finds(w, "", WEAK.replace("-90", "-20"), ...ALL.slice(0, 4));
	});
	test("looks for a name, an address, a channel, and all three", async w => {
		await mode(w, 3);
		await finds(w, '="twice"', FIRST, SECOND);
		await finds(w, '="\xff\xfe\x80 \xc3"', BYTES);
		await finds(w, '="a\\,\\"b\\\\"', OPEN);
		await finds(w, '="hidden"', HIDDEN);
		await finds(w, '="nobody"');
		await finds(w, '=,"02:00:00:00:AB:05"', SECOND);
		await finds(w, ",,6".replace(",", "=,"), FIRST, BYTES);
		await finds(w, '="twice","02:00:00:00:00:04",6,0,10,20', FIRST);
		await finds(w, '="twice","02:00:00:00:00:04",13');
		await finds(w, "=,,14");
	});
	test("each kind of security by its number", async w => {
		await w.control.request("ap.remove", { ssid: "twice" });
		for (const ssid of ["weak", 'a,"b\\', "hidden", "off"]) await w.control.request("ap.remove", { ssid });
		await w.control.request("ap.remove", { ssid_hex: "fffe8020c3" });
		const kinds = [
			["open", 0, 0, 0],
			["wep", 1, 1, 1],
			["wpa_psk", 2, 3, 3],
			["wpa2_psk", 3, 4, 4],
			["wpa_wpa2_psk", 4, 5, 3],
			["wpa3_psk", 6, 4, 4],
			["wpa2_wpa3_psk", 7, 4, 4],
		] as const;
		for (const [i, [security]] of kinds.entries()) {
			const password = security === "open" ? null : security === "wep" ? "12345" : "12345678";
			const rssi = -30 - i;
			await w.control.request("ap.add", {
				ssid: security,
				security,
				password,
				rssi,
				bssid: `02:00:00:00:01:0${i}`,
			});
		}
		await mode(w, 1);
		const lines = kinds.map(
			([name, number, pairwise, group], i) =>
				`(${number},"${name}",${-30 - i},"02:00:00:00:01:0${i}",1,-1,-1,${pairwise},${group},7,0)`,
		);
		await finds(w, "", ...lines);
		for (const [i, [, number]] of kinds.entries()) {
			await w.at.chat(`AT+CWLAPOPT=1,0x7FF,-100,${1 << number}␍␊`, OK);
			await finds(w, "", lines[i] ?? "");
		}
	});
	test("a hundred access points: the 64 strongest, in one answer", async w => {
		const lines = [];
		for (let i = 0; i < 100; i++) {
			const bssid = `02:00:00:00:02:${i.toString(16).padStart(2, "0")}`;
			const ssid = `${i}`.padStart(32, "-");
			await w.control.request("ap.add", { ssid, bssid, channel: 1 + (i % 13), rssi: -i });
			lines.push(`(0,"${ssid}",${-i},"${bssid}",${1 + (i % 13)},-1,-1,0,0,7,0)`);
		}
		for (const ssid of ["twice", "weak", 'a,"b\\']) await w.control.request("ap.set", { ssid, present: false });
		await w.control.request("ap.set", { ssid_hex: "fffe8020c3", present: false });
		await mode(w, 1);
		await finds(w, "", ...lines.slice(0, 64));
	});
	test("while joined, and in the middle of an association that lasts", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWJAP="twice","12345678"␍␊', `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		await finds(w, "", ...ALL);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:2,"twice"'));
	});
	test("fails while the station is joining in the background, and works again", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWJAP="twice","12345678"␍␊', `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		await w.control.request("ap.set", { ssid: "twice", delay_ms: 1500 });
		await w.control.request("station.drop");
		await w.at.expect("WIFI DISCONNECT␍␊");
		await w.at.expectNothing(1_200);
		await w.at.chat("AT+CWLAP␍␊", errorNumber(0x010a0000));
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 4_000);
		await finds(w, '="weak"', WEAK);
	});
	test("lists only channels of the country", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWCOUNTRY=1,"US",1,11␍␊', OK);
		await finds(w, "", OPEN, FIRST, BYTES, WEAK);
		await w.at.chat('AT+CWCOUNTRY=1,"XX",6,1␍␊', OK);
		await finds(w, "", FIRST, BYTES);
	});
	for (const [values, ms] of [
		["=,,1,0,0,1500", 1500],
		["=,,1,1,0,700", 700],
		["=,,2,0,300,700", 300],
		["=,,,0,100,100", 1300],
	] as const) {
		timed(`CWLAP${values} takes ${ms} ms, and the port is busy`, async w => {
			await mode(w, 1);
			await w.at.chat('AT+CWCOUNTRY=1,"CN",1,13␍␊', OK);
			await w.at.send(`AT+CWLAP${values}␍␊`);
			await advance(w, ms - 10);
			await w.at.chat("AT␍␊", "ERR CODE:0x010b0000␍␊␍␊busy p...␍␊");
			await advance(w, 20);
			const found = values === "=,,2,0,300,700" ? [] : values.startsWith("=,,1") ? [OPEN] : ALL;
			await w.at.expect(list(...found));
		});
	}
	test("refuses what cannot be, at once", async w => {
		await mode(w, 1);
		for (const [values, number] of [
			[`"${"s".repeat(33)}"`, 0x01040000],
			['"a","02:00:00:00:00:0"', 0x01070001],
			['"a","02:00:00:00:00:0g"', 0x01070001],
			[",,15", 0x01070002],
			[",,,2", 0x01070003],
			[",,,0,1501", 0x01070004],
			[",,,0,0,1501", 0x01070005],
			[",,,0,2,1", 0x01070005],
			[",,,,,,1", 0x01060607],
			["a", 0x01050000],
		] as const)
			await w.at.chat(`AT+CWLAP=${values}␍␊AT␍␊`, errorNumber(number) + OK);
		await w.at.chat("AT+CWLAP?␍␊", errorNumber(0x010c0000));
	});
	test("needs the station", async w => {
		await softAp(w);
		await w.at.chat("AT+CWLAP␍␊AT+CWLAP=␍␊AT␍␊", errorNumber(0x010a0013).repeat(2) + OK);
	});
	test("ends with a mode that comes between: AT+RST", async w => {
		await mode(w, 1);
		await w.at.send("AT+CWLAP=,,,0,1500,1500␍␊");
		await w.at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await finds(w, '="weak"', WEAK);
	});
});

describe("AT+CWLAPOPT", () => {
	test("shows each field by its bit, in the order of the bits", async w => {
		await mode(w, 1);
		const fields = WEAK.slice(1, -1).split(",");
		for (let mask = 1; mask < 0x800; mask = mask << 1) {
			await w.at.chat(`AT+CWLAPOPT=0,${mask}␍␊`, OK);
			await finds(w, '="weak"', `(${fields[Math.log2(mask)]})`);
		}
		for (const [mask, shown] of [
			["0", []],
			["31", [0, 1, 2, 3, 4]],
			["0x17", [0, 1, 2, 4]],
			["0x7FF", fields.keys()],
			["0x555", [0, 2, 4, 6, 8, 10]],
		] as const) {
			await w.at.chat(`AT+CWLAPOPT=1,${mask}␍␊`, OK);
			await finds(w, '="weak"', `(${[...shown].map(i => fields[i]).join(",")})`);
		}
	});
	test("leaves out what is weaker, and what has another security", async w => {
		await mode(w, 1);
		for (const [values, ...shown] of [
			["1,2047,-70", OPEN, FIRST, BYTES, SECOND],
			["1,2047,-69", OPEN, FIRST, BYTES],
			["1,2047,-100", ...ALL],
			["1,2047,40"],
			["1,2047,,1", OPEN],
			["1,2047,-60,0xC", FIRST, BYTES],
			["1,2047,-100,0"],
			[",2047", ...ALL],
		] as [string, ...string[]][]) {
			await w.at.chat(`AT+CWLAPOPT=${values}␍␊`, OK);
			await finds(w, "", ...shown);
		}
	});
	test("refuses what cannot be, and is not stored", async w => {
		await mode(w, 1);
		for (const [values, number] of [
			["1", 0x01060201],
			["1,2048", 0x01070001],
			["1,-1", 0x01070001],
			["1,1,-101", 0x01070002],
			["1,1,41", 0x01070002],
			["1,1,0,65536", 0x01070003],
			["1,1,0,0,0", 0x01060405],
		] as const)
			await w.at.chat(`AT+CWLAPOPT=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CWLAPOPT?␍␊AT+CWLAPOPT␍␊", errorNumber(0x010c0000).repeat(2));
		await w.at.chat("AT+CWLAPOPT=1,0,40,0␍␊", OK);
		await w.at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await finds(w, "", ...ALL);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** CWINIT, CWSTAPROTO, CWAPPROTO, CWHOSTNAME, CWCOUNTRY (guide, 3.2), and which forms the 22 Wi-Fi commands have. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { answer, errorNumber, OK, wireTest } from "./harness.ts";
import { mode, restart, softApState, stationState } from "./radio.ts";

const radio = {
	access_points: [
		{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01", channel: 6 },
		{ ssid: "b only", bssid: "02:00:00:00:00:02", channel: 6, protocol: 1 },
		{ ssid: "n only", bssid: "02:00:00:00:00:03", channel: 6, protocol: 4 },
		{ ssid: "japan", bssid: "02:00:00:00:00:04", channel: 13, country: { code: "JP", first: 1, count: 14 } },
		{ ssid: "pmf", password: "12345678", bssid: "02:00:00:00:00:05", pmf: 3 },
		{ ssid: "no pmf", password: "12345678", bssid: "02:00:00:00:00:06", pmf: 0 },
	],
	timing: { jitter_ms: 0 },
};
const test = wireTest({ radio });

const CONNECTED = "WIFI CONNECTED␍␊WIFI GOT IP␍␊";
const DISCONNECT = "WIFI DISCONNECT␍␊";
const NO_WIFI = errorNumber(0x010a0017);
const WRONG_FORM = errorNumber(0x010c0000);
const fails = (code: number): string => `+CWJAP:${code}␍␊${errorNumber(0x010a0000 + code)}`;

describe("AT+CWINIT", () => {
	test("ends the driver, and begins it anew as it was", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', CONNECTED + OK);
		await w.at.chat("AT+CWINIT?␍␊AT+CWINIT=1␍␊", answer("+CWINIT:1") + OK);
		await w.at.chat("AT+CWINIT=0␍␊AT+CWINIT?␍␊", DISCONNECT + OK + answer("+CWINIT:0"));
		await w.at.chat("AT+CWINIT=0␍␊", OK);
		assert.equal((await stationState(w)).state, "off");
		await w.at.chat("AT+CWMODE?␍␊AT+CWSTATE?␍␊", answer("+CWMODE:1") + answer('+CWSTATE:0,"net"'));
		await w.at.chat("AT+CWINIT=1␍␊", OK);
		await w.at.expect(CONNECTED);
	});
	test("begins the SoftAP and the MAC addresses anew as they were", async w => {
		await mode(w, 3);
		await w.at.chat('AT+CWSAP="mine","12345678",3,3␍␊AT+CIPAP="192.168.5.1"␍␊', OK + OK);
		await w.at.chat('AT+CIPSTAMAC="1a:fe:35:98:d3:7b"␍␊AT+CIPAPMAC="18:fe:35:98:d3:7b"␍␊', OK + OK);
		await w.at.chat("AT+CWINIT=0␍␊", OK);
		assert.equal((await softApState(w)).state, "down");
		await w.at.chat("AT+CWINIT=1␍␊", OK);
		const { state, ssid, mac, address } = await softApState(w);
		assert.deepEqual([state, ssid, mac, address.ip], ["up", "mine", "18:fe:35:98:d3:7b", "192.168.5.1"]);
		assert.equal((await stationState(w)).mac, "1a:fe:35:98:d3:7b");
	});
	test("0 leaves no command that needs the driver, every query, and is gone after a restart", async w => {
		await mode(w, 3);
		await w.at.chat("AT+CWINIT=0␍␊", OK);
		for (const line of [
			"+CWMODE=1",
			'+CWJAP="net","12345678"',
			"+CWJAP",
			"+CWLAP",
			"+CWQAP",
			'+CWSAP="ESP","12345678",5,3',
			"+CWLIF",
			"+CWQIF",
			"+CWDHCP=0,3",
			"+CWDHCPS=0",
			"+CWAPPROTO=3",
			"+CWSTAPROTO=3",
			'+CIPSTAMAC="1a:fe:35:98:d3:7b"',
			'+CIPAPMAC="18:fe:35:98:d3:7b"',
			'+CIPSTA="192.168.6.100"',
			'+CIPAP="192.168.5.1"',
			'+CWHOSTNAME="my_test"',
			'+CWCOUNTRY=1,"CN",1,13',
		])
			await w.at.chat(`AT${line}␍␊`, NO_WIFI);
		for (const name of [
			...["CWMODE", "CWSTATE", "CWJAP", "CWRECONNCFG", "CWSAP", "CWDHCP", "CWDHCPS", "CWAUTOCONN", "CWAPPROTO"],
			...["CWSTAPROTO", "CIPSTAMAC", "CIPAPMAC", "CIPSTA", "CIPAP", "CWHOSTNAME", "CWCOUNTRY"],
		])
			await w.at.ask(`AT+${name}?␍␊`, /(?:(?:\+[A-Z]+:|No AP)[^\r]*\r\n)+␍␊OK␍␊/);
		await restart(w);
		await w.at.chat("AT+CWINIT?␍␊AT+CWMODE?␍␊", answer("+CWINIT:1") + answer("+CWMODE:3"));
	});
	test("refuses what cannot be", async w => {
		await mode(w, 0);
		await w.at.chat("AT+CWINIT=2␍␊AT+CWINIT=-1␍␊", errorNumber(0x01070000).repeat(2));
		await w.at.chat("AT+CWINIT␍␊", WRONG_FORM);
		await w.at.chat("AT+CWINIT=1,1␍␊", errorNumber(0x01060102));
	});
});

describe("AT+CWSTAPROTO, AT+CWAPPROTO", () => {
	test("take b, bg and bgn, refuse other mixtures, and are stored", async w => {
		await mode(w, 3);
		for (const name of ["CWSTAPROTO", "CWAPPROTO"]) {
			await w.at.chat(`AT+${name}?␍␊`, answer(`+${name}:7`));
			for (const bits of [1, 7, 3])
				await w.at.chat(`AT+${name}=${bits}␍␊AT+${name}?␍␊`, OK + answer(`+${name}:${bits}`));
			for (const bits of [0, 2, 4, 5, 6, 8, -1]) await w.at.chat(`AT+${name}=${bits}␍␊`, errorNumber(0x01070000));
			await w.at.chat(`AT+${name}␍␊`, WRONG_FORM);
		}
		assert.equal((await softApState(w)).protocol, 3);
		await w.at.chat("AT+SYSSTORE=0␍␊AT+CWSTAPROTO=1␍␊AT+CWAPPROTO=1␍␊", OK + OK + OK);
		await restart(w);
		await w.at.chat("AT+CWSTAPROTO?␍␊AT+CWAPPROTO?␍␊", answer("+CWSTAPROTO:3") + answer("+CWAPPROTO:3"));
		assert.equal((await softApState(w)).protocol, 3);
	});
	test("a station gets in where it has something in common with the access point", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWSTAPROTO=3␍␊AT+CWJAP="b only"␍␊', OK + CONNECTED + OK);
		await w.at.chat('AT+CWJAP="n only"␍␊', DISCONNECT + fails(4));
		await w.at.chat('AT+CWSTAPROTO=7␍␊AT+CWJAP="n only"␍␊', OK + CONNECTED + OK);
	});
});

describe("protected management frames", () => {
	test("of neither side can be required of one that has none", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWJAP="pmf","12345678",,,,,,,0␍␊', fails(3));
		await w.at.chat('AT+CWJAP="pmf","12345678"␍␊', CONNECTED + OK);
		await w.at.chat('AT+CWJAP="no pmf","12345678",,,,,,,2␍␊', DISCONNECT + fails(3));
		await w.at.chat('AT+CWJAP="no pmf","12345678",,,,,,,3␍␊', fails(3));
		await w.at.chat('AT+CWJAP="no pmf","12345678",,,,,,,1␍␊', CONNECTED + OK);
		await w.at.chat('AT+CWJAP="pmf","12345678",,,,,,,2␍␊', DISCONNECT + CONNECTED + OK);
	});
});

describe("AT+CWHOSTNAME", () => {
	test("is told to DHCP, of 1 to 32 bytes, and not stored", async w => {
		await mode(w, 1);
		await w.at.chat("AT+CWHOSTNAME?␍␊", answer("+CWHOSTNAME:espressif"));
		for (const name of ["m", "h".repeat(32), "my_test"])
			await w.at.chat(`AT+CWHOSTNAME="${name}"␍␊AT+CWHOSTNAME?␍␊`, OK + answer(`+CWHOSTNAME:${name}`));
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', CONNECTED + OK);
		assert.equal((await stationState(w)).host_name, "my_test");
		await w.at.chat("AT+CWAUTOCONN=0␍␊", OK);
		await restart(w);
		await w.at.chat("AT+CWHOSTNAME?␍␊", answer("+CWHOSTNAME:espressif"));
	});
	test("needs the station, and refuses what cannot be", async w => {
		await mode(w, 2);
		await w.at.chat('AT+CWHOSTNAME="a"␍␊', errorNumber(0x010a0013));
		await w.at.chat("AT+CWMODE=3␍␊", OK);
		await w.at.chat('AT+CWHOSTNAME=""␍␊', errorNumber(0x01040000));
		await w.at.chat(`AT+CWHOSTNAME="${"h".repeat(33)}"␍␊`, errorNumber(0x01040000));
		await w.at.chat('AT+CWHOSTNAME="a\0b"␍␊', errorNumber(0x01070000));
		await w.at.chat("AT+CWHOSTNAME=a␍␊", errorNumber(0x01050000));
		await w.at.chat("AT+CWHOSTNAME␍␊", WRONG_FORM);
	});
});

describe("AT+CWCOUNTRY", () => {
	test("begins with China, takes others to the borders, and is not stored", async w => {
		await mode(w, 0);
		await w.at.chat("AT+CWCOUNTRY?␍␊", answer('+CWCOUNTRY:1,"CN",1,13'));
		for (const values of ['0,"US",1,11', '1,"JP",1,14', '1,"JPI",14,1'])
			await w.at.chat(`AT+CWCOUNTRY=${values}␍␊AT+CWCOUNTRY?␍␊`, OK + answer(`+CWCOUNTRY:${values}`));
		await restart(w);
		await w.at.chat("AT+CWCOUNTRY?␍␊", answer('+CWCOUNTRY:1,"CN",1,13'));
	});
	test("with policy 0 is the access point's while joined, with 1 its own", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWCOUNTRY=0,"CN",1,13␍␊AT+CWJAP="japan"␍␊', OK + CONNECTED + OK);
		await w.at.chat("AT+CWCOUNTRY?␍␊", answer('+CWCOUNTRY:0,"JP",1,14'));
		await w.at.chat("AT+CWQAP␍␊", DISCONNECT + OK);
		await w.at.expectNothing(50);
		await w.at.chat("AT+CWCOUNTRY?␍␊", answer('+CWCOUNTRY:0,"CN",1,13'));
		await w.at.chat('AT+CWCOUNTRY=1,"CN",1,13␍␊AT+CWJAP="japan"␍␊', OK + CONNECTED + OK);
		await w.at.chat("AT+CWCOUNTRY?␍␊", answer('+CWCOUNTRY:1,"CN",1,13'));
	});
	test("the station joins on its channels only", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWCOUNTRY=1,"US",1,11␍␊AT+CWJAP="japan"␍␊', OK + fails(3));
		await w.at.chat('AT+CWCOUNTRY=1,"CN",1,13␍␊AT+CWJAP="japan"␍␊', OK + CONNECTED + OK);
	});
	test("refuses what cannot be, and stays what it was", async w => {
		await mode(w, 3);
		for (const [values, number] of [
			['2,"CN",1,13', 0x01070000],
			['1,"C",1,13', 0x01040001],
			['1,"CNCN",1,13', 0x01040001],
			['1,"CN",0,13', 0x01070002],
			['1,"CN",15,1', 0x01070002],
			['1,"CN",1,0', 0x01070003],
			['1,"CN",2,14', 0x01070003],
			['1,"CN",1', 0x01060403],
			["1,86,1,13", 0x01050001],
		] as const)
			await w.at.chat(`AT+CWCOUNTRY=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CWCOUNTRY␍␊", WRONG_FORM);
		await w.at.chat("AT+CWCOUNTRY?␍␊", answer('+CWCOUNTRY:1,"CN",1,13'));
	});
});

const MATRIX = fileURLToPath(new URL("../../../shared/spec/command-matrix.tsv", import.meta.url));
/** Rows of the matrix that are other issues'. */
const LATER = ["+CWSTARTSMART", "+CWSTOPSMART", "+WPS", "+CWJEAP"];

describe("AT+CMD? of the Wi-Fi set", () => {
	if (!existsSync(MATRIX)) {
		it.skip(`not compared: there is no ${MATRIX}`);
		return;
	}
	test("has the forms of the command matrix, each exactly", async ({ at }) => {
		const [list] = await at.ask("AT+CMD?␍␊", /((?:\+CMD:\d+,"[^"]+",[01],[01],[01],[01]␍␊)+)␍␊OK␍␊/);
		const forms = new Map<string, string>();
		for (const line of (list ?? "").trim().split("\r\n")) {
			const [, name = "", test, query, set, execute] = line.split(",");
			assert.equal(test, set, `${name}: =? is made from the parameters of the set form`);
			const letters = [query === "1" && "Q", set === "1" && "S", execute === "1" && "E"];
			forms.set(name.slice(1, -1), letters.filter(Boolean).join(""));
		}
		const rows = readFileSync(MATRIX, "utf8")
			.split("\n")
			.map(row => row.split("\t"));
		const wifi = rows.filter(([name = "", set]) => set === "wifi" && !LATER.includes(name));
		assert.equal(wifi.length, 22);
		for (const [name = "", , types] of wifi) assert.equal(forms.get(`AT${name}`), types, name);
	});
});

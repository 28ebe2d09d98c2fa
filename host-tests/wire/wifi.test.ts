// SPDX-License-Identifier: Apache-2.0

/** The station: CWMODE, CWJAP, CWSTATE, CWQAP, CIPSTA?, CIFSR (guide, 3.2 and 3.3.14), against access points that change and go. */

import assert from "node:assert/strict";
import { answer, errorNumber, ERROR, OK, READY, type Wire, wireTest } from "./harness.ts";

const JOINED = `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`;
/** The guide does not say on which side of OK it comes. */
const LEFT = /(?:WIFI DISCONNECT␍␊␍␊OK␍␊|␍␊OK␍␊WIFI DISCONNECT␍␊)/;

const radio = {
	access_points: [
		{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01", channel: 6, rssi: -50 },
		{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:02", channel: 11, rssi: -40 },
		{ ssid: "open", bssid: "02:00:00:00:00:03", channel: 1, rssi: -60 },
		{ ssid: "slow", password: "12345678", delay_ms: 1_000_000 },
		{ ssid: "mute", password: "12345678", dhcp: false },
		{ ssid: "full", password: "12345678", refuse: true },
		{ ssid_hex: "fffe8020c3", password_hex: "ff80817e7d7c7b7a", bssid: "02:00:00:00:00:04" },
	],
	timing: { jitter_ms: 0 },
};
const test = wireTest({ radio });
/** The twin's time moves only by clock.advance. */
const timed = wireTest({ radio, clock: "manual" });

async function stationMode({ at }: Wire): Promise<void> {
	await at.chat("AT+CWMODE=1␍␊", OK);
}

async function advance({ control }: Wire, ms: number): Promise<void> {
	await control.request("clock.advance", { ms });
}

describe("AT+CWMODE", () => {
	test("takes 0 to 3, with or without auto_connect", async ({ at }) => {
		for (const mode of [1, 2, 3, 0]) {
			await at.chat(`AT+CWMODE=${mode}␍␊`, OK);
			await at.chat("AT+CWMODE?␍␊", answer(`+CWMODE:${mode}`));
		}
		await at.chat("AT+CWMODE=1,0␍␊AT+CWMODE=2,1␍␊AT+CWMODE=3,␍␊", OK + OK + OK);
		await at.chat("AT+CWMODE?␍␊", answer("+CWMODE:3"));
	});
	test("refuses what is not", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+CWMODE=4␍␊", errorNumber(0x01070000));
		await at.chat("AT+CWMODE=-1␍␊", errorNumber(0x01070000));
		await at.chat("AT+CWMODE=1,2␍␊", errorNumber(0x01070001));
		await at.chat("AT+CWMODE␍␊", errorNumber(0x010c0000));
	});
	test("0 ends an association", async w => {
		await w.join();
		await w.at.send("AT+CWMODE=0␍␊");
		await w.at.expectMatch(LEFT);
		await w.at.chat("AT+CWMODE?␍␊", answer("+CWMODE:0"));
	});
	test("from 0 to 1 joins what was stored, unless auto_connect is 0", async w => {
		const { at } = w;
		await w.join();
		await at.send("AT+CWMODE=0␍␊");
		await at.expectMatch(LEFT);
		await at.chat("AT+CWMODE=1,0␍␊", OK);
		await at.expectNothing(500);
		await at.chat("AT+CWMODE=0␍␊", OK);
		await at.chat("AT+CWMODE=1␍␊", OK);
		await at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊");
	});
});

describe("AT+CWJAP", () => {
	test("joins", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', JOINED);
	});
	test("joins an open access point, whatever the password", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="open",""␍␊', JOINED);
		await w.at.chat('AT+CWJAP="open","12345678"␍␊', `WIFI DISCONNECT␍␊${JOINED}`);
	});
	test("ssid and password are bytes, not text", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="\xff\xfe\x80 \xc3","\xff\x80\x81~}|{z"␍␊', JOINED);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:2,"\xff\xfe\x80 \xc3"'));
	});
	test("takes the access point that the bssid names", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="net","12345678","02:00:00:00:00:02"␍␊', JOINED);
		await w.at.chat("AT+CWJAP?␍␊", answer('+CWJAP:"net","02:00:00:00:00:02",11,-40,0,1,3,0,1'));
	});
	test("the bssid may have capital letters, and must be one", async w => {
		const { at } = w;
		await w.control.request("ap.add", { ssid: "hex", password: "12345678", bssid: "02:ab:cd:ef:00:01" });
		await stationMode(w);
		await at.chat('AT+CWJAP="hex","12345678","02:AB:CD:EF:00:01"␍␊', JOINED);
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+CWJAP="hex","12345678","02:ab:cd:ef:00"␍␊', errorNumber(0x01070002));
		await at.chat('AT+CWJAP="hex","12345678","02:ab:cd:ef:00:0g"␍␊', errorNumber(0x01070002));
		await at.chat('AT+CWJAP="hex","12345678","02:ab:cd:ef:00:011"␍␊', errorNumber(0x01040002));
	});
	test("scan_mode 1 takes the strongest, 0 the first", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="net","12345678",,,,,1␍␊', JOINED);
		await w.at.chat("AT+CWJAP?␍␊", answer('+CWJAP:"net","02:00:00:00:00:02",11,-40,0,1,3,1,1'));
		await w.at.chat('AT+CWJAP="net","12345678",,,,,0␍␊', `WIFI DISCONNECT␍␊${JOINED}`);
		await w.at.chat("AT+CWJAP?␍␊", answer('+CWJAP:"net","02:00:00:00:00:01",6,-50,0,1,3,0,1'));
	});
	test("? shows every parameter", async w => {
		await stationMode(w);
		await w.at.chat("AT+CWJAP?␍␊", answer("No AP"));
		await w.at.chat('AT+CWJAP="net","12345678","02:00:00:00:00:01",1,7200,100,1,600,0␍␊', JOINED);
		await w.at.chat("AT+CWJAP?␍␊", answer('+CWJAP:"net","02:00:00:00:00:01",6,-50,1,7200,100,1,0'));
	});
	test("refuses what is out of range, naming the parameter", async w => {
		await stationMode(w);
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [rest, index] of [
			[",,2", 3],
			[",,,-1", 4],
			[",,,7201", 4],
			[",,,,0", 5],
			[",,,,101", 5],
			[",,,,,2", 6],
			[",,,,,,2", 7],
			[",,,,,,601", 7],
			[",,,,,,,4", 8],
		] as [string, number][])
			await w.at.chat(`AT+CWJAP="net","12345678"${rest}␍␊`, errorNumber(0x01070000 + index));
	});
	test("needs station mode", async ({ at }) => {
		await at.chat("AT+CWMODE=2␍␊", OK);
		await at.chat('AT+CWJAP="net","12345678"␍␊', ERROR);
	});
	test("2: wrong password", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="net","87654321"␍␊', `+CWJAP:2␍␊${ERROR}`);
	});
	test("3: no such access point", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="nobody","12345678"␍␊', `+CWJAP:3␍␊${ERROR}`);
	});
	test("3: pci_en 1 and only open ones", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="open","",,1␍␊', `+CWJAP:3␍␊${ERROR}`);
	});
	test("4: refused", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="full","12345678"␍␊', `+CWJAP:4␍␊${ERROR}`);
	});
	for (const [given, seconds] of [
		["", 15],
		[",,,,,,3", 3],
		[",,,,,,600", 600],
	] as [string, number][]) {
		timed(`1: timeout, after ${seconds} s`, async w => {
			await stationMode(w);
			await w.at.send(`AT+CWJAP="slow","12345678"${given}␍␊`);
			await advance(w, seconds * 1000 - 10);
			await w.at.expectNothing(50);
			await advance(w, 20);
			await w.at.expect(`+CWJAP:1␍␊${ERROR}`);
		});
	}
	timed("1: timeout, when there is no address", async w => {
		await stationMode(w);
		await w.at.send('AT+CWJAP="mute","12345678"␍␊');
		await advance(w, 14_990);
		await w.at.expect("WIFI CONNECTED␍␊");
		await w.at.expectNothing(50);
		await advance(w, 20);
		await w.at.expectMatch(/(?:WIFI DISCONNECT␍␊)?\+CWJAP:1␍␊␍␊ERROR␍␊(?:WIFI DISCONNECT␍␊)?/);
	});
	test("after a failure the next one works", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="net","87654321"␍␊', `+CWJAP:2␍␊${ERROR}`);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', JOINED);
	});
	test("while it runs, other lines are busy and blank ones are not", async w => {
		await stationMode(w);
		await w.control.request("ap.set", { bssid: "02:00:00:00:00:01", delay_ms: 300 });
		await w.at.send('AT+CWJAP="net","12345678"␍␊␍␊ ␍␊AT␍␊');
		await w.at.expect("␍␊busy p...␍␊");
		await w.at.expect(JOINED);
		await w.at.chat("AT␍␊", OK);
	});
	test("AT+RST is never busy: it restarts in the middle of a join", async w => {
		await stationMode(w);
		await w.at.send('AT+CWJAP="slow","12345678"␍␊');
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
	});
	test("joining another while joined tells the loss first", async w => {
		await w.join();
		await w.at.chat('AT+CWJAP="open",""␍␊', `WIFI DISCONNECT␍␊${JOINED}`);
	});
	test("without parameters, or with both omitted, joins the last one again", async w => {
		const { at } = w;
		await w.join();
		await at.send("AT+CWQAP␍␊");
		await at.expectMatch(LEFT);
		await at.chat("AT+CWJAP␍␊", JOINED);
		await at.chat("AT+CWJAP=,,,,5␍␊", `WIFI DISCONNECT␍␊${JOINED}`);
		await at.chat("AT+CWJAP?␍␊", answer('+CWJAP:"net","02:00:00:00:00:01",6,-50,0,5,3,0,1'));
	});
	test("without parameters and nothing to repeat: ERROR", async w => {
		await stationMode(w);
		await w.at.chat("AT+CWJAP␍␊", ERROR);
	});
	test("_DEF is stored and _CUR is not, whatever SYSSTORE says", async w => {
		const { at } = w;
		await at.chat("AT+CWMODE_DEF=1␍␊", OK);
		await at.chat('AT+CWJAP_CUR="open",""␍␊', JOINED);
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.expectNothing(500);
		await at.chat("AT+SYSSTORE=0␍␊", OK);
		await at.chat('AT+CWJAP_DEF="open",""␍␊', JOINED);
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊");
	});
});

describe("AT+CWSTATE", () => {
	test("0: nothing begun", async w => {
		await stationMode(w);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:0,""'));
	});
	test("2: joined, with an address", async w => {
		await w.join();
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:2,"net"'));
	});
	test("1: joined, without an address yet", async w => {
		await w.join("open", "");
		await w.control.request("ap.set", { ssid: "open", dhcp: false });
		await w.control.request("station.drop");
		await w.at.expect("WIFI DISCONNECT␍␊");
		await w.at.expect("WIFI CONNECTED␍␊", 3_000);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:1,"open"'));
		await w.control.request("ap.set", { ssid: "open", dhcp: true });
		await w.at.expect("WIFI GOT IP␍␊");
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:2,"open"'));
	});
	test("3: trying again", async w => {
		await w.join("open", "");
		await w.control.request("ap.set", { ssid: "open", present: false });
		await w.at.expect("WIFI DISCONNECT␍␊");
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:3,"open"'));
	});
	test("4: left", async w => {
		await w.join();
		await w.at.send("AT+CWQAP␍␊");
		await w.at.expectMatch(LEFT);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:4,"net"'));
	});
	test("4: lost, and not to come back", async w => {
		await stationMode(w);
		await w.at.chat('AT+CWJAP="net","12345678",,,0␍␊', JOINED);
		await w.control.request("station.drop");
		await w.at.expect("WIFI DISCONNECT␍␊");
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:4,"net"'));
	});
	test("has only the query", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+CWSTATE␍␊", errorNumber(0x010c0000));
		await at.chat("AT+CWSTATE=1␍␊", errorNumber(0x010c0000));
	});
});

describe("AT+CWQAP", () => {
	test("leaves, and stays away", async w => {
		await w.join();
		await w.at.send("AT+CWQAP␍␊");
		await w.at.expectMatch(LEFT);
		await w.at.chat("AT+CWJAP?␍␊", answer("No AP"));
		await w.at.expectNothing(1_500);
		/* Asked last: the OK does not wait for the radio. */
		assert.equal(((await w.control.request("station.state"))["station"] as { state: string }).state, "idle");
	});
	test("without an access point is OK and says nothing", async w => {
		await stationMode(w);
		await w.at.chat("AT+CWQAP␍␊", OK);
		await w.at.expectNothing(100);
	});
});

describe("an access point that goes", () => {
	test("is told, and joined again when it is back", async w => {
		await w.join("open", "");
		await w.control.request("ap.set", { ssid: "open", present: false });
		await w.at.expect("WIFI DISCONNECT␍␊");
		await w.at.expectNothing(1_200);
		await w.control.request("ap.set", { ssid: "open", present: true });
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
	});
	test("back before the station noticed: nothing has happened", async w => {
		await w.join("open", "");
		await w.control.request("ap.set", { ssid: "open", present: false });
		await w.control.request("ap.set", { ssid: "open", present: true });
		await w.at.expectNothing(300);
	});
	test("throws the station out: joined again", async w => {
		await w.join();
		await w.control.request("station.drop", { reason: 2 });
		await w.at.expect("WIFI DISCONNECT␍␊WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
	});
	timed("reconn_interval is the time between two tries", async w => {
		await stationMode(w);
		await w.at.send('AT+CWJAP="net","12345678",,,10␍␊');
		await advance(w, 1_000);
		await w.at.expect(JOINED);
		await w.control.request("station.drop");
		await w.at.expect("WIFI DISCONNECT␍␊");
		await advance(w, 9_900);
		await w.at.expectNothing(50);
		await advance(w, 500);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊");
	});
	timed("reconn_interval 0: never again", async w => {
		await stationMode(w);
		await w.at.send('AT+CWJAP="net","12345678",,,0␍␊');
		await advance(w, 1_000);
		await w.at.expect(JOINED);
		await w.control.request("station.drop");
		await w.at.expect("WIFI DISCONNECT␍␊");
		await advance(w, 10_000_000);
		await w.at.expectNothing(50);
	});
});

describe("AT+CIFSR, AT+CIPSTA?", () => {
	test("show the station's addresses when joined", async w => {
		await w.join();
		const { address, mac } = (await w.control.request("station.state"))["station"] as {
			mac: string;
			address: { ip: string; gateway: string; netmask: string };
		};
		await w.at.chat("AT+CIFSR␍␊", answer(`+CIFSR:STAIP,"${address.ip}"`, `+CIFSR:STAMAC,"${mac}"`));
		await w.at.chat(
			"AT+CIPSTA?␍␊",
			answer(
				`+CIPSTA:ip:"${address.ip}"`,
				`+CIPSTA:gateway:"${address.gateway}"`,
				`+CIPSTA:netmask:"${address.netmask}"`,
			),
		);
	});
	test("and zeros when not", async w => {
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		const zeros = ["ip", "gateway", "netmask"].map(name => `+CIPSTA:${name}:"0.0.0.0"`);
		await w.at.chat("AT+CIPSTA?␍␊", answer(...zeros));
		await w.at.ask("AT+CIFSR␍␊", /(?:\+CIFSR:STAIP,"0\.0\.0\.0"␍␊)?\+CIFSR:STAMAC,"[0-9a-f:]{17}"␍␊␍␊OK␍␊/);
	});
});

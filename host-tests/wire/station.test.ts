// SPDX-License-Identifier: Apache-2.0

/**
 * What holds for the station: CWRECONNCFG, CWAUTOCONN, CWDHCP, CIPSTA, CIPSTAMAC (guide, 3.2.6, 3.2.13, 3.2.15, 3.2.18,
 * 3.2.20), over losses, resets and addresses that change.
 */

import assert from "node:assert/strict";
import { answer, errorNumber, OK, type Wire, wireTest } from "./harness.ts";
import { advance, mode, restart, stationState } from "./radio.ts";

const NET = { ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01", channel: 6, rssi: -50 };
const radio = { access_points: [NET], address: { ip: "127.200.9.2" }, timing: { jitter_ms: 0 } };
const test = wireTest({ radio });
const timed = wireTest({ radio, clock: "manual" });

const GOT_IP = "WIFI GOT IP␍␊";
const CONNECTED = `WIFI CONNECTED␍␊${GOT_IP}`;
const DISCONNECT = "WIFI DISCONNECT␍␊";
const WRONG_FORM = errorNumber(0x010c0000);
const JOIN = 'AT+CWJAP="net","12345678"';

async function join(w: Wire, rest = ""): Promise<void> {
	await mode(w, 1);
	await w.at.chat(`${JOIN}${rest}␍␊`, CONNECTED + OK);
}

/** By the manual clock. */
async function joinSlowly(w: Wire): Promise<void> {
	await mode(w, 1);
	await w.at.send(`${JOIN}␍␊`);
	await advance(w, 1_000);
	await w.at.expect(CONNECTED + OK);
}

async function shows({ at }: Wire, ip: string, gateway: string, netmask = "255.255.255.0"): Promise<void> {
	const lines = [`ip:"${ip}"`, `gateway:"${gateway}"`, `netmask:"${netmask}"`];
	await at.chat("AT+CIPSTA?␍␊", answer(...lines.map(line => `+CIPSTA:${line}`)));
}

describe("AT+CWRECONNCFG", () => {
	test("is 0,0 at first; AT+CWJAP sets its interval, and 1 when it names none", async w => {
		await mode(w, 1);
		await w.at.chat("AT+CWRECONNCFG?␍␊", answer("+CWRECONNCFG:0,0"));
		await w.at.chat("AT+CWRECONNCFG=7200,1000␍␊AT+CWRECONNCFG?␍␊", OK + answer("+CWRECONNCFG:7200,1000"));
		await w.at.chat(`${JOIN},,,5␍␊`, CONNECTED + OK);
		await w.at.chat("AT+CWRECONNCFG?␍␊", answer("+CWRECONNCFG:5,1000"));
		await w.at.chat(`${JOIN}␍␊`, DISCONNECT + CONNECTED + OK);
		await w.at.chat("AT+CWRECONNCFG?␍␊", answer("+CWRECONNCFG:1,1000"));
		await w.at.chat(
			"AT+CWRECONNCFG=9,0␍␊AT+CWJAP?␍␊",
			OK + answer('+CWJAP:"net","02:00:00:00:00:01",6,-50,0,9,3,0,1'),
		);
	});
	timed("the attempts are as many as it says, one each interval", async w => {
		await joinSlowly(w);
		await w.at.chat("AT+CWRECONNCFG=10,3␍␊", OK);
		let attempts = 0;
		await w.control.request("subscribe", { events: ["station"] });
		w.control.on("event", ({ state }) => {
			if (state === "joining") attempts++;
		});
		await w.control.request("ap.set", { ssid: "net", present: false });
		await advance(w, 50);
		await w.at.expect(DISCONNECT);
		for (const [ms, done] of [
			[9_900, 0],
			[200, 1],
			[9_800, 1],
			[400, 2],
			[9_600, 2],
			[600, 3],
			[1_000_000, 3],
		] as const) {
			await advance(w, ms);
			assert.equal(attempts, done, `after another ${ms} ms`);
			await w.at.chat("AT+CWSTATE?␍␊", answer(`+CWSTATE:${ms < 1_000_000 && done < 3 ? 3 : 4},"net"`));
		}
		await w.control.request("ap.set", { ssid: "net", present: true });
		await advance(w, 1_000_000);
		await w.at.expectNothing(20);
	});
	timed("they are counted anew after each success", async w => {
		await joinSlowly(w);
		await w.at.chat("AT+CWRECONNCFG=1,2␍␊", OK);
		for (let round = 0; round < 3; round++) {
			await w.control.request("ap.set", { ssid: "net", present: false });
			await advance(w, 1_500);
			await w.at.expect(DISCONNECT);
			await w.control.request("ap.set", { ssid: "net", present: true });
			await advance(w, 1_500);
			await w.at.expect(CONNECTED);
		}
	});
	timed("an interval of 0 ends what waits", async w => {
		await joinSlowly(w);
		await w.at.chat("AT+CWRECONNCFG=10,0␍␊", OK);
		await w.control.request("station.drop");
		await w.at.expect(DISCONNECT);
		await w.at.chat("AT+CWRECONNCFG=0,7␍␊AT+CWSTATE?␍␊", OK + answer('+CWSTATE:4,"net"'));
		await advance(w, 1_000_000);
		await w.at.expectNothing(20);
	});
	timed("holds at power-up too: the first at once, then as often as it says", async w => {
		await joinSlowly(w);
		await w.at.chat("AT+CWRECONNCFG=10,2␍␊", OK);
		await w.control.request("ap.set", { ssid: "net", present: false });
		await w.control.request("subscribe", { events: ["station"] });
		let attempts = 0;
		w.control.on("event", ({ state }) => {
			if (state === "joining") attempts++;
		});
		await restart(w);
		await advance(w, 100_000);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:4,"net"'));
		assert.equal(attempts, 3);
	});
	test("refuses what cannot be, and is stored unless SYSSTORE=0", async w => {
		await mode(w, 1);
		for (const [values, number] of [
			["7201,0", 0x01070000],
			["-1,0", 0x01070000],
			["1,1001", 0x01070001],
			["1,-1", 0x01070001],
			["1", 0x01060201],
			["1,1,1", 0x01060203],
		] as const)
			await w.at.chat(`AT+CWRECONNCFG=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CWRECONNCFG␍␊", WRONG_FORM);
		await w.at.chat("AT+CWRECONNCFG=5,6␍␊AT+SYSSTORE=0␍␊AT+CWRECONNCFG=7,8␍␊", OK + OK + OK);
		await restart(w);
		await w.at.chat("AT+CWRECONNCFG?␍␊", answer("+CWRECONNCFG:5,6"));
	});
});

describe("AT+CWAUTOCONN", () => {
	test("1: joins at power-up; 0: does not, whatever SYSSTORE says", async w => {
		await join(w);
		await w.at.chat("AT+CWAUTOCONN?␍␊", answer("+CWAUTOCONN:1"));
		await w.at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await w.at.expect(CONNECTED);
		await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await w.at.chat("AT+SYSSTORE=0␍␊AT+CWAUTOCONN=0␍␊", OK + OK);
		await restart(w);
		await w.at.chat("AT+CWAUTOCONN?␍␊", answer("+CWAUTOCONN:0"));
		await w.at.expectNothing(500);
		await w.at.chat("AT+CWSTATE?␍␊", answer('+CWSTATE:0,""'));
		await w.at.chat("AT+CWJAP␍␊", CONNECTED + OK);
		await w.at.chat("AT+CWAUTOCONN=1␍␊", OK);
		await w.at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await w.at.expect(CONNECTED);
	});
	test("refuses what cannot be", async w => {
		await mode(w, 0);
		await w.at.chat("AT+CWAUTOCONN=2␍␊", errorNumber(0x01070000));
		await w.at.chat("AT+CWAUTOCONN=-1␍␊", errorNumber(0x01070000));
		await w.at.chat("AT+CWAUTOCONN=␍␊", errorNumber(0x01060100));
		await w.at.chat("AT+CWAUTOCONN␍␊", WRONG_FORM);
	});
});

describe("AT+CIPSTA", () => {
	test("a static address is had at once, ends DHCP and the links from the old one", async w => {
		await join(w);
		await shows(w, "127.200.9.2", "127.200.9.1");
		const peer = await w.listen();
		const socket = await w.connect(peer);
		await w.at.chat('AT+CIPSTA="127.200.9.7"␍␊', `${OK}CLOSED␍␊${GOT_IP}`);
		await socket.expectEnd();
		await shows(w, "127.200.9.7", "127.200.9.1");
		await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:2"));
		assert.equal((await w.connect(peer)).remote.address, "127.200.9.7");
		await w.at.chat('AT+CIPSTA="127.200.9.7","127.200.9.1","255.255.0.0"␍␊', OK + GOT_IP);
		await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
	});
	test("also one that this machine does not have", async w => {
		await join(w);
		await w.at.chat('AT+CIPSTA="192.168.6.100","192.168.6.1","255.255.255.0"␍␊', OK + GOT_IP);
		await shows(w, "192.168.6.100", "192.168.6.1");
		const peer = await w.listen();
		const socket = await w.connect(peer);
		await w.at.chat("AT+CIPSEND=2␍␊", `${OK}␍␊>`);
		await w.at.chat("hi", "␍␊Recv 2 bytes␍␊␍␊SEND OK␍␊");
		await socket.expect("hi");
	});
	test("is shown, and had later, when it is set while there is no access point", async w => {
		await mode(w, 3);
		await shows(w, "0.0.0.0", "0.0.0.0", "0.0.0.0");
		await w.at.chat('AT+CIPSTA="127.200.9.8","127.200.9.1","255.255.255.0"␍␊', OK);
		await shows(w, "127.200.9.8", "127.200.9.1");
		await w.at.chat(`${JOIN}␍␊`, CONNECTED + OK);
		assert.equal((await stationState(w)).address?.ip, "127.200.9.8");
	});
	test("needs no DHCP of the access point", async w => {
		await w.control.request("ap.set", { ssid: "net", dhcp: false });
		await mode(w, 1);
		await w.at.chat('AT+CIPSTA="127.200.9.8"␍␊', OK);
		await w.at.chat(`${JOIN}␍␊`, CONNECTED + OK);
	});
	test("is gone at once with the access point", async w => {
		await join(w);
		await w.at.chat("AT+CWQAP␍␊AT+CIPSTA?␍␊", DISCONNECT + OK + zeros());
	});
	test("refuses what cannot be, and stays what it was", async w => {
		await join(w);
		for (const [values, number] of [
			['""', 0x01070000],
			['"127.200.9"', 0x01070000],
			['"127.200.9.0"', 0x01070000],
			['"127.200.9.255"', 0x01070000],
			['"0.0.0.0"', 0x01070000],
			['"224.0.0.1"', 0x01070000],
			['"127.200.9.7","127.200.8.1","255.255.255.0"', 0x01070001],
			['"127.200.9.7","127.200.9.1","255.0.255.0"', 0x01070002],
			['"127.200.9.7","127.200.9.1","255.255.255.255"', 0x01070002],
			['"127.200.9.7","127.200.9.1"', 0x01060302],
			['"127.200.9.7",,"255.255.255.0"', 0x01060302],
			["1", 0x01050000],
		] as const)
			await w.at.chat(`AT+CIPSTA=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CIPSTA␍␊", WRONG_FORM);
		await shows(w, "127.200.9.2", "127.200.9.1");
		await w.at.chat("AT+CWMODE=2␍␊", DISCONNECT + OK);
		await w.at.chat('AT+CIPSTA="127.200.9.7"␍␊', errorNumber(0x010a0013));
	});
	test("is stored; as _CUR it is not, and as _DEF it is, whatever SYSSTORE says", async w => {
		const { at } = w;
		await join(w);
		await at.chat('AT+CIPSTA="127.200.9.7"␍␊', OK + GOT_IP + "");
		await at.chat('AT+CIPSTA_CUR="127.200.9.8"␍␊', OK + GOT_IP);
		await at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await at.expect(CONNECTED);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await shows(w, "127.200.9.7", "127.200.9.1");
		await at.chat("AT+SYSSTORE=0␍␊AT+CWDHCP=1,1␍␊", OK + OK);
		await at.expect(GOT_IP);
		await at.chat('AT+CIPSTA_DEF="127.200.9.9"␍␊', OK + GOT_IP);
		await at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await at.expect(CONNECTED);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await shows(w, "127.200.9.9", "127.200.9.1");
		await at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:2"));
	});
});

function zeros(): string {
	return answer(...["ip", "gateway", "netmask"].map(name => `+CIPSTA:${name}:"0.0.0.0"`));
}

describe("AT+CWDHCP of the station", () => {
	test("off: the address it has stays, as a static one; on: DHCP's is had again", async w => {
		await join(w);
		await w.at.chat("AT+CWDHCP=0,1␍␊", OK + GOT_IP);
		await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:2"));
		await w.at.chat("AT+CWQAP␍␊", DISCONNECT + OK);
		await shows(w, "127.200.9.2", "127.200.9.1");
		await w.at.chat("AT+CWDHCP=1,1␍␊", OK);
		await w.at.chat("AT+CIPSTA?␍␊", zeros());
		await w.at.chat("AT+CWJAP␍␊", CONNECTED + OK);
		await w.at.chat('AT+CIPSTA="127.200.9.7"␍␊', OK + GOT_IP);
		await w.at.chat("AT+CWDHCP=1,1␍␊", OK);
		await w.at.expect(GOT_IP);
		await shows(w, "127.200.9.2", "127.200.9.1");
	});
	timed("off without an address: a join is in vain", async w => {
		await mode(w, 1);
		await w.at.chat("AT+CWDHCP=0,1␍␊", OK);
		await w.at.send(`${JOIN},,,0␍␊`);
		await advance(w, 14_000);
		await w.at.expect("WIFI CONNECTED␍␊");
		await advance(w, 2_000);
		await w.at.expect(`${DISCONNECT}+CWJAP:1␍␊${errorNumber(0x010a0001)}`);
	});
	test("refuses what cannot be, and is shown and stored whatever the mode", async w => {
		await mode(w, 0);
		for (const [values, number] of [
			["2,1", 0x01070000],
			["1,0", 0x01070001],
			["1,4", 0x01070001],
			["1", 0x01060201],
			["1,1,1", 0x01060203],
		] as const)
			await w.at.chat(`AT+CWDHCP=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CWDHCP␍␊", WRONG_FORM);
		await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:3"));
		await w.at.chat("AT+CWDHCP_DEF=0,3␍␊AT+CWDHCP_CUR=1,2␍␊", OK + OK);
		await w.at.chat("AT+CWDHCP_CUR?␍␊", answer("+CWDHCP_CUR:2"));
		await restart(w);
		await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:0"));
	});
});

describe("AT+CIPSTAMAC", () => {
	test("is the station's in the air; while joined it loses the access point, and comes back", async w => {
		await join(w);
		const { mac } = await stationState(w);
		await w.at.chat("AT+CIPSTAMAC?␍␊", answer(`+CIPSTAMAC:"${mac}"`));
		await w.at.chat('AT+CIPSTAMAC="1A:fe:35:98:D3:7b"␍␊', OK + DISCONNECT);
		await w.at.expect(CONNECTED, 4_000);
		assert.equal((await stationState(w)).mac, "1a:fe:35:98:d3:7b");
		await w.at.chat("AT+CIPSTAMAC?␍␊", answer('+CIPSTAMAC:"1a:fe:35:98:d3:7b"'));
		await w.at.ask("AT+CIFSR␍␊", /\+CIFSR:STAIP,[^\r]+\r\n\+CIFSR:STAMAC,"1a:fe:35:98:d3:7b"␍␊␍␊OK␍␊/);
	});
	test("refuses what cannot be", async w => {
		await mode(w, 3);
		const [softAp] = await w.at.ask("AT+CIPAPMAC?␍␊", /\+CIPAPMAC:"([0-9a-f:]{17})"␍␊␍␊OK␍␊/);
		for (const value of ["15:fe:35:98:d3:7b", "FF:FF:FF:FF:FF:FF", "00:00:00:00:00:00", softAp, "1a:fe:35", ""])
			await w.at.chat(`AT+CIPSTAMAC="${value}"␍␊`, errorNumber(0x01070000));
		await w.at.chat("AT+CIPSTAMAC␍␊", WRONG_FORM);
	});
	test("is stored, and there at power-up in any mode; as _CUR it is not", async w => {
		await mode(w, 0);
		await w.at.chat('AT+CIPSTAMAC="1a:fe:35:98:d3:7b"␍␊AT+CIPSTAMAC_CUR="1a:fe:35:98:d3:7c"␍␊', OK + OK);
		await w.at.chat("AT+CIPSTAMAC_CUR?␍␊", answer('+CIPSTAMAC_CUR:"1a:fe:35:98:d3:7c"'));
		await restart(w);
		await w.at.chat("AT+CIPSTAMAC?␍␊", answer('+CIPSTAMAC:"1a:fe:35:98:d3:7b"'));
		await w.at.chat('AT+SYSSTORE=0␍␊AT+CIPSTAMAC_DEF="1a:fe:35:98:d3:7d"␍␊', OK + OK);
		await restart(w);
		await w.at.chat("AT+CIPSTAMAC?␍␊", answer('+CIPSTAMAC:"1a:fe:35:98:d3:7d"'));
	});
});

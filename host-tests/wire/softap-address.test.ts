// SPDX-License-Identifier: Apache-2.0

/** The SoftAP's address and its DHCP server: CIPAP, CIPAPMAC, CWDHCP, CWDHCPS (guide, 3.2.13, 3.2.14, 3.2.19, 3.2.21). */

import assert from "node:assert/strict";
import { answer, errorNumber, OK, type Wire, wireTest } from "./harness.ts";
import { advance, connected, guest, joinSoftAp, left, MINE, mode, restart, softAp, softApState } from "./radio.ts";

const radio = { access_points: [], softap: { address: { ip: "127.200.4.1" } }, timing: { jitter_ms: 0 } };
const test = wireTest({ radio });
const timed = wireTest({ radio, clock: "manual" });

const WRONG_MODE = errorNumber(0x010a0013);
const FAILED = errorNumber(0x010a0000);
const WRONG_FORM = errorNumber(0x010c0000);
const A = { ...MINE, mac: "02:00:00:00:00:0a" };
const B = { ...MINE, mac: "02:00:00:00:00:0b" };
const C = { ...MINE, mac: "02:00:00:00:00:0c" };

async function shows({ at }: Wire, ip: string, gateway = ip, netmask = "255.255.255.0", name = "CIPAP"): Promise<void> {
	const lines = [`ip:"${ip}"`, `gateway:"${gateway}"`, `netmask:"${netmask}"`];
	await at.chat(`AT+${name}?␍␊`, answer(...lines.map(line => `+${name}:${line}`)));
}

async function leases({ at }: Wire, minutes: number, first: string, last: string): Promise<void> {
	await at.chat("AT+CWDHCPS?␍␊", answer(`+CWDHCPS:${minutes},"${first}","${last}"`));
}

describe("AT+CIPAP", () => {
	test("shows the SoftAP's address, and takes others", async w => {
		await softAp(w);
		await shows(w, "127.200.4.1");
		for (const [ip, gateway, netmask] of [
			["192.168.5.1", "192.168.5.1", "255.255.255.0"],
			["10.0.0.1", "10.255.255.254", "255.0.0.0"],
			["172.16.0.6", "172.16.0.5", "255.255.255.252"],
		] as const) {
			await w.at.chat(`AT+CIPAP="${ip}","${gateway}","${netmask}"␍␊`, OK);
			await shows(w, ip, gateway, netmask);
			assert.deepEqual((await softApState(w)).address, { ip, gateway, netmask });
		}
		await w.at.chat('AT+CIPAP="192.168.6.1"␍␊', OK);
		await shows(w, "192.168.6.1");
	});
	test("has the DHCP server on, with the default range of the new network", async w => {
		await softAp(w);
		await w.at.chat('AT+CWDHCPS=1,3,"127.200.4.10","127.200.4.15"␍␊AT+CWDHCP=0,2␍␊', OK + OK);
		for (const [ip, netmask, first, last] of [
			["192.168.5.1", "255.255.255.0", "192.168.5.2", "192.168.5.101"],
			["192.168.5.200", "255.255.255.0", "192.168.5.1", "192.168.5.100"],
			["192.168.5.254", "255.255.0.0", "192.168.5.255", "192.168.6.98"],
			["10.1.2.6", "255.255.255.252", "10.1.2.5", "10.1.2.5"],
			["10.1.2.129", "255.255.255.128", "10.1.2.130", "10.1.2.229"],
		] as const) {
			await w.at.chat(`AT+CIPAP="${ip}","${ip}","${netmask}"␍␊`, OK);
			await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:3"));
			await leases(w, 120, first, last);
			const { dhcp } = await softApState(w);
			assert.deepEqual(dhcp, { on: true, lease_minutes: 120, first, last });
			const a = await guest(w, A);
			assert.equal(a.ip, first);
			await w.control.request("softap.leave", { mac: a.mac });
			await w.at.expect(left(a));
		}
	});
	test("that changes throws the stations out", async w => {
		await softAp(w);
		const a = await guest(w, { ...A, rejoin: true });
		await w.at.chat('AT+CIPAP="192.168.5.1"␍␊', OK + left(a) + connected({ ...a, ip: "192.168.5.2" }));
	});
	test("refuses what cannot be, and stays what it was", async w => {
		await softAp(w);
		const a = await guest(w, A);
		for (const [values, number] of [
			['""', 0x01070000],
			['"192.168.5"', 0x01070000],
			['"192.168.5.0"', 0x01070000],
			['"192.168.5.255"', 0x01070000],
			['"192.168.5.256"', 0x01070000],
			['"0.0.0.0"', 0x01070000],
			['"224.0.0.1"', 0x01070000],
			['"192.168.5.1","192.168.6.1","255.255.255.0"', 0x01070001],
			['"192.168.5.1","192.168.5.1","255.0.255.0"', 0x01070002],
			['"192.168.5.1","192.168.5.1","255.255.255.255"', 0x01070002],
			['"192.168.5.1","192.168.5.1"', 0x01060302],
			['"192.168.5.1",,"255.255.255.0"', 0x01060302],
			['"192.168.5.1111111"', 0x01040000],
			["1", 0x01050000],
		] as const)
			await w.at.chat(`AT+CIPAP=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CIPAP␍␊", WRONG_FORM);
		await shows(w, "127.200.4.1");
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${a.ip},${a.mac}`));
	});
	test("needs the SoftAP to be set, and is shown without one", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CIPAP="192.168.5.1"␍␊', WRONG_MODE);
		await shows(w, "127.200.4.1");
	});
	test("is stored; as _CUR it is not, and as _DEF it is, whatever SYSSTORE says", async w => {
		const { at } = w;
		await mode(w, 2);
		await at.chat('AT+CIPAP="192.168.5.1"␍␊AT+CIPAP_CUR="192.168.6.1"␍␊', OK + OK);
		await shows(w, "192.168.6.1", "192.168.6.1", "255.255.255.0", "CIPAP_CUR");
		await restart(w);
		await shows(w, "192.168.5.1");
		assert.equal((await softApState(w)).address.ip, "192.168.5.1");
		await at.chat('AT+SYSSTORE=0␍␊AT+CIPAP="192.168.7.1"␍␊AT+CIPAP_DEF="192.168.8.1"␍␊', OK + OK + OK);
		await at.chat("AT+CWMODE_DEF=1␍␊", OK);
		await restart(w);
		await shows(w, "192.168.8.1");
		await at.chat("AT+CWMODE=2␍␊", OK);
		assert.equal((await softApState(w)).address.ip, "192.168.8.1");
	});
	test("shows the link-local address with AT+CIPV6=1", async w => {
		await softAp(w);
		await w.at.chat("AT+CIPV6=1␍␊", OK);
		await w.at.ask("AT+CIPAP?␍␊", /(?:\+CIPAP:[^␍]+␍␊){3}\+CIPAP:ip6ll:"fe80::[0-9a-f:]+"␍␊␍␊OK␍␊/);
	});
});

describe("AT+CWDHCP of the SoftAP", () => {
	test("off: stations stay without an address, and have one when it is on again", async w => {
		await softAp(w);
		await w.at.chat("AT+CWDHCP=0,2␍␊", OK);
		await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:1"));
		const a = await guest(w, A);
		assert.equal(a.ip, undefined);
		await w.at.chat("AT+CWLIF␍␊", OK);
		await w.at.chat("AT+CWDHCP=1,2␍␊", `${OK}+DIST_STA_IP:"${a.mac}","127.200.4.2"␍␊`);
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:127.200.4.2,${a.mac}`));
	});
	test("is stored, and set for a SoftAP that is not there yet", async w => {
		await mode(w, 1);
		await w.at.chat("AT+CWDHCP=0,3␍␊AT+CWDHCP=1,1␍␊", OK + OK);
		await restart(w);
		await w.at.chat("AT+CWDHCP?␍␊", answer("+CWDHCP:1"));
		await softAp(w);
		assert.deepEqual((await softApState(w)).dhcp, { on: false });
	});
});

describe("AT+CWDHCPS", () => {
	test("sets the range, to the borders, and goes back", async w => {
		await softAp(w);
		await leases(w, 120, "127.200.4.2", "127.200.4.101");
		for (const [minutes, first, last] of [
			[1, "127.200.4.2", "127.200.4.3"],
			[2880, "127.200.4.2", "127.200.4.101"],
			[3, "127.200.4.253", "127.200.4.254"],
		] as const) {
			await w.at.chat(`AT+CWDHCPS=1,${minutes},"${first}","${last}"␍␊`, OK);
			await leases(w, minutes, first, last);
			assert.deepEqual((await softApState(w)).dhcp, { on: true, lease_minutes: minutes, first, last });
		}
		assert.equal((await guest(w, A)).ip, "127.200.4.253");
		await w.at.chat("AT+CWDHCPS=0␍␊", OK);
		await leases(w, 120, "127.200.4.2", "127.200.4.101");
	});
	test("an exhausted range leaves the next without, until one leaves", async w => {
		await softAp(w);
		await w.at.chat('AT+CWDHCPS=1,3,"127.200.4.10","127.200.4.11"␍␊', OK);
		const [a, b, c] = [await guest(w, A), await guest(w, B), await guest(w, C)];
		assert.deepEqual([a.ip, b.ip, c.ip], ["127.200.4.10", "127.200.4.11", undefined]);
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${a.ip},${a.mac}`, `+CWLIF:${b.ip},${b.mac}`));
		await w.control.request("softap.leave", { mac: b.mac, release: true });
		await w.at.expect(`${left(b)}+DIST_STA_IP:"${c.mac}","${b.ip}"␍␊`);
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${a.ip},${a.mac}`, `+CWLIF:${b.ip},${c.mac}`));
	});
	timed("a lease that nobody renews ends after its time, and the next one has the address", async w => {
		await softAp(w);
		await w.at.chat('AT+CWDHCPS=1,3,"127.200.4.10","127.200.4.11"␍␊', OK);
		for (const [i, it] of [A, B, C].entries()) {
			const coming = joinSoftAp(w, it);
			await advance(w, 100);
			await w.at.expect(connected({ ...(await coming), ...(i === 2 && { ip: undefined }) }));
		}
		await w.control.request("softap.leave", { mac: A.mac });
		await w.at.expect(left(A));
		await advance(w, 179_000 - 300);
		await w.at.expectNothing(20);
		await advance(w, 2_000);
		await w.at.expect(`+DIST_STA_IP:"${C.mac}","127.200.4.10"␍␊`);
		await advance(w, 3_600_000);
		await w.at.expectNothing(20);
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:127.200.4.11,${B.mac}`, `+CWLIF:127.200.4.10,${C.mac}`));
	});
	test("refuses what cannot be, and stays what it was", async w => {
		await softAp(w);
		await w.at.chat('AT+CWDHCPS=1,3,"127.200.4.10","127.200.4.15"␍␊', OK);
		for (const [values, number] of [
			["2", 0x01070000],
			['1,0,"127.200.4.10","127.200.4.15"', 0x01070001],
			['1,2881,"127.200.4.10","127.200.4.15"', 0x01070001],
			['1,3,"127.200.5.10","127.200.4.15"', 0x01070002],
			['1,3,"127.200.4.1","127.200.4.15"', 0x01070002],
			['1,3,"127.200.4.0","127.200.4.15"', 0x01070002],
			['1,3,"127.200.4.250","127.200.4.255"', 0x01070003],
			['1,3,"127.200.4.10","127.200.4.9"', 0x01070003],
			['1,3,"127.200.4.10","127.200.4.10"', 0x01070003],
			['1,3,"127.200.4.10","127.200.4.110"', 0x01070003],
			["1", 0x01060401],
			["0,3", 0x01070001],
		] as const)
			await w.at.chat(`AT+CWDHCPS=${values}␍␊`, errorNumber(number));
		await leases(w, 3, "127.200.4.10", "127.200.4.15");
		await w.at.chat("AT+CWDHCPS␍␊", WRONG_FORM);
	});
	test("needs the SoftAP and its server", async w => {
		await mode(w, 1);
		await w.at.chat("AT+CWDHCPS=0␍␊", WRONG_MODE);
		await w.at.chat("AT+CWMODE=2␍␊AT+CWDHCP=0,2␍␊", OK + OK);
		await w.at.chat('AT+CWDHCPS=1,3,"127.200.4.10","127.200.4.15"␍␊AT+CWDHCPS=0␍␊', FAILED + FAILED);
	});
	test("is stored; not with SYSSTORE=0", async w => {
		await softAp(w);
		await w.at.chat('AT+CWDHCPS=1,3,"127.200.4.10","127.200.4.15"␍␊', OK);
		await w.at.chat("AT+SYSSTORE=0␍␊AT+CWDHCPS=0␍␊", OK + OK);
		await restart(w);
		await leases(w, 3, "127.200.4.10", "127.200.4.15");
		assert.equal((await softApState(w)).dhcp.first, "127.200.4.10");
	});
});

describe("AT+CIPAPMAC", () => {
	test("is the SoftAP's in the air, throws its stations out, and names it", async w => {
		await mode(w, 2);
		const { mac, ssid } = await softApState(w);
		await w.at.chat("AT+CIPAPMAC?␍␊", answer(`+CIPAPMAC:"${mac}"`));
		const a = await guest(w, { ...A, ssid });
		await w.at.chat('AT+CIPAPMAC="1A:fe:35:98:D3:7b"␍␊', OK + left(a));
		await w.at.chat("AT+CIPAPMAC?␍␊", answer('+CIPAPMAC:"1a:fe:35:98:d3:7b"'));
		const now = await softApState(w);
		assert.deepEqual([now.mac, now.ssid], ["1a:fe:35:98:d3:7b", "ESP_98D37B"]);
		await restart(w);
		await w.at.chat("AT+CIPAPMAC?␍␊", answer('+CIPAPMAC:"1a:fe:35:98:d3:7b"'));
		await w.at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"ESP_98D37B","",1,0,10,0'));
	});
	test("refuses what cannot be", async w => {
		await mode(w, 3);
		const [station] = await w.at.ask("AT+CIPSTAMAC?␍␊", /\+CIPSTAMAC:"([0-9a-f:]{17})"␍␊␍␊OK␍␊/);
		for (const value of ["15:fe:35:98:d3:7b", "FF:FF:FF:FF:FF:FF", "00:00:00:00:00:00", station, "1a:fe:35", ""])
			await w.at.chat(`AT+CIPAPMAC="${value}"␍␊`, errorNumber(0x01070000));
		await w.at.chat("AT+CIPAPMAC␍␊", WRONG_FORM);
	});
	test("is not stored as _CUR, and is as _DEF", async w => {
		await mode(w, 2);
		await w.at.chat('AT+CIPAPMAC_DEF="1a:fe:35:98:d3:7b"␍␊AT+CIPAPMAC_CUR="1a:fe:35:98:d3:7c"␍␊', OK + OK);
		await w.at.chat("AT+CIPAPMAC_CUR?␍␊", answer('+CIPAPMAC_CUR:"1a:fe:35:98:d3:7c"'));
		await restart(w);
		await w.at.chat("AT+CIPAPMAC?␍␊", answer('+CIPAPMAC:"1a:fe:35:98:d3:7b"'));
	});
});

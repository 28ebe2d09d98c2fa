// SPDX-License-Identifier: Apache-2.0

/** IPv4 addresses of the two interfaces (guide 3.2.13, 3.2.20, 3.2.21). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { errorNumber, OK } from "./answers";
import { boot, type Device } from "../shims/device";

const JOIN = 'AT+CWJAP="net"';
const GOT_IP = "WIFI GOT IP\r\n";
const JOINED = `WIFI CONNECTED\r\n${GOT_IP}`;
const DISCONNECT = "WIFI DISCONNECT\r\n";
const REFUSED = errorNumber(0x010a0000);
const WRONG_MODE = errorNumber(0x010a0013);

/** With error numbers, and an access point in reach. */
async function device(mode: number): Promise<Device> {
	const it = boot({ accessPoints: [{ ssid: "net" }] });
	assert.equal(await it.write(`AT+SYSLOG=1\r\nAT+CWMODE=${mode}\r\n`), OK + OK);
	return it;
}

async function joined(mode = 1): Promise<Device> {
	const it = await device(mode);
	assert.equal(await it.send(JOIN), JOINED + OK);
	return it;
}

function lines(name: string, ip: string, gateway: string, netmask: string, ...more: string[]): string {
	const all = [`ip:"${ip}"`, `gateway:"${gateway}"`, `netmask:"${netmask}"`, ...more];
	return all.map(line => `${name}:${line}\r\n`).join("") + OK;
}

const NONE = ["0.0.0.0", "0.0.0.0", "0.0.0.0"] as const;
const GIVEN = ["192.168.1.2", "192.168.1.1", "255.255.255.0"] as const;

/** [parameters, number of the error] that both commands refuse */
const WRONG = [
	['""', 0x01070000],
	['"192.168.6"', 0x01070000],
	['"192.168.6.0"', 0x01070000],
	['"192.168.6.255"', 0x01070000],
	['"192.168.6.256"', 0x01070000],
	['"192.168.6.1."', 0x01070000],
	['"192.168.06.1"', 0x01070000],
	['"0.0.0.0"', 0x01070000],
	['"255.255.255.255"', 0x01070000],
	['"224.0.0.1"', 0x01070000],
	['"192.168.6.100","192.168.7.1","255.255.255.0"', 0x01070001],
	['"192.168.6.100","192.168.6.0","255.255.255.0"', 0x01070001],
	['"192.168.6.100","x","255.255.255.0"', 0x01070001],
	['"192.168.6.100","192.168.6.1","255.0.255.0"', 0x01070002],
	['"192.168.6.100","192.168.6.1","255.255.255.255"', 0x01070002],
	['"192.168.6.100","192.168.6.1","255.255.255.254"', 0x01070002],
	['"192.168.6.100","192.168.6.1","0.0.0.0"', 0x01070002],
	['"192.168.6.100","192.168.6.1","24"', 0x01070002],
	['"192.168.6.100","192.168.6.1"', 0x01060302],
	['"192.168.6.100",,"255.255.255.0"', 0x01060302],
	['"192.168.6.100","192.168.6.1","255.255.255.0",1', 0x01060304],
	['"192.168.100.1000"', 0x01040000],
	["1", 0x01050000],
] as const;

describe("AT+CIPSTA", () => {
	it("shows what DHCP gave, and that there is none", async () => {
		const it = await joined();
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN));
		assert.equal(await it.send("AT+CWQAP"), DISCONNECT + OK);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...NONE));
	});
	it("shows IPv6 addresses as far as there are any", async () => {
		const it = boot({ accessPoints: [{ ssid: "net", ipv6: true }] });
		assert.equal(await it.write("AT+CIPV6=1\r\nAT+CWMODE=1\r\n"), OK + OK);
		const heard = await it.send(JOIN);
		for (const message of ["WIFI GOT IPv6 LL\r\n", "WIFI GOT IPv6 GL\r\n"])
			assert.ok(heard.includes(message), heard);
		const more = ['ip6ll:"fe80::7edf:a1ff:fe00:1"', 'ip6gl:"2001:db8::7edf:a1ff:fe00:1"'];
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN, ...more));
	});
	it("sets a static one, which ends DHCP, and is had at once", async () => {
		const it = await joined();
		assert.equal(await it.send('AT+CIPSTA="192.168.6.100","192.168.6.1","255.255.255.0"'), OK + GOT_IP);
		assert.deepEqual(it.wifi.fixed, ["192.168.6.100", "192.168.6.1", "255.255.255.0"]);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", "192.168.6.100", "192.168.6.1", "255.255.255.0"));
		assert.equal(await it.send("AT+CWDHCP?"), `+CWDHCP:2\r\n${OK}`);
	});
	it("also while there is no access point, and then shows it", async () => {
		const it = await device(1);
		assert.equal(await it.send('AT+CIPSTA="10.1.2.3"'), OK);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", "10.1.2.3", "10.1.2.1", "255.255.255.0"));
		assert.equal(await it.send(JOIN), JOINED + OK);
		assert.equal(it.wifi.address()[0], "10.1.2.3");
	});
	it("takes every netmask that leaves room for two", async () => {
		const it = await device(1);
		for (const [ip, gateway, netmask] of [
			["10.255.255.254", "10.0.0.1", "255.0.0.0"],
			["10.1.2.6", "10.1.2.5", "255.255.255.252"],
			["1.0.0.1", "1.0.0.2", "255.255.128.0"],
			["223.255.255.254", "223.255.255.1", "255.255.255.0"],
		] as const) {
			assert.equal(await it.send(`AT+CIPSTA="${ip}","${gateway}","${netmask}"`), OK);
			assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ip, gateway, netmask));
		}
	});
	it("refuses what cannot be, and stays what it was", async () => {
		const it = await joined();
		for (const [values, number] of WRONG)
			assert.equal(await it.send(`AT+CIPSTA=${values}`), errorNumber(number), values);
		assert.equal(await it.send("AT+CIPSTA"), errorNumber(0x010c0000));
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN));
		assert.equal(await it.send("AT+CWDHCP?"), `+CWDHCP:3\r\n${OK}`);
	});
	it("needs the station", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CIPSTA="10.1.2.3"'), WRONG_MODE);
	});
	it("of a radio that refuses, or a full flash, stays what it was", async () => {
		const it = await joined();
		const stored = it.storage.contents();
		it.wifi.broken = true;
		assert.equal(await it.send('AT+CIPSTA="10.1.2.3"'), REFUSED);
		it.wifi.broken = false;
		it.storage.full = true;
		const heard = await it.send('AT+CIPSTA="10.1.2.3"');
		assert.ok(heard.startsWith(REFUSED), heard);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN));
		assert.equal(await it.send("AT+CWDHCP?"), `+CWDHCP:3\r\n${OK}`);
		assert.deepEqual(it.storage.contents(), stored);
		assert.equal(it.wifi.fixed, undefined);
	});
	it("is stored; not with SYSSTORE=0, nor as _CUR, but as _DEF", async () => {
		const it = await device(1);
		assert.equal(await it.send('AT+CIPSTA="10.1.2.3"'), OK);
		assert.equal(await it.send('AT+CIPSTA_CUR="10.1.2.4"'), OK);
		assert.equal(await it.send("AT+CIPSTA_CUR?"), lines("+CIPSTA_CUR", "10.1.2.4", "10.1.2.1", "255.255.255.0"));
		it.restart();
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", "10.1.2.3", "10.1.2.1", "255.255.255.0"));
		assert.equal(await it.send("AT+CWDHCP?"), `+CWDHCP:2\r\n${OK}`);
		assert.equal(
			await it.write('AT+SYSSTORE=0\r\nAT+CIPSTA="10.1.2.5"\r\nAT+CIPSTA_DEF="10.1.2.6"\r\n'),
			OK + OK + OK,
		);
		it.restart();
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", "10.1.2.6", "10.1.2.1", "255.255.255.0"));
		assert.equal(await it.send(JOIN), JOINED + OK);
		assert.equal(it.wifi.address()[0], "10.1.2.6");
	});
});

describe("AT+CIPAP", () => {
	const DEFAULT = ["192.168.4.1", "192.168.4.1", "255.255.255.0"] as const;

	it("shows the default, and takes another: gateway is itself", async () => {
		const it = await device(2);
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", ...DEFAULT));
		assert.equal(await it.send('AT+CIPAP="192.168.5.1"'), OK);
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", "192.168.5.1", "192.168.5.1", "255.255.255.0"));
		assert.equal(await it.send('AT+CIPAP="192.168.5.1","192.168.5.2","255.255.0.0"'), OK);
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", "192.168.5.1", "192.168.5.2", "255.255.0.0"));
		assert.equal(it.softAp.onlineNetmask, "255.255.0.0", "links by the SoftAP are told by it");
	});
	it("shows the link-local address when there is one", async () => {
		const it = await device(2);
		assert.equal(await it.send("AT+CIPV6=1"), OK);
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", ...DEFAULT, 'ip6ll:"fe80::7edf:a1ff:fe00:2"'));
	});
	it("has the DHCP server on, with the default range of the new network", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CWDHCPS=1,3,"192.168.4.10","192.168.4.15"'), OK);
		assert.equal(await it.send("AT+CWDHCP=0,2"), OK);
		assert.equal(await it.send('AT+CIPAP="192.168.5.1"'), OK);
		assert.equal(await it.send("AT+CWDHCP?"), `+CWDHCP:3\r\n${OK}`);
		assert.equal(await it.send("AT+CWDHCPS?"), `+CWDHCPS:120,"192.168.5.2","192.168.5.101"\r\n${OK}`);
		assert.equal(it.softAp.serves, true);
	});
	it("refuses what cannot be, and stays what it was", async () => {
		const it = await device(3);
		for (const [values, number] of WRONG)
			assert.equal(await it.send(`AT+CIPAP=${values}`), errorNumber(number), values);
		assert.equal(await it.send("AT+CIPAP"), errorNumber(0x010c0000));
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", ...DEFAULT));
	});
	it("needs the SoftAP", async () => {
		const it = await device(1);
		assert.equal(await it.send('AT+CIPAP="10.1.2.3"'), WRONG_MODE);
	});
	it("of a radio that refuses, or a full flash, stays what it was", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CWDHCPS=1,3,"192.168.4.10","192.168.4.15"'), OK);
		const stored = it.storage.contents();
		it.wifi.broken = true;
		assert.equal(await it.send('AT+CIPAP="10.1.2.3"'), REFUSED);
		it.wifi.broken = false;
		it.storage.full = true;
		assert.equal(await it.send('AT+CIPAP="10.1.2.3"'), REFUSED);
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", ...DEFAULT));
		assert.equal(await it.send("AT+CWDHCPS?"), `+CWDHCPS:3,"192.168.4.10","192.168.4.15"\r\n${OK}`);
		assert.deepEqual(it.storage.contents(), stored);
	});
	it("is stored; not with SYSSTORE=0, nor as _CUR, but as _DEF; shown also without a SoftAP", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CIPAP="10.1.2.1"'), OK);
		assert.equal(await it.send('AT+CIPAP_CUR="10.1.3.1"'), OK);
		assert.equal(await it.send("AT+CIPAP_CUR?"), lines("+CIPAP_CUR", "10.1.3.1", "10.1.3.1", "255.255.255.0"));
		it.restart();
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", "10.1.2.1", "10.1.2.1", "255.255.255.0"));
		assert.equal(
			await it.write('AT+SYSSTORE=0\r\nAT+CIPAP="10.1.4.1"\r\nAT+CIPAP_DEF="10.1.5.1"\r\n'),
			OK + OK + OK,
		);
		assert.equal(await it.send("AT+CWMODE_DEF=1"), OK);
		it.restart();
		assert.equal(await it.send("AT+CIPAP?"), lines("+CIPAP", "10.1.5.1", "10.1.5.1", "255.255.255.0"));
	});
});

describe("AT+CWDHCP", () => {
	async function shows(it: Device, bits: number): Promise<void> {
		assert.equal(await it.send("AT+CWDHCP?"), `+CWDHCP:${bits}\r\n${OK}`);
	}

	it("is on for both, and set for each", async () => {
		const it = await device(3);
		await shows(it, 3);
		for (const [operate, bits, after] of [
			[0, 2, 1],
			[0, 1, 0],
			[1, 2, 2],
			[1, 1, 3],
			[0, 3, 0],
			[1, 3, 3],
		] as const) {
			assert.equal(await it.send(`AT+CWDHCP=${operate},${bits}`), OK);
			await shows(it, after);
			assert.equal(it.softAp.serves, (after & 2) !== 0);
			assert.deepEqual(it.wifi.fixed, after & 1 ? undefined : [...NONE]);
		}
	});
	it("off keeps the address that the station has, as a static one", async () => {
		const it = await joined();
		assert.equal(await it.send("AT+CWDHCP=0,1"), OK + GOT_IP);
		assert.deepEqual(it.wifi.fixed, [...GIVEN]);
		assert.equal(await it.send("AT+CWQAP"), DISCONNECT + OK);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN));
		assert.equal(await it.send("AT+CWDHCP=0,1"), OK, "again");
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN));
		it.restart();
		await it.heard();
		assert.deepEqual(it.wifi.fixed, [...GIVEN]);
	});
	it("off without an address: the station stays without", async () => {
		const it = await device(1);
		assert.equal(await it.send("AT+CWDHCP=0,1"), OK);
		assert.equal(await it.send('AT+CWJAP="net",,,,0,,,3'), "WIFI CONNECTED\r\n");
		assert.equal(await it.advance(3000), `${DISCONNECT}+CWJAP:1\r\n${errorNumber(0x010a0001)}`);
	});
	it("on forgets the static one", async () => {
		const it = await joined();
		assert.equal(await it.send('AT+CIPSTA="10.1.2.3"'), OK + GOT_IP);
		assert.equal(await it.send("AT+CWDHCP=1,1"), OK + GOT_IP);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN));
		assert.equal(await it.send("AT+CWDHCP=0,2"), OK);
		assert.equal(await it.send("AT+CIPSTA?"), lines("+CIPSTA", ...GIVEN), "the SoftAP's server is not its affair");
	});
	it("refuses what cannot be", async () => {
		const it = await device(1);
		for (const [values, number] of [
			["2,1", 0x01070000],
			["-1,1", 0x01070000],
			["1,0", 0x01070001],
			["1,4", 0x01070001],
			["1", 0x01060201],
			["1,1,1", 0x01060203],
			['"1",1', 0x01050000],
		] as const)
			assert.equal(await it.send(`AT+CWDHCP=${values}`), errorNumber(number), values);
		assert.equal(await it.send("AT+CWDHCP"), errorNumber(0x010c0000));
		await shows(it, 3);
	});
	it("of a radio that refuses, or a full flash, stays what it was", async () => {
		const it = await joined(3);
		it.wifi.broken = true;
		for (const bits of [1, 2, 3]) assert.equal(await it.send(`AT+CWDHCP=0,${bits}`), REFUSED);
		it.wifi.broken = false;
		it.storage.full = true;
		assert.ok((await it.send("AT+CWDHCP=0,3")).startsWith(REFUSED));
		await shows(it, 3);
		assert.equal(it.softAp.serves, true);
		assert.equal(it.wifi.fixed, undefined);
	});
	it("is stored and shown whatever the mode; not with SYSSTORE=0, nor as _CUR, but as _DEF", async () => {
		const it = boot();
		assert.equal(await it.send("AT+CWDHCP=0,2"), OK);
		assert.equal(await it.send("AT+CWDHCP_CUR=0,1"), OK);
		assert.equal(await it.send("AT+CWDHCP_CUR?"), `+CWDHCP_CUR:0\r\n${OK}`);
		it.restart();
		await shows(it, 1);
		assert.equal(await it.write("AT+SYSSTORE=0\r\nAT+CWDHCP=1,2\r\n"), OK + OK);
		it.restart();
		await shows(it, 1);
		assert.equal(await it.write("AT+SYSSTORE=0\r\nAT+CWDHCP_DEF=0,3\r\n"), OK + OK);
		it.restart();
		await shows(it, 0);
		assert.equal(await it.send("AT+CWMODE=2"), OK);
		assert.equal(it.softAp.serves, false, "as stored");
	});
	it("of the server is set also while there is no SoftAP, with leases in a network of its own", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CIPAP="10.1.2.1"'), OK);
		assert.equal(await it.send('AT+CWDHCPS=1,3,"10.1.2.10","10.1.2.15"'), OK);
		assert.equal(await it.send("AT+CWMODE=1"), OK);
		it.restart();
		assert.equal(await it.send("AT+CWDHCP=0,3"), OK);
		assert.equal(await it.send("AT+CWDHCP=1,3"), OK);
		assert.equal(await it.send("AT+CWMODE=2"), OK);
		assert.equal(await it.send("AT+CWDHCPS?"), `+CWDHCPS:3,"10.1.2.10","10.1.2.15"\r\n${OK}`);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** The SoftAP and its stations (guide 3.2.10 to 3.2.14). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ERROR, errorNumber, OK, PROMPT } from "./answers";
import { boot, type Device } from "../shims/device";

const A = "02:00:00:00:01:0a";
const B = "02:00:00:00:01:0b";
const REFUSED = errorNumber(0x010a0000);
const WRONG_MODE = errorNumber(0x010a0013);

/** With error numbers. */
async function softAp(mode = 2): Promise<Device> {
	const device = boot();
	assert.equal(await device.write(`AT+SYSLOG=1\r\nAT+CWMODE=${mode}\r\n`), OK + OK);
	return device;
}

async function asked(device: Device, name: string, line: string): Promise<void> {
	assert.equal(await device.send(`AT${name}?`), `${name}:${line}\r\n${OK}`);
}

function joined(mac: string, ip: string): string {
	return `+STA_CONNECTED:"${mac}"\r\n+DIST_STA_IP:"${mac}","${ip}"\r\n`;
}

describe("AT+CWSAP", () => {
	it("is named after the MAC address, open, on channel 1, for ten", async () => {
		const device = await softAp();
		await asked(device, "+CWSAP", '"ESP_000002","",1,0,10,0');
		assert.deepEqual(device.softAp.configuration, {
			...{ ssid: "ESP_000002", password: "", channel: 1, security: 0, maximum: 10, hidden: false },
		});
	});
	it("sets all of it, or what is not optional", async () => {
		const device = await softAp();
		assert.equal(await device.send('AT+CWSAP="ESP","1234567890",5,3,4,1'), OK);
		await asked(device, "+CWSAP", '"ESP","1234567890",5,3,4,1');
		assert.deepEqual(device.softAp.configuration, {
			...{ ssid: "ESP", password: "1234567890", channel: 5, security: 3, maximum: 4, hidden: true },
		});
		assert.equal(await device.send('AT+CWSAP="ESP","",14,0'), REFUSED, "no such channel in this country");
		assert.equal(await device.send('AT+CWSAP="ESP","",13,0'), OK);
		await asked(device, "+CWSAP", '"ESP","",13,0,10,0');
		assert.equal(await device.send('AT+CWSAP="ESP","",1,0,,1'), OK);
		await asked(device, "+CWSAP", '"ESP","",1,0,10,1');
	});
	it("takes names and passwords of any bytes, to the borders of their lengths", async () => {
		const device = await softAp(3);
		for (const [ssid, password] of [
			["s", "8bytes!!"],
			["s".repeat(32), "p".repeat(63)],
			["\xff\x00\xfe", "\xffassword\0"],
		] as const) {
			assert.equal(await device.send(`AT+CWSAP="${ssid}","${password}",1,4`), OK);
			await asked(device, "+CWSAP", `"${ssid}","${password}",1,4,10,0`);
			assert.equal(device.softAp.configuration?.ssid, ssid);
			assert.equal(device.softAp.configuration.password, password);
		}
		assert.equal(await device.send('AT+CWSAP="a\\"b\\\\c\\,d","\\"\\\\\\,45678",1,2'), OK);
		await asked(device, "+CWSAP", '"a"b\\c,d",""\\,45678",1,2,10,0');
	});
	it("refuses what cannot be, and stays what it was", async () => {
		const device = await softAp();
		assert.equal(await device.send('AT+CWSAP="ESP","12345678",5,3'), OK);
		for (const [values, number] of [
			['"","12345678",5,3', 0x01040000],
			[`"${"s".repeat(33)}","12345678",5,3`, 0x01040000],
			['"ESP","1234567",5,3', 0x01040001],
			['"ESP","",5,3', 0x01040001],
			['"ESP","1234567",5,0', 0x01040001],
			[`"ESP","${"p".repeat(64)}",5,3`, 0x01040001],
			['"ESP","12345678",0,3', 0x01070002],
			['"ESP","12345678",15,3', 0x01070002],
			['"ESP","12345678",5,1', 0x01070003],
			['"ESP","12345678",5,5', 0x01070003],
			['"ESP","12345678",5,-1', 0x01070003],
			['"ESP","12345678",5,3,0', 0x01070004],
			['"ESP","12345678",5,3,11', 0x01070004],
			['"ESP","12345678",5,3,1,2', 0x01070005],
			['"ESP","12345678",5,3,1,1,1', 0x01060607],
			['"ESP","12345678",5', 0x01060403],
			['"ESP",12345678,5,3', 0x01050001],
		] as const)
			assert.equal(await device.send(`AT+CWSAP=${values}`), errorNumber(number), values);
		assert.equal(await device.send("AT+CWSAP"), errorNumber(0x010c0000));
		await asked(device, "+CWSAP", '"ESP","12345678",5,3,10,0');
		assert.equal(device.softAp.configuration?.channel, 5);
	});
	it("needs the SoftAP", async () => {
		const device = await softAp(1);
		assert.equal(await device.send('AT+CWSAP="ESP","12345678",5,3'), WRONG_MODE);
	});
	it("of a radio that refuses stays what it was, in flash too", async () => {
		const device = await softAp();
		assert.equal(await device.send('AT+CWSAP_DEF="old","12345678",5,3'), OK);
		assert.equal(await device.send('AT+CWSAP_CUR="now","12345678",6,3'), OK);
		const stored = device.storage.contents();
		device.wifi.broken = true;
		assert.equal(await device.send('AT+CWSAP="new","87654321",7,4,2,1'), REFUSED);
		await asked(device, "+CWSAP", '"now","12345678",6,3,10,0');
		assert.deepEqual(device.storage.contents(), stored);
		assert.equal(device.softAp.configuration?.ssid, "now");
	});
	it("on a channel that the country does not have after a restart begins on one that it has", async () => {
		const device = await softAp(3);
		assert.equal(await device.send('AT+CWCOUNTRY=1,"JP",1,14'), OK);
		assert.equal(await device.send('AT+CWSAP="ESP","12345678",14,3'), OK);
		device.restart();
		await asked(device, "+CWMODE", "3");
		assert.equal(device.wifi.mode, 3);
		assert.equal(device.softAp.configuration?.channel, 1);
		await asked(device, "+CWSAP", '"ESP","12345678",14,3,10,0');
		assert.equal(await device.send("AT+CWMODE=0"), OK);
		assert.equal(await device.send('AT+CWCOUNTRY=1,"JP",1,14'), OK);
		assert.equal(await device.send("AT+CWMODE=2"), OK);
		assert.equal(device.softAp.configuration.channel, 14);
	});
	it("that does not fit into flash stays what it was, in the air too", async () => {
		const device = await softAp();
		assert.equal(await device.send('AT+CWSAP="old","12345678",5,3'), OK);
		device.storage.full = true;
		assert.equal(await device.send('AT+CWSAP="new","87654321",7,4,2,1'), REFUSED);
		await asked(device, "+CWSAP", '"old","12345678",5,3,10,0');
		assert.equal(device.softAp.configuration?.ssid, "old");
	});
	it("is stored; not with SYSSTORE=0, nor as _CUR, but as _DEF", async () => {
		const device = await softAp();
		assert.equal(await device.send('AT+CWSAP="stored","12345678",5,3,4,1'), OK);
		assert.equal(await device.send('AT+CWSAP_CUR="now","12345678",5,3'), OK);
		await asked(device, "+CWSAP_CUR", '"now","12345678",5,3,10,0');
		device.restart();
		await asked(device, "+CWSAP", '"stored","12345678",5,3,4,1');
		assert.equal(device.softAp.configuration?.ssid, "stored");
		assert.equal(await device.write('AT+SYSSTORE=0\r\nAT+CWSAP="now","12345678",5,3\r\n'), OK + OK);
		device.restart();
		await asked(device, "+CWSAP", '"stored","12345678",5,3,4,1');
		assert.equal(await device.write('AT+SYSSTORE=0\r\nAT+CWSAP_DEF="def","12345678",5,3\r\n'), OK + OK);
		device.restart();
		await asked(device, "+CWSAP", '"def","12345678",5,3,10,0');
	});
});

describe("stations of the SoftAP", () => {
	it("are told as they come, get their address and go", async () => {
		const device = await softAp();
		device.softAp.join(A);
		assert.equal(await device.heard(), joined(A, "192.168.4.2"));
		device.softAp.join(B);
		assert.equal(await device.heard(), joined(B, "192.168.4.3"));
		device.softAp.leave(A);
		assert.equal(await device.heard(), `+STA_DISCONNECTED:"${A}"\r\n`);
	});
	it("that come and go in a data phase are told after it, all of it and in order", async () => {
		const device = await softAp();
		let told = "";
		assert.equal(await device.send('AT+SYSMFG=2,"space","key",7,3'), PROMPT);
		for (let round = 0; round < 5; round++) {
			device.softAp.join(A);
			assert.equal(await device.heard(), "");
			device.softAp.leave(A);
			assert.equal(await device.heard(), "");
			told += `${joined(A, "192.168.4.2")}+STA_DISCONNECTED:"${A}"\r\n`;
		}
		assert.equal(await device.write("abc"), told + OK);
	});
});

describe("AT+CWLIF", () => {
	it("lists those that have an address by DHCP", async () => {
		const device = await softAp();
		assert.equal(await device.send("AT+CWLIF"), OK);
		device.softAp.join(A);
		device.softAp.join(B);
		await device.heard();
		assert.equal(await device.send("AT+CWLIF"), `+CWLIF:192.168.4.2,${A}\r\n+CWLIF:192.168.4.3,${B}\r\n${OK}`);
		device.softAp.leave(A);
		await device.heard();
		assert.equal(await device.send("AT+CWLIF"), `+CWLIF:192.168.4.3,${B}\r\n${OK}`);
	});
	it("leaves out those that have none", async () => {
		const device = await softAp();
		assert.equal(await device.send("AT+CWDHCP=0,2"), OK);
		device.softAp.join(A);
		assert.equal(await device.heard(), `+STA_CONNECTED:"${A}"\r\n`);
		assert.equal(await device.send("AT+CWLIF"), OK);
	});
	it("lists ten", async () => {
		const device = await softAp();
		const macs = Array.from({ length: 10 }, (_, i) => `02:00:00:00:01:0${i}`);
		for (const mac of macs) device.softAp.join(mac);
		await device.heard();
		const lines = macs.map((mac, i) => `+CWLIF:192.168.4.${2 + i},${mac}\r\n`);
		assert.equal(await device.send("AT+CWLIF"), lines.join("") + OK);
	});
	it("needs the SoftAP, and has one form", async () => {
		const device = await softAp(1);
		assert.equal(await device.send("AT+CWLIF"), WRONG_MODE);
		assert.equal(await device.send("AT+CWLIF?"), errorNumber(0x010c0000));
		assert.equal(await device.send("AT+CWLIF=1"), errorNumber(0x010c0000));
	});
});

describe("AT+CWQIF", () => {
	it("throws all out, or the one that is named", async () => {
		const device = await softAp();
		assert.equal(await device.send("AT+CWQIF"), OK, "nobody is there");
		for (const mac of [A, B]) device.softAp.join(mac);
		await device.heard();
		assert.equal(await device.send(`AT+CWQIF="${A.toUpperCase()}"`), `${OK}+STA_DISCONNECTED:"${A}"\r\n`);
		assert.equal(await device.send("AT+CWLIF"), `+CWLIF:192.168.4.3,${B}\r\n${OK}`);
		device.softAp.join(A);
		await device.heard();
		const left = (mac: string): string => `+STA_DISCONNECTED:"${mac}"\r\n`;
		assert.equal(await device.send("AT+CWQIF"), OK + left(B) + left(A));
		assert.equal(await device.send("AT+CWLIF"), OK);
	});
	it("refuses who is not there, and what is no MAC address", async () => {
		const device = await softAp();
		assert.equal(await device.send(`AT+CWQIF="${A}"`), REFUSED);
		assert.equal(await device.send('AT+CWQIF="02:00:00:00:01"'), errorNumber(0x01070000));
		assert.equal(await device.send('AT+CWQIF="02-00-00-00-01-0a"'), errorNumber(0x01070000));
		assert.equal(await device.send(`AT+CWQIF="${A}0"`), errorNumber(0x01040000));
		assert.equal(await device.send('AT+CWQIF=""'), errorNumber(0x01070000));
		assert.equal(await device.send("AT+CWQIF=1"), errorNumber(0x01050000));
		assert.equal(await device.send("AT+CWQIF?"), errorNumber(0x010c0000));
	});
	it("needs the SoftAP", async () => {
		const device = await softAp(1);
		assert.equal(await device.send("AT+CWQIF"), WRONG_MODE);
		assert.equal(await device.send(`AT+CWQIF="${A}"`), WRONG_MODE);
	});
});

describe("AT+CWDHCPS", () => {
	const RANGE = '1,3,"192.168.4.10","192.168.4.15"';

	it("shows the default range, takes another, and goes back", async () => {
		const device = await softAp();
		await asked(device, "+CWDHCPS", '120,"192.168.4.2","192.168.4.101"');
		assert.equal(await device.send(`AT+CWDHCPS=${RANGE}`), OK);
		await asked(device, "+CWDHCPS", '3,"192.168.4.10","192.168.4.15"');
		assert.equal(await device.send("AT+CWDHCPS=0"), OK);
		await asked(device, "+CWDHCPS", '120,"192.168.4.2","192.168.4.101"');
	});
	it("takes 1 to 2880 minutes, and 2 to 100 addresses beside the SoftAP's own", async () => {
		const device = await softAp();
		for (const range of [
			'1,"192.168.4.2","192.168.4.3"',
			'2880,"192.168.4.2","192.168.4.101"',
			'2880,"192.168.4.253","192.168.4.254"',
		]) {
			assert.equal(await device.send(`AT+CWDHCPS=1,${range}`), OK);
			await asked(device, "+CWDHCPS", range);
		}
	});
	it("refuses what cannot be, and stays what it was", async () => {
		const device = await softAp();
		assert.equal(await device.send(`AT+CWDHCPS=${RANGE}`), OK);
		for (const [values, number] of [
			["2", 0x01070000],
			['1,0,"192.168.4.10","192.168.4.15"', 0x01070001],
			['1,2881,"192.168.4.10","192.168.4.15"', 0x01070001],
			['1,3,"192.168.5.10","192.168.4.15"', 0x01070002],
			['1,3,"192.168.4.0","192.168.4.15"', 0x01070002],
			['1,3,"192.168.4.1","192.168.4.15"', 0x01070002],
			['1,3,"192.168.4","192.168.4.15"', 0x01070002],
			['1,3,"","192.168.4.15"', 0x01070002],
			['1,3,"192.168.4.10","192.168.5.15"', 0x01070003],
			['1,3,"192.168.4.250","192.168.4.255"', 0x01070003],
			['1,3,"192.168.4.10","192.168.4.9"', 0x01070003],
			['1,3,"192.168.4.10","192.168.4.10"', 0x01070003],
			['1,3,"192.168.4.10","192.168.4.110"', 0x01070003],
			['1,3,"192.168.4.10","x"', 0x01070003],
			["1", 0x01060401],
			["1,3", 0x01060401],
			['1,3,"192.168.4.10"', 0x01060401],
			["0,3", 0x01070001],
			['0,3,"192.168.4.10","192.168.4.15"', 0x01070001],
			['1,3,"192.168.4.10","192.168.4.15",1', 0x01060405],
		] as const)
			assert.equal(await device.send(`AT+CWDHCPS=${values}`), errorNumber(number), values);
		await asked(device, "+CWDHCPS", '3,"192.168.4.10","192.168.4.15"');
		assert.equal(await device.send("AT+CWDHCPS"), errorNumber(0x010c0000));
	});
	it("counts in the network that AT+CIPAP set", async () => {
		const device = await softAp();
		assert.equal(await device.send('AT+CIPAP="10.1.2.129","10.1.2.129","255.255.255.128"'), OK);
		assert.equal(await device.send('AT+CWDHCPS=1,3,"10.1.2.127","10.1.2.140"'), errorNumber(0x01070002));
		assert.equal(await device.send('AT+CWDHCPS=1,3,"10.1.2.130","10.1.2.140"'), OK);
		assert.equal(await device.send('AT+CIPAP="192.168.4.1"'), OK);
		await asked(device, "+CWDHCPS", '120,"192.168.4.2","192.168.4.101"');
	});
	it("needs the SoftAP and its server", async () => {
		const station = await softAp(1);
		assert.equal(await station.send(`AT+CWDHCPS=${RANGE}`), WRONG_MODE);
		const device = await softAp();
		assert.equal(await device.send("AT+CWDHCP=0,2"), OK);
		assert.equal(await device.send(`AT+CWDHCPS=${RANGE}`), REFUSED);
		assert.equal(await device.send("AT+CWDHCPS=0"), REFUSED);
	});
	it("of a radio that refuses, or a full flash, stays what it was", async () => {
		const device = await softAp();
		assert.equal(await device.send(`AT+CWDHCPS=${RANGE}`), OK);
		const stored = device.storage.contents();
		const other = 'AT+CWDHCPS=1,5,"192.168.4.20","192.168.4.25"';
		device.wifi.broken = true;
		assert.equal(await device.send(other), REFUSED);
		device.wifi.broken = false;
		device.storage.full = true;
		assert.equal(await device.send(other), REFUSED);
		await asked(device, "+CWDHCPS", '3,"192.168.4.10","192.168.4.15"');
		assert.deepEqual(device.storage.contents(), stored);
	});
	it("is stored; not with SYSSTORE=0", async () => {
		const device = await softAp();
		assert.equal(await device.send(`AT+CWDHCPS=${RANGE}`), OK);
		assert.equal(await device.write("AT+SYSSTORE=0\r\nAT+CWDHCPS=0\r\n"), OK + OK);
		device.restart();
		await asked(device, "+CWDHCPS", '3,"192.168.4.10","192.168.4.15"');
		assert.equal(await device.send("AT+CWDHCPS=0"), OK);
		device.restart();
		await asked(device, "+CWDHCPS", '120,"192.168.4.2","192.168.4.101"');
	});
	it("is shown also while there is no SoftAP", async () => {
		const device = await softAp();
		assert.equal(await device.send(`AT+CWDHCPS=${RANGE}`), OK);
		assert.equal(await device.send("AT+CWMODE=1"), OK);
		device.restart();
		await asked(device, "+CWDHCPS", '3,"192.168.4.10","192.168.4.15"');
	});
});

describe("a SoftAP whose radio does not start", () => {
	it("is off, and nothing has changed", async () => {
		const device = boot();
		device.wifi.broken = true;
		assert.equal(await device.send("AT+CWMODE=2"), ERROR);
		assert.equal(await device.send("AT+CWMODE?"), `+CWMODE:0\r\n${OK}`);
		assert.equal(device.softAp.online, false);
	});
	it("or does not stop, is on, and keeps its links", async () => {
		const device = await softAp();
		assert.equal(device.softAp.online, true);
		device.wifi.broken = true;
		assert.equal(await device.send("AT+CWMODE=1"), REFUSED);
		await asked(device, "+CWMODE", "2");
		assert.equal(device.softAp.online, true);
		assert.equal(await device.send("AT+CWLIF"), OK);
	});
});

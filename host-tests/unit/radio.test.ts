// SPDX-License-Identifier: Apache-2.0

/** The driver, protocols, country and host name (guide 3.2.2, 3.2.16, 3.2.17, 3.2.26, 3.2.27). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { errorNumber, OK } from "./answers";
import { online } from "./online";
import { boot, type Device } from "../shims/device";

const JOINED = "WIFI CONNECTED\r\nWIFI GOT IP\r\n";
const DISCONNECT = "WIFI DISCONNECT\r\n";
const REFUSED = errorNumber(0x010a0000);
const WRONG_MODE = errorNumber(0x010a0013);
const NO_WIFI = errorNumber(0x010a0017);
const WRONG_FORM = errorNumber(0x010c0000);

/** With error numbers. */
async function device(mode: number): Promise<Device> {
	const it = boot({ accessPoints: [{ ssid: "net" }] });
	assert.equal(await it.write(`AT+SYSLOG=1\r\nAT+CWMODE=${mode}\r\n`), OK + OK);
	return it;
}

async function shows(it: Device, name: string, line: string): Promise<void> {
	assert.equal(await it.send(`AT${name}?`), `${name}:${line}\r\n${OK}`);
}

describe("AT+CWINIT", () => {
	it("ends the driver, and begins it anew as it was", async () => {
		const it = await online();
		await shows(it, "+CWINIT", "1");
		assert.equal(await it.send("AT+CWINIT=1"), OK, "it is there already");
		assert.equal(await it.send("AT+CWINIT=0"), DISCONNECT + OK);
		await shows(it, "+CWINIT", "0");
		assert.equal(it.wifi.released, true);
		assert.equal(await it.send("AT+CWINIT=0"), OK, "again");
		await shows(it, "+CWMODE", "1");
		assert.equal(await it.send("AT+CWINIT=1"), OK + JOINED);
		assert.equal(it.wifi.mode, 1);
		await shows(it, "+CWINIT", "1");
	});
	it("does not join anew with AT+CWAUTOCONN=0", async () => {
		const it = await online();
		assert.equal(await it.send("AT+CWAUTOCONN=0"), OK);
		assert.equal(await it.send("AT+CWINIT=0"), DISCONNECT + OK);
		assert.equal(await it.send("AT+CWINIT=1"), OK);
		assert.equal(await it.advance(10_000), "");
	});
	it("ends the SoftAP, and begins it anew", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CWSAP="mine","12345678",3,3'), OK);
		assert.equal(await it.send("AT+CWINIT=0"), OK);
		assert.equal(it.softAp.online, false);
		await shows(it, "+CWSAP", '"mine","12345678",3,3,10,0');
		assert.equal(await it.send("AT+CWINIT=1"), OK);
		assert.equal(it.softAp.online, true);
		assert.equal(it.softAp.configuration?.ssid, "mine");
	});
	it("0 leaves no command that needs the driver, and every query", async () => {
		const it = await device(3);
		assert.equal(await it.send("AT+CWINIT=0"), OK);
		for (const line of [
			"AT+CWMODE=1",
			'AT+CWJAP="net"',
			"AT+CWJAP",
			"AT+CWLAP",
			'AT+CWLAP="net"',
			"AT+CWQAP",
			'AT+CWSAP="ESP","12345678",5,3',
			"AT+CWLIF",
			"AT+CWQIF",
			'AT+CWQIF="02:00:00:00:01:0a"',
			"AT+CWDHCP=0,3",
			"AT+CWDHCPS=0",
			"AT+CWAPPROTO=3",
			"AT+CWSTAPROTO=3",
			'AT+CIPSTAMAC="1a:fe:35:98:d3:7b"',
			'AT+CIPAPMAC="18:fe:35:98:d3:7b"',
			'AT+CIPSTA="192.168.6.100"',
			'AT+CIPAP="192.168.5.1"',
			'AT+CWHOSTNAME="my_test"',
			'AT+CWCOUNTRY=1,"CN",1,13',
		])
			assert.equal(await it.send(line), NO_WIFI, line);
		for (const [name, line] of [
			["+CWMODE", "3"],
			["+CWSTATE", '0,""'],
			["+CWRECONNCFG", "0,0"],
			["+CWSAP", '"ESP_000002","",1,0,10,0'],
			["+CWDHCP", "3"],
			["+CWDHCPS", '120,"192.168.4.2","192.168.4.101"'],
			["+CWAUTOCONN", "1"],
			["+CWAPPROTO", "7"],
			["+CWSTAPROTO", "7"],
			["+CIPSTAMAC", '"7c:df:a1:00:00:01"'],
			["+CIPAPMAC", '"7c:df:a1:00:00:02"'],
			["+CWHOSTNAME", "espressif"],
			["+CWCOUNTRY", '1,"CN",1,13'],
		] as const)
			await shows(it, name, line);
		assert.equal(await it.send("AT+CWJAP?"), `No AP\r\n${OK}`);
		for (const line of ["AT+CWRECONNCFG=1,1", "AT+CWLAPOPT=1,31", "AT+CWAUTOCONN=1"])
			assert.equal(await it.send(line), OK, `${line} needs no driver`);
	});
	it("is 1 after a restart", async () => {
		const it = await device(1);
		assert.equal(await it.send("AT+CWINIT=0"), OK);
		it.restart();
		await shows(it, "+CWINIT", "1");
		await shows(it, "+CWMODE", "1");
		assert.equal(it.wifi.mode, 1);
	});
	it("of a radio that refuses stays what it was", async () => {
		const it = await online();
		it.wifi.broken = true;
		assert.equal(await it.send("AT+CWINIT=0"), REFUSED);
		await shows(it, "+CWSTATE", '2,"net"');
		await shows(it, "+CWINIT", "1");
		it.wifi.broken = false;
		assert.equal(await it.send("AT+CWINIT=0"), DISCONNECT + OK);
		it.wifi.broken = true;
		assert.equal(await it.send("AT+CWINIT=1"), REFUSED);
		await shows(it, "+CWINIT", "0");
		assert.equal(await it.send("AT+CWJAP"), NO_WIFI);
		it.wifi.broken = false;
		assert.equal(await it.send("AT+CWINIT=1"), OK + JOINED);
	});
	it("of a driver that does not end is on again", async () => {
		const it = await online();
		it.wifi.clings = true;
		assert.equal(await it.send("AT+CWINIT=0"), DISCONNECT + REFUSED + JOINED);
		await shows(it, "+CWINIT", "1");
	});
	it("refuses what cannot be", async () => {
		const it = await device(0);
		for (const [values, number] of [
			["2", 0x01070000],
			["-1", 0x01070000],
			["1,1", 0x01060102],
			['"1"', 0x01050000],
		] as const)
			assert.equal(await it.send(`AT+CWINIT=${values}`), errorNumber(number), values);
		assert.equal(await it.send("AT+CWINIT"), WRONG_FORM);
	});
});

for (const [name, index] of [
	["+CWSTAPROTO", 0],
	["+CWAPPROTO", 1],
] as const) {
	describe(`AT${name}`, () => {
		it("is bgn, and takes b and bg, in any mode", async () => {
			for (const mode of [0, 1, 2, 3]) {
				const it = await device(mode);
				await shows(it, name, "7");
				for (const bits of [1, 3, 7]) {
					assert.equal(await it.send(`AT${name}=${bits}`), OK);
					await shows(it, name, `${bits}`);
					assert.equal(it.wifi.protocols[index], bits);
					assert.equal(it.wifi.protocols[1 - index], 7, "the other interface is not its affair");
				}
			}
		});
		it("refuses the mixtures that the radio does not know, and what is none", async () => {
			const it = await device(3);
			for (const value of ["0", "2", "4", "5", "6", "8", "-1"])
				assert.equal(await it.send(`AT${name}=${value}`), errorNumber(0x01070000), value);
			assert.equal(await it.send(`AT${name}="7"`), errorNumber(0x01050000));
			assert.equal(await it.send(`AT${name}=7,1`), errorNumber(0x01060102));
			assert.equal(await it.send(`AT${name}`), WRONG_FORM);
			await shows(it, name, "7");
		});
		it("is stored, and set at the start; not with SYSSTORE=0", async () => {
			const it = await device(3);
			assert.equal(await it.write(`AT${name}=3\r\nAT+SYSSTORE=0\r\nAT${name}=1\r\n`), OK + OK + OK);
			it.restart();
			await shows(it, name, "3");
			assert.equal(it.wifi.protocols[index], 3);
		});
		it("of a radio that refuses, or a full flash, stays what it was", async () => {
			const it = await device(3);
			it.wifi.broken = true;
			assert.equal(await it.send(`AT${name}=3`), REFUSED);
			it.wifi.broken = false;
			it.storage.full = true;
			assert.equal(await it.send(`AT${name}=3`), REFUSED);
			await shows(it, name, "7");
			assert.equal(it.wifi.protocols[index], 7);
		});
	});
}

describe("AT+CWHOSTNAME", () => {
	it("is taken by the radio, of 1 to 32 bytes, and not stored", async () => {
		const it = await device(3);
		await shows(it, "+CWHOSTNAME", "espressif");
		for (const name of ["m", "my_test", "h".repeat(32), "\xc3\xa9"]) {
			assert.equal(await it.send(`AT+CWHOSTNAME="${name}"`), OK);
			await shows(it, "+CWHOSTNAME", name);
			assert.equal(it.wifi.hostName, name);
		}
		it.restart();
		await shows(it, "+CWHOSTNAME", "espressif");
	});
	it("needs the station", async () => {
		for (const mode of [0, 2]) assert.equal(await (await device(mode)).send('AT+CWHOSTNAME="a"'), WRONG_MODE);
	});
	it("refuses what cannot be", async () => {
		const it = await device(1);
		assert.equal(await it.send('AT+CWHOSTNAME=""'), errorNumber(0x01040000));
		assert.equal(await it.send(`AT+CWHOSTNAME="${"h".repeat(33)}"`), errorNumber(0x01040000));
		assert.equal(await it.send('AT+CWHOSTNAME="a\0b"'), errorNumber(0x01070000));
		assert.equal(await it.send("AT+CWHOSTNAME=a"), errorNumber(0x01050000));
		assert.equal(await it.send('AT+CWHOSTNAME="a","b"'), errorNumber(0x01060102));
		assert.equal(await it.send("AT+CWHOSTNAME"), WRONG_FORM);
		await shows(it, "+CWHOSTNAME", "espressif");
	});
});

describe("AT+CWCOUNTRY", () => {
	it("sets policy, code and channels, in any mode, and is not stored", async () => {
		for (const mode of [0, 1, 2, 3]) {
			const it = await device(mode);
			await shows(it, "+CWCOUNTRY", '1,"CN",1,13');
			for (const values of ['0,"US",1,11', '1,"JP",1,14', '1,"JPI",14,1', '0,"01",14,1']) {
				assert.equal(await it.send(`AT+CWCOUNTRY=${values}`), OK);
				await shows(it, "+CWCOUNTRY", values);
			}
			it.restart();
			await shows(it, "+CWCOUNTRY", '1,"CN",1,13');
		}
	});
	it("refuses what cannot be, and stays what it was", async () => {
		const it = await device(3);
		for (const [values, number] of [
			['2,"CN",1,13', 0x01070000],
			['-1,"CN",1,13', 0x01070000],
			['1,"C",1,13', 0x01040001],
			['1,"",1,13', 0x01040001],
			['1,"CNCN",1,13', 0x01040001],
			['1,"C\0",1,13', 0x01070001],
			['1,"CN",0,13', 0x01070002],
			['1,"CN",15,1', 0x01070002],
			['1,"CN",1,0', 0x01070003],
			['1,"CN",1,15', 0x01070003],
			['1,"CN",2,14', 0x01070003],
			['1,"CN",14,2', 0x01070003],
			['1,"CN",1', 0x01060403],
			['1,"CN",1,13,1', 0x01060405],
			["1,86,1,13", 0x01050001],
		] as const)
			assert.equal(await it.send(`AT+CWCOUNTRY=${values}`), errorNumber(number), values);
		assert.equal(await it.send("AT+CWCOUNTRY"), WRONG_FORM);
		await shows(it, "+CWCOUNTRY", '1,"CN",1,13');
	});
	it("of a radio that refuses stays what it was", async () => {
		const it = await device(1);
		it.wifi.broken = true;
		assert.equal(await it.send('AT+CWCOUNTRY=1,"US",1,11'), REFUSED);
		it.wifi.broken = false;
		await shows(it, "+CWCOUNTRY", '1,"CN",1,13');
	});
});

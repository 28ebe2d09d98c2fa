// SPDX-License-Identifier: Apache-2.0

/** MAC addresses of the two interfaces (guide 3.2.18, 3.2.19). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { errorNumber, OK } from "./answers";
import { boot, type Device } from "../shims/device";

const JOINED = "WIFI CONNECTED\r\nWIFI GOT IP\r\n";
const DISCONNECT = "WIFI DISCONNECT\r\n";
const REFUSED = errorNumber(0x010a0000);
const NO_WIFI = errorNumber(0x010a0017);

/** With error numbers, and an access point in reach. */
async function device(mode: number): Promise<Device> {
	const it = boot({ accessPoints: [{ ssid: "net" }] });
	assert.equal(await it.write(`AT+SYSLOG=1\r\nAT+CWMODE=${mode}\r\n`), OK + OK);
	return it;
}

async function joined(): Promise<Device> {
	const it = await device(1);
	assert.equal(await it.send('AT+CWJAP="net"'), JOINED + OK);
	return it;
}

for (const [name, own, other, index, key] of [
	["+CIPSTAMAC", "7c:df:a1:00:00:01", "7c:df:a1:00:00:02", 0, "sta_mac"],
	["+CIPAPMAC", "7c:df:a1:00:00:02", "7c:df:a1:00:00:01", 1, "ap_mac"],
] as const) {
	describe(`AT${name}`, () => {
		const shows = async (it: Device, mac: string, asked: string = name): Promise<void> => {
			assert.equal(await it.send(`AT${asked}?`), `${asked}:"${mac}"\r\n${OK}`);
		};

		it("shows it, and sets another, in any mode and spelling", async () => {
			for (const mode of [0, 1, 2, 3]) {
				const it = await device(mode);
				await shows(it, own);
				assert.equal(await it.send(`AT${name}="1A:fe:35:98:D3:7b"`), OK);
				await shows(it, "1a:fe:35:98:d3:7b");
				assert.equal(it.wifi.macs[index], "1a:fe:35:98:d3:7b");
			}
		});
		it("refuses what cannot be, and stays what it was", async () => {
			const it = await device(3);
			for (const [value, number] of [
				['"15:fe:35:98:d3:7b"', 0x01070000],
				['"ff:ff:ff:ff:ff:ff"', 0x01070000],
				['"FF:FF:FF:FF:FF:FF"', 0x01070000],
				['"00:00:00:00:00:00"', 0x01070000],
				[`"${other}"`, 0x01070000],
				[`"${other.toUpperCase()}"`, 0x01070000],
				['"1a:fe:35:98:d3"', 0x01070000],
				['"1a-fe-35-98-d3-7b"', 0x01070000],
				['"1g:fe:35:98:d3:7b"', 0x01070000],
				['""', 0x01070000],
				['"1a:fe:35:98:d3:7b:"', 0x01040000],
				["1", 0x01050000],
				['"1a:fe:35:98:d3:7b",1', 0x01060102],
			] as const)
				assert.equal(await it.send(`AT${name}=${value}`), errorNumber(number), value);
			assert.equal(await it.send(`AT${name}`), errorNumber(0x010c0000));
			await shows(it, own);
		});
		it("of a radio that refuses, or a full flash, stays what it was", async () => {
			const it = await device(3);
			it.wifi.broken = true;
			assert.equal(await it.send(`AT${name}="1a:fe:35:98:d3:7b"`), REFUSED);
			it.wifi.broken = false;
			it.storage.full = true;
			assert.equal(await it.send(`AT${name}="1a:fe:35:98:d3:7b"`), REFUSED);
			await shows(it, own);
			assert.equal(it.wifi.macs[index], own);
		});
		it("is stored, whatever the mode is at the start; not with SYSSTORE=0, nor as _CUR, but as _DEF", async () => {
			const it = await device(0);
			assert.equal(await it.send(`AT${name}="1a:fe:35:98:d3:7b"`), OK);
			assert.equal(await it.send(`AT${name}_CUR="1a:fe:35:98:d3:7c"`), OK);
			await shows(it, "1a:fe:35:98:d3:7c", `${name}_CUR`);
			it.restart();
			await shows(it, "1a:fe:35:98:d3:7b");
			assert.equal(await it.write(`AT+SYSSTORE=0\r\nAT${name}="1a:fe:35:98:d3:7d"\r\n`), OK + OK);
			it.restart();
			await shows(it, "1a:fe:35:98:d3:7b");
			assert.equal(await it.write(`AT+SYSSTORE=0\r\nAT${name}_DEF="1a:fe:35:98:d3:7e"\r\n`), OK + OK);
			assert.equal((it.storage.contents() as Record<string, unknown>)[`at.${key}`], "1a:fe:35:98:d3:7e");
			it.restart();
			await shows(it, "1a:fe:35:98:d3:7e");
		});
		it("needs the driver", async () => {
			const it = await device(3);
			assert.equal(await it.send("AT+CWINIT=0"), OK);
			assert.equal(await it.send(`AT${name}="1a:fe:35:98:d3:7b"`), NO_WIFI);
		});
	});
}

describe("AT+CIPSTAMAC while joined", () => {
	it("loses the access point, and is back as AT+CWRECONNCFG says", async () => {
		const it = await joined();
		assert.equal(await it.send('AT+CIPSTAMAC="1a:fe:35:98:d3:7b"'), OK + DISCONNECT);
		assert.equal(await it.advance(1000), JOINED);
	});
	it("or while it is joining in the background: that begins anew", async () => {
		const it = await joined();
		it.wifi.accessPoints[0]!.delay = 1000;
		assert.equal(await it.send("AT+CWMODE=0"), DISCONNECT + OK);
		assert.equal(await it.send("AT+CWMODE=1"), OK);
		assert.equal(await it.advance(500), "");
		assert.equal(await it.send('AT+CIPSTAMAC="1a:fe:35:98:d3:7b"'), OK);
		assert.equal(await it.advance(999), "");
		assert.equal(await it.advance(1), JOINED);
	});
});

describe("AT+CIPAPMAC", () => {
	it("changes the name that is made of it, in the air too", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CIPAPMAC="1a:fe:35:98:d3:7b"'), OK);
		assert.equal(await it.send("AT+CWSAP?"), `+CWSAP:"ESP_98D37B","",1,0,10,0\r\n${OK}`);
		assert.equal(it.softAp.configuration?.ssid, "ESP_98D37B");
		it.restart();
		assert.equal(await it.send("AT+CWSAP?"), `+CWSAP:"ESP_98D37B","",1,0,10,0\r\n${OK}`);
		assert.equal(it.softAp.configuration.ssid, "ESP_98D37B");
	});
	it("does not change a name that was set", async () => {
		const it = await device(2);
		assert.equal(await it.send('AT+CWSAP="mine","",1,0'), OK);
		assert.equal(await it.send('AT+CIPAPMAC="1a:fe:35:98:d3:7b"'), OK);
		assert.equal(await it.send("AT+CWSAP?"), `+CWSAP:"mine","",1,0,10,0\r\n${OK}`);
	});
});

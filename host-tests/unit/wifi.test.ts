// SPDX-License-Identifier: Apache-2.0

/** Wi-Fi commands (guide 3.2). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { BUSY, ERROR, errorNumber, OK } from "./answers";
import { boot } from "../shims/device";
import type { JoinRequest } from "../shims/wifi";
import { DISCONNECT, JOIN, JOINED, NET, joined, state, station } from "./station";

describe("AT+CWMODE", () => {
	it("starts the radio, is told and stored", async () => {
		const device = boot();
		assert.equal(await device.send("AT+CWMODE?"), `+CWMODE:0\r\n${OK}`);
		for (const mode of [3, 2, 1]) {
			assert.equal(await device.send(`AT+CWMODE=${mode}`), OK);
			assert.equal(device.wifi.mode, mode);
		}
		assert.equal(await device.send("AT+CWMODE=4"), ERROR);
		device.restart();
		assert.equal(await device.send("AT+CWMODE?"), `+CWMODE:1\r\n${OK}`);
		assert.equal(device.wifi.mode, 1);
	});
	it("without the station leaves the access point", async () => {
		const device = await joined();
		assert.equal(await device.send("AT+CWMODE=2"), DISCONNECT + OK);
		assert.equal(await state(device), '0,"net"');
	});
	it("with the station anew joins what is stored, unless auto_connect is 0", async () => {
		const device = await joined();
		assert.equal(await device.send("AT+CWMODE=0"), DISCONNECT + OK);
		assert.equal(await device.send("AT+CWMODE=1,0"), OK);
		assert.equal(await device.send("AT+CWMODE=0"), OK);
		assert.equal(await device.send("AT+CWMODE=1"), OK + JOINED);
		assert.equal(await device.send("AT+CWMODE=3"), OK, "it was up already");
	});
	it("is an error when the radio does not do it, and the station stays joined", async () => {
		const device = await joined();
		device.wifi.broken = true;
		assert.equal(await device.send("AT+CWMODE=2"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+CWMODE?"), `+CWMODE:1\r\n${OK}`);
		assert.equal(await state(device), '2,"net"');
	});
	it("that does not fit into flash stays what it was", async () => {
		const device = await station();
		device.storage.full = true;
		assert.equal(await device.send("AT+CWMODE=2"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+CWMODE?"), `+CWMODE:1\r\n${OK}`);
		assert.equal(device.wifi.mode, 1);
	});
	it("is an error when the radio does not start, and stays what it was", async () => {
		const device = boot();
		device.wifi.broken = true;
		assert.equal(await device.send("AT+CWMODE=1"), ERROR);
		assert.equal(await device.send("AT+CWMODE?"), `+CWMODE:0\r\n${OK}`);
	});
});

describe("AT+CWJAP", () => {
	it("joins: both messages, then OK", async () => {
		const device = await station(NET);
		assert.equal(await device.send("AT+CWJAP?"), `No AP\r\n${OK}`);
		assert.equal(await device.send(JOIN), JOINED + OK);
		assert.equal(await device.send("AT+CWJAP?"), `+CWJAP:"net","02:00:00:00:00:aa",6,-61,0,1,3,0,1\r\n${OK}`);
		assert.equal(await state(device), '2,"net"');
	});
	it("says each step when it comes; who asks meanwhile is told busy", async () => {
		const device = await station({ ...NET, delay: 1000, dhcpDelay: 500 });
		assert.equal(await device.send(JOIN), "");
		assert.equal(await device.send("AT"), `ERR CODE:0x010b0000\r\n${BUSY}`);
		assert.equal(await device.advance(999), "");
		assert.equal(await device.advance(1), "WIFI CONNECTED\r\n");
		assert.equal(await device.advance(499), "");
		assert.equal(await device.advance(1), `WIFI GOT IP\r\n${OK}`);
	});
	it("tells why it failed", async () => {
		const slow = { ssid: "slow", delay: 15_001 };
		const device = await station(NET, { ssid: "refuses", refuse: true }, slow);
		const fails = (code: number): string => `+CWJAP:${code}\r\n${errorNumber(0x010a0000 + code)}`;
		assert.equal(await device.send('AT+CWJAP="net","wrong password"'), fails(2));
		assert.equal(await device.send('AT+CWJAP="nowhere","12345678"'), fails(3));
		assert.equal(await device.send('AT+CWJAP="refuses"'), fails(4));
		assert.equal(await device.send('AT+CWJAP="slow"'), "");
		assert.equal(await device.advance(14_999), "");
		assert.equal(await device.advance(1), fails(1));
		assert.equal(await device.advance(100_000), "", "the late answer is nobody's");
		assert.equal(await state(device), '4,"slow"');
	});
	it("without an address fails in time, and the access point is left", async () => {
		const device = await station({ ...NET, dhcp: false });
		assert.equal(await device.send('AT+CWJAP="net","12345678",,,,,,5'), "WIFI CONNECTED\r\n");
		assert.equal(await device.advance(4999), "");
		assert.equal(await device.advance(1), `${DISCONNECT}+CWJAP:1\r\n${errorNumber(0x010a0001)}`);
		assert.equal(await state(device), '4,"net"');
	});
	it("fails when the access point throws the station out meanwhile", async () => {
		const device = await station({ ...NET, dhcp: false });
		assert.equal(await device.send(JOIN), "WIFI CONNECTED\r\n");
		device.wifi.drop();
		assert.equal(await device.heard(), `${DISCONNECT}+CWJAP:4\r\n${errorNumber(0x010a0004)}`);
	});
	it("while joined leaves first", async () => {
		const device = await joined({ ssid: "other" });
		assert.equal(await device.send('AT+CWJAP="other"'), DISCONNECT + JOINED + OK);
		assert.equal(await state(device), '2,"other"');
		assert.equal(await device.send("AT+CWJAP"), DISCONNECT + JOINED + OK, "again");
	});
	it("hands the radio what was asked", async () => {
		const device = await station(NET);
		const requests: JoinRequest[] = [];
		device.wifi.on("join", it => requests.push(it));
		const line = 'AT+CWJAP="net","12345678","02:00:00:00:00:AA",1,0,100,1,3,3';
		assert.match(await device.send(line), /^\+CWJAP:3/, "no such bssid");
		assert.equal(await device.send('AT+CWJAP="n\\"t\\\\,","p\\,"'), errorNumber(0x01040001), "a short password");
		assert.match(await device.send('AT+CWJAP="n\\"t\\\\,","\0assw\xf6rd"'), /^\+CWJAP:3/);
		const rest = { pciEnabled: 0, listenInterval: 3, scanMode: 0, pmf: 1 };
		assert.deepEqual(requests, [
			{
				...{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:AA" },
				...{ pciEnabled: 1, listenInterval: 100, scanMode: 1, pmf: 3 },
			},
			{ ssid: 'n"t\\,', password: "\0assw\xf6rd", bssid: "", ...rest },
		]);
	});
	it("refuses what cannot be", async () => {
		const device = await station(NET);
		for (const [values, number] of [
			['""', 0x01070000],
			[`"${"s".repeat(33)}"`, 0x01040000],
			['"net","1234567"', 0x01040001],
			[`"net","${"p".repeat(64)}"`, 0x01040001],
			['"net","12345678","02:00:00:00:00"', 0x01070002],
			['"net","12345678","02-00-00-00-00-aa"', 0x01070002],
			['"net","12345678","02:00:00:00:00:ag"', 0x01070002],
			['"net","12345678",,2', 0x01070003],
			['"net","12345678",,,7201', 0x01070004],
			['"net","12345678",,,,0', 0x01070005],
			['"net","12345678",,,,,2', 0x01070006],
			['"net","12345678",,,,,,2', 0x01070007],
			['"net","12345678",,,,,,601', 0x01070007],
			['"net","12345678",,,,,,,4', 0x01070008],
			['"net","12345678",,,,,,,,1', 0x0106090a],
			["net", 0x01050000],
		] as const)
			assert.equal(await device.send(`AT+CWJAP=${values}`), errorNumber(number), values);
		assert.equal(await state(device), '0,""', "none of them was tried");
	});
	it("needs the station, and something to join", async () => {
		const device = boot({ accessPoints: [NET] });
		assert.equal(await device.send(JOIN), ERROR);
		assert.equal(await device.send("AT+CWMODE=1"), OK);
		assert.equal(await device.send("AT+CWJAP"), ERROR);
		assert.equal(await device.send("AT+CWJAP="), ERROR);
		assert.equal(await device.send('AT+CWJAP=,"12345678"'), ERROR);
	});
	it("without a name keeps the bssid too, unless another is named", async () => {
		const device = await joined();
		const bssids: string[] = [];
		device.wifi.on("join", it => bssids.push(it.bssid));
		const other = DISCONNECT + JOINED + OK;
		assert.equal(await device.send(`${JOIN},"02:00:00:00:00:aa"`), other);
		assert.equal(await device.send("AT+CWJAP=,"), other);
		assert.equal(await device.send("AT+CWJAP"), other);
		assert.equal(await device.send('AT+CWJAP=,,""'), other);
		assert.equal(await device.send(JOIN), other);
		assert.deepEqual(bssids, ["02:00:00:00:00:aa", "02:00:00:00:00:aa", "02:00:00:00:00:aa", "", ""]);
	});
	it("is stored, and joined at power-up: the messages come after ready", async () => {
		const device = await joined();
		device.restart();
		assert.equal(await device.heard(), JOINED);
		assert.equal(await device.send("AT+RST"), `${OK}\r\nready\r\n${JOINED}`);
	});
	it("is not joined at power-up when SYSSTORE=0 or the mode has no station", async () => {
		const device = boot({ accessPoints: [NET] });
		assert.equal(await device.write(`AT+CWMODE=1\r\nAT+SYSSTORE=0\r\n${JOIN}\r\n`), OK + OK + JOINED + OK);
		device.restart();
		assert.equal(await device.heard(), "");
		assert.equal(await device.write(`${JOIN}\r\n`), JOINED + OK);
		assert.equal(await device.send("AT+CWMODE=2"), DISCONNECT + OK);
		device.restart();
		assert.equal(await device.heard(), "");
	});
});

describe("a stored value that no command would have stored", () => {
	it("does not keep the device from its ready", async () => {
		const storage = {
			at: { cwmode: 1, ssid: "s".repeat(33), password: "p".repeat(65), bssid: "no bssid at all!!!" },
		};
		const device = boot({ storage, quiet: true });
		assert.equal(await device.send("AT"), OK);
		assert.deepEqual(device.log, ["join: RangeError: string too long\n"]);
	});
});

describe("a station that is thrown out", () => {
	it("says so, and is back after the interval, as often as it takes", async () => {
		const device = await joined();
		device.wifi.accessPoints[0]!.absent = true;
		device.wifi.drop();
		assert.equal(await device.heard(), DISCONNECT);
		assert.equal(await state(device), '3,"net"');
		assert.equal(await device.advance(10_000), "", "each second in vain");
		device.wifi.accessPoints[0]!.absent = false;
		assert.equal(await device.advance(1000), JOINED);
		assert.equal(await state(device), '2,"net"');
	});
	it("stays out with an interval of 0", async () => {
		const device = await station(NET);
		assert.equal(await device.send('AT+CWJAP="net","12345678",,,0'), JOINED + OK);
		device.wifi.drop();
		assert.equal(await device.heard(), DISCONNECT);
		assert.equal(await device.advance(1_000_000), "");
	});
	it("stays out after AT+CWQAP", async () => {
		const device = await joined();
		device.wifi.drop();
		assert.equal(await device.heard(), DISCONNECT);
		assert.equal(await device.send("AT+CWQAP"), OK);
		assert.equal(await device.advance(1_000_000), "");
	});
});

describe("names of older firmware", () => {
	it("answer by the name that was asked; _CUR is not stored, _DEF is", async () => {
		const device = boot({ accessPoints: [NET] });
		assert.equal(await device.send("AT+CWMODE_CUR=1"), OK);
		assert.equal(await device.send("AT+CWMODE_CUR?"), `+CWMODE_CUR:1\r\n${OK}`);
		assert.equal(await device.send('AT+CWJAP_CUR="net","12345678"'), JOINED + OK);
		assert.equal(await device.send('AT+CWJAP_CUR="net","wrong password"'), `${DISCONNECT}+CWJAP_CUR:2\r\n${ERROR}`);
		assert.deepEqual(device.storage.contents(), {});
		assert.equal(await device.send("AT+SYSSTORE=0"), OK);
		assert.equal(await device.send("AT+CWMODE_DEF=3"), OK);
		assert.deepEqual(device.storage.contents(), { "at.cwmode": 3 });
	});
});

describe("AT+CWQAP", () => {
	it("leaves: the message, then OK", async () => {
		const device = await joined();
		assert.equal(await device.send("AT+CWQAP"), DISCONNECT + OK);
		assert.equal(await device.send("AT+CWQAP"), OK, "nothing to leave");
		assert.equal(await device.send("AT+CWJAP?"), `No AP\r\n${OK}`);
		assert.equal(await state(device), '4,"net"');
	});
	it("needs the station", async () => {
		assert.equal(await boot().send("AT+CWQAP"), ERROR);
	});
});

describe("AT+CWSTATE?", () => {
	it("tells all five states", async () => {
		const device = await station({ ...NET, delay: 3000, dhcpDelay: 10_000 });
		assert.equal(await state(device), '0,""');
		assert.equal(await device.send("AT+CWMODE=0"), OK);
		assert.equal(await device.send("AT+CWMODE=1"), OK);
		device.storage.set("at", "ssid", "net");
		device.storage.set("at", "password", "12345678");
		device.restart();
		assert.equal(await state(device), '3,"net"');
		assert.equal(await device.advance(3000), "WIFI CONNECTED\r\n");
		assert.equal(await state(device), '1,"net"');
		assert.equal(await device.advance(10_000), "WIFI GOT IP\r\n");
		assert.equal(await state(device), '2,"net"');
		assert.equal(await device.send("AT+CWQAP"), DISCONNECT + OK);
		assert.equal(await state(device), '4,"net"');
	});
});

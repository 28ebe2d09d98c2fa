// SPDX-License-Identifier: Apache-2.0

/** Basic commands (guide 3.1). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ERROR, errorNumber, OK } from "./answers";
import { boot } from "../shims/device";
import { Storage } from "../shims/storage";

describe("at boot", () => {
	it("ready is said, and nothing else", async () => {
		assert.equal(await boot({ echo: true }).heard(), "\r\nready\r\n");
	});
	it("the UART is as it was stored", () => {
		const storage = { UART: { rate: 9600, databits: 7, stopbits: 3, parity: 2, flow_ctrl: 0 } };
		assert.deepEqual(boot({ storage }).serial.configuration, [9600, 7, 3, 2, 0]);
		assert.deepEqual(boot().serial.configuration, [115200, 8, 1, 0, 1]);
	});
});

describe("AT", () => {
	it("is OK", async () => {
		const device = boot();
		assert.equal(await device.send("AT"), OK);
		assert.equal(await device.send("AT?"), ERROR);
		assert.equal(await device.send("AT=1"), ERROR);
	});
});

describe("ATE", () => {
	it("1 echoes lines from the next one on, 0 does not", async () => {
		const device = boot({ echo: true });
		await device.heard();
		assert.equal(await device.send("AT"), `AT\r\n${OK}`);
		assert.equal(await device.send("noise\xff"), `noise\xff\r\n${ERROR}`);
		assert.equal(await device.send("ATE0"), `ATE0\r\n${OK}`);
		assert.equal(await device.send("AT"), OK);
		assert.equal(await device.send("ATE1"), OK);
		assert.equal(await device.send("AT"), `AT\r\n${OK}`);
		assert.equal(await device.send("ATE2"), `ATE2\r\n${ERROR}`);
	});
});

describe("AT+RST", () => {
	it("is OK, then ready; what SYSSTORE stored stays, what is never stored is gone", async () => {
		const device = boot();
		for (const line of ["AT+SYSMSG=5", "AT+SYSLOG=1", "AT+CIPMUX=1", "AT+TRANSINTVL=7"])
			assert.equal(await device.send(line), OK);
		assert.equal(await device.send("AT+RST"), `${OK}\r\nready\r\n`);
		assert.equal(await device.send("ATE0"), `ATE0\r\n${OK}`, "the echo is on");
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:5\r\n${OK}`);
		assert.equal(await device.send("AT+SYSLOG?"), `+SYSLOG:0\r\n${OK}`);
		assert.equal(await device.send("AT+NO"), ERROR, "without a number");
		assert.equal(await device.send("AT+CIPMUX?"), `+CIPMUX:0\r\n${OK}`);
		assert.equal(await device.send("AT+TRANSINTVL?"), `+TRANSINTVL:20\r\n${OK}`);
	});
	it("loses what comes behind it: lines wait for nobody who restarts", async () => {
		const device = boot();
		assert.equal(await device.write("AT+RST\r\nAT+GMR\r\n"), `${OK}\r\nready\r\n`);
	});
	it("does not wait for ever for a host that does not read", async () => {
		const device = boot();
		device.serial.pause();
		assert.equal(await device.send("AT+RST"), "");
		await device.advance(500);
		device.serial.resume();
		assert.equal(await device.heard(), "\r\nready\r\n");
	});
});

describe("AT+GMR", () => {
	it("has four lines, with what drivers look for", async () => {
		assert.equal(
			await boot().send("AT+GMR"),
			"AT version:3.4.0.0(abcdef0 - ESP32S2 - Jan  1 2026 00:00:00)\r\n" +
				"SDK version:fake\r\n" +
				"compile time(abcdef0):Jan  1 2026 00:00:00\r\n" +
				`Bin version:xs-at-0.1.0(MINI)\r\n${OK}`,
		);
	});
});

describe("AT+CMD?", () => {
	it("lists each command once, with the forms it has", async () => {
		const answer = await boot().send("AT+CMD?");
		assert.ok(answer.endsWith(OK));
		const lines = answer.slice(0, -OK.length).trimEnd().split("\r\n");
		const forms = new Map<string, string>();
		for (const [index, line] of lines.entries()) {
			const [, number, name = "", all = ""] = /^\+CMD:(\d+),"([^"]+)",([01],[01],[01],[01])$/.exec(line) ?? [];
			assert.equal(number, String(index), line);
			assert.ok(!forms.has(name), line);
			forms.set(name, all);
		}
		/* test, query, set, execute */
		for (const [name, all] of [
			["AT", "0,0,0,1"],
			["ATE0", "0,0,0,1"],
			["AT+CMD", "0,1,0,0"],
			["AT+SYSMSG", "1,1,1,0"],
			["AT+CWJAP", "1,1,1,1"],
			["AT+CIPSTART", "1,0,1,0"],
			["AT+HELLO", "1,0,1,1"],
		] as const)
			assert.equal(forms.get(name), all, name);
	});
});

describe("AT+RESTORE", () => {
	it("erases what the user stored, restarts, and all is as it came", async () => {
		const storage = new Storage({ at: { sysmsg: 7 }, UART: { rate: 9600 } }, { factory_param: { module: 3 } });
		const device = boot({ storage });
		assert.equal(await device.send("AT+RESTORE"), `${OK}\r\nready\r\n`);
		assert.deepEqual(storage.contents(), {});
		assert.deepEqual(device.serial.configuration, [115200, 8, 1, 0, 1]);
		assert.equal(storage.factory("factory_param", "module"), 3);
		assert.equal(await device.send("AT+SYSMSG?"), `AT+SYSMSG?\r\n+SYSMSG:0\r\n${OK}`);
	});
});

describe("AT+UART_CUR", () => {
	it("changes the UART after its OK, and nothing in flash", async () => {
		const device = boot();
		let atOk: number | undefined;
		device.serial.on("data", () => (atOk = device.serial.configuration[0]));
		assert.equal(await device.send("AT+UART_CUR=9600,7,3,1,2"), OK);
		assert.equal(atOk, 115200);
		assert.deepEqual(device.serial.configuration, [9600, 7, 3, 1, 2]);
		assert.equal(await device.send("AT+UART_CUR?"), `+UART_CUR:9600,7,3,1,2\r\n${OK}`);
		assert.deepEqual(device.storage.contents(), {});
		device.restart();
		assert.equal(await device.send("AT+UART_CUR?"), `+UART_CUR:115200,8,1,0,1\r\n${OK}`);
	});
	it("checks its ranges", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSLOG=1"), OK);
		for (const [values, number] of [
			["79,8,1,0,0", 0x01070000],
			["5000001,8,1,0,0", 0x01070000],
			["9600,4,1,0,0", 0x01070001],
			["9600,8,0,0,0", 0x01070002],
			["9600,8,1,3,0", 0x01070003],
			["9600,8,1,0,4", 0x01070004],
			["9600,8,1,0", 0x01060504],
		] as const)
			assert.equal(await device.send(`AT+UART_CUR=${values}`), errorNumber(number), values);
		assert.deepEqual(device.serial.configuration, [115200, 8, 1, 0, 1]);
	});
});

describe("AT+UART_DEF", () => {
	for (const name of ["AT+UART_DEF", "AT+UART"])
		it(`(${name}) is in force now and after a restart`, async () => {
			const device = boot();
			assert.equal(await device.send(`${name}=9600,7,3,1,2`), OK);
			assert.deepEqual(device.serial.configuration, [9600, 7, 3, 1, 2]);
			device.restart();
			assert.deepEqual(device.serial.configuration, [9600, 7, 3, 1, 2]);
			assert.equal(await device.send("AT+UART_DEF?"), `+UART_DEF:9600,7,3,1,2\r\n${OK}`);
		});
	it("is asked for what is stored, AT+UART and AT+UART_CUR for what is in force", async () => {
		const device = boot();
		assert.equal(await device.send("AT+UART_CUR=9600,8,1,0,0"), OK);
		assert.equal(await device.send("AT+UART_DEF?"), `+UART_DEF:115200,8,1,0,1\r\n${OK}`);
		assert.equal(await device.send("AT+UART?"), `+UART:9600,8,1,0,0\r\n${OK}`);
	});
	it("is stored whatever SYSSTORE says", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSSTORE=0"), OK);
		assert.equal(await device.send("AT+UART_DEF=9600,8,1,0,0"), OK);
		assert.equal(device.storage.get("UART", "rate"), 9600);
	});
	it("changes nothing when there is no room in flash", async () => {
		const device = boot();
		device.storage.full = true;
		assert.equal(await device.send("AT+UART_DEF=9600,8,1,0,0"), ERROR);
		assert.deepEqual(device.serial.configuration, [115200, 8, 1, 0, 1]);
	});
});

describe("AT+SYSRAM?", () => {
	it("tells what is free, and the least that ever was", async () => {
		assert.equal(await boot().send("AT+SYSRAM?"), `+SYSRAM:150000,140000\r\n${OK}`);
	});
});

describe("AT+SYSMSG", () => {
	it("is set, told and stored", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:0\r\n${OK}`);
		assert.equal(await device.send("AT+SYSMSG=7"), OK);
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:7\r\n${OK}`);
		assert.equal(await device.send("AT+SYSMSG=8"), ERROR);
		device.restart();
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:7\r\n${OK}`);
	});
	it("is an error when it should have been stored and could not be", async () => {
		const device = boot();
		device.storage.full = true;
		assert.equal(await device.send("AT+SYSMSG=1"), ERROR);
		device.restart();
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:0\r\n${OK}`);
	});
});

describe("AT+SYSLOG", () => {
	it("1 puts the number before ERROR", async () => {
		const device = boot();
		assert.equal(await device.send("AT+NO"), ERROR);
		assert.equal(await device.send("AT+SYSLOG=1"), OK);
		assert.equal(await device.send("AT+NO"), errorNumber(0x01090000));
		assert.equal(await device.send("no"), errorNumber(0x01030000));
		assert.equal(await device.send("AT".padEnd(257, "x")), errorNumber(0x01040000));
		assert.equal(await device.send("AT+SYSLOG?"), `+SYSLOG:1\r\n${OK}`);
		assert.equal(await device.send("AT+SYSLOG=0"), OK);
		assert.equal(await device.send("AT+NO"), ERROR);
	});
});

describe("AT+SYSSTORE", () => {
	it("0 keeps what is set from flash", async () => {
		const device = boot();
		assert.equal(await device.send("AT+SYSSTORE?"), `+SYSSTORE:1\r\n${OK}`);
		assert.equal(await device.send("AT+SYSSTORE=0"), OK);
		assert.equal(await device.send("AT+SYSMSG=1"), OK);
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:1\r\n${OK}`);
		device.restart();
		assert.equal(await device.send("AT+SYSMSG?"), `+SYSMSG:0\r\n${OK}`);
		assert.equal(await device.send("AT+SYSSTORE?"), `+SYSSTORE:1\r\n${OK}`);
	});
});

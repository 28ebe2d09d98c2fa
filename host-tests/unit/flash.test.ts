// SPDX-License-Identifier: Apache-2.0

/** AT+SYSFLASH and AT+SYSMFG (guide 3.1.18, 3.1.19), and the factory parameters. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ERROR, errorNumber, OK, PROMPT } from "./answers";
import { boot } from "../shims/device";
import { Storage } from "../shims/storage";

const FACTORY = { factory_param: { module_name: "MINI", uart_baudrate: 115200 } };

describe("AT+SYSFLASH", () => {
	it("lists the user partitions", async () => {
		assert.equal(
			await boot().send("AT+SYSFLASH?"),
			'+SYSFLASH:"mfg_nvs",1,2,0x21000,0x1c000\r\n+SYSFLASH:"fs_storage",1,255,0x70000,0x90000\r\n' + OK,
		);
	});
	it("writes, reads and erases", async () => {
		const device = boot();
		assert.equal(await device.send('AT+SYSFLASH=1,"fs_storage",10,5'), PROMPT);
		assert.equal(await device.write("hello"), OK);
		assert.equal(await device.send('AT+SYSFLASH=2,"fs_storage",9,7'), `+SYSFLASH:7,\xffhello\xff${OK}`);
		assert.equal(await device.send('AT+SYSFLASH=0,"fs_storage",0,4096'), OK);
		assert.equal(await device.send('AT+SYSFLASH=2,"fs_storage",10,1'), `+SYSFLASH:1,\xff${OK}`);
	});
	it("answers with the reason when the flash fails or is not erased, and goes on", async () => {
		const device = boot();
		await device.send("AT+SYSLOG=1");
		await device.send('AT+SYSFLASH=1,"fs_storage",0,1');
		assert.equal(await device.write("\0"), OK);
		assert.equal(await device.send('AT+SYSFLASH=1,"fs_storage",0,4'), PROMPT);
		assert.equal(await device.write("AT\r\n"), errorNumber(0x010a0002));
		device.flash.broken = true;
		assert.equal(await device.send('AT+SYSFLASH=0,"fs_storage"'), errorNumber(0x010a0001));
		assert.equal(await device.send("AT"), OK);
	});
	it("takes mfg_nvs away from everybody else while it is written, and gives it back when that failed", async () => {
		const storage = new Storage({}, FACTORY);
		const device = boot({ storage });
		assert.equal(await device.send('AT+SYSFLASH=1,"mfg_nvs",0,2'), PROMPT);
		assert.equal(storage.factory("factory_param", "module_name"), undefined);
		device.flash.broken = true;
		assert.equal(await device.write("ab"), ERROR);
		assert.equal(storage.factory("factory_param", "module_name"), "MINI");
		assert.equal(await device.send('AT+SYSFLASH=1,"fs_storage",0,2'), PROMPT);
		assert.equal(storage.factory("factory_param", "module_name"), "MINI", "another partition is another matter");
		await device.write("ab");
	});
});

describe("AT+SYSMFG", () => {
	it("lists, reads, writes and erases", async () => {
		const device = boot({ storage: new Storage({}, FACTORY) });
		assert.equal(await device.send("AT+SYSMFG?"), `+SYSMFG:"factory_param"\r\n${OK}`);
		assert.equal(
			await device.send('AT+SYSMFG=1,"factory_param"'),
			`+SYSMFG:"factory_param","module_name",7\r\n+SYSMFG:"factory_param","uart_baudrate",6\r\n${OK}`,
		);
		assert.equal(
			await device.send('AT+SYSMFG=1,"factory_param","uart_baudrate"'),
			`+SYSMFG:"factory_param","uart_baudrate",6,6,115200\r\n${OK}`,
		);
		assert.equal(await device.send('AT+SYSMFG=2,"own","key",8,3'), PROMPT);
		assert.equal(await device.write("\0\r\n"), OK);
		assert.equal(await device.send('AT+SYSMFG=1,"own","key"'), `+SYSMFG:"own","key",8,3,\0\r\n\r\n${OK}`);
		assert.equal(await device.send('AT+SYSMFG=1,"own","key",1,1'), `+SYSMFG:"own","key",8,1,\r\r\n${OK}`);
		assert.equal(await device.send('AT+SYSMFG=0,"own","key"'), OK);
		assert.equal(await device.send('AT+SYSMFG=1,"own","key"'), ERROR);
	});
	it("says why not", async () => {
		const storage = new Storage({}, FACTORY);
		const device = boot({ storage });
		await device.send("AT+SYSLOG=1");
		storage.full = true;
		assert.equal(await device.send('AT+SYSMFG=2,"own","key",1,1'), errorNumber(0x010a0002));
		storage.full = false;
		assert.equal(await device.send('AT+SYSMFG=2,"own","key",7,3'), PROMPT);
		assert.equal(await device.write("a\0b"), errorNumber(0x010a0005));
		storage.close("mfg_nvs");
		assert.equal(await device.send("AT+SYSMFG?"), errorNumber(0x010a0006));
	});
});

describe("factory parameters", () => {
	it("uart_baudrate is what the port opens with, unless a rate is stored", () => {
		const factory = { factory_param: { uart_baudrate: 9600 } };
		assert.deepEqual(boot({ storage: new Storage({}, factory) }).serial.configuration, [9600, 8, 1, 0, 1]);
		const stored = { UART: { rate: 115200 } };
		assert.deepEqual(boot({ storage: new Storage(stored, factory) }).serial.configuration, [115200, 8, 1, 0, 1]);
	});
	it("that are out of range or of another type are none", () => {
		for (const uart_baudrate of [79, 5000001, -1, "9600"]) {
			const storage = new Storage({}, { factory_param: { uart_baudrate } });
			assert.deepEqual(boot({ storage }).serial.configuration, [115200, 8, 1, 0, 1], String(uart_baudrate));
		}
	});
	it("sys_store is what AT+SYSSTORE starts with", async () => {
		const device = boot({ storage: new Storage({}, { factory_param: { sys_store: 0 } }) });
		assert.equal(await device.send("AT+SYSSTORE?"), `+SYSSTORE:0\r\n${OK}`);
		await device.send("AT+SYSSTORE=1");
		assert.equal(await device.send("AT+SYSSTORE?"), `+SYSSTORE:1\r\n${OK}`);
	});
	it("module_name is in AT+GMR", async () => {
		const device = boot({ storage: new Storage({}, { factory_param: { module_name: "OWN" } }) });
		assert.match(await device.send("AT+GMR"), /\(OWN\)\r\n\r\nOK\r\n$/);
		assert.match(await boot().send("AT+GMR"), /\(MINI\)\r\n\r\nOK\r\n$/);
	});
});

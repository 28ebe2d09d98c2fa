// SPDX-License-Identifier: Apache-2.0

/** Copy this file with at-commands/custom/example.ts, and run `npm run test:unit`. No hardware, no compiler. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { boot } from "../../shims/device";

describe("AT+HELLO", () => {
	it("greets the world once", async () => {
		const device = boot();
		assert.equal(await device.send("AT+HELLO"), "+HELLO:hello world\r\n\r\nOK\r\n");
	});
	it("greets by name, as often as it is told", async () => {
		const device = boot();
		const hello = "+HELLO:hello you\r\n";
		assert.equal(await device.send('AT+HELLO=2,"you"'), `${hello}${hello}\r\nOK\r\n`);
	});
	it("refuses what is not declared", async () => {
		const device = boot();
		assert.equal(await device.send("AT+HELLO=11"), "\r\nERROR\r\n");
		assert.equal(await device.send("AT+HELLO?"), "\r\nERROR\r\n");
	});
	it("tells its parameters", async () => {
		const device = boot();
		assert.equal(await device.send("AT+HELLO=?"), '+HELLO:<times>(1-10)[,<"name">(0-32)]\r\n\r\nOK\r\n');
	});
});

describe("AT+PARROT", () => {
	it("takes exactly as many bytes as it was told, and says them", async () => {
		const device = boot();
		assert.equal(await device.send("AT+PARROT=5"), "\r\nOK\r\n\r\n>");
		assert.equal(await device.write("a\r\n"), "");
		assert.equal(await device.write("\0\xff"), "+PARROT:5,a\r\n\0\xff\r\n\r\nOK\r\n");
	});
});

// SPDX-License-Identifier: Apache-2.0

/** Findings of the second reader of the Basic set: each of these failed when it was written. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { boot } from "../shims/device";

const OK = "\r\nOK\r\n";
const ERROR = "\r\nERROR\r\n";

describe("second reader: a flash without room", () => {
	for (const line of ['AT+SAVETRANSLINK=1,"h",2,"TCP",300', "AT+CIPTCPOPT=-1,0,0,300", "AT+CIPTCPOPT=5,1,3000,300"])
		it(`${line} is refused, and what was in force still is`, async () => {
			const device = boot();
			assert.equal(await device.send("AT+CIPTCPOPT=2,0,3,4"), OK);
			device.storage.full = true;
			assert.equal(await device.send(line), ERROR);
			assert.equal(await device.send("AT+CIPTCPOPT?"), `+CIPTCPOPT:0,2,0,3,4\r\n${OK}`);
		});
});

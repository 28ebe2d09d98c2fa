// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { OK } from "./answers";
import { boot, type BootOptions, type Device } from "../shims/device";

/** An address that a test may listen on. */
export const PEER = "192.168.1.7";

/** A device that has joined an access point and tells error numbers. */
export async function online(options: BootOptions = {}): Promise<Device> {
	const storage = { at: { cwmode: 1, ssid: "net", reconn_intvl: 1 } };
	const device = boot({ storage, accessPoints: [{ ssid: "net" }], ...options });
	assert.equal(await device.heard(), "WIFI CONNECTED\r\nWIFI GOT IP\r\n");
	assert.equal(await device.send("AT+SYSLOG=1"), OK);
	return device;
}

// SPDX-License-Identifier: Apache-2.0

/** A station and its access point, for the tests of Wi-Fi. */

import assert from "node:assert/strict";
import { OK } from "./answers";
import { boot, type Device } from "../shims/device";
import type { AccessPoint } from "../shims/wifi";

export const NET: AccessPoint = {
	ssid: "net",
	password: "12345678",
	bssid: "02:00:00:00:00:aa",
	channel: 6,
	rssi: -61,
};
export const JOIN = 'AT+CWJAP="net","12345678"';
export const JOINED = "WIFI CONNECTED\r\nWIFI GOT IP\r\n";
export const DISCONNECT = "WIFI DISCONNECT\r\n";

/** In station mode, with error numbers. */
export async function station(...accessPoints: AccessPoint[]): Promise<Device> {
	const device = boot({ accessPoints });
	assert.equal(await device.write("AT+SYSLOG=1\r\nAT+CWMODE=1\r\n"), OK + OK);
	return device;
}

/** Joined to NET. */
export async function joined(...others: AccessPoint[]): Promise<Device> {
	const device = await station({ ...NET }, ...others);
	assert.equal(await device.send(JOIN), JOINED + OK);
	return device;
}

/** What AT+CWSTATE? says. */
export async function state(device: Device): Promise<string> {
	const answer = await device.send("AT+CWSTATE?");
	assert.ok(answer.startsWith("+CWSTATE:") && answer.endsWith(`\r\n${OK}`), answer);
	return answer.slice("+CWSTATE:".length, -`\r\n${OK}`.length);
}

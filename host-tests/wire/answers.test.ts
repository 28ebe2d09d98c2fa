// SPDX-License-Identifier: Apache-2.0

/** Answers of commands that take their time, to a host that reads slower than the network sends. */

import assert from "node:assert/strict";
import { type AtClient, delay, OK, wireTest } from "./harness.ts";

const NAME = "n".repeat(32);
const access_points = [1, 2, 3, 4, 5, 6].map(i => ({
	ssid: i === 1 ? "net" : NAME,
	password: "12345678",
	bssid: `02:00:00:00:00:0${i}`,
	channel: i,
	rssi: -50 - i,
}));
const test = wireTest({ radio: { access_points } });

/** What comes beside so many bytes of +IPD, up to the result. */
async function beside(at: AtClient, received: number): Promise<string> {
	let left = received;
	let text = "";
	while (left > 0 || !/(OK|ERROR)␍␊$/.test(text)) {
		const [line, length] = await at.expectMatch(/␍␊\+IPD,(\d+):|(?:␍␊)?[A-Z+][^]*?␍␊/);
		if (length === undefined) text += line.replaceAll("\r\n", "␍␊");
		else {
			await at.expect("x".repeat(Number(length)));
			left -= Number(length);
		}
	}
	return text;
}

describe("a host that is behind with reading", () => {
	const RECEIVED = 200_000;

	test("gets all lines of an answer that comes while data fill the port", async w => {
		await w.join();
		const peer = await w.connect(await w.listen());
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		w.at.pause();
		// 60 ms on each of 14 channels: the data come first.
		await w.at.send("AT+CWLAP=,,,1,,60␍␊");
		peer.socket.write(Buffer.alloc(RECEIVED, "x"));
		await delay(1500);
		w.at.resume();
		const lines = access_points.map(
			it => `+CWLAP:(3,"${it.ssid}",${it.rssi},"${it.bssid}",${it.channel},-1,-1,4,4,7,0)␍␊`,
		);
		assert.equal(await beside(w.at, RECEIVED), lines.join("") + OK);
	});
});

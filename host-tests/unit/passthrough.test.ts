// SPDX-License-Identifier: Apache-2.0

/** CIPMODE, CIPSEND without a length, TRANSINTVL and +++ (guide 3.3.8, 3.3.9, 3.3.18). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { errorNumber, OK, PROMPT } from "./answers";
import { online, PEER } from "./online";
import type { Device } from "../shims/device";
import type { Peer } from "../shims/network";

const START = `AT+CIPSTART="TCP","${PEER}",80`;

async function passing(...lines: string[]): Promise<{ device: Device; peer: Peer }> {
	const device = await online();
	const peer = device.net.listen(PEER, 80);
	for (const line of lines) assert.equal(await device.send(line), OK);
	assert.equal(await device.send(START), `CONNECT\r\n${OK}`);
	assert.equal(await device.send("AT+CIPMODE=1"), OK);
	assert.equal(await device.send("AT+CIPSEND"), PROMPT);
	return { device, peer };
}

/** `+++` with its guard times. */
async function escape(device: Device): Promise<string> {
	await device.advance(21);
	await device.write("+++");
	return device.advance(21);
}

describe("passthrough", () => {
	it("carries bytes both ways as they are, lines and prompts too", async () => {
		const { device, peer } = await passing();
		assert.equal(await device.write("AT\r\n\0\xff"), "");
		assert.equal(peer.connection.received, "");
		assert.equal(await device.advance(20), "");
		assert.equal(peer.connection.received, "AT\r\n\0\xff");
		peer.connection.write("\r\nOK\r\n\0\xff");
		assert.equal(await device.heard(), "\r\nOK\r\n\0\xff");
	});
	it("sends after TRANSINTVL, and full blocks at once", async () => {
		const { device, peer } = await passing("AT+TRANSINTVL=100");
		await device.write("ab");
		await device.advance(60);
		await device.write("cd");
		await device.advance(39);
		assert.equal(peer.connection.received, "");
		await device.advance(1);
		assert.equal(peer.connection.received, "abcd");
		await device.write("x".repeat(2920));
		assert.equal(peer.connection.received, `abcd${"x".repeat(2920)}`);
	});
	it("is left by +++ with its guard times, without a word", async () => {
		const { device, peer } = await passing();
		await device.write("data");
		assert.equal(await escape(device), "");
		assert.equal(peer.connection.received, "data");
		assert.equal(await device.send("AT+CIPSEND=1"), PROMPT, "the link is still there");
		assert.match(await device.write("1"), /SEND OK/);
		assert.equal(peer.connection.received, "data1");
	});
	it("is not left by other plus signs", async () => {
		const { device, peer } = await passing();
		for (const [text, gap] of [
			["++", 50],
			["++++", 50],
			["a+++", 50],
			["+++b", 50],
		] as const) {
			await device.advance(50);
			await device.write(text);
			await device.advance(gap);
		}
		await device.advance(50);
		await device.write("+");
		await device.advance(25);
		await device.write("++");
		await device.advance(50);
		assert.equal(peer.connection.received, "++++++a++++++b+++");
	});
	it("is not left by +++ without quiet before", async () => {
		const { device, peer } = await passing();
		await device.write("data");
		await device.advance(5);
		await device.write("+++");
		await device.advance(50);
		assert.equal(peer.connection.received, "data+++");
	});
	it("tells +QUITT with SYSMSG bit 0", async () => {
		const { device } = await passing("AT+SYSMSG=1");
		assert.equal(await escape(device), "+QUITT\r\n");
	});
	it("needs a link and CIPMODE=1", async () => {
		const device = await online();
		assert.equal(await device.send("AT+CIPMODE?"), `+CIPMODE:0\r\n${OK}`);
		assert.equal(await device.send("AT+CIPSEND"), errorNumber(0x010a0013));
		assert.equal(await device.send("AT+CIPMODE=1"), OK);
		assert.equal(await device.send("AT+CIPSEND"), errorNumber(0x010a0012));
	});
	it("waits for a peer that does not read, and for half a second when it is left", async () => {
		const { device, peer } = await passing();
		peer.connection.blocked = true;
		await device.write("lost");
		await device.advance(100);
		await device.write("+++");
		await device.advance(22);
		assert.equal(await device.advance(400), "");
		assert.equal(await device.advance(100), "");
		assert.equal(await device.send("AT"), OK);
		peer.connection.resume();
		assert.equal(await device.heard(), "");
		assert.equal(peer.connection.received, "");
	});
});

describe("a connection that breaks in passthrough", () => {
	it("is made anew each 100 ms until it is there; nothing is told", async () => {
		const { device, peer } = await passing();
		device.net.unlisten(peer);
		peer.connection.end();
		assert.equal(await device.advance(1000), "");
		const back = device.net.listen(PEER, 80);
		assert.equal(await device.advance(100), "");
		await device.write("again");
		await device.advance(20);
		assert.equal(back.connection.received, "again");
		back.connection.write("hello");
		assert.equal(await device.heard(), "hello");
	});
	it("keeps what the host sends meanwhile", async () => {
		const { device, peer } = await passing();
		peer.connection.end();
		await device.heard();
		await device.write("kept");
		await device.advance(50);
		assert.equal(peer.connections.length, 1);
		await device.advance(60);
		assert.equal(peer.connections.length, 2);
		assert.equal(peer.connection.received, "kept");
	});
	it("because the access point went goes on when that is back", async () => {
		const { device, peer } = await passing();
		device.wifi.drop();
		assert.equal(await device.advance(900), "");
		await device.write("kept");
		assert.equal(await device.advance(300), "");
		assert.equal(peer.connections.length, 2);
		assert.equal(peer.connection.received, "kept");
		peer.connection.write("hello");
		assert.equal(await device.heard(), "hello");
	});
	it("is told with SYSMSG bit 2", async () => {
		const { device, peer } = await passing("AT+SYSMSG=4");
		peer.connection.end();
		assert.equal(await device.advance(100), "CLOSED\r\nCONNECT\r\n");
	});
	it("is given up by +++: the link is free", async () => {
		const { device, peer } = await passing();
		device.net.unlisten(peer);
		peer.connection.end();
		await device.advance(250);
		assert.equal(await escape(device), "");
		assert.equal(await device.advance(10_000), "");
		assert.equal(await device.send("AT+CIPMODE=0"), OK);
		const back = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), `CONNECT\r\n${OK}`);
		assert.equal(back.connections.length, 1);
	});
	it("is given up by +++ while it is being made anew", async () => {
		const { device, peer } = await passing();
		device.net.unlisten(peer);
		const silent = device.net.listen(PEER, 80, { delay: 5000 });
		peer.connection.end();
		await device.advance(1000);
		assert.equal(await escape(device), "");
		assert.equal(await device.advance(10_000), "");
		assert.equal(silent.connections.length, 0);
		device.net.listen(PEER, 80);
		assert.equal(await device.send(START), `CONNECT\r\n${OK}`);
	});
});

describe("AT+TRANSINTVL", () => {
	it("is set and told", async () => {
		const device = await online();
		assert.equal(await device.send("AT+TRANSINTVL?"), `+TRANSINTVL:20\r\n${OK}`);
		assert.equal(await device.send("AT+TRANSINTVL=1000"), OK);
		assert.equal(await device.send("AT+TRANSINTVL?"), `+TRANSINTVL:1000\r\n${OK}`);
		assert.equal(await device.send("AT+TRANSINTVL=1001"), errorNumber(0x01070000));
	});
});

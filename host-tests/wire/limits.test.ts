// SPDX-License-Identifier: Apache-2.0

/** What links may not cost: JavaScript for a packet, and anything that is left when they are gone. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { both, delay, OK, type Wire, wireTest } from "./harness.ts";

const test = wireTest({ limit: 120_000 });
const PROMPT = `${OK}␍␊>`;
const MEGABYTES = 5;
const LENGTH = MEGABYTES << 20;

async function entries(w: Wire): Promise<number> {
	const { statistics } = (await w.control.request("statistics")) as {
		statistics: { javascript: { entries: number } };
	};
	return statistics.javascript.entries;
}

describe("JavaScript entries while data flow", () => {
	test("+IPD of TCP: none", async w => {
		await w.join();
		const peer = await w.connect(await w.listen());
		const before = await entries(w);
		const data = randomBytes(LENGTH);
		void peer.send(data);
		for (let at = 0; at < LENGTH;) {
			const [, length] = await w.at.expectMatch(/␍␊\+IPD,(\d+):/, 10_000);
			await w.at.expect(data.subarray(at, at + Number(length)), 10_000);
			at += Number(length);
		}
		assert.equal((await entries(w)) - before, 0);
	});
	test("CIPSENDL: those of the command, however long it is", async w => {
		await w.join();
		const peer = await w.connect(await w.listen());
		const costs: number[] = [];
		for (const length of [10_000, LENGTH]) {
			const before = await entries(w);
			const data = randomBytes(length);
			await w.at.chat(`AT+CIPSENDL=${length}␍␊`, PROMPT);
			await both(w.at.send(data), peer.expect(data, 60_000));
			await w.at.expectMatch(/(?:\+CIPSENDL:\d+,\d+␍␊)*␍␊SEND OK␍␊/, 10_000);
			costs.push((await entries(w)) - before);
		}
		assert.ok((costs[1] ?? 0) <= (costs[0] ?? 0) + 2, `${costs.join(", ")} entries`);
	});
	test("UDP, both ways in passthrough: none", async w => {
		await w.join();
		const peer = await w.udp();
		await w.at.chat(`AT+CIPSTART="UDP","127.0.0.1",${peer.port},21970␍␊`, `CONNECT␍␊${OK}`);
		const host = await w.address();
		await w.passthrough();
		const before = await entries(w);
		for (let i = 0; i < 500; i++) {
			const data = randomBytes(1_400);
			await both(peer.send(data, 21970, host), w.at.expect(data));
			await w.at.send(data);
			await peer.expect(data);
		}
		assert.equal((await entries(w)) - before, 0);
	});
});

describe("nothing is left behind", () => {
	const descriptors = (w: Wire): number => readdirSync(`/proc/${w.twin.pid}/fd`).length;
	const free = async (w: Wire): Promise<number> => {
		const [now] = await w.at.ask("AT+SYSRAM?␍␊", /\+SYSRAM:(\d+),\d+␍␊␍␊OK␍␊/);
		return Number(now);
	};

	test("by 1,000 connections that end in every way", async w => {
		await w.join();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPRECVTYPE=1,1␍␊", OK + OK);
		const server = await w.listen();
		const udp = await w.udp();
		const before = { descriptors: descriptors(w), free: await free(w) };
		for (let i = 0; i < 1_000; i++) {
			const id = i % 5;
			if (i % 10 === 9) {
				await w.at.chat(`AT+CIPSTART=${id},"UDP","127.0.0.1",${udp.port}␍␊`, `${id},CONNECT␍␊${OK}`);
				await w.at.chat(`AT+CIPCLOSE=${id}␍␊`, `${id},CLOSED␍␊${OK}`);
				continue;
			}
			await w.at.chat(`AT+CIPSTART=${id},"TCP","127.0.0.1",${server.port}␍␊`, `${id},CONNECT␍␊${OK}`);
			const peer = await server.accept();
			const way = i % 4;
			if (way === 0) await w.at.chat(`AT+CIPCLOSE=${id}␍␊`, `${id},CLOSED␍␊${OK}`);
			else {
				if (way === 1) peer.end();
				else if (way === 2) peer.reset();
				else {
					// One byte, never read on demand when it is link 1.
					await peer.send("x");
					await w.at.expect(id === 1 ? "␍␊+IPD,1,1␍␊" : `␍␊+IPD,${id},1:x`);
					if (id === 1) await w.at.chat("AT+CIPCLOSE=1␍␊", `1,CLOSED␍␊${OK}`);
					else peer.end();
				}
				if (!(way === 3 && id === 1)) await w.at.expect(`${id},CLOSED␍␊`);
			}
			peer.socket.destroy();
		}
		await delay(100);
		await w.at.chat("AT+CIPSTATE?␍␊", OK);
		assert.deepEqual({ descriptors: descriptors(w), free: await free(w) }, before);
	});
	test("by connections that fail", async w => {
		await w.join();
		const refused = await w.listen();
		refused.close();
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		const before = { descriptors: descriptors(w), free: await free(w) };
		for (let i = 0; i < 300; i++)
			await w.at.ask(`AT+CIPSTART="TCP","127.0.0.1",${refused.port}␍␊`, /ERR CODE:0x010a0003␍␊␍␊ERROR␍␊/);
		assert.deepEqual({ descriptors: descriptors(w), free: await free(w) }, before);
	});
});

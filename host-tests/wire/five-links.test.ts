// SPDX-License-Identifier: Apache-2.0

/** Five links at once, with much data: each one's arrive whole and in order. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { ByteReader } from "./bytes.ts";
import { both, OK, type PeerSocket, SLOW, type Wire, wireTest } from "./harness.ts";

const test = wireTest({ limit: 240_000 });
const PROMPT = `${OK}␍␊>`;
const LENGTH = 10_000_000;
const LINKS = 5;
/** Bytes: more than the system keeps of a connection in both directions. */
const MORE_THAN_BUFFERS = 50_000_000;
/** ms for a link or the port to go on, with all the others busy. */
const PATIENCE = 20_000;

/** Five links to five peers. */
async function five(w: Wire, passive: boolean): Promise<PeerSocket[]> {
	await w.join();
	await w.at.chat(`AT+CIPMUX=1␍␊AT+CIPRECVTYPE=5,${passive ? 1 : 0}␍␊`, OK + OK);
	const server = await w.listen();
	const peers: PeerSocket[] = [];
	for (let id = 0; id < LINKS; id++) {
		await w.at.chat(`AT+CIPSTART=${id},"TCP","127.0.0.1",${server.port}␍␊`, `${id},CONNECT␍␊${OK}`);
		peers.push(await server.accept());
	}
	return peers;
}

function random(): Buffer[] {
	return Array.from({ length: LINKS }, () => randomBytes(LENGTH));
}

/** All that comes must be these bytes; resolves when they are all there. */
function arrives(reader: ByteReader, wanted: Buffer): Promise<void> {
	let at = 0;
	return new Promise((resolve, reject) => {
		const late = (): void => reject(new Error(`${at} of ${wanted.length} bytes, then none for ${PATIENCE} ms`));
		let timer = setTimeout(late, PATIENCE * SLOW);
		reader.divert(chunk => {
			clearTimeout(timer);
			if (!wanted.subarray(at, at + chunk.length).equals(chunk)) reject(new Error(`other bytes from ${at} on`));
			at += chunk.length;
			if (at < wanted.length) timer = setTimeout(late, PATIENCE * SLOW);
			else resolve();
		});
	});
}

/** What the port says between commands and in CIPSENDL's data phase, with the links' data taken out and checked. */
class Port {
	/** Bytes still to come from all peers. */
	left: number;
	/** +IPD messages since a prompt, and the length of each that nobody has read yet, in the order of their coming. */
	messages = 0;
	readonly told = new Map<number, number>();
	readonly #w: Wire;
	readonly #wanted: readonly Buffer[];
	readonly #got = new Array<number>(LINKS).fill(0);

	constructor(w: Wire, wanted: readonly Buffer[]) {
		this.#w = w;
		this.#wanted = wanted;
		this.left = wanted.reduce((total, it) => total + it.length, 0);
	}

	/** Takes +IPD and CIPSENDL's reports until this comes. @returns what it has in its group */
	async until(what: RegExp): Promise<string> {
		const message = `␍␊\\+IPD,(\\d),(\\d+)(:|␍␊)|\\+CIPSENDL:(\\d+),\\d+␍␊|(?:${what.source})`;
		const pattern = new RegExp(message);
		for (;;) {
			const [, id, length, kind, reported, end] = await this.#w.at.expectMatch(pattern, PATIENCE);
			if (id !== undefined) await this.#ipd(Number(id), Number(length), kind === ":");
			else if (reported === undefined) return end ?? "";
		}
	}
	async #ipd(id: number, length: number, active: boolean): Promise<void> {
		this.messages++;
		if (active) {
			await this.#take(id, length);
			return;
		}
		assert.ok(!this.told.has(id), `link ${id} was told of before, and not read since`);
		this.told.set(id, length);
	}
	async #take(id: number, length: number): Promise<void> {
		const from = this.#got[id] ?? 0;
		await this.#w.at.expect((this.#wanted[id] as Buffer).subarray(from, from + length), PATIENCE);
		this.#got[id] = from + length;
		this.left -= length;
	}
	/** Takes what comes in active mode until there is nothing left. */
	async all(): Promise<void> {
		while (this.left > 0) {
			const [, id, length] = await this.#w.at.expectMatch(/␍␊\+IPD,(\d),(\d+):/, PATIENCE);
			await this.#ipd(Number(id), Number(length), true);
		}
	}
	async send(id: number, data: Buffer): Promise<void> {
		await this.#w.at.send(`AT+CIPSENDL=${id},${data.length}␍␊`);
		await this.until(/␍␊OK␍␊␍␊>/);
		this.messages = 0;
		await both(this.#w.at.send(data), this.until(/␍␊SEND OK␍␊/));
	}
	/** Reads the link that was told of first. */
	async read(): Promise<void> {
		for (const [id, announced] of this.told) {
			await this.#w.at.send(`AT+CIPRECVDATA=${id},2147483647␍␊`);
			const length = Number(await this.until(/\+CIPRECVDATA:(\d+),/));
			assert.ok(length >= announced, `link ${id}: ${announced} bytes were told of, and ${length} are there`);
			await this.#take(id, length);
			await this.#w.at.expect(OK, PATIENCE);
			this.told.delete(id);
			return;
		}
		await this.announcement();
	}
	/** One comes, and nothing before it but CIPSENDL's reports. */
	async announcement(): Promise<void> {
		const pattern = /(?:\+CIPSENDL:\d+,\d+␍␊)*␍␊\+IPD,(\d),(\d+)␍␊/;
		const [, id, length] = await this.#w.at.expectMatch(pattern, PATIENCE);
		await this.#ipd(Number(id), Number(length), false);
	}
}

/** Sends to each link in turn, so much at a time. @param between what is done after each */
async function inTurn(
	port: Port,
	data: readonly Buffer[],
	size: number,
	between: (stillComing: boolean) => Promise<void> | void,
): Promise<void> {
	for (let from = 0; from < LENGTH; from += size)
		for (const [id, all] of data.entries()) {
			const stillComing = port.left > 0;
			await port.send(id, all.subarray(from, from + size));
			await between(stillComing);
		}
}

describe("five links at once", () => {
	test("10 MB from each, in active mode: unharmed", async w => {
		const peers = await five(w, false);
		const data = random();
		const port = new Port(w, data);
		await both(Promise.all(peers.map((peer, id) => peer.send(data[id] as Buffer))), port.all());
	});
	test("10 MB from each, read on demand: unharmed", async w => {
		const peers = await five(w, true);
		const data = random();
		const port = new Port(w, data);
		const sending = Promise.all(peers.map((peer, id) => peer.send(data[id] as Buffer)));
		while (port.left > 0) await port.read();
		await sending;
	});
	test("10 MB to each, in turn: unharmed", async w => {
		const peers = await five(w, false);
		const data = randomBytes(LENGTH / 10);
		for (let round = 0; round < 10; round++)
			for (const [id, peer] of peers.entries()) {
				await w.at.chat(`AT+CIPSENDL=${id},${data.length}␍␊`, PROMPT);
				await both(w.at.send(data), peer.expect(data, PATIENCE));
				await w.at.expectMatch(/(?:\+CIPSENDL:\d+,\d+␍␊)*␍␊SEND OK␍␊/, 10_000);
			}
	});
	test("10 MB each way at once, in active mode: unharmed", async w => {
		const peers = await five(w, false);
		const [from, to] = [random(), random()];
		const port = new Port(w, from);
		const [turns, busy] = [[] as number[], [] as number[]];
		const sendAll = async (): Promise<void> => {
			await inTurn(port, to, LENGTH / 20, stillComing => {
				if (stillComing) turns.push(port.messages);
				if (stillComing && port.messages > 0) busy.push(port.messages);
			});
			await port.all();
		};
		await Promise.all([
			...peers.map((peer, id) => peer.send(from[id] as Buffer)),
			...peers.map((peer, id) => arrives(peer.reader, to[id] as Buffer)),
			sendAll(),
		]);
		// Not all: on a busy machine a send may be over before a peer comes to its turn.
		assert.ok(busy.length > turns.length / 2, `of ${turns.length} sends only ${busy.length} met data`);
	});
	test("10 MB each way at once, read on demand: unharmed", async w => {
		const peers = await five(w, true);
		const [from, to] = [random(), random()];
		const port = new Port(w, from);
		const sendAll = async (): Promise<void> => {
			await inTurn(port, to, LENGTH / 400, async () => {
				for (let count = port.told.size; count > 0; count--) await port.read();
			});
			while (port.left > 0) await port.read();
		};
		await Promise.all([
			...peers.map((peer, id) => peer.send(from[id] as Buffer)),
			...peers.map((peer, id) => arrives(peer.reader, to[id] as Buffer)),
			sendAll(),
		]);
	});
	test("a peer that sends back what it gets does not stall AT+CIPSENDL, however long that is", async w => {
		const [peer] = (await five(w, false)) as [PeerSocket];
		const data = randomBytes(MORE_THAN_BUFFERS);
		const port = new Port(w, [data]);
		peer.reader.divert(() => {});
		peer.socket.pipe(peer.socket);
		await port.send(0, data);
		await port.all();
	});
	test("what comes during AT+CIPSENDL is announced then, and read after it", async w => {
		const peers = await five(w, true);
		const [SIZE, ROUNDS] = [5_000, 100];
		const from = random().map(it => it.subarray(0, SIZE * ROUNDS));
		const port = new Port(w, from);
		for (let round = 0; round < ROUNDS; round++) {
			const data = randomBytes(SIZE);
			const half = SIZE / 2;
			const id = round % LINKS;
			await w.at.chat(`AT+CIPSENDL=${id},${SIZE}␍␊`, PROMPT);
			await w.at.send(data.subarray(0, half));
			const at = round * SIZE;
			await Promise.all(peers.map((peer, i) => peer.send((from[i] as Buffer).subarray(at, at + SIZE))));
			while (port.told.size < LINKS) await port.announcement();
			await both(w.at.send(data.subarray(half)), port.until(/␍␊SEND OK␍␊/));
			await peers[id]?.expect(data);
			const rest = LINKS * (SIZE * ROUNDS - at - SIZE);
			while (port.left > rest) await port.read();
		}
	});
});

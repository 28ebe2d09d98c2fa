// SPDX-License-Identifier: Apache-2.0

/** Passthrough: CIPMODE=1 and CIPSEND, TRANSINTVL, SYSMSG bits 0 and 2, and the timing of +++ by a manual clock. */

import { randomBytes, randomInt } from "node:crypto";
import { answer, delay, ERROR, OK, type PeerSocket, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const big = wireTest({ limit: 120_000 });
/** The twin's time moves only by clock.advance. */
const timed = wireTest({ clock: "manual" });
const PROMPT = `${OK}␍␊>`;

/** Into passthrough, with +QUITT on the way out. */
async function transparent(w: Wire): Promise<PeerSocket> {
	await w.join();
	const peer = await w.connect(await w.listen());
	await w.at.chat("AT+SYSMSG=1␍␊", OK);
	await w.passthrough();
	return peer;
}

/** The same where the clock stands still. */
async function transparentTimed(w: Wire): Promise<PeerSocket> {
	await w.at.chat("AT+CWMODE=1␍␊", OK);
	await w.at.send('AT+CWJAP="net","12345678"␍␊');
	await advance(w, 1_000);
	await w.at.expect(`WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
	const server = await w.listen();
	await w.at.send(`AT+CIPSTART="TCP","127.0.0.1",${server.port}␍␊`);
	const peer = await server.accept();
	// The way to the peer takes some of the twin's time, too.
	await advance(w, 100);
	await w.at.expect(`CONNECT␍␊${OK}`);
	await w.at.chat("AT+SYSMSG=1␍␊", OK);
	await w.passthrough();
	return peer;
}

/** Lets the twin read what was sent, then moves its clock. */
async function advance({ control }: Wire, ms: number): Promise<void> {
	await delay(30);
	await control.request("clock.advance", { ms });
}

/** Random bytes with every value, and with runs of plus signs of 1 to 20. */
function plusData(length: number): Buffer {
	const data = randomBytes(length);
	for (let i = 0; i < length / 1_000; i++) {
		const at = randomInt(length - 20);
		data.fill("+", at, at + randomInt(1, 21));
	}
	for (let i = 0; i < 256; i++) data[i] = i;
	// Plus signs at both ends are no escape either, with data beside them.
	data.fill("+", 256, 259);
	return data;
}

/** Checks a stream against what it must be, without keeping it. */
class Checker {
	received = 0;
	readonly done: Promise<void>;
	#resolve!: () => void;
	#reject!: (error: Error) => void;
	readonly #wanted: Buffer;

	constructor(wanted: Buffer) {
		this.#wanted = wanted;
		this.done = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	readonly sink = (chunk: Buffer): void => {
		const wanted = this.#wanted.subarray(this.received, this.received + chunk.length);
		if (!chunk.equals(wanted)) {
			const at = chunk.findIndex((byte, i) => byte !== wanted[i]);
			this.#reject(new Error(`byte ${this.received + at} of ${this.#wanted.length} is wrong`));
		}
		this.received += chunk.length;
		if (this.received === this.#wanted.length) this.#resolve();
	};
}

/** Sends both ways at once and checks both; `middle` runs meanwhile. */
async function exchange(w: Wire, peer: PeerSocket, length: number, middle?: () => Promise<void>): Promise<void> {
	const [up, down] = [plusData(length), plusData(length)];
	const [toPeer, toHost] = [new Checker(up), new Checker(down)];
	peer.reader.divert(toPeer.sink);
	w.at.reader.divert(toHost.sink);
	let sent = 0;
	const steps = [w.at.send(up), peer.send(down), toPeer.done, toHost.done, middle?.()];
	for (const step of steps) void step?.then(() => sent++);
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error("60 s have passed")), 60_000);
	});
	try {
		await Promise.race([Promise.all(steps), late]);
	} catch (error) {
		const counts = `to the peer ${toPeer.received}, to the host ${toHost.received} of ${length} bytes`;
		throw new Error(`${String(error)}; ${counts}; ${sent} of ${steps.length} steps done`);
	} finally {
		clearTimeout(timer);
	}
	peer.reader.divert();
	w.at.reader.divert();
}

/** Leaves by +++ and shows that it is left. */
async function leave(w: Wire): Promise<void> {
	await delay(100);
	await w.at.chat("+++", "+QUITT␍␊");
	await w.at.chat("AT␍␊", OK);
}

describe("AT+CIPMODE, AT+CIPSEND", () => {
	test("CIPMODE is 0 at boot, and takes 0 and 1", async ({ at }) => {
		for (const mode of [0, 1, 0]) {
			if (mode === 1) await at.chat("AT+CIPMODE=1␍␊", OK);
			else await at.chat("AT+CIPMODE=0␍␊", OK);
			await at.chat("AT+CIPMODE?␍␊", answer(`+CIPMODE:${mode}`));
		}
		await at.chat("AT+CIPMODE=2␍␊", ERROR);
	});
	test("CIPSEND without a length needs CIPMODE=1 and a link", async w => {
		await w.at.chat("AT+CIPSEND␍␊", ERROR);
		await w.at.chat("AT+CIPMODE=1␍␊", OK);
		await w.at.chat("AT+CIPSEND␍␊", ERROR);
		await w.join();
		await w.connect(await w.listen());
		await w.at.chat("AT+CIPMODE=0␍␊AT+CIPSEND␍␊", OK + ERROR);
		await w.passthrough();
	});
	test("bytes go through as they are: no echo, no header, no command", async w => {
		const peer = await transparent(w);
		await w.at.send("AT␍␊AT+RST␍␊\x00\xff");
		await peer.expect("AT␍␊AT+RST␍␊\x00\xff");
		await peer.send("␍␊OK␍␊\x00\xff+IPD,1:x");
		await w.at.expect("␍␊OK␍␊\x00\xff+IPD,1:x");
	});
	test("+++ leaves, the link stays, CIPSEND goes back", async w => {
		const peer = await transparent(w);
		for (let i = 0; i < 5; i++) {
			await w.at.send(`${i}`);
			await peer.expect(`${i}`);
			await leave(w);
			await w.at.chat("AT+CIPSEND␍␊", PROMPT);
		}
		await leave(w);
		await w.at.chat("AT+CIPMODE=0␍␊AT+CIPCLOSE␍␊", `${OK}CLOSED␍␊${OK}`);
	});
	test("+++ answers nothing when SYSMSG bit 0 is 0", async w => {
		const peer = await transparent(w);
		await leave(w);
		await w.at.chat("AT+SYSMSG=0␍␊AT+CIPSEND␍␊", OK + PROMPT);
		await w.at.send("x");
		await peer.expect("x");
		await delay(100);
		await w.at.send("+++");
		await w.at.expectNothing(1_000);
		await w.at.chat("AT␍␊", OK);
	});
});

describe("10 MB each way at once", () => {
	big("random bytes, every value, runs of plus signs: unharmed", async w => {
		const peer = await transparent(w);
		await exchange(w, peer, 10_000_000);
		await leave(w);
	});
	big("also when the host stops reading for 3 s", async w => {
		const peer = await transparent(w);
		await exchange(w, peer, 10_000_000, async () => {
			w.at.pause();
			await delay(3_000);
			w.at.resume();
		});
		await leave(w);
	});
	big("also when the peer stops reading for 3 s", async w => {
		const peer = await transparent(w);
		await exchange(w, peer, 10_000_000, async () => {
			peer.pause();
			await delay(3_000);
			peer.resume();
		});
		await leave(w);
	});
	big("also when both stop, and one by one again", async w => {
		const peer = await transparent(w);
		await exchange(w, peer, 10_000_000, async () => {
			peer.pause();
			w.at.pause();
			await delay(2_000);
			peer.resume();
			await delay(1_000);
			w.at.resume();
			await delay(50);
			peer.pause();
			await delay(1_000);
			peer.resume();
		});
		await leave(w);
	});
});

describe("AT+TRANSINTVL", () => {
	for (const interval of [20, 1000]) {
		timed(`${interval}: fewer than 2920 bytes wait so long, 2920 do not`, async w => {
			const peer = await transparentTimed(w);
			await leaveTimed(w);
			await w.at.chat(`AT+TRANSINTVL=${interval}␍␊AT+CIPSEND␍␊`, OK + PROMPT);
			await w.at.send("x");
			await advance(w, interval - 2);
			await peer.expectNothing(50);
			await advance(w, 4);
			await peer.expect("x");
			const data = randomBytes(3_000);
			await w.at.send(data);
			await peer.expect(data.subarray(0, 2_920));
			await peer.expectNothing(50);
			await advance(w, interval + 2);
			await peer.expect(data.subarray(2_920));
		});
	}
	timed("0: at once", async w => {
		const peer = await transparentTimed(w);
		await leaveTimed(w);
		await w.at.chat("AT+TRANSINTVL=0␍␊AT+CIPSEND␍␊", OK + PROMPT);
		await w.at.send("x");
		await peer.expect("x");
	});
});

async function leaveTimed(w: Wire): Promise<void> {
	await advance(w, 100);
	await w.at.send("+++");
	await advance(w, 30);
	await w.at.expect("+QUITT␍␊");
}

describe("+++ by the clock: 20 ms before, 20 ms after, less between", () => {
	timed("leaves when the guard after it is over, not before", async w => {
		const peer = await transparentTimed(w);
		await advance(w, 30);
		await w.at.send("+++");
		await advance(w, 18);
		await w.at.expectNothing(50);
		await advance(w, 4);
		await w.at.expect("+QUITT␍␊");
		await peer.expectNothing(100);
	});
	for (const gap of [0, 5, 18]) {
		timed(`leaves with ${gap} ms between the three`, async w => {
			const peer = await transparentTimed(w);
			await advance(w, 30);
			for (const next of [gap, gap, 30]) {
				await w.at.send("+");
				await advance(w, next);
			}
			await w.at.expect("+QUITT␍␊");
			await peer.expectNothing(100);
		});
	}
	for (const [what, steps] of [
		["no quiet before", ["x", 10, "+++", 60]],
		["a byte in the guard after", [30, "+++", 10, "x", 60]],
		["one", [30, "+", 60]],
		["two", [30, "++", 60]],
		["four", [30, "++++", 60]],
		["two and two", [30, "++", 5, "++", 60]],
		["three and one", [30, "+++", 10, "+", 60]],
		["25 ms between the first two", [30, "+", 25, "++", 60]],
		["25 ms between the last two", [30, "++", 25, "+", 60]],
		["25 ms between all", [30, "+", 25, "+", 25, "+", 60]],
		["CR LF behind", [30, "+++␍␊", 60]],
	] as [string, (string | number)[]][]) {
		timed(`${what}: data, in order`, async w => {
			const peer = await transparentTimed(w);
			const sent = steps.filter(step => typeof step === "string").join("");
			for (const step of steps) {
				if (typeof step === "string") await w.at.send(step);
				else await advance(w, step);
			}
			await peer.expect(sent);
			await w.at.expectNothing(50);
			// Still in passthrough.
			await w.at.send("y");
			await advance(w, 60);
			await peer.expect("y");
		});
	}
});

describe("AT+SYSMSG bit 2, in passthrough", () => {
	test("0: no word about the link or the access point; both come back by themselves", async w => {
		await w.join();
		const server = await w.listen();
		const peer = await w.connect(server);
		await w.at.chat("AT+SYSMSG=1␍␊", OK);
		await w.passthrough();
		peer.end();
		const second = await server.accept(10_000);
		await w.at.expectNothing(200);
		await w.at.send("again");
		await second.expect("again");
		await w.control.request("station.drop");
		const third = await server.accept(10_000);
		await w.at.expectNothing(200);
		await w.at.send("and again");
		await third.expect("and again");
		await leave(w);
	});
	test("1: all of it is told", async w => {
		await w.join();
		const server = await w.listen();
		const peer = await w.connect(server);
		await w.at.chat("AT+SYSMSG=5␍␊", OK);
		await w.passthrough();
		peer.end();
		await w.at.expect("CLOSED␍␊");
		const second = await server.accept(10_000);
		await w.at.expect("CONNECT␍␊");
		await second.send("x");
		await w.at.expect("x");
		await w.control.request("station.drop");
		await w.at.expectMatch(/(?:CLOSED␍␊WIFI DISCONNECT␍␊|WIFI DISCONNECT␍␊CLOSED␍␊)/);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
		await server.accept(10_000);
		await w.at.expect("CONNECT␍␊");
		await leave(w);
	});
});

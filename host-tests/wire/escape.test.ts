// SPDX-License-Identifier: Apache-2.0

/**
 * +++ by real time, 200 times each way with every processor busy: none may be missed, none may be found where there is
 * none (guide, 3.3.8; wire-format.md, rule 7). A trial in which this process itself was too early or too late is
 * repeated: only the twin is judged.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { delay, OK, type PeerSocket, type Wire, wire, withTwin } from "./harness.ts";
import { CpuLoad } from "./load.ts";

const TRIALS = 200;
const GUARD_MS = 20;
/** Quiet before a trial; more than the guard, so that the twin's own lateness does not count. */
const QUIET_MS = 60;
const PROMPT = `${OK}␍␊>`;

interface Kind {
	readonly title: string;
	/** Written one by one. */
	readonly pieces: readonly string[];
	/** Milliseconds between two pieces: asked for, and what the measured gap must lie in. */
	readonly gap?: readonly [wanted: number, least: number, most: number];
	readonly leaves: boolean;
}

const QUICK = [5, 2, 10] as const;
const SLOWLY = [25, 25, 60] as const;

const KINDS: readonly Kind[] = [
	{ title: "one plus sign", pieces: ["+"], leaves: false },
	{ title: "two", pieces: ["++"], leaves: false },
	{ title: "three", pieces: ["+++"], leaves: true },
	{ title: "four", pieces: ["++++"], leaves: false },
	{ title: "three behind data", pieces: ["abc+++"], leaves: false },
	{ title: "three before data", pieces: ["+++abc"], leaves: false },
	{ title: "three between data", pieces: ["abc+++def"], leaves: false },
	{ title: "three, split by 5 ms", pieces: ["+", "+", "+"], gap: QUICK, leaves: true },
	{ title: "two and one, 5 ms between", pieces: ["++", "+"], gap: QUICK, leaves: true },
	{ title: "data 5 ms after three", pieces: ["+++", "abc"], gap: QUICK, leaves: false },
	{ title: "three 5 ms after data", pieces: ["abc", "+++"], gap: QUICK, leaves: false },
	{ title: "three, split by 25 ms", pieces: ["+", "+", "+"], gap: SLOWLY, leaves: false },
	{ title: "two and one, 25 ms between", pieces: ["++", "+"], gap: SLOWLY, leaves: false },
];

/** Writes to the AT port at once, past the stream buffers, and knows when. */
class TimedWriter {
	readonly #fd: number;
	/** The last write happened between these two. */
	#before = 0;
	#after = 0;

	constructor(w: Wire) {
		const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
		this.#fd = openSync(w.twin.path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
		w.after(() => closeSync(this.#fd));
	}

	/** @returns the least and the most time since the write before, in milliseconds */
	write(bytes: string): [least: number, most: number] {
		const before = performance.now();
		assert.equal(writeSync(this.#fd, wire(bytes)), bytes.length);
		const after = performance.now();
		const gap: [number, number] = [before - this.#after, after - this.#before];
		[this.#before, this.#after] = [before, after];
		return gap;
	}

	/** As many bytes as the port takes now. */
	writeSome(bytes: Buffer): number {
		try {
			return writeSync(this.#fd, bytes);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
			throw error;
		}
	}
}

/** One trial. @returns whether this process kept its own times */
async function attempt(writer: TimedWriter, kind: Kind): Promise<boolean> {
	await delay(QUIET_MS);
	let good = true;
	for (const [index, piece] of kind.pieces.entries()) {
		const [wanted, low, high] = kind.gap ?? [0, 0, 0];
		if (index > 0) await delay(wanted);
		const [least, most] = writer.write(piece);
		if (index === 0) good = least > 2 * GUARD_MS;
		else good &&= least >= low && most <= high;
	}
	return good;
}

/** After a trial that does not count: back to a passthrough with nothing unread. */
async function recover(w: Wire, writer: TimedWriter, peer: PeerSocket): Promise<void> {
	for (let tries = 1; ; tries++) {
		await delay(200);
		if (w.at.reader.discard().includes("+QUITT")) {
			// What came after it began a command.
			await w.at.send("␍␊AT␍␊");
			await w.at.expectMatch(/(?:␍␊ERROR␍␊)?␍␊OK␍␊/);
			await w.at.chat("AT+CIPSEND␍␊", PROMPT);
		}
		// Whatever of the trial is still on its way arrives before this.
		writer.write("again;");
		try {
			await peer.reader.expectMatch(/[^]*?again;/, 2_000);
			return;
		} catch (error) {
			// The end of passthrough came later than we looked for it: then this went into a command.
			if (tries === 3) throw error;
		}
	}
}

async function inPassthrough(w: Wire): Promise<PeerSocket> {
	await w.join();
	const peer = await w.connect(await w.listen());
	await w.at.chat("AT+SYSMSG=1␍␊", OK);
	await w.passthrough();
	return peer;
}

/**
 * Whether the twin's own record shows that the pieces of the last trial reached it in time. A pty is filled by a thread
 * of the kernel, which waits for a processor as all others do: what was written 25 ms apart may arrive 15 ms apart.
 */
function arrivedInTime(trace: string, kind: Kind): boolean {
	const arrivals: { ms: number; byte: string }[] = [];
	for (const line of readFileSync(trace, "latin1").split("\n")) {
		const [, seconds, bytes] = /^([\d.]+) > (.*)$/.exec(line) ?? [];
		for (const byte of bytes ?? "") arrivals.push({ ms: Number(seconds) * 1000, byte });
	}
	const start = arrivals.findLastIndex(({ byte }) => byte === ";") + 1;
	let border = start;
	for (const [index, piece] of kind.pieces.entries()) {
		const gap = (arrivals[border]?.ms ?? 0) - (arrivals[border - 1]?.ms ?? 0);
		const [least, most] = index === 0 ? [GUARD_MS + 2, Infinity] : arrivalBounds(kind);
		if (gap < least || gap > most) return false;
		border += piece.length;
	}
	return true;
}

/** What a gap on arrival may be for the verdict to be clear: on the same side of the guard as it was sent. */
function arrivalBounds({ gap }: Kind): [number, number] {
	return gap === SLOWLY ? [GUARD_MS + 2, Infinity] : [0, GUARD_MS - 4];
}

async function runKind(kind: Kind): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "xs-at-trace-"));
	const trace = join(directory, "trace");
	await withTwin({ limit: 240_000, trace }, async w => {
		const peer = await inPassthrough(w);
		const writer = new TimedWriter(w);
		const bytes = kind.pieces.join("");
		let spoilt = 0;
		let late = 0;
		for (let good = 0; good < TRIALS;) {
			// Data before each trial show that this is passthrough, and that nothing of the last one is still held.
			writer.write(`#${good};`);
			await peer.expect(`#${good};`);
			if (!(await attempt(writer, kind))) {
				await recover(w, writer, peer);
				assert.ok(++spoilt < 2 * TRIALS, "this machine is too slow for its own part");
				continue;
			}
			try {
				if (kind.leaves) await w.at.expect("+QUITT␍␊", 1_000);
				else await peer.expect(bytes, 1_000);
			} catch (error) {
				if (arrivedInTime(trace, kind)) throw error;
				await recover(w, writer, peer);
				assert.ok(++late < TRIALS / 10, "what is sent reaches the twin too late, too often");
				continue;
			}
			if (kind.leaves) await w.at.chat("AT+CIPSEND␍␊", PROMPT);
			good++;
		}
	})
		.catch((error: Error) => {
			error.message = `${kind.title}: ${error.message}`;
			throw error;
		})
		.finally(() => rm(directory, { recursive: true, force: true }));
}

/** Fills the way to a peer that does not read, for 2 s; then lets it read all; then +++. */
async function runStall(trials: number): Promise<void> {
	await withTwin({ limit: 240_000 }, async w => {
		const peer = await inPassthrough(w);
		const writer = new TimedWriter(w);
		const data = randomBytes(1_000_000);
		// Whatever byte the stall comes at, plus signs are near.
		for (let at = 0; at < data.length; at += 100) data.fill("+", at, at + 3);
		for (let trial = 0; trial < trials; trial++) {
			peer.pause();
			const resumed = delay(2_000).then(() => peer.resume());
			let written = 0;
			const end = performance.now() + 2_500;
			while (written < data.length && performance.now() < end) {
				const took = writer.writeSome(data.subarray(written, written + 4_096));
				written += took;
				if (took === 0) await delay(2);
			}
			await resumed;
			assert.ok((await peer.reader.take(written, 10_000)).equals(data.subarray(0, written)));
			const leave = { title: "", pieces: ["+++"], leaves: true };
			if (!(await attempt(writer, leave))) throw new Error("slept too short");
			await w.at.expect("+QUITT␍␊");
			await w.at.chat("AT+CIPSEND␍␊", PROMPT);
		}
	});
}

/** The twin does not run for a while, just when the guard after +++ is: what came meanwhile came in time. */
async function runStopped(trials: number): Promise<void> {
	await withTwin({ limit: 240_000 }, async w => {
		const peer = await inPassthrough(w);
		const writer = new TimedWriter(w);
		for (let good = 0, spoilt = 0; good < trials;) {
			await delay(QUIET_MS);
			writer.write("+++");
			await delay(2);
			process.kill(w.twin.pid, "SIGSTOP");
			const [, most] = writer.write("abc");
			await delay(100);
			process.kill(w.twin.pid, "SIGCONT");
			if (most > GUARD_MS / 2) {
				await recover(w, writer, peer);
				assert.ok(++spoilt < 2 * TRIALS, "this machine is too slow for its own part");
				continue;
			}
			await peer.expect("+++abc");
			good++;
		}
	});
}

describe("+++ with every processor busy", () => {
	let load: CpuLoad;
	before(() => {
		load = new CpuLoad();
	});
	after(() => load.stop());

	it(`${TRIALS} times each: ${KINDS.map(({ title }) => title).join("; ")}`, async function () {
		this.timeout(300_000);
		const kinds = [...KINDS];
		// More at once, and the processors would be busy with this test and not with the load.
		const lanes = Array.from({ length: 7 }, async () => {
			for (let kind = kinds.shift(); kind; kind = kinds.shift()) await runKind(kind);
		});
		await all(lanes);
	});
	it(`${TRIALS} times after a stall of 2 s`, async function () {
		this.timeout(300_000);
		const twins = 20;
		await all(Array.from({ length: twins }, () => runStall(TRIALS / twins)));
	});
	it(`${TRIALS} times, data in the guard while the twin does not run`, async function () {
		this.timeout(300_000);
		const twins = 4;
		await all(Array.from({ length: twins }, () => runStopped(TRIALS / twins)));
	});
});

/** All to their end; then the failures, all of them. */
async function all(work: Promise<void>[]): Promise<void> {
	const failures = (await Promise.allSettled(work)).filter(result => result.status === "rejected");
	if (failures.length > 0) throw new Error(failures.map(({ reason }) => String(reason)).join("\n\n"));
}

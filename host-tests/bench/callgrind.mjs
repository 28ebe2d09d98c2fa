// SPDX-License-Identifier: Apache-2.0

/**
 * Instructions on the 32-bit twin under callgrind: user space, all threads.
 *
 * A figure is the difference of two sessions that differ in one number of repetitions, divided by that difference, so
 * that start-up and whatever the two have in common cancels out. What is repeated goes one at a time: a command is sent
 * when the answer to the last one is there, a block when the last one has arrived. So each repetition takes the same
 * wake-ups, from the wire to the wire, however the threads are scheduled; pipelined it would be a little cheaper.
 * Garbage collection is part of the figure: there are enough repetitions for many of them.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../../scripts/build.mjs";
import { Host, median, OK, spread } from "./host.mjs";

const REPEATS = 3;
const BASE = 500;
const MORE = 1000;
const KILOBYTE = 1024;

/** Five parameters with an escaped quote, backslash and comma; CWMODE=0 ends the handler with its first statement. */
const FIVE_PARAMETERS = 'AT+CWJAP="a\\"b\\\\c\\,d","12345678",,1,5';
const ERROR = "\r\nERROR\r\n";

const COMMANDS = [
	{ key: "at", line: "AT", answer: OK },
	{ key: "query", line: "AT+SYSSTORE?", answer: `+SYSSTORE:1\r\n${OK}` },
	{ key: "set", line: "AT+SYSSTORE=1", answer: OK },
	{ key: "fiveRefused", line: FIVE_PARAMETERS, answer: ERROR },
	/* The same statement ends this one with the same error. */
	{ key: "refused", line: "AT+CWQAP", answer: ERROR },
];

/** A handler that is entered with five parameters and returns: the parameters alone on top of AT. */
export const fiveParameters = ({ at, fiveRefused, refused }) => at.value + fiveRefused.value - refused.value;

const FLOWS = [{ key: "up" }, { key: "down" }];

/** Runs one session and counts all of its instructions. */
async function count(start, session) {
	const folder = mkdtempSync(join(tmpdir(), "xs-at-bench-"));
	const out = join(folder, "callgrind.out");
	const script = join(folder, "twin");
	const host = new Host();
	try {
		const command = `valgrind -q --tool=callgrind --callgrind-out-file='${out}' '${binary("twin32")}' "$@"`;
		writeFileSync(script, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
		const twin = await start({ binary: script, seed: 1, timeout: 60_000 });
		try {
			await host.attach(twin.path);
			await session(host);
		} finally {
			await twin.stop();
		}
		return Number(/^(?:totals|summary): (\d+)/m.exec(readFileSync(out, "utf8"))[1]);
	} finally {
		await host.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** @param repetitions by key */
async function commandSession(host, repetitions) {
	for (const { key, line, answer } of COMMANDS)
		await host.order("repeat", repetitions[key] ?? BASE, `${line}\r\n`, answer);
}

async function flowSession(host, blocks) {
	await host.connect();
	/* Each block is sent as it comes: the interval would hold it back, and with it this host. */
	await host.command("AT+TRANSINTVL=0");
	await host.passthrough();
	for (const { key } of FLOWS) await host.order(key, (blocks[key] ?? BASE) * KILOBYTE, KILOBYTE, 1);
}

async function differences(start, kinds, session, unit) {
	const runs = [];
	for (let i = 0; i < REPEATS; i++) runs.push({ round: i }, ...kinds.map(({ key }) => ({ round: i, key })));
	const next = runs[Symbol.iterator]();
	const work = async () => {
		for (const run of next)
			run.total = await count(start, host => session(host, run.key ? { [run.key]: BASE + MORE } : {}));
	};
	/* Counts do not depend on the load. */
	await Promise.all([work(), work()]);
	return Object.fromEntries(
		kinds.map(({ key }) => {
			const values = runs
				.filter(it => it.key === key)
				.map(it => (it.total - runs.find(base => base.round === it.round && !base.key).total) / MORE / unit);
			return [key, { value: median(values), spread: spread(values), values }];
		}),
	);
}

/** Instructions of one command. */
export function instructionsPerCommand(start) {
	return differences(start, COMMANDS, commandSession, 1);
}

/** Instructions of a byte in passthrough, in blocks of 1 KB. */
export function instructionsPerByte(start) {
	return differences(start, FLOWS, flowSession, KILOBYTE);
}

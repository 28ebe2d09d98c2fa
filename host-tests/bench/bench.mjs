// SPDX-License-Identifier: Apache-2.0

/**
 * Measures what has a budget (design: instructions, memory, start-up, passthrough), prints it and writes
 * build/bench.json. See docs of each figure in the files beside this one.
 *
 * 	node host-tests/bench/bench.mjs [--check] [--only GROUP,…]
 *
 * --check ends with 1 when a budget is missed or a figure failed, and where CI=true also when one was skipped.
 */

import "../loader/register.mjs";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { binary, buildTwin } from "../../scripts/build.mjs";
import { fiveParameters, instructionsPerByte, instructionsPerCommand } from "./callgrind.mjs";
import { root } from "./host.mjs";
import { memory } from "./memory.mjs";
import { links, throughput } from "./throughput.mjs";
import { commandTimes, timeToReady } from "./times.mjs";

const { start } = await import("../../twin/start.ts");
const startTwin = options => start({ binary: binary(), ...options });

/** The allotment, too, must stay below this. */
const HEAP_BUDGET = 40 * 1024;
const RATIO_BUDGET = 0.9;

/* --- what there is to measure with --- */

function runs(program, ...args) {
	return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

function compiles32() {
	const folder = mkdtempSync(join(tmpdir(), "xs-at-bench-"));
	try {
		const source = join(folder, "probe.c");
		writeFileSync(source, '#include <stdio.h>\nint main(void)\n{\n\treturn puts("") < 0;\n}\n');
		return runs("gcc", "-m32", "-o", join(folder, "probe"), source);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const TOOLS = {
	valgrind: { package: "valgrind", has: () => runs("valgrind", "--version") },
	gcc32: { package: "gcc-multilib", has: compiles32 },
	socat: { package: "socat", has: () => runs("socat", "-V") },
};

/* --- figures --- */

const figures = [];

/** @param it key, name, value, unit, and budget with `most` or `least`, or neither for a figure that only informs */
function figure(it) {
	const { value, most, least } = it;
	const within = (most === undefined || value <= most) && (least === undefined || value >= least);
	const verdict = most === undefined && least === undefined ? "info" : within ? "ok" : "MISSED";
	figures.push({ ...it, verdict });
}

async function commandFigures() {
	const counts = await instructionsPerCommand(startTwin);
	const { at, query, set, fiveRefused, refused } = counts;
	const unit = "instructions";
	figure({ key: "command.at", name: "AT, wire to wire", unit, ...at, most: 15_000 });
	figure({
		key: "command.five",
		name: "set with five parameters, handler entered, OK",
		unit,
		value: fiveParameters(counts),
		most: 25_000,
	});
	figure({ key: "command.query", name: "AT+SYSSTORE?", unit, ...query });
	figure({ key: "command.set", name: "AT+SYSSTORE=1", unit, ...set });
	figure({ key: "command.fiveRefused", name: "AT+CWJAP with five parameters, refused", unit, ...fiveRefused });
	figure({ key: "command.refused", name: "AT+CWQAP, refused", unit, ...refused });
}

async function byteFigures() {
	const { up, down } = await instructionsPerByte(startTwin);
	const unit = "instructions";
	figure({ key: "byte.up", name: "passthrough of a byte to the network, 1 KB blocks", unit, ...up, most: 8 });
	figure({ key: "byte.down", name: "passthrough of a byte to the host, 1 KB blocks", unit, ...down, most: 8 });
}

async function memoryFigures() {
	const { ready, session, live } = await memory(startTwin);
	const allotment = session.heap.size * session.heap.slot + session.chunks.size;
	const bytes = { unit: "bytes" };
	figure({ key: "heap.ready", name: "heap at ready", ...bytes, value: ready.bytes.used, most: 8 * 1024 });
	figure({ key: "heap.live", name: "heap over a session, alive", ...bytes, value: live, most: HEAP_BUDGET });
	const peak = session.bytes.peak;
	figure({ key: "heap.peak", name: "heap over a session, with garbage", ...bytes, value: peak, most: HEAP_BUDGET });
	figure({ key: "heap.allotment", name: "heap, whole allotment", ...bytes, value: allotment, most: HEAP_BUDGET });
	const { stack, keys, preloaded } = session;
	figure({ key: "stack.peak", name: `stack over a session, of ${stack.size}`, unit: "slots", value: stack.peak });
	figure({ key: "keys", name: `keys over a session, of ${keys.size}`, unit: "keys", value: keys.used });
	figure({ key: "aliases", name: "aliases", unit: "aliases", value: session.aliases });
	figure({ key: "preloaded.slots", name: "preloaded slots", unit: "slots", value: preloaded.slots });
	figure({ key: "preloaded.chunks", name: "preloaded chunks", ...bytes, value: preloaded.chunks });
	figure({
		key: "exceptions",
		name: "exceptions nobody caught",
		unit: "",
		value: session.javascript.exceptions,
		most: 0,
	});
}

async function readyFigures() {
	const { start: started, reset } = await timeToReady();
	figure({ key: "ready.start", name: "start to ready", unit: "ms", ...started, most: 100 });
	figure({ key: "ready.reset", name: "AT+RST to ready", unit: "ms", ...reset, most: 100 });
}

async function timeFigures() {
	const times = await commandTimes(startTwin);
	figure({ key: "latency.median", name: "latency of AT, median", unit: "us", value: times.median });
	figure({ key: "latency.p99", name: "latency of AT, 99th percentile", unit: "us", value: times.p99 });
	figure({ key: "pipelined", name: "AT without waiting", unit: "commands/s", value: times.pipelined });
}

async function throughputFigures(partners) {
	const { entries, ...results } = await throughput(startTwin, partners);
	for (const [partner, result] of Object.entries(results)) {
		for (const direction of ["up", "down"]) {
			const { own, its, value, values } = result[direction];
			const where = direction === "up" ? "to the network" : "to the host";
			const name = `throughput ${where}, ${own.toFixed(0)} MB/s, against ${partner}'s ${its.toFixed(0)}`;
			figure({ key: `throughput.${partner}.${direction}`, name, unit: "", value, values, least: RATIO_BUDGET });
		}
	}
	figure({
		key: "entries",
		name: `JavaScript entries while data flows (${partners})`,
		unit: "",
		value: entries,
		most: 0,
	});
}

/* Commands and frames are between: no budget but that JavaScript is entered for commands only, never for a packet. */
async function linkFigures() {
	const { UDP: udp, ...ways } = await links(startTwin);
	for (const [name, { own, its, value, values, entries }] of Object.entries(ways)) {
		const text = `${name}, ${own.toFixed(0)} MB/s, against pump's ${its.toFixed(0)}`;
		figure({ key: `links.${name}`, name: text, unit: "", value, values });
		const perPacket = name.startsWith("+IPD") || name === "CIPSENDL";
		figure({
			key: `entries.${name}`,
			name: `JavaScript entries a megabyte, ${name}`,
			unit: "",
			value: entries,
			...(perPacket ? { most: 3 } : {}),
		});
	}
	figure({ key: "links.UDP", name: "UDP, 1 KB there and back, one by one", unit: "/s", value: udp.perSecond });
	figure({ key: "entries.UDP", name: "JavaScript entries a megabyte, UDP", unit: "", value: udp.entries, most: 0 });
}

/* Those that measure time come first, while nothing else of the bench runs. */
const GROUPS = {
	ready: { variant: "twin", run: readyFigures },
	times: { variant: "twin", run: timeFigures },
	pump: { variant: "twin", run: () => throughputFigures(["pump"]) },
	socat: { variant: "twin", needs: ["socat"], run: () => throughputFigures(["socat"]) },
	links: { variant: "twin", run: linkFigures },
	memory: { variant: "twin32", needs: ["gcc32"], run: memoryFigures },
	commands: { variant: "twin32", needs: ["gcc32", "valgrind"], run: commandFigures },
	bytes: { variant: "twin32", needs: ["gcc32", "valgrind"], run: byteFigures },
};

/* --- the run --- */

function print() {
	const number = it =>
		Math.abs(it) < 10 && !Number.isInteger(it) ? it.toFixed(2) : Math.round(it).toLocaleString("en");
	const rows = figures.map(({ name, value, unit, most, least, values, verdict }) => [
		name,
		`${number(value)} ${unit}`.trim(),
		values ? `${number(Math.min(...values))} … ${number(Math.max(...values))}` : "",
		most !== undefined ? `≤ ${number(most)}` : least !== undefined ? `≥ ${number(least)}` : "",
		verdict,
	]);
	const table = [["figure", "value", "from … to", "budget", "verdict"], ...rows];
	const widths = table[0].map((_, column) => Math.max(...table.map(row => row[column].length)));
	for (const row of table)
		console.log(
			row
				.map((cell, column) => cell.padEnd(widths[column]))
				.join("  ")
				.trimEnd(),
		);
}

function commit() {
	const git = (...args) => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" }).stdout.trim();
	return { commit: git("rev-parse", "HEAD"), modified: git("status", "--porcelain", "--untracked-files=no") !== "" };
}

async function main(args) {
	const only = args.includes("--only") ? args[args.indexOf("--only") + 1].split(",") : Object.keys(GROUPS);
	const skipped = [];
	const failed = [];
	for (const name of only) if (!GROUPS[name]) throw new Error(`--only: ${name}; there are ${Object.keys(GROUPS)}`);
	for (const name of only) {
		const { variant, needs = [], run } = GROUPS[name];
		const missing = needs.filter(tool => !TOOLS[tool].has()).map(tool => TOOLS[tool].package);
		if (missing.length > 0) {
			skipped.push({ group: name, missing });
			console.log(`skipped: ${name}; run \`sudo apt-get install -y ${missing.join(" ")}\``);
			continue;
		}
		try {
			await buildTwin(variant);
			const began = Date.now();
			await run();
			console.log(`measured: ${name}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
		} catch (error) {
			failed.push({ group: name, error: String(error) });
			console.error(`failed: ${name}: ${error.stack}`);
		}
	}
	console.log("");
	print();
	const file = join(root, "build/bench.json");
	mkdirSync(join(root, "build"), { recursive: true });
	const machine = `${cpus().length} × ${cpus()[0]?.model}`;
	const report = { ...commit(), date: new Date().toISOString(), machine, figures, skipped, failed };
	writeFileSync(file, `${JSON.stringify(report, null, "\t")}\n`);
	console.log(`\n${relative(process.cwd(), file)} written`);

	const missed = figures.filter(it => it.verdict === "MISSED").map(it => it.key);
	if (missed.length > 0) console.log(`missed: ${missed.join(", ")}`);
	const bad = missed.length > 0 || failed.length > 0 || (process.env.CI === "true" && skipped.length > 0);
	if (args.includes("--check") && bad) process.exitCode = 1;
}

await main(process.argv.slice(2));

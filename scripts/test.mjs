// SPDX-License-Identifier: Apache-2.0

/**
 * `npm test`: everything, cheapest first, and as its last line how much passed, failed and was skipped.
 *
 * 	node scripts/test.mjs [lint] [unit] [native] [machine] [wire]
 */

import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { binary, buildTwin } from "./build.mjs";
import { writeCustom } from "./custom.mjs";

const root = resolve(import.meta.dirname, "..");
const total = { passed: 0, failed: 0, skipped: 0 };

const last = pattern => text => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
const lines = pattern => text => [...text.matchAll(pattern)].length;
const nothing = () => 0;

/** Runs a program, shows what it says, and counts by what it says. One that fails without a count counts as one. */
async function run(program, parameters, { passed, failed, skipped }) {
	const child = spawn(program, parameters, {
		cwd: root,
		stdio: ["ignore", "pipe", "inherit"],
		env: { ...process.env, NODE_OPTIONS: "", XS_AT_TWIN: binary() },
	});
	let text = "";
	child.stdout.on("data", data => {
		process.stdout.write(data);
		text += data;
	});
	const status = await new Promise(done => child.on("exit", done));
	total.passed += passed(text);
	total.failed += failed(text) || (status === 0 ? 0 : 1);
	total.skipped += skipped(text);
}

const byMocha = {
	passed: last(/^ {2}(\d+) passing/gm),
	failed: last(/^ {2}(\d+) failing/gm),
	skipped: last(/^ {2}(\d+) pending/gm),
};

const mocha = config =>
	run(
		process.execPath,
		["node_modules/mocha/bin/mocha.js", "--no-color", "--config", `host-tests/${config}.mocharc.json`],
		byMocha,
	);

const stages = {
	lint: () => run(process.execPath, ["scripts/lint.mjs"], { passed: nothing, failed: nothing, skipped: nothing }),
	unit: () => mocha("unit"),
	/* One program is one test here, however much it checks. */
	native: () =>
		run(process.execPath, ["scripts/native-tests.mjs"], {
			passed: lines(/^\S+ \(\w+\): \d+ passed, [\d.]+ s$/gm),
			failed: lines(/^\S+ \(\w+\): (?:FAILED|does not compile)/gm),
			skipped: last(/^native: \d+ passed, \d+ failed, (\d+) skipped/gm),
		}),
	/* The rules of preloading, on the engine that the twin runs. */
	machine: async () => {
		await buildTwin();
		await run(join(dirname(binary()), "machine-test"), [], {
			passed: last(/^(\d+) passed/gm),
			failed: last(/^\d+ passed, (\d+) failed/gm),
			skipped: nothing,
		});
	},
	wire: async () => {
		await buildTwin();
		await mocha("wire");
		await run(process.execPath, ["scripts/internet.mjs"], byMocha);
	},
};

writeCustom();
const chosen = process.argv.slice(2);
for (const name of chosen.length ? chosen : Object.keys(stages)) {
	console.log(`\n== ${name}`);
	await stages[name]();
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed ? 1 : 0);

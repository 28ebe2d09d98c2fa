// SPDX-License-Identifier: Apache-2.0

/**
 * `npm test`: everything, cheapest first, and as its last line how much passed, failed and was skipped.
 *
 * 	node scripts/test.mjs [lint] [unit] [native] [wire]
 */

import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { buildTwin } from "./build.mjs";
import { writeCustom } from "./custom.mjs";

const root = resolve(import.meta.dirname, "..");
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command, shows what it says, and counts by what its reporter says at the end. */
async function run(parameters, patterns) {
	const child = spawn(process.execPath, parameters, {
		cwd: root,
		stdio: ["ignore", "pipe", "inherit"],
		env: { ...process.env, NODE_OPTIONS: "" },
	});
	let text = "";
	child.stdout.on("data", data => {
		process.stdout.write(data);
		text += data;
	});
	const status = await new Promise(done => child.on("exit", done));
	const count = pattern => {
		const all = [...text.matchAll(pattern)];
		return all.length ? Number(all.at(-1)[1]) : 0;
	};
	const failed = count(patterns.failed);
	total.passed += count(patterns.passed);
	total.failed += failed || (status === 0 ? 0 : 1);
	total.skipped += count(patterns.skipped);
}

const mocha = config =>
	run(["node_modules/mocha/bin/mocha.js", "--config", `host-tests/${config}.mocharc.json`], {
		passed: /^ {2}(\d+) passing/gm,
		failed: /^ {2}(\d+) failing/gm,
		skipped: /^ {2}(\d+) pending/gm,
	});

const stages = {
	lint: () => run(["scripts/lint.mjs"], { passed: /$^/gm, failed: /$^/gm, skipped: /$^/gm }),
	unit: () => mocha("unit"),
	native: () =>
		run(["scripts/native-tests.mjs"], {
			passed: /^native: (\d+) passed/gm,
			failed: /^native: \d+ passed, (\d+) failed/gm,
			skipped: /^native: \d+ passed, \d+ failed, (\d+) skipped/gm,
		}),
	wire: async () => {
		await buildTwin();
		await mocha("wire");
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

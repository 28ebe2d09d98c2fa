// SPDX-License-Identifier: Apache-2.0

/** `npm start -- [options]`: builds the twin when something has changed, then runs it. */

import { spawn } from "node:child_process";
import { binary, buildTwin } from "./build.mjs";

/* A user's twin comes back after a crash, as a module with its watchdog does; one that keeps crashing does not. */
const CRASHES = 3;
const WITHIN = 10_000;

await buildTwin();
const crashes = [];
let child;
let stopping = false;

function run() {
	child = spawn(binary(), process.argv.slice(2), { stdio: "inherit" });
	child.on("exit", (code, signal) => {
		if (stopping || signal === "SIGTERM" || signal === "SIGINT" || signal === null) process.exit(code ?? 0);
		const now = Date.now();
		crashes.push(now);
		console.error(`xs-at: ended by ${signal}`);
		if (crashes.filter(it => now - it < WITHIN).length >= CRASHES) process.exit(1);
		run();
	});
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"])
	process.on(signal, () => {
		stopping = true;
		child.kill(signal === "SIGINT" ? "SIGTERM" : signal);
	});
run();

/* Who ends npm (`npm start & … kill %1`) ends it and its shell; neither passes that on. */
if (process.env.npm_lifecycle_event === "start") {
	const shell = process.ppid;
	setInterval(() => {
		if (process.ppid !== shell) process.kill(process.pid, "SIGTERM");
	}, 200);
}

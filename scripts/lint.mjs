// SPDX-License-Identifier: Apache-2.0

/** `npm run lint`: types, rules and format of everything that is ours. `-- --fix` formats. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { findModules } from "./build.mjs";

const root = resolve(import.meta.dirname, "..");
const fix = process.argv.includes("--fix");

function run(name, command, ...parameters) {
	const done = spawnSync(command, parameters, { cwd: root, stdio: "inherit" });
	if (done.status === 0) return;
	console.error(`lint: ${name} failed`);
	process.exit(1);
}

const bin = name => resolve(root, "node_modules/.bin", name);

function tracked(...patterns) {
	const list = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "--", ...patterns], {
		cwd: root,
		encoding: "utf8",
	});
	return list.stdout.split("\n").filter(Boolean);
}

function checkC() {
	const files = tracked("*.c", "*.h");
	const clang = bin("clang-format");
	if (fix) {
		run("clang-format", clang, "-i", ...files);
		return;
	}
	const bad = [];
	for (const file of files) {
		const text = spawnSync(clang, [file], { cwd: root, encoding: "utf8" }).stdout;
		if (text !== readFileSync(resolve(root, file), "utf8")) bad.push(relative(root, file));
	}
	if (!bad.length) return;
	console.error(`lint: not formatted (npm run lint -- --fix): ${bad.join(" ")}`);
	process.exit(1);
}

await findModules();
run("types", bin("tsc"), "-p", "tsconfig.json");
run("types of the tests", bin("tsc"), "-p", "tsconfig.node.json");
run("eslint", bin("eslint"), ".", ...(fix ? ["--fix"] : []));
run("prettier", bin("prettier"), fix ? "--write" : "--check", "--log-level", "warn", ".");
checkC();

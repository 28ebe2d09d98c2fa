// SPDX-License-Identifier: Apache-2.0

/**
 * Finds the commands in at-commands/custom/ and writes the module that imports them, with its manifest, into
 * build/custom/. A preloaded firmware cannot look for files; so that nobody has to list them, this is run before
 * every build: mcconfig, the twin and the tests all take the same list.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

function write(file, text) {
	let old;
	try {
		old = readFileSync(file, "utf8");
	} catch {
		old = undefined;
	}
	if (old !== text) writeFileSync(file, text);
}

export function writeCustom() {
	const files = readdirSync(join(root, "at-commands/custom")).filter(name => name.endsWith(".ts"));
	const wrong = files.filter(name => !/^[a-z0-9-]+\.ts$/.test(name));
	if (wrong.length) {
		console.error(`at-commands/custom/${wrong[0]}: a name has lower-case letters, digits and "-" only`);
		process.exit(1);
	}
	const names = files.map(name => name.slice(0, -3)).sort();
	const identifier = name => `set_${name.replaceAll("-", "_")}`;
	const imports = names.map(name => `import ${identifier(name)} from "at-commands/custom/${name}";\n`).join("");
	const sets = names.map(
		name =>
			`\t/* at-commands/custom/${name}.ts must: export default commands(command(...), ...) */\n` +
			`\tObject.freeze({ file: "at-commands/custom/${name}.ts", commands: ${identifier(name)} }),\n`,
	);
	const source =
		`// Written by scripts/custom.mjs from the files in at-commands/custom/.\n${imports}` +
		`import type { CommandFile } from "core/command";\n\n` +
		`export const custom: readonly CommandFile[] = Object.freeze([\n${sets.join("")}]);\n`;
	const modules = { "at-commands/custom": "./custom" };
	for (const name of names) modules[`at-commands/custom/${name}`] = `../../at-commands/custom/${name}`;
	mkdirSync(join(root, "build/custom"), { recursive: true });
	write(join(root, "build/custom/custom.ts"), source);
	write(
		join(root, "build/custom/manifest.json"),
		`${JSON.stringify({ modules, preload: Object.keys(modules) }, null, "\t")}\n`,
	);
}

if (process.argv[1] === import.meta.filename) writeCustom();

// SPDX-License-Identifier: Apache-2.0

/**
 * The fuzz targets, for `npm run fuzz` and for the native tests, which replay their seeds and regressions. Each
 * host-tests/fuzz/NAME.c is one, and the line `Sources:` in it says what it is linked with.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const folder = "host-tests/fuzz";

/** @returns {Map<string, {file: string, sources: string[], inputs: string[], dictionary: string | undefined}>} by name */
export function fuzzTargets() {
	const targets = new Map();
	for (const file of readdirSync(join(root, folder)).sort()) {
		if (!file.endsWith(".c")) continue;
		const name = file.slice(0, -2);
		const text = readFileSync(join(root, folder, file), "utf8");
		const sources = [...text.matchAll(/^ \* Sources: (.+)$/gm)].flatMap(([, list]) => list.split(" "));
		if (!sources.length) throw new Error(`${folder}/${file}: no line "Sources:"`);
		const dictionary = `${folder}/${name}.dict`;
		targets.set(name, {
			file: `${folder}/${file}`,
			sources,
			inputs: [`${folder}/seeds/${name}`, `${folder}/regressions/${name}`],
			dictionary: existsSync(join(root, dictionary)) ? dictionary : undefined,
		});
	}
	return targets;
}

// SPDX-License-Identifier: Apache-2.0

/**
 * The fuzz targets, for `npm run fuzz` and for the native tests, which replay their seeds and regressions. Each
 * host-tests/fuzz/NAME.c is one, and what stands behind `Sources:` at the end of its first comment is linked with it.
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
		/* To the end of the comment: clang-format may have filled its lines anew. */
		const [, list] = /\bSources:(.*?)\*\//s.exec(text) ?? [];
		const sources = (list ?? "").split(/[\s*]+/).filter(it => it && it !== "Sources:");
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

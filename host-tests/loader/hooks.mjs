// SPDX-License-Identifier: Apache-2.0

/**
 * Module hooks for the tests: bare specifiers ("at/port") resolve through the manifests, as they do in mcconfig and in
 * the twin's build; `.ts` is transpiled in memory, without type checks (`tsc --noEmit` is the linter's business).
 */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve as resolvePath } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readManifest } from "../../scripts/manifest.mjs";

const root = resolvePath(dirname(fileURLToPath(import.meta.url)), "../..");
/** The firmware's own map first: the twin's additions must not replace one of its modules. */
const MANIFESTS = ["manifest.json", "twin/world/manifest.json"];

/** @type {Map<string, string> | undefined} specifier to URL */
let map;
let typescript;

function moduleMap() {
	if (map) return map;
	map = new Map();
	for (const name of MANIFESTS) {
		const file = resolvePath(root, name);
		if (!existsSync(file)) continue;
		for (const [specifier, path] of readManifest(file).modules) {
			const url = pathToFileURL(path).href;
			if (map.has(specifier) && map.get(specifier) !== url)
				throw new Error(`${file}: "${specifier}" is already ${map.get(specifier)}`);
			map.set(specifier, url);
		}
	}
	return map;
}

export async function resolve(specifier, context, next) {
	if (/^\.{0,2}\//.test(specifier)) {
		const url = resolveRelative(specifier, context.parentURL);
		if (url) return { url, shortCircuit: true };
	} else if (!/^[a-z]+:/.test(specifier) && isOurs(context.parentURL) && !isWireTest(context.parentURL)) {
		const url = moduleMap().get(specifier);
		if (url) return { url, shortCircuit: true };
	}
	return next(specifier, context);
}

/** `./x`, `./x.js` (what TypeScript makes one write) and `./x.ts` mean x.ts when there is one. */
function resolveRelative(specifier, parentURL) {
	if (!isOurs(parentURL)) return undefined;
	const path = fileURLToPath(new URL(specifier, parentURL));
	for (const candidate of [path, `${path}.ts`, path.replace(/\.js$/, ".ts")]) {
		if (candidate.endsWith(".ts") && existsSync(candidate)) return pathToFileURL(candidate).href;
	}
	return undefined;
}

/** Packages keep Node's own resolution: one called "main" or "fs" must not get a module of the firmware. */
function isOurs(parentURL) {
	if (parentURL === undefined || !parentURL.startsWith("file:")) return false;
	const path = fileURLToPath(parentURL);
	return path.startsWith(`${root}/`) && !path.includes("/node_modules/");
}

/** They see the twin from outside: no module of the firmware is theirs, and a broken manifest does not concern them. */
function isWireTest(parentURL) {
	return fileURLToPath(parentURL).startsWith(`${root}/host-tests/wire/`);
}

export async function load(url, context, next) {
	if (!url.startsWith("file:") || !url.endsWith(".ts") || url.includes("/node_modules/")) return next(url, context);
	typescript ??= createRequire(import.meta.url)("typescript");
	const fileName = fileURLToPath(url);
	const { outputText, diagnostics } = typescript.transpileModule(readFileSync(fileName, "utf8"), {
		fileName,
		reportDiagnostics: true,
		compilerOptions: {
			target: typescript.ScriptTarget.ES2022,
			module: typescript.ModuleKind.ESNext,
			inlineSourceMap: true,
			inlineSources: true,
		},
	});
	if (diagnostics && diagnostics.length > 0) {
		const host = { getCanonicalFileName: f => f, getCurrentDirectory: () => root, getNewLine: () => "\n" };
		throw new SyntaxError(typescript.formatDiagnostics(diagnostics, host));
	}
	return { format: "module", source: outputText, shortCircuit: true };
}

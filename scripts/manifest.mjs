// SPDX-License-Identifier: Apache-2.0

/**
 * Reads Moddable manifests the way mcconfig does (tools/mcmanifest.js of the SDK), for the two builds that run
 * without the SDK: the twin and the tests under Node. One reader, so that a file which is missing in the manifest is
 * missing everywhere, and an `npm test` proves what mcconfig will be given.
 *
 * Stricter than mcconfig where leniency would hide a mistake: an unknown key, a module without a file, a preload that
 * names no module and two files for one specifier are errors here.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** What a manifest, or one of its platforms, may hold. */
const BLOCK_KEYS = new Set([
	"build",
	"config",
	"creation",
	"defines",
	"include",
	"modules",
	"preload",
	"strip",
	"typescript",
]);
/** Only at the top of a manifest. */
const TOP_KEYS = new Set(["platforms"]);
/** Only inside one platform; `dependency` and `components` are the ESP-IDF's component manager. */
const PLATFORM_KEYS = new Set(["error", "warning", "dependency", "components"]);

/** The SDK's own manifests and modules: mcconfig finds them, the other builds have their own counterpart. */
const SDK_PATH = /^\$\((MODDABLE|MODULES)\)/;

class ManifestError extends Error {
	constructor(file, what) {
		super(`${file}: ${what}`);
		this.name = "ManifestError";
	}
}

/**
 * Reads a manifest and all that it includes.
 *
 * @param {string} file the manifest
 * @param {string} [platform] key under `platforms` whose block is taken
 * @returns {{
 *   modules: Map<string, string>,
 *   sources: string[],
 *   preload: string[],
 *   creation: Record<string, unknown>,
 *   defines: Record<string, unknown>,
 *   config: Record<string, unknown>,
 *   strip: string | string[] | undefined,
 *   files: string[],
 * }} `modules`: specifier to absolute path of its TypeScript; `sources`: absolute paths of the C sources and headers;
 *   `preload`: specifiers; `files`: the manifests read, included ones first, as mcconfig merges them
 * @throws {ManifestError} naming the manifest and the key or path
 */
export function readManifest(file, platform = "twin") {
	const all = {
		modules: new Map(),
		sources: [],
		preload: [],
		creation: {},
		defines: {},
		config: {},
		strip: undefined,
		files: [],
	};
	const state = { all, platform, seen: new Set(), variables: new Map(), preloadedBy: new Map() };
	readOne(state, resolve(file));
	for (const specifier of all.preload) {
		if (!all.modules.has(specifier))
			throw new ManifestError(state.preloadedBy.get(specifier), `preload: no module "${specifier}"`);
	}
	return all;
}

function readOne(state, file) {
	if (state.seen.has(file)) return;
	state.seen.add(file);

	let manifest;
	try {
		manifest = JSON.parse(readFileSync(file, "utf8"));
	} catch (error) {
		throw new ManifestError(file, error.message);
	}
	if (!isObject(manifest)) throw new ManifestError(file, "not an object");
	checkKeys(file, "", manifest, TOP_KEYS);

	const blocks = [manifest];
	if (manifest.platforms !== undefined) {
		if (!isObject(manifest.platforms)) throw new ManifestError(file, "platforms: not an object");
		for (const [name, block] of Object.entries(manifest.platforms)) {
			if (!isObject(block)) throw new ManifestError(file, `platforms["${name}"]: not an object`);
			checkKeys(file, `platforms["${name}"].`, block, PLATFORM_KEYS);
		}
		const own = manifest.platforms[state.platform];
		if (own?.error !== undefined) throw new ManifestError(file, String(own.error));
		// "..." stands for every platform that is not named. Its error says "no such chip", which the twin is not.
		const block = own ?? manifest.platforms["..."];
		if (block !== undefined) blocks.push(block);
	}

	for (const block of blocks) {
		for (const [name, value] of Object.entries(block.build ?? {})) {
			if (typeof value !== "string") continue;
			const path = value.startsWith("./") ? join(dirname(file), value) : value;
			state.variables.set(name.replace(/ \?=$/, ""), path);
		}
	}
	for (const block of blocks) {
		for (const include of list(file, "include", block.include)) {
			if (SDK_PATH.test(include)) continue;
			readOne(state, resolve(dirname(file), expand(state, file, "include", include)));
		}
	}
	state.all.files.push(file);
	for (const block of blocks) readBlock(state, file, block);
}

function readBlock(state, file, block) {
	const { all } = state;
	readModules(state, file, block.modules);
	for (const specifier of list(file, "preload", block.preload)) {
		// mcconfig looks for a preload pattern among JavaScript files only, so a TypeScript module would silently
		// stay out of flash.
		if (specifier.includes("*")) throw new ManifestError(file, `preload: "${specifier}": name each module`);
		if (!all.preload.includes(specifier)) all.preload.push(specifier);
		state.preloadedBy.set(specifier, file);
	}
	for (const key of ["creation", "defines", "config"]) {
		if (block[key] === undefined) continue;
		if (!isObject(block[key])) throw new ManifestError(file, `${key}: not an object`);
		merge(all[key], block[key]);
	}
	if (block.strip !== undefined) all.strip = block.strip;
}

function readModules(state, file, modules) {
	if (modules === undefined) return;
	if (!isObject(modules)) throw new ManifestError(file, "modules: not an object");
	const excluded = new Set();
	for (const value of list(file, 'modules["~"]', modules["~"])) {
		for (const found of matchFiles(state, file, '"~"', value)) excluded.add(found.path);
	}
	for (const [specifier, values] of Object.entries(modules)) {
		if (specifier === "~") continue;
		for (const value of list(file, `modules["${specifier}"]`, values)) {
			for (const found of matchFiles(state, file, `"${specifier}"`, value)) {
				if (!excluded.has(found.path)) addFile(state, file, specifier, found);
			}
		}
	}
}

function addFile(state, file, key, { path, name }) {
	const { modules, sources } = state.all;
	if (/\.(c|h)$/.test(path)) {
		if (!sources.includes(path)) sources.push(path);
		return;
	}
	const specifier = key.endsWith("*") ? key.slice(0, -1) + name : key;
	const other = modules.get(specifier);
	if (other !== undefined && other !== path)
		throw new ManifestError(file, `modules: "${specifier}" is both ${other} and ${path}`);
	modules.set(specifier, path);
}

/** The files which a value of `modules` means: all extensions of one path, or of a pattern's matches. */
function matchFiles(state, file, key, value) {
	if (SDK_PATH.test(value))
		throw new ManifestError(file, `modules: ${key}: ${value} is the SDK's; it belongs under a chip's platform`);
	const path = resolve(dirname(file), expand(state, file, "modules", value));
	const directory = dirname(path);
	const pattern = basename(path);
	const star = pattern.lastIndexOf("*");
	const prefix = star < 0 ? pattern : pattern.slice(0, star);
	const found = [];
	for (const entry of entries(file, key, directory)) {
		const extension = /(?:\.d\.ts|\.[^.]*)$/.exec(entry)?.[0] ?? "";
		const stem = entry.slice(0, entry.length - extension.length);
		const matches = star < 0 ? stem === prefix || entry === prefix : stem.startsWith(prefix);
		// A .d.ts only types what is elsewhere. A manifest beside its modules is no module.
		if (!matches || !statSync(join(directory, entry)).isFile() || extension === ".d.ts") continue;
		if (extension === ".ts" || extension === ".c" || extension === ".h")
			found.push({ path: join(directory, entry), name: star < 0 ? stem : stem.slice(prefix.length) });
		else if (extension === ".js" || extension === ".mjs")
			throw new ManifestError(file, `modules: ${key}: ${entry}: our modules are TypeScript`);
	}
	if (found.length === 0) throw new ManifestError(file, `modules: ${key}: no file ${path}`);
	return found;
}

function entries(file, key, directory) {
	try {
		return readdirSync(directory)
			.filter(name => !name.startsWith("."))
			.sort();
	} catch {
		throw new ManifestError(file, `modules: ${key}: no folder ${directory}`);
	}
}

function expand(state, file, key, value) {
	return value.replace(/\$\(([^)]+)\)/g, (_, name) => {
		const known = state.variables.get(name) ?? process.env[name];
		if (known === undefined) throw new ManifestError(file, `${key}: ${value}: $(${name}) is not set`);
		return known;
	});
}

function list(file, key, value) {
	if (value === undefined) return [];
	const items = Array.isArray(value) ? value : [value];
	for (const item of items) {
		if (typeof item !== "string") throw new ManifestError(file, `${key}: ${JSON.stringify(item)} is not a string`);
	}
	return items;
}

function checkKeys(file, where, block, more) {
	for (const key of Object.keys(block)) {
		if (!BLOCK_KEYS.has(key) && !more.has(key)) throw new ManifestError(file, `unknown key ${where}${key}`);
	}
}

function merge(target, source) {
	for (const [key, value] of Object.entries(source)) {
		if (isObject(value) && isObject(target[key])) merge(target[key], value);
		else target[key] = isObject(value) ? structuredClone(value) : value;
	}
}

function isObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

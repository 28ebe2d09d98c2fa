// SPDX-License-Identifier: Apache-2.0

/** Everything that mcconfig takes for the chip, from our manifests and the SDK's. */

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PLATFORM, root } from "./report.mjs";

export const isObject = value => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = value => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

function merge(target, source) {
	for (const [key, value] of Object.entries(source ?? {})) {
		if (isObject(value)) merge((target[key] = isObject(target[key]) ? target[key] : {}), value);
		else target[key] = value;
	}
	return target;
}

/**
 * Everything that mcconfig takes for the chip, from our manifest and from those of the SDK that it includes. The reader
 * in scripts/manifest.mjs is stricter than the SDK's manifests are and knows nothing of them, hence this lenient one;
 * mcconfig is asked whether it is right.
 */
export function readManifests(moddable, manifest) {
	const all = {
		ours: { modules: new Map(), sources: [], preload: [] },
		sdk: { modules: new Map(), sources: [], preload: [], types: {} },
		creation: {},
		defines: {},
		compilerOptions: {},
		strip: [],
	};
	const variables = { MODDABLE: moddable, MODULES: join(moddable, "modules") };
	const seen = new Set();
	const without = new Set();
	const expand = text =>
		text.replace(/\$\((\w+)\)/g, (_, name) => {
			const value = variables[name] ?? process.env[name];
			if (value === undefined) throw new Error(`${text}: $(${name}) is not known`);
			return value;
		});
	const blocks = manifest => [manifest, ...listOf(manifest.platforms?.[PLATFORM] ?? manifest.platforms?.["..."])];
	const ownerOf = file => (file.startsWith(`${root}/`) ? all.ours : all.sdk);

	/* Files of a value of `modules`: all extensions of one path, or of what a pattern means. */
	const match = (key, value, file) => {
		/* A folder of headers. */
		if (value.endsWith("/")) return [];
		const path = resolve(dirname(file), expand(value));
		const [stem] = basename(path).split("*");
		const isPattern = path.includes("*");
		return readdirSync(dirname(path)).flatMap(entry => {
			const [, name, extension] = /^(.*?)(\.d\.ts|\.[^.]*)$/.exec(entry) ?? [];
			const source = join(dirname(path), entry);
			if (name === undefined || seen.has(source)) return [];
			if (isPattern ? !name.startsWith(stem) : name !== stem && entry !== stem) return [];
			const specifier = key.includes("*") ? key.replace("*", name.slice(isPattern ? stem.length : 0)) : key;
			return [{ source, name, extension, specifier }];
		});
	};
	const add = ({ source, name, extension, specifier }) => {
		const owner = ownerOf(source);
		if (extension === ".c" || extension === ".h") {
			if (!owner.sources.includes(source)) owner.sources.push(source);
		} else if (extension === ".d.ts") all.sdk.types[specifier] = [join(dirname(source), name)];
		else if (extension === ".ts" && owner === all.sdk)
			throw new Error(`${source}: TypeScript of the SDK's is not foreseen`);
		else if ([".ts", ".js", ".mjs", ".json"].includes(extension))
			owner.modules.set(specifier.replace(/^(\w+):/, "~.$1/"), source);
	};
	const read = file => {
		if (seen.has(file)) return;
		seen.add(file);
		const manifest = JSON.parse(readFileSync(file, "utf8"));
		for (const block of blocks(manifest))
			for (const [name, value] of Object.entries(block.build ?? {})) variables[name] = expand(value);
		for (const block of blocks(manifest))
			for (const include of listOf(block.include)) read(resolve(dirname(file), expand(include)));
		for (const block of blocks(manifest)) {
			const { "~": excluded, ...modules } = block.modules ?? {};
			for (const value of listOf(excluded)) for (const { source } of match("~", value, file)) without.add(source);
			for (const [key, values] of Object.entries(modules))
				for (const value of listOf(values)) for (const found of match(key, value, file)) add(found);
			for (const name of listOf(block.preload)) {
				const { preload } = ownerOf(file);
				if (!preload.includes(name)) preload.push(name);
			}
			merge(all.creation, block.creation);
			merge(all.defines, block.defines);
			const options = structuredClone(block.typescript?.tsconfig?.compilerOptions ?? {});
			if (options.types) options.types = options.types.map(expand);
			merge(all.compilerOptions, options);
			if (block.strip !== undefined) all.strip = listOf(block.strip);
		}
	};
	read(manifest);
	/* Wherever "~" stands, it is for all. */
	for (const owner of [all.ours, all.sdk]) {
		owner.sources = owner.sources.filter(it => !without.has(it));
		for (const [specifier, source] of owner.modules) if (without.has(source)) owner.modules.delete(specifier);
	}
	return all;
}

/** What mcconfig writes into its makefile as CREATION, from the defaults of its filterCreation(). */
export function creationOption(creation) {
	const { chunk, heap, keys, parser } = creation;
	return [
		chunk.initial,
		chunk.incremental ?? 1024,
		heap.initial,
		heap.incremental ?? 64,
		creation.stack ?? 384,
		keys.initial,
		keys.incremental ?? 0,
		keys.name ?? 127,
		keys.symbol ?? 127,
		parser?.buffer ?? 32768,
		parser?.table ?? 1993,
		creation.static ?? 0,
		creation.main ?? "main",
		creation.nativeStack ?? 0,
	].join(",");
}

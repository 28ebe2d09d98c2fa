// SPDX-License-Identifier: Apache-2.0

/** The preloaded image: compiled, linked, counted, and each object that stays changeable explained. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { creationOption } from "./manifests.mjs";
import { miss, report, root, work } from "./report.mjs";
import { compileModule, link, run } from "./sdk.mjs";
import { checkNatives, compileTypeScript } from "./typescript.mjs";

/** Bytes of the engine's structures on a 32-bit processor. */
const SLOT = 16;
const POINTER = 4;
const KEY_ID = 2;
const HOST_BUILDER = 8;

/**
 * What xsl leaves changeable, so that it costs 4 bytes of RAM each. Whatever is found and not explained here is a miss:
 * an object to freeze or a `let` to make const. `most` is how many there may be.
 */
const ALIASES = [
	{
		name: "well-known symbols",
		of: "engine",
		most: 13,
		why: "each symbol is an object of the engine's own making, which xsl does not freeze",
		is: it => it.kind === "XS_SYMBOL_KIND" && /"Symbol\.\w+"/.test(it.second),
	},
	{
		name: "global objects",
		of: "engine",
		most: 2,
		why: "globalThis of the machine and the one that compartments start from: both can be added to",
		is: it => it.first.includes("xsID_AggregateError,"),
	},
	{
		name: "iterator helper prototypes",
		of: "engine",
		most: 2,
		why: "the prototypes behind Iterator.prototype.map() and Iterator.from(), which no built-in names, so that xsl cannot freeze them",
		is: it => /^(fx_Iterator(Helper|Wrapper)_prototype_next|fxDeadStrip)$/.test(it.builder ?? ""),
	},
	{
		name: "import.meta",
		of: "module",
		why: "one object per preloaded module, which the language wants changeable",
		is: (it, preloads) => preloads.has(it.uri),
	},
];

/** Modules of ours that stay out of the preload, and why. None does. */
const NOT_PRELOADED = {};

/** The bytes of a C string literal, with the zero that ends it. */
function literalBytes(text) {
	return text.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/g, "x").length + 1;
}

/**
 * Figures of a preloaded image.
 *
 * @param {string} file mc.xs.c, as xsl writes it
 * @returns {{ slots: number, keys: number, stack: number, aliasCount: number, aliasBytes: number, aliases: object[],
 *   notPreloaded: string[], rom: Record<string, number> }} `aliases`: the objects left changeable (variables are only
 *   counted); `rom`: bytes on the chip, counted from the source
 */
export function imageFigures(file) {
	const text = readFileSync(file, "utf8");
	const count = name => Number(new RegExp(`#define mx${name}Count (\\d+)`).exec(text)?.[1] ?? 0);
	const heap = new Map([...text.matchAll(/^\/\* (\d+) \*\/\t(.*)$/gm)].map(it => [Number(it[1]), it[2]]));
	const builders = /gxBuilders\[\d+\] = \{\n([\s\S]*?)\n\};/.exec(text)?.[1].split("\n") ?? [];
	const follow = line => heap.get(Number(/^\{ \(txSlot\*\)&gxHeap\[(\d+)\]/.exec(line ?? "")?.[1] ?? -1)) ?? "";
	const aliases = [];
	for (const [index, line] of heap) {
		if (!line.includes("/* ALIAS */")) continue;
		const first = follow(line);
		const builder = /gxBuilders\[(\d+)\]/.exec(first)?.[1];
		aliases.push({
			index,
			first,
			second: follow(first),
			kind: /kind = (\w+)/.exec(first)?.[1] ?? /kind = (\w+)/.exec(line)[1],
			uri: first.includes("xsID_uri,") ? /\.string = "([^"]*)"/.exec(first)?.[1] : undefined,
			builder: builder && /\{ (\w+),/.exec(builders[Number(builder)])?.[1],
		});
	}
	const literals = new Set(
		[...text.matchAll(/\.(?:string|code) = (?:\{ \(txByte\*\))?"((?:[^"\\]|\\.)*)"/g)].map(it => it[1]),
	);
	const keyNames = new Set([...text.matchAll(/\.key = \{ "((?:[^"\\]|\\.)*)"/g)].map(it => it[1]));
	const code = new Set([...text.matchAll(/\.code = \{ \(txByte\*\)"((?:[^"\\]|\\.)*)"/g)].map(it => it[1]));
	const strings = [...new Set([...literals, ...keyNames])].filter(it => !code.has(it));
	const sum = list => [...list].reduce((total, it) => total + literalBytes(it), 0);
	const scripts = [
		...text.matchAll(/^\t\{ (?:NULL|xsHostModule\d+), .*? (NULL|\(txS1\*\)gxCode\d+), (\d+), .*?"([^"]*)", \{/gm),
	];
	const left = scripts.filter(it => it[1] !== "NULL");
	const rom = {
		slots: (count("Heap") + count("Stack")) * SLOT,
		byteCode: sum(code) + left.reduce((total, it) => total + Number(it[2]), 0),
		strings: sum(strings),
		tables:
			(count("Keys") + count("Names") + count("Symbols") + count("Slot")) * POINTER +
			count("Keys") * KEY_ID +
			builders.length * HOST_BUILDER,
	};
	rom.total = rom.slots + rom.byteCode + rom.strings + rom.tables;
	return {
		slots: count("Heap"),
		keys: count("Keys"),
		stack: count("Stack"),
		/* Numbered from 1: the engine's array has an entry for none. */
		aliasCount: count("Alias") - 1,
		aliasBytes: count("Alias") * POINTER,
		aliases,
		notPreloaded: left.map(it => it[3]),
		rom,
	};
}

/** Each alias with its reason, or a miss. */
function explainAliases(image, preloads, log) {
	const explained = ALIASES.map(({ name, of, why }) => ({ name, of, why, count: 0, modules: [] }));
	const unexplained = [];
	for (const alias of image.aliases) {
		const at = ALIASES.findIndex(it => it.is(alias, preloads));
		if (at < 0) unexplained.push(alias);
		else {
			explained[at].count++;
			if (alias.uri) explained[at].modules.push(alias.uri);
		}
	}
	for (const [at, { name, most }] of ALIASES.entries())
		if (most !== undefined && explained[at].count > most)
			miss("xsl", `${explained[at].count} aliases of "${name}", where ${most} are explained`);
	/* What exports and globals reach, xsl names with its path; the rest can only be shown as it is. */
	const named = [...log.matchAll(/^### warning: (.*: (?:not frozen|no const))$/gm)].map(it => it[1]);
	for (const name of named) miss("xsl", `alias ${name}`);
	const counted = explained.reduce((total, it) => total + it.count, named.length);
	if (counted < image.aliasCount) {
		const left = unexplained.map(it => `gxHeap[${it.index}] ${it.first.slice(0, 120)}`).join("; ");
		miss("xsl", `${image.aliasCount - counted} aliases are not explained, among ${left || "variables"}`);
	}
	for (const it of explained) if (!it.modules.length) delete it.modules;
	return explained;
}

/** Everything that needs the compiler's three tools only. */
export function checkImage(sdk, manifest) {
	const { ours, sdk: theirs } = manifest;
	const folder = join(work, "modules");
	const compiled = compileTypeScript(manifest);
	const modules = { sdk: [], ours: [] };
	const compile = (list, specifier, source, isOurs) => {
		const done = compileModule(sdk, specifier, source, folder);
		if (done.text || !done.ok) {
			const text = `xsc ${specifier}: ${done.text || "failed"}`;
			if (isOurs || !done.ok) miss("xsc", text);
			else (report.warnings.sdk ??= []).push(text);
		}
		if (done.ok) list.push(done.target);
	};
	const config = join(work, "mc.config.js");
	writeFileSync(config, 'export default Object.freeze({\n\t"format": "RGB565LE",\n\t"rotation": 0,\n}, true);\n');
	for (const [specifier, source] of theirs.modules) compile(modules.sdk, specifier, source, false);
	compile(modules.sdk, "mc/config", config, false);
	for (const [specifier, file] of ours.modules) {
		const js = compiled(file);
		if (!existsSync(js)) continue;
		checkNatives(file, readFileSync(js, "utf8"));
		compile(modules.ours, specifier, js, true);
	}
	for (const specifier of ours.modules.keys())
		if (!ours.preload.includes(specifier) && !Object.hasOwn(NOT_PRELOADED, specifier))
			miss("xsl", `${specifier} is not preloaded`);

	const ids = { sdk: [], ours: [] };
	for (const [list, sources] of [
		[ids.sdk, theirs.sources],
		[ids.ours, ours.sources],
	]) {
		for (const source of sources) {
			const done = run(sdk, "xsid", [source, "-o", join(work, "ids")]);
			if (!done.ok) miss("xsl", `xsid ${relative(root, source)}: ${done.text}`);
			list.push(join(work, "ids", `${basename(source)}.xsi`));
		}
	}
	/* The makefile makes one object per base name: of two, one would never be compiled. */
	const names = new Map();
	for (const source of [...theirs.sources, ...ours.sources]) {
		const name = basename(source);
		if (names.has(name)) miss("mcconfig", `${relative(root, source)} and ${names.get(name)} are both ${name}`);
		names.set(name, source);
	}

	const { strip } = manifest;
	const creation = creationOption(manifest.creation);
	const preloads = [...theirs.preload, ...ours.preload, "mc/config"];
	const linked = link(sdk, work, {
		modules: [...modules.sdk, ...modules.ours],
		ids: [...ids.sdk, ...ids.ours],
		preload: preloads,
		strip,
		creation,
	});
	if (!linked.ok || /^### error/m.test(linked.text)) {
		miss("xsl", `xsl: ${linked.text}`);
		return undefined;
	}
	for (const line of linked.text.split("\n"))
		if (line && !/^### (\d+ instances|warning: .*: (not frozen|no const)$)/.test(line)) miss("xsl", `xsl: ${line}`);
	const image = imageFigures(join(work, "mc.xs.c"));
	const aliases = explainAliases(image, new Set(preloads), linked.text);

	/* The same engine and SDK with an application that does nothing: what is left is ours. */
	const empty = join(work, "empty.js");
	writeFileSync(empty, "export default function () {}\n");
	const main = compileModule(sdk, "empty", empty, folder);
	const alone = link(sdk, join(work, "empty"), {
		modules: [...modules.sdk, main.target],
		ids: ids.sdk,
		preload: [...theirs.preload, "empty", "mc/config"],
		strip,
		creation: creation.replace(",main,", ",empty,"),
	});
	if (!alone.ok) miss("xsl", `xsl of an empty application: ${alone.text}`);
	const base = alone.ok ? imageFigures(join(work, "empty/mc.xs.c")) : undefined;
	const both = key => ({ total: image[key], ours: base && image[key] - base[key] });
	Object.assign(report, {
		creation,
		strip,
		modules: { ours: ours.modules.size, sdk: theirs.modules.size + 1 },
		slots: both("slots"),
		keys: both("keys"),
		aliases: { total: image.aliasCount, ramBytes: image.aliasBytes, explained: aliases },
		romBytes: { ...image.rom, ours: base && image.rom.total - base.rom.total },
		notPreloaded: image.notPreloaded,
	});
	return { preloads, strip, creation, modules: [...theirs.modules.keys(), "mc/config", ...ours.modules.keys()] };
}

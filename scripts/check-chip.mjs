// SPDX-License-Identifier: Apache-2.0

/**
 * `npm run check:chip`: proves the chip's side as far as it goes without a board, with the tools of an installed
 * Moddable SDK ($MODDABLE), and writes build/chip.json. A miss ends it with 1.
 *
 * Always: every TypeScript module with the SDK's settings, xsc, xsid and xsl as mcconfig calls them; each alias explained.
 * With mcconfig: it takes the manifest, and what it generates is what was checked.
 * With $IDF_PATH: each line of sdkconfig.defaults takes effect, the partition tables are the IDF's.
 * With XTENSA_CC as well: our C compiles without a warning, and its size.
 */

import { spawnSync } from "node:child_process";
import {
	accessSync,
	constants,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { basename, delimiter, dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { writeCustom } from "./custom.mjs";
import { bindNatives } from "./natives.mjs";
import { partitionTable, SECONDARY_OFFSET } from "./partitions.mjs";

const root = resolve(import.meta.dirname, "..");
const work = join(root, "build/chip");
export const PLATFORM = "esp32";
export const SUBCLASS = "esp32s2";

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

const report = {
	sdk: {},
	typescript: ts.version,
	misses: [],
	skipped: [],
	warnings: { tsc: [], natives: [], xsc: [], xsl: [], mcconfig: [], cc: [] },
};

function miss(kind, text) {
	if (report.warnings[kind]) report.warnings[kind].push(text);
	report.misses.push(text);
	console.log(`miss: ${text}`);
}

function skip(text) {
	report.skipped.push(text);
	console.log(`skipped: ${text}`);
}

/** A tool of the SDK: in its own folder, or on PATH. */
function findTool(name, folders) {
	for (const folder of folders) {
		const file = join(folder, name);
		try {
			accessSync(file, constants.X_OK);
			return file;
		} catch {
			continue;
		}
	}
	return undefined;
}

/** The tag of a clone; a release without git names its version in the typings only, which lag behind by a patch. */
function sdkVersion(moddable, typings) {
	const { stdout } = spawnSync("git", ["-C", moddable, "describe", "--tags", "--abbrev=0"], { encoding: "utf8" });
	return /^\d+\.\d+\.\d+/.exec(stdout ?? "")?.[0] ?? JSON.parse(readFileSync(typings, "utf8")).version;
}

/**
 * The SDK's version and tools.
 *
 * @returns {{ moddable: string, version: string, tools: Record<string, string | undefined>, path: string }}
 *   `path`: PATH with the SDK's tools in front
 * @throws {Error} saying what to run, when MODDABLE or one of the compiler's tools is missing
 */
export function findSdk() {
	const moddable = process.env.MODDABLE;
	if (!moddable)
		throw new Error(
			"MODDABLE is not set: install the Moddable SDK (docs/firmware.md), then `export MODDABLE=<its folder>`",
		);
	const version = join(moddable, "typings/package.json");
	if (!existsSync(version)) throw new Error(`MODDABLE=${moddable} is no Moddable SDK: no typings/package.json`);
	const own = join(moddable, "build/bin/lin/release");
	const folders = [own, ...(process.env.PATH ?? "").split(delimiter).filter(Boolean)];
	const names = ["xsc", "xsid", "xsl", "mcconfig"];
	const tools = Object.fromEntries(names.map(name => [name, findTool(name, folders)]));
	const missing = names.filter(name => name !== "mcconfig" && !tools[name]);
	if (missing.length)
		throw new Error(
			`missing in ${own}: ${missing.join(", ")}. The SDK builds them: ` +
				`for t in xsc xsid xsl; do XS_DIR=$MODDABLE/xs BUILD_DIR=$MODDABLE/build make GOAL=release -f $MODDABLE/xs/makefiles/lin/$t.mk; done`,
		);
	return {
		moddable,
		version: sdkVersion(moddable, version),
		tools,
		path: [own, process.env.PATH].join(delimiter),
	};
}

const isObject = value => typeof value === "object" && value !== null && !Array.isArray(value);
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
function readManifests(moddable, manifest) {
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
function creationOption(creation) {
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

/** Compiles the manifest's TypeScript as the tsconfig files of mcconfig say, all in one program. */
function compileTypeScript({ ours: { modules }, sdk: { types }, compilerOptions }) {
	const ours = [...modules].map(([name, file]) => [name, [file.replace(/\.ts$/, "")]]);
	const paths = { ...types, ...Object.fromEntries(ours) };
	const out = join(work, "tsc");
	const json = {
		compilerOptions: {
			forceConsistentCasingInFileNames: true,
			module: "preserve",
			resolveJsonModule: true,
			lib: ["es2025"],
			sourceMap: true,
			target: "es2025",
			...compilerOptions,
			paths,
			rootDir: "/",
			outDir: out,
		},
		files: [...modules.values()],
	};
	report.compilerOptions = { ...json.compilerOptions, paths: undefined, outDir: undefined };
	if (!json.compilerOptions.strict) miss("tsc", "the manifest does not set compilerOptions.strict");
	const config = ts.parseJsonConfigFileContent(json, ts.sys, root, undefined, join(work, "tsconfig.json"));
	const program = ts.createProgram(config.fileNames, config.options);
	const diagnostics = [...config.errors, ...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
	for (const it of diagnostics) {
		const at = it.file && it.file.getLineAndCharacterOfPosition(it.start);
		const where = it.file ? `${relative(root, it.file.fileName)}:${at.line + 1}: ` : "";
		miss("tsc", `${where}TS${it.code}: ${ts.flattenDiagnosticMessageText(it.messageText, " ")}`);
	}
	return file => join(out, file.replace(/\.ts$/, ".js"));
}

/** What xsc takes without a word and then does otherwise than written. */
function checkNatives(file, text) {
	const name = relative(root, file);
	try {
		bindNatives(text, name);
	} catch (error) {
		miss("natives", error.message);
	}
	const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
	const complain = (node, what) =>
		miss("natives", `${name}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
	const callsNative = node => {
		if (ts.isIdentifier(node) && node.text === "native" && ts.isCallExpression(node.parent)) return true;
		return ts.forEachChild(node, child => callsNative(child) || undefined) ?? false;
	};
	const visit = node => {
		if (ts.isClassLike(node)) {
			const constructor = node.members.find(it => ts.isConstructorDeclaration(it));
			if (constructor && callsNative(constructor))
				for (const member of node.members)
					if (
						ts.isPropertyDeclaration(member) &&
						!ts.getModifiers(member)?.some(it => it.kind === ts.SyntaxKind.StaticKeyword)
					)
						complain(member, "an instance field in a class with a native constructor is never initialised");
		}
		if (ts.isFunctionLike(node) && callsNative(node)) {
			if (ts.isArrowFunction(node)) complain(node, "native() in an arrow function stays a call at run time");
			if (node.asteriskToken) complain(node, "native() in a generator stays a call at run time");
			if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(it => it.kind === ts.SyntaxKind.AsyncKeyword))
				complain(node, "native() in an async function loses the promise");
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
}

function run(sdk, tool, parameters) {
	const done = spawnSync(sdk.tools[tool], parameters, {
		encoding: "utf8",
		env: { ...process.env, PATH: sdk.path, MODDABLE: sdk.moddable },
	});
	return {
		ok: done.status === 0,
		text: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trim(),
	};
}

/** `xsc` as mcconfig's makefile calls it: with natives (-c), as a module (-e). */
function compileModule(sdk, specifier, source, folder) {
	const target = join(folder, `${specifier}.xsb`);
	mkdirSync(dirname(target), { recursive: true });
	return { target, ...run(sdk, "xsc", [source, "-c", "-e", "-o", dirname(target), "-r", basename(specifier)]) };
}

function link(sdk, folder, parts) {
	const { modules, ids, preload, strip, creation } = parts;
	mkdirSync(folder, { recursive: true });
	/* Names of the last link, which xsl would go on from. */
	rmSync(join(work, "modules/mc.xsi"), { force: true });
	return run(sdk, "xsl", [
		"-b",
		join(work, "modules"),
		"-o",
		folder,
		...preload.flatMap(it => ["-p", `${it}.xsb`]),
		...strip.flatMap(it => ["-s", it]),
		"-c",
		creation,
		...modules,
		...ids,
	]);
}

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
function checkImage(sdk, manifest) {
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

function variable(makefile, name) {
	/* The last one: MODULES is a folder first, and then the list. */
	const all = [...makefile.matchAll(new RegExp(`^${name} ?=((?:.*\\\\\\n)*.*)$`, "gm"))];
	return (all.at(-1)?.[1] ?? "").replaceAll("\\\n", " ").trim();
}

function sameList(what, got, wanted) {
	const extra = got.filter(it => !wanted.includes(it));
	const missing = wanted.filter(it => !got.includes(it));
	if (extra.length) miss("mcconfig", `${what}: only mcconfig has ${extra.join(", ")}`);
	if (missing.length) miss("mcconfig", `${what}: mcconfig lacks ${missing.join(", ")}`);
}

/** Options of an sdkconfig file; "n" for one that is off. */
export function readSdkconfig(text) {
	const values = new Map();
	for (const line of text.split(/\r?\n/)) {
		const [, off] = /^# (CONFIG_\w+) is not set$/.exec(line) ?? [];
		const [, name, value] = /^(CONFIG_\w+)=(.*)$/.exec(line) ?? [];
		if (off) values.set(off, "n");
		if (name) values.set(name, value === "" ? "n" : value);
	}
	return values;
}

/** Where mcconfig -o puts the release build of this firmware, and the IDF project in it. */
export function projectOf(out) {
	const { NAME } = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8")).build;
	const folder = join(out, "tmp", PLATFORM, "release", NAME);
	return { folder, project: join(folder, `xsProj-${SUBCLASS}`), makefile: join(folder, "makefile") };
}

/** Lets mcconfig generate the project: without -m it writes what `make` would build from, and stops. */
function generate(sdk, out) {
	mkdirSync(out, { recursive: true });
	const done = run(sdk, "mcconfig", ["-p", PLATFORM, "-o", out, join(root, "manifest.json")]);
	if (!process.env.IDF_PATH && done.text.includes("$(IDF_PATH)")) {
		skip("mcconfig: the manifests name folders in $(IDF_PATH), which is not set");
		return undefined;
	}
	if (!done.ok || done.text) miss("mcconfig", `mcconfig: ${done.text || "failed"}`);
	const made = projectOf(out);
	return existsSync(made.makefile) ? made : undefined;
}

/** That mcconfig takes the manifest, and generates what the checks above assumed and this project means. */
function checkMcconfig(sdk, manifest, checked) {
	if (!sdk.tools.mcconfig) {
		skip(
			"mcconfig is not built (it wants libglib2.0-dev): cd $MODDABLE/build/makefiles/lin && make GOAL=release -f tools.mk",
		);
		return undefined;
	}
	const made = generate(sdk, join(work, "mcconfig"));
	if (!made) return undefined;
	const makefile = readFileSync(made.makefile, "utf8");
	if (variable(makefile, "ESP32_SUBCLASS") !== SUBCLASS) miss("mcconfig", `ESP32_SUBCLASS is not ${SUBCLASS}`);
	if (checked) {
		const xsb = variable(makefile, "MODULES")
			.split(/\s+/)
			.filter(it => it.endsWith(".xsb"));
		sameList(
			"modules",
			xsb.map(it => it.slice("$(MODULES_DIR)/".length, -4)),
			checked.modules,
		);
		sameList(
			"preload",
			[...variable(makefile, "PRELOADS").matchAll(/-p (\S+)\.xsb/g)].map(it => it[1]),
			checked.preloads,
		);
		sameList(
			"strip",
			[...variable(makefile, "STRIPS").matchAll(/-s "([^"]+)"/g)].map(it => it[1]),
			checked.strip,
		);
		const creation = variable(makefile, "CREATION");
		if (creation !== `-c ${checked.creation}`)
			miss("mcconfig", `creation: ${creation}, checked was ${checked.creation}`);
	}
	const options = JSON.parse(readFileSync(join(made.folder, "modules/tsconfig-base.json"), "utf8")).compilerOptions;
	for (const key of new Set([...Object.keys(options), ...Object.keys(report.compilerOptions)])) {
		if (key === "paths" || key === "rootDir" || key === "outDir") continue;
		const [theirs, ours] = [options[key], report.compilerOptions[key]].map(it => JSON.stringify(it));
		if (theirs !== ours) miss("mcconfig", `compilerOptions.${key}: ${theirs} in mcconfig's, ${ours} here`);
	}
	for (const source of manifest.ours.sources.filter(it => it.endsWith(".c")))
		if (!makefile.includes(`.c.o: ${source} `)) miss("mcconfig", `${relative(root, source)} is not compiled`);

	const csv = readFileSync(join(made.project, "partitions.csv"), "utf8");
	if (csv !== readFileSync(join(root, "partitions/partitions.csv"), "utf8"))
		miss("mcconfig", "mcconfig changed the partition table");
	const values = readSdkconfig(readFileSync(join(made.project, "sdkconfig.mc"), "utf8"));
	const wanted = readSdkconfig(readFileSync(join(root, "sdkconfig.defaults"), "utf8"));
	for (const [name, value] of wanted)
		if (values.get(name) !== value) miss("mcconfig", `sdkconfig: ${name} is ${values.get(name)}, meant ${value}`);
	const defines = readFileSync(join(made.folder, "mc.defines.h"), "utf8");
	const flat = (object, prefix) =>
		Object.entries(object).flatMap(([key, value]) =>
			isObject(value) ? flat(value, `${prefix}_${key}`) : [[`${prefix}_${key}`.toUpperCase(), value]],
		);
	for (const [name, value] of flat(manifest.defines, "MODDEF")) {
		/* Text goes in as it is, so that a manifest can name a C expression. */
		const wanted = `#define ${name} ${typeof value === "string" ? value : `(${value})`}\n`;
		if (!defines.includes(wanted)) miss("mcconfig", `mc.defines.h lacks ${wanted}`);
	}
	report.mcconfig = {
		partitions: csv.split("\n").filter(it => it && !it.startsWith("#")),
		sdkconfigLines: wanted.size,
		defines: defines.split("\n").filter(it => it.includes("MODDEF")),
		components: /set\(ESP_COMPONENTS (.*?) *\)/
			.exec(readFileSync(join(made.folder, "xs_idf_deps.txt"), "utf8"))?.[1]
			.split(" "),
	};
	return made;
}

function python(idf, parameters, more = {}) {
	const own = process.env.IDF_PYTHON_ENV_PATH && join(process.env.IDF_PYTHON_ENV_PATH, "bin/python");
	const done = spawnSync(own && existsSync(own) ? own : "python3", parameters, {
		encoding: "utf8",
		env: { ...process.env, IDF_PATH: idf, ...more },
	});
	return {
		ok: done.status === 0,
		text: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trim(),
	};
}

/** @returns {string | undefined} version of the IDF at this path, as its build files say */
export function idfVersion(idf) {
	const file = join(idf, "tools/cmake/version.cmake");
	if (!existsSync(file)) return undefined;
	return [...readFileSync(file, "utf8").matchAll(/set\(IDF_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)\)/g)]
		.map(it => it[1])
		.join(".");
}

/** The IDF's own configuration step, from what mcconfig merged: sdkconfig and sdkconfig.h. */
function configure(idf, defaults, out) {
	mkdirSync(out, { recursive: true });
	const components = join(idf, "components");
	const found = { Kconfig: [], "Kconfig.projbuild": [], rename: [] };
	for (const name of readdirSync(components)) {
		/* Both are for builds that run on Linux. */
		if (name === "linux" || name === "esp_blockdev_linux") continue;
		for (const [kind, files] of [
			["Kconfig", ["Kconfig"]],
			["Kconfig.projbuild", ["Kconfig.projbuild"]],
			["rename", ["sdkconfig.rename", `sdkconfig.rename.${SUBCLASS}`]],
		])
			for (const file of files)
				if (existsSync(join(components, name, file))) found[kind].push(join(components, name, file));
	}
	const version = idfVersion(idf);
	const environment = {
		COMPONENT_KCONFIGS: found.Kconfig.join(";"),
		COMPONENT_KCONFIGS_PROJBUILD: found["Kconfig.projbuild"].join(";"),
		COMPONENT_SDKCONFIG_RENAMES: found.rename.join(";"),
		COMPONENT_KCONFIGS_SOURCE_FILE: join(out, "kconfigs.in"),
		COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE: join(out, "kconfigs_projbuild.in"),
		IDF_TARGET: SUBCLASS,
		IDF_TOOLCHAIN: "gcc",
		IDF_VERSION: version,
		IDF_ENV_FPGA: "",
		IDF_PATH: idf,
	};
	const file = join(out, "config.env");
	writeFileSync(file, JSON.stringify(environment));
	const env = {
		IDF_VERSION: version,
		IDF_INIT_VERSION: version,
		KCONFIG_PARSER_VERSION: "1",
		KCONFIG_REPORT_VERBOSITY: "default",
	};
	const separator = "--list-separator=semicolon";
	const prepared = python(
		idf,
		[join(idf, "tools/kconfig_new/prepare_kconfig_files.py"), separator, "--env-file", file],
		env,
	);
	if (!prepared.ok) return prepared;
	return python(
		idf,
		[
			...[
				"-m",
				"kconfgen",
				separator,
				"--kconfig",
				join(idf, "Kconfig"),
				"--sdkconfig-rename",
				join(idf, "sdkconfig.rename"),
			],
			...[
				"--config",
				join(out, "sdkconfig"),
				"--defaults",
				defaults,
				"--env",
				"IDF_MINIMAL_BUILD=n",
				"--env-file",
				file,
			],
			...["--output", "header", join(out, "sdkconfig.h"), "--output", "config", join(out, "sdkconfig")],
		],
		env,
	);
}

/** That the IDF knows each line of sdkconfig.defaults and does what it says. */
function checkSdkconfig(idf, made) {
	const out = join(made.project, "build/config");
	rmSync(out, { recursive: true, force: true });
	const done = configure(idf, join(made.project, "sdkconfig.mc"), out);
	if (!done.ok) {
		if (/No module named/.test(done.text))
			skip(`sdkconfig: ${done.text.split("\n").at(-1)} (source $IDF_PATH/export.sh)`);
		else miss("mcconfig", `kconfgen: ${done.text.slice(-2000)}`);
		return false;
	}
	for (const line of done.text.split("\n")) if (/unknown kconfig symbol/i.test(line)) miss("mcconfig", line.trim());
	const values = readSdkconfig(readFileSync(join(out, "sdkconfig"), "utf8"));
	const wanted = readSdkconfig(readFileSync(join(root, "sdkconfig.defaults"), "utf8"));
	let effective = 0;
	for (const [name, value] of wanted) {
		/* An option whose dependencies are off is not in the file at all. */
		if ((values.get(name) ?? "n") === value) effective++;
		else
			miss(
				"mcconfig",
				`sdkconfig: ${name}=${value} has no effect in the IDF (${values.get(name) ?? "not there"})`,
			);
	}
	report.sdkconfig = { lines: wanted.size, effective };
	return true;
}

/** That the IDF's own tool makes the same bytes of our tables, as the firmware's build will. */
function checkPartitions(idf) {
	const tool = join(idf, "components/partition_table/gen_esp32part.py");
	report.partitions = {};
	for (const [name, offset] of [
		["partitions", 0x8000],
		["at_customize", SECONDARY_OFFSET],
	]) {
		const csv = join(root, "partitions", `${name}.csv`);
		for (const md5 of [true, false]) {
			const out = join(work, `${name}${md5 ? "-md5" : ""}.bin`);
			const flags = md5 ? [] : ["--disable-md5sum"];
			const done = python(idf, [
				tool,
				"--quiet",
				"--flash-size",
				"4MB",
				"--offset",
				String(offset),
				...flags,
				csv,
				out,
			]);
			if (!done.ok) {
				miss("mcconfig", `gen_esp32part.py ${name}.csv: ${done.text}`);
				continue;
			}
			const same = readFileSync(out).equals(partitionTable(readFileSync(csv, "utf8"), { offset, md5 }));
			if (!same) miss("mcconfig", `gen_esp32part.py makes another ${basename(out)} than scripts/partitions.mjs`);
			report.partitions[basename(out)] = same;
		}
	}
}

/** Our C with mcconfig's flags and the real headers, and the preloaded image. */
function compileC(sdk, idf, manifest, made) {
	const compiler = process.env.XTENSA_CC;
	const variables = join(work, "variables.mk");
	writeFileSync(
		variables,
		`include ${made.makefile}\nvariables:\n` +
			"\t@echo 'DEFINES=$(C_DEFINES)'\n\t@echo 'OURS=$(DIRECTORIES)'\n\t@echo 'FLAGS=$(C_FLAGS)'\n" +
			"\t@echo 'INCLUDES=$(INC_DIRS) $(SDK_DIRS) $(XS_DIRS) $(LIB_DIR) $(TMP_DIR)'\n",
	);
	const done = spawnSync("make", ["--no-print-directory", "-s", "-f", variables, "variables"], {
		encoding: "utf8",
		env: { ...process.env, PATH: sdk.path, IDF_PATH: idf },
	});
	const value = name => (new RegExp(`^${name}=(.*)$`, "m").exec(done.stdout)?.[1] ?? "").split(/\s+/).filter(Boolean);
	if (done.status !== 0 || !value("INCLUDES").length) {
		miss("cc", `make: ${done.stderr}`);
		return;
	}
	const folders = [...new Set(manifest.ours.sources.map(it => dirname(it)))];
	const theirs = value("OURS")
		.map(it => it.slice(2))
		.filter(it => !it.startsWith(`${root}/`));
	const flags = [
		...value("DEFINES"),
		...folders.map(it => `-I${it}`),
		/* Headers that are not ours may warn as they like. mc.xs.h is the one linked above. */
		...[work, ...theirs, ...value("INCLUDES")].flatMap(it => ["-isystem", it]),
		...value("FLAGS").filter(it => !["-Wno-implicit-function-declaration", "-MMD", "-MP"].includes(it)),
	];
	const objects = [];
	mkdirSync(join(work, "objects"), { recursive: true });
	const compile = (source, warnings) => {
		const object = join(work, "objects", `${basename(source)}.o`);
		const { status, stderr, error } = spawnSync(compiler, [...flags, ...warnings, source, "-o", object], {
			encoding: "utf8",
		});
		if (error) throw new Error(`XTENSA_CC=${compiler}: ${error.message}`);
		if (status === 0) return object;
		miss("cc", `${relative(root, source)}: ${stderr.trim()}`);
		return undefined;
	};
	const strict = ["-Wall", "-Wextra", "-Werror", "-Werror=implicit-function-declaration"];
	for (const source of manifest.ours.sources.filter(it => it.endsWith(".c"))) objects.push(compile(source, strict));
	const image = compile(join(work, "mc.xs.c"), ["-w"]);
	const size = files => {
		const tool = compiler.replace(/(gcc|cc)$/, "size");
		const lines = spawnSync(tool, files, { encoding: "utf8" }).stdout?.trim().split("\n").slice(1) ?? [];
		const total = { text: 0, data: 0, bss: 0 };
		for (const line of lines) {
			const [text, data, bss] = line.trim().split(/\s+/).map(Number);
			total.text += text;
			total.data += data;
			total.bss += bss;
		}
		return total;
	};
	const good = objects.filter(Boolean);
	report.objects = { files: good.length, ...size(good) };
	if (image) report.image = size([image]);
}

function clean() {
	rmSync(work, { recursive: true, force: true });
	mkdirSync(join(work, "ids"), { recursive: true });
}

function main() {
	const sdk = findSdk();
	if (!/^8\.2\./.test(sdk.version)) miss("xsc", `Moddable SDK ${sdk.version}; this firmware is for 8.2`);
	clean();
	writeCustom();
	const manifest = readManifests(sdk.moddable, join(root, "manifest.json"));
	report.sdk = { version: sdk.version, mcconfig: Boolean(sdk.tools.mcconfig) };
	const made = checkMcconfig(sdk, manifest, checkImage(sdk, manifest));
	const idf = process.env.IDF_PATH;
	if (!idf)
		skip("IDF_PATH is not set: effect of sdkconfig.defaults, gen_esp32part.py, our C against the IDF's headers");
	else {
		report.idf = idfVersion(idf);
		if (!/^6\.0\./.test(report.idf ?? ""))
			miss("mcconfig", `IDF_PATH: ESP-IDF ${report.idf ?? "not found"}, wanted v6.0`);
		else {
			checkPartitions(idf);
			const configured = made && checkSdkconfig(idf, made);
			if (!process.env.XTENSA_CC) skip("XTENSA_CC is not set: size of our objects");
			else if (configured) compileC(sdk, idf, manifest, made);
			else skip("without mcconfig and kconfgen there is no sdkconfig.h: size of our objects");
		}
	}
}

function summary() {
	const { slots, keys, aliases, romBytes, objects, image, sdkconfig } = report;
	if (slots) {
		console.log(`ROM slots    ${slots.total} (ours ${slots.ours})`);
		console.log(`ROM keys     ${keys.total} (ours ${keys.ours})`);
		console.log(`aliases      ${aliases.total}, ${aliases.ramBytes} bytes of RAM`);
		for (const it of aliases.explained) console.log(`  ${String(it.count).padStart(3)} ${it.name}: ${it.why}`);
		console.log(`ROM bytes    ${romBytes.total} (ours ${romBytes.ours})`);
	}
	if (image) console.log(`mc.xs.c.o    ${image.text} text and constants, ${image.data} data, ${image.bss} bss`);
	if (objects)
		console.log(
			`our C        ${objects.text} text and constants, ${objects.data} data, ${objects.bss} bss, ${objects.files} files`,
		);
	if (sdkconfig) console.log(`sdkconfig    ${sdkconfig.effective} of ${sdkconfig.lines} lines take effect`);
	console.log(`check:chip   ${report.misses.length} misses, ${report.skipped.length} parts skipped`);
}

if (process.argv[1] === import.meta.filename) {
	try {
		main();
	} catch (error) {
		report.misses.push(error.message);
		console.error(error.message);
	}
	mkdirSync(join(root, "build"), { recursive: true });
	writeFileSync(join(root, "build/chip.json"), `${JSON.stringify(report, null, "\t")}\n`);
	if (report.slots) summary();
	process.exit(report.misses.length ? 1 : 0);
}

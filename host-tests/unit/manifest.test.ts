// SPDX-License-Identifier: Apache-2.0

/** scripts/manifest.mjs: what it takes from manifests, and what it refuses although mcconfig would not. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";

const root = resolve(import.meta.dirname, "../..");

interface Manifest {
	modules: Map<string, string>;
	sources: string[];
	preload: string[];
	creation: Record<string, unknown>;
	defines: Record<string, unknown>;
	strip: unknown;
	files: string[];
}
const { readManifest } = (await import(`${root}/scripts/manifest.mjs`)) as {
	readManifest: (file: string, platform?: string) => Manifest;
};

describe("a manifest", () => {
	let folder = "";

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "manifest-"));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	/** Writes files; objects as JSON. */
	function write(files: Record<string, object | string>): void {
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, name)), { recursive: true });
			writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
		}
	}
	/** What manifest.json says, paths without the folder. */
	function read(
		files: Record<string, object | string>,
		platform?: string,
	): Manifest & { map: Record<string, string> } {
		write(files);
		const all = readManifest(join(folder, "manifest.json"), platform);
		const short = (path: string): string => path.slice(folder.length + 1);
		return {
			...all,
			map: Object.fromEntries([...all.modules].map(([specifier, path]) => [specifier, short(path)])),
			sources: all.sources.map(short),
			files: all.files.map(short),
		};
	}
	/** What is complained about, without the folder. */
	function complaint(files: Record<string, object | string>): string {
		try {
			read(files);
		} catch (error) {
			return (error as Error).message.replaceAll(`${folder}/`, "");
		}
		return "nothing";
	}

	it("maps specifiers to TypeScript, and * to C", () => {
		const { map, sources, preload } = read({
			"manifest.json": { modules: { "a/b": "./src/b", "*": ["./src/c", "./src/d"] }, preload: ["a/b"] },
			"src/b.ts": "",
			"src/b.d.ts": "",
			"src/c.c": "",
			"src/c.h": "",
			"src/d.h": "",
		});
		assert.deepEqual(map, { "a/b": "src/b.ts" });
		assert.deepEqual(sources, ["src/c.c", "src/c.h", "src/d.h"]);
		assert.deepEqual(preload, ["a/b"]);
	});
	it("takes C of the same name along with a module", () => {
		const files = { "manifest.json": { modules: { b: "./b" } }, "b.ts": "", "b.c": "", "b.h": "", "bc.ts": "" };
		const { map, sources } = read(files);
		assert.deepEqual(map, { b: "b.ts" });
		assert.deepEqual(sources, ["b.c", "b.h"]);
	});
	it("expands a pattern, and leaves out what ~ names", () => {
		const { map } = read({
			"manifest.json": { modules: { "x/*": "./src/*", "~": "./src/c" } },
			"src/a.ts": "",
			"src/b.ts": "",
			"src/c.ts": "",
		});
		assert.deepEqual(map, { "x/a": "src/a.ts", "x/b": "src/b.ts" });
	});
	it("reads what it includes first, each once, and not the SDK's", () => {
		const { map, files, creation } = read({
			"manifest.json": {
				include: [
					"$(MODDABLE)/examples/manifest_base.json",
					"$(MODULES)/x.json",
					"./a/manifest.json",
					"./b.json",
				],
				creation: { stack: 2, keys: { initial: 1 } },
			},
			"a/manifest.json": { include: "../b.json", modules: { m: "./m" } },
			"a/m.ts": "",
			"b.json": { creation: { stack: 1, chunk: 5, keys: { name: 3 } } },
		});
		assert.deepEqual(map, { m: "a/m.ts" });
		assert.deepEqual(files, ["b.json", "a/manifest.json", "manifest.json"]);
		assert.deepEqual(creation, { stack: 2, chunk: 5, keys: { name: 3, initial: 1 } });
	});
	it("takes the block of its platform, else that of ..., whose error is another's", () => {
		const platforms = { twin: { modules: { p: "./posix" } }, "esp32/*": { modules: { p: "./esp32" } } };
		const files = { "posix.ts": "", "esp32.ts": "" };
		assert.deepEqual(read({ "manifest.json": { platforms }, ...files }).map, { p: "posix.ts" });
		assert.deepEqual(read({ "manifest.json": { platforms }, ...files }, "esp32/*").map, { p: "esp32.ts" });
		assert.deepEqual(read({ "manifest.json": { platforms: { "...": { error: "no such chip" } } } }).map, {});
		assert.match(complaint({ "manifest.json": { platforms: { twin: { error: "not here" } } } }), /not here$/);
	});
	it("expands its own variables and those of the environment", () => {
		const { map } = read({
			"manifest.json": { build: { SRC: "./src" }, modules: { a: "$(SRC)/a" } },
			"src/a.ts": "",
		});
		assert.deepEqual(map, { a: "src/a.ts" });
	});

	for (const [what, manifest, message] of [
		["an unknown key", { module: {} }, "manifest.json: unknown key module"],
		[
			"an unknown key of a platform",
			{ platforms: { x: { preloads: [] } } },
			'manifest.json: unknown key platforms["x"].preloads',
		],
		[
			"platforms inside a platform",
			{ platforms: { twin: { platforms: {} } } },
			'manifest.json: unknown key platforms["twin"].platforms',
		],
		["a module without a file", { modules: { a: "./no" } }, 'manifest.json: modules: "a": no file no'],
		["a module without a folder", { modules: { a: "./no/a" } }, 'manifest.json: modules: "a": no folder no'],
		[
			"two files for one name",
			{ modules: { "x/*": ["./src/*", "./other/*"] } },
			'manifest.json: modules: "x/a" is both src/a.ts and other/a.ts',
		],
		["JavaScript", { modules: { a: "./js" } }, 'manifest.json: modules: "a": js.js: our modules are TypeScript'],
		[
			"a module of the SDK",
			{ modules: { a: "$(MODULES)/a" } },
			"manifest.json: modules: \"a\": $(MODULES)/a is the SDK's; it belongs under a chip's platform",
		],
		[
			"a preload of no module",
			{ modules: { a: "./src/a" }, preload: ["b"] },
			'manifest.json: preload: no module "b"',
		],
		[
			"a preload pattern",
			{ modules: { "x/*": "./src/*" }, preload: ["x/*"] },
			'manifest.json: preload: "x/*": name each module',
		],
		[
			"a variable that is not set",
			{ modules: { a: "$(NO_SUCH_VARIABLE)/a" } },
			"manifest.json: modules: $(NO_SUCH_VARIABLE)/a: $(NO_SUCH_VARIABLE) is not set",
		],
		[
			"an include that is not there",
			{ include: "./no.json" },
			"no.json: ENOENT: no such file or directory, open 'no.json'",
		],
		["modules that are no object", { modules: ["./a"] }, "manifest.json: modules: not an object"],
		["a preload that is no string", { preload: [1] }, "manifest.json: preload: 1 is not a string"],
		["no object at all", [], "manifest.json: not an object"],
	] as const)
		it(`with ${what} is refused`, () => {
			const files = { "src/a.ts": "", "other/a.ts": "", "js.js": "" };
			assert.equal(complaint({ "manifest.json": manifest, ...files }), message);
		});
	it("that is no JSON is refused by its name", () => {
		assert.match(complaint({ "manifest.json": "{ // }" }), /^manifest\.json: .*JSON/);
	});
});

describe("the firmware's manifest", () => {
	it("names every module of modules/, at-commands/ and main.ts", () => {
		const all = (folder: string): string[] =>
			readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
				.filter(name => name.endsWith(".ts") && !name.endsWith(".d.ts"))
				.map(name => join(root, folder, name));
		const named = new Set(readManifest(join(root, "manifest.json")).modules.values());
		for (const file of [...all("modules"), ...all("at-commands"), join(root, "main.ts")])
			assert.ok(named.has(file), file);
	});
	it("preloads all of them: what is not in flash is in RAM", () => {
		const { modules, preload } = readManifest(join(root, "manifest.json"));
		assert.deepEqual([...modules.keys()].sort(), [...preload].sort());
	});
});

// SPDX-License-Identifier: Apache-2.0

/** scripts/natives.mjs: the one pattern of native() that is bound, and all that is refused as xsc refuses it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import "../shims/device";

const root = resolve(import.meta.dirname, "../..");

interface Bound {
	text: string;
	callbacks: string[];
	destructors: string[];
}
/* By their paths: scripts are no TypeScript, and no modules of the firmware. */
const { bindNatives } = (await import(`${root}/scripts/natives.mjs`)) as {
	bindNatives: (source: string, file: string) => Bound;
};
const { readManifest } = (await import(`${root}/scripts/manifest.mjs`)) as {
	readManifest: (file: string) => { modules: Map<string, string>; preload: string[] };
};

const bind = (source: string): Bound => bindNatives(source, "x.ts");
/** A class with one method. */
const inClass = (method: string): string => `class A extends Native("xs_a_destructor") { ${method} }`;

describe("binding natives", () => {
	it("refuses what xsc binds and gets wrong: async and generator methods, and fields beside a native constructor", () => {
		assert.throws(
			() => bind(inClass('async a() { return native("xs_a").call(this); }')),
			/x\.ts:1: cannot optimize native/,
		);
		assert.throws(
			() => bind(inClass('*a() { return native("xs_a").call(this); }')),
			/x\.ts:1: cannot optimize native/,
		);
		assert.throws(() => bind(inClass("a = 1;")), /x\.ts:1: field in a class with a native constructor/);
	});
	it("rewrites a class, its constructor and its methods, and lists their names", () => {
		const source = [
			'export class A extends Native("xs_a_destructor") {',
			'	constructor(o, p) { super(); native("xs_a").call(this, o, p); }',
			'	say(text) { return native("xs_a_say").call(this, text); }',
			'	stop() { native("xs_a_stop").call(this); }',
			"	plain(x) { return x + 1; }",
			"}",
		].join("\n");
		assert.deepEqual(bind(source), {
			text: [
				'export class A @ "xs_a_destructor" {',
				'	constructor(o, p) @ "xs_a";',
				'	say(text) @ "xs_a_say";',
				'	stop() @ "xs_a_stop";',
				"	plain(x) { return x + 1; }",
				"}",
			].join("\n"),
			callbacks: ["xs_a", "xs_a_say", "xs_a_stop"],
			destructors: ["xs_a_destructor"],
		});
	});
	it("rewrites a function", () => {
		const { text, callbacks } = bind('export function f(a) { return native("xs_f").call(this, a); }');
		assert.equal(text, 'export function f(a) @ "xs_f";');
		assert.deepEqual(callbacks, ["xs_f"]);
	});
	it("leaves a module without natives as it is", () => {
		const source = 'export const a = "native"; // native("xs_a")\nclass B extends A { native_() {} }';
		assert.deepEqual(bind(source), { text: source, callbacks: [], destructors: [] });
	});
	for (const [what, source] of [
		["a default", inClass('f(a = 1) { return native("xs_f").call(this, a); }')],
		["rest parameters", inClass('f(...a) { return native("xs_f").call(this, ...a); }')],
		["destructuring", inClass('f({ a }) { return native("xs_f").call(this, a); }')],
		["a statement before", inClass('f(a) { a++; return native("xs_f").call(this, a); }')],
		["a statement after", inClass('f(a) { native("xs_f").call(this, a); return 1; }')],
		["another order", inClass('f(a, b) { return native("xs_f").call(this, b, a); }')],
		["a parameter too few", inClass('f(a, b) { return native("xs_f").call(this, a); }')],
		["a parameter too many", inClass('f(a) { return native("xs_f").call(this, a, 1); }')],
		["another this", inClass('f(a) { return native("xs_f").call(a, a); }')],
		["no this", inClass('f() { return native("xs_f").call(); }')],
		["apply", inClass('f() { return native("xs_f").apply(this); }')],
		["a direct call", inClass('f() { return native("xs_f")(); }')],
		["a name that is computed", inClass("f() { return native(`xs_${f}`).call(this); }")],
		["a use of the result", inClass('f() { return native("xs_f").call(this) + 1; }')],
		["an arrow function", 'const f = a => native("xs_f").call(this, a);'],
		["a module level", 'const f = native("xs_f");'],
		["another name for it", 'const other = native; other("xs_f");'],
		["a constructor without super()", inClass('constructor() { native("xs_a").call(this); }')],
		["a constructor with super(a)", inClass('constructor(a) { super(a); native("xs_a").call(this, a); }')],
		["a constructor that does more", inClass('constructor() { super(); native("xs_a").call(this); this.x = 1; }')],
		["Native elsewhere", 'const B = Native("xs_b_destructor");'],
		["Native with more", 'class B extends Native("xs_b_destructor", 1) {}'],
	] as const)
		it(`refuses ${what}`, () => {
			assert.throws(() => bind(`"use strict";\n${source}`), /^Error: x\.ts:2: cannot optimize [nN]ative$/);
		});
});

describe("the natives of the firmware", () => {
	const { modules } = readManifest(resolve(root, "manifest.json"));
	const all = [...modules].map(([specifier, file]) => {
		const target = ts.ScriptTarget.ES2022;
		const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions: { target } });
		return { specifier, ...bindNatives(outputText, file) };
	});

	it("can all be bound, and each name is bound once", () => {
		const names = all.flatMap(it => [...it.callbacks, ...it.destructors]);
		assert.ok(names.includes("xs_port_write") && names.includes("xs_timer_destructor"));
		assert.equal(new Set(names).size, names.length);
	});
	it("are all served by the shims", async () => {
		const { FakePort } = await import("../shims/port");
		const { FakeLinks } = await import("../shims/links");
		const { FakeNames } = await import("../shims/names");
		const { FakeFirmware, FakePower, FakeRegisters } = await import("../shims/power");
		const { FakeFlash } = await import("../shims/flash");
		const { FakeManufacturing } = await import("../shims/manufacturing");
		const { FakeScan } = await import("../shims/scan");
		const { FakeSoftAp } = await import("../shims/softap");
		const { Storage } = await import("../shims/storage");
		const { Wifi } = await import("../shims/wifi");
		const fakes: Record<string, object> = {
			port: FakePort.prototype,
			link: FakeLinks.prototype,
			network: FakeNames.prototype,
			store: Storage.prototype,
			flash: FakeFlash.prototype,
			manufacturing: FakeManufacturing.prototype,
			wifi: Wifi.prototype,
			scan: FakeScan.prototype,
			softap: FakeSoftAp.prototype,
			/* In shims/natives.ts itself. */
			log: {},
			/* Made of closures in shims/timers.ts and shims/device.ts. */
			timer: { start: true, stop: true },
			system: { memory: true, build: true, time: true, setTime: true },
			power: FakePower.prototype,
			firmware: FakeFirmware.prototype,
			registers: FakeRegisters.prototype,
		};
		for (const name of all.flatMap(it => it.callbacks)) {
			const [, module = "", method] = name.split("_");
			const fake = fakes[module];
			assert.ok(fake, `${name}: no fake`);
			assert.ok(method === undefined || method in fake, `${name}: the fake has no ${method}()`);
		}
	});
});

// SPDX-License-Identifier: Apache-2.0

/** Declarations: what C is told to check, what a person reads, what the type checker knows. */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { before, describe, it } from "mocha";
import ts from "typescript";
import { tabulate } from "at-commands/table";
import {
	aliases,
	type Command,
	command,
	commands,
	int,
	linkId,
	oneOf,
	optional,
	params,
	str,
	syntax,
} from "core/command";
import { bootOnly } from "./only";
import { OK } from "./answers";

const nothing = (): void => {};

describe("a parameter", () => {
	it("has a descriptor for C and a syntax for people", () => {
		const shown = (it: { descriptor: string; syntax: string }): string => `${it.descriptor} ${it.syntax}`;
		assert.equal(shown(int("mode", 0, 3)), "i0,3; <mode>(0-3)");
		assert.equal(shown(int("offset", -12, 14)), "i-12,14; <offset>(-12-14)");
		assert.equal(shown(str("ssid", 32)), 's0,32; <"ssid">(0-32)');
		assert.equal(shown(str("host", 64, 1)), 's1,64; <"host">(1-64)');
		assert.equal(shown(oneOf("type", "TCP", "UDP")), 'e"TCP","UDP"; <"type">("TCP","UDP")');
		assert.equal(shown(linkId()), "l4; <link ID>(0-4)");
		assert.equal(shown(linkId(2)), "l2; <link ID>(0-2)");
		assert.equal(shown(optional(int("mode", 0, 3))), "?i0,3; <mode>(0-3)");
	});
});

describe("a set form", () => {
	it("joins the descriptors of its parameters", () => {
		assert.equal(params().run(nothing).descriptor, "");
		assert.equal(params(int("a", 0, 1), optional(str("b", 9))).run(nothing).descriptor, "i0,1;?s0,9;");
		const repeated = params(linkId(), int("a", 0, 1)).repeat(3, str("key", 8), int("value", 0, 9));
		assert.equal(repeated.run(nothing).descriptor, "l4;i0,1;*3;s0,8;i0,9;");
	});
	it("shows what may be left out in brackets", () => {
		const a = int("a", 0, 1);
		const b = int("b", 0, 1);
		assert.equal(params().run(nothing).syntax, "");
		assert.equal(params(a, b).run(nothing).syntax, "<a>(0-1),<b>(0-1)");
		assert.equal(params(a, optional(b)).run(nothing).syntax, "<a>(0-1)[,<b>(0-1)]");
		assert.equal(params(optional(a), optional(b)).run(nothing).syntax, "[<a>(0-1)][,<b>(0-1)]");
		assert.equal(params(linkId(), a).run(nothing).syntax, "[<link ID>(0-4),]<a>(0-1)");
		assert.equal(params(a).repeat(2, b).run(nothing).syntax, "<a>(0-1)[,<b>(0-1)]*2");
	});
});

describe("a command", () => {
	it("must have a name that can be sent", () => {
		for (const name of ["AT", "ATE0", "AT+A", "AT+A_B", "AT+X!%-./:9"]) assert.equal(command(name, {}).name, name);
		for (const name of [
			"",
			"A",
			"AT+",
			"+A",
			"at+a",
			"AT+A B",
			"AT+A=",
			"AT+A?",
			"AT+Ä",
			'AT+"',
			"AT+A,B",
			"AT+A\r",
		])
			assert.throws(() => command(name, {}), new TypeError(`"${name}" is no command name`));
	});
	it("is frozen with all that belongs to it, for it lies in flash", () => {
		const forms = { query: nothing, set: params(int("a", 0, 1)).run(nothing) };
		const it = command("AT+A", forms);
		for (const each of [it, forms, it.set, commands(it), int("a", 0, 1), optional(str("b", 1)), linkId()])
			assert.ok(Object.isFrozen(each));
	});
	it("may have aliases, that answer by the name that was asked", async () => {
		const first = command("AT+FIRST", {
			query: at => at.reply(1),
			set: params(int("a", 0, 9)).run((at, a) => at.reply(a)),
		});
		const { device } = bootOnly([first, ...aliases(first, "AT+SECOND", "AT+THIRD")]);
		assert.equal(await device.send("AT+FIRST?"), `+FIRST:1\r\n${OK}`);
		assert.equal(await device.send("AT+SECOND?"), `+SECOND:1\r\n${OK}`);
		assert.equal(await device.send("AT+THIRD=7"), `+THIRD:7\r\n${OK}`);
		assert.equal(await device.send("AT+SECOND=?"), `+SECOND:<a>(0-9)\r\n${OK}`);
	});
	it("has no syntax without a set form", () => {
		assert.equal(syntax(command("AT+A", { query: nothing })), "");
	});
});

describe("a handler", () => {
	it("is called with the values in order, undefined for those left out", async () => {
		const seen: unknown[][] = [];
		const see = (_at: unknown, ...values: unknown[]): void => void seen.push(values);
		const { device, at } = bootOnly([
			command("AT+A", { set: params(linkId(), optional(int("a", 0, 9)), oneOf("e", "X", "Y")).run(see) }),
			command("AT+B", {
				set: params(int("a", 0, 9))
					.repeat(3, str("b", 9))
					.run(see),
			}),
		]);
		assert.equal(await device.send('AT+A=,"X"'), OK);
		assert.equal(await device.send('AT+A=5,"Y"'), OK);
		assert.equal(await device.send("AT+B=1"), OK);
		assert.equal(await device.send('AT+B=1,"a","b"'), OK);
		at.settings.multiple = true;
		assert.equal(await device.send('AT+A=3,,"X"'), OK);
		assert.deepEqual(seen, [
			[0, undefined, "X"],
			[0, 5, "Y"],
			[1, []],
			[1, ["a", "b"]],
			[3, undefined, "X"],
		]);
	});
});

describe("the table", () => {
	const set = (...names: string[]): readonly Command[] => names.map(name => command(name, { execute: nothing }));

	it("has built-in commands and custom ones by name", () => {
		const all = tabulate([{ file: "my.ts", commands: set("AT+C", "AT+D") }], set("AT+A"), set("AT+B"));
		assert.deepEqual([...all.keys()], ["AT+A", "AT+B", "AT+C", "AT+D"]);
	});
	it("names the file of a command whose name is another's", () => {
		const twice = (...names: string[]) => tabulate([{ file: "my.ts", commands: set(...names) }], set("AT+A"));
		assert.throws(() => twice("AT+A"), /^TypeError: my\.ts: AT\+A is declared already$/);
		assert.throws(() => twice("AT+B", "AT+B"), /^TypeError: my\.ts: AT\+B is declared already$/);
		assert.throws(
			() => tabulate([], set("AT+A"), set("AT+A")),
			/^TypeError: at-commands: AT\+A is declared already$/,
		);
	});
});

/* Errors of tsc. */
const WRONG_TYPE = 2322;
const NO_PROPERTY = 2339;
const WRONG_ARGUMENT = 2345;
const UNKNOWN_KEY = 2353;
const NO_OVERLAP = 2367;
const MAYBE_UNDEFINED = 18048;

/** The types are the other half of a declaration: each of these lines must compile, or fail with that error. */
describe("the type checker", function () {
	this.timeout(20_000);
	const root = resolve(import.meta.dirname, "../..");
	const file = resolve(root, "at-commands/custom/type-check.ts");
	const lines: [error: number, line: string][] = [
		[0, 'set(params(int("n", 0, 9)).run((at, n) => at.reply(n + 1)))'],
		[NO_PROPERTY, 'set(params(int("n", 0, 9)).run((at, n) => at.reply(n.length)))'],
		[0, 'set(params(str("s", 9)).run((at, s) => at.reply(s.length)))'],
		[WRONG_ARGUMENT, 'set(params(str("s", 9)).run((at, s: number) => at.reply(s)))'],
		[0, 'set(params(oneOf("e", "A", "B")).run((at, e) => { const same: "A" | "B" = e; at.reply(same); }))'],
		[NO_OVERLAP, 'set(params(oneOf("e", "A", "B")).run((at, e) => { if (e === "C") at.reply(e); }))'],
		[0, 'set(params(optional(int("n", 0, 9))).run((at, n = 5) => at.reply(n + 1)))'],
		[MAYBE_UNDEFINED, 'set(params(optional(int("n", 0, 9))).run((at, n) => at.reply(n + 1)))'],
		[0, 'set(params(linkId(), str("s", 9)).run((at, id, s) => at.reply(s.repeat(id))))'],
		[WRONG_ARGUMENT, 'set(params(int("n", 0, 9)).run((at, n, m: number) => at.reply(n + m)))'],
		[0, 'set(params(int("n", 0, 9)).run(at => at.reply("few parameters are fine")))'],
		[0, 'set(params(int("n", 0, 9)).repeat(2, str("s", 9)).run((at, n, all) => at.reply(all.join("").repeat(n))))'],
		[WRONG_TYPE, 'set(params(int("n", 0, 9)).repeat(2, str("s", 9)).run((at, n, [s]) => { n = s ?? ""; }))'],
		[0, 'command("AT+A", { query: async at => at.reply(await at.prompt(3)) })'],
		[WRONG_TYPE, 'command("AT+A", { query: at => 5 })'],
		[WRONG_TYPE, 'command("AT+A", { query: at => at.settings.set(settings.sysmsg, 1) })'],
		[WRONG_ARGUMENT, 'command("AT+A", { query: at => { at.settings.set(settings.sysmsg, "1"); } })'],
		[UNKNOWN_KEY, 'command("AT+A", { get: () => {} })'],
		[WRONG_TYPE, 'command("AT+A", { set: () => {} })'],
	];
	const source =
		'import { command, int, linkId, oneOf, optional, params, str, type SetForm } from "core/command";\n' +
		'import { settings } from "core/settings";\n' +
		"const set = (form: SetForm) => command('AT+SET', { set: form });\n" +
		lines.map(([, line], i) => `export const c${i} = ${line};\n`).join("");
	/** The first error of each line. */
	const errors = new Map<number, number>();

	before(() => {
		const { config } = ts.readConfigFile(resolve(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
		const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
		const host = ts.createCompilerHost(options);
		const read = host.getSourceFile;
		host.getSourceFile = (name, version, ...rest) =>
			name === file ? ts.createSourceFile(name, source, version) : read.call(host, name, version, ...rest);
		const native = resolve(root, "modules/platform/native.d.ts");
		const program = ts.createProgram(
			[file, native],
			{ ...options, noUnusedParameters: false, skipLibCheck: true },
			host,
		);
		const tree = program.getSourceFile(file);
		assert.ok(tree);
		for (const { code, start } of program.getSemanticDiagnostics(tree)) {
			const index = tree.getLineAndCharacterOfPosition(start ?? 0).line - 3;
			if (!errors.has(index)) errors.set(index, code);
		}
	});
	for (const [index, [error, line]] of lines.entries())
		it(`${error === 0 ? "takes" : "refuses"} ${line}`, () => {
			assert.equal(errors.get(index) ?? 0, error);
		});
});

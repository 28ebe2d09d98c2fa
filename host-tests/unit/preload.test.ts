// SPDX-License-Identifier: Apache-2.0

/** A preloaded module lies in flash: nothing in it changes (design.md, section 3). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { OK } from "./answers";
import { boot } from "../shims/device";

const root = resolve(import.meta.dirname, "../..");
const { readManifest } = (await import(`${root}/scripts/manifest.mjs`)) as {
	readManifest: (file: string) => { modules: Map<string, string>; preload: string[] };
};
const { modules, preload } = readManifest(resolve(root, "manifest.json"));

/** What of a module's statements could change, or run, in flash; as "line: what". */
function faults(source: string): string[] {
	const tree = ts.createSourceFile("x.ts", source, ts.ScriptTarget.ES2022, true);
	const found: string[] = [];
	const note = (node: ts.Node, what: string): void => {
		found.push(`${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
	};
	const value = (node: ts.Expression): void => {
		if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) value(node.expression);
		else if (ts.isArrayLiteralExpression(node)) note(node, "array that is not frozen");
		else if (ts.isObjectLiteralExpression(node)) note(node, "object that is not frozen");
		else if (ts.isNewExpression(node)) note(node, `new ${node.expression.getText()}`);
	};
	const anywhere = (node: ts.Node): void => {
		if (ts.isFunctionLike(node)) return;
		if (ts.isAwaitExpression(node)) note(node, "await");
		if (ts.isPropertyDeclaration(node) && node.modifiers?.some(it => it.kind === ts.SyntaxKind.StaticKeyword))
			note(node, "static field");
		ts.forEachChild(node, anywhere);
	};
	for (const statement of tree.statements) {
		anywhere(statement);
		if (!ts.isVariableStatement(statement)) continue;
		if (!(statement.declarationList.flags & ts.NodeFlags.Const)) note(statement, "let or var");
		for (const { initializer } of statement.declarationList.declarations) if (initializer) value(initializer);
	}
	return found;
}

describe("a preloaded module", () => {
	it("is searched for what could change", () => {
		const source = [
			"let a = 1;",
			"export var b = 2;",
			"const c = [1];",
			"const d = { x: 1 } as const;",
			"export const e = new Map();",
			"const f = await g();",
			"class H { static i = 1; }",
			"const good = Object.freeze([1]), fine = 1, handler = async () => { let x = new Map(); await x; };",
			"function make() { let y = [1]; return y; }",
		].join("\n");
		assert.deepEqual(faults(source), [
			"1: let or var",
			"2: let or var",
			"3: array that is not frozen",
			"4: object that is not frozen",
			"5: new Map",
			"6: await",
			"7: static field",
		]);
	});
	for (const specifier of preload)
		it(`(${specifier}) holds nothing that could`, () => {
			assert.deepEqual(faults(readFileSync(modules.get(specifier) ?? "", "utf8")), []);
		});
	it("exports nothing that is not frozen, classes and functions apart", async () => {
		const loose: string[] = [];
		for (const specifier of preload)
			for (const [name, it] of Object.entries((await import(specifier)) as Record<string, unknown>))
				if (typeof it === "object" && it !== null && !(it instanceof Map) && !Object.isFrozen(it))
					loose.push(`${specifier}: ${name}`);
		assert.deepEqual(loose, []);
	});
});

describe("two devices", () => {
	it("that run in one process share no state", async () => {
		const [one, two] = [boot({ accessPoints: [{ ssid: "net" }] }), boot()];
		assert.equal(await one.write("AT+SYSLOG=1\r\nAT+CIPMUX=1\r\nAT+CWMODE=1\r\n"), OK + OK + OK);
		const joined = one.send('AT+CWJAP="net"');
		assert.equal(await two.write("AT+CIPMUX?\r\nAT+CWMODE?\r\n"), `+CIPMUX:0\r\n${OK}+CWMODE:0\r\n${OK}`);
		assert.match(await joined, /WIFI GOT IP/);
		assert.equal(await two.send("AT+CWSTATE?"), `+CWSTATE:0,""\r\n${OK}`);
	});
});

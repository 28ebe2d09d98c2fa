// SPDX-License-Identifier: Apache-2.0

/** The TypeScript step: types and the natives that xsc would take wrongly. */

import { join, relative } from "node:path";
import ts from "typescript";
import { bindNatives } from "../natives.mjs";
import { miss, report, root, work } from "./report.mjs";

/** Compiles the manifest's TypeScript as the tsconfig files of mcconfig say, all in one program. */
export function compileTypeScript({ ours: { modules }, sdk: { types }, compilerOptions }) {
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
export function checkNatives(file, text) {
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

// SPDX-License-Identifier: Apache-2.0

/**
 * The twin's counterpart of what the SDK's xsc does with native() and Native(): the one pattern that it compiles to a
 * direct native call is rewritten to the older syntax that every XS parses, `method(a) @ "xs_name";`. Whatever xsc
 * would answer with "cannot optimize native", and any other use of the two names, is an error here.
 */

import ts from "typescript";

/** @returns {string | undefined} the name in `native("name")` or `Native("name")` */
function nameIn(node, callee) {
	const plain =
		ts.isCallExpression(node) &&
		ts.isIdentifier(node.expression) &&
		node.expression.text === callee &&
		node.arguments.length === 1 &&
		ts.isStringLiteral(node.arguments[0]);
	return plain ? node.arguments[0].text : undefined;
}

/** `native("name").call(this, a, b)` with exactly the parameters of the function around it. */
function nativeCall(expression, parameters) {
	if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return undefined;
	const { name, expression: target } = expression.expression;
	const native = name.text === "call" ? nameIn(target, "native") : undefined;
	if (native === undefined) return undefined;
	const [self, ...rest] = expression.arguments;
	const same =
		self?.kind === ts.SyntaxKind.ThisKeyword &&
		rest.length === parameters.length &&
		parameters.every(
			(it, i) =>
				ts.isIdentifier(it.name) &&
				!it.initializer &&
				!it.dotDotDotToken &&
				ts.isIdentifier(rest[i]) &&
				rest[i].text === it.name.text,
		);
	return same ? native : undefined;
}

function nativeBody(member) {
	/* xsc binds these and gets them wrong: an async one returns no promise. */
	const isPlain = !member.asteriskToken && !member.modifiers?.some(it => it.kind === ts.SyntaxKind.AsyncKeyword);
	if (!isPlain) return undefined;
	const statements = [...member.body.statements];
	if (ts.isConstructorDeclaration(member)) {
		const first = statements.shift();
		const isSuper =
			first !== undefined &&
			ts.isExpressionStatement(first) &&
			ts.isCallExpression(first.expression) &&
			first.expression.expression.kind === ts.SyntaxKind.SuperKeyword &&
			first.expression.arguments.length === 0;
		if (!isSuper) return undefined;
	}
	if (statements.length !== 1) return undefined;
	const [only] = statements;
	const expression = ts.isReturnStatement(only) || ts.isExpressionStatement(only) ? only.expression : undefined;
	return expression === undefined ? undefined : nativeCall(expression, member.parameters);
}

/**
 * @param {string} source JavaScript as tsc emits it
 * @returns {{ text: string, callbacks: string[], destructors: string[] }}
 * @throws Error naming the file and line of a native that cannot be bound
 */
export function bindNatives(source, file) {
	const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
	const edits = [];
	const callbacks = [];
	const destructors = [];
	const bound = new Set();

	const fail = (node, what) => {
		const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
		throw new Error(`${file}:${line + 1}: ${what}`);
	};
	const visit = node => {
		if (ts.isClassDeclaration(node) || ts.isClassExpression(node)) {
			const heritage = node.heritageClauses?.[0];
			const destructor = heritage && nameIn(heritage.types[0].expression, "Native");
			if (destructor !== undefined) {
				destructors.push(destructor);
				bound.add(heritage.types[0].expression.expression);
				edits.push([heritage.getStart(), heritage.end, `@ "${destructor}"`]);
				/* A native constructor runs no initialisers: xsc loses such fields without a word. */
				for (const member of node.members)
					if (ts.isPropertyDeclaration(member)) fail(member, `field in a class with a native constructor`);
			}
		}
		if (
			(ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node) || ts.isFunctionDeclaration(node)) &&
			node.body
		) {
			const native = nativeBody(node);
			if (native !== undefined) {
				callbacks.push(native);
				edits.push([node.body.getStart(), node.body.end, `@ "${native}";`]);
				return;
			}
		}
		if (ts.isIdentifier(node) && (node.text === "native" || node.text === "Native") && !bound.has(node)) {
			fail(node, `cannot optimize ${node.text}`);
		}
		ts.forEachChild(node, visit);
	};
	visit(tree);
	let text = source;
	for (const [start, end, replacement] of edits.sort((a, b) => b[0] - a[0]))
		text = text.slice(0, start) + replacement + text.slice(end);
	return { text, callbacks, destructors };
}

// SPDX-License-Identifier: Apache-2.0

import tseslint from "typescript-eslint";

const preloaded = ["main.ts", "modules/**/*.ts", "at-commands/**/*.ts"];

export default tseslint.config(
	{ ignores: ["build/", "node_modules/"] },
	...tseslint.configs.recommended,
	{
		rules: {
			eqeqeq: "error",
			"no-var": "error",
			"prefer-const": "error",
			"no-console": "off",
			/* A comma list of declared-but-unused values is how a test destructures; leading underscores say so. */
			"@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
		},
	},
	{
		files: preloaded,
		rules: {
			"no-restricted-syntax": [
				"error",
				{
					selector:
						"Program > VariableDeclaration[kind='let'], Program > ExportNamedDeclaration > VariableDeclaration[kind='let']",
					message: "A preloaded module holds no mutable state: hang it from what main() makes.",
				},
				{
					/* what is empty is there to be filled; `Object.freeze([])` is not */
					selector:
						":matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > " +
						":matches(NewExpression[callee.name=/^(Map|Set)$/][arguments.length=0], " +
						"ArrayExpression[elements.length=0], ObjectExpression[properties.length=0])",
					message:
						"A preloaded module holds no mutable state: keep it in what main() makes, or in ownSetting().",
				},
				{
					selector: ":function[generator=true]",
					message: "Generators are stripped from the firmware.",
				},
				{
					selector: "Program > ExpressionStatement > AwaitExpression",
					message: "A preloaded module cannot wait.",
				},
				{
					selector: "Literal[regex]",
					message: "No regular expressions: their engine costs flash and each run allocates.",
				},
			],
			"no-restricted-globals": ["error", "Proxy", "Reflect", "WeakMap", "WeakRef", "WeakSet", "Atomics", "eval"],
		},
	},
	{
		files: ["**/*.d.ts"],
		rules: { "@typescript-eslint/no-explicit-any": "off" },
	},
);

// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Example, whole } from "./examples.ts";
import { withTwin } from "./harness.ts";
import { replay } from "./replay.ts";
import { twinFor } from "./replay-needs.ts";

const SPEC = fileURLToPath(new URL("../../../shared/spec", import.meta.url));
const mustPass = readJson(fileURLToPath(new URL("must-pass.json", import.meta.url))) as Record<string, string[]>;

/**
 * Declares the tests that replay the guide's own examples, byte for byte. must-pass.json names those that the commands
 * built so far must pass; one that it names and that was not run is a failure. `XS_AT_EXAMPLES=all` runs the others
 * too, to see which could be named.
 *
 * @param chosen which of them can be run here
 * @param skip why none can
 * @param after what must hold when one was replayed
 */
export function replayExamples(
	chosen: (example: Example) => boolean,
	skip?: string,
	after: (example: Example) => void = () => {},
): void {
	if (!existsSync(SPEC)) {
		it.skip(`examples of the guide (there is no ${SPEC})`);
		return;
	}
	for (const [file, names] of Object.entries(mustPass)) {
		const { examples } = readJson(`${SPEC}/${file}`) as { examples: Example[] };
		for (const id of names)
			if (!examples.some(example => example.id === id)) it(`${file} has no example ${id}`, () => assert.fail());
		const here = examples.filter(chosen);
		const named = here.filter(({ id }) => names.includes(id));
		if (named.length > 0) describe(file, () => declare(here, named, examples, skip, after));
	}
}

function declare(
	here: readonly Example[],
	named: readonly Example[],
	all: readonly Example[],
	skip: string | undefined,
	after: (example: Example) => void,
): void {
	const passed = new Set<Example>();
	for (const example of named) {
		const title = `${example.id} ${example.title}`;
		if (skip !== undefined) {
			it.skip(`${title} (${skip})`);
			continue;
		}
		it(title, async function () {
			this.timeout(60_000);
			await withTwin(twinFor(example), w => replay(w, whole(example, all)));
			after(example);
			passed.add(example);
		});
	}
	if (skip !== undefined) return;
	it("has run all that are named", () => {
		assert.deepEqual(
			named.filter(example => !passed.has(example)).map(({ id }) => id),
			[],
		);
	});
	if (process.env["XS_AT_EXAMPLES"] !== "all") return;
	for (const example of here.filter(it => !named.includes(it))) {
		it(`(not named) ${example.id} ${example.title}`, async function () {
			this.timeout(60_000);
			await withTwin(twinFor(example), w => replay(w, example));
		});
	}
}

function readJson(file: string): unknown {
	return JSON.parse(readFileSync(file, "utf8"));
}

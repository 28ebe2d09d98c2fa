// SPDX-License-Identifier: Apache-2.0

/**
 * The guide's own examples, byte for byte. must-pass.json names those that the commands built so far must pass; one
 * that it names and that was not run is a failure. `XS_AT_EXAMPLES=all` runs the others too, to see which could be
 * named.
 */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Example, replay, twinFor, whole } from "./replay.ts";
import { withTwin } from "./harness.ts";

const SPEC = fileURLToPath(new URL("../../../shared/spec", import.meta.url));
const mustPass = readJson(fileURLToPath(new URL("must-pass.json", import.meta.url))) as Record<string, string[]>;

describe("examples of the guide", () => {
	if (!existsSync(SPEC)) {
		it.skip(`not replayed: there is no ${SPEC}`);
		return;
	}
	for (const [file, named] of Object.entries(mustPass)) {
		describe(file, () => {
			const { examples } = readJson(`${SPEC}/${file}`) as { examples: Example[] };
			const passed = new Set<string>();
			for (const id of named) {
				const example = examples.find(known => known.id === id);
				it(`${id} ${example?.title ?? ""}`, async function () {
					this.timeout(60_000);
					assert.ok(example, `${file} has no example ${id}`);
					await withTwin(twinFor(example), w => replay(w, whole(example, examples)));
					passed.add(id);
				});
			}
			it("has run all that are named", () => {
				assert.deepEqual(
					named.filter(id => !passed.has(id)),
					[],
				);
			});
			if (process.env["XS_AT_EXAMPLES"] !== "all") return;
			for (const example of examples.filter(({ id }) => !named.includes(id))) {
				it(`(not named) ${example.id} ${example.title}`, async function () {
					this.timeout(60_000);
					await withTwin(twinFor(example), w => replay(w, example));
				});
			}
		});
	}
});

function readJson(file: string): unknown {
	return JSON.parse(readFileSync(file, "utf8"));
}

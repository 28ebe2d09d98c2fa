// SPDX-License-Identifier: Apache-2.0

/** The same table holds modules/port/params.c to the same results: host-tests/native/params.test.c. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { checkParams } from "../shims/params";

interface Case {
	readonly descriptor: string;
	readonly mux: 0 | 1;
	readonly line: string;
	readonly error: number | null;
	readonly values: (number | string | null)[];
	readonly repeated: number | null;
}

const file = new URL("../shims/params-cases.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

function show(line: string): string {
	const text = JSON.stringify(line);
	return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}

describe("parameters", () => {
	it("are all in the table: each kind of item, each error", () => {
		for (const kind of ["i", "s", "e", "l", "?", "*"])
			assert.ok(cases.filter(it => it.descriptor.includes(kind)).length >= 10, kind);
		const errors = new Set(cases.map(it => (it.error ?? 0) >> 16));
		assert.deepEqual([...errors].sort(), [0, 0x0104, 0x0105, 0x0106, 0x0107, 0x0108]);
	});
	for (const { descriptor, mux, line, error, values, repeated } of cases)
		it(`${descriptor || "none"}${mux ? " CIPMUX=1" : ""} ${show(line)}: ${error === null ? "good" : `0x0${error.toString(16)}`}`, () => {
			const checked = checkParams(descriptor, mux === 1, line);
			if (error !== null) {
				assert.equal(checked, error);
				return;
			}
			assert.deepEqual(checked, {
				values: values.map(it => it ?? undefined),
				repeated: repeated ?? undefined,
			});
		});
});

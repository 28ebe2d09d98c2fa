// SPDX-License-Identifier: Apache-2.0

/** What a run of check:chip found: build/chip.json. */

import { resolve, join } from "node:path";
import ts from "typescript";

export const root = resolve(import.meta.dirname, "../..");
export const work = join(root, "build/chip");
export const PLATFORM = "esp32";
export const SUBCLASS = "esp32s2";

export const report = {
	sdk: {},
	typescript: ts.version,
	misses: [],
	skipped: [],
	warnings: { tsc: [], natives: [], xsc: [], xsl: [], mcconfig: [], cc: [] },
};

export function miss(kind, text) {
	if (report.warnings[kind]) report.warnings[kind].push(text);
	report.misses.push(text);
	console.log(`miss: ${text}`);
}

export function skip(text) {
	report.skipped.push(text);
	console.log(`skipped: ${text}`);
}

// SPDX-License-Identifier: Apache-2.0

/**
 * `node --import ./host-tests/loader/register.mjs …`: TypeScript under Node, with the firmware's module map.
 * See hooks.mjs for what is resolved how.
 */

import { createRequire, register } from "node:module";

register("./hooks.mjs", import.meta.url);

// Module hooks see import(), not require(). Mocha 12 calls require() first wherever Node can require an ES module, and
// then reports require()'s complaint about the TypeScript, whatever import() said. So it is told that this Node cannot,
// and require() of a .ts says the same in the words that mocha knows.
Object.defineProperty(process.features, "require_module", { value: false });
createRequire(import.meta.url).extensions[".ts"] = (_, file) => {
	throw Object.assign(new Error(`require() of ${file}: import it`), { code: "ERR_REQUIRE_ESM" });
};

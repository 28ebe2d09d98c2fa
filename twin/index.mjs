// SPDX-License-Identifier: Apache-2.0

/** What `import { start } from "xs-at"` gives: the compiled twin/start.ts, once there is one. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = new URL("../build/node/start.js", import.meta.url);

if (!existsSync(built))
	throw new Error(`xs-at is not built: npm run build in ${fileURLToPath(new URL("..", import.meta.url))}`);

export const { start, TwinError } = await import(built.href);

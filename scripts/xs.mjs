// SPDX-License-Identifier: Apache-2.0

/**
 * Where the XS engine comes from: an installed SDK ($MODDABLE/xs), or the sources inside the npm package
 * @agoric/xsnap, pinned by version and integrity. Of the package only the folder moddable/xs is used; installing it
 * as a dependency would bring 80 others and a build of their own.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

const PACKAGE = "@agoric/xsnap@0.15.0";
const INTEGRITY = "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==";

/** @returns {string} the folder that holds sources/, includes/ and platforms/ */
export function xsFolder() {
	if (process.env.MODDABLE) {
		const folder = join(process.env.MODDABLE, "xs");
		if (!existsSync(join(folder, "sources/xsAll.h"))) throw new Error(`MODDABLE: no ${folder}/sources/xsAll.h`);
		return folder;
	}
	const folder = join(root, "build/xs");
	if (existsSync(join(folder, "sources/xsAll.h"))) return folder;
	mkdirSync(join(root, "build"), { recursive: true });
	const temporary = mkdtempSync(join(root, "build/xs-"));
	try {
		console.log(`fetching the XS sources (${PACKAGE})`);
		execFileSync("npm", ["pack", "--silent", "--ignore-scripts", PACKAGE], {
			cwd: temporary,
			stdio: ["ignore", "ignore", "inherit"],
		});
		const archive = join(temporary, "agoric-xsnap-0.15.0.tgz");
		const hash = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
		if (hash !== INTEGRITY) throw new Error(`${PACKAGE} has integrity ${hash}, expected ${INTEGRITY}`);
		execFileSync("tar", ["-xzf", archive, "-C", temporary, "package/moddable/xs"]);
		rmSync(folder, { recursive: true, force: true });
		renameSync(join(temporary, "package/moddable/xs"), folder);
	} finally {
		rmSync(temporary, { recursive: true, force: true });
	}
	return folder;
}

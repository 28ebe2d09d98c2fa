// SPDX-License-Identifier: Apache-2.0

/** The installed Moddable SDK and its compiler, called as the makefiles of mcconfig do. */

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { work } from "./report.mjs";

/** A tool of the SDK: in its own folder, or on PATH. */
function findTool(name, folders) {
	for (const folder of folders) {
		const file = join(folder, name);
		try {
			accessSync(file, constants.X_OK);
			return file;
		} catch {
			continue;
		}
	}
	return undefined;
}

/** The tag of a clone; a release without git names its version in the typings only, which lag behind by a patch. */
function sdkVersion(moddable, typings) {
	const { stdout } = spawnSync("git", ["-C", moddable, "describe", "--tags", "--abbrev=0"], { encoding: "utf8" });
	return /^\d+\.\d+\.\d+/.exec(stdout ?? "")?.[0] ?? JSON.parse(readFileSync(typings, "utf8")).version;
}

/**
 * The SDK's version and tools.
 *
 * @returns {{ moddable: string, version: string, tools: Record<string, string | undefined>, path: string }}
 *   `path`: PATH with the SDK's tools in front
 * @throws {Error} saying what to run, when MODDABLE or one of the compiler's tools is missing
 */
export function findSdk() {
	const moddable = process.env.MODDABLE;
	if (!moddable)
		throw new Error(
			"MODDABLE is not set: install the Moddable SDK (docs/firmware.md), then `export MODDABLE=<its folder>`",
		);
	const version = join(moddable, "typings/package.json");
	if (!existsSync(version)) throw new Error(`MODDABLE=${moddable} is no Moddable SDK: no typings/package.json`);
	const own = join(moddable, "build/bin/lin/release");
	const folders = [own, ...(process.env.PATH ?? "").split(delimiter).filter(Boolean)];
	const names = ["xsc", "xsid", "xsl", "mcconfig"];
	const tools = Object.fromEntries(names.map(name => [name, findTool(name, folders)]));
	const missing = names.filter(name => name !== "mcconfig" && !tools[name]);
	if (missing.length)
		throw new Error(
			`missing in ${own}: ${missing.join(", ")}. The SDK builds them: ` +
				`for t in xsc xsid xsl; do XS_DIR=$MODDABLE/xs BUILD_DIR=$MODDABLE/build make GOAL=release -f $MODDABLE/xs/makefiles/lin/$t.mk; done`,
		);
	return {
		moddable,
		version: sdkVersion(moddable, version),
		tools,
		path: [own, process.env.PATH].join(delimiter),
	};
}

export function run(sdk, tool, parameters) {
	const done = spawnSync(sdk.tools[tool], parameters, {
		encoding: "utf8",
		env: { ...process.env, PATH: sdk.path, MODDABLE: sdk.moddable },
	});
	return {
		ok: done.status === 0,
		text: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trim(),
	};
}

/** `xsc` as mcconfig's makefile calls it: with natives (-c), as a module (-e). */
export function compileModule(sdk, specifier, source, folder) {
	const target = join(folder, `${specifier}.xsb`);
	mkdirSync(dirname(target), { recursive: true });
	return { target, ...run(sdk, "xsc", [source, "-c", "-e", "-o", dirname(target), "-r", basename(specifier)]) };
}

export function link(sdk, folder, parts) {
	const { modules, ids, preload, strip, creation } = parts;
	mkdirSync(folder, { recursive: true });
	/* Names of the last link, which xsl would go on from. */
	rmSync(join(work, "modules/mc.xsi"), { force: true });
	return run(sdk, "xsl", [
		"-b",
		join(work, "modules"),
		"-o",
		folder,
		...preload.flatMap(it => ["-p", `${it}.xsb`]),
		...strip.flatMap(it => ["-s", it]),
		"-c",
		creation,
		...modules,
		...ids,
	]);
}

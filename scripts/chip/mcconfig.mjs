// SPDX-License-Identifier: Apache-2.0

/** That mcconfig takes the manifest, and generates what was checked and meant. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isObject } from "./manifests.mjs";
import { miss, PLATFORM, report, root, skip, SUBCLASS, work } from "./report.mjs";
import { run } from "./sdk.mjs";

function variable(makefile, name) {
	/* The last one: MODULES is a folder first, and then the list. */
	const all = [...makefile.matchAll(new RegExp(`^${name} ?=((?:.*\\\\\\n)*.*)$`, "gm"))];
	return (all.at(-1)?.[1] ?? "").replaceAll("\\\n", " ").trim();
}

function sameList(what, got, wanted) {
	const extra = got.filter(it => !wanted.includes(it));
	const missing = wanted.filter(it => !got.includes(it));
	if (extra.length) miss("mcconfig", `${what}: only mcconfig has ${extra.join(", ")}`);
	if (missing.length) miss("mcconfig", `${what}: mcconfig lacks ${missing.join(", ")}`);
}

/** Options of an sdkconfig file; "n" for one that is off. */
export function readSdkconfig(text) {
	const values = new Map();
	for (const line of text.split(/\r?\n/)) {
		const [, off] = /^# (CONFIG_\w+) is not set$/.exec(line) ?? [];
		const [, name, value] = /^(CONFIG_\w+)=(.*)$/.exec(line) ?? [];
		if (off) values.set(off, "n");
		if (name) values.set(name, value === "" ? "n" : value);
	}
	return values;
}

/** What the files of this project set for a release build. */
export function ourSdkconfig() {
	const read = name => readFileSync(join(root, name), "utf8");
	return readSdkconfig(`${read("sdkconfig.defaults")}\n${read("sdkconfig.defaults.release")}`);
}

/** Where mcconfig -o puts the release build of this firmware, and the IDF project in it. */
export function projectOf(out) {
	const { NAME } = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8")).build;
	const folder = join(out, "tmp", PLATFORM, "release", NAME);
	return { folder, project: join(folder, `xsProj-${SUBCLASS}`), makefile: join(folder, "makefile") };
}

/** Lets mcconfig generate the project: without -m it writes what `make` would build from, and stops. */
function generate(sdk, out) {
	mkdirSync(out, { recursive: true });
	const done = run(sdk, "mcconfig", ["-p", PLATFORM, "-o", out, join(root, "manifest.json")]);
	if (!done.ok || done.text) miss("mcconfig", `mcconfig: ${done.text || "failed"}`);
	const made = projectOf(out);
	return existsSync(made.makefile) ? made : undefined;
}

/** That mcconfig takes the manifest, and generates what the checks above assumed and this project means. */
export function checkMcconfig(sdk, manifest, checked) {
	if (!sdk.tools.mcconfig) {
		skip(
			"mcconfig is not built (it wants libglib2.0-dev): cd $MODDABLE/build/makefiles/lin && make GOAL=release -f tools.mk",
		);
		return undefined;
	}
	const made = generate(sdk, join(work, "mcconfig"));
	if (!made) return undefined;
	const makefile = readFileSync(made.makefile, "utf8");
	if (variable(makefile, "ESP32_SUBCLASS") !== SUBCLASS) miss("mcconfig", `ESP32_SUBCLASS is not ${SUBCLASS}`);
	if (checked) {
		const xsb = variable(makefile, "MODULES")
			.split(/\s+/)
			.filter(it => it.endsWith(".xsb"));
		sameList(
			"modules",
			xsb.map(it => it.slice("$(MODULES_DIR)/".length, -4)),
			checked.modules,
		);
		sameList(
			"preload",
			[...variable(makefile, "PRELOADS").matchAll(/-p (\S+)\.xsb/g)].map(it => it[1]),
			checked.preloads,
		);
		sameList(
			"strip",
			[...variable(makefile, "STRIPS").matchAll(/-s "([^"]+)"/g)].map(it => it[1]),
			checked.strip,
		);
		const creation = variable(makefile, "CREATION");
		if (creation !== `-c ${checked.creation}`)
			miss("mcconfig", `creation: ${creation}, checked was ${checked.creation}`);
	}
	const options = JSON.parse(readFileSync(join(made.folder, "modules/tsconfig-base.json"), "utf8")).compilerOptions;
	for (const key of new Set([...Object.keys(options), ...Object.keys(report.compilerOptions)])) {
		if (key === "paths" || key === "rootDir" || key === "outDir") continue;
		const [theirs, ours] = [options[key], report.compilerOptions[key]].map(it => JSON.stringify(it));
		if (theirs !== ours) miss("mcconfig", `compilerOptions.${key}: ${theirs} in mcconfig's, ${ours} here`);
	}
	for (const source of manifest.ours.sources.filter(it => it.endsWith(".c")))
		if (!makefile.includes(`.c.o: ${source} `)) miss("mcconfig", `${relative(root, source)} is not compiled`);

	const csv = readFileSync(join(made.project, "partitions.csv"), "utf8");
	if (csv !== readFileSync(join(root, "partitions/partitions.csv"), "utf8"))
		miss("mcconfig", "mcconfig changed the partition table");
	const values = readSdkconfig(readFileSync(join(made.project, "sdkconfig.mc"), "utf8"));
	const wanted = ourSdkconfig();
	for (const [name, value] of wanted)
		if (values.get(name) !== value) miss("mcconfig", `sdkconfig: ${name} is ${values.get(name)}, meant ${value}`);
	const defines = readFileSync(join(made.folder, "mc.defines.h"), "utf8");
	const flat = (object, prefix) =>
		Object.entries(object).flatMap(([key, value]) =>
			isObject(value) ? flat(value, `${prefix}_${key}`) : [[`${prefix}_${key}`.toUpperCase(), value]],
		);
	for (const [name, value] of flat(manifest.defines, "MODDEF")) {
		/* Text goes in as it is, so that a manifest can name a C expression. */
		const wanted = `#define ${name} ${typeof value === "string" ? value : `(${value})`}\n`;
		if (!defines.includes(wanted)) miss("mcconfig", `mc.defines.h lacks ${wanted}`);
	}
	report.mcconfig = {
		partitions: csv.split("\n").filter(it => it && !it.startsWith("#")),
		sdkconfigLines: wanted.size,
		defines: defines.split("\n").filter(it => it.includes("MODDEF")),
		components: /set\(ESP_COMPONENTS (.*?) *\)/
			.exec(readFileSync(join(made.folder, "xs_idf_deps.txt"), "utf8"))?.[1]
			.split(" "),
	};
	return made;
}

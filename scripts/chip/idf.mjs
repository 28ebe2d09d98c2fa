// SPDX-License-Identifier: Apache-2.0

/** What only ESP-IDF's own tools can say: versions, configuration, partition tables. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { partitionTable, SECONDARY_OFFSET } from "../partitions.mjs";
import { ourSdkconfig, readSdkconfig } from "./mcconfig.mjs";
import { miss, report, root, skip, SUBCLASS, work } from "./report.mjs";

/** The interpreter that has the IDF's packages: the one of its export.sh. */
export function pythonCommand() {
	const own = process.env.IDF_PYTHON_ENV_PATH && join(process.env.IDF_PYTHON_ENV_PATH, "bin/python");
	return own && existsSync(own) ? own : "python3";
}

function python(idf, parameters, more = {}) {
	const done = spawnSync(pythonCommand(), parameters, {
		encoding: "utf8",
		env: { ...process.env, IDF_PATH: idf, ...more },
	});
	return {
		ok: done.status === 0,
		text: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trim(),
	};
}

/** @returns {string | undefined} version of the IDF at this path, as its build files say */
export function idfVersion(idf) {
	const file = join(idf, "tools/cmake/version.cmake");
	if (!existsSync(file)) return undefined;
	return [...readFileSync(file, "utf8").matchAll(/set\(IDF_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)\)/g)]
		.map(it => it[1])
		.join(".");
}

/** The IDF's own configuration step, from what mcconfig merged: sdkconfig and sdkconfig.h. */
function configure(idf, defaults, out) {
	mkdirSync(out, { recursive: true });
	const components = join(idf, "components");
	const found = { Kconfig: [], "Kconfig.projbuild": [], rename: [] };
	for (const name of readdirSync(components)) {
		/* Both are for builds that run on Linux. */
		if (name === "linux" || name === "esp_blockdev_linux") continue;
		for (const [kind, files] of [
			["Kconfig", ["Kconfig"]],
			["Kconfig.projbuild", ["Kconfig.projbuild"]],
			["rename", ["sdkconfig.rename", `sdkconfig.rename.${SUBCLASS}`]],
		])
			for (const file of files)
				if (existsSync(join(components, name, file))) found[kind].push(join(components, name, file));
	}
	const version = idfVersion(idf);
	const environment = {
		COMPONENT_KCONFIGS: found.Kconfig.join(";"),
		COMPONENT_KCONFIGS_PROJBUILD: found["Kconfig.projbuild"].join(";"),
		COMPONENT_SDKCONFIG_RENAMES: found.rename.join(";"),
		COMPONENT_KCONFIGS_SOURCE_FILE: join(out, "kconfigs.in"),
		COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE: join(out, "kconfigs_projbuild.in"),
		IDF_TARGET: SUBCLASS,
		IDF_TOOLCHAIN: "gcc",
		IDF_VERSION: version,
		IDF_ENV_FPGA: "",
		IDF_PATH: idf,
	};
	const file = join(out, "config.env");
	writeFileSync(file, JSON.stringify(environment));
	const env = {
		IDF_VERSION: version,
		IDF_INIT_VERSION: version,
		KCONFIG_PARSER_VERSION: "1",
		KCONFIG_REPORT_VERBOSITY: "default",
	};
	const separator = "--list-separator=semicolon";
	const prepared = python(
		idf,
		[join(idf, "tools/kconfig_new/prepare_kconfig_files.py"), separator, "--env-file", file],
		env,
	);
	if (!prepared.ok) return prepared;
	return python(
		idf,
		[
			...[
				"-m",
				"kconfgen",
				separator,
				"--kconfig",
				join(idf, "Kconfig"),
				"--sdkconfig-rename",
				join(idf, "sdkconfig.rename"),
			],
			...[
				"--config",
				join(out, "sdkconfig"),
				"--defaults",
				defaults,
				"--env",
				"IDF_MINIMAL_BUILD=n",
				"--env-file",
				file,
			],
			...["--output", "header", join(out, "sdkconfig.h"), "--output", "config", join(out, "sdkconfig")],
		],
		env,
	);
}

/** That the IDF knows each line of sdkconfig.defaults and does what it says. */
export function checkSdkconfig(idf, made) {
	const out = join(made.project, "build/config");
	rmSync(out, { recursive: true, force: true });
	const done = configure(idf, join(made.project, "sdkconfig.mc"), out);
	if (!done.ok) {
		if (/No module named/.test(done.text))
			skip(`sdkconfig: ${done.text.split("\n").at(-1)} (source $IDF_PATH/export.sh)`);
		else miss("mcconfig", `kconfgen: ${done.text.slice(-2000)}`);
		return false;
	}
	for (const line of done.text.split("\n")) if (/unknown kconfig symbol/i.test(line)) miss("mcconfig", line.trim());
	const values = readSdkconfig(readFileSync(join(out, "sdkconfig"), "utf8"));
	const wanted = ourSdkconfig();
	let effective = 0;
	for (const [name, value] of wanted) {
		/* An option whose dependencies are off is not in the file at all. */
		if ((values.get(name) ?? "n") === value) effective++;
		else
			miss(
				"mcconfig",
				`sdkconfig: ${name}=${value} has no effect in the IDF (${values.get(name) ?? "not there"})`,
			);
	}
	report.sdkconfig = { lines: wanted.size, effective };
	return true;
}

/** That the IDF's own tool makes the same bytes of our tables, as the firmware's build will. */
export function checkPartitions(idf) {
	const tool = join(idf, "components/partition_table/gen_esp32part.py");
	report.partitions = {};
	for (const [name, offset] of [
		["partitions", 0x8000],
		["at_customize", SECONDARY_OFFSET],
	]) {
		const csv = join(root, "partitions", `${name}.csv`);
		for (const md5 of [true, false]) {
			const out = join(work, `${name}${md5 ? "-md5" : ""}.bin`);
			const flags = md5 ? [] : ["--disable-md5sum"];
			const done = python(idf, [
				tool,
				"--quiet",
				"--flash-size",
				"4MB",
				"--offset",
				String(offset),
				...flags,
				csv,
				out,
			]);
			if (!done.ok) {
				miss("mcconfig", `gen_esp32part.py ${name}.csv: ${done.text}`);
				continue;
			}
			const same = readFileSync(out).equals(partitionTable(readFileSync(csv, "utf8"), { offset, md5 }));
			if (!same) miss("mcconfig", `gen_esp32part.py makes another ${basename(out)} than scripts/partitions.mjs`);
			report.partitions[basename(out)] = same;
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

/** Our C for the chip, with mcconfig's flags and the real headers. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { miss, report, root, skip, work } from "./report.mjs";

/** Our C with mcconfig's flags and the real headers, and the preloaded image. */
export function compileC(sdk, idf, manifest, made) {
	const compiler = process.env.XTENSA_CC;
	const variables = join(work, "variables.mk");
	writeFileSync(
		variables,
		`include ${made.makefile}\nvariables:\n` +
			"\t@echo 'DEFINES=$(C_DEFINES)'\n\t@echo 'OURS=$(DIRECTORIES)'\n\t@echo 'FLAGS=$(C_FLAGS)'\n" +
			"\t@echo 'INCLUDES=$(INC_DIRS) $(SDK_DIRS) $(XS_DIRS) $(LIB_DIR) $(TMP_DIR)'\n" +
			"\t@echo 'ENGINE=$(patsubst $(LIB_DIR)/%.o,%,$(XS_OBJ)) xsPlatform.c xsHost.c xsHosts.c'\n\t@echo 'SOURCES=$(XS_DIRS)'\n",
	);
	const done = spawnSync("make", ["--no-print-directory", "-s", "-f", variables, "variables"], {
		encoding: "utf8",
		env: { ...process.env, PATH: sdk.path, IDF_PATH: idf },
	});
	const value = name => (new RegExp(`^${name}=(.*)$`, "m").exec(done.stdout)?.[1] ?? "").split(/\s+/).filter(Boolean);
	if (done.status !== 0 || !value("INCLUDES").length) {
		miss("cc", `make: ${done.stderr}`);
		return;
	}
	const folders = [...new Set(manifest.ours.sources.map(it => dirname(it)))];
	const theirs = value("OURS")
		.map(it => it.slice(2))
		.filter(it => !it.startsWith(`${root}/`));
	const flags = [
		...value("DEFINES"),
		...folders.map(it => `-I${it}`),
		/* Headers that are not ours may warn as they like. mc.xs.h is the one linked above. */
		...[work, ...theirs, ...value("INCLUDES")].flatMap(it => ["-isystem", it]),
		...value("FLAGS").filter(it => !["-Wno-implicit-function-declaration", "-MMD", "-MP"].includes(it)),
	];
	const objects = [];
	mkdirSync(join(work, "objects"), { recursive: true });
	const compile = (source, warnings) => {
		const object = join(work, "objects", `${basename(source)}.o`);
		const { status, stderr, error } = spawnSync(compiler, [...flags, ...warnings, source, "-o", object], {
			encoding: "utf8",
		});
		if (error) throw new Error(`XTENSA_CC=${compiler}: ${error.message}`);
		if (status === 0) return object;
		const text = `${relative(root, source)}: ${stderr.trim()}`;
		if (source.startsWith(root)) miss("cc", text);
		else skip(`size of the engine: ${text}`);
		return undefined;
	};
	const strict = ["-Wall", "-Wextra", "-Werror", "-Werror=implicit-function-declaration"];
	for (const source of manifest.ours.sources.filter(it => it.endsWith(".c"))) objects.push(compile(source, strict));
	const image = compile(join(work, "mc.xs.c"), ["-w"]);
	const size = files => {
		const tool = compiler.replace(/(gcc|cc)$/, "size");
		const lines = spawnSync(tool, files, { encoding: "utf8" }).stdout?.trim().split("\n").slice(1) ?? [];
		const total = { text: 0, data: 0, bss: 0 };
		for (const line of lines) {
			const [text, data, bss] = line.trim().split(/\s+/).map(Number);
			total.text += text;
			total.data += data;
			total.bss += bss;
		}
		return total;
	};
	const good = objects.filter(Boolean);
	report.objects = { files: good.length, ...size(good) };
	/* The SDK's part, before the linker leaves out what nobody calls. */
	const engine = [
		...value("ENGINE").map(name =>
			value("SOURCES")
				.map(it => join(it, name))
				.find(existsSync),
		),
		...manifest.sdk.sources.filter(it => it.endsWith(".c")),
	].map(source => source && compile(source, ["-w", "-Wno-implicit-function-declaration"]));
	if (engine.every(Boolean)) report.engine = { files: engine.length, ...size(engine) };
	if (image) report.image = size([image]);
}

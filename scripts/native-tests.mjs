// SPDX-License-Identifier: Apache-2.0

/**
 * Compiles and runs the tests of the portable C (host-tests/native/), each under the address and undefined-behaviour
 * sanitizers, those with two tasks under the thread sanitizer too. What they test comes from the manifests. The fuzz
 * targets (host-tests/fuzz/) run here without libFuzzer: their seeds, their regressions and some inputs more.
 *
 * 	node scripts/native-tests.mjs [NAME...]
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { writeCustom } from "./custom.mjs";
import { fuzzTargets } from "./fuzz-targets.mjs";
import { readManifest } from "./manifest.mjs";
import { twinSource } from "./partitions.mjs";

const root = resolve(import.meta.dirname, "..");
const out = join(root, "build/native");
const tests = "host-tests/native";
const fuzz = "host-tests/fuzz/support";

/** No test takes a tenth of it; one that hangs has met what it looks for. */
const TIME_LIMIT = 90_000;

export const SANITIZERS = {
	address: ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"],
	thread: ["-fsanitize=thread"],
};

const PORT = [
	"port-io.c",
	"port-data.c",
	"port-pass.c",
	"line.c",
	"params.c",
	"escape.c",
	"bre.c",
	"bre-search.c",
	"filter.c",
	"wake.c",
].map(it => `modules/port/${it}`);
/** With the half that belongs to XS, on a stand-in for the engine. */
const PORT_WITH_XS = [
	...PORT,
	"modules/port/port.c",
	"modules/port/port-call.c",
	"modules/port/port-phases.c",
	"modules/port/port-settings.c",
	"modules/port/port-messages.c",
	"modules/platform/binary.c",
	"modules/platform/services.c",
	`${tests}/fake-xs/fake-xs.c`,
	`${tests}/fake-platform.c`,
];
/** That, played by a host and a network. */
const PORT_PLAY = [...PORT_WITH_XS, `${tests}/port-play.c`, `${tests}/port-play-commands.c`];
const BRE = ["modules/port/bre.c", "modules/port/bre-search.c", `${tests}/fake-platform.c`];
const STORE = ["store-cut.c", "store-format.c", "store-reset.c", "store-values.c"].map(it => `${tests}/${it}`);

/**
 * A program is NAME.test.c, or `main`, with these sources. `modules/` ones must be in the manifests: what is tested is
 * what is built. @type {Record<string, {main?: string, sources: string[], sanitizers?: string[], parameters?: string[]}>}
 */
const programs = {
	line: { sources: ["modules/port/line.c"] },
	params: { sources: ["modules/port/params.c"] },
	escape: { sources: ["modules/port/escape.c"] },
	bre: { sources: BRE },
	"bre-random": { sources: BRE },
	ring: { sources: [], sanitizers: ["address", "thread"] },
	port: { sources: PORT_PLAY },
	"port-data": { sources: PORT_PLAY },
	"port-passthrough": { sources: PORT_PLAY },
	"port-races": { sources: PORT_PLAY },
	filter: { sources: PORT_PLAY },
	wake: { sources: PORT_PLAY },
	pins: { sources: ["modules/platform/posix/pins.c", "twin/pin-control.c"] },
	"port-threads": { sources: PORT_WITH_XS, sanitizers: ["address", "thread"] },
	link: {
		sources: [
			...PORT_PLAY,
			`${tests}/fake-net.c`,
			...["link-connect.c", "link-data.c", "link-io.c", "link-read.c", "link-server.c"].map(
				it => `modules/link/${it}`,
			),
			"modules/net/net.c",
		],
	},
	partitions: { sources: ["modules/flash/partitions.c"] },
	store: {
		sources: [
			...STORE,
			"modules/store/store-reset.c",
			"modules/store/posix/*.c",
			"modules/flash/partitions.c",
			"modules/flash/posix/*.c",
			"twin/factory.c",
			"build/native/generated/factory-data.c",
		],
	},
	"ota-slots": {
		sources: [
			"modules/firmware/posix/*.c",
			"modules/flash/partitions.c",
			"modules/flash/posix/*.c",
			"twin/factory.c",
			"modules/store/posix/*.c",
			"build/native/generated/factory-data.c",
		],
	},
};
for (const [name, { file, sources, inputs }] of fuzzTargets())
	programs[`fuzz-${name}`] = {
		main: file,
		sources: [...sources, `${fuzz}/replay.c`],
		parameters: ["--keep", `build/native/fuzz-${name}.failed`, ...inputs],
	};

function writeIfChanged(file, text) {
	if (existsSync(file) && readFileSync(file, "utf8") === text) return;
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
}

/** A C string of a binary string. Each character by itself, since a hexadecimal escape takes all that follow. */
function cString(text) {
	let c = '"';
	for (const it of text) {
		const code = it.charCodeAt(0);
		if (code > 0xff) throw new RangeError(`no binary string: ${JSON.stringify(text)}`);
		c +=
			code < 0x20 || code > 0x7e || it === '"' || it === "\\" || it === "?"
				? `\\${code.toString(8).padStart(3, "0")}`
				: it;
	}
	return `${c}"`;
}

/** A value as params.test.c renders it. */
function rendered(value) {
	if (value === null) return "- ";
	if (typeof value === "number") return `${value} `;
	const hex = it => `\\x${it.charCodeAt(0).toString(16).padStart(2, "0")}`;
	return `'${value.replace(/[^ -~]|['\\]/g, hex)}' `;
}

/** The cases that the shim of Port passes too, as a table. */
function paramsCases() {
	const file = join(root, "host-tests/shims/params-cases.json");
	const cases = JSON.parse(readFileSync(file, "utf8"));
	if (!cases.length) throw new Error(`${file}: no cases`);
	const rows = cases.map(({ descriptor, mux, line, error, values, repeated }) => {
		const plain = values.length - (repeated ?? 0);
		const group = repeated === null ? "" : `| ${values.slice(plain).map(rendered).join("")}`;
		const text = error ? "" : values.slice(0, plain).map(rendered).join("") + group;
		return `\t{ ${cString(descriptor)}, ${Boolean(mux)}, ${cString(line)}, ${line.length}, ${error ?? 0}u, ${cString(text)} },`;
	});
	return `static const params_case params_cases[] = {\n${rows.join("\n")}\n};\n`;
}

/** The descriptors of every command, from the declarations themselves. */
function descriptors() {
	const script = `
		Object.assign(globalThis, { Native: () => class {}, native: () => () => undefined });
		const { table } = await import("at-commands/table");
		const all = [...table.values()].filter(it => it.set).map(it => it.set.descriptor);
		console.log(JSON.stringify([...new Set(all)]));`;
	const made = spawnSync(
		process.execPath,
		["--import", "./host-tests/loader/register.mjs", "--input-type=module", "--eval", script],
		{ cwd: root, encoding: "utf8" },
	);
	if (made.status !== 0) throw new Error(`the commands' descriptors: ${made.stderr}`);
	const list = JSON.parse(made.stdout);
	if (!list.length) throw new Error("no command has parameters");
	return `static const char *const tree_descriptors[] = {\n${list.map(it => `\t${cString(it)},`).join("\n")}\n};\n`;
}

/** Runs a command. @returns {Promise<{status: number | null, text: string}>} */
function run(command, parameters) {
	return new Promise(done => {
		const child = spawn(command, parameters, {
			cwd: root,
			stdio: ["ignore", "pipe", "pipe"],
			timeout: TIME_LIMIT,
			killSignal: "SIGKILL",
		});
		let text = "";
		for (const stream of [child.stdout, child.stderr])
			stream.on("data", data => {
				text += data;
			});
		child.on("error", error => done({ status: 127, text: error.message }));
		child.on("close", (status, signal) => done({ status, text: signal ? `${text}ended by ${signal}\n` : text }));
	});
}

/** Files that the manifests list, and the folders to find their headers in. */
export function listedSources() {
	const listed = readManifest(join(root, "manifest.json")).sources.map(it => relative(root, it));
	return { listed, folders: [...new Set(listed.map(it => dirname(it)))] };
}

/** What is compiled into the tests and comes from elsewhere in the tree. */
export function generate() {
	writeCustom();
	mkdirSync(out, { recursive: true });
	writeIfChanged(join(out, "generated/factory-data.c"), twinSource());
	writeIfChanged(join(out, "generated/params-cases.h"), paramsCases());
	writeIfChanged(join(out, "generated/descriptors.h"), descriptors());
}

/** What every test is compiled with, but for its sanitizers. */
export const compileFlags = folders => [
	"-std=gnu11",
	"-Wall",
	"-Wextra",
	"-Werror",
	"-O1",
	"-g",
	"-fno-common",
	"-pthread",
	...[tests, `${tests}/fake-xs`, fuzz, "build/native/generated", "twin", ...folders].map(it => `-I${it}`),
];

/** The sources of a program, with the manifests' for each `modules/` one. */
export function sourcesOf(sources, listed) {
	return sources.flatMap(it => {
		if (!it.startsWith("modules/")) return [it];
		const matches = it.endsWith("*.c")
			? listed.filter(file => dirname(file) === dirname(it) && file.endsWith(".c"))
			: listed.filter(file => file === it);
		if (!matches.length) throw new Error(`${it} is in no manifest`);
		return matches;
	});
}

const total = { passed: 0, failed: 0, skipped: 0 };

function skip(what, why) {
	total.skipped++;
	console.log(`${what}: skipped: ${why}`);
}

async function test(name, sanitizer, listed, folders) {
	const program = programs[name];
	const binary = join(out, `${name}-${sanitizer}`);
	const title = `${name} (${sanitizer})`;
	const began = Date.now();
	const compiled = await run("gcc", [
		...compileFlags(folders),
		...SANITIZERS[sanitizer],
		"-o",
		binary,
		program.main ?? `${tests}/${name}.test.c`,
		...sourcesOf(program.sources, listed),
	]);
	if (compiled.status !== 0) {
		total.failed++;
		console.log(`${title}: does not compile\n${compiled.text}`);
		return;
	}
	const { status, text } = await run(binary, program.parameters ?? []);
	const lines = text.trimEnd().split("\n");
	const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(lines.at(-1)) ?? [];
	const seconds = ((Date.now() - began) / 1000).toFixed(1);
	total.passed += Number(passed ?? 0);
	/* A sanitizer's report, a crash, a hang, or a program that checked nothing. */
	const broken = passed === undefined || (status !== 0 && failed === "0") || passed === "0";
	total.failed += Number(failed ?? 0) + (broken ? 1 : 0);
	if (broken || status !== 0) console.log(`${text.trimEnd()}\n${title}: FAILED, exit status ${status}, ${seconds} s`);
	else console.log(`${title}: ${passed} passed, ${seconds} s`);
}

if (process.argv[1] === import.meta.filename) {
	const wanted = process.argv.slice(2);
	for (const it of wanted)
		if (!programs[it]) throw new Error(`no test ${it}; there are ${Object.keys(programs).join(", ")}`);
	generate();
	const { listed, folders } = listedSources();
	const jobs = [];
	if (spawnSync("gcc", ["--version"]).error) skip("native", "no gcc");
	else
		for (const name of wanted.length ? wanted : Object.keys(programs))
			for (const sanitizer of programs[name].sanitizers ?? ["address"]) {
				const probe = spawnSync("gcc", [...SANITIZERS[sanitizer], "-x", "c", "-", "-o", join(out, "probe")], {
					input: "int main(void) { return 0; }\n",
				});
				if (probe.status === 0) jobs.push(() => test(name, sanitizer, listed, folders));
				else skip(`${name} (${sanitizer})`, `gcc has no ${sanitizer} sanitizer here`);
			}
	rmSync(join(out, "probe"), { force: true });
	await Promise.all(
		Array.from({ length: Math.min(cpus().length, 4) }, async () => {
			for (let job = jobs.shift(); job; job = jobs.shift()) await job();
		}),
	);
	console.log(`native: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
	process.exitCode = total.failed ? 1 : 0;
}

// SPDX-License-Identifier: Apache-2.0

/**
 * Builds the twin: TypeScript is checked and compiled, natives are bound, modules are embedded as the manifests list
 * them, then make compiles XS, our C and what was generated.
 *
 * 	node scripts/build.mjs [--variant twin|twin32|asan|tsan]
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { writeCustom } from "./custom.mjs";

const root = resolve(import.meta.dirname, "..");
const build = join(root, "build");

function writeIfChanged(file, text) {
	if (existsSync(file) && readFileSync(file, "utf8") === text) return;
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
}

/** The newest change of anything that the build reads. */
function newestSource() {
	let newest = 0;
	const visit = path => {
		const stat = statSync(path);
		newest = Math.max(newest, stat.mtimeMs);
		if (stat.isDirectory()) for (const entry of readdirSync(path)) visit(join(path, entry));
	};
	for (const name of [
		"at-commands",
		"host-tests/machine",
		"modules",
		"partitions",
		"scripts",
		"twin",
		"main.ts",
		"manifest.json",
		"Makefile",
		"package.json",
		"tsconfig.json",
		"tsconfig.node.json",
	])
		visit(join(root, name));
	return newest;
}

/** Builds on the SDK's own XS are kept apart, so that either can be run without building anew. */
function folder(variant) {
	return join(build, process.env.MODDABLE ? "sdk" : "", variant);
}

export function binary(variant = "twin") {
	return join(folder(variant), "xs-at");
}

function stamp(variant) {
	return join(folder(variant), "stamp");
}

/** True when nothing has changed since the variant was built, with the same XS. */
export function isCurrent(variant = "twin") {
	if (!existsSync(binary(variant)) || !existsSync(stamp(variant))) return false;
	return (
		statSync(stamp(variant)).mtimeMs > newestSource() &&
		readFileSync(stamp(variant), "utf8") === (process.env.MODDABLE ?? "")
	);
}

function requireTools(variant) {
	const missing = [];
	for (const [tool, name] of [
		["gcc", "gcc"],
		["make", "make"],
	])
		if (spawnSync(tool, ["--version"]).error) missing.push(name);
	if (!missing.length && spawnSync("gcc", ["-E", "-x", "c", "-"], { input: "#include <stdio.h>\n" }).status !== 0)
		missing.push("libc6-dev");
	if (variant === "twin32") {
		const probe = spawnSync("gcc", ["-m32", "-E", "-x", "c", "-"], { input: "#include <stdio.h>\n" });
		if (probe.status !== 0) missing.push("gcc-multilib");
	}
	if (missing.length) {
		console.error(`missing: run \`sudo apt-get install -y ${missing.join(" ")}\``);
		process.exit(1);
	}
}

/** What the manifests list, once more for tsc. @returns {Map<string, string>} specifiers and their files */
function writePaths(manifest, world) {
	const modules = new Map([...manifest.modules, ...world.modules]);
	const custom = "at-commands/custom/";
	const paths = Object.fromEntries(
		[...modules]
			.filter(([specifier]) => !specifier.startsWith(custom))
			.map(([specifier, file]) => [specifier, [`./${relative(root, file)}`]]),
	);
	paths[`${custom}*`] = [`./${custom}*`]; // so that a new command does not change a file that git tracks
	writeIfChanged(
		join(root, "tsconfig.paths.json"),
		`${JSON.stringify({ compilerOptions: { paths } }, null, "\t")}\n`,
	);
	return modules;
}

/** Finds the commands in at-commands/custom/ and tells tsc where all modules are. */
export async function findModules() {
	const { readManifest } = await import("./manifest.mjs");
	writeCustom();
	const manifest = readManifest(join(root, "manifest.json"));
	return { manifest, modules: writePaths(manifest, readManifest(join(root, "twin/world/manifest.json"))) };
}

async function compileTypeScript() {
	const { default: ts } = await import("typescript");
	const config = ts.getParsedCommandLineOfConfigFile(
		join(root, "tsconfig.json"),
		{ noEmit: false, outDir: join(build, "js"), rootDir: root, sourceMap: false },
		{ ...ts.sys, onUnRecoverableConfigFileDiagnostic: it => fail(ts, [it]) },
	);
	const program = ts.createProgram(config.fileNames, config.options);
	const result = program.emit();
	fail(ts, [...config.errors, ...ts.getPreEmitDiagnostics(program), ...result.diagnostics]);
	compileStart(ts);
}

/** twin/start.ts, for those who start a twin from their own tests. */
function compileStart(ts) {
	const config = ts.getParsedCommandLineOfConfigFile(
		join(root, "tsconfig.node.json"),
		{
			noEmit: false,
			allowImportingTsExtensions: false,
			declaration: true,
			outDir: join(build, "node"),
			rootDir: join(root, "twin"),
		},
		{ ...ts.sys, onUnRecoverableConfigFileDiagnostic: it => fail(ts, [it]) },
	);
	const program = ts.createProgram([join(root, "twin/start.ts")], config.options);
	fail(ts, [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics]);
}

function fail(ts, diagnostics) {
	if (!diagnostics.length) return;
	const host = { getCanonicalFileName: it => it, getCurrentDirectory: () => root, getNewLine: () => "\n" };
	console.error(ts.formatDiagnosticsWithColorAndContext(diagnostics, host));
	process.exit(1);
}

function commit() {
	const git = spawnSync("git", ["-C", root, "rev-parse", "--short=7", "HEAD"], { encoding: "utf8" });
	return git.status === 0 ? git.stdout.trim() : "0000000";
}

function cString(text) {
	const lines = text.split("\n").map(line =>
		JSON.stringify(`${line}\n`)
			.replaceAll("?", "\\?")
			.replace(/[\u007f-\uffff]/g, it =>
				[...Buffer.from(it)].map(byte => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
			)
			.replace(/\\u00([0-9a-f]{2})/g, (_, hex) => `\\${parseInt(hex, 16).toString(8).padStart(3, "0")}`),
	);
	return lines.map(line => `\t${line}`).join("\n");
}

async function embed(manifest, modules) {
	const { bindNatives } = await import("./natives.mjs");
	const callbacks = new Set();
	const destructors = new Set();
	const preload = new Set(manifest.preload);
	let table = "";
	for (const [specifier, file] of modules) {
		const js = join(build, "js", relative(root, file).replace(/\.ts$/, ".js"));
		const bound = bindNatives(readFileSync(js, "utf8"), relative(root, file));
		for (const name of bound.callbacks) callbacks.add(name);
		for (const name of bound.destructors) destructors.add(name);
		const { text } = bound;
		table += `{ ${JSON.stringify(specifier)},\n${cString(text)},\n${Buffer.byteLength(text) + 1}, ${preload.has(specifier)} },\n`;
	}
	const { creation } = manifest;
	const thunks = [...callbacks].map(
		name =>
			`extern void ${name}(machine_vm *);\n` +
			`static void call_${name}(machine_vm *the)\n{\n` +
			`\tif (machine_is_preparing)\n\t\tmachine_native_during_preload(the);\n\t${name}(the);\n}\n`,
	);
	writeIfChanged(
		join(build, "generated/embedded.c"),
		`/* Written by scripts/build.mjs from the manifests. */\n#include "machine.h"\n\n` +
			`static const machine_module modules[] = {\n${table}{ 0 },\n};\n\nconst machine_module *machine_modules = modules;\n\n` +
			`${thunks.join("")}\n${[...destructors].map(it => `extern void ${it}(void *);\n`).join("")}\n` +
			`const machine_native machine_natives[] = {\n` +
			[...callbacks].map(it => `\t{ "${it}", call_${it}, 0 },\n`).join("") +
			[...destructors].map(it => `\t{ "${it}", 0, ${it} },\n`).join("") +
			`\t{ 0 },\n};\n\n` +
			`const machine_creation machine_firmware_creation = {\n` +
			`\t.chunk = ${creation.chunk.initial}, .chunk_increment = ${creation.chunk.incremental},\n` +
			`\t.heap = ${creation.heap.initial}, .heap_increment = ${creation.heap.incremental},\n` +
			`\t.stack = ${creation.stack}, .keys = ${creation.keys.initial}, .keys_increment = ${creation.keys.incremental},\n` +
			`\t.names = ${creation.keys.name}, .symbols = ${creation.keys.symbol},\n};\n`,
	);
}

async function partitions() {
	const file = join(root, "scripts/partitions.mjs");
	const { twinSource } = await import(file);
	writeIfChanged(join(build, "generated/factory-data.c"), twinSource());
}

/** Builds a variant, if anything has changed. */
export async function buildTwin(variant = "twin") {
	if (isCurrent(variant)) return;
	const began = Date.now();
	requireTools(variant);
	const { xsFolder } = await import("./xs.mjs");
	const xs = xsFolder();
	const { manifest, modules } = await findModules();
	await compileTypeScript();
	await embed(manifest, modules);
	await partitions();
	const sources = manifest.sources.filter(it => it.endsWith(".c")).map(it => relative(root, it));
	const folders = [...new Set(manifest.sources.map(it => relative(root, dirname(it))))];
	const made = spawnSync(
		"make",
		[
			"--no-print-directory",
			"-s",
			"-j2",
			`${relative(root, folder(variant))}/xs-at`,
			`${relative(root, folder(variant))}/machine-test`,
			`VARIANT=${variant}`,
			`OUT=${relative(root, folder(variant))}`,
			`XS=${xs}`,
			`MODULE_SOURCES=${sources.join(" ")}`,
			`MODULE_FOLDERS=${folders.join(" ")}`,
			`COMMIT=${commit()}`,
		],
		{ cwd: root, stdio: "inherit" },
	);
	if (made.status !== 0) process.exit(1);
	writeFileSync(stamp(variant), process.env.MODDABLE ?? "");
	console.log(`built ${relative(root, binary(variant))} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

if (process.argv[1] === import.meta.filename) {
	const at = process.argv.indexOf("--variant");
	await buildTwin(at < 0 ? "twin" : process.argv[at + 1]);
}

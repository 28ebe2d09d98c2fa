// SPDX-License-Identifier: Apache-2.0

/**
 * `npm run fuzz`: every fuzz target under libFuzzer, one after the other. Exit status 1 on any finding.
 *
 * 	npm run fuzz [-- [TARGET...] [--seconds N]]
 *
 * The corpus grows in build/fuzz/TARGET/; what to do with a finding: docs/fuzzing.md.
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { compileFlags, generate, listedSources, sourcesOf } from "./native-tests.mjs";
import { fuzzTargets } from "./fuzz-targets.mjs";

const root = resolve(import.meta.dirname, "..");
const out = join(root, "build/fuzz");

const DEFAULT_SECONDS = 3600;
/** Also what replay.c takes: an input that is longer shows nothing that a shorter one does not. */
const INPUT_MAX = 4096;
/** One input takes milliseconds; one that takes this long hangs, also on a busy machine. */
const INPUT_SECONDS = 120;
/** Of each step, and there are as many steps as succeed. */
const MINIMISE_SECONDS = 15;
/** libFuzzer's exit status after SIGINT. */
const INTERRUPTED = 72;

const SANITIZERS = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

function fail(message) {
	console.error(message);
	process.exit(1);
}

function options(list) {
	const targets = [];
	let seconds = DEFAULT_SECONDS;
	for (let i = 0; i < list.length; i++)
		if (list[i] === "--seconds") seconds = Number(list[++i]);
		else targets.push(list[i]);
	if (!Number.isInteger(seconds) || seconds < 1) fail("--seconds wants a number of seconds, 1 or more");
	return { targets, seconds };
}

function build(name, { file, sources }, { listed, folders }) {
	const binary = join(out, "bin", name);
	const parameters = [...compileFlags(folders), ...SANITIZERS, "-o", binary, file, ...sourcesOf(sources, listed)];
	const done = spawnSync("clang", parameters, { cwd: root, stdio: "inherit" });
	if (done.status !== 0) fail(`fuzz: ${name} does not compile`);
	return binary;
}

/** Seconds of CPU that a process has used so far; 0 when it is gone. */
function cpuSeconds(pid) {
	try {
		const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
			.replace(/^.*\) /, "")
			.split(" ");
		return (Number(fields[11]) + Number(fields[12])) / 100;
	} catch {
		return 0;
	}
}

/** Runs a fuzzer and shows what it says, but for its hourly thousands of new inputs. */
async function run(binary, parameters) {
	const child = spawn(binary, parameters, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
	let text = "";
	let cpu = 0;
	const watch = setInterval(() => {
		cpu = Math.max(cpu, cpuSeconds(child.pid));
	}, 500);
	child.stderr.setEncoding("latin1");
	child.stderr.on("data", data => {
		text = (text + data).slice(-200_000);
	});
	const stop = () => child.kill("SIGINT"); /* then it still tells its figures */
	process.once("SIGINT", stop).once("SIGTERM", stop);
	const status = await new Promise(done => child.on("close", done));
	process.removeListener("SIGINT", stop).removeListener("SIGTERM", stop);
	clearInterval(watch);
	return { status, text, cpu };
}

const number = (text, pattern) => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);

function sizeOf(folder) {
	const files = readdirSync(folder);
	return { count: files.length, bytes: files.reduce((sum, it) => sum + statSync(join(folder, it)).size, 0) };
}

/** Shrinks the input of a finding, as far as it goes soon. @returns the file to keep */
async function minimise(binary, found, name) {
	const smaller = `${found}.min`;
	await run(binary, [
		"-minimize_crash=1",
		`-max_total_time=${MINIMISE_SECONDS}`,
		`-timeout=${INPUT_SECONDS}`,
		`-exact_artifact_path=${smaller}`,
		found,
	]);
	const kept = readdirSync(join(out, "findings", name)).includes(smaller.split("/").at(-1)) ? smaller : found;
	return relative(root, kept);
}

async function fuzz(name, target, seconds, sources) {
	const binary = build(name, target, sources);
	const corpus = join(out, name);
	const findings = join(out, "findings", name);
	mkdirSync(corpus, { recursive: true });
	mkdirSync(findings, { recursive: true });
	const began = Date.now();
	const { status, text, cpu } = await run(binary, [
		corpus,
		...target.inputs.filter(it => statSync(join(root, it), { throwIfNoEntry: false })),
		`-max_total_time=${seconds}`,
		`-max_len=${INPUT_MAX}`,
		"-len_control=20", // longer ones sooner: a schedule or an image of a few bytes comes to little
		`-timeout=${INPUT_SECONDS}`,
		`-report_slow_units=${INPUT_SECONDS}`,
		`-artifact_prefix=${findings}/`,
		"-print_final_stats=1",
		...(target.dictionary ? [`-dict=${target.dictionary}`] : []),
	]);
	const { count, bytes } = sizeOf(corpus);
	const executions = number(text, /^stat::number_of_executed_units: (\d+)/gm) || number(text, /^#(\d+)\s/gm);
	console.log(
		`${name}: ${executions} executions, coverage ${number(text, /\bcov: (\d+)/g)} edges and ` +
			`${number(text, /\bft: (\d+)/g)} features, corpus ${count} inputs of ${bytes} bytes, ` +
			`${((Date.now() - began) / 1000).toFixed(0)} s, ${cpu.toFixed(0)} s of CPU`,
	);
	const [, found] = [...text.matchAll(/Test unit written to (\S+)/g)].at(-1) ?? [];
	if (found) {
		const kept = await minimise(binary, found, name);
		console.log(text.slice(Math.max(0, text.search(/^.*(==\d+==|\.c:\d+: )/m))).trimEnd());
		console.log(`${name}: FINDING: ${kept}; again: ${relative(root, binary)} ${kept}`);
		console.log(`${name}: keep it: cp ${kept} ${target.inputs[1]}/WHAT-IT-SHOWS`);
	} else if (status === INTERRUPTED) process.exit(1);
	else if (status !== 0) console.log(`${text.trimEnd()}\n${name}: FAILED, exit status ${status}`);
	return status === 0 && !found;
}

const { targets, seconds } = options(process.argv.slice(2));
const all = fuzzTargets();
for (const it of targets) if (!all.has(it)) fail(`no target ${it}; there are ${[...all.keys()].join(", ")}`);
if (spawnSync("clang", ["--version"]).error) fail("npm run fuzz needs clang: sudo apt-get install clang");
generate();
mkdirSync(join(out, "bin"), { recursive: true });
const sources = listedSources();
let good = true;
for (const name of targets.length ? targets : all.keys())
	good = (await fuzz(name, all.get(name), seconds, sources)) && good;
process.exitCode = good ? 0 : 1;

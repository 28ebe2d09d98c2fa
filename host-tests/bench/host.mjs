// SPDX-License-Identifier: Apache-2.0

/** The programs of the bench that are written in C, compiled when they are needed, and the one that is talked to. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const root = resolve(import.meta.dirname, "../..");

/** @param {"host" | "pump"} name @returns {string} the program */
export function compile(name) {
	const sources = readdirSync(import.meta.dirname)
		.filter(it => it.startsWith(name) && /\.[ch]$/.test(it))
		.map(it => join(import.meta.dirname, it));
	const program = join(root, "build/bench", name);
	const isNew = existsSync(program) && sources.every(it => statSync(program).mtimeMs > statSync(it).mtimeMs);
	if (isNew) return program;
	const units = sources.filter(it => it.endsWith(".c"));
	mkdirSync(dirname(program), { recursive: true });
	const made = spawnSync("gcc", ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-pthread", "-o", program, ...units], {
		stdio: "inherit",
	});
	if (made.status !== 0) throw new Error(`${name} does not compile`);
	return program;
}

export const OK = "\r\nOK\r\n";

/** A host at an AT port and the peer of its link: host.c says what can be ordered. */
export class Host {
	#child;
	#answers;

	constructor() {
		this.#child = spawn(compile("host"), { stdio: ["pipe", "pipe", "inherit"] });
		this.#child.stdin.on("error", () => {});
		this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
	}

	/** @returns {Promise<Record<string, any>>} the answer; @throws when something was not as expected */
	async order(...fields) {
		const line = fields.map(it =>
			String(it).replace(/[\\\r\n]/g, c => ({ "\r": "\\r", "\n": "\\n" })[c] ?? "\\\\"),
		);
		this.#child.stdin.write(`${line.join("\t")}\n`);
		const { value, done } = await this.#answers.next();
		const { error, ...answer } = done ? { error: "no answer" } : JSON.parse(value);
		if (error) throw new Error(`host: ${fields.join(" ")}: ${error}`);
		return answer;
	}

	/** A command and all of its answer, which must be, or match, what is given. */
	async command(text, answer = OK, end = OK) {
		const got = await this.order("chat", `${text}\r\n`, end);
		if (typeof answer === "string" ? got.text !== answer : !answer.test(got.text))
			throw new Error(`${text}: ${JSON.stringify(got.text)} instead of ${JSON.stringify(String(answer))}`);
		return got;
	}

	/** Opens a twin's port, waits for `ready`, turns the echo off. */
	async attach(path) {
		await this.order("open", path);
		await this.order("chat", "", "\r\nready\r\n");
		await this.command("ATE0", `ATE0\r\n${OK}`);
	}

	/** Joins the default world's access point and connects to a server of ours. */
	async connect() {
		await this.command("AT+CWMODE=1");
		await this.command('AT+CWJAP="twin-ap","12345678"', `WIFI CONNECTED\r\nWIFI GOT IP\r\n${OK}`);
		const { port } = await this.order("listen");
		await this.command(`AT+CIPSTART="TCP","127.0.0.1",${port}`, `CONNECT\r\n${OK}`);
		await this.order("accept");
		return port;
	}

	/** From a link to passthrough; the prompt ends with `>`. */
	async passthrough() {
		await this.command("AT+CIPMODE=1");
		await this.command("AT+CIPSEND", `${OK}\r\n>`, ">");
	}

	close() {
		this.#child.stdin.end();
		return new Promise(done => (this.#child.exitCode === null ? this.#child.once("close", done) : done()));
	}
}

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How far the values lie apart, as a part of their median. */
export function spread(values) {
	return (Math.max(...values) - Math.min(...values)) / median(values);
}

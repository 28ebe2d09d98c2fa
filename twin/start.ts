// SPDX-License-Identifier: Apache-2.0

/**
 * Starts a twin from TypeScript: the same binary and the same options as `npm start`, for tests of ours and of anybody
 * who writes a host driver.
 *
 * ```ts
 * const twin = await start({ radio: { access_points: [{ ssid: "home", password: "12345678" }] } });
 * const port = new SerialPort({ path: twin.path, baudRate: 115200 });
 * …
 * await twin.stop(); // throws if the twin crashed or a sanitizer spoke
 * ```
 */

import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A JSON object on the control socket (docs/control.md). */
export type ControlFields = Readonly<Record<string, unknown>>;

export interface StartOptions {
	/** The twin. Default: `XS_AT_TWIN` of the environment, else build/twin/xs-at of this package. */
	readonly binary?: string;
	/** Flash image. Default: a temporary one, removed by `stop()`. */
	readonly flash?: string;
	/** Start from an empty flash. Default: true for a temporary image, false for a named one. */
	readonly factory?: boolean;
	/** The radio world: a file, or its contents. Default: the twin's own world. */
	readonly radio?: string | object;
	/** HOST:PORT that offers the AT port over TCP as well. */
	readonly listen?: string;
	/** File that takes both directions of UART1 with time stamps. */
	readonly trace?: string;
	/** "manual": the twin's time moves only by `control.request("clock.advance", …)`. */
	readonly clock?: "manual";
	/** 1..4294967295: makes random draws repeatable. */
	readonly seed?: number;
	/** The UART at its set baud rate, with the chip's FIFO and flow control. */
	readonly pace?: boolean;
	/** Further command-line options, as they are. */
	readonly args?: readonly string[];
	/** Added to the environment. */
	readonly env?: Readonly<Record<string, string>>;
	/** Milliseconds until the AT port must be there. Default: 10,000 (a sanitized twin on a loaded machine). */
	readonly timeout?: number;
}

/** How a twin ended: an exit code, or the signal that killed it. */
export interface TwinExit {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
}

export interface Control {
	/**
	 * Sends one request and waits for its answer.
	 * @param cmd name of the request
	 * @param fields its further fields
	 * @returns the answer without `id` and `ok`
	 * @throws when the twin answers `ok: false`, closes the socket, or crashes
	 */
	request(cmd: string, fields?: ControlFields): Promise<Record<string, unknown>>;
	/** What the twin tells unasked. */
	on(name: "event", listener: (event: Record<string, unknown>) => void): void;
	off(name: "event", listener: (event: Record<string, unknown>) => void): void;
	close(): void;
}

export interface Twin {
	/** The AT port: a path that SerialPort and any terminal program open. Stays the same over AT+RST. */
	readonly path: string;
	readonly control: Control;
	readonly pid: number;
	readonly flash: string;
	/** The folder of this twin's temporary files; `stop()` removes it. */
	readonly directory: string;
	/** All that the twin printed so far: its standard output, and its log. */
	readonly stdout: string;
	readonly stderr: string;
	/** Resolves after `stop()`; rejects with a TwinError when the twin ends by itself. */
	readonly exited: Promise<TwinExit>;
	/**
	 * Ends the twin with SIGTERM and removes its temporary files.
	 * @throws TwinError when it crashed, did not end within 5 s, ended with another code than 0, or when its log holds a
	 *   sanitizer's report
	 */
	stop(): Promise<void>;
}

/** The twin failed; the message ends with the last lines of its log. */
export class TwinError extends Error {
	readonly stderr: string;
	constructor(message: string, stderr: string) {
		const lines = stderr.trimEnd().split("\n").slice(-60).join("\n");
		super(`${message}\n--- the twin's log ---\n${lines || "(empty)"}\n---`);
		this.name = "TwinError";
		this.stderr = stderr;
	}
}

const SANITIZER = /(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error: /;
const STOP_TIMEOUT_MS = 5_000;

/** Twins still running: a test run that dies must not leave them behind. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
	for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a twin and waits for its AT port.
 * @throws TwinError when the port is not there in time or the twin ends before
 */
export async function start(options: StartOptions = {}): Promise<Twin> {
	const binary = options.binary ?? process.env["XS_AT_TWIN"] ?? join(packageRoot(), "build/twin/xs-at");
	const directory = await mkdtemp(join(tmpdir(), "xs-at-"));
	const flash = options.flash ?? join(directory, "flash.bin");
	const control = join(directory, "control");
	const args = ["--uart", join(directory, "uart1"), "--flash", flash, "--control", control, "--no-console"];
	if (options.factory ?? options.flash === undefined) args.push("--factory");
	if (options.radio !== undefined) args.push("--radio", await radioFile(options.radio, directory));
	if (options.listen !== undefined) args.push("--listen", options.listen);
	if (options.trace !== undefined) args.push("--trace", options.trace);
	if (options.clock !== undefined) args.push("--clock", options.clock);
	if (options.seed !== undefined) args.push("--seed", String(options.seed));
	if (options.pace === true) args.push("--pace");
	args.push(...(options.args ?? []));

	const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.env } });
	const twin = new RunningTwin(child, binary, directory, flash);
	try {
		await twin.ready(options.timeout ?? 10_000, control);
	} catch (error) {
		await twin.abandon();
		throw error;
	}
	return twin;
}

class RunningTwin implements Twin {
	path = "";
	stdout = "";
	stderr = "";
	readonly pid: number;
	readonly exited: Promise<TwinExit>;
	readonly #child: ChildProcess;
	readonly #binary: string;
	readonly #closed: Promise<TwinExit>;
	#control: ControlConnection | undefined;
	#stopping: Promise<void> | undefined;
	#lineSeen: (() => void) | undefined;

	constructor(
		child: ChildProcess,
		binary: string,
		readonly directory: string,
		readonly flash: string,
	) {
		this.#child = child;
		this.#binary = binary;
		this.pid = child.pid ?? 0;
		running.add(child);
		child.stdout?.setEncoding("latin1").on("data", (text: string) => {
			this.stdout += text;
			this.#lineSeen?.();
		});
		child.stderr?.setEncoding("latin1").on("data", (text: string) => {
			this.stderr += text;
		});
		let failure: Error | undefined;
		child.on("error", error => {
			failure = error;
		});
		this.#closed = new Promise(resolve => {
			// "close" comes after the last byte of the log; a binary that cannot be run has no "exit".
			child.on("close", (code, signal) => {
				running.delete(child);
				resolve({ code, signal });
			});
		});
		this.exited = this.#closed.then(exit => {
			if (this.#stopping) return exit;
			const how =
				failure?.message ?? (exit.signal ? `was ended by ${exit.signal}` : `ended with code ${exit.code}`);
			const error = new TwinError(`${binary} ${how}`, this.stderr);
			this.#control?.fail(error);
			throw error;
		});
	}

	get control(): Control {
		if (this.#control === undefined) throw new Error("the twin has no control connection");
		return this.#control;
	}

	/** Waits for `AT port:`, then connects to the control socket. */
	async ready(timeout: number, socketPath: string): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<never>((_, reject) => {
			timer = setTimeout(() => {
				const seen = JSON.stringify(this.stdout);
				reject(new TwinError(`${this.#binary}: no "AT port:" within ${timeout} ms, but ${seen}`, this.stderr));
			}, timeout);
		});
		const line = new Promise<void>(resolve => {
			this.#lineSeen = () => {
				const match = /^AT port: (.+)\n/m.exec(this.stdout);
				if (match?.[1] === undefined) return;
				this.path = match[1];
				resolve();
			};
			this.#lineSeen();
		});
		try {
			await Promise.race([line, late, this.exited]);
			this.#control = await Promise.race([
				ControlConnection.open(socketPath),
				late,
				this.exited.then(unreachable),
			]);
		} finally {
			clearTimeout(timer);
		}
	}

	stop(): Promise<void> {
		this.#stopping ??= this.#stop();
		return this.#stopping;
	}

	async #stop(): Promise<void> {
		const alreadyDead = this.#child.exitCode !== null || this.#child.signalCode !== null;
		let killed = false;
		this.#child.kill("SIGTERM");
		const timer = setTimeout(() => {
			killed = true;
			this.#child.kill("SIGKILL");
		}, STOP_TIMEOUT_MS);
		const { code, signal } = await this.#closed;
		clearTimeout(timer);
		this.#control?.close();
		await rm(this.directory, { recursive: true, force: true });
		if (SANITIZER.test(this.stderr)) throw new TwinError("a sanitizer reports an error", this.stderr);
		if (killed) throw new TwinError(`the twin did not end within ${STOP_TIMEOUT_MS} ms of SIGTERM`, this.stderr);
		const how = signal === null ? `with code ${code}` : `by ${signal}`;
		if (alreadyDead) throw new TwinError(`the twin had ended by itself, ${how}`, this.stderr);
		if (code !== 0) throw new TwinError(`SIGTERM: the twin ended ${how}`, this.stderr);
	}

	/** Ends a twin that never became ready; what went wrong is already being thrown. */
	async abandon(): Promise<void> {
		this.exited.catch(() => {});
		this.#child.kill("SIGKILL");
		if (this.#child.pid !== undefined) await this.#closed;
		this.#control?.close();
		await rm(this.directory, { recursive: true, force: true });
	}
}

interface Pending {
	readonly cmd: string;
	resolve(answer: Record<string, unknown>): void;
	reject(error: Error): void;
}

class ControlConnection implements Control {
	readonly #socket: Socket;
	readonly #events = new EventEmitter();
	readonly #pending = new Map<number, Pending>();
	#nextId = 1;
	#buffered = "";
	#failed: Error | undefined;

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.setEncoding("utf8");
		socket.on("data", (text: string) => this.#receive(text));
		socket.on("error", error => this.fail(error));
		// A twin that crashed closes it, too: its exit comes a little later and says more.
		socket.on("close", () => setTimeout(() => this.fail(new Error("the control connection is closed")), 200));
	}

	static open(path: string): Promise<ControlConnection> {
		return new Promise((resolve, reject) => {
			const socket = connect(path);
			socket.once("error", reject);
			socket.once("connect", () => {
				socket.off("error", reject);
				resolve(new ControlConnection(socket));
			});
		});
	}

	request(cmd: string, fields: ControlFields = {}): Promise<Record<string, unknown>> {
		if (this.#failed) return Promise.reject(this.#failed);
		const id = this.#nextId++;
		return new Promise((resolve, reject) => {
			this.#pending.set(id, { cmd, resolve, reject });
			this.#socket.write(`${JSON.stringify({ ...fields, id, cmd })}\n`);
		});
	}

	on(name: "event", listener: (event: Record<string, unknown>) => void): void {
		this.#events.on(name, listener);
	}

	off(name: "event", listener: (event: Record<string, unknown>) => void): void {
		this.#events.off(name, listener);
	}

	close(): void {
		this.#socket.destroy();
	}

	/** Rejects all that waits, and all that is still asked. */
	fail(error: Error): void {
		this.#failed ??= error;
		for (const { reject } of this.#pending.values()) reject(this.#failed);
		this.#pending.clear();
		this.#socket.destroy();
	}

	#receive(text: string): void {
		this.#buffered += text;
		const lines = this.#buffered.split("\n");
		this.#buffered = lines.pop() ?? "";
		for (const line of lines) {
			try {
				this.#message(JSON.parse(line) as Record<string, unknown>);
			} catch (error) {
				this.fail(new Error(`control socket: ${String(error)}: ${line}`));
			}
		}
	}

	#message({ id, ok, ...rest }: Record<string, unknown>): void {
		if (id === undefined) {
			this.#events.emit("event", rest);
			return;
		}
		const pending = this.#pending.get(id as number);
		if (pending === undefined) throw new Error("an answer to nothing");
		this.#pending.delete(id as number);
		if (ok === true) pending.resolve(rest);
		else pending.reject(new Error(`control: ${pending.cmd}: ${String(rest["error"] ?? "refused")}`));
	}
}

async function radioFile(radio: string | object, directory: string): Promise<string> {
	if (typeof radio === "string") return radio;
	const file = join(directory, "radio.json");
	await writeFile(file, JSON.stringify(radio));
	return file;
}

/** This file runs as twin/start.ts in the tests and as build/node/start.js from the package. */
function packageRoot(): string {
	let directory = dirname(fileURLToPath(import.meta.url));
	for (;;) {
		const file = join(directory, "package.json");
		if (existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "xs-at")
			return directory;
		const parent = dirname(directory);
		if (parent === directory) throw new Error("xs-at: package.json not found");
		directory = parent;
	}
}

function unreachable(): never {
	throw new Error("the twin ended");
}

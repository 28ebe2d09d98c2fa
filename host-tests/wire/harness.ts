// SPDX-License-Identifier: Apache-2.0

/**
 * A wire test: one twin, one client on its AT port, everything byte for byte.
 *
 * ```ts
 * const test = wireTest();
 * test("answers AT", async ({ at }) => {
 * 	await at.chat("AT␍␊", "␍␊OK␍␊");
 * });
 * ```
 */

import type { EventEmitter } from "node:events";
import { SerialPort } from "serialport";
import { type Control, start, type StartOptions, type Twin } from "../../twin/start.ts";
import { type Bytes, ByteReader, Journal, WireError, wire } from "./bytes.ts";
import { connectTo, PeerSocket, TcpPeer, UdpPeer } from "./peer.ts";

export { type Bytes, delay, Journal, SLOW, visible, wire } from "./bytes.ts";
export { deadPort, PeerSocket, TcpPeer, UdpPeer, unusedPort } from "./peer.ts";

const DEFAULT_TIMEOUT_MS = 2_000;

export const OK = "␍␊OK␍␊";
export const ERROR = "␍␊ERROR␍␊";
export const READY = "␍␊ready␍␊";

/** A host MCU at the AT port. */
export class AtClient {
	readonly reader: ByteReader;
	readonly journal: Journal;
	readonly #port: SerialPort;

	private constructor(port: SerialPort, journal: Journal) {
		this.#port = port;
		this.journal = journal;
		this.reader = new ByteReader("host <-", journal);
		port.on("data", (chunk: Buffer) => this.reader.push(chunk));
		port.on("error", error => this.reader.fail(error));
	}

	static open(path: string, journal = new Journal()): Promise<AtClient> {
		// A rate that the standard table does not have: for one that it has, the serialport package empties the port's
		// buffers when it opens it, and with them the "ready" that is to be checked. A pty does not mind the rate.
		const port = new SerialPort({ path, baudRate: 123_456, autoOpen: false });
		return new Promise((resolve, reject) => {
			port.open(error => {
				if (error) reject(error);
				else {
					waitForBoth(port);
					resolve(new AtClient(port, journal));
				}
			});
		});
	}

	/** Sends bytes; resolves when the port has taken them all. */
	send(data: Bytes): Promise<void> {
		const bytes = wire(data);
		if (bytes.length <= 8192) this.journal.add("host ->", bytes);
		else this.journal.note(`host -> ${bytes.length} bytes`);
		return new Promise((resolve, reject) => {
			this.#port.write(bytes, error => (error ? reject(error) : resolve()));
		});
	}

	/** The next bytes must be exactly these. */
	expect(wanted: Bytes, timeout = DEFAULT_TIMEOUT_MS): Promise<void> {
		return this.reader.expect(wanted, timeout);
	}

	/** The next bytes must match (see ByteReader.expectMatch). */
	expectMatch(pattern: RegExp, timeout = DEFAULT_TIMEOUT_MS): Promise<RegExpExecArray> {
		return this.reader.expectMatch(pattern, timeout);
	}

	expectNothing(ms: number): Promise<void> {
		return this.reader.expectNothing(ms);
	}

	/** Sends, and expects exactly this answer. */
	async chat(sent: Bytes, answer: Bytes, timeout = DEFAULT_TIMEOUT_MS): Promise<void> {
		// Sending may wait for the twin to read, and the twin for its answer to be read: hence together.
		await both(this.send(sent), this.expect(answer, timeout));
	}

	/** Sends, and returns what an answer holds in the groups of an expression. */
	async ask(sent: Bytes, answer: RegExp, timeout = DEFAULT_TIMEOUT_MS): Promise<string[]> {
		await this.send(sent);
		return [...(await this.expectMatch(answer, timeout))].slice(1);
	}

	/** Stops reading the port: the twin's output piles up, as when a host lowers RTS. */
	pause(): void {
		this.#port.pause();
	}

	resume(): void {
		this.#port.resume();
	}

	close(): Promise<void> {
		return new Promise((resolve, reject) => {
			if (!this.#port.isOpen) resolve();
			else this.#port.close(error => (error ? reject(error) : resolve()));
		});
	}
}

/**
 * serialport 13.0.0 polls for what was asked last, readable or writable, and forgets the other: with both directions
 * blocked it waits to write and never reads, although reading is what would let it write. So it is told what it
 * already waits for.
 */
function waitForBoth(port: SerialPort): void {
	const READABLE = 1;
	const WRITABLE = 2;
	const { poller } = port.port as unknown as { poller: EventEmitter & { poll(events: number): void } };
	const poll = poller.poll.bind(poller);
	poller.poll = events => {
		const waiting = (poller.listenerCount("readable") && READABLE) | (poller.listenerCount("writable") && WRITABLE);
		poll(events | waiting);
	};
}

/** What a wire test gets. */
export class Wire {
	constructor(
		readonly twin: Twin,
		readonly at: AtClient,
		readonly journal: Journal,
	) {}

	readonly #cleanup: (() => void | Promise<void>)[] = [];

	get control(): Control {
		return this.twin.control;
	}

	/** A TCP server for the twin to connect to, closed after the test. */
	async listen(host?: string, port?: number): Promise<TcpPeer> {
		const peer = await TcpPeer.listen(this.journal, host, port);
		this.#cleanup.push(() => peer.close());
		return peer;
	}

	/** A UDP socket, closed after the test. */
	async udp(host?: string, bindTo?: string, port?: number): Promise<UdpPeer> {
		const peer = await UdpPeer.open(this.journal, host, bindTo, port);
		this.#cleanup.push(() => peer.close());
		return peer;
	}

	/** A client of the twin's server, closed after the test. */
	async client(host: string, port: number, name?: string, from?: string): Promise<PeerSocket> {
		const peer = await connectTo(this.journal, host, port, name, from);
		this.#cleanup.push(() => void peer.socket.destroy());
		return peer;
	}

	/** Joins an access point of the radio world; the default one of wireTest(). */
	async join(ssid = "net", password = "12345678"): Promise<void> {
		await this.at.chat("AT+CWMODE=1␍␊", OK);
		await this.at.chat(`AT+CWJAP="${ssid}","${password}"␍␊`, `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`, 5_000);
	}

	/** IPv6, for a station that has joined: it gets its link-local address. */
	async enableIPv6(): Promise<void> {
		await this.at.chat("AT+CIPV6=1␍␊", `${OK}WIFI GOT IPv6 LL␍␊`);
	}

	/** Opens a TCP link to a server of the test: both of its ends. */
	async connect(peer: TcpPeer): Promise<PeerSocket> {
		await this.at.chat(`AT+CIPSTART="TCP","${peer.host}",${peer.port}␍␊`, `CONNECT␍␊${OK}`);
		return peer.accept();
	}

	/** From a link to passthrough. */
	async passthrough(): Promise<void> {
		await this.at.chat("AT+CIPMODE=1␍␊", OK);
		await this.at.chat("AT+CIPSEND␍␊", `${OK}␍␊>`);
	}

	/** What the access point's DHCP gave, from AT+CIPSTA?. */
	async address(): Promise<string> {
		const [ip] = await this.at.ask("AT+CIPSTA?␍␊", /\+CIPSTA:ip:"([\d.]+)"␍␊[^]*?␍␊OK␍␊/);
		return ip ?? "";
	}

	/** Called after the test, in reverse order. */
	after(action: () => void | Promise<void>): void {
		this.#cleanup.push(action);
	}

	async finish(): Promise<void> {
		for (const action of this.#cleanup.reverse()) await action();
	}
}

/** A radio world with one access point of each kind that joins. */
export const NET = {
	access_points: [{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01", channel: 6, rssi: -50 }],
};

export interface WireTestOptions extends StartOptions {
	/** Leave echo on, as it is after a reset. Default: the test starts with ATE0 done. */
	readonly echo?: boolean;
	/** Milliseconds for the whole test; default 30,000. */
	readonly limit?: number;
}

/**
 * Makes a function that declares tests which have a twin each. Such a test also fails when the twin crashes, a
 * sanitizer speaks, or a byte came that it did not expect.
 */
export function wireTest(options: WireTestOptions = {}): (title: string, body: (w: Wire) => Promise<void>) => void {
	return (title, body) => {
		it(title, async function () {
			this.timeout((options.limit ?? 30_000) * 2);
			await withTwin(options, body);
		});
	};
}

/** The same for one body, where mocha's `it` is not wanted. */
export async function withTwin(options: WireTestOptions, body: (w: Wire) => Promise<void>): Promise<void> {
	const { echo, limit, ...startOptions } = options;
	const twin = await start({ radio: NET, ...startOptions });
	const journal = new Journal();
	let failure: unknown;
	try {
		const at = await AtClient.open(twin.path, journal);
		// A crash is told at once, not when some expectation runs out of time.
		twin.exited.catch((error: Error) => at.reader.fail(error));
		const wireContext = new Wire(twin, at, journal);
		try {
			await at.expect(READY);
			if (echo !== true) await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			await withLimit(body(wireContext), limit ?? 30_000, journal);
			await at.expectNothing(20);
		} finally {
			await wireContext.finish();
			await at.close();
		}
	} catch (error) {
		failure = error;
	}
	try {
		await twin.stop();
	} catch (error) {
		// What the twin says about its own end explains more than what the client missed.
		if (failure === undefined) failure = new Error("no expectation had failed");
		throw new AggregateError([error, failure], `${String(error)}\n${String(failure)}\n${journal.toString()}`);
	}
	if (failure !== undefined) {
		if (failure instanceof Error && twin.stderr !== "")
			failure.message += `\n--- log ---\n${twin.stderr.slice(-4000)}`;
		throw failure;
	}
}

async function withLimit<T>(work: Promise<T>, ms: number, journal: Journal): Promise<T> {
	const stop = new AbortController();
	const late = new Promise<never>((_, reject) => {
		const timer = setTimeout(() => reject(new WireError(`the test is not done after ${ms} ms`, journal)), ms);
		stop.signal.addEventListener("abort", () => clearTimeout(timer));
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		stop.abort();
	}
}

/** Waits for both at once; if one fails, that is thrown, and what becomes of the other is nobody's business. */
export async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
	return Promise.all([a, b]);
}

/** The answer to a query: its lines, then OK. */
export function answer(...lines: string[]): string {
	return lines.map(line => `${line}␍␊`).join("") + OK;
}

/** What a refused command answers with SYSLOG=1. */
export function errorNumber(code: number): string {
	return `ERR CODE:0x${code.toString(16).padStart(8, "0")}␍␊${ERROR}`;
}

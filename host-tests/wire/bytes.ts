// SPDX-License-Identifier: Apache-2.0

/**
 * Bytes that arrive, and expectations about them.
 *
 * In the tests' strings one character is one byte (U+0000 to U+00FF), and ␍ ␊ stand for CR and LF, which are otherwise
 * hard to see: "␍␊OK␍␊" are six bytes. The same signs are used in failure messages.
 */

/** What a test writes as text or as bytes. */
export type Bytes = string | Buffer;

/** Factor on every time limit, for sanitized twins and slow machines. Never on what must be quick or quiet. */
export const SLOW = Number(process.env["XS_AT_SLOW"] ?? "1");

/** The bytes that a test's string means. @throws on a character that is not one byte */
export function wire(text: Bytes): Buffer {
	if (typeof text !== "string") return text;
	const plain = text.replaceAll("␍", "\r").replaceAll("␊", "\n");
	for (const character of plain) {
		if (character.length !== 1 || character > "\xff") throw new RangeError(`"${character}" is not one byte`);
	}
	return Buffer.from(plain, "latin1");
}

/** Bytes as text for people; of more than `limit` bytes the two ends. */
export function visible(bytes: Bytes, limit = 600): string {
	const data = wire(bytes);
	if (data.length > limit) {
		const half = limit >> 1;
		const head = visible(data.subarray(0, half));
		return `${head} … (${data.length} bytes) … ${visible(data.subarray(data.length - half))}`;
	}
	const text = data.toString("latin1").replaceAll("\r", "␍").replaceAll("\n", "␊");
	return text.replace(/[\x00-\x1f\x7f-\xff]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

export function delay(ms: number): Promise<void> {
	return new Promise(resolve => setTimeout(resolve, ms));
}

/** All that was sent and received in one test, for the failure message. */
export class Journal {
	readonly #started = performance.now();
	#entries: { ms: number; who: string; bytes: Buffer }[] = [];

	add(who: string, bytes: Buffer): void {
		const last = this.#entries.at(-1);
		// What trickles in belongs together, but not megabytes of it.
		if (last?.who === who && last.bytes.length < 4096) last.bytes = Buffer.concat([last.bytes, bytes]);
		else this.#entries.push({ ms: performance.now() - this.#started, who, bytes: Buffer.from(bytes) });
		if (this.#entries.length > 400) this.#entries = this.#entries.slice(-200);
	}

	note(text: string): void {
		this.#entries.push({ ms: performance.now() - this.#started, who: "--", bytes: Buffer.from(text, "latin1") });
	}

	/** The last exchanges, oldest first. */
	toString(): string {
		return this.#entries
			.slice(-30)
			.map(({ ms, who, bytes }) => `${ms.toFixed(0).padStart(7)} ms  ${who.padEnd(12)} ${visible(bytes, 240)}`)
			.join("\n");
	}
}

/** An expectation that was not met, with what led to it. */
export class WireError extends Error {
	constructor(what: string, journal: Journal) {
		super(`${what}\n${journal.toString()}`);
		this.name = "WireError";
	}
}

/** One incoming stream of bytes. Expectations consume it in order, and exactly. */
export class ByteReader {
	/** Bytes received so far, those diverted included. */
	received = 0;
	#unread: Buffer = Buffer.alloc(0);
	#failure: Error | undefined;
	#wake: (() => void) | undefined;
	#sink: ((chunk: Buffer) => void) | undefined;
	readonly #name: string;
	readonly #journal: Journal;

	constructor(name: string, journal: Journal) {
		this.#name = name;
		this.#journal = journal;
	}

	push(chunk: Buffer): void {
		this.received += chunk.length;
		if (this.#sink) {
			this.#sink(chunk);
			return;
		}
		this.#journal.add(this.#name, chunk);
		this.#unread = Buffer.concat([this.#unread, chunk]);
		this.#wake?.();
	}

	/** The stream is broken: whoever waits for bytes of it gets this error once the last ones are read. */
	fail(error: Error): void {
		this.#failure ??= error;
		this.#wake?.();
	}

	get unread(): Buffer {
		return this.#unread;
	}

	/** Throws away what has come and was not expected. */
	discard(): Buffer {
		const unread = this.#unread;
		this.#unread = Buffer.alloc(0);
		return unread;
	}

	/** Gives all further bytes to `sink`, unread ones first; until called without one. Such bytes are not journalled. */
	divert(sink?: (chunk: Buffer) => void): void {
		this.#sink = sink;
		if (sink && this.#unread.length > 0) sink(this.discard());
	}

	/** The next bytes must be exactly these; fails as soon as one is not. */
	async expect(wanted: Bytes, timeout: number): Promise<void> {
		const bytes = wire(wanted);
		await this.#until(timeout, visible(bytes), unread => {
			const length = Math.min(unread.length, bytes.length);
			if (!unread.subarray(0, length).equals(bytes.subarray(0, length)))
				throw this.#error(`expected ${visible(bytes)}`);
			return unread.length >= bytes.length ? bytes.length : undefined;
		});
	}

	/**
	 * The next bytes must match, from the first on. The expression should end with something definite (`␍␊`), since it
	 * is tried whenever bytes arrive.
	 */
	async expectMatch(pattern: RegExp, timeout: number): Promise<RegExpExecArray> {
		const source = pattern.source.replaceAll("␍", "\\r").replaceAll("␊", "\\n");
		const anchored = new RegExp(`^(?:${source})`, pattern.flags.replace(/[gy]/g, ""));
		let found: RegExpExecArray | null = null;
		await this.#until(timeout, String(pattern), unread => {
			found = anchored.exec(unread.toString("latin1"));
			return found?.[0].length;
		});
		if (found === null) throw new Error("unreachable");
		return found;
	}

	/** The next n bytes, whatever they are. */
	async take(n: number, timeout: number): Promise<Buffer> {
		let taken: Buffer = Buffer.alloc(0);
		await this.#until(timeout, `${n} bytes`, unread => {
			if (unread.length < n) return undefined;
			taken = unread.subarray(0, n);
			return n;
		});
		return taken;
	}

	/** Nothing may be unread, and nothing may come for so long. */
	async expectNothing(ms: number): Promise<void> {
		const end = performance.now() + ms;
		for (;;) {
			if (this.#unread.length > 0) throw this.#error(`expected nothing within ${ms} ms`);
			if (this.#failure) throw this.#failure;
			const left = end - performance.now();
			if (left <= 0) return;
			await this.#nextChange(left);
		}
	}

	async #until(timeout: number, what: string, test: (unread: Buffer) => number | undefined): Promise<void> {
		const end = performance.now() + timeout * SLOW;
		for (;;) {
			const used = test(this.#unread);
			if (used !== undefined) {
				this.#unread = this.#unread.subarray(used);
				return;
			}
			if (this.#failure) throw this.#failure;
			const left = end - performance.now();
			if (left <= 0) throw this.#error(`${timeout * SLOW} ms have passed; expected ${what}`);
			await this.#nextChange(left);
		}
	}

	#nextChange(ms: number): Promise<void> {
		return new Promise(resolve => {
			const done = (): void => {
				clearTimeout(timer);
				this.#wake = undefined;
				resolve();
			};
			const timer = setTimeout(done, Math.ceil(ms));
			this.#wake = done;
		});
	}

	#error(what: string): WireError {
		const unread = this.#unread.length > 0 ? visible(this.#unread) : "nothing";
		return new WireError(`${this.#name}: ${what}\nbut there is ${unread}`, this.#journal);
	}
}

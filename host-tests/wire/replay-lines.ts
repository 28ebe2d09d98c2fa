// SPDX-License-Identifier: Apache-2.0

import { delay, SLOW, visible, type Wire } from "./harness.ts";
import type { Item } from "./examples.ts";

/** The lines of one expect step. A line that an optional or repeated item did not take is the next item's. */
export class Lines {
	readonly #w: Wire;
	readonly #timeout: number;
	#ahead: string | undefined;

	constructor(w: Wire, timeout: number) {
		this.#w = w;
		this.#timeout = timeout;
	}

	async literal(wanted: string): Promise<void> {
		if (this.#ahead === undefined) {
			await this.#w.at.expect(`${wanted}\r\n`, this.#timeout);
			return;
		}
		if (this.#ahead !== wanted) throw this.#error(`"${wanted}"`);
		this.#ahead = undefined;
	}

	async match(pattern: RegExp, item: Item, last: boolean): Promise<RegExpExecArray | undefined> {
		let found: RegExpExecArray | undefined;
		for (;;) {
			// Whether something optional comes at the end shows only by waiting a little.
			const mayBeAbsent = item.optional === true || found !== undefined;
			if (mayBeAbsent && last && !(await this.#moreComes())) return found;
			this.#ahead ??= await this.#line();
			const match = pattern.exec(this.#ahead);
			if (match === null) {
				if (mayBeAbsent) return found;
				throw this.#error(String(pattern));
			}
			found = match;
			this.#ahead = undefined;
			if (!item.repeat) return found;
		}
	}

	async bytes(wanted: string): Promise<void> {
		if (this.#ahead !== undefined) throw this.#error(visible(wanted));
		await this.#w.at.expect(wanted, this.#timeout);
	}

	/** In `(\d+),([\s\S]{\1})` the first group counts what the second one has, which JavaScript cannot say. */
	async bytesMatch(source: string): Promise<void> {
		const [head = "", tail] = source.split("([\\s\\S]{\\1})");
		if (this.#ahead !== undefined) throw this.#error(source);
		const [, count] = await this.#w.at.expectMatch(new RegExp(head), this.#timeout);
		if (tail !== undefined) await this.#w.at.expectMatch(new RegExp(`[\\s\\S]{${count}}${tail}`), this.#timeout);
	}

	finish(): void {
		if (this.#ahead !== undefined) throw this.#error("nothing more");
	}

	async #line(): Promise<string> {
		const [, line] = await this.#w.at.expectMatch(/([^]*?)\r\n/, this.#timeout);
		return line ?? "";
	}

	async #moreComes(): Promise<boolean> {
		if (this.#ahead !== undefined) return true;
		await delay(200 * SLOW);
		return this.#w.at.reader.unread.length > 0;
	}

	#error(wanted: string): Error {
		return new Error(`expected ${wanted}, got "${visible(this.#ahead ?? "")}"\n${this.#w.journal.toString()}`);
	}
}

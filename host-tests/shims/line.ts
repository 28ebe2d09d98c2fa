// SPDX-License-Identifier: Apache-2.0

/** The line assembler, as modules/port/line.c (wire-format.md, rules 1 and 3). */

const LIMIT = 256;
const BLANKS = "\r\n \t";

export type LineStatus = "open" | "complete" | "too long";

export class Line {
	text = "";
	#carriage = false;
	#overflow = false;

	reset(): void {
		this.text = "";
		this.#carriage = false;
		this.#overflow = false;
	}
	/** Takes bytes up to the end of one line. @returns how many, and what became of the line */
	feed(data: string): [consumed: number, status: LineStatus] {
		let p = 0;
		if (this.text === "" && !this.#overflow) while (p < data.length && BLANKS.includes(data.charAt(p))) p++;
		while (p < data.length) {
			const byte = data.charAt(p++);
			if (byte === "\n" && this.#carriage) {
				/* The CR was kept as text, for it might have been a bare one. */
				if (!this.#overflow) this.text = this.text.slice(0, -1);
				const tooLong = this.#overflow || this.text.length > LIMIT;
				this.text = this.text.slice(0, LIMIT);
				return [p, tooLong ? "too long" : "complete"];
			}
			this.#carriage = byte === "\r";
			if (this.text.length <= LIMIT) this.text += byte;
			else this.#overflow = true;
		}
		return [p, "open"];
	}
}

// SPDX-License-Identifier: Apache-2.0

/** What the I/O task does with the port in modules/port/port-io.c. */

import { PortEvent, Result, type UartConfiguration } from "port/port";
import { Escape } from "./escape";
import { Line, type LineStatus } from "./line";
import type { Serial } from "./serial";

/* The sizes and times of modules/port/port-state.h. */
export const RECEIVE_RING = 8192;
export const TRANSMIT_RING = 4096;
const TRANSMIT_MARK = 3072;
export const RESULT_RESERVE = 96;
export const RESULT_MAX = 32;
const ANSWER_ROOM = 256 + 2 + 24 + 13 + RESULT_RESERVE;
const PASS_BLOCK = 2920;
const DRAIN_TIME = 500;
const LEAVE_TIME = 500;
export const EVENT_LINE = 1;

const BUSY = "\r\nbusy p...\r\n";
export const RESULTS = [
	"\r\nOK\r\n",
	"\r\nERROR\r\n",
	"\r\nSEND OK\r\n",
	"\r\nSEND FAIL\r\n",
	"",
	"\r\nSEND CANCELLED\r\n",
];

/** Who decides what happens to received bytes; see modules/port/port-state.h. */
export type Mode =
	"boot" | "command" | "handed" | "pending" | "data" | "sending" | "leaving" | "surplus" | "passthrough";

/** Where bytes of a data phase or of passthrough go. */
export interface Sink {
	/** @returns how many were taken, 0 for no room now, -1 when the connection is broken */
	take(data: string): number;
	/** Takes a data phase as it comes, which may so be longer than the receive ring. */
	readonly streams?: boolean;
}

export function errorText(number: number): string {
	return `ERR CODE:0x${number.toString(16).padStart(8, "0")}\r\n`;
}

/** What the two halves of the port share, and the one of the I/O task. */
export class PortIo {
	protected readonly serial: Serial;
	protected readonly now: () => number;
	readonly #onRestart: () => void;

	protected mode: Mode = "boot";
	protected events = 0;
	protected transmit = "";
	/** XS is in the middle of a response: no frame, echo or busy may come between. */
	protected claimed = false;
	protected drainWaiting = false;
	protected eventWaiting = false;
	protected readonly line = new Line();
	protected echoing = true;
	protected numbered = false;
	#receive = "";

	/** What a data phase collects in memory. */
	protected collected: string | undefined;
	protected announced = 0;
	protected dataLeft = 0;
	protected sink: Sink | undefined;
	protected announce = false;
	/** The sink that streams is broken; what still comes is dropped. */
	protected broken = false;
	/** AT+CIPSENDEX: backslashes mean something. */
	protected expands = false;
	/** AT+CIPSENDL: bytes go to the sink as they come. */
	protected long = false;
	#surplusTold = false;

	protected escape = new Escape(0, 0);
	protected interval = 0;
	/** When the first byte not yet sent came. */
	protected oldest = 0;
	#blocked = false;
	#leavingSince = 0;

	protected uart: UartConfiguration = [115200, 8, 1, 0, 0];
	protected wanted: UartConfiguration | undefined;
	protected restarting = false;
	#thenSince: number | undefined;

	constructor(serial: Serial, now: () => number, onRestart: () => void) {
		this.serial = serial;
		this.now = now;
		this.#onRestart = onRestart;
	}

	/** @returns whether there was something to do */
	io(): boolean {
		const before = this.#progress();
		this.#pull();
		switch (this.mode) {
			case "command":
			case "pending":
				this.#consumeLines();
				break;
			case "data":
				this.#collect();
				break;
			case "surplus":
				this.#dropSurplus(0);
				break;
			case "passthrough":
				this.#passThrough();
				break;
		}
		if (this.mode === "sending") this.#sendCollected();
		if (this.mode === "leaving") this.#leave();
		this.#push();
		this.#afterDrain();
		this.#tellRoom();
		return this.#progress() !== before;
	}
	#progress(): string {
		const { mode, events, wanted, line, transmit } = this;
		return [mode, events, wanted, line.text.length, transmit.length, this.#receive.length].join();
	}
	due(): number {
		let due = this.mode === "leaving" ? this.#leavingSince + LEAVE_TIME : Infinity;
		if (this.#thenSince !== undefined) due = Math.min(due, this.#thenSince + DRAIN_TIME);
		if (this.mode !== "passthrough") return due;
		if (this.#receive.length > this.escape.held && this.sink !== undefined && !this.#blocked)
			due = Math.min(due, this.oldest + this.interval);
		return Math.min(due, this.escape.due());
	}
	#pull(): void {
		const got = this.serial.read(RECEIVE_RING - this.#receive.length);
		if (got === "" || this.mode === "boot") return;
		if (this.mode === "passthrough") {
			if (this.#receive.length === this.escape.held) this.oldest = this.now();
			this.escape.feed(this.now(), got);
		}
		this.#receive += got;
	}
	#push(): void {
		const text = this.transmit;
		if (text === "" || this.serial.paused) return;
		/* Whoever hears it may say something at once. */
		this.transmit = "";
		this.serial.say(text);
	}
	#mayAnswer(): boolean {
		const used = this.transmit.length;
		return !this.claimed && TRANSMIT_RING - used >= ANSWER_ROOM && used <= TRANSMIT_MARK;
	}
	#consumeLines(): void {
		const waits = (): boolean => this.restarting || this.wanted !== undefined;
		while (this.#receive !== "" && ["command", "pending"].includes(this.mode) && !waits() && this.#mayAnswer()) {
			const [consumed, status] = this.line.feed(this.#receive);
			this.#receive = this.#receive.slice(consumed);
			if (status !== "open") this.#lineComplete(status);
		}
	}
	#lineComplete(status: LineStatus): void {
		const { text } = this.line;
		const pending = this.mode === "pending";
		if (this.echoing) this.transmit += `${text}\r\n`;
		if (pending && text !== "AT+RST") this.#busy();
		else if (!text.startsWith("AT")) this.#error(0x01030000);
		else if (status === "too long") this.#error(0x01040000);
		else {
			this.mode = "handed";
			this.events |= EVENT_LINE;
			return;
		}
		this.line.reset();
	}
	#error(number: number): void {
		this.transmit += (this.numbered ? errorText(number) : "") + RESULTS[Result.error];
	}
	#busy(): void {
		this.transmit += (this.numbered ? errorText(0x010b0000) : "") + BUSY;
	}

	/* --- data phase --- */

	#collect(): void {
		if (this.collected !== undefined && this.expands) {
			if (!this.#expand()) return;
		} else if (this.collected !== undefined) {
			const data = this.#receive.slice(0, this.dataLeft);
			this.collected += data;
			this.#receive = this.#receive.slice(data.length);
			this.dataLeft -= data.length;
			if (this.dataLeft > 0) return;
		} else if (this.sink?.streams || this.long) {
			this.#stream();
			if (this.dataLeft > 0) return;
			if (this.long) this.transmit += `+CIPSENDL:${this.announced},${this.announced}\r\n`;
		} else if (this.#receive.length < this.dataLeft) return;
		if (!this.#mayAnswer()) return;
		if (this.announce) this.transmit += `\r\nRecv ${this.announced} bytes\r\n`;
		this.#surplusTold = false;
		const isTaken = this.collected !== undefined || this.sink?.streams === true || this.long;
		this.mode = isTaken ? "surplus" : "sending";
		this.#dropSurplus(this.dataLeft);
		if (isTaken) this.events |= this.broken ? PortEvent.dataFailed : PortEvent.data;
	}
	/** @returns whether all is here: as many bytes as announced, or `\\0` */
	#expand(): boolean {
		const raw = this.#receive.slice(0, this.dataLeft);
		const end = /^(?:[^\\]|\\[^0])*?\\0/s.exec(raw)?.[0].length ?? raw.length;
		if (end === raw.length && raw.length < this.dataLeft && !raw.endsWith("\\0")) return false;
		this.#receive = this.#receive.slice(end);
		const text = raw.slice(0, end).replace(/\\0$/, "");
		this.collected = text.replace(/\\(.)/gs, "$1");
		this.announced = this.collected.length;
		this.dataLeft = 0;
		return true;
	}
	/** The host goes on sending when the sink is broken: none of that is a command. */
	#stream(): void {
		if (!this.broken && this.#moveToSink() === true) this.broken = true;
		if (!this.broken) return;
		const dropped = Math.min(this.dataLeft, this.#receive.length);
		this.#receive = this.#receive.slice(dropped);
		this.dataLeft -= dropped;
	}
	/** Bytes beyond the announced length: told once for the burst, dropped; line ends and blanks silently. */
	#dropSurplus(keep: number): void {
		if (!this.#surplusTold && /[^\r\n \t]/.test(this.#receive.slice(keep))) {
			if (!this.#mayAnswer()) return;
			this.#surplusTold = true;
			this.#busy();
		}
		this.#receive = this.#receive.slice(0, keep);
	}
	/** Moves dataLeft bytes to the sink. @returns whether it broke, undefined while there is no room */
	#moveToSink(): boolean | undefined {
		while (this.dataLeft > 0) {
			if (this.#receive === "" && (this.sink?.streams || this.long)) return undefined;
			const taken = this.sink?.take(this.#receive.slice(0, this.dataLeft)) ?? -1;
			if (taken < 0) return true;
			if (taken === 0) return undefined;
			this.#receive = this.#receive.slice(taken);
			this.dataLeft -= taken;
		}
		return false;
	}
	#sendCollected(): void {
		const broken = this.#moveToSink();
		if (broken === undefined) return;
		this.#receive = this.#receive.slice(this.dataLeft);
		this.dataLeft = 0;
		this.mode = "surplus";
		this.events |= broken ? PortEvent.dataFailed : PortEvent.data;
	}

	/* --- passthrough --- */

	#passThrough(): void {
		const now = this.now();
		if (this.escape.poll(now)) {
			/* The three signs are the last bytes, and no data. */
			this.#receive = this.#receive.slice(0, -3);
			this.dataLeft = this.#receive.length;
			this.#leavingSince = now;
			this.mode = "leaving";
			return;
		}
		this.#blocked = false;
		for (;;) {
			let sendable = this.#receive.length - this.escape.held;
			const late = now - this.oldest >= this.interval;
			/* Whole blocks only; the rest is younger than the interval. */
			if (!late) sendable -= sendable % PASS_BLOCK;
			if (sendable === 0 || !this.sink) return;
			const taken = this.sink.take(this.#receive.slice(0, sendable));
			if (taken <= 0) {
				this.#blocked = true;
				return;
			}
			this.#receive = this.#receive.slice(taken);
			if (!late || taken === sendable) this.oldest = now;
		}
	}
	#leave(): void {
		if (this.#moveToSink() === undefined && this.now() - this.#leavingSince < LEAVE_TIME) return;
		this.#receive = this.#receive.slice(this.dataLeft);
		this.dataLeft = 0;
		this.sink = undefined;
		this.line.reset();
		this.mode = "command";
		this.events |= PortEvent.escaped;
	}
	passing(sink: Sink): boolean {
		return this.mode === "passthrough" && this.sink === sink;
	}
	/** Passthrough goes on with this sink: a connection was made anew. */
	attach(sink: Sink): void {
		if (this.mode === "passthrough") this.sink = sink;
	}
	detach(sink: Sink): void {
		if (this.passing(sink)) this.sink = undefined;
	}

	/* --- for the links --- */

	/** Room for bytes of passthrough, or of one frame with its header. */
	/** A part of the answer of the command that has claimed the port. @returns how much had room */
	answer(text: string): number {
		const part = text.slice(0, Math.max(0, TRANSMIT_RING - this.transmit.length - RESULT_RESERVE));
		this.transmit += part;
		return part.length;
	}
	room(header: number): number {
		const modes: Mode[] = header > 0 ? ["command", "pending", "surplus"] : ["passthrough"];
		const reserve = header > 0 ? RESULT_RESERVE + header : 0;
		if (this.claimed || !modes.includes(this.mode)) return 0;
		return Math.max(0, TRANSMIT_RING - this.transmit.length - reserve);
	}
	put(bytes: string): void {
		this.transmit += bytes;
	}

	/* --- when all has been said --- */

	#afterDrain(): void {
		if ((!this.restarting && this.wanted === undefined) || this.mode === "handed") return;
		this.#thenSince ??= this.now();
		if (this.transmit !== "" && this.now() - this.#thenSince < DRAIN_TIME) return;
		this.#thenSince = undefined;
		if (this.restarting) return this.#onRestart();
		if (this.wanted !== undefined) this.serial.configuration = this.uart = this.wanted;
		this.wanted = undefined;
	}
	#tellRoom(): void {
		const used = this.transmit.length;
		if (this.drainWaiting && used <= TRANSMIT_MARK / 2) {
			this.drainWaiting = false;
			this.events |= PortEvent.drained;
		}
		const quiet = !["data", "sending", "leaving"].includes(this.mode);
		if (this.eventWaiting && !this.claimed && used <= TRANSMIT_MARK && quiet) {
			this.eventWaiting = false;
			this.events |= PortEvent.room;
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

import { Form, type Port, PortEvent, Result, type UartConfiguration } from "port/port";
import { binary } from "./binary";
import { Escape } from "./escape";
import { Messages } from "./messages";
import { checkParams } from "./params";
import {
	errorText,
	EVENT_LINE,
	type Mode,
	PortIo,
	RECEIVE_RING,
	RESULT_MAX,
	RESULT_RESERVE,
	RESULTS,
	type Sink,
	TRANSMIT_RING,
} from "./port-io";
import type { Serial } from "./serial";

type PortNatives = { [K in keyof Port]: Port[K] };

/** The AT port: the natives of port.ts, as modules/port/port.c has them. */
export class FakePort extends PortIo implements PortNatives {
	readonly #sinks: readonly Sink[];
	#onLine: (name: string, form: number) => number | undefined = () => undefined;
	#onEvent: (events: number) => void = () => {};
	#onFailure: (error: unknown) => void = () => {};
	/** A line is in hand, and its command has neither ended nor been suspended. */
	#dispatching = false;
	#suspending = false;
	#staying = false;
	/** From hold() to the result. */
	#holding = false;
	#parameters = "";
	readonly #messages = new Messages();

	/** @param sinks by id: of the links, then the flash */
	constructor(serial: Serial, now: () => number, sinks: readonly Sink[], onRestart: () => void) {
		super(serial, now, onRestart);
		this.#sinks = sinks;
	}
	serve(
		onLine: (name: string, form: number) => number | undefined,
		onEvent: (events: number) => void,
		onFailure: (error: unknown) => void,
		self: object,
	): this {
		this.#onLine = onLine.bind(self);
		this.#onEvent = onEvent.bind(self);
		this.#onFailure = onFailure.bind(self);
		return this;
	}

	/* --- natives: text to the host --- */

	open(...uart: UartConfiguration): boolean {
		this.uart = uart;
		this.serial.configuration = uart;
		return true;
	}
	start(): void {
		this.transmit += "\r\nready\r\n";
		this.mode = "command";
	}
	startPassing(guard: number, interval: number): void {
		this.transmit += "\r\nready\r\n\r\n>";
		this.#prepare(undefined, guard, interval);
		this.mode = "passthrough";
	}
	#put(text: string, reserve = RESULT_RESERVE): boolean {
		if (TRANSMIT_RING - this.transmit.length < binary(text).length + reserve) return false;
		this.transmit += text;
		return true;
	}
	write(text: string): boolean {
		const done = this.#put(text);
		if (this.#dispatching) this.claimed = true;
		return done;
	}
	/** Bytes that the response in hand has room for now. */
	writeRoom(): number {
		return Math.max(0, TRANSMIT_RING - this.transmit.length - RESULT_RESERVE);
	}
	event(text: string, inPassthrough: boolean): boolean {
		binary(text);
		let done = false;
		if (this.mode === "passthrough" && !inPassthrough) done = true;
		else if (!["boot", "data", "sending", "leaving"].includes(this.mode) && this.#mayTell()) done = this.#put(text);
		if (!done) this.eventWaiting = true;
		return done;
	}
	/** A handler may post events between its replies, but nobody into an answer that comes in parts. */
	#mayTell(): boolean {
		return !this.claimed || (this.#dispatching && !this.#holding);
	}
	result(kind: number, number: number, before: string): boolean {
		const result = RESULTS[kind];
		if (result === undefined) throw new RangeError("no such result");
		if (!this.#put(before, RESULT_MAX)) return false;
		const ownLine = this.#dispatching;
		this.#suspending = this.#staying = false;
		this.#finishLine();
		this.transmit += (kind === Result.error && this.numbered ? errorText(number) : "") + result;
		this.claimed = this.#holding = false;
		if ((ownLine || this.mode !== "handed") && this.mode !== "passthrough") this.mode = "command";
		return true;
	}

	/* --- natives: the command in hand --- */

	call(descriptor: string, handler: (...values: never[]) => unknown, at: unknown, multiple: boolean): unknown {
		const checked = checkParams(descriptor, multiple, this.#parameters);
		if (typeof checked === "number") return checked;
		const { values, repeated } = checked;
		const plain = values.length - (repeated ?? 0);
		const given = repeated === undefined ? values : [...values.slice(0, plain), values.slice(plain)];
		return (handler as (...values: unknown[]) => unknown)(at, ...given);
	}
	pend(brief: boolean): void {
		this.#suspending = this.#dispatching;
		this.#staying = brief;
	}
	claim(): void {
		this.claimed = this.#holding = true;
	}
	hold(): void {
		this.claimed = this.#holding = this.drainWaiting = true;
	}
	release(): void {
		this.#holding = false;
		this.claimed = this.#dispatching;
	}
	prompt(size: number, sink: number, announce: boolean): void {
		if (size < 1 || (sink < 0 && size > 1 << 20)) throw new RangeError("size of a data phase");
		if (sink >= 0 && size > RECEIVE_RING && !this.#sinkOf(sink).streams)
			throw new RangeError("size of a data phase to a link");
		this.broken = this.expands = this.long = false;
		this.sink = sink < 0 ? undefined : this.#sinkOf(sink);
		this.collected = sink < 0 ? "" : undefined;
		this.announced = this.dataLeft = size;
		this.announce = announce;
		this.#say("data");
	}
	expand(size: number): void {
		this.prompt(size, -1, true);
		this.expands = true;
	}
	dataSize(): number {
		return this.announced;
	}
	forward(sink: number): void {
		const data = this.collected ?? "";
		const taken = this.#sinkOf(sink).take(data);
		this.collected = undefined;
		this.events |= taken === data.length ? PortEvent.data : PortEvent.dataFailed;
	}
	stream(sink: number, size: number, _block: number, _interval: number, _report: number, _guard: number): void {
		this.broken = this.expands = this.announce = false;
		this.sink = this.#sinkOf(sink);
		this.collected = undefined;
		this.announced = this.dataLeft = size;
		this.long = true;
		this.#say("data");
	}
	data(): string {
		const data = this.collected ?? "";
		this.collected = undefined;
		return data;
	}
	pass(sink: number, guard: number, interval: number): void {
		this.#prepare(this.#sinkOf(sink), guard, interval);
		this.#say("passthrough");
	}
	#prepare(sink: Sink | undefined, guard: number, interval: number): void {
		this.sink = sink;
		this.interval = interval;
		this.oldest = this.now();
		this.escape = new Escape(guard, this.oldest);
	}
	#sinkOf(id: number): Sink {
		const sink = this.#sinks[id];
		if (sink === undefined) throw new RangeError("no such sink");
		return sink;
	}
	#say(mode: Mode): void {
		this.#finishLine();
		this.transmit += "\r\nOK\r\n\r\n>";
		this.claimed = false;
		this.mode = mode;
	}

	/* --- natives: settings --- */

	echo(on: boolean): void {
		this.echoing = on;
	}
	errorNumbers(on: boolean): void {
		this.numbered = on;
	}
	configure(...uart: UartConfiguration): void {
		this.wanted = uart;
	}
	configuration(): UartConfiguration {
		return [...(this.wanted ?? this.uart)];
	}
	restart(): void {
		this.restarting = true;
	}

	/* --- natives: messages --- */

	filter(on: boolean): void {
		this.#messages.filter(on);
	}
	filters(): boolean {
		return this.#messages.filters();
	}
	addFilter(head: string, tail: string): number {
		return this.#messages.addFilter(head, tail);
	}
	removeFilter(head: string, tail: string): boolean {
		return this.#messages.removeFilter(head, tail);
	}
	clearFilters(): void {
		this.#messages.clearFilters();
	}
	filterText(index: number, tail: boolean): string | undefined {
		return this.#messages.filterText(index, tail);
	}
	wakeHost(mode: number, number: number, signal: number, delay: number, check: number): boolean {
		return this.#messages.wakeHost(mode, number, signal, delay, check);
	}
	hostSleeps(asleep: boolean, method: number): boolean {
		return this.#messages.hostSleeps(asleep, method);
	}

	/* --- the XS task --- */

	/** @returns whether there was something to do */
	xs(enter: (body: () => void) => void): boolean {
		const events = this.events;
		const suspending = this.#suspending;
		this.events = 0;
		if (suspending && !this.#staying) this.#suspend();
		if (events & ~EVENT_LINE) enter(() => this.#onEvent(events & ~EVENT_LINE));
		if (events & EVENT_LINE) this.#enterLine(enter);
		return (suspending && !this.#staying) || events !== 0;
	}
	#enterLine(enter: (body: () => void) => void): void {
		const { text } = this.line;
		const equals = text.indexOf("=");
		let form: number = equals < 0 ? Form.execute : Form.set;
		let name = equals < 0 ? text : text.slice(0, equals);
		if (equals < 0 && text.endsWith("?")) {
			form = Form.query;
			name = text.slice(0, -1);
		} else if (equals >= 0 && text.slice(equals) === "=?") form = Form.test;
		this.#parameters = equals < 0 ? "" : text.slice(equals + 1);
		this.#dispatching = true;
		enter(() => {
			try {
				const answer = this.#onLine(name, form);
				if (!this.#dispatching || this.#suspending) return;
				if (typeof answer === "number") this.result(Result.error, answer, "");
				else this.result(Result.ok, 0, "");
			} catch (error) {
				this.#onFailure(error);
			}
		});
		if (this.#dispatching && !this.#suspending) {
			/* An exception got past the dispatcher; the host must still have its answer. */
			this.#finishLine();
			this.transmit += RESULTS[Result.error] ?? "";
			this.claimed = this.#holding = false;
			this.mode = "command";
		}
	}
	#finishLine(): void {
		if (this.#dispatching) this.line.reset();
		this.#dispatching = false;
	}
	#suspend(): void {
		this.#suspending = false;
		if (!this.#dispatching) return;
		this.#finishLine();
		this.claimed = this.#holding;
		if (this.mode === "handed") this.mode = "pending";
	}
}

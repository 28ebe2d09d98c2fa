// SPDX-License-Identifier: Apache-2.0

/** What follows the name of a command on its line (guide 3.12). */
export const Form = Object.freeze({ execute: 0, set: 1, query: 2, test: 3 });

/** How a command ends. `none`: what it said already was its result. */
export const Result = Object.freeze({ ok: 0, error: 1, sendOk: 2, sendFail: 3, none: 4, sendCancelled: 5 });

/** Bits of `onEvent`. */
export const PortEvent = Object.freeze({
	/** The data phase is over: collected, or taken by the sink. */
	data: 2,
	/** The sink broke before it had all. */
	dataFailed: 4,
	/** `+++` has left passthrough. */
	escaped: 8,
	/** After hold(): most of what was written has gone out. */
	drained: 16,
	/** After an event() that returned false: try again. */
	room: 32,
	/** `+++` has ended stream(). */
	cancelled: 64,
});

/** How addFilter() ends. */
export const FilterError = Object.freeze({ none: 0, malformed: 1, backReference: 2, tooLarge: 3, noRoom: 4 });

/** How the host is woken (guide 3.11.4). */
export const WakeMode = Object.freeze({ off: 0, pin: 1, uart: 2 });

/** Bits of the ways in which it is known whether the host is awake (guide 3.11.4). */
export const WakeCheck = Object.freeze({ report: 1, sleep: 2, timeout: 4 });

/** ms of quiet around, and at most between, the signs of `+++` in the default dialect (guide 3.3.8) */
export const ESCAPE_GUARD = 20;

/** Where the bytes of a data phase go. Links have their ids, from 0; the others are those of port.h. */
export const Sink = Object.freeze({ memory: -1, flash: 5 });

/** 80..5,000,000 baud; 5..8 data bits; stop bits 1, 2 (1.5) or 3 (2); parity 0..2; flow bit 0 RTS, bit 1 CTS. */
export type UartConfiguration = [baud: number, dataBits: number, stopBits: number, parity: number, flow: number];

/**
 * The AT port. Lines are assembled and tokenised, data is collected and passed through in C (port.c, port-io.c);
 * this is the seam. All strings are binary strings: a character above U+00FF throws a RangeError.
 */
export class Port extends Native("xs_port_destructor") {
	/**
	 * @param onLine called with the name and the form of each command line; returns undefined for OK or an error number,
	 *   unless it has called result(), prompt(), pass() or pend()
	 * @param onEvent called with bits of PortEvent
	 * @param onFailure called with what onLine threw
	 * @param self what `this` is for them
	 */
	constructor(
		onLine: (name: string, form: number) => number | undefined,
		onEvent: (events: number) => void,
		onFailure: (error: unknown) => void,
		self: object,
	) {
		super();
		native("xs_port").call(this, onLine, onEvent, onFailure, self);
	}
	/** Opens the UART. @returns false when it is not as wanted: 115200 8N1 then, if the hardware works at all */
	open(baud: number, dataBits: number, stopBits: number, parity: number, flow: number): boolean {
		return native("xs_port_open").call(this, baud, dataBits, stopBits, parity, flow);
	}
	/** Says `ready` and takes commands from now on. */
	start(): void {
		return native("xs_port_start").call(this);
	}
	/** Says `ready` and `>`, and passes through from now on, to the link that comes. @param guard, interval as in pass() */
	startPassing(guard: number, interval: number): void {
		return native("xs_port_startPassing").call(this, guard, interval);
	}
	/** Text of a response, as one message. @returns false, and nothing is written, when there is no room */
	write(text: string): boolean {
		return native("xs_port_write").call(this, text);
	}
	/** Unsolicited text. @returns false when it cannot be said now; PortEvent.room tells when */
	event(text: string, inPassthrough: boolean): boolean {
		return native("xs_port_event").call(this, text, inPassthrough);
	}
	/**
	 * Ends the command.
	 * @param number the error number, for Result.error @param before text that stands directly before
	 * @returns false, and nothing has happened, when there is no room for that text
	 */
	result(kind: number, number: number, before: string): boolean {
		return native("xs_port_result").call(this, kind, number, before);
	}
	/** Checks the parameters of a set command. @returns an error number, or what handler(at, ...values) returned */
	call(descriptor: string, handler: (...values: never[]) => unknown, at: unknown, multiple: boolean): unknown {
		return native("xs_port_call").call(this, descriptor, handler, at, multiple);
	}
	/**
	 * The command goes on until result(): lines are answered `busy p...` from now on, or with brief wait for it.
	 * @param brief for what the I/O task does at once
	 */
	pend(brief: boolean): void {
		return native("xs_port_pend").call(this, brief);
	}
	/**
	 * Nothing else is said until result() or release(); PortEvent.drained tells when there is room for more of the
	 * response.
	 */
	hold(): void {
		return native("xs_port_hold").call(this);
	}
	release(): void {
		return native("xs_port_release").call(this);
	}
	/** Nothing else is said until result(): C writes the answer. */
	claim(): void {
		return native("xs_port_claim").call(this);
	}
	/**
	 * `OK`, `>` and a data phase of exactly size bytes.
	 * @param size 1..1,048,576 in memory, 1..8,192 to a link, from 1 to others
	 * @param sink a link's id or one of Sink
	 * @param announce whether `Recv n bytes` is said
	 */
	prompt(size: number, sink: number, announce: boolean): void {
		return native("xs_port_prompt").call(this, size, sink, announce);
	}
	/** The same into memory, where `\\0` ends it and a backslash gives the character behind it. @param size of what comes */
	expand(size: number): void {
		return native("xs_port_expand").call(this, size);
	}
	/** Bytes that were collected in memory. */
	dataSize(): number {
		return native("xs_port_dataSize").call(this);
	}
	/** What was collected in memory goes to a link; PortEvent.data or dataFailed tells the end. */
	forward(sink: number): void {
		return native("xs_port_forward").call(this, sink);
	}
	/**
	 * `OK`, `>`, and data that go to a link while they come, until all are here or `+++`.
	 * @param size 1..2^31-1 @param block bytes that go at once, 1..2,920; fewer wait for interval, ms
	 * @param report bytes after which `+CIPSENDL:` is said @param guard of `+++`, ms
	 */
	stream(sink: number, size: number, block: number, interval: number, report: number, guard: number): void {
		return native("xs_port_stream").call(this, sink, size, block, interval, report, guard);
	}
	/** What was collected in memory; it is freed. */
	data(): string {
		return native("xs_port_data").call(this);
	}
	/** `OK`, `>` and passthrough with a sink until `+++`. @param guard in ms @param interval in ms, 0..1,000 */
	pass(sink: number, guard: number, interval: number): void {
		return native("xs_port_pass").call(this, sink, guard, interval);
	}
	echo(on: boolean): void {
		return native("xs_port_echo").call(this, on);
	}
	/** Whether the number of an error is told (AT+SYSLOG). */
	errorNumbers(on: boolean): void {
		return native("xs_port_errorNumbers").call(this, on);
	}
	/** Whether messages are filtered (guide 3.1.16). */
	filter(on: boolean): void {
		return native("xs_port_filter").call(this, on);
	}
	filters(): boolean {
		return native("xs_port_filters").call(this);
	}
	/**
	 * Adds a filter (guide 3.1.17) of two POSIX basic regular expressions of at most 64 bytes; an empty one is left out.
	 * @returns one of FilterError
	 */
	addFilter(head: string, tail: string): number {
		return native("xs_port_addFilter").call(this, head, tail);
	}
	/** @returns false when there is no such filter */
	removeFilter(head: string, tail: string): boolean {
		return native("xs_port_removeFilter").call(this, head, tail);
	}
	clearFilters(): void {
		return native("xs_port_clearFilters").call(this);
	}
	/** One side of the index-th filter, as it was given. @returns undefined when there are fewer */
	filterText(index: number, tail: boolean): string | undefined {
		return native("xs_port_filterText").call(this, index, tail);
	}
	/**
	 * How the host is woken before anything that it did not ask for (guide 3.11.4). It counts as asleep from now on.
	 * @param mode one of WakeMode @param number of the pin @param signal its level, 0 or 1, or the byte, 0..255
	 * @param delay ms from the signal to what is told, 0..60,000 @param check bits of WakeCheck
	 * @returns false, and nothing has changed, when the pin cannot be driven
	 */
	wakeHost(mode: number, number: number, signal: number, delay: number, check: number): boolean {
		return native("xs_port_wakeHost").call(this, mode, number, signal, delay, check);
	}
	/**
	 * The host has told whether it sleeps (guide 3.11.5).
	 * @param method by which, one of WakeCheck @returns false when that is not among those of wakeHost()
	 */
	hostSleeps(asleep: boolean, method: number): boolean {
		return native("xs_port_hostSleeps").call(this, asleep, method);
	}
	/** Changes the UART when the result of the command in hand has left the pin. */
	configure(baud: number, dataBits: number, stopBits: number, parity: number, flow: number): void {
		return native("xs_port_configure").call(this, baud, dataBits, stopBits, parity, flow);
	}
	/** As the hardware has it: a baud rate may deviate from what was asked. */
	configuration(): UartConfiguration {
		return native("xs_port_configuration").call(this);
	}
	/** Restarts the device when the result of the command in hand has left the pin. */
	restart(): void {
		return native("xs_port_restart").call(this);
	}
}

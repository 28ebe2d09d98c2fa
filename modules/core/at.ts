// SPDX-License-Identifier: Apache-2.0

import type { Command } from "core/command";
import { Events } from "core/events";
import type { Settings } from "core/settings";
import type { Firmware } from "firmware/firmware";
import type { Flash } from "flash/flash";
import type { Links } from "link/link";
import type { Server } from "link/server";
import type { Network } from "net/network";
import type { Port } from "port/port";
import { ESCAPE_GUARD, Result, Sink } from "port/port";
import type { Power } from "power/power";
import type { Registers } from "registers/registers";
import type { Manufacturing } from "store/manufacturing";
import type { Store } from "store/store";
import type { System } from "system/system";
import type { Scan } from "wifi/scan";
import type { SoftAp } from "wifi/softap";
import type { Station } from "wifi/wifi";

/** What a command may use beyond the port and the settings; main.ts puts it together. */
export interface Capabilities {
	readonly wifi: Station;
	readonly softAp: SoftAp;
	readonly scan: Scan;
	readonly links: Links;
	readonly server: Server;
	readonly network: Network;
	readonly system: System;
	readonly power: Power;
	readonly firmware: Firmware;
	readonly registers: Registers;
	readonly store: Store;
	/** Both resume() the command when what they do in the background is done. */
	readonly flash: Flash;
	readonly manufacturing: Manufacturing;
	readonly commands: readonly Command[];
	/** Adds commands at run time; with override they may take the names of others. @throws TypeError otherwise */
	registerCommands(set: readonly Command[], override?: boolean): void;
}

interface Ending {
	result: number;
	text: string;
	after: (() => void) | undefined;
	/** Of the answer, in order, what has found no room yet. */
	unsaid: string[] | undefined;
}

/** Bytes of an answer that wait in the JavaScript heap for room in the transmit ring, beyond one text of any size. */
const UNSAID_MAX = 4096;
/** What always has room when most of the ring has gone out. */
const PIECE = 2048;

/** The hand that a handler gets: everything it may do to the AT port and to the device. */
export class At {
	readonly port: Port;
	readonly settings: Settings;
	readonly events: Events;
	/** Set once by main.ts, when everything that needs an At has been made. */
	capabilities!: Capabilities;
	/** How the command in hand ends, when that is not with a plain OK or ERROR. The dispatcher takes it. */
	ending: Ending | undefined = undefined;
	/** Set by a handler whose promise settles with the I/O task's next turn: lines wait, and none is answered `busy`. */
	brief = false;
	/** Settles the promise of settled(). */
	#resume: ((value: unknown) => void) | undefined = undefined;
	/** Settles the promise of drained(). */
	#drained: (() => void) | undefined = undefined;

	constructor(port: Port, settings: Settings) {
		this.port = port;
		this.settings = settings;
		this.events = new Events(port, settings);
	}
	/** The name that was asked, with `AT`. */
	get name(): string {
		return this.settings.command;
	}
	get wifi(): Station {
		return this.capabilities.wifi;
	}
	get softAp(): SoftAp {
		return this.capabilities.softAp;
	}
	get links(): Links {
		return this.capabilities.links;
	}
	get network(): Network {
		return this.capabilities.network;
	}
	get server(): Server {
		return this.capabilities.server;
	}

	/** A line of the answer: `+NAME:` and the text. @throws RangeError as write() */
	reply(text: string | number): void {
		this.write(`${this.name.slice(2)}:${text}\r\n`);
	}
	/**
	 * Text of the answer as it is. What has no room, since the host is behind with reading, waits for it here.
	 * @throws RangeError when more than 4 KB wait: see drained()
	 */
	write(text: string): void {
		if (this.isBehind || !this.port.write(text)) this.#keep(text);
	}
	#keep(text: string): void {
		const unsaid = (this.#end.unsaid ??= []);
		const waiting = unsaid.reduce((sum, it) => sum + it.length, 0);
		if (waiting > 0 && waiting + text.length > UNSAID_MAX) throw new RangeError("await drained() in a long answer");
		for (let i = 0; i < text.length; i++)
			if (text.charCodeAt(i) > 0xff) throw new RangeError("character above U+00FF in a binary string");
		unsaid.push(text);
		this.port.hold();
	}
	/** Whether a part of the answer is still to be said. */
	get isBehind(): boolean {
		return this.ending?.unsaid !== undefined;
	}
	/** Text that must stand directly before the result: nothing comes between. @throws RangeError above 2 KB */
	last(text: string): void {
		const end = this.#end;
		if (end.text.length + text.length > PIECE) throw new RangeError("too much to stand before the result");
		end.text += text;
	}
	/** What is to happen when the result has been said. */
	after(action: () => void): void {
		this.#end.after = action;
	}
	/** Ends the command, when it succeeds, with another Result than OK. */
	endWith(result: number): void {
		this.#end.result = result;
	}
	get #end(): Ending {
		return (this.ending ??= { result: Result.ok, text: "", after: undefined, unsaid: undefined });
	}
	/** For answers of more than 4 KB: await it every 2 KB or so, and all finds room. Nothing comes between. */
	drained(): Promise<void> {
		this.port.hold();
		return new Promise(resolve => {
			this.#drained = resolve;
		});
	}
	/** Most of what was written has gone out. */
	roomAgain(): void {
		const { ending, port } = this;
		const unsaid = ending?.unsaid;
		while (unsaid !== undefined && unsaid.length > 0) {
			const text = unsaid[0] as string;
			if (!port.write(text.slice(0, PIECE))) return port.hold();
			if (text.length > PIECE) unsaid[0] = text.slice(PIECE);
			else unsaid.shift();
		}
		if (ending) ending.unsaid = undefined;
		const resolve = this.#drained;
		this.#drained = undefined;
		if (resolve) resolve();
		else if (unsaid !== undefined) port.release();
	}
	/** `OK`, `>`, then exactly size bytes from the host. @param size 1..1,048,576 @returns them as a binary string */
	async prompt(size: number, announce = false): Promise<string> {
		await this.#prompted(() => this.port.prompt(size, Sink.memory, announce));
		return this.port.data();
	}
	/** The same, but the bytes stay in C, where the next native that wants them takes them (port_take_data). */
	async collect(size: number): Promise<void> {
		await this.#prompted(() => this.port.prompt(size, Sink.memory, false));
	}
	/** The same, but the bytes go to a link. @returns false when it broke before it had all */
	promptLink(id: number, size: number): Promise<boolean> {
		return this.#prompted(() => this.port.prompt(size, id, true)) as Promise<boolean>;
	}
	/** The same, but the bytes go to one of Sink, and nothing is said when all are here. */
	promptSink(sink: number, size: number): Promise<boolean> {
		return this.#prompted(() => this.port.prompt(size, sink, false)) as Promise<boolean>;
	}
	/** Behind all that the command has said before. */
	async #prompted(begin: () => void): Promise<unknown> {
		if (this.isBehind) await this.drained();
		begin();
		return this.settled();
	}
	/** What the command waits for, whatever that is: the argument of resume(). */
	settled(): Promise<unknown> {
		return new Promise(resolve => {
			this.#resume = resolve;
		});
	}
	/** The same in AT+CIPSENDEX's way; the bytes stay in the port, for forward(). @returns how many they are */
	async promptExpanding(size: number): Promise<number> {
		await this.#prompted(() => this.port.expand(size));
		return this.port.dataSize();
	}
	/** What was collected goes to a link. @returns false when it broke before it had all */
	forward(id: number): Promise<boolean> {
		this.port.forward(id);
		return this.settled() as Promise<boolean>;
	}
	/** Data go to a link while they come (Port.stream). @returns undefined when `+++` ended it, else as forward() */
	stream(id: number, size: number, block: number, interval: number, report: number): Promise<boolean | undefined> {
		const begin = (): void => this.port.stream(id, size, block, interval, report, ESCAPE_GUARD);
		return this.#prompted(begin) as Promise<boolean | undefined>;
	}
	/** Ends what the command waits for. */
	resume(value: unknown): void {
		const resume = this.#resume;
		this.#resume = undefined;
		resume?.(value);
	}
}

// SPDX-License-Identifier: Apache-2.0

import type { Command } from "core/command";
import { failed } from "core/errors";
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
}

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
	/** Settles the promise of the data phase or of drained(). */
	#resume: ((value: unknown) => void) | undefined = undefined;

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

	/** A line of the answer: `+NAME:` and the text. @throws AtError when the transmit ring is full: see drained() */
	reply(text: string | number): void {
		this.write(`${this.name.slice(2)}:${text}\r\n`);
	}
	/** Text of the answer as it is. @throws AtError when the transmit ring is full: see drained() */
	write(text: string): void {
		if (!this.port.write(text)) throw failed();
	}
	/** Text that must stand directly before the result: nothing comes between. */
	last(text: string): void {
		this.#end.text += text;
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
		return (this.ending ??= { result: Result.ok, text: "", after: undefined });
	}
	/** For answers of more than 2 KB: await it now and then, and the rest finds room. Nothing comes between. */
	drained(): Promise<void> {
		this.port.hold();
		return this.settled() as Promise<void>;
	}
	/** `OK`, `>`, then exactly size bytes from the host. @param size 1..1,048,576 @returns them as a binary string */
	async prompt(size: number, announce = false): Promise<string> {
		this.port.prompt(size, Sink.memory, announce);
		await this.settled();
		return this.port.data();
	}
	/** The same, but the bytes stay in C, where the next native that wants them takes them (port_take_data). */
	async collect(size: number): Promise<void> {
		this.port.prompt(size, Sink.memory, false);
		await this.settled();
	}
	/** The same, but the bytes go to a link. @returns false when it broke before it had all */
	promptLink(id: number, size: number): Promise<boolean> {
		this.port.prompt(size, id, true);
		return this.settled() as Promise<boolean>;
	}
	/** The same, but the bytes go to one of Sink, and nothing is said when all are here. */
	promptSink(sink: number, size: number): Promise<boolean> {
		this.port.prompt(size, sink, false);
		return this.settled() as Promise<boolean>;
	}
	/** What the command waits for, whatever that is: the argument of resume(). */
	settled(): Promise<unknown> {
		return new Promise(resolve => {
			this.#resume = resolve;
		});
	}
	/** The same in AT+CIPSENDEX's way; the bytes stay in the port, for forward(). @returns how many they are */
	async promptExpanding(size: number): Promise<number> {
		this.port.expand(size);
		await this.settled();
		return this.port.dataSize();
	}
	/** What was collected goes to a link. @returns false when it broke before it had all */
	forward(id: number): Promise<boolean> {
		this.port.forward(id);
		return this.settled() as Promise<boolean>;
	}
	/** Data go to a link while they come (Port.stream). @returns undefined when `+++` ended it, else as forward() */
	stream(id: number, size: number, block: number, interval: number, report: number): Promise<boolean | undefined> {
		this.port.stream(id, size, block, interval, report, ESCAPE_GUARD);
		return this.settled() as Promise<boolean | undefined>;
	}
	/** Ends what the command waits for. */
	resume(value: unknown): void {
		const resume = this.#resume;
		this.#resume = undefined;
		resume?.(value);
	}
}

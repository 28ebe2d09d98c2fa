// SPDX-License-Identifier: Apache-2.0

import type { At } from "core/at";
import type { Command, Outcome } from "core/command";
import { syntax } from "core/command";
import { AtError, errorNumber, SubCode } from "core/errors";
import { SystemMessage } from "core/events";
import { settings } from "core/settings";
import { Form, PortEvent, Result } from "port/port";

/** From a command line to its handler, and from the handler's outcome to the result. */
export class Dispatcher {
	readonly #at: At;
	readonly #builtIn: ReadonlyMap<string, Command>;
	/** Commands that came at run time. */
	readonly #added = new Map<string, Command>();

	constructor(at: At, builtIn: ReadonlyMap<string, Command>) {
		this.#at = at;
		this.#builtIn = builtIn;
	}
	/** Every command, built-in ones first. */
	commands(): Command[] {
		return [...new Map([...this.#builtIn, ...this.#added]).values()];
	}
	/**
	 * Adds commands at run time.
	 * @param override whether they may take the names of others
	 * @throws TypeError when a name is taken and override is not given; then none is added
	 */
	registerCommands(set: readonly Command[], override = false): void {
		for (const [index, it] of set.entries())
			if (
				(!override && (this.#builtIn.has(it.name) || this.#added.has(it.name))) ||
				set.findIndex(other => other.name === it.name) !== index
			)
				throw new TypeError(`${it.name} exists`);
		for (const it of set) this.#added.set(it.name, it);
	}

	/** The port has a line. */
	line(name: string, form: number): void {
		const command = this.#added.get(name) ?? this.#builtIn.get(name);
		if (command === undefined) {
			this.#end(Result.error, errorNumber(SubCode.unsupported));
			return;
		}
		/* AT+RST is taken while another command is pending, and is the end of that. */
		this.#at.name = name;
		this.#at.settings.storeFor(name);
		let outcome: unknown;
		try {
			outcome = this.#run(command, form);
		} catch (error) {
			this.#fail(error);
			return;
		}
		if (outcome instanceof Promise) this.#suspend(outcome);
		else if (typeof outcome === "number") this.#end(Result.error, outcome);
		else this.#end(this.#at.takeResult(), 0);
	}
	/** The port tells. */
	event(events: number): void {
		const { events: messages, port, settings: values } = this.#at;
		if (events & PortEvent.escaped) {
			this.#at.links.passthroughLeft();
			if (values.get(settings.sysmsg) & SystemMessage.quit) port.event("+QUITT\r\n", true);
		}
		if (events & (PortEvent.data | PortEvent.dataFailed)) this.#at.resume((events & PortEvent.dataFailed) === 0);
		if (events & PortEvent.drained) this.#at.resume(undefined);
		if (events & PortEvent.room) messages.flush();
	}

	#run(command: Command, form: number): Outcome | number {
		const at = this.#at;
		switch (form) {
			case Form.execute:
				return command.execute ? command.execute(at) : errorNumber(SubCode.operation);
			case Form.query:
				return command.query ? command.query(at) : errorNumber(SubCode.operation);
			case Form.set: {
				const set = command.set;
				if (set === undefined) return errorNumber(SubCode.operation);
				const multiple = at.settings.get(settings.multiple) === 1;
				return at.port.call(set.descriptor, set.run, at, multiple) as Outcome | number;
			}
			default: {
				if (command.set === undefined) return errorNumber(SubCode.operation);
				at.reply(syntax(command));
				return undefined;
			}
		}
	}
	#suspend(promise: Promise<void>): void {
		this.#at.port.pend();
		promise.then(
			() => this.#end(this.#at.takeResult(), 0),
			(error: unknown) => this.#fail(error),
		);
	}
	#fail(error: unknown): void {
		this.#at.takeResult();
		if (error instanceof AtError) this.#end(Result.error, error.number);
		else {
			trace(`${this.#at.name}: ${error}\n`);
			this.#end(Result.error, errorNumber(SubCode.failed));
		}
	}
	#end(kind: number, number: number): void {
		const at = this.#at;
		try {
			at.port.result(kind, number, at.takeLast());
		} catch (error) {
			trace(`${at.name}: ${error}\n`);
			at.port.result(Result.error, errorNumber(SubCode.failed), "");
		}
		at.takeAfter()?.();
	}
}

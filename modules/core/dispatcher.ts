// SPDX-License-Identifier: Apache-2.0

import type { At } from "core/at";
import type { Command, Outcome } from "core/command";
import { syntax } from "core/command";
import { AtError, errorNumber, SubCode } from "core/errors";
import { SystemMessage } from "core/events";
import { settings } from "core/settings";
import { Form, PortEvent, Result } from "port/port";
import { log } from "system/log";

const UNSUPPORTED = errorNumber(SubCode.unsupported);
const WRONG_FORM = errorNumber(SubCode.operation);
const EXECUTE = Form.execute;

/**
 * From a command line to its handler, and from the handler's outcome to the result.
 *
 * The way of a command that ends at once is counted in instructions (npm run bench): plain fields instead of `#private`
 * ones, no try, and the result is given back to C instead of by a call.
 */
export class Dispatcher {
	/** Set once by main.ts: the port needs the dispatcher, and the At needs the port. */
	at!: At;
	private readonly builtIn: ReadonlyMap<string, Command>;
	/** Commands that came at run time, if any did. */
	private added: Map<string, Command> | undefined = undefined;

	constructor(builtIn: ReadonlyMap<string, Command>) {
		this.builtIn = builtIn;
	}
	/** Every command, built-in ones first. */
	commands(): Command[] {
		return [...new Map([...this.builtIn, ...(this.added ?? [])]).values()];
	}
	/**
	 * Adds commands at run time.
	 * @param override whether they may take the names of others
	 * @throws TypeError when a name is taken and override is not given; then none is added
	 */
	registerCommands(set: readonly Command[], override = false): void {
		const added = (this.added ??= new Map<string, Command>());
		for (const [index, it] of set.entries())
			if (
				(!override && (this.builtIn.has(it.name) || added.has(it.name))) ||
				set.findIndex(other => other.name === it.name) !== index
			)
				throw new TypeError(`${it.name} exists`);
		for (const it of set) added.set(it.name, it);
	}

	/**
	 * The port has a line.
	 * @returns undefined for OK, an error number for ERROR; neither counts when the command has ended or pends
	 */
	line(name: string, form: number): number | undefined {
		const command =
			this.added === undefined ? this.builtIn.get(name) : (this.added.get(name) ?? this.builtIn.get(name));
		if (command === undefined) return UNSUPPORTED;
		const at = this.at;
		/* AT+RST is taken while another command is pending, and is the end of that. */
		at.settings.command = name;
		const outcome =
			form === EXECUTE && command.execute !== undefined ? command.execute(at) : this.run(command, form);
		if (outcome === undefined && at.ending === undefined) return undefined;
		return this.finish(outcome);
	}
	/** What line() threw, or a promise was rejected with. */
	fail(error: unknown): void {
		if (error instanceof AtError) this.end(Result.error, error.number);
		else {
			log(`${this.at.name}: ${error}`);
			this.end(Result.error, errorNumber(SubCode.failed));
		}
	}
	/** The port tells. */
	event(events: number): void {
		const { events: messages, port, settings: values } = this.at;
		if (events & PortEvent.escaped) {
			this.at.links.passthroughLeft();
			if (values.get(settings.sysmsg) & SystemMessage.quit) port.event("+QUITT\r\n", true);
		}
		if (events & (PortEvent.data | PortEvent.dataFailed)) this.at.resume((events & PortEvent.dataFailed) === 0);
		if (events & PortEvent.cancelled) this.at.resume(undefined);
		if (events & PortEvent.drained) this.at.roomAgain();
		if (events & PortEvent.room) messages.flush();
	}

	private run(command: Command, form: number): Outcome | number {
		const at = this.at;
		switch (form) {
			case Form.set: {
				const set = command.set;
				return set
					? (at.port.call(set.descriptor, set.run, at, at.settings.multiple) as Outcome | number)
					: WRONG_FORM;
			}
			case Form.query:
				return command.query ? command.query(at) : WRONG_FORM;
			case Form.test:
				if (command.set === undefined) return WRONG_FORM;
				at.reply(syntax(command));
				return undefined;
			default:
				return WRONG_FORM;
		}
	}
	private finish(outcome: unknown): number | undefined {
		if (outcome instanceof Promise) {
			this.at.port.pend(this.at.brief);
			this.at.brief = false;
			outcome.then(
				() => this.end(Result.ok, 0),
				(error: unknown) => this.fail(error),
			);
			return undefined;
		}
		if (typeof outcome === "number") return outcome;
		this.end(Result.ok, 0);
		return undefined;
	}
	private end(kind: number, number: number): void {
		const at = this.at;
		const { ending, port } = at;
		const result = kind === Result.ok && ending ? ending.result : kind;
		try {
			if (at.isBehind || !port.result(result, number, ending ? ending.text : "")) {
				port.pend(false);
				void at.drained().then(() => this.end(kind, number));
				return;
			}
		} catch (error) {
			log(`${at.name}: ${error}`);
			port.result(Result.error, errorNumber(SubCode.failed), "");
		}
		at.ending = undefined;
		ending?.after?.();
	}
}

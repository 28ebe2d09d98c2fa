// SPDX-License-Identifier: Apache-2.0

import type { At } from "core/at";

/**
 * A command is declared once, as data. From the declaration come the parsing, the checks and their error numbers,
 * the answer to `=?`, the line in AT+CMD? and the static type of the handler's arguments.
 *
 * 	command("AT+SYSSTORE", {
 * 		query: at => at.reply(at.settings.get(sysstore)),
 * 		set: params(int("store_mode", 0, 1)).run((at, mode) => {
 * 			at.settings.set(sysstore, mode);
 * 		}),
 * 	})
 */

/** Nothing: OK is the answer. A promise: the command is pending until it settles. AtError thrown: ERROR. */
export type Outcome = void | Promise<void>;

/** One parameter. `descriptor` is what C checks (port/params.h), `syntax` is what a person reads. */
export interface Param<T> {
	readonly descriptor: string;
	readonly syntax: string;
	readonly optional: boolean;
	/** Only for the type checker. */
	readonly value?: T;
}

type Values<P extends readonly Param<unknown>[]> = {
	[I in keyof P]: P[I] extends Param<infer T> ? T : never;
};

export interface SetForm {
	readonly descriptor: string;
	readonly syntax: string;
	readonly run: (at: At, ...values: never[]) => Outcome;
}

export interface Forms {
	readonly query?: (at: At) => Outcome;
	readonly set?: SetForm;
	readonly execute?: (at: At) => Outcome;
}

export interface Command extends Forms {
	/** As it is sent, `AT+NAME`. */
	readonly name: string;
}

/** What a file of at-commands/custom/ exports by default. */
export interface CommandFile {
	readonly file: string;
	readonly commands: readonly Command[];
}

function param<T>(descriptor: string, syntax: string): Param<T> {
	return Object.freeze({ descriptor, syntax, optional: false });
}

function checkRange(name: string, min: number, max: number): void {
	if (!Number.isInteger(min) || !Number.isInteger(max) || min > max)
		throw new TypeError(`${name}: no range from ${min} to ${max}`);
}

/** An integer, decimal or 0x hexadecimal, from min to max. */
export function int(name: string, min: number, max: number): Param<number> {
	checkRange(name, min, max);
	return param(`i${min},${max};`, `<${name}>(${min}-${max})`);
}

/** A quoted string of min to max bytes. */
export function str(name: string, max: number, min = 0): Param<string> {
	checkRange(name, min, max);
	return param(`s${min},${max};`, `<"${name}">(${min}-${max})`);
}

/** One of a few quoted strings. */
export function oneOf<const S extends readonly string[]>(name: string, ...values: S): Param<S[number]> {
	if (values.length === 0 || values.some(value => value.includes('"')))
		throw new TypeError(`${name}: values without quotation marks`);
	const list = values.map(value => `"${value}"`).join(",");
	return param(`e${list};`, `<"${name}">(${list})`);
}

/** An integer or a quoted string: what it may be depends on the parameters before it. The handler checks. */
export function either(name: string): Param<number | string> {
	return param("a;", `<${name}>`);
}

/** May be left out, or left empty between commas: the handler gets undefined. */
export function optional<T>(it: Param<T>): Param<T | undefined> {
	if (it.optional) throw new TypeError(`${it.syntax} is optional already`);
	return Object.freeze({ descriptor: `?${it.descriptor}`, syntax: it.syntax, optional: true });
}

/** A connection, 0 to max: required when CIPMUX=1, refused and 0 when CIPMUX=0. */
export function linkId(max = 4): Param<number> {
	return Object.freeze({ descriptor: `l${max};`, syntax: `<link ID>(0-${max})`, optional: true });
}

function syntaxOf(list: readonly Param<unknown>[]): string {
	let text = "";
	for (let i = 0; i < list.length; i++) {
		const it = list[i] as Param<unknown>;
		const isLink = it.descriptor.startsWith("l");
		const comma = i > 0 ? "," : "";
		if (isLink) text += `[${it.syntax},]`;
		else if (i > 0 && list[i - 1]?.descriptor.startsWith("l")) text += it.optional ? `[${it.syntax}]` : it.syntax;
		else text += it.optional ? `[${comma}${it.syntax}]` : comma + it.syntax;
	}
	return text;
}

interface Params<A extends readonly unknown[]> {
	/** After these parameters comes a group that repeats, at most `times` times: its values follow as one flat array. */
	repeat<const G extends readonly Param<unknown>[]>(times: number, ...group: G): Params<[...A, Values<G>[number][]]>;
	/** @param handler is called with the values in order */
	run(handler: (at: At, ...values: A) => Outcome): SetForm;
}

/** As many values as C can take (PARAMS_MAX of port/params.h). */
const VALUES_MAX = 24;

class ParamList<A extends readonly unknown[]> implements Params<A> {
	readonly descriptor: string;
	readonly syntax: string;
	readonly count: number;
	readonly repeats: boolean;

	constructor(descriptor: string, syntax: string, count: number, repeats = false) {
		if (count > VALUES_MAX) throw new TypeError(`${count} parameters are more than ${VALUES_MAX}`);
		this.descriptor = descriptor;
		this.syntax = syntax;
		this.count = count;
		this.repeats = repeats;
	}
	repeat<const G extends readonly Param<unknown>[]>(times: number, ...group: G): Params<[...A, Values<G>[number][]]> {
		if (this.repeats || group.length === 0 || group.some(it => it.descriptor.startsWith("l")))
			throw new TypeError("one group repeats, and no link ID in it");
		checkRange("times", 1, times);
		const descriptor = `${this.descriptor}*${times};${group.map(it => it.descriptor).join("")}`;
		const count = this.count + times * group.length;
		return new ParamList(descriptor, `${this.syntax}[,${syntaxOf(group)}]*${times}`, count, true);
	}
	run(handler: (at: At, ...values: A) => Outcome): SetForm {
		return Object.freeze({
			descriptor: this.descriptor,
			syntax: this.syntax,
			run: handler as unknown as SetForm["run"],
		});
	}
}

/** The parameters of a set command, in order. */
export function params<const P extends readonly Param<unknown>[]>(...list: P): Params<Values<P>> {
	return new ParamList(list.map(it => it.descriptor).join(""), syntaxOf(list), list.length);
}

const NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!%-./:_";

function checkName(name: string): void {
	const body = name.startsWith("AT+") ? name.slice(3) : name.slice(2);
	let good = name.startsWith("AT") && (name[2] !== "+" || body.length > 0);
	for (const character of body) good &&= NAME_CHARACTERS.includes(character);
	if (!good) throw new TypeError(`"${name}" is no command name`);
}

/**
 * Declares a command.
 *
 * @param name `AT+` and letters, digits or `! % - . / : _` (guide 6.4)
 * @throws TypeError for another name
 */
export function command(name: string, forms: Forms): Command {
	checkName(name);
	/* Frozen, because what stays mutable in flash costs RAM for its shadow. */
	Object.freeze(forms);
	return Object.freeze({ name, query: forms.query, set: forms.set, execute: forms.execute });
}

/** A set of commands, as a file of at-commands/custom/ exports it. */
export function commands(...list: Command[]): readonly Command[] {
	return Object.freeze(list);
}

/** The same command under other names; the answers use the name that was asked. */
export function aliases(of: Command, ...names: string[]): readonly Command[] {
	return names.map(name => command(name, { query: of.query, set: of.set, execute: of.execute }));
}

/** What `=?` answers, without the name: the parameters of the set form with their ranges. */
export function syntax(it: Command): string {
	return it.set ? it.set.syntax : "";
}

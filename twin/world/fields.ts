// SPDX-License-Identifier: Apache-2.0

import { fromHex, utf8 } from "world/text";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
	[name: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Nothing here needs more; XS recurses for each level, in C, and a client must not be able to end the twin. */
const DEPTH_MAX = 32;

/** Parses JSON; `what` starts the message when it is none. @throws Error also when it is nested too deep */
export function parseJson(text: string, what: string, levels = DEPTH_MAX): Json {
	if (isDeep(text, levels)) throw new Error(`${what}: more than ${levels} levels of arrays and objects`);
	try {
		return JSON.parse(text) as Json;
	} catch (error) {
		throw new Error(`${what}: not valid JSON (${error instanceof Error ? error.message : String(error)})`);
	}
}

/** Whether JSON opens more than so many arrays and objects inside each other; strings do not count. */
function isDeep(text: string, levels: number): boolean {
	let depth = 0;
	let inString = false;
	let escaped = false;
	for (const character of text) {
		if (escaped) escaped = false;
		else if (character === "\\") escaped = inString;
		else if (character === '"') inString = !inString;
		else if (inString) continue;
		else if (character === "[" || character === "{") {
			if (++depth > levels) return true;
		} else if (character === "]" || character === "}") depth--;
	}
	return false;
}

/** What a message quotes of somebody's text. */
export function shorten(text: string): string {
	return text.length > 60 ? text.slice(0, 57) + "..." : text;
}

/**
 * Reads a JSON object field by field. Every complaint is an Error that names the path and what was expected there, so
 * that the mistake in a file or a request is found without reading this code.
 */
export class Fields {
	readonly path: string;
	readonly #value: JsonObject;

	/**
	 * @param path names the object in messages, "" for a request
	 * @param known the fields it may have; undefined takes any
	 */
	constructor(value: Json | undefined, path: string, known?: readonly string[]) {
		if (!isObject(value)) throw new Error(complaint(path, "an object", value));
		this.path = path;
		this.#value = value;
		if (known !== undefined) this.only(known);
	}

	/** @throws Error when it has other fields than those */
	only(known: readonly string[]): void {
		for (const name of Object.keys(this.#value)) {
			if (!known.includes(name))
				throw new Error(`${this.#at(shorten(name))}: unknown field; known are ${[...known].sort().join(", ")}`);
		}
	}

	has(name: string): boolean {
		return this.get(name) !== undefined;
	}

	get(name: string): Json | undefined {
		return Object.prototype.hasOwnProperty.call(this.#value, name) ? this.#value[name] : undefined;
	}

	/** An Error about one field. */
	wrong(name: string, expected: string): Error {
		return new Error(complaint(this.#at(name), expected, this.get(name)));
	}

	boolean(name: string, fallback: boolean): boolean {
		const value = this.get(name) ?? fallback;
		if (typeof value !== "boolean") throw this.wrong(name, "true or false");
		return value;
	}

	/** An integer in a range; without a fallback it must be there. */
	integer(name: string, min: number, max: number, fallback?: number): number {
		const value = this.get(name) ?? fallback;
		if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
			throw this.wrong(name, `an integer from ${min} to ${max}`);
		return value;
	}

	string(name: string, fallback?: string): string {
		const value = this.get(name) ?? fallback;
		if (typeof value !== "string") throw this.wrong(name, "a string");
		return value;
	}

	choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
		const value = this.get(name) ?? fallback;
		const found = choices.find(choice => choice === value);
		if (found === undefined) throw this.wrong(name, `one of ${choices.map(c => `"${c}"`).join(", ")}`);
		return found;
	}

	/**
	 * Bytes, given as text under `name` or, for what is not UTF-8, in hexadecimal under `name`_hex.
	 *
	 * @returns a binary string; undefined when neither is there; "" also for null
	 */
	bytes(name: string): string | undefined {
		const hexName = `${name}_hex`;
		if (this.has(hexName)) {
			if (this.has(name)) throw new Error(`${this.#at(hexName)}: give either "${name}" or "${hexName}"`);
			const hex = this.get(hexName);
			const bytes = typeof hex === "string" ? fromHex(hex) : undefined;
			if (bytes === undefined) throw this.wrong(hexName, "an even number of hexadecimal digits");
			return bytes;
		}
		const text = this.get(name);
		if (text === undefined) return undefined;
		if (text === null) return "";
		if (typeof text !== "string") throw this.wrong(name, "a string");
		return utf8(text);
	}

	/** `xx:xx:xx:xx:xx:xx` in lower case; the guide's own examples have group addresses, so those are taken too. */
	mac(name: string): string | undefined {
		const value = this.get(name);
		if (value === undefined) return undefined;
		const mac = typeof value === "string" ? parseMac(value) : undefined;
		if (mac === undefined) throw this.wrong(name, `a MAC address as "xx:xx:xx:xx:xx:xx"`);
		return mac;
	}

	/** The fields of the object under `name`, undefined when absent or null. */
	object(name: string, known: readonly string[]): Fields | undefined {
		const value = this.get(name);
		return value === undefined || value === null ? undefined : new Fields(value, this.#at(name), known);
	}

	/** The elements of the array under `name` with the path of each; undefined when absent. */
	array(name: string, most: number): [Json, string][] | undefined {
		const value = this.get(name);
		if (value === undefined) return undefined;
		if (!Array.isArray(value) || value.length > most) throw this.wrong(name, `an array of at most ${most}`);
		return value.map((element, i) => [element, `${this.#at(name)}[${i}]`]);
	}

	#at(name: string): string {
		return this.path === "" ? name : `${this.path}.${name}`;
	}
}

function complaint(path: string, expected: string, got: Json | undefined): string {
	const shown = got === undefined ? "nothing" : shorten(JSON.stringify(got));
	return `${path === "" ? "" : `${path}: `}expected ${expected}, got ${shown}`;
}

function parseMac(text: string): string | undefined {
	const bytes = text.split(":");
	if (bytes.length !== 6) return undefined;
	for (const byte of bytes) {
		if (byte.length !== 2 || fromHex(byte) === undefined) return undefined;
	}
	const mac = text.toLowerCase();
	return mac === "00:00:00:00:00:00" ? undefined : mac;
}

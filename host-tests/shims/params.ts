// SPDX-License-Identifier: Apache-2.0

/**
 * Parameters of a command line, as modules/port/params.c splits and checks them. params-cases.json holds both to the
 * same results; params.h says what a descriptor is.
 */

const PARAMS_MAX = 24;
/** Beyond every range, so that a number of any length is out of range. */
const HUGE_INTEGER = 2 ** 40;

const ParamError = Object.freeze({
	length: 0x01040000,
	type: 0x01050000,
	count: 0x01060000,
	invalid: 0x01070000,
	parse: 0x01080000,
});

/** undefined: omitted */
export type Value = number | string | undefined;

interface Given {
	readonly value: Value;
	/** Neither a number nor a quoted string. */
	readonly malformed: boolean;
}

export interface Checked {
	/** For the handler, in order: the link id and omitted ones included, the repeated ones last. */
	readonly values: Value[];
	/** How many of them belong to the repeated group; undefined when there is none in the descriptor. */
	readonly repeated: number | undefined;
}

function integerAt(text: string): { value: number; malformed: boolean; length: number } {
	const [sign = ""] = /^[+-]?/.exec(text) ?? [];
	const hexadecimal = /^0[xX]./s.test(text.slice(sign.length));
	const start = sign.length + (hexadecimal ? 2 : 0);
	const [digits = ""] = (hexadecimal ? /^[0-9a-fA-F]*/ : /^[0-9]*/).exec(text.slice(start)) ?? [];
	let value = 0;
	for (const digit of digits) if (value < HUGE_INTEGER) value = value * (hexadecimal ? 16 : 10) + parseInt(digit, 16);
	return {
		value: sign === "-" && value !== 0 ? -value : value,
		malformed: digits === "",
		length: start + digits.length,
	};
}

function stringAt(text: string): { value: string; malformed: boolean; length: number } {
	let value = "";
	let p = 1;
	for (; p < text.length && text[p] !== '"'; p++) {
		if (text[p] === "\\" && p + 1 < text.length) p++;
		value += text[p];
	}
	return { value, malformed: p === text.length, length: Math.min(p + 1, text.length) };
}

/** What follows the `=` of a set command, or undefined when it is more than PARAMS_MAX values. */
function split(text: string): Given[] | undefined {
	const found: Given[] = [];
	let p = 0;
	if (text === "") return found;
	for (;;) {
		if (found.length === PARAMS_MAX) return undefined;
		let value: Value;
		let malformed = false;
		if (p < text.length && text[p] !== ",") {
			const rest = text.slice(p);
			const it = rest[0] === '"' ? stringAt(rest) : integerAt(rest);
			({ value, malformed } = it);
			p += it.length;
		}
		if (p < text.length && text[p] !== ",") {
			malformed = true;
			while (p < text.length && text[p] !== ",") p++;
		}
		found.push({ value, malformed });
		if (p === text.length) return found;
		p++;
	}
}

interface Item {
	readonly kind: string;
	readonly optional: boolean;
	/** The bounds, or the strings of an enumeration. */
	readonly of: readonly (number | string)[];
}

function parse(descriptor: string): { items: Item[]; group: Item[] | undefined; times: number } {
	const items: Item[] = [];
	let group: Item[] | undefined;
	let times = 0;
	for (const [, optional, kind = "", rest = ""] of descriptor.matchAll(/(\??)([aisle*])((?:"[^"]*"|[^";])*);/g)) {
		const of = kind === "e" ? [...rest.matchAll(/"([^"]*)"/g)].map(it => it[1] ?? "") : rest.split(",").map(Number);
		if (kind === "*") {
			group = [];
			times = Number(rest);
		} else (group ?? items).push({ kind, optional: optional === "?", of });
	}
	return { items, group, times };
}

function countError(need: number, given: number): number {
	return ParamError.count | ((need & 0xff) << 8) | (given & 0xff);
}

/** @returns 0 or an error number */
function checkValue({ kind, of }: Item, { value, malformed }: Given, index: number): number {
	if (kind === "a") return malformed ? (typeof value === "string" ? ParamError.parse : ParamError.type) | index : 0;
	if (kind === "e" || kind === "s") {
		if (typeof value !== "string") return ParamError.type | index;
		if (malformed) return ParamError.parse | index;
		if (kind === "e") return of.includes(value) ? 0 : ParamError.invalid | index;
		return value.length < Number(of[0]) || value.length > Number(of[1]) ? ParamError.length | index : 0;
	}
	if (typeof value !== "number" || malformed) return ParamError.type | index;
	const [min, max] = kind === "l" ? [0, of[0]] : of;
	return value < Number(min) || value > Number(max) ? ParamError.invalid | index : 0;
}

/** @param line what follows the `=`, a binary string @returns the values for the handler, or an error number */
export function checkParams(descriptor: string, multiple: boolean, line: string): Checked | number {
	const given = split(line);
	if (given === undefined) return countError(PARAMS_MAX, PARAMS_MAX + 1);
	const { items, group, times } = parse(descriptor);
	const count = given.length;
	const own = items.filter(it => multiple || it.kind !== "l");
	const need = Math.max(0, ...own.map((it, at) => (it.optional ? 0 : at + 1)));
	const most = own.length + times * (group?.length ?? 0);
	if (count < need || count > most) return countError(count < need ? need : most, count);

	const values: Value[] = [];
	let index = 0;
	const take = (item: Item): number => {
		if (item.kind === "l" && !multiple) {
			values.push(0);
			return 0;
		}
		const it = given[index];
		if (it === undefined || it.value === undefined) {
			if (!item.optional) return countError(need, index);
			values.push(undefined);
		} else {
			const error = checkValue(item, it, index);
			if (error !== 0) return error;
			values.push(it.value);
		}
		index++;
		return 0;
	};
	for (const item of items) {
		const error = take(item);
		if (error !== 0) return error;
	}
	if (group === undefined) return { values, repeated: undefined };
	const plain = values.length;
	while (index < count)
		for (const item of group) {
			if (index === count) return countError(index + 1, count);
			const error = take(item);
			if (error !== 0) return error;
		}
	return { values, repeated: values.length - plain };
}

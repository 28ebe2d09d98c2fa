// SPDX-License-Identifier: Apache-2.0

/**
 * Text and binary strings. Neither XS without mxCESU8 (an astral character is one element) nor Node (it is two) is
 * assumed: surrogate pairs are joined here, wherever they come from.
 */

const REPLACEMENT = 0xfffd;

/** Calls `each` with every code point of a text; a lone surrogate is given as it is. */
function codePoints(text: string, each: (code: number) => void): void {
	let high = 0;
	for (const character of text) {
		const code = character.codePointAt(0) ?? 0;
		if (high !== 0) {
			if (code >= 0xdc00 && code <= 0xdfff) {
				each(0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00));
				high = 0;
				continue;
			}
			each(high);
			high = 0;
		}
		if (code >= 0xd800 && code <= 0xdbff) high = code;
		else each(code);
	}
	if (high !== 0) each(high);
}

/** A text's UTF-8 as a binary string. A lone surrogate becomes U+FFFD. */
export function utf8(text: string): string {
	let bytes = "";
	codePoints(text, point => {
		const code = point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
		if (code < 0x80) bytes += String.fromCharCode(code);
		else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
		else if (code < 0x10000)
			bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
		else
			bytes += String.fromCharCode(
				0xf0 | (code >> 18),
				0x80 | ((code >> 12) & 0x3f),
				0x80 | ((code >> 6) & 0x3f),
				0x80 | (code & 0x3f),
			);
	});
	return bytes;
}

/** The text of a binary string, or undefined when its bytes are not well-formed UTF-8. */
export function fromUtf8(bytes: string): string | undefined {
	let text = "";
	let i = 0;
	while (i < bytes.length) {
		const first = bytes.charCodeAt(i++);
		if (first < 0x80) {
			text += String.fromCharCode(first);
			continue;
		}
		const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
		if (first < 0xc2 || first > 0xf4 || i + more > bytes.length) return undefined;
		let code = first & (0x3f >> more);
		for (let n = 0; n < more; n++) {
			const next = bytes.charCodeAt(i++);
			if ((next & 0xc0) !== 0x80) return undefined;
			code = (code << 6) | (next & 0x3f);
		}
		const overlong = (more === 2 && code < 0x800) || (more === 3 && code < 0x10000);
		if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
		text += String.fromCodePoint(code);
	}
	return text;
}

/** XS counts characters from the start of a string that is not ASCII, so long ones are looked at in parts. */
const PART = 256;

/** A value's JSON in pure ASCII, so that it does not matter how the host turns strings into bytes. */
export function asciiJson(value: unknown): string {
	const json = JSON.stringify(value);
	const { length } = json;
	let ascii = "";
	for (let i = 0; i < length; i += PART) ascii += json.slice(i, i + PART).replace(/[^\x20-\x7e]/g, escapeCharacter);
	return ascii;
}

function escapeCharacter(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	if (code < 0x10000) return unicodeEscape(code);
	return unicodeEscape(0xd7c0 + (code >> 10)) + unicodeEscape(0xdc00 | (code & 0x3ff));
}

function unicodeEscape(unit: number): string {
	return "\\u" + unit.toString(16).padStart(4, "0");
}

/** Two lower-case hexadecimal digits per byte. */
export function toHex(bytes: string): string {
	let text = "";
	for (let i = 0; i < bytes.length; i++) text += bytes.charCodeAt(i).toString(16).padStart(2, "0");
	return text;
}

/** The binary string of hexadecimal digits, or undefined when it is anything else. */
export function fromHex(text: string): string | undefined {
	if (text.length % 2 !== 0 || !isHex(text)) return undefined;
	let bytes = "";
	for (let i = 0; i < text.length; i += 2) bytes += String.fromCharCode(parseInt(text.slice(i, i + 2), 16));
	return bytes;
}

export function isHex(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		if (!"0123456789abcdefABCDEF".includes(text.charAt(i))) return false;
	}
	return true;
}

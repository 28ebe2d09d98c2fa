// SPDX-License-Identifier: Apache-2.0

/** What modules/platform/binary.c does at the seam: strings are bytes, one character each. */

/** @throws RangeError for a character above U+00FF */
export function binary(text: string): string {
	for (let i = 0; i < text.length; i++)
		if (text.charCodeAt(i) > 0xff) throw new RangeError("character above U+00FF in a binary string");
	return text;
}

/** For C strings. @param max bytes @throws RangeError for more, and for a NUL, which C would end at */
export function cText(text: string, max: number): string {
	if (binary(text).length > max || text.includes("\0")) throw new RangeError("string too long");
	return text;
}

// SPDX-License-Identifier: Apache-2.0

/** Sub-codes of an error number, bits 23..16 (guide 3.1.24). */
export const SubCode = Object.freeze({
	noAt: 0x03,
	length: 0x04,
	type: 0x05,
	count: 0x06,
	invalid: 0x07,
	parse: 0x08,
	unsupported: 0x09,
	failed: 0x0a,
	busy: 0x0b,
	operation: 0x0c,
});

/** `0x01 << 24 | subCode << 16 | extension` */
export function errorNumber(subCode: number, extension = 0): number {
	return 0x01000000 | (subCode << 16) | extension;
}

/** Ends a command with ERROR; with AT+SYSLOG=1 its number is told before. */
export class AtError extends Error {
	readonly number: number;

	constructor(number: number) {
		super();
		this.number = number;
	}
}

/** The command could not be carried out. @param reason 0..0xffff, extension of sub-code 0x0a */
export function failed(reason = 0): AtError {
	return new AtError(errorNumber(SubCode.failed, reason));
}

/** Parameters are missing that this command needs here, as C says it where they are always needed. */
export function tooFew(wanted: number, given: number): AtError {
	return new AtError(errorNumber(SubCode.count, (wanted << 8) | given));
}

/** A parameter is well formed but means nothing here. @param index of the parameter, from 0 */
export function invalid(index: number): AtError {
	return new AtError(errorNumber(SubCode.invalid, index));
}

/** Of a host, a name, a label: nothing of the kind holds a NUL, and C would end it there. @throws AtError as invalid() */
export function refuseNul(text: string | undefined, index: number): void {
	if (text?.includes("\0")) throw invalid(index);
}

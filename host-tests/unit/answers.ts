// SPDX-License-Identifier: Apache-2.0

/** What the device says so often that tests give it a name. */

export const OK = "\r\nOK\r\n";
export const ERROR = "\r\nERROR\r\n";
export const BUSY = "\r\nbusy p...\r\n";
export const PROMPT = "\r\nOK\r\n\r\n>";

/** ERROR with its number, as after AT+SYSLOG=1. */
export function errorNumber(number: number): string {
	return `ERR CODE:0x${number.toString(16).padStart(8, "0")}\r\n\r\nERROR\r\n`;
}

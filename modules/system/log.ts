// SPDX-License-Identifier: Apache-2.0

/**
 * Says a line on the log port: UART0, or stderr of the twin. XS's own trace() is silent in every build without its
 * debugger, so also on the chip and in the twin.
 */
export function log(this: unknown, text: string): void {
	return native("xs_log").call(this, text);
}

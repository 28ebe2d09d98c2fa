// SPDX-License-Identifier: Apache-2.0
/** An example of a command of your own: copy this file, and see docs/commands.md. Its test: host-tests/unit/custom/example.test.ts */

import { command, commands, int, optional, params, str } from "core/command";

/**
 * AT+HELLO=<times>[,<"name">] greets once for each of times; AT+HELLO greets once.
 *
 * 	AT+HELLO=2,"you"
 * 	+HELLO:hello you
 * 	+HELLO:hello you
 *
 * 	OK
 */
export default commands(
	command("AT+HELLO", {
		execute: at => at.reply("hello world"),
		set: params(int("times", 1, 10), optional(str("name", 32))).run((at, times, name = "world") => {
			for (let i = 0; i < times; i++) at.reply(`hello ${name}`);
		}),
	}),
	/* AT+PARROT=<length>: a data phase, then what came in it. */
	command("AT+PARROT", {
		set: params(int("length", 1, 1024)).run(async (at, length) => {
			const data = await at.prompt(length);
			at.reply(`${data.length},${data}`);
		}),
	}),
);

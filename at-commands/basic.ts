// SPDX-License-Identifier: Apache-2.0
/** Basic commands (guide 3.1). */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, params } from "core/command";
import { failed } from "core/errors";
import { BAUD_MAX, BAUD_MIN, change, settings } from "core/settings";
import { version } from "core/version";

const at = command("AT", { execute: () => {} });

const echoOff = command("ATE0", { execute: it => it.port.echo(false) });

const echoOn = command("ATE1", { execute: it => it.port.echo(true) });

const reset = command("AT+RST", { execute: it => it.port.restart() });

/** The module's name, where the manufacturing data have none (User Guide 6.7), and the longest that is shown. */
const MODULE_NAME = "MINI";
const MODULE_NAME_MAX = 32;

/** What would not stay on its line is no name. */
function moduleName({ settings: values }: At): string {
	const name = values.factory("module_name");
	if (typeof name !== "string" || name === "" || name.length > MODULE_NAME_MAX) return MODULE_NAME;
	for (const character of name) if (character < " " || character > "~") return MODULE_NAME;
	return name;
}

/** guide 3.1.4; drivers look for `(` and ` - ESP32S2 - ` (wire-format.md). */
const versionInformation = command("AT+GMR", {
	execute(it) {
		const [commit, date, system] = it.capabilities.system.build();
		it.write(`AT version:${version.protocol}(${commit} - ESP32S2 - ${date})\r\n`);
		it.write(`SDK version:${system}\r\n`);
		it.write(`compile time(${commit}):${date}\r\n`);
		it.write(`Bin version:xs-at-${version.firmware}(${moduleName(it)})\r\n`);
	},
});

/** How many lines of AT+CMD? are written before the transmit ring is looked at again. */
const COMMANDS_AT_ONCE = 16;

const list = command("AT+CMD", {
	async query(it) {
		let index = 0;
		for (const { name, query, set, execute } of it.capabilities.commands) {
			if (index > 0 && index % COMMANDS_AT_ONCE === 0) await it.drained();
			it.reply(`${index},"${name}",${set ? 1 : 0},${query ? 1 : 0},${set ? 1 : 0},${execute ? 1 : 0}`);
			index++;
		}
	},
});

/** guide 3.1.8: everything stored is erased, then the device restarts. */
const restore = command("AT+RESTORE", {
	execute(it) {
		it.settings.restore();
		it.port.restart();
	},
});

type UartValues = [baud: number, dataBits: number, stopBits: number, parity: number, flow: number];

const uartParams = params(
	int("baudrate", BAUD_MIN, BAUD_MAX),
	int("databits", 5, 8),
	int("stopbits", 1, 3),
	int("parity", 0, 2),
	int("flow control", 0, 3),
);

/** guide 3.1.11: OK at the old rate, then the change. */
const uartCurrent = command("AT+UART_CUR", {
	query: it => it.reply(it.port.configuration().join(",")),
	set: uartParams.run((it, ...values) => it.port.configure(...values)),
});

function storeUart(it: At, values: UartValues): void {
	const [rate, dataBits, stopBits, parity, flow] = values;
	const stored = it.settings.storeAll(
		change(settings.uartRate, rate),
		change(settings.uartDataBits, dataBits),
		change(settings.uartStopBits, stopBits),
		change(settings.uartParity, parity),
		change(settings.uartFlow, flow),
	);
	if (!stored) throw failed();
	it.port.configure(...values);
}

function storedUart({ settings: store }: At): string {
	const { uartRate, uartDataBits, uartStopBits, uartParity, uartFlow } = settings;
	return [uartRate, uartDataBits, uartStopBits, uartParity, uartFlow].map(it => store.stored(it)).join(",");
}

/** guide 3.1.12: stored, and in force from now on. */
const uartDefault = command("AT+UART_DEF", {
	query: it => it.reply(storedUart(it)),
	set: uartParams.run((it, ...values) => storeUart(it, values)),
});

/** The undocumented third form (ambiguities.md, B29): asks for the current, sets the default. */
const uart = command("AT+UART", {
	query: it => it.reply(it.port.configuration().join(",")),
	set: uartParams.run((it, ...values) => storeUart(it, values)),
});

/** guide 3.1.14 */
const memory = command("AT+SYSRAM", {
	query: it => it.reply(it.capabilities.system.memory().join(",")),
});

/** guide 3.1.15; what the bits do is in core/events.ts, link/link.ts and core/dispatcher.ts. */
const systemMessages = command("AT+SYSMSG", {
	query: it => it.reply(it.settings.get(settings.sysmsg)),
	set: params(int("state", 0, 7)).run((it, state) => {
		if (!it.settings.set(settings.sysmsg, state)) throw failed();
	}),
});

/** guide 3.1.24 */
const errorNumbers = command("AT+SYSLOG", {
	query: it => it.reply(it.settings.get(settings.syslog)),
	set: params(int("status", 0, 1)).run((it, status) => {
		it.settings.set(settings.syslog, status);
		it.port.errorNumbers(status === 1);
	}),
});

/** guide 3.1.26; what it decides is the policy "sysstore" in core/settings.ts. */
const storeMode = command("AT+SYSSTORE", {
	query: it => it.reply(it.settings.get(settings.sysstore)),
	set: params(int("store_mode", 0, 1)).run((it, mode) => {
		it.settings.set(settings.sysstore, mode);
	}),
});

export const basic: readonly Command[] = Object.freeze([
	at,
	echoOff,
	echoOn,
	reset,
	versionInformation,
	list,
	restore,
	uartCurrent,
	uartDefault,
	uart,
	memory,
	systemMessages,
	errorNumbers,
	storeMode,
]);

// SPDX-License-Identifier: Apache-2.0

import { boot, type BootOptions, type Device } from "../shims/device";
import { At } from "core/at";
import type { Command } from "core/command";
import { Dispatcher } from "core/dispatcher";
import { Settings, settings } from "core/settings";
import { Port } from "port/port";
import { Store } from "store/store";

const at0 = Object.freeze({ name: "ATE0", execute: (at: At) => at.port.echo(false) });

/** A device that has these commands and ATE0, and nothing else: no Wi-Fi, no links. */
export function bootOnly(
	commands: readonly Command[],
	options: BootOptions = {},
): { device: Device; dispatcher: Dispatcher; at: At } {
	let dispatcher!: Dispatcher;
	let at!: At;
	const main = (): void => {
		const values = new Settings(new Store());
		dispatcher = new Dispatcher(new Map([at0, ...commands].map(it => [it.name, it])));
		const port = new Port(dispatcher.line, dispatcher.event, dispatcher.fail, dispatcher);
		port.open(values.get(settings.uartRate), 8, 1, 0, 0);
		at = new At(port, values);
		dispatcher.at = at;
		port.start();
	};
	const device = boot({ main, ...options });
	return { device, dispatcher, at };
}

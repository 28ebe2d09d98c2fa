// SPDX-License-Identifier: Apache-2.0

import { addresses } from "at-commands/addresses";
import { basic } from "at-commands/basic";
import { custom } from "at-commands/custom";
import { device } from "at-commands/device";
import { flashCommands } from "at-commands/flash";
import { links } from "at-commands/links";
import { network } from "at-commands/network";
import { power } from "at-commands/power";
import { messageFilter } from "at-commands/message-filter";
import { powerUp } from "at-commands/power-up";
import { radio } from "at-commands/radio";
import { receiving } from "at-commands/receiving";
import { scanning } from "at-commands/scan";
import { sending } from "at-commands/sending";
import { serving } from "at-commands/server";
import { softAp } from "at-commands/softap";
import { wifi } from "at-commands/wifi";
import type { Command, CommandFile } from "core/command";

/** @throws TypeError that names the file of a command which has another's name */
export function tabulate(own: readonly CommandFile[], ...sets: (readonly Command[])[]): ReadonlyMap<string, Command> {
	const map = new Map<string, Command>();
	const add = (commands: readonly Command[], file: string): void => {
		for (const it of commands) {
			if (map.has(it.name)) throw new TypeError(`${file}: ${it.name} is declared already`);
			map.set(it.name, it);
		}
	};
	for (const set of sets) add(set, "at-commands");
	for (const it of own) add(it.commands, it.file);
	return map;
}

/** Every command that is built in. Made while modules are preloaded, so on the chip it lies in flash. */
export const table: ReadonlyMap<string, Command> = tabulate(
	custom,
	basic,
	power,
	device,
	messageFilter,
	flashCommands,
	powerUp,
	wifi,
	scanning,
	softAp,
	addresses,
	radio,
	network,
	links,
	sending,
	receiving,
	serving,
);

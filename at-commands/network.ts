// SPDX-License-Identifier: Apache-2.0
/** Addresses and names (guide 3.3). */

import type { Command } from "core/command";
import { command, int, params } from "core/command";
import { failed } from "core/errors";
import { settings } from "core/settings";

const STATION = 1;
const SOFTAP = 2;

/** guide 3.3.14: only what there is. */
const localAddresses = command("AT+CIFSR", {
	execute(it) {
		const mode = it.settings.get(settings.wifiMode);
		if (mode & SOFTAP) it.reply(`APMAC,"${it.wifi.mac(1)}"`);
		if (mode & STATION) {
			it.reply(`STAIP,"${it.wifi.address()[0]}"`);
			it.reply(`STAMAC,"${it.wifi.mac(0)}"`);
		}
	},
});

/** guide 3.3.2 */
const ipv6 = command("AT+CIPV6", {
	query: it => it.reply(it.settings.get(settings.ipv6)),
	set: params(int("enable", 0, 1)).run((it, enable) => {
		if (!it.settings.set(settings.ipv6, enable)) throw failed();
	}),
});

export const network: readonly Command[] = Object.freeze([localAddresses, ipv6]);

// SPDX-License-Identifier: Apache-2.0
/** What the radio may do in the air: protocols and country (guide 3.2). */

import { requireDriver } from "at-commands/wifi";
import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, params, str } from "core/command";
import { failed, invalid, refuseNul } from "core/errors";
import type { Setting } from "core/settings";
import { change, settings } from "core/settings";
import { CHANNELS } from "wifi/wifi";
import { Interface } from "wifi/wifi-native";

/** 802.11b, bg and bgn: the radio knows no other mixtures (esp_wifi_set_protocol). */
const PROTOCOLS = Object.freeze([1, 3, 7]);

function setProtocol(it: At, which: number, setting: Setting<number>, bits: number): void {
	requireDriver(it);
	if (!PROTOCOLS.includes(bits)) throw invalid(0);
	const use = (): boolean => it.wifi.radio.setProtocol(which, it.settings.get(setting));
	if (!it.settings.attempt(use, change(setting, bits))) throw failed();
}

/** guide 3.2.16 */
const softApProtocol = command("AT+CWAPPROTO", {
	query: it => it.reply(it.settings.get(settings.softApProtocol)),
	set: params(int("protocol", 1, 7)).run((it, bits) =>
		setProtocol(it, Interface.softAp, settings.softApProtocol, bits),
	),
});

/** guide 3.2.17 */
const stationProtocol = command("AT+CWSTAPROTO", {
	query: it => it.reply(it.settings.get(settings.stationProtocol)),
	set: params(int("protocol", 1, 7)).run((it, bits) =>
		setProtocol(it, Interface.station, settings.stationProtocol, bits),
	),
});

/** guide 3.2.27. Not stored: it begins with the manufacturing data's. */
const country = command("AT+CWCOUNTRY", {
	query(it) {
		const [manual, code, first, count] = it.wifi.radio.country();
		it.reply(`${manual},"${code}",${first},${count}`);
	},
	set: params(
		int("country_policy", 0, 1),
		str("country_code", 3, 2),
		int("start_channel", 1, CHANNELS),
		int("total_channel_count", 1, CHANNELS),
	).run((it, manual, code, first, count) => {
		requireDriver(it);
		refuseNul(code, 1);
		if (first + count - 1 > CHANNELS) throw invalid(3);
		if (!it.wifi.radio.setCountry(manual === 1, code, first, count)) throw failed();
	}),
});

export const radio: readonly Command[] = Object.freeze([softApProtocol, stationProtocol, country]);

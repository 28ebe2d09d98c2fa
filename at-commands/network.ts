// SPDX-License-Identifier: Apache-2.0
/** Addresses and names (guide 3.3). */

import { Reason, requireNetwork } from "at-commands/links";
import type { At } from "core/at";
import type { Command } from "core/command";
import { aliases, command, int, optional, params, str } from "core/command";
import { failed, invalid, refuseNul } from "core/errors";
import { change, settings } from "core/settings";
import { LinkError } from "link/link";
import { Family } from "link/link-native";
import { Echo } from "net/network-native";
import { Interface } from "wifi/wifi-native";

/** guide 3.3.14: only what there is. */
const localAddresses = command("AT+CIFSR", {
	execute(it) {
		const mode = it.settings.get(settings.wifiMode);
		if (mode & Interface.softAp) {
			const [ip, , , linkLocal] = it.softAp.address();
			it.reply(`APIP,"${ip}"`);
			if (linkLocal !== "") it.reply(`APIP6LL,"${linkLocal}"`);
			it.reply(`APMAC,"${it.wifi.radio.mac(Interface.softAp)}"`);
		}
		if (mode & Interface.station) {
			const [ip, , , linkLocal, global] = it.wifi.address();
			it.reply(`STAIP,"${ip}"`);
			if (linkLocal !== "") it.reply(`STAIP6LL,"${linkLocal}"`);
			if (global !== "") it.reply(`STAIP6GL,"${global}"`);
			it.reply(`STAMAC,"${it.wifi.radio.mac(Interface.station)}"`);
		}
	},
});

/** guide 3.3.2 */
const ipv6 = command("AT+CIPV6", {
	query: it => it.reply(it.settings.get(settings.ipv6)),
	set: params(int("enable", 0, 1)).run((it, enable) => {
		const use = (): boolean => it.wifi.radio.setIPv6(it.settings.get(settings.ipv6) === 1);
		if (!it.settings.attempt(use, change(settings.ipv6, enable))) throw failed();
	}),
});

/** ms for a look-up that names no time of its own. */
const LOOK_UP_TIME = 15000;

/** guide 3.3.5 */
const domain = command("AT+CIPDOMAIN", {
	set: params(str("domain name", 255, 1), optional(int("ip network", 1, 3)), optional(int("timeout", 0, 60000))).run(
		async (it, host, family = 1, timeout = 0) => {
			refuseNul(host, 0);
			requireNetwork(it);
			const answer = await it.network.inquire(host, familyOf(it, family), timeout || LOOK_UP_TIME, 0);
			if (answer.address === "") throw failed(answer.timeout ? LinkError.timeout : LinkError.name);
			it.reply(`"${answer.address}"`);
		},
	),
});

/** 1: IPv4 rather than IPv6, 2: IPv4, 3: IPv6. */
function familyOf(it: At, choice: number): number {
	const v6 = it.settings.get(settings.ipv6) === 1;
	if (choice === 3 && !v6) throw failed(Reason.noNetwork);
	if (choice === 3) return Family.v6;
	return choice === 1 && v6 ? Family.preferV4 : Family.v4;
}

/** ms to wait for an echo. */
const ECHO_TIME = 4000;

/** guide 3.3.36 */
const ping = command("AT+PING", {
	set: params(str("host", 64, 1)).run(async (it, host) => {
		refuseNul(host, 0);
		requireNetwork(it);
		if (it.links.io.family(host) === 6 && it.settings.get(settings.ipv6) === 0) throw failed(Reason.noNetwork);
		const answer = await it.network.inquire(host, familyOf(it, 1), LOOK_UP_TIME, ECHO_TIME);
		if (answer.echo === Echo.notPermitted) throw failed(Reason.notPermitted);
		if (answer.address === "" || answer.echo !== Echo.answered) {
			it.last(`${it.name.slice(2)}:TIMEOUT\r\n`);
			throw failed(answer.address === "" && !answer.timeout ? LinkError.name : LinkError.timeout);
		}
		it.reply(answer.elapsed);
	}),
});

const ADDRESS_MAX = 39;

function setServers(it: At, enable: number, ...given: (string | undefined)[]): void {
	const list = given.filter(text => text !== undefined && text !== "") as string[];
	if (enable === 1)
		for (const [index, text] of given.entries()) {
			if (text === undefined || text === "") continue;
			if (it.links.io.family(text) === 0 || list.indexOf(text) !== list.lastIndexOf(text))
				throw invalid(index + 1);
		}
	const stored = it.settings.setAll(
		change(settings.dnsManual, enable),
		change(settings.dnsServers, enable === 1 ? list.join(",") : ""),
	);
	if (!stored) throw failed();
	it.network.useServers();
}

/** guide 3.3.37; with 0 the addresses mean nothing. */
const servers = command("AT+CIPDNS", {
	query(it) {
		const list = it.network.servers().map(address => `,"${address}"`);
		it.reply(`${it.settings.get(settings.dnsManual)}${list.join("")}`);
	},
	set: params(
		int("enable", 0, 1),
		optional(str("DNS IP1", ADDRESS_MAX)),
		optional(str("DNS IP2", ADDRESS_MAX)),
		optional(str("DNS IP3", ADDRESS_MAX)),
	).run(setServers),
});

export const network: readonly Command[] = Object.freeze([
	localAddresses,
	ipv6,
	domain,
	ping,
	servers,
	...aliases(servers, "AT+CIPDNS_CUR", "AT+CIPDNS_DEF"),
]);

// SPDX-License-Identifier: Apache-2.0
/** The access point that this device is, and its stations (guide 3.2). */

import { isMac, requireSoftAp } from "at-commands/wifi";
import type { At } from "core/at";
import type { Command } from "core/command";
import { aliases, command, int, optional, params, str } from "core/command";
import { AtError, errorNumber, failed, invalid, SubCode, tooFew } from "core/errors";
import { change, settings } from "core/settings";
import { IPV4_LENGTH, isHost, NO_IPV4, parseIpv4, sameNetwork } from "net/ipv4";
import { CLIENTS_MAX } from "wifi/softap-native";
import { CHANNELS } from "wifi/wifi";

const OPEN = 0;
const WEP = 1;
const PASSWORD_MIN = 8;

function configure(
	it: At,
	ssid: string,
	password: string,
	channel: number,
	security: number,
	maximum = CLIENTS_MAX,
	hidden = 0,
): void {
	const { settings: values, softAp } = it;
	requireSoftAp(it);
	if (security === WEP) throw invalid(3);
	if (security === OPEN ? password.length > 0 && password.length < PASSWORD_MIN : password.length < PASSWORD_MIN)
		throw new AtError(errorNumber(SubCode.length, 1));
	const done = values.attempt(
		/* The radio refuses a channel that the country does not have. */
		() => softAp.configure(),
		change(settings.softApSsid, ssid),
		change(settings.softApPassword, password),
		change(settings.softApChannel, channel),
		change(settings.softApSecurity, security),
		change(settings.softApMaximum, maximum),
		change(settings.softApHidden, hidden),
	);
	if (!done) throw failed();
}

/** guide 3.2.10 */
const configuration = command("AT+CWSAP", {
	query(it) {
		const { settings: values, softAp } = it;
		const rest = [
			settings.softApChannel,
			settings.softApSecurity,
			settings.softApMaximum,
			settings.softApHidden,
		].map(setting => values.get(setting));
		it.reply(`"${softAp.ssid}","${values.get(settings.softApPassword)}",${rest.join(",")}`);
	},
	set: params(
		str("ssid", 32, 1),
		str("pwd", 63),
		int("chl", 1, CHANNELS),
		int("ecn", 0, 4),
		optional(int("max conn", 1, CLIENTS_MAX)),
		optional(int("ssid hidden", 0, 1)),
	).run(configure),
});

/** guide 3.2.11 */
const stations = command("AT+CWLIF", {
	execute(it) {
		requireSoftAp(it);
		for (const [mac, ip] of it.softAp.clients()) if (ip !== NO_IPV4) it.reply(`${ip},${mac}`);
	},
});

/** guide 3.2.12 */
const expel = command("AT+CWQIF", {
	set: params(str("mac", 17)).run((it, mac) => {
		requireSoftAp(it);
		if (!isMac(mac)) throw invalid(0);
		if (!it.softAp.expel(mac)) throw failed();
	}),
	execute(it) {
		requireSoftAp(it);
		for (const [mac] of it.softAp.clients()) it.softAp.expel(mac);
	},
});

/* --- AT+CWDHCPS --- */

/** What the IDF's DHCP server takes: no fewer than two addresses, and no more than WIFI_LEASES. */
const LEASES_MIN = 2;
const LEASES_MAX = 100;

/** In the SoftAP's network, without its own address. @returns the wrong parameter */
function wrongRange(it: At, start: string, end: string): number | undefined {
	const [ip = 0, , mask = 0] = it.softAp.address().map(parseIpv4);
	const first = parseIpv4(start);
	const last = parseIpv4(end);
	const fits = (value: number | undefined): value is number =>
		value !== undefined && sameNetwork(value, ip, mask) && isHost(value, mask);
	if (!fits(first)) return 2;
	const count = fits(last) ? last - first + 1 : 0;
	if (!fits(last) || count < LEASES_MIN || count > LEASES_MAX) return 3;
	return ip >= first && ip <= last ? 2 : undefined;
}

function setLeases(it: At, enable: number, minutes?: number, first?: string, last?: string): void {
	const { settings: values, softAp } = it;
	requireSoftAp(it);
	if (!softAp.serves) throw failed();
	let leases = "";
	if (enable === 1) {
		if (minutes === undefined || first === undefined || last === undefined) throw tooFew(4, 1);
		const wrong = wrongRange(it, first, last);
		if (wrong !== undefined) throw invalid(wrong);
		leases = `${minutes},${first},${last}`;
	} else if (minutes !== undefined || first !== undefined || last !== undefined) throw invalid(1);
	if (!values.attempt(() => softAp.useLeases(), change(settings.softApLeases, leases))) throw failed();
}

/** guide 3.2.14 */
const leases = command("AT+CWDHCPS", {
	query(it) {
		const [minutes, first, last] = it.softAp.leases();
		it.reply(`${minutes},"${first}","${last}"`);
	},
	set: params(
		int("enable", 0, 1),
		optional(int("lease time", 1, 2880)),
		optional(str("start IP", IPV4_LENGTH)),
		optional(str("end IP", IPV4_LENGTH)),
	).run(setLeases),
});

export const softAp: readonly Command[] = Object.freeze([
	configuration,
	...aliases(configuration, "AT+CWSAP_CUR", "AT+CWSAP_DEF"),
	stations,
	expel,
	leases,
]);

// SPDX-License-Identifier: Apache-2.0
/** Addresses of the two interfaces (guide 3.2). */

import { isMac, requireDriver, requireSoftAp, requireStation } from "at-commands/wifi";
import type { At } from "core/at";
import type { Command } from "core/command";
import { aliases, command, int, optional, params, str } from "core/command";
import { failed, invalid, tooFew } from "core/errors";
import type { Change, Setting } from "core/settings";
import { change, settings } from "core/settings";
import { formatIpv4, IPV4_LENGTH, isHost, isNetmask, NO_IPV4, parseIpv4, sameNetwork } from "net/ipv4";
import { Interface } from "wifi/wifi-native";

const NETMASK = 0xffffff00;
/** @param gateway of an IPv4 address that names none @returns text of the setting */
function address(ip: string, gateway: string | undefined, netmask: string | undefined, own: boolean): string {
	if ((gateway === undefined) !== (netmask === undefined)) throw tooFew(3, 2);
	const mask = netmask === undefined ? NETMASK : parseIpv4(netmask);
	const value = parseIpv4(ip);
	if (mask === undefined || !isNetmask(mask)) throw invalid(2);
	if (value === undefined || !isHost(value, mask)) throw invalid(0);
	const fallback = own ? value : ((value & mask) >>> 0) + 1;
	const router = gateway === undefined ? fallback : parseIpv4(gateway);
	if (router === undefined || !isHost(router, mask) || !sameNetwork(router, value, mask)) throw invalid(1);
	return `${ip},${formatIpv4(router)},${formatIpv4(mask)}`;
}

function show(it: At, [ip, gateway, netmask]: readonly string[]): void {
	it.reply(`ip:"${ip}"`);
	it.reply(`gateway:"${gateway}"`);
	it.reply(`netmask:"${netmask}"`);
}

/* --- the station --- */

/** guide 3.2.20; a static address is shown also while there is no access point. */
const stationAddress = command("AT+CIPSTA", {
	query(it) {
		const [ip, gateway, netmask, linkLocal, global] = it.wifi.address();
		const fixed = it.wifi.staticAddress();
		show(it, fixed.length > 0 ? fixed : [ip, gateway, netmask]);
		if (linkLocal !== "") it.reply(`ip6ll:"${linkLocal}"`);
		if (global !== "") it.reply(`ip6gl:"${global}"`);
	},
	set: params(
		str("ip", IPV4_LENGTH),
		optional(str("gateway", IPV4_LENGTH)),
		optional(str("netmask", IPV4_LENGTH)),
	).run((it, ip, gateway, netmask) => {
		requireStation(it);
		const done = it.settings.attempt(
			() => it.wifi.useAddress(),
			change(settings.stationAddress, address(ip, gateway, netmask, false)),
			change(settings.dhcp, it.settings.get(settings.dhcp) & ~Interface.station),
		);
		if (!done) throw failed();
	}),
});

/* --- the SoftAP --- */

/**
 * guide 3.2.21. Its DHCP server goes on, with the default range of the new network: as ESP-AT does (its issue 950),
 * where the guide's note would end it.
 */
const softApAddress = command("AT+CIPAP", {
	query(it) {
		const [ip, gateway, netmask, linkLocal] = it.softAp.address();
		show(it, [ip, gateway, netmask]);
		if (linkLocal !== "") it.reply(`ip6ll:"${linkLocal}"`);
	},
	set: params(
		str("ip", IPV4_LENGTH),
		optional(str("gateway", IPV4_LENGTH)),
		optional(str("netmask", IPV4_LENGTH)),
	).run((it, ip, gateway, netmask) => {
		requireSoftAp(it);
		const done = it.settings.attempt(
			() => it.softAp.useAddress(),
			change(settings.softApAddress, address(ip, gateway, netmask, true)),
			change(settings.softApLeases, ""),
			change(settings.dhcp, it.settings.get(settings.dhcp) | Interface.softAp),
		);
		if (!done) throw failed();
	}),
});

/* --- both --- */

/**
 * Without DHCP a station keeps the address it has, as a static one; one that has none stays without.
 * @param bits the interfaces @returns what changes with AT+CWDHCP
 */
function dhcpChanges(it: At, on: boolean, bits: number): Change[] {
	const { settings: values, wifi } = it;
	const before = values.get(settings.dhcp);
	const changes: Change[] = [change(settings.dhcp, on ? before | bits : before & ~bits)];
	if ((bits & Interface.station) === 0) return changes;
	if (on) changes.push(change(settings.stationAddress, ""));
	else if (before & Interface.station) {
		const [ip, gateway, netmask] = wifi.address();
		if (ip !== NO_IPV4) changes.push(change(settings.stationAddress, `${ip},${gateway},${netmask}`));
	}
	return changes;
}

/** guide 3.2.13 */
const dhcp = command("AT+CWDHCP", {
	query: it => it.reply(it.settings.get(settings.dhcp)),
	set: params(int("operate", 0, 1), int("mode", 1, 3)).run((it, operate, bits) => {
		requireDriver(it);
		const use = (): boolean =>
			((bits & Interface.station) === 0 || it.wifi.useAddress()) &&
			((bits & Interface.softAp) === 0 || it.softAp.useLeases());
		if (!it.settings.attempt(use, ...dhcpChanges(it, operate === 1, bits))) throw failed();
	}),
});

/* --- MAC addresses --- */

const GROUP_BIT = 1;

function setMac(it: At, which: number, setting: Setting<string>, text: string): void {
	const { radio } = it.wifi;
	requireDriver(it);
	const mac = text.toLowerCase();
	const isUsable = isMac(mac) && (parseInt(mac.slice(0, 2), 16) & GROUP_BIT) === 0 && mac !== "00:00:00:00:00:00";
	if (!isUsable || mac === radio.mac(which ^ (Interface.station | Interface.softAp))) throw invalid(0);
	const before = radio.mac(which);
	if (!radio.setMac(which, mac)) throw failed();
	if (!it.settings.set(setting, mac)) {
		radio.setMac(which, before);
		throw failed();
	}
	if (which === Interface.softAp) it.softAp.macChanged();
	else it.wifi.restarted();
}

/** guide 3.2.18 */
const stationMac = command("AT+CIPSTAMAC", {
	query: it => it.reply(`"${it.wifi.radio.mac(Interface.station)}"`),
	set: params(str("mac", 17)).run((it, mac) => setMac(it, Interface.station, settings.stationMac, mac)),
});

/** guide 3.2.19 */
const softApMac = command("AT+CIPAPMAC", {
	query: it => it.reply(`"${it.wifi.radio.mac(Interface.softAp)}"`),
	set: params(str("mac", 17)).run((it, mac) => setMac(it, Interface.softAp, settings.softApMac, mac)),
});

export const addresses: readonly Command[] = Object.freeze([
	stationAddress,
	...aliases(stationAddress, "AT+CIPSTA_CUR", "AT+CIPSTA_DEF"),
	softApAddress,
	...aliases(softApAddress, "AT+CIPAP_CUR", "AT+CIPAP_DEF"),
	dhcp,
	...aliases(dhcp, "AT+CWDHCP_CUR", "AT+CWDHCP_DEF"),
	stationMac,
	...aliases(stationMac, "AT+CIPSTAMAC_CUR", "AT+CIPSTAMAC_DEF"),
	softApMac,
	...aliases(softApMac, "AT+CIPAPMAC_CUR", "AT+CIPAPMAC_DEF"),
]);

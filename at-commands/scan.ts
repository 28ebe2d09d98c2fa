// SPDX-License-Identifier: Apache-2.0
/** Looking for access points (guide 3.2.7, 3.2.8). */

import { isMac, requireStation } from "at-commands/wifi";
import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, optional, params, str } from "core/command";
import { failed, invalid } from "core/errors";
import { settings } from "core/settings";
import type { Found } from "wifi/scan-native";
import { CHANNELS } from "wifi/wifi";

const DEFAULT_SIGNAL = -100;
const ALL_SECURITIES = 0xffff;

/** guide 3.2.7; the first parameter means nothing (ambiguities.md, B3). */
const options = command("AT+CWLAPOPT", {
	set: params(
		optional(int("reserved", -0x80000000, 0x7fffffff)),
		int("print mask", 0, 0x7ff),
		optional(int("rssi filter", -100, 40)),
		optional(int("authmode mask", 0, 0xffff)),
	).run((it, _reserved, mask, signal = DEFAULT_SIGNAL, securities = ALL_SECURITIES) => {
		it.settings.set(settings.scanMask, mask);
		it.settings.set(settings.scanSignal, signal);
		it.settings.set(settings.scanSecurity, securities);
	}),
});

/** Two fields that are reserved, and read so on ESP-AT. */
const RESERVED = -1;

/** The fields in the order of the mask's bits. */
function show(found: Found, mask: number): string {
	const [security, ssid, signal, bssid, channel, pairwise, group, protocol, wps] = found;
	const fields = [
		security,
		`"${ssid}"`,
		signal,
		`"${bssid}"`,
		channel,
		RESERVED,
		RESERVED,
		pairwise,
		group,
		protocol,
		wps,
	];
	return `(${fields.filter((_, bit) => mask & (1 << bit)).join(",")})`;
}

/** Lines between two looks at the transmit ring: a line has at most 140 bytes. */
const LINES = 8;

const PASSIVE = 1;

/** Checks at once, so that a wrong command does not make the port busy. */
function list(it: At, ssid = "", bssid = "", channel = 0, type = 0, least = 0, most = 0): Promise<void> {
	requireStation(it);
	if (bssid !== "" && !isMac(bssid)) throw invalid(1);
	/* The guide: a passive scan has no least time. */
	if (type !== PASSIVE && most !== 0 && least > most) throw invalid(5);
	const { scan } = it.capabilities;
	return scan
		.run(ssid, bssid, channel, type === PASSIVE, least, most)
		.then(complete => tell(it, complete))
		.finally(() => scan.forget());
}

async function tell(it: At, complete: boolean): Promise<void> {
	const { scan } = it.capabilities;
	if (!complete) throw failed();
	const mask = it.settings.get(settings.scanMask);
	const weakest = it.settings.get(settings.scanSignal);
	const securities = it.settings.get(settings.scanSecurity);
	let lines = 0;
	for (let i = 0, found = scan.found(0); found !== undefined; found = scan.found(++i)) {
		const [security, , signal] = found;
		if (signal < weakest || (securities & (1 << security)) === 0) continue;
		it.reply(show(found, mask));
		if (++lines % LINES === 0) await it.drained();
	}
}

/** guide 3.2.8 */
const listAccessPoints = command("AT+CWLAP", {
	set: params(
		optional(str("ssid", 32)),
		optional(str("mac", 17)),
		optional(int("channel", 0, CHANNELS)),
		optional(int("scan_type", 0, 1)),
		optional(int("scan_time_min", 0, 1500)),
		optional(int("scan_time_max", 0, 1500)),
	).run(list),
	execute: it => list(it),
});

export const scanning: readonly Command[] = Object.freeze([options, listAccessPoints]);

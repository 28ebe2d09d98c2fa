// SPDX-License-Identifier: Apache-2.0
/** The radio and its station (guide 3.2). */

import { Reason } from "at-commands/links";
import type { At } from "core/at";
import type { Command } from "core/command";
import { aliases, command, int, optional, params, str } from "core/command";
import { AtError, errorNumber, failed, invalid, refuseNul, SubCode } from "core/errors";
import { change, settings } from "core/settings";
import { SleepMode } from "power/power";
import { log } from "system/log";
import { Interface } from "wifi/wifi-native";

/* --- on, off, and which interfaces --- */

/** The driver has not been ended by AT+CWINIT=0. */
export function requireDriver(it: At): void {
	if (!it.wifi.hasDriver) throw failed(Reason.noWifi);
}

export function requireStation(it: At): void {
	requireDriver(it);
	if ((it.settings.get(settings.wifiMode) & Interface.station) === 0) throw failed(Reason.wrongMode);
}

export function requireSoftAp(it: At): void {
	requireDriver(it);
	if ((it.settings.get(settings.wifiMode) & Interface.softAp) === 0) throw failed(Reason.wrongMode);
}

/**
 * The radio as a mode wants it; a SoftAP ends sleep (guide 3.1.13).
 * @returns false, and what was on still is, when the radio refuses
 */
function applyMode(it: At, mode: number): boolean {
	const { softAp, wifi } = it;
	const on = (mode & Interface.softAp) !== 0;
	if (on && !softAp.isOn && !softAp.prepare()) return false;
	if (!wifi.setMode(mode)) return false;
	if (on) it.capabilities.power.setSleep(SleepMode.off);
	softAp.setOn(on);
	return true;
}

/** At power-up, and when the driver begins anew. @returns false when the radio refuses */
export function startRadio(it: At): boolean {
	const mode = it.settings.get(settings.wifiMode);
	if (!applyMode(it, mode)) {
		log("Wi-Fi does not start");
		return false;
	}
	if (mode & Interface.station && it.settings.get(settings.autoConnect) === 1) it.wifi.joinLater();
	return true;
}

/** guide 3.2.2 */
const driver = command("AT+CWINIT", {
	query: it => it.reply(it.wifi.hasDriver ? 1 : 0),
	set: params(int("init", 0, 1)).run((it, init) => {
		if ((init === 1) === it.wifi.hasDriver) return;
		if (init === 1) {
			if (!startRadio(it)) throw failed();
		} else {
			if (!applyMode(it, 0)) throw failed();
			if (!it.wifi.radio.release()) {
				startRadio(it);
				throw failed();
			}
		}
		it.wifi.hasDriver = init === 1;
	}),
});

/** guide 3.2.3. Joins the stored access point when the station comes up anew and auto_connect says so. */
function setMode(it: At, mode: number, autoConnect: number | undefined): void {
	requireDriver(it);
	const before = it.settings.get(settings.wifiMode);
	const use = (): boolean => applyMode(it, it.settings.get(settings.wifiMode));
	if (!it.settings.attempt(use, change(settings.wifiMode, mode))) throw failed();
	if (mode & Interface.station && !(before & Interface.station) && autoConnect !== 0) it.wifi.joinLater();
}

const mode = command("AT+CWMODE", {
	query: it => it.reply(it.settings.get(settings.wifiMode)),
	set: params(int("mode", 0, 3), optional(int("auto_connect", 0, 1))).run(setMode),
});

/* --- the station's access point --- */

/** guide 3.2.4 */
const state = command("AT+CWSTATE", {
	query: it => it.reply(`${it.wifi.state},"${it.wifi.ssid}"`),
});

const HEX = "0123456789abcdefABCDEF";

/** "aa:bb:cc:dd:ee:ff" */
export function isMac(text: string): boolean {
	for (let i = 0; i < text.length; i++)
		if (i % 3 === 2 ? text[i] !== ":" : !HEX.includes(text[i] as string)) return false;
	return text.length === 17;
}

/** Joins what the settings say and answers. */
async function join(it: At): Promise<void> {
	const error = await it.wifi.join(it.settings.get(settings.joinTimeout) * 1000);
	if (error !== 0) {
		it.last(`${it.name.slice(2)}:${error}\r\n`);
		throw failed(error);
	}
}

/** guide 3.2.5 */
function joinWith(
	it: At,
	ssid: string | undefined,
	password: string | undefined,
	bssid: string | undefined,
	pciEnabled = 0,
	reconnectInterval = 1,
	listenInterval = 3,
	scanMode = 0,
	timeout = 15,
	pmf = 1,
): Promise<void> {
	const { settings: values } = it;
	requireStation(it);
	if (ssid === "") throw invalid(0);
	if (password !== undefined && password.length > 0 && password.length < 8 && password.length !== 5)
		throw new AtError(errorNumber(SubCode.length, 1));
	if (bssid !== undefined && bssid !== "" && !isMac(bssid)) throw invalid(2);
	/* Without an SSID the last configuration is used; without a password the access point is an open one. */
	if (ssid === undefined && values.get(settings.ssid) === "") throw failed();
	const secret = password ?? (ssid === undefined ? values.get(settings.password) : "");
	const stored = values.setAll(
		change(settings.ssid, ssid ?? values.get(settings.ssid)),
		change(settings.password, secret),
		change(settings.bssid, bssid ?? (ssid === undefined ? values.get(settings.bssid) : "")),
		change(settings.pciEnabled, pciEnabled),
		change(settings.reconnectInterval, reconnectInterval),
		change(settings.listenInterval, listenInterval),
		change(settings.scanMode, scanMode),
		change(settings.joinTimeout, timeout),
		change(settings.pmf, pmf),
	);
	if (!stored) throw failed();
	return join(it);
}

function joinAgain(it: At): Promise<void> {
	requireStation(it);
	if (it.settings.get(settings.ssid) === "") throw failed();
	return join(it);
}

function showJoined(it: At): void {
	const { settings: values, wifi } = it;
	if (!wifi.isJoined) {
		it.write("No AP\r\n");
		return;
	}
	const [bssid, channel, rssi] = wifi.accessPoint();
	const rest = [
		settings.pciEnabled,
		settings.reconnectInterval,
		settings.listenInterval,
		settings.scanMode,
		settings.pmf,
	].map(setting => values.get(setting));
	it.reply(`"${wifi.ssid}","${bssid}",${channel},${rssi},${rest.join(",")}`);
}

const joinAccessPoint = command("AT+CWJAP", {
	query: showJoined,
	set: params(
		optional(str("ssid", 32)),
		optional(str("pwd", 63)),
		optional(str("bssid", 17)),
		optional(int("pci_en", 0, 1)),
		optional(int("reconn_interval", 0, 7200)),
		optional(int("listen_interval", 1, 100)),
		optional(int("scan_mode", 0, 1)),
		optional(int("jap_timeout", 3, 600)),
		optional(int("pmf", 0, 3)),
	).run(joinWith),
	execute: joinAgain,
});

/** guide 3.2.9 */
const leave = command("AT+CWQAP", {
	execute(it) {
		requireStation(it);
		it.wifi.leave();
	},
});

/** guide 3.2.6 */
const reconnection = command("AT+CWRECONNCFG", {
	query: it => {
		const { settings: values } = it;
		it.reply(`${values.get(settings.reconnectInterval)},${values.get(settings.reconnectCount)}`);
	},
	set: params(int("interval_second", 0, 7200), int("repeat_count", 0, 1000)).run((it, interval, count) => {
		const stored = it.settings.setAll(
			change(settings.reconnectInterval, interval),
			change(settings.reconnectCount, count),
		);
		if (!stored) throw failed();
		it.wifi.reconnectionChanged();
	}),
});

/** guide 3.2.15 */
const autoConnect = command("AT+CWAUTOCONN", {
	query: it => it.reply(it.settings.get(settings.autoConnect)),
	set: params(int("enable", 0, 1)).run((it, enable) => {
		if (!it.settings.set(settings.autoConnect, enable)) throw failed();
	}),
});

/** guide 3.2.26 */
const hostName = command("AT+CWHOSTNAME", {
	query: it => it.reply(it.settings.get(settings.hostName)),
	set: params(str("hostname", 32, 1)).run((it, name) => {
		requireStation(it);
		refuseNul(name, 0);
		if (!it.wifi.radio.setHostName(name)) throw failed();
		it.settings.set(settings.hostName, name);
	}),
});

/** Names of older firmware: `_CUR` is not stored, `_DEF` is (wire-format.md, rule 8). */
export const wifi: readonly Command[] = Object.freeze([
	driver,
	mode,
	...aliases(mode, "AT+CWMODE_CUR", "AT+CWMODE_DEF"),
	state,
	joinAccessPoint,
	...aliases(joinAccessPoint, "AT+CWJAP_CUR", "AT+CWJAP_DEF"),
	leave,
	reconnection,
	autoConnect,
	hostName,
]);

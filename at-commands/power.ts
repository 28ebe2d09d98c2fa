// SPDX-License-Identifier: Apache-2.0
/** Sleep and transmit power (guide 3.1.6, 3.1.13, 3.1.20, 3.1.25). */

import { requireDriver } from "at-commands/wifi";
import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, optional, params } from "core/command";
import { failed, invalid, tooFew } from "core/errors";
import { settings } from "core/settings";
import { SleepMode } from "power/power";

const LONGEST_SLEEP = 0x7fffffff; // ms, guide 3.1.6

/** guide 3.1.6; the time is said before OK (ambiguities.md, B7). */
const deepSleep = command("AT+GSLP", {
	set: params(int("time", 0, LONGEST_SLEEP)).run((it, time) => {
		it.write(`${time}\r\n`);
		if (time === 0) it.port.restart();
		else it.capabilities.power.deepSleep(time);
	}),
});

const STATION_ONLY = 1;

/**
 * guide 3.1.13: sleep needs a station, and no access point. Light sleep, where the processor sleeps too, is also there
 * with Wi-Fi switched off.
 */
function setSleep(it: At, mode: number): void {
	const wifiMode = it.settings.get(settings.wifiMode);
	const allowed = mode === SleepMode.off || wifiMode === STATION_ONLY || (mode === SleepMode.light && wifiMode === 0);
	if (!allowed || !it.capabilities.power.setSleep(mode)) throw failed();
}

const sleep = command("AT+SLEEP", {
	query: it => it.reply(it.capabilities.power.sleep()),
	set: params(int("sleep mode", SleepMode.off, SleepMode.modemListen)).run(setSleep),
});

const WAKE_BY_GPIO = 2;
const GPIO_MAX = 46;

/** The S2 has no GPIO22 to 25; 26 to 32 are the flash's and the PSRAM's. */
function isFreePin(pin: number): boolean {
	return pin < 22 || pin > 32;
}

/** guide 3.1.25: of the sources only GPIO is there (ambiguities.md, B18), and it needs a level. */
const wakeUp = command("AT+SLEEPWKCFG", {
	set: params(
		int("wakeup source", WAKE_BY_GPIO, WAKE_BY_GPIO),
		int("param1", 0, GPIO_MAX),
		optional(int("param2", 0, 1)),
	).run((it, _source, pin, level) => {
		if (level === undefined) throw tooFew(3, 2);
		if (!isFreePin(pin) || !it.capabilities.power.wakeBy(pin, level)) throw invalid(1);
	}),
});

/** guide 3.1.20: while Wi-Fi is off or not initialized there is nothing to set, or to ask. */
function requireRadio(it: At): void {
	requireDriver(it);
	if (it.settings.get(settings.wifiMode) === 0) throw failed();
}

const transmitPower = command("AT+RFPOWER", {
	query(it) {
		requireRadio(it);
		const power = it.capabilities.power.transmit();
		if (power < 0) throw failed();
		it.reply(power);
	},
	set: params(int("wifi_power", 40, 84)).run((it, power) => {
		requireRadio(it);
		if (!it.capabilities.power.setTransmit(power)) throw failed();
	}),
});

export const power: readonly Command[] = Object.freeze([deepSleep, sleep, wakeUp, transmitPower]);

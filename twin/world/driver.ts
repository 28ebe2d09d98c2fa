// SPDX-License-Identifier: Apache-2.0

import type { Fields, JsonObject } from "world/fields";
import type { WorldState } from "world/file";
import type { WorldHost } from "world/host";
import type { Random } from "world/random";
import type { Timers } from "world/timers";

/** The interfaces, also the bits of the mode. */
export const STATION = 1;
export const SOFTAP = 2;

/** The most that can be: 14 is Japan's. */
export const LAST_CHANNEL = 14;

/** 802.11 b, g and n. */
export const PROTOCOLS = 7;

export interface Country {
	readonly code: string;
	readonly first: number;
	readonly count: number;
}

/** What the firmware's driver has set: it holds until it sets something else. */
export interface Driver {
	started: boolean;
	mode: number;
	mac: string;
	apMac: string;
	/** 0.25 dBm */
	transmit: number;
	/** As AT+SLEEP has it. */
	sleep: number;
	/** Bits 1 b, 2 g, 4 n. */
	stationProtocol: number;
	softApProtocol: number;
	/** undefined: every channel, as an ESP32-S2 that was told none listens on them all. */
	country: Country | undefined;
	/** Not changed to the access point's while joined. */
	countryManual: boolean;
	hostName: string;
	ipv6: boolean;
}

export function newDriver(): Driver {
	return {
		started: false,
		mode: 0,
		mac: "",
		apMac: "",
		transmit: 0,
		sleep: 0,
		stationProtocol: PROTOCOLS,
		softApProtocol: PROTOCOLS,
		country: undefined,
		countryManual: false,
		hostName: "",
		ipv6: false,
	};
}

/** What the parts of the radio have in common. */
export interface RadioParts {
	readonly host: WorldHost;
	readonly timers: Timers;
	readonly random: Random;
	readonly world: WorldState;
	readonly instance: number;
	readonly driver: Driver;
	/** Takes each change that control clients may want to know. */
	readonly tell: (event: JsonObject) => void;
}

/** Channels from `first` on, `count` of them. */
export function readCountry(fields: Fields): Country {
	const first = fields.integer("first", 1, LAST_CHANNEL);
	return { code: fields.string("code"), first, count: fields.integer("count", 1, LAST_CHANNEL) };
}

/** Whether the radio may use a channel, in the country where it is now. */
export function isAllowed(country: Country | undefined, channel: number): boolean {
	return country === undefined || (channel >= country.first && channel < country.first + country.count);
}

/** What chance adds to a step, in milliseconds. */
export function jitter({ random, world }: Pick<RadioParts, "random" | "world">): number {
	return random.below(world.timing.jitter + 1);
}

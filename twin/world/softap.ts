// SPDX-License-Identifier: Apache-2.0

import { formatIpv4, parseIpv4, sameNetwork } from "net/ipv4";
import { bytesJson } from "world/access-point";
import { type Address, defaultSoftApAddress } from "world/address";
import { Guests } from "world/guests";
import { LAST_CHANNEL, type RadioParts, SOFTAP } from "world/driver";
import type { Fields, JsonObject } from "world/fields";
import { type LeaseRange, Leases } from "world/leases";
import { type Security, securityOf } from "world/security";

/** Most stations of an ESP32-S2's SoftAP. */
const STATIONS_MAX = 10;
/** As AT+CWSAP has them (guide 3.2.10). */
const SECURITIES: readonly Security[] = Object.freeze(["open", "wpa_psk", "wpa2_psk", "wpa_wpa2_psk"]);
const MINUTE = 60_000;
const MINUTES_MAX = 0xffff;

interface Settings {
	readonly ssid: string;
	readonly password: string;
	readonly channel: number;
	readonly security: Security;
	readonly maximum: number;
	readonly hidden: boolean;
}

/** The access point that the firmware is: its settings, its address and its DHCP server; Guests are those who join. */
export class SoftAp {
	readonly #parts: RadioParts;
	readonly #guests: Guests;
	readonly leases = new Leases();
	#settings: Settings | undefined;
	#address: Address;
	#isUp = false;
	/** Where the station's access point is, which both must share: one radio hears one channel. */
	#stationChannel: number | undefined;

	constructor(parts: RadioParts) {
		this.#parts = parts;
		this.#address = parts.world.softApAddress ?? defaultSoftApAddress(parts.instance);
		this.#guests = new Guests(parts, this);
	}

	get guests(): Guests {
		return this.#guests;
	}
	/** undefined while it is not in the air. */
	get settings(): Settings | undefined {
		return this.#isUp ? this.#settings : undefined;
	}

	/** The radio was started in another mode, or stopped. */
	modeChanged(): void {
		const { driver } = this.#parts;
		this.#switch(driver.started && (driver.mode & SOFTAP) !== 0 && this.#settings !== undefined);
	}

	/** Back on the air under another address. */
	macChanged(): void {
		this.#restart();
	}

	configure(fields: Fields): void {
		const security = securityOf(fields.integer("security", 0, 255));
		if (security === undefined || !SECURITIES.includes(security))
			throw fields.wrong("security", "one that a SoftAP can have");
		const settings: Settings = {
			ssid: fields.string("ssid"),
			password: fields.string("password", ""),
			channel: fields.integer("channel", 1, LAST_CHANNEL),
			security,
			maximum: fields.integer("maximum", 1, STATIONS_MAX),
			hidden: fields.boolean("hidden", false),
		};
		const before = this.#settings;
		this.#settings = settings;
		if (before === undefined) {
			this.modeChanged();
			return;
		}
		const isSame =
			before.ssid === settings.ssid &&
			before.password === settings.password &&
			before.security === settings.security;
		if (!isSame) this.#restart(true);
		else if (before.channel !== settings.channel) this.#restart();
		else this.#guests.arrive();
	}

	/** Its DHCP server forgets what it gave in the old subnet. */
	setAddress(address: Address): void {
		this.#address = address;
		this.leases.clear();
		this.#restart();
	}

	setLeases(range: LeaseRange): void {
		this.leases.start(range);
		this.#guests.askAgain();
	}

	/** @param channel of the station's access point; undefined without one */
	follow(channel: number | undefined): void {
		if (channel === this.#stationChannel) return;
		const before = this.#channel;
		this.#stationChannel = channel;
		if (this.#isUp && this.#channel !== before) this.#tell();
	}

	/** Whether an address is in its subnet, and not its own. */
	hasRoomFor(ip: number): boolean {
		const own = parseIpv4(this.#address.ip) ?? 0;
		return ip !== own && sameNetwork(ip, own, parseIpv4(this.#address.netmask) ?? 0);
	}

	/** What `softap.state` shows. */
	state(): JsonObject {
		const { driver, host } = this.#parts;
		const settings = this.#settings;
		const { on, time, first, last } = this.leases.range;
		const state: JsonObject = { state: this.#isUp ? "up" : "down", mac: driver.apMac };
		if (settings) {
			Object.assign(state, bytesJson("ssid", settings.ssid), bytesJson("password", settings.password), {
				channel: this.#channel,
				security: settings.security,
				maximum: settings.maximum,
				hidden: settings.hidden,
			});
		}
		const dhcp: JsonObject = on
			? { on, lease_minutes: time / MINUTE, first: formatIpv4(first), last: formatIpv4(last) }
			: { on };
		const leases = this.leases
			.list(host.now())
			.map(([mac, ip, left]): JsonObject => ({ mac, ip: formatIpv4(ip), left_ms: left }));
		return {
			...state,
			protocol: driver.softApProtocol,
			address: { ...this.#address },
			host: host.actual(this.#address.ip),
			dhcp,
			leases,
			stations: this.#guests.list(),
		};
	}

	get #channel(): number {
		return this.#stationChannel ?? this.#settings?.channel ?? 1;
	}

	/** @param isAnother to who looks for it, so that everybody tries */
	#restart(isAnother = false): void {
		if (!this.#isUp) return;
		this.#guests.throwOut();
		this.#tell();
		if (isAnother) this.#guests.appeared();
		else this.#guests.arrive();
	}

	#switch(on: boolean): void {
		if (on === this.#isUp) return;
		this.#isUp = on;
		if (on) {
			this.#tell();
			this.#guests.appeared();
			return;
		}
		this.#guests.throwOut();
		this.leases.clear();
		this.#tell();
	}

	#tell(): void {
		const settings = this.#isUp ? this.#settings : undefined;
		this.#parts.tell({
			event: "softap",
			state: settings ? "up" : "down",
			...(settings ? { ...bytesJson("ssid", settings.ssid), channel: this.#channel } : {}),
		});
	}
}

/** What the DHCP server gives, from the driver's request. */
export function readLeases(fields: Fields): LeaseRange {
	const ip = (name: string): number => {
		const read = parseIpv4(fields.string(name));
		if (read === undefined) throw fields.wrong(name, "an IPv4 address");
		return read;
	};
	return {
		on: fields.boolean("on", true),
		time: fields.integer("minutes", 1, MINUTES_MAX) * MINUTE,
		first: ip("first"),
		last: ip("last"),
	};
}

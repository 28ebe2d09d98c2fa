// SPDX-License-Identifier: Apache-2.0

import { formatIpv4 } from "net/ipv4";
import { type RadioParts, jitter } from "world/driver";
import type { JsonObject } from "world/fields";
import type { SoftAp } from "world/softap";
import type { Timer } from "world/timers";
import type { Visitor } from "world/visitor";

/** Takes how it ended for who asked: the fields of the answer, or an Error. */
export type Finish = (outcome: JsonObject | Error) => void;

interface Guest {
	readonly visitor: Visitor;
	/** Before that it is on its way. */
	joined: boolean;
	/** As a number. */
	ip: number | undefined;
	/** What it does next by itself. */
	step: Timer | undefined;
	/** When its lease ends. */
	until: number;
	finish: Finish | undefined;
}

/** Those who join the SoftAP, each a device with a DHCP client of its own. */
export class Guests {
	readonly #parts: RadioParts;
	readonly #softAp: SoftAp;
	/** By MAC address, in the order in which they came. */
	readonly #guests = new Map<string, Guest>();
	/** Stations of the world that were sent away, or could not join: they wait until the SoftAP appears anew. */
	readonly #resigned = new Set<string>();
	/** Runs until the next lease ends, when somebody waits for an address. */
	#wait: Timer | undefined;

	constructor(parts: RadioParts, softAp: SoftAp) {
		this.#parts = parts;
		this.#softAp = softAp;
	}

	has(mac: string): boolean {
		return this.#guests.has(mac);
	}

	/**
	 * @param later what to call when it has an address or gets none; asked for when it may join
	 * @throws Error when it could not as things stand
	 */
	join(visitor: Visitor, later: () => Finish): void {
		const obstacle = this.#obstacle(visitor);
		if (obstacle !== undefined) throw new Error(obstacle);
		this.#begin(visitor, later());
	}

	/** @param release the address is given back. @throws Error when there is no such station */
	leave(mac: string, release: boolean): void {
		const guest = this.#find(mac);
		if (release) this.#softAp.leases.release(mac);
		this.#resigned.add(mac);
		this.#end(guest, "it left");
		if (release) this.askAgain();
	}

	/** Asks for the address that it has, or for one. @throws Error when there is no such station, or it needs none */
	renew(mac: string, later: () => Finish): void {
		const guest = this.#find(mac);
		if (!guest.joined) throw new Error(`station ${mac} is not joined yet`);
		if (guest.visitor.ip !== undefined) throw new Error(`station ${mac} has a static address`);
		guest.finish?.(new Error("another request asked for it"));
		guest.finish = later();
		this.#ask(guest);
	}

	/** The SoftAP throws a station out. */
	expel(mac: string): void {
		const guest = this.#guests.get(mac);
		if (!guest) return;
		if (!guest.visitor.rejoin) this.#resigned.add(mac);
		this.#end(guest, "the SoftAP threw it out");
		this.arrive();
	}

	/** The SoftAP throws everybody out. */
	throwOut(): void {
		for (const guest of [...this.#guests.values()]) {
			if (!guest.visitor.rejoin) this.#resigned.add(guest.visitor.mac);
			this.#end(guest, "the SoftAP threw it out");
		}
	}

	/** A SoftAP is there that was not: everybody tries again. */
	appeared(): void {
		this.#resigned.clear();
		this.arrive();
	}

	/** The stations of the world whose SoftAP this is, and that are not there, come. */
	arrive(): void {
		const ssid = this.#softAp.settings?.ssid;
		for (const visitor of this.#parts.world.stations) {
			const { mac } = visitor;
			if (visitor.ssid === ssid && !this.#guests.has(mac) && !this.#resigned.has(mac)) this.#begin(visitor);
		}
	}

	/** Those without an address ask for one again: something has changed. */
	askAgain(): void {
		for (const guest of this.#guests.values())
			if (guest.joined && guest.ip === undefined && guest.visitor.ip === undefined) this.#ask(guest);
	}

	list(): JsonObject[] {
		return [...this.#guests.values()].map(guest => this.#json(guest));
	}

	#find(mac: string): Guest {
		const guest = this.#guests.get(mac);
		if (guest === undefined) throw new Error(`there is no station ${mac}`);
		return guest;
	}

	/** Why a station cannot join as things stand; undefined when it can. */
	#obstacle(visitor: Visitor): string | undefined {
		const settings = this.#softAp.settings;
		if (settings === undefined) return "there is no SoftAP";
		if (settings.ssid !== visitor.ssid) return "ssid: the SoftAP has another name";
		// An open SoftAP asks for nothing, whatever the station would have given.
		if (settings.security !== "open" && settings.password !== visitor.password)
			return "password: the SoftAP has another password";
		const joined = [...this.#guests.values()].filter(guest => guest.joined);
		if (joined.length >= settings.maximum) return `the SoftAP has ${settings.maximum} stations and takes no more`;
		if (visitor.ip === undefined) return undefined;
		if (!this.#softAp.hasRoomFor(visitor.ip)) return "ip: expected an address in the SoftAP's subnet, not its own";
		return joined.some(guest => guest.ip === visitor.ip) ? "ip: another station has that address" : undefined;
	}

	#begin(visitor: Visitor, finish?: Finish): void {
		const guest: Guest = { visitor, joined: false, ip: undefined, step: undefined, until: 0, finish };
		this.#guests.set(visitor.mac, guest);
		this.#after(guest, visitor.delay, () => this.#arrived(guest));
	}

	#arrived(guest: Guest): void {
		const { visitor } = guest;
		const obstacle = this.#obstacle(visitor);
		if (obstacle !== undefined) {
			this.#resigned.add(visitor.mac);
			this.#end(guest, obstacle);
			return;
		}
		guest.joined = true;
		this.#parts.host.clientJoined(visitor.mac);
		if (visitor.ip === undefined) {
			this.#tell(guest, {});
			this.#ask(guest);
		} else {
			// Of which the SoftAP's DHCP server knows nothing.
			guest.ip = visitor.ip;
			this.#tell(guest, {});
			this.#finish(guest);
		}
	}

	/** DHCP: what the server answers comes after the station's delay. */
	#ask(guest: Guest): void {
		this.#after(guest, guest.visitor.dhcpDelay, () => this.#answered(guest));
	}

	#answered(guest: Guest): void {
		const { host } = this.#parts;
		const { leases } = this.#softAp;
		const { mac } = guest.visitor;
		const now = host.now();
		const ip = leases.take(mac, now, address => this.#isUsed(address, guest));
		if (ip === undefined) {
			// What it has, it may keep until its lease ends.
			if (guest.ip !== undefined)
				this.#after(guest, Math.max(0, guest.until - now), () => this.#expired(guest), 0);
			this.#finish(guest);
			this.#waitForEnd();
			return;
		}
		const isNew = ip !== guest.ip;
		guest.ip = ip;
		guest.until = now + leases.range.time;
		// RFC 2131, 4.4.5: a client renews when half of its lease is over.
		this.#after(guest, leases.range.time / 2, () => this.#answered(guest), 0);
		if (isNew) {
			host.clientAddressed(mac, formatIpv4(ip));
			this.#tell(guest, {});
		}
		this.#finish(guest);
	}

	#expired(guest: Guest): void {
		guest.ip = undefined;
		this.#tell(guest, {});
		this.#ask(guest);
	}

	/** When somebody has no address and an abandoned lease will end, that is when to ask again. */
	#waitForEnd(): void {
		const { host, timers } = this.#parts;
		const { leases } = this.#softAp;
		timers.clear(this.#wait);
		const end = leases.range.on ? leases.nextEnd(host.now()) : undefined;
		this.#wait =
			end === undefined
				? undefined
				: timers.set(end - host.now(), () => {
						this.#wait = undefined;
						this.askAgain();
					});
	}

	/** Whether another station uses an address, with a lease of this server or without. */
	#isUsed(ip: number, except: Guest): boolean {
		if (!this.#softAp.hasRoomFor(ip)) return true;
		for (const guest of this.#guests.values()) if (guest !== except && guest.joined && guest.ip === ip) return true;
		return false;
	}

	#after(guest: Guest, delay: number, run: () => void, chance = jitter(this.#parts)): void {
		const { timers } = this.#parts;
		timers.clear(guest.step);
		guest.step = timers.set(delay + chance, () => {
			guest.step = undefined;
			run();
		});
	}

	#end(guest: Guest, why: string): void {
		const { host, timers } = this.#parts;
		const { mac } = guest.visitor;
		timers.clear(guest.step);
		this.#guests.delete(mac);
		if (guest.joined) {
			guest.joined = false;
			host.clientLeft(mac);
			this.#parts.tell({ event: "client", mac, state: "left" });
		} else {
			this.#parts.tell({ event: "client", mac, state: "failed", error: why });
		}
		const { finish } = guest;
		guest.finish = undefined;
		finish?.(new Error(why));
		if (this.#guests.size === 0) {
			timers.clear(this.#wait);
			this.#wait = undefined;
		}
	}

	#finish(guest: Guest): void {
		const { finish } = guest;
		guest.finish = undefined;
		finish?.({ station: this.#json(guest) });
	}

	#tell(guest: Guest, more: JsonObject): void {
		this.#parts.tell({ event: "client", ...this.#json(guest), ...more });
	}

	#json(guest: Guest): JsonObject {
		const { visitor, ip } = guest;
		const state = !guest.joined ? "joining" : ip === undefined ? "joined" : "addressed";
		const json: JsonObject = { mac: visitor.mac, state, static: visitor.ip !== undefined };
		if (visitor.hostName !== "") json.host_name = visitor.hostName;
		if (ip !== undefined)
			Object.assign(json, { ip: formatIpv4(ip), host: this.#parts.host.actual(formatIpv4(ip)) });
		return json;
	}
}

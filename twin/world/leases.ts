// SPDX-License-Identifier: Apache-2.0

/** What the DHCP server of the SoftAP gives, and to whom it has given what: it lives as long as the server runs. */
export interface LeaseRange {
	readonly on: boolean;
	/** Milliseconds */
	readonly time: number;
	/** Addresses as numbers, both included. */
	readonly first: number;
	readonly last: number;
}

interface Lease {
	readonly ip: number;
	/** On the world's clock. */
	readonly until: number;
}

export class Leases {
	#range: LeaseRange = { on: false, time: 0, first: 0, last: 0 };
	readonly #given = new Map<string, Lease>();

	get range(): LeaseRange {
		return this.#range;
	}

	/** The server begins anew, and remembers nobody. */
	start(range: LeaseRange): void {
		this.#range = range;
		this.#given.clear();
	}

	/** Forgets what was given. */
	clear(): void {
		this.#given.clear();
	}

	/**
	 * An address for a station: that which it has or had, else the lowest free one.
	 *
	 * @param isTaken tells an address that somebody uses without a lease, as the station finds before it takes it
	 * @returns undefined when there is none
	 */
	take(mac: string, now: number, isTaken: (ip: number) => boolean): number | undefined {
		if (!this.#range.on) return undefined;
		this.#expire(now);
		const { first, last, time } = this.#range;
		const had = this.#given.get(mac)?.ip;
		let ip = had !== undefined && !isTaken(had) ? had : undefined;
		if (ip === undefined) {
			const given = new Set<number>();
			for (const lease of this.#given.values()) given.add(lease.ip);
			for (let free = first; free <= last && ip === undefined; free++)
				if (!given.has(free) && !isTaken(free)) ip = free;
		}
		if (ip !== undefined) this.#given.set(mac, { ip, until: now + time });
		return ip;
	}

	release(mac: string): void {
		this.#given.delete(mac);
	}

	/** When the next address becomes free by itself; undefined when none does. */
	nextEnd(now: number): number | undefined {
		this.#expire(now);
		let next: number | undefined;
		for (const { until } of this.#given.values()) if (next === undefined || until < next) next = until;
		return next;
	}

	/** Those that are remembered at a moment. */
	list(now: number): [mac: string, ip: number, left: number][] {
		this.#expire(now);
		return [...this.#given].map(([mac, { ip, until }]) => [mac, ip, until - now]);
	}

	#expire(now: number): void {
		for (const [mac, { until }] of [...this.#given]) if (until <= now) this.#given.delete(mac);
	}
}

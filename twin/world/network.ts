// SPDX-License-Identifier: Apache-2.0

import type { AccessPoint } from "world/access-point";
import { type Address, defaultAddress } from "world/address";
import { type RadioParts, jitter } from "world/driver";
import type { JsonObject } from "world/fields";
import { globalAddress, linkLocal } from "world/ipv6";
import type { Timer } from "world/timers";

/** Milliseconds until nobody has objected to an IPv6 address. On the chip it is a second. */
const IPV6_DELAY = 10;

const EVERYWHERE = "1";

/** What the station has of the network behind its access point: addresses, name servers, a way to the internet. */
export class Network {
	readonly #parts: RadioParts;
	readonly #tell: (more: JsonObject) => void;
	/** undefined: by DHCP; null: neither by that nor another. */
	#static: Address | null | undefined;
	/** The join that it belongs to; undefined: there is none. */
	#joinId: number | undefined;
	/** As last seen; undefined while it is silent. */
	#ap: AccessPoint | undefined;
	#address: Address | undefined;
	#linkLocal: string | undefined;
	#global: string | undefined;
	/** Name servers, and what of the internet is in reach, as last told. */
	#servers = "";
	#reach = EVERYWHERE;
	#dhcp: Timer | undefined;
	#ipv6: Timer | undefined;

	/** @param tell takes what control clients may want to know */
	constructor(parts: RadioParts, tell: (more: JsonObject) => void) {
		this.#parts = parts;
		this.#tell = tell;
	}

	get hasAddress(): boolean {
		return this.#address !== undefined;
	}

	/** The station is associated. */
	begin(joinId: number, ap: AccessPoint): void {
		this.#joinId = joinId;
		this.refresh(ap);
	}

	/** The access point is another, or is silent. */
	refresh(ap: AccessPoint | undefined): void {
		this.#ap = ap;
		if (ap === undefined || this.#joinId === undefined) return;
		this.#askAddress(ap);
		this.#askIpv6(ap);
		this.#tellReach();
	}

	/** The association is over. */
	end(): void {
		const { timers } = this.#parts;
		timers.clear(this.#dhcp);
		timers.clear(this.#ipv6);
		this.#dhcp = this.#ipv6 = this.#joinId = this.#ap = undefined;
		this.#address = this.#linkLocal = this.#global = undefined;
		this.#offer("");
		this.#tellReach();
	}

	/** @param address undefined: by DHCP; null: none */
	setAddress(address: Address | null | undefined): void {
		this.#static = address;
		this.#parts.timers.clear(this.#dhcp);
		this.#dhcp = undefined;
		const had = this.hasAddress;
		this.#address = undefined;
		this.#offer("");
		if (!address && had) this.#tell({});
		this.refresh(this.#ap);
	}

	/** IPv6 was switched on or off. */
	ipv6Changed(): void {
		if (!this.#parts.driver.ipv6) {
			this.#parts.timers.clear(this.#ipv6);
			this.#ipv6 = this.#linkLocal = this.#global = undefined;
		}
		this.refresh(this.#ap);
	}

	/** What `station.state` shows of it. */
	state(): JsonObject {
		const state: JsonObject = {};
		if (this.#address) {
			state.address = this.#address;
			state.host = this.#parts.host.actual(this.#address.ip);
		}
		if (this.#linkLocal !== undefined) {
			const link_local = this.#linkLocal;
			state.ipv6 = this.#global === undefined ? { link_local } : { link_local, global: this.#global };
		}
		return state;
	}

	/** What the access point's DHCP server gives. */
	#offered(ap: AccessPoint): Address {
		return ap.address ?? this.#parts.world.address ?? defaultAddress(this.#parts.instance);
	}

	/**
	 * Has DHCP give what the access point offers, unless the station has that, waits for it, or there is none. An
	 * address that the station was set is there at once.
	 */
	#askAddress(ap: AccessPoint): void {
		const { timers } = this.#parts;
		if (this.#static !== undefined) {
			if (this.#static && !this.#address) this.#give(this.#static);
			return;
		}
		const isCurrent = isSame(this.#address, this.#offered(ap)) && this.#servers === ap.dns.join(" ");
		if (!ap.dhcp || isCurrent) {
			timers.clear(this.#dhcp);
			this.#dhcp = undefined;
		} else {
			this.#dhcp ??= timers.set(ap.dhcpDelay + jitter(this.#parts), () => this.#answered());
		}
	}

	#answered(): void {
		this.#dhcp = undefined;
		const ap = this.#ap;
		// Silent by now: refresh() asks again should it come back in time.
		if (ap === undefined) return;
		this.#offer(ap.dns.join(" "));
		const address = this.#offered(ap);
		if (!isSame(this.#address, address)) this.#give(address);
	}

	#give(address: Address): void {
		if (this.#joinId === undefined) return;
		this.#address = address;
		this.#tellReach();
		this.#parts.host.address(address.ip, address.gateway, address.netmask, this.#joinId);
		this.#tell({ address });
	}

	/** @param servers that DHCP names, separated by blanks */
	#offer(servers: string): void {
		if (servers === this.#servers) return;
		this.#servers = servers;
		this.#parts.host.request("dns", 0, servers);
	}

	#tellReach(): void {
		const reach = this.#ap?.internet === false ? `0 ${this.#address?.netmask ?? "255.255.255.255"}` : EVERYWHERE;
		if (reach === this.#reach) return;
		this.#reach = reach;
		this.#parts.host.request("internet", 0, reach);
	}

	/** First the link-local address, then that of the network, each when nobody has objected to it. */
	#askIpv6(ap: AccessPoint): void {
		if (!this.#parts.driver.ipv6 || this.#ipv6) return;
		if (this.#linkLocal !== undefined && (this.#global !== undefined || ap.ipv6 === undefined)) return;
		this.#ipv6 = this.#parts.timers.set(IPV6_DELAY, () => this.#agreed());
	}

	#agreed(): void {
		this.#ipv6 = undefined;
		const { driver, host } = this.#parts;
		if (this.#linkLocal === undefined) {
			this.#linkLocal = linkLocal(driver.mac);
			host.address6(false, this.#linkLocal);
			this.#tell({ ipv6: this.#linkLocal });
		} else if (this.#ap?.ipv6 !== undefined) {
			this.#global = globalAddress(this.#ap.ipv6, driver.mac);
			host.address6(true, this.#global);
			this.#tell({ ipv6: this.#global });
		}
		if (this.#ap) this.#askIpv6(this.#ap);
	}
}

function isSame(a: Address | undefined, b: Address): boolean {
	return a !== undefined && a.ip === b.ip && a.gateway === b.gateway && a.netmask === b.netmask;
}

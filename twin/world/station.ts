// SPDX-License-Identifier: Apache-2.0

import { type AccessPoint, bytesJson, inReach, rssiAt } from "world/access-point";
import { type Address, defaultAddress } from "world/address";
import { type RadioParts, STATION, isAllowed, jitter } from "world/driver";
import type { Fields, JsonObject } from "world/fields";
import type { JoinFailure } from "world/host";
import { globalAddress, linkLocal } from "world/ipv6";
import { PMF_CAPABLE, PMF_REQUIRED } from "world/security";
import type { Timer } from "world/timers";

/** wifi_err_reason_t of the IDF. */
export const REASON_ASSOC_LEAVE = 8;
export const REASON_BEACON_TIMEOUT = 200;

/** `+CWJAP:<n>` */
const WRONG_PASSWORD = 2;
const NO_SUCH_ACCESS_POINT = 3;
const REFUSED = 4;

/** Channels that the scan of a join visits; 14 is Japan's only and counts as the last. */
const CHANNELS = 13;

/** Milliseconds until nobody has objected to an IPv6 address. On the chip it is a second. */
const IPV6_DELAY = 10;

interface Join {
	readonly id: number;
	/** Binary string; "" leaves the choice to the bssid. */
	readonly ssid: string;
	readonly password: string;
	readonly bssid: string | undefined;
	/** Refuse open and WEP. */
	readonly pciEnabled: boolean;
	readonly pmf: number;
	readonly allChannels: boolean;
}

interface Association {
	readonly joinId: number;
	readonly ssid: string;
	readonly bssid: string;
	/** As last told to the driver. */
	signal: string;
	address: Address | undefined;
	linkLocal: string | undefined;
	global: string | undefined;
}

/**
 * The station in the air between the driver and the access points. It does what it is asked and tells what happens;
 * to come back after a loss is the firmware's decision.
 */
export class Station {
	readonly #parts: RadioParts;
	/** Called when the channel may be another. */
	readonly #moved: () => void;
	/** undefined: by DHCP; null: neither by that nor another. */
	#static: Address | null | undefined;
	#join: Join | undefined;
	#association: Association | undefined;
	/** The next step of the join under way. */
	#step: Timer | undefined;
	#dhcp: Timer | undefined;
	#ipv6: Timer | undefined;
	/** Runs while the access point is silent. */
	#silence: Timer | undefined;

	constructor(parts: RadioParts, moved: () => void) {
		this.#parts = parts;
		this.#moved = moved;
	}

	get isJoining(): boolean {
		return this.#join !== undefined;
	}

	/** Of the access point in hand; undefined without one. */
	get channel(): number | undefined {
		return this.#association && this.#accessPoint(this.#association)?.channel;
	}

	/** The access point throws the station out. @throws Error when it is not associated */
	drop(reason: number): void {
		if (this.#association === undefined) throw new Error("the station is not associated");
		this.#end(reason);
	}

	/** Looks at the access points again after somebody changed them. */
	refresh(): void {
		const association = this.#association;
		if (association === undefined) return;
		const { timers, world } = this.#parts;
		const ap = this.#accessPoint(association);
		if (ap === undefined) {
			this.#silence ??= timers.set(world.timing.beaconTimeout, () => this.#end(REASON_BEACON_TIMEOUT));
			return;
		}
		timers.clear(this.#silence);
		this.#silence = undefined;
		this.#tellSignal(association, ap);
		this.#askAddress(ap);
		this.#askIpv6(ap);
	}

	/** What `station.state` shows of it. */
	state(): JsonObject {
		const association = this.#association;
		const { driver, host } = this.#parts;
		const ap = association && this.#accessPoint(association);
		const state: JsonObject = {};
		if (this.#join) Object.assign(state, bytesJson("ssid", this.#join.ssid));
		if (association) Object.assign(state, bytesJson("ssid", association.ssid), { bssid: association.bssid });
		if (ap) Object.assign(state, { channel: ap.channel, rssi: rssiAt(ap, host.now()), rtt_ms: ap.rtt });
		if (driver.hostName !== "") state.host_name = driver.hostName;
		if (association?.address) {
			state.address = association.address;
			state.host = host.actual(association.address.ip);
		}
		if (association?.linkLocal !== undefined) {
			const { linkLocal: link_local, global } = association;
			state.ipv6 = global === undefined ? { link_local } : { link_local, global };
		}
		return state;
	}

	get stateName(): string {
		if (!this.#parts.driver.started) return "off";
		if (this.#association) return this.#association.address ? "addressed" : "associated";
		return this.#join ? "joining" : "idle";
	}

	leave(): void {
		if (this.#join) {
			this.#forget();
			this.tell({});
		} else if (this.#association) {
			this.#end(REASON_ASSOC_LEAVE);
		}
	}

	begin(fields: Fields): void {
		const join: Join = {
			id: fields.integer("id", 0, 0xffffffff),
			// Of the driver and so binary already: no UTF-8 conversion here.
			ssid: fields.string("ssid", ""),
			password: fields.string("password", ""),
			bssid: fields.get("bssid") === "" ? undefined : fields.mac("bssid"),
			pciEnabled: fields.integer("pci_en", 0, 1, 0) === 1,
			pmf: fields.integer("pmf", 0, 3, 1),
			allChannels: fields.integer("scan_mode", 0, 1, 0) === 1,
		};
		this.leave();
		this.#join = join;
		this.tell(bytesJson("ssid", join.ssid));
		const { driver, timers, world } = this.#parts;
		if (!driver.started || (driver.mode & STATION) === 0) {
			this.#fail(join, REFUSED);
			return;
		}
		// A fast scan ends on the channel where it finds what it looks for.
		const found = join.allChannels ? undefined : this.#choose(join);
		const part = found ? Math.min(found.channel, CHANNELS) / CHANNELS : 1;
		this.#step = timers.set(Math.ceil(world.timing.scan * part) + jitter(this.#parts), () => this.#scanned(join));
	}

	/** @param address undefined: by DHCP; null: none */
	setAddress(address: Address | null | undefined): void {
		this.#static = address;
		const { timers } = this.#parts;
		timers.clear(this.#dhcp);
		this.#dhcp = undefined;
		const association = this.#association;
		if (association === undefined) return;
		const had = association.address;
		association.address = undefined;
		if (!address && had !== undefined) this.tell({});
		const ap = this.#accessPoint(association);
		if (ap) this.#askAddress(ap);
	}

	/** IPv6 was switched on or off. */
	ipv6Changed(): void {
		const association = this.#association;
		if (association === undefined) return;
		if (!this.#parts.driver.ipv6) {
			this.#parts.timers.clear(this.#ipv6);
			this.#ipv6 = undefined;
			association.linkLocal = association.global = undefined;
			return;
		}
		const ap = this.#accessPoint(association);
		if (ap) this.#askIpv6(ap);
	}

	#scanned(join: Join): void {
		const ap = this.#choose(join);
		if (ap === undefined) {
			this.#fail(join, NO_SUCH_ACCESS_POINT);
			return;
		}
		const { ssid, bssid } = ap;
		this.#step = this.#parts.timers.set(ap.delay + jitter(this.#parts), () => this.#answered(join, ssid, bssid));
	}

	#answered(join: Join, ssid: string, bssid: string): void {
		const ap = this.#accessPoint({ ssid, bssid });
		if (ap === undefined) this.#fail(join, NO_SUCH_ACCESS_POINT);
		else if (ap.refuse || (ap.protocol & this.#parts.driver.stationProtocol) === 0) this.#fail(join, REFUSED);
		// An open access point asks for nothing, whatever the station would have given.
		else if (ap.security !== "open" && ap.password !== join.password) this.#fail(join, WRONG_PASSWORD);
		else this.#associate(join, ap);
	}

	#associate(join: Join, ap: AccessPoint): void {
		this.#forget();
		const { driver, host } = this.#parts;
		const { ssid, bssid, channel } = ap;
		const association: Association = {
			joinId: join.id,
			ssid,
			bssid,
			signal: "",
			address: undefined,
			linkLocal: undefined,
			global: undefined,
		};
		this.#association = association;
		const rssi = rssiAt(ap, host.now());
		this.#tellSignal(association, ap);
		if (ap.country && !driver.countryManual) host.country(ap.country.code, ap.country.first, ap.country.count);
		host.associated(join.id, bssid, channel, rssi);
		this.tell({ ...bytesJson("ssid", ssid), bssid, channel, rssi });
		this.#askAddress(ap);
		this.#askIpv6(ap);
	}

	/**
	 * Has DHCP give an address unless the station has that one, waits for one, or the access point has none to give.
	 * An address that the station was set is there at once.
	 */
	#askAddress(ap: AccessPoint): void {
		const { timers } = this.#parts;
		const had = this.#association?.address;
		if (this.#static !== undefined) {
			if (this.#static && had === undefined) this.#give(this.#static);
		} else if (!ap.dhcp) {
			timers.clear(this.#dhcp);
			this.#dhcp = undefined;
		} else if (this.#dhcp === undefined && had === undefined) {
			this.#dhcp = timers.set(ap.dhcpDelay + jitter(this.#parts), () => this.#addressed());
		}
	}

	#addressed(): void {
		this.#dhcp = undefined;
		const association = this.#association;
		const ap = association && this.#accessPoint(association);
		// Silent by now: refresh() asks again should it come back in time.
		if (ap === undefined) return;
		const { instance, world } = this.#parts;
		this.#give(ap.address ?? world.address ?? defaultAddress(instance));
	}

	#give(address: Address): void {
		const association = this.#association;
		if (association === undefined) return;
		association.address = address;
		this.#parts.host.address(address.ip, address.gateway, address.netmask, association.joinId);
		this.tell({ address });
	}

	/** First the link-local address, then that of the network, each when nobody has objected to it. */
	#askIpv6(ap: AccessPoint): void {
		const { driver, host, timers } = this.#parts;
		const association = this.#association;
		if (!association || !driver.ipv6 || this.#ipv6) return;
		if (association.linkLocal !== undefined && (association.global !== undefined || ap.ipv6 === undefined)) return;
		this.#ipv6 = timers.set(IPV6_DELAY, () => {
			this.#ipv6 = undefined;
			const now = this.#accessPoint(association);
			if (association.linkLocal === undefined) {
				association.linkLocal = linkLocal(driver.mac);
				host.address6(false, association.linkLocal);
				this.tell({ ipv6: association.linkLocal });
			} else if (now?.ipv6 !== undefined) {
				association.global = globalAddress(now.ipv6, driver.mac);
				host.address6(true, association.global);
				this.tell({ ipv6: association.global });
			}
			if (now) this.#askIpv6(now);
		});
	}

	#fail(join: Join, reason: JoinFailure): void {
		this.#forget();
		this.#parts.host.joinFailed(join.id, reason);
		this.tell({ ...bytesJson("ssid", join.ssid), failed: reason });
	}

	#end(reason: number): void {
		const association = this.#association;
		this.#forget();
		if (association === undefined) return;
		const { driver, host } = this.#parts;
		if (driver.country) host.country(driver.country.code, driver.country.first, driver.country.count);
		host.disconnected(reason, association.joinId);
		this.tell({ ...bytesJson("ssid", association.ssid), bssid: association.bssid, disconnected: reason });
	}

	/** Back to idle without telling anybody. */
	#forget(): void {
		const { timers } = this.#parts;
		for (const timer of [this.#step, this.#dhcp, this.#ipv6, this.#silence]) timers.clear(timer);
		this.#step = this.#dhcp = this.#ipv6 = this.#silence = undefined;
		this.#join = undefined;
		this.#association = undefined;
	}

	/** The access point that a join would take now. */
	#choose(join: Join): AccessPoint | undefined {
		const { driver, host, world } = this.#parts;
		let best: AccessPoint | undefined;
		const rssi = (ap: AccessPoint): number => rssiAt(ap, host.now());
		for (const ap of world.accessPoints) {
			if (!inReach(ap, host.now()) || !isAllowed(driver.country, ap.channel) || !suits(join, ap)) continue;
			// Of equals the first of the list: "found first" and "strongest" both need a tie-break that repeats.
			if (!best || (join.allChannels ? rssi(ap) > rssi(best) : ap.channel < best.channel)) best = ap;
		}
		return best;
	}

	/** By its names and not by identity: one removed and added again is the same to the station. */
	#accessPoint({ ssid, bssid }: { ssid: string; bssid: string }): AccessPoint | undefined {
		const { host, world } = this.#parts;
		return world.accessPoints.find(ap => ap.bssid === bssid && ap.ssid === ssid && inReach(ap, host.now()));
	}

	#tellSignal(association: Association, ap: AccessPoint): void {
		const signal = `${ap.channel} ${rssiAt(ap, this.#parts.host.now())} ${ap.rtt}`;
		if (signal === association.signal) return;
		association.signal = signal;
		this.#parts.host.request("signal", 0, signal);
	}

	/** For who watches the station. */
	tell(more: JsonObject): void {
		this.#parts.tell({ event: "station", state: this.stateName, ...more });
		this.#moved();
	}
}

/** Whether a scan for this join takes the access point at all. What it then says to the password is its affair. */
function suits(join: Join, ap: AccessPoint): boolean {
	if (join.ssid !== "" ? ap.ssid !== join.ssid : join.bssid === undefined) return false;
	if (join.bssid !== undefined && ap.bssid !== join.bssid) return false;
	if (join.pciEnabled && (ap.security === "open" || ap.security === "wep")) return false;
	// Neither side may require protected management frames of one that cannot do them.
	const capable = join.pmf & (PMF_CAPABLE | PMF_REQUIRED);
	return !((join.pmf & PMF_REQUIRED && ap.pmf === 0) || (ap.pmf & PMF_REQUIRED && capable === 0));
}

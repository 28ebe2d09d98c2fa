// SPDX-License-Identifier: Apache-2.0

import { type AccessPoint, bytesJson, inReach, rssiAt } from "world/access-point";
import type { Address } from "world/address";
import { type RadioParts, STATION, isAllowed, jitter } from "world/driver";
import type { Fields, JsonObject } from "world/fields";
import type { JoinFailure } from "world/host";
import { Network } from "world/network";
import { PMF_CAPABLE, PMF_REQUIRED } from "world/security";
import { nextChange } from "world/signal";
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
	/** Where it was last heard. */
	channel: number;
}

/**
 * The station in the air between the driver and the access points. It does what it is asked and tells what happens;
 * to come back after a loss is the firmware's decision.
 */
export class Station {
	readonly #parts: RadioParts;
	/** Called when the channel may be another. */
	readonly #moved: () => void;
	readonly #network: Network;
	#join: Join | undefined;
	#association: Association | undefined;
	/** The next step of the join under way. */
	#step: Timer | undefined;
	/** Runs while the access point is silent. */
	#silence: Timer | undefined;
	/** Runs until the strength of its signal is another. */
	#watch: Timer | undefined;

	constructor(parts: RadioParts, moved: () => void) {
		this.#parts = parts;
		this.#moved = moved;
		this.#network = new Network(parts, more => this.tell(more));
	}

	get isJoining(): boolean {
		return this.#join !== undefined;
	}

	/** Of the access point in hand; undefined without one. */
	get channel(): number | undefined {
		return this.#association?.channel;
	}

	/** The access point throws the station out. @throws Error when it is not associated */
	drop(reason: number): void {
		if (this.#association === undefined) throw new Error("the station is not associated");
		this.#end(reason);
	}

	/** Looks at the access points again after somebody changed them, or their signals did. */
	refresh(): void {
		const association = this.#association;
		if (association === undefined) return;
		const { timers, world } = this.#parts;
		this.#watchSignal(association);
		const ap = this.#accessPoint(association);
		this.#network.refresh(ap);
		if (ap === undefined) {
			this.#silence ??= timers.set(world.timing.beaconTimeout, () => this.#end(REASON_BEACON_TIMEOUT));
			return;
		}
		timers.clear(this.#silence);
		this.#silence = undefined;
		this.#tellSignal(association, ap);
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
		return { ...state, ...this.#network.state() };
	}

	get stateName(): string {
		if (!this.#parts.driver.started) return "off";
		if (this.#association) return this.#network.hasAddress ? "addressed" : "associated";
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
		this.#network.setAddress(address);
	}

	/** IPv6 was switched on or off. */
	ipv6Changed(): void {
		this.#network.ipv6Changed();
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
		// It wants a user, which a join without EAP has not.
		else if (ap.security === "wpa2_enterprise") this.#fail(join, REFUSED);
		// One without a password asks for none, whatever the station would have given.
		else if (ap.password !== "" && ap.password !== join.password) this.#fail(join, WRONG_PASSWORD);
		else this.#associate(join, ap);
	}

	#associate(join: Join, ap: AccessPoint): void {
		this.#forget();
		const { driver, host } = this.#parts;
		const { ssid, bssid, channel } = ap;
		const association: Association = { joinId: join.id, ssid, bssid, signal: "", channel };
		this.#association = association;
		const rssi = rssiAt(ap, host.now());
		this.#tellSignal(association, ap);
		if (ap.country && !driver.countryManual) host.country(ap.country.code, ap.country.first, ap.country.count);
		host.associated(join.id, bssid, channel, rssi);
		this.tell({ ...bytesJson("ssid", ssid), bssid, channel, rssi });
		this.#network.begin(join.id, ap);
		this.#watchSignal(association);
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
		this.#parts.host.disconnected(reason, association.joinId);
		this.tell({ ...bytesJson("ssid", association.ssid), bssid: association.bssid, disconnected: reason });
	}

	/** Back to idle without telling anybody. */
	#forget(): void {
		const { timers } = this.#parts;
		for (const timer of [this.#step, this.#silence, this.#watch]) timers.clear(timer);
		this.#step = this.#silence = this.#watch = undefined;
		this.#join = undefined;
		this.#association = undefined;
		this.#network.end();
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

	/** Has refresh() called when the signal is another. */
	#watchSignal({ ssid, bssid }: Association): void {
		const { host, timers, world } = this.#parts;
		timers.clear(this.#watch);
		const ap = world.accessPoints.find(it => it.bssid === bssid && it.ssid === ssid);
		const next = ap && nextChange(ap.signal, host.now());
		this.#watch = next === undefined ? undefined : timers.set(next - host.now(), () => this.refresh());
	}

	#tellSignal(association: Association, ap: AccessPoint): void {
		association.channel = ap.channel;
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

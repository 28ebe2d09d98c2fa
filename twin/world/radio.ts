// SPDX-License-Identifier: Apache-2.0

import { type AccessPoint, PMF_CAPABLE, PMF_REQUIRED, bytesJson } from "world/access-point";
import { type Address, defaultAddress } from "world/address";
import { Fields, type JsonObject, parseJson } from "world/fields";
import type { WorldState } from "world/file";
import type { JoinFailure, WorldHost } from "world/host";
import type { Random } from "world/random";
import type { Timer, Timers } from "world/timers";

/** wifi_err_reason_t of the IDF. */
export const REASON_ASSOC_LEAVE = 8;
export const REASON_BEACON_TIMEOUT = 200;

/** `+CWJAP:<n>` */
const WRONG_PASSWORD = 2;
const NO_SUCH_ACCESS_POINT = 3;
const REFUSED = 4;

/** Channels that a scan visits; 14 is Japan's only and counts as the last. */
const CHANNELS = 13;
const MODE_STATION = 1;

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
}

export interface RadioParts {
	readonly host: WorldHost;
	readonly timers: Timers;
	readonly random: Random;
	readonly world: WorldState;
	readonly instance: number;
	/** Takes each change of the station's state. */
	readonly tell: (event: JsonObject) => void;
}

/**
 * The station in the air between the driver and the access points. It does what it is asked and tells what happens;
 * to come back after a loss is the firmware's decision.
 */
export class Radio {
	readonly #parts: RadioParts;
	#started = false;
	#mode = 0;
	#mac = "";
	#apMac = "";
	/** 0.25 dBm */
	#transmit = 0;
	/** As AT+SLEEP has it. */
	#sleep = 0;
	#join: Join | undefined;
	#association: Association | undefined;
	/** The next step of the join under way. */
	#step: Timer | undefined;
	#dhcp: Timer | undefined;
	/** Runs while the access point is silent. */
	#silence: Timer | undefined;

	constructor(parts: RadioParts) {
		this.#parts = parts;
	}

	/** A request of the station driver, as JSON. @throws Error when it is not one that this version knows */
	request(text: string): void {
		// Fields this version does not use are the driver's business.
		const fields = new Fields(parseJson(text, "radio request"), "radio request");
		const op = fields.string("op");
		switch (op) {
			case "start":
				this.#start(fields.integer("mode", 0, 3), fields.string("mac"), fields.string("apmac"));
				break;
			case "stop":
				this.#stop();
				break;
			case "join":
				this.#begin({
					id: fields.integer("id", 0, 0xffffffff),
					// Of the driver and so binary already: no UTF-8 conversion here.
					ssid: fields.string("ssid", ""),
					password: fields.string("password", ""),
					bssid: fields.get("bssid") === "" ? undefined : fields.mac("bssid"),
					pciEnabled: fields.integer("pci_en", 0, 1, 0) === 1,
					pmf: fields.integer("pmf", 0, 3, 1),
					allChannels: fields.integer("scan_mode", 0, 1, 0) === 1,
				});
				break;
			case "leave":
				this.#leave();
				break;
			case "power":
				this.#transmit = fields.integer("value", 0, 84);
				break;
			case "sleep":
				this.#sleep = fields.integer("mode", 0, 3);
				break;
			default:
				throw fields.wrong("op", `"start", "join", "leave", "power", "sleep" or "stop"`);
		}
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
	}

	/** The station for `station.state`. */
	state(): JsonObject {
		const association = this.#association;
		const ap = association && this.#accessPoint(association);
		const state: JsonObject = { state: this.#stateName(), mode: this.#mode, mac: this.#mac, ap_mac: this.#apMac };
		if (this.#mode !== 0) Object.assign(state, { tx_power: this.#transmit, sleep: this.#sleep });
		if (this.#join) Object.assign(state, bytesJson("ssid", this.#join.ssid));
		if (association) Object.assign(state, bytesJson("ssid", association.ssid), { bssid: association.bssid });
		if (ap) Object.assign(state, { channel: ap.channel, rssi: ap.rssi, rtt_ms: ap.rtt });
		if (association?.address) state.address = association.address;
		return state;
	}

	#stateName(): string {
		if (!this.#started) return "off";
		if (this.#association) return this.#association.address ? "addressed" : "associated";
		return this.#join ? "joining" : "idle";
	}

	#start(mode: number, mac: string, apMac: string): void {
		// No station, or one with another address: what it had with an access point is over.
		if ((mode & MODE_STATION) === 0 || mac !== this.#mac) this.#leave();
		const before = this.#stateName();
		this.#started = true;
		this.#mode = mode;
		this.#mac = mac;
		this.#apMac = apMac;
		if (this.#stateName() !== before) this.#tell({});
	}

	#stop(): void {
		this.#leave();
		if (!this.#started) return;
		this.#started = false;
		this.#mode = 0;
		this.#tell({});
	}

	#leave(): void {
		if (this.#join) {
			this.#forget();
			this.#tell({});
		} else if (this.#association) {
			this.#end(REASON_ASSOC_LEAVE);
		}
	}

	#begin(join: Join): void {
		this.#leave();
		this.#join = join;
		this.#tell(bytesJson("ssid", join.ssid));
		if (!this.#started || (this.#mode & MODE_STATION) === 0) {
			this.#fail(join, REFUSED);
			return;
		}
		const { timers, world } = this.#parts;
		// A fast scan ends on the channel where it finds what it looks for.
		const found = join.allChannels ? undefined : this.#choose(join);
		const part = found ? Math.min(found.channel, CHANNELS) / CHANNELS : 1;
		this.#step = timers.set(Math.ceil(world.timing.scan * part) + this.#jitter(), () => this.#scanned(join));
	}

	#scanned(join: Join): void {
		const ap = this.#choose(join);
		if (ap === undefined) {
			this.#fail(join, NO_SUCH_ACCESS_POINT);
			return;
		}
		const { ssid, bssid } = ap;
		this.#step = this.#parts.timers.set(ap.delay + this.#jitter(), () => this.#answered(join, ssid, bssid));
	}

	#answered(join: Join, ssid: string, bssid: string): void {
		const ap = this.#accessPoint({ ssid, bssid });
		if (ap === undefined) this.#fail(join, NO_SUCH_ACCESS_POINT);
		else if (ap.refuse) this.#fail(join, REFUSED);
		// An open access point asks for nothing, whatever the station would have given.
		else if (ap.security !== "open" && ap.password !== join.password) this.#fail(join, WRONG_PASSWORD);
		else this.#associate(join, ap);
	}

	#associate(join: Join, ap: AccessPoint): void {
		this.#forget();
		const association = { joinId: join.id, ssid: ap.ssid, bssid: ap.bssid, signal: "", address: undefined };
		this.#association = association;
		this.#tellSignal(association, ap);
		this.#parts.host.associated(join.id, ap.bssid, ap.channel, ap.rssi);
		this.#tell({ ...bytesJson("ssid", ap.ssid), bssid: ap.bssid, channel: ap.channel, rssi: ap.rssi });
		this.#askAddress(ap);
	}

	/** Has DHCP give an address unless the station has one, waits for one, or the access point has none to give. */
	#askAddress(ap: AccessPoint): void {
		const { timers } = this.#parts;
		if (!ap.dhcp) {
			timers.clear(this.#dhcp);
			this.#dhcp = undefined;
		} else if (this.#dhcp === undefined && this.#association?.address === undefined) {
			this.#dhcp = timers.set(ap.dhcpDelay + this.#jitter(), () => this.#addressed());
		}
	}

	#addressed(): void {
		this.#dhcp = undefined;
		const association = this.#association;
		const ap = association && this.#accessPoint(association);
		// Silent by now: refresh() asks again should it come back in time.
		if (association === undefined || ap === undefined) return;
		const { host, instance, world } = this.#parts;
		const address = ap.address ?? world.address ?? defaultAddress(instance);
		association.address = address;
		host.address(address.ip, address.gateway, address.netmask, association.joinId);
		this.#tell({ address });
	}

	#fail(join: Join, reason: JoinFailure): void {
		this.#forget();
		this.#parts.host.joinFailed(join.id, reason);
		this.#tell({ ...bytesJson("ssid", join.ssid), failed: reason });
	}

	#end(reason: number): void {
		const association = this.#association;
		this.#forget();
		if (association === undefined) return;
		this.#parts.host.disconnected(reason, association.joinId);
		this.#tell({ ...bytesJson("ssid", association.ssid), bssid: association.bssid, disconnected: reason });
	}

	/** Back to idle without telling anybody. */
	#forget(): void {
		const { timers } = this.#parts;
		for (const timer of [this.#step, this.#dhcp, this.#silence]) timers.clear(timer);
		this.#step = this.#dhcp = this.#silence = undefined;
		this.#join = undefined;
		this.#association = undefined;
	}

	/** The access point that a join would take now. */
	#choose(join: Join): AccessPoint | undefined {
		let best: AccessPoint | undefined;
		for (const ap of this.#parts.world.accessPoints) {
			if (!ap.present || !suits(join, ap)) continue;
			// Of equals the first of the list: "found first" and "strongest" both need a tie-break that repeats.
			if (!best || (join.allChannels ? ap.rssi > best.rssi : ap.channel < best.channel)) best = ap;
		}
		return best;
	}

	/** By its names and not by identity: one removed and added again is the same to the station. */
	#accessPoint({ ssid, bssid }: { ssid: string; bssid: string }): AccessPoint | undefined {
		return this.#parts.world.accessPoints.find(ap => ap.present && ap.bssid === bssid && ap.ssid === ssid);
	}

	#tellSignal(association: Association, ap: AccessPoint): void {
		const signal = `${ap.channel} ${ap.rssi} ${ap.rtt}`;
		if (signal === association.signal) return;
		association.signal = signal;
		this.#parts.host.request("signal", 0, signal);
	}

	#jitter(): number {
		return this.#parts.random.below(this.#parts.world.timing.jitter + 1);
	}

	#tell(more: JsonObject): void {
		this.#parts.tell({ event: "station", state: this.#stateName(), ...more });
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

// SPDX-License-Identifier: Apache-2.0

import { formatIpv4, NO_IPV4, parseIpv4 } from "net/ipv4";
import { type Address } from "world/address";
import { PROTOCOLS, type RadioParts, SOFTAP, STATION, newDriver, readCountry } from "world/driver";
import { Fields, type JsonObject, parseJson } from "world/fields";
import { Scanner } from "world/scan";
import { SoftAp, readLeases } from "world/softap";
import { Station } from "world/station";

const OPERATIONS =
	"an operation of the driver: country, expel, host_name, ipv6, join, leases, leave, mac, power, protocol, scan, " +
	"sleep, softap, softap_address, start, station_address or stop";

/** The driver's radio: its requests go to the station, the search and the SoftAP. */
export class Radio {
	readonly #parts: RadioParts;
	readonly station: Station;
	readonly softAp: SoftAp;
	readonly #scanner: Scanner;

	constructor(parts: Omit<RadioParts, "driver">) {
		this.#parts = { ...parts, driver: newDriver() };
		this.softAp = new SoftAp(this.#parts);
		this.station = new Station(this.#parts, () => this.softAp.follow(this.station.channel));
		this.#scanner = new Scanner(this.#parts);
	}

	/** A request of the driver, as JSON. @throws Error when it is not one that this version knows */
	request(text: string): void {
		// Fields this version does not use are the driver's business.
		const fields = new Fields(parseJson(text, "radio request"), "radio request");
		const { driver } = this.#parts;
		switch (fields.string("op")) {
			case "start":
				this.#start(fields.integer("mode", 0, 3), fields.string("mac"), fields.string("apmac"));
				break;
			case "stop":
				this.#stop();
				break;
			case "join":
				this.#scanner.abort();
				this.station.begin(fields);
				break;
			case "leave":
				this.station.leave();
				break;
			case "scan":
				this.#scanner.begin(fields, this.station.isJoining);
				break;
			case "power":
				driver.transmit = fields.integer("value", 0, 84);
				break;
			case "sleep":
				driver.sleep = fields.integer("mode", 0, 3);
				break;
			default:
				this.#set(fields);
		}
	}

	/** Looks at the access points again after somebody changed them. */
	refresh(): void {
		this.station.refresh();
		this.softAp.follow(this.station.channel);
	}

	/** The station for `station.state`. */
	state(): JsonObject {
		const { driver } = this.#parts;
		const state: JsonObject = {
			state: this.station.stateName,
			mode: driver.mode,
			mac: driver.mac,
			ap_mac: driver.apMac,
		};
		if (driver.mode !== 0) Object.assign(state, { tx_power: driver.transmit, sleep: driver.sleep });
		if (driver.mode & STATION) state.protocol = driver.stationProtocol;
		if (driver.country) state.country = { ...driver.country };
		return { ...state, ...this.station.state() };
	}

	/** What holds from now on. */
	#set(fields: Fields): void {
		const { driver } = this.#parts;
		switch (fields.string("op")) {
			case "mac":
				this.#setMac(fields.integer("interface", STATION, SOFTAP), fields.mac("mac") ?? "");
				break;
			case "protocol": {
				const protocol = fields.integer("protocol", 1, PROTOCOLS);
				if (fields.integer("interface", STATION, SOFTAP) === STATION) driver.stationProtocol = protocol;
				else driver.softApProtocol = protocol;
				break;
			}
			case "country":
				driver.country = readCountry(fields);
				driver.countryManual = fields.boolean("manual", false);
				break;
			case "host_name":
				driver.hostName = fields.string("name");
				break;
			case "ipv6":
				driver.ipv6 = fields.boolean("on", false);
				this.station.ipv6Changed();
				break;
			case "station_address":
				this.station.setAddress(readStatic(fields));
				break;
			case "softap":
				this.softAp.configure(fields);
				break;
			case "softap_address":
				this.softAp.setAddress(readOwn(fields));
				break;
			case "leases":
				this.softAp.setLeases(readLeases(fields));
				break;
			case "expel":
				this.softAp.guests.expel(fields.mac("mac") ?? "");
				break;
			default:
				throw fields.wrong("op", OPERATIONS);
		}
	}

	#start(mode: number, mac: string, apMac: string): void {
		const { driver } = this.#parts;
		// No station, or one with another address: what it had with an access point is over.
		if ((mode & STATION) === 0 || mac !== driver.mac) this.#endStation();
		const before = this.station.stateName;
		const moved = driver.apMac !== apMac;
		Object.assign(driver, { started: true, mode, mac, apMac });
		if (this.station.stateName !== before) this.station.tell({});
		if (moved) this.softAp.macChanged();
		this.softAp.modeChanged();
	}

	#stop(): void {
		this.#endStation();
		const { driver } = this.#parts;
		if (!driver.started) return;
		driver.started = false;
		driver.mode = 0;
		this.softAp.modeChanged();
		this.station.tell({});
	}

	#setMac(interface_: number, mac: string): void {
		const { driver } = this.#parts;
		if (interface_ === STATION) {
			this.#endStation();
			driver.mac = mac;
		} else {
			driver.apMac = mac;
			this.softAp.macChanged();
		}
	}

	#endStation(): void {
		this.#scanner.abort();
		this.station.leave();
	}
}

/** What the station is to have: undefined by DHCP, null none. */
function readStatic(fields: Fields): Address | null | undefined {
	if (!fields.has("ip")) return undefined;
	const address = readOwn(fields);
	return address.ip === NO_IPV4 ? null : address;
}

/** An address that the firmware gives itself: whatever its user chose, which need not make sense here. */
function readOwn(fields: Fields): Address {
	const any = (name: string): string => {
		const ip = parseIpv4(fields.string(name));
		if (ip === undefined) throw fields.wrong(name, "an IPv4 address");
		return formatIpv4(ip);
	};
	return { ip: any("ip"), gateway: any("gateway"), netmask: any("netmask") };
}

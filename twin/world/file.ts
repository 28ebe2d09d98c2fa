// SPDX-License-Identifier: Apache-2.0

import { ACCESS_POINT_FIELDS, type AccessPoint, accessPointJson, newAccessPoint } from "world/access-point";
import { type Address, readAddress, readSoftApAddress } from "world/address";
import { Fields, type Json, type JsonObject, parseJson } from "world/fields";
import type { Random } from "world/random";
import { type Step, readSteps } from "world/script";
import { VISITORS_MAX, VISITOR_FIELDS, type Visitor, readVisitor, visitorJson } from "world/visitor";

/** Which peers a link may reach: all that the host can, or only those in 127/8. */
export const NETWORKS = Object.freeze(["host", "isolated"] as const);
export type Network = (typeof NETWORKS)[number];

export const ACCESS_POINTS_MAX = 256;
/** Its levels: fewer than everywhere else, since it goes into what `save` makes. */
const LEVELS_MAX = 16;

/** Milliseconds of the radio itself; an access point's own delays are its. */
export interface Timing {
	/** A scan of all channels; that of AT+CWLAP only where nothing else is said. */
	scan: number;
	/** Scans take as long as the firmware asks for, channel by channel. */
	real: boolean;
	/** From an access point's last sign of life until the station notices. */
	beaconTimeout: number;
	/** The most that chance adds to each step of a join. */
	jitter: number;
}

/** What `--radio FILE` says and the control socket changes. */
export interface WorldState {
	readonly accessPoints: AccessPoint[];
	readonly network: Network;
	/** Where the servers of AT+CIPDNS listen. */
	readonly dnsPort: number;
	/** What DHCP gives where the access point does not say; undefined: the twin's own 127.a.b.2. */
	readonly address: Address | undefined;
	/** What happens by itself from the start on. */
	readonly steps: readonly Step[];
	/** The SoftAP's where the firmware sets none; undefined: 127.a.b.1 of this twin. */
	readonly softApAddress: Address | undefined;
	/** Those who join the SoftAP by themselves. */
	readonly stations: Visitor[];
	readonly timing: Timing;
}

const WORLD_FIELDS = Object.freeze([
	"access_points",
	"network",
	"address",
	"dns_port",
	"script",
	"softap",
	"stations",
	"timing",
]);
const TIMING_FIELDS = Object.freeze(["scan_ms", "beacon_timeout_ms", "jitter_ms", "real"]);

/** The world without a file. */
const DEFAULT_ACCESS_POINTS: readonly JsonObject[] = Object.freeze([
	Object.freeze({ ssid: "twin-open", channel: 1, rssi: -45 }),
	Object.freeze({ ssid: "twin-ap", channel: 6, rssi: -50, password: "12345678" }),
]);

const LONGEST = 3_600_000;
/** What an ESP32-S2 takes. */
const REAL_SCAN = 1560;
const REAL_BEACON_TIMEOUT = 6000;

/** What a world begins with. */
export interface Beginning {
	readonly random: Random;
	/** When it begins, on the world's clock. */
	readonly now: number;
	/** Throws for what cannot be a step of its script. */
	readonly checkStep: (request: Fields) => void;
}

/**
 * Reads a world.
 *
 * @param text JSON; "" is the default world
 * @throws Error that names the path and what was expected
 */
export function parseWorld(text: string, beginning: Beginning): WorldState {
	return readWorld(text === "" ? {} : parseJson(text, "the radio world", LEVELS_MAX), beginning);
}

export function readWorld(json: Json | undefined, { random, now, checkStep }: Beginning): WorldState {
	if (typeof json !== "object" || json === null || Array.isArray(json))
		throw new Error("the radio world: expected an object");
	const fields = new Fields(json, "", WORLD_FIELDS);
	const accessPoints: AccessPoint[] = [];
	const listed = fields.has("access_points")
		? fields.array("access_points", ACCESS_POINTS_MAX)
		: DEFAULT_ACCESS_POINTS.map((ap): [Json, string] => [ap, "default"]);
	for (const [ap, path] of listed ?? [])
		accessPoints.push(newAccessPoint(new Fields(ap, path, ACCESS_POINT_FIELDS), accessPoints, random, now));
	const stations: Visitor[] = [];
	for (const [station, path] of fields.array("stations", VISITORS_MAX) ?? []) {
		const isTaken = (mac: string): boolean => stations.some(other => other.mac === mac);
		stations.push(readVisitor(new Fields(station, path, VISITOR_FIELDS), random, isTaken));
	}
	const softAp = fields.object("softap", ["address"]);
	const timing = fields.object("timing", TIMING_FIELDS) ?? new Fields({}, "timing");
	const real = timing.boolean("real", false);
	return {
		accessPoints,
		network: fields.choice("network", NETWORKS, "host"),
		dnsPort: fields.integer("dns_port", 1, 65535, 53),
		address: readAddress(fields),
		steps: readSteps(fields, "script", now, checkStep),
		softApAddress: softAp && readSoftApAddress(softAp),
		stations,
		timing: {
			// Tens of milliseconds, so that tests are fast.
			scan: timing.integer("scan_ms", 0, LONGEST, real ? REAL_SCAN : 60),
			beaconTimeout: timing.integer("beacon_timeout_ms", 0, LONGEST, real ? REAL_BEACON_TIMEOUT : 50),
			real,
			jitter: timing.integer("jitter_ms", 0, LONGEST, 5),
		},
	};
}

/** The world as JSON that `readWorld` takes at that moment; its script is not in it. */
export function worldJson(world: WorldState, now: number): JsonObject {
	return {
		access_points: world.accessPoints.map(ap => accessPointJson(ap, now)),
		network: world.network,
		dns_port: world.dnsPort,
		...(world.address === undefined ? {} : { address: world.address }),
		...(world.softApAddress === undefined ? {} : { softap: { address: world.softApAddress } }),
		stations: world.stations.map(visitorJson),
		timing: {
			scan_ms: world.timing.scan,
			beacon_timeout_ms: world.timing.beaconTimeout,
			jitter_ms: world.timing.jitter,
			real: world.timing.real,
		},
	};
}

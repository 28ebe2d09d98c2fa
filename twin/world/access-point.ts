// SPDX-License-Identifier: Apache-2.0

import { parseIpv4 } from "net/ipv4";
import { type Address, readAddress } from "world/address";
import type { Fields, JsonObject } from "world/fields";
import { isPrefix } from "world/ipv6";
import { type Country, PROTOCOLS, readCountry } from "world/driver";
import type { Random } from "world/random";
import { type Security, readSecurity } from "world/security";
import { type Signal, readRssi, readSignal, signalJson, strengthAt } from "world/signal";
import { fromUtf8, toHex } from "world/text";

export interface AccessPoint {
	/** Binary string, 1 to 32 bytes. */
	ssid: string;
	/** Lower case, different for each. */
	bssid: string;
	channel: number;
	/** dBm, where no signal over time is given. */
	rssi: number;
	/** Empty: it stays as `rssi` says. */
	signal: Signal;
	/** Binary string, "" where none is needed. */
	password: string;
	security: Security;
	pmf: number;
	/** Switched on and in reach. */
	present: boolean;
	hidden: boolean;
	/** Gives addresses. */
	dhcp: boolean;
	/** Refuses every association. */
	refuse: boolean;
	/** Milliseconds from the end of the scan to the association. */
	delay: number;
	/** Milliseconds from the association to the address. */
	dhcpDelay: number;
	/** Milliseconds that the nearest peer takes to answer. */
	rtt: number;
	/** 802.11 b 1, g 2, n 4. */
	protocol: number;
	/** Says in its beacons that it can do WPS. */
	wps: boolean;
	/** What it tells of the country it is in. */
	country: Country | undefined;
	/** "2001:db8:1::/64", of its router advertisements; undefined: it has no IPv6 but link-local. */
	ipv6: string | undefined;
	/** Its network leads somewhere. */
	internet: boolean;
	/** The name servers that DHCP names, at most DNS_MAX. */
	dns: readonly string[];
	/** What its DHCP server gives; undefined: the world's address. */
	address: Address | undefined;
}

/** Fields of an access point in files and requests. */
export const ACCESS_POINT_FIELDS = Object.freeze([
	"ssid",
	"ssid_hex",
	"bssid",
	"channel",
	"rssi",
	"password",
	"password_hex",
	"security",
	"pmf",
	"present",
	"hidden",
	"dhcp",
	"refuse",
	"delay_ms",
	"dhcp_delay_ms",
	"rtt_ms",
	"protocol",
	"wps",
	"country",
	"ipv6",
	"signal",
	"internet",
	"dns",
	"address",
]);

export const SSID_MAX = 32;
/** Name servers that a network names at most (NET_SERVERS of net.h). */
const DNS_MAX = 3;
/** dBm; what is weaker is not heard. */
const SENSITIVITY = -100;
export const LONGEST_DELAY = 3_600_000;
const LONGEST_RTT = 10_000;

const DEFAULTS: Readonly<AccessPoint> = Object.freeze({
	ssid: "",
	bssid: "",
	channel: 1,
	rssi: -50,
	signal: Object.freeze([]),
	password: "",
	security: "open",
	pmf: 0,
	present: true,
	hidden: false,
	dhcp: true,
	refuse: false,
	// Short, so that tests are: a real join takes seconds.
	delay: 30,
	dhcpDelay: 20,
	rtt: 2,
	protocol: PROTOCOLS,
	wps: false,
	country: undefined,
	ipv6: undefined,
	internet: true,
	dns: Object.freeze([]),
	address: undefined,
});

/**
 * An access point from its JSON.
 *
 * @param others those it must differ from
 * @param now when its signal starts
 * @throws Error naming the field
 */
export function newAccessPoint(
	fields: Fields,
	others: readonly AccessPoint[],
	random: Random,
	now: number,
): AccessPoint {
	const ssid = readSsid(fields, "ssid");
	if (ssid === undefined) throw fields.wrong("ssid", `a string of 1 to ${SSID_MAX} bytes`);
	const ap = changedAccessPoint(fields, DEFAULTS, now);
	const bssid = fields.mac("bssid");
	if (bssid !== undefined && findBssid(others, bssid))
		throw fields.wrong("bssid", "an address that no other access point has");
	return { ...ap, ssid, bssid: bssid ?? drawMac(random, mac => findBssid(others, mac) !== undefined) };
}

/** What `base` becomes by the JSON's properties; its ssid and bssid stay. @param now when a new signal starts */
export function changedAccessPoint(fields: Fields, base: Readonly<AccessPoint>, now: number): AccessPoint {
	const { password, security, pmf } = readSecurity(fields, base);
	return {
		ssid: base.ssid,
		bssid: base.bssid,
		channel: fields.integer("channel", 1, 14, base.channel),
		rssi: readRssi(fields, base.rssi),
		signal: fields.has("signal") ? readSignal(fields, now) : fields.has("rssi") ? [] : base.signal,
		password,
		security,
		pmf,
		present: fields.boolean("present", base.present),
		hidden: fields.boolean("hidden", base.hidden),
		dhcp: fields.boolean("dhcp", base.dhcp),
		refuse: fields.boolean("refuse", base.refuse),
		delay: fields.integer("delay_ms", 0, LONGEST_DELAY, base.delay),
		dhcpDelay: fields.integer("dhcp_delay_ms", 0, LONGEST_DELAY, base.dhcpDelay),
		rtt: fields.integer("rtt_ms", 0, LONGEST_RTT, base.rtt),
		protocol: fields.integer("protocol", 1, PROTOCOLS, base.protocol),
		wps: fields.boolean("wps", base.wps),
		country: fields.has("country") ? readApCountry(fields) : base.country,
		ipv6: fields.has("ipv6") ? readPrefix(fields) : base.ipv6,
		internet: fields.boolean("internet", base.internet),
		dns: readServers(fields) ?? base.dns,
		address: fields.has("address") ? readAddress(fields) : base.address,
	};
}

/** An ssid as a binary string, from `name` or `name`_hex; undefined when absent. */
export function readSsid(fields: Fields, name: string): string | undefined {
	const ssid = fields.bytes(name);
	if (ssid !== undefined && (ssid.length < 1 || ssid.length > SSID_MAX))
		throw fields.wrong(fields.has(name) ? name : `${name}_hex`, `1 to ${SSID_MAX} bytes`);
	return ssid;
}

function readPrefix(fields: Fields): string | undefined {
	const prefix = fields.get("ipv6");
	if (prefix === null) return undefined;
	if (typeof prefix !== "string" || !isPrefix(prefix))
		throw fields.wrong("ipv6", `null or a prefix of 64 bits as "2001:db8:1::/64"`);
	return prefix;
}

function readServers(fields: Fields): string[] | undefined {
	return fields.array("dns", DNS_MAX)?.map(([server]) => {
		if (typeof server !== "string" || parseIpv4(server) === undefined)
			throw fields.wrong("dns", "an array of IPv4 addresses");
		return server;
	});
}

function readApCountry(fields: Fields): Country | undefined {
	const country = fields.object("country", ["code", "first", "count"]);
	if (country === undefined) return undefined;
	const read = readCountry(country);
	if (read.code.length !== 2) throw country.wrong("code", "two letters");
	return read;
}

/** Signal strength at a moment, in dBm. */
export function rssiAt(ap: Readonly<AccessPoint>, now: number): number {
	return strengthAt(ap.signal, ap.rssi, now);
}

/** Whether a station hears it: it is switched on, and not too weak. */
export function inReach(ap: Readonly<AccessPoint>, now: number): boolean {
	return ap.present && rssiAt(ap, now) >= SENSITIVITY;
}

/** The first of `aps` with that address, or undefined. */
export function findBssid(aps: readonly AccessPoint[], bssid: string): AccessPoint | undefined {
	return aps.find(ap => ap.bssid === bssid);
}

/** A locally administered address that nobody has. */
export function drawMac(random: Random, isTaken: (mac: string) => boolean): string {
	for (;;) {
		let mac = "02";
		for (let i = 0; i < 5; i++) mac += ":" + random.below(256).toString(16).padStart(2, "0");
		if (!isTaken(mac)) return mac;
	}
}

/** The JSON that `newAccessPoint` reads at that moment, with every field. */
export function accessPointJson(ap: AccessPoint, now: number): JsonObject {
	return {
		...bytesJson("ssid", ap.ssid),
		bssid: ap.bssid,
		channel: ap.channel,
		rssi: rssiAt(ap, now),
		...signalJson(ap.signal, now),
		...(ap.password === "" ? { password: null } : bytesJson("password", ap.password)),
		security: ap.security,
		pmf: ap.pmf,
		present: ap.present,
		hidden: ap.hidden,
		dhcp: ap.dhcp,
		refuse: ap.refuse,
		delay_ms: ap.delay,
		dhcp_delay_ms: ap.dhcpDelay,
		rtt_ms: ap.rtt,
		protocol: ap.protocol,
		wps: ap.wps,
		...(ap.country === undefined ? {} : { country: { ...ap.country } }),
		...(ap.ipv6 === undefined ? {} : { ipv6: ap.ipv6 }),
		internet: ap.internet,
		dns: [...ap.dns],
		...(ap.address === undefined ? {} : { address: ap.address }),
	};
}

/** Bytes as text where they are UTF-8, else in hexadecimal under `name`_hex. */
export function bytesJson(name: string, bytes: string): JsonObject {
	const text = fromUtf8(bytes);
	return text === undefined ? { [`${name}_hex`]: toHex(bytes) } : { [name]: text };
}

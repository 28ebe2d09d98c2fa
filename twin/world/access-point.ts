// SPDX-License-Identifier: Apache-2.0

import { type Address, readAddress } from "world/address";
import type { Fields, JsonObject } from "world/fields";
import type { Random } from "world/random";
import { fromUtf8, isHex, toHex } from "world/text";

/** Names of the encryption methods that a password opens (the `ecn` of AT+CWLAP: 0 to 4, 6, 7). */
export const SECURITIES = Object.freeze([
	"open",
	"wep",
	"wpa_psk",
	"wpa2_psk",
	"wpa_wpa2_psk",
	"wpa3_psk",
	"wpa2_wpa3_psk",
] as const);
export type Security = (typeof SECURITIES)[number];

/** Bits of `pmf`, as in AT+CWJAP. */
export const PMF_CAPABLE = 1;
export const PMF_REQUIRED = 2;

export interface AccessPoint {
	/** Binary string, 1 to 32 bytes. */
	ssid: string;
	/** Lower case, different for each. */
	bssid: string;
	channel: number;
	/** dBm */
	rssi: number;
	/** Binary string, "" when open. */
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
	"address",
]);

export const SSID_MAX = 32;
const LONGEST_DELAY = 3_600_000;
const LONGEST_RTT = 10_000;

const DEFAULTS: Readonly<AccessPoint> = Object.freeze({
	ssid: "",
	bssid: "",
	channel: 1,
	rssi: -50,
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
	address: undefined,
});

/**
 * An access point from its JSON.
 *
 * @param others those it must differ from
 * @throws Error naming the field
 */
export function newAccessPoint(fields: Fields, others: readonly AccessPoint[], random: Random): AccessPoint {
	const ssid = readSsid(fields, "ssid");
	if (ssid === undefined) throw fields.wrong("ssid", `a string of 1 to ${SSID_MAX} bytes`);
	const ap = changedAccessPoint(fields, DEFAULTS);
	const bssid = fields.mac("bssid");
	if (bssid !== undefined && findBssid(others, bssid))
		throw fields.wrong("bssid", "an address that no other access point has");
	return { ...ap, ssid, bssid: bssid ?? drawBssid(others, random) };
}

/** What `base` becomes by the JSON's properties; its ssid and bssid stay. */
export function changedAccessPoint(fields: Fields, base: Readonly<AccessPoint>): AccessPoint {
	const { password, security, pmf } = readSecurity(fields, base);
	return {
		ssid: base.ssid,
		bssid: base.bssid,
		channel: fields.integer("channel", 1, 14, base.channel),
		rssi: fields.integer("rssi", -127, 0, base.rssi),
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

type Secret = Pick<AccessPoint, "password" | "security" | "pmf">;

/** The password decides between open and not, unless the security is named; then they must agree. */
function readSecurity(fields: Fields, base: Readonly<AccessPoint>): Secret {
	const given = fields.bytes("password");
	let security = base.security;
	if (fields.has("security")) security = fields.choice("security", SECURITIES, security);
	else if (given === "") security = "open";
	else if (given !== undefined && security === "open") security = "wpa2_psk";
	const password = given ?? (security === "open" ? "" : base.password);

	const expected = expectedPassword(security, password);
	if (expected !== undefined) throw fields.wrong(fields.has("password_hex") ? "password_hex" : "password", expected);

	const pmf = fields.integer("pmf", 0, 3, security === base.security ? base.pmf : defaultPmf(security));
	if (pmf === PMF_REQUIRED) throw fields.wrong("pmf", "0, 1 or 3: what is required is also possible");
	if (pmf !== 0 && defaultPmf(security) === 0) throw fields.wrong("pmf", `0 with security "${security}"`);
	return { password, security, pmf };
}

/** undefined when the password suits the security, otherwise what would. */
function expectedPassword(security: Security, password: string): string | undefined {
	const n = password.length;
	if (security === "open") return n === 0 ? undefined : `null with security "open"`;
	if (security === "wep") {
		const suits = n === 5 || n === 13 || ((n === 10 || n === 26) && isHex(password));
		return suits ? undefined : "5 or 13 bytes, or 10 or 26 hexadecimal digits, for wep";
	}
	const suits = (n >= 8 && n <= 63) || (n === 64 && isHex(password));
	return suits ? undefined : `8 to 63 bytes, or 64 hexadecimal digits, for ${security}`;
}

function defaultPmf(security: Security): number {
	if (security === "wpa3_psk") return PMF_CAPABLE | PMF_REQUIRED;
	return security === "open" || security === "wep" || security === "wpa_psk" ? 0 : PMF_CAPABLE;
}

export function findBssid(aps: readonly AccessPoint[], bssid: string): AccessPoint | undefined {
	return aps.find(ap => ap.bssid === bssid);
}

/** A locally administered address that none of the others has. */
function drawBssid(others: readonly AccessPoint[], random: Random): string {
	for (;;) {
		let bssid = "02";
		for (let i = 0; i < 5; i++) bssid += ":" + random.below(256).toString(16).padStart(2, "0");
		if (!findBssid(others, bssid)) return bssid;
	}
}

/** The JSON that `newAccessPoint` reads, with every field. */
export function accessPointJson(ap: AccessPoint): JsonObject {
	return {
		...bytesJson("ssid", ap.ssid),
		bssid: ap.bssid,
		channel: ap.channel,
		rssi: ap.rssi,
		...(ap.security === "open" ? { password: null } : bytesJson("password", ap.password)),
		security: ap.security,
		pmf: ap.pmf,
		present: ap.present,
		hidden: ap.hidden,
		dhcp: ap.dhcp,
		refuse: ap.refuse,
		delay_ms: ap.delay,
		dhcp_delay_ms: ap.dhcpDelay,
		rtt_ms: ap.rtt,
		...(ap.address === undefined ? {} : { address: ap.address }),
	};
}

/** Bytes as text where they are UTF-8, else in hexadecimal under `name`_hex. */
export function bytesJson(name: string, bytes: string): JsonObject {
	const text = fromUtf8(bytes);
	return text === undefined ? { [`${name}_hex`]: toHex(bytes) } : { [name]: text };
}

// SPDX-License-Identifier: Apache-2.0

import type { Fields } from "world/fields";
import { isHex } from "world/text";

/** Names of the encryption methods. */
export const SECURITIES = Object.freeze([
	"open",
	"wep",
	"wpa_psk",
	"wpa2_psk",
	"wpa_wpa2_psk",
	"wpa2_enterprise",
	"wpa3_psk",
	"wpa2_wpa3_psk",
	"wapi_psk",
	"owe",
] as const);
export type Security = (typeof SECURITIES)[number];

/** Bits of `pmf`, as in AT+CWJAP. */
export const PMF_CAPABLE = 1;
export const PMF_REQUIRED = 2;

/** <pairwise_cipher> and <group_cipher> (guide 3.2.8) */
const NONE = 0;
const WEP40 = 1;
const WEP104 = 2;
const TKIP = 3;
const CCMP = 4;
const TKIP_CCMP = 5;
/** That of WAPI, which the guide does not list. */
const UNKNOWN = 7;

type Method = readonly [ecn: number, pairwise: number, group: number];

/** <ecn> of the guide (3.2.8), and the ciphers that go with it. */
const METHODS: Readonly<Record<Security, Method>> = Object.freeze({
	open: Object.freeze([0, NONE, NONE] as const),
	wep: Object.freeze([1, WEP104, WEP104] as const),
	wpa_psk: Object.freeze([2, TKIP, TKIP] as const),
	wpa2_psk: Object.freeze([3, CCMP, CCMP] as const),
	wpa_wpa2_psk: Object.freeze([4, TKIP_CCMP, TKIP] as const),
	wpa2_enterprise: Object.freeze([5, CCMP, CCMP] as const),
	wpa3_psk: Object.freeze([6, CCMP, CCMP] as const),
	wpa2_wpa3_psk: Object.freeze([7, CCMP, CCMP] as const),
	wapi_psk: Object.freeze([8, UNKNOWN, UNKNOWN] as const),
	owe: Object.freeze([9, CCMP, CCMP] as const),
});

const WITHOUT_PASSWORD: readonly Security[] = Object.freeze(["open", "wpa2_enterprise", "owe"]);
/** Without management frames that can be protected. */
const WITHOUT_PMF: readonly Security[] = Object.freeze(["open", "wep", "wpa_psk", "wapi_psk"]);

/** WEP with a key of 40 bits: its bytes, or their hexadecimal digits. */
const WEP40_LENGTHS: readonly number[] = Object.freeze([5, 10]);

/** What a scan tells of an access point's encryption, as the guide numbers it. */
export function methodOf({ security, password }: { security: Security; password: string }): Method {
	const [ecn, pairwise, group] = METHODS[security];
	if (security === "wep" && WEP40_LENGTHS.includes(password.length)) return [ecn, WEP40, WEP40];
	return [ecn, pairwise, group];
}

/** The name of an <ecn>, undefined where there is none. */
export function securityOf(ecn: number): Security | undefined {
	return SECURITIES.find(security => METHODS[security][0] === ecn);
}

export interface Secret {
	/** Binary string, "" when open. */
	password: string;
	security: Security;
	pmf: number;
}

/** The password decides between open and not, unless the security is named; then they must agree. */
export function readSecurity(fields: Fields, base: Readonly<Secret>): Secret {
	const given = fields.bytes("password");
	let security = base.security;
	if (fields.has("security")) security = fields.choice("security", SECURITIES, security);
	else if (given === "") security = "open";
	else if (given !== undefined && security === "open") security = "wpa2_psk";
	const password = given ?? (WITHOUT_PASSWORD.includes(security) ? "" : base.password);

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
	if (WITHOUT_PASSWORD.includes(security)) return n === 0 ? undefined : `null with security "${security}"`;
	if (security === "wep") {
		const suits = n === 5 || n === 13 || ((n === 10 || n === 26) && isHex(password));
		return suits ? undefined : "5 or 13 bytes, or 10 or 26 hexadecimal digits, for wep";
	}
	const suits = (n >= 8 && n <= 63) || (n === 64 && isHex(password));
	return suits ? undefined : `8 to 63 bytes, or 64 hexadecimal digits, for ${security}`;
}

function defaultPmf(security: Security): number {
	if (security === "wpa3_psk" || security === "owe") return PMF_CAPABLE | PMF_REQUIRED;
	return WITHOUT_PMF.includes(security) ? 0 : PMF_CAPABLE;
}

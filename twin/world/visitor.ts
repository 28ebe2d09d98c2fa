// SPDX-License-Identifier: Apache-2.0

import { formatIpv4 } from "net/ipv4";
import { LONGEST_DELAY, bytesJson, drawMac, readSsid } from "world/access-point";
import { readIp } from "world/address";
import type { Fields, JsonObject } from "world/fields";
import type { Random } from "world/random";

/** Another device that joins the SoftAP, as it is before and after. */
export interface Visitor {
	/** Lower case, different for each. */
	readonly mac: string;
	/** Binary strings: the name that it looks for, and the password that it believes in. */
	readonly ssid: string;
	readonly password: string;
	/** As a number; undefined: by DHCP. */
	readonly ip: number | undefined;
	readonly hostName: string;
	/** Comes back when it is thrown out. */
	readonly rejoin: boolean;
	/** Milliseconds until it is associated, and from there until DHCP has answered. */
	readonly delay: number;
	readonly dhcpDelay: number;
}

export const VISITOR_FIELDS = Object.freeze([
	"ssid",
	"ssid_hex",
	"password",
	"password_hex",
	"mac",
	"ip",
	"host_name",
	"rejoin",
	"delay_ms",
	"dhcp_delay_ms",
]);

export const VISITORS_MAX = 256;
const HOST_NAME_MAX = 63;
/** As an access point's own. */
const DELAY = 30;
const DHCP_DELAY = 20;

/** @param isTaken an address that another station has. @throws Error naming the field */
export function readVisitor(fields: Fields, random: Random, isTaken: (mac: string) => boolean): Visitor {
	const ssid = readSsid(fields, "ssid");
	if (ssid === undefined) throw fields.wrong("ssid", "the name of the SoftAP that it joins");
	const mac = fields.mac("mac");
	if (mac !== undefined && (isTaken(mac) || parseInt(mac.slice(0, 2), 16) & 1))
		throw fields.wrong("mac", "the address of one station, which no other has");
	const hostName = fields.string("host_name", "");
	if (hostName.length > HOST_NAME_MAX) throw fields.wrong("host_name", `at most ${HOST_NAME_MAX} characters`);
	const read = {
		ssid,
		password: fields.bytes("password") ?? "",
		ip: fields.has("ip") && fields.get("ip") !== null ? readIp(fields, "ip") : undefined,
		hostName,
		rejoin: fields.boolean("rejoin", false),
		delay: fields.integer("delay_ms", 0, LONGEST_DELAY, DELAY),
		dhcpDelay: fields.integer("dhcp_delay_ms", 0, LONGEST_DELAY, DHCP_DELAY),
	};
	return { ...read, mac: mac ?? drawMac(random, isTaken) };
}

/** The JSON that `readVisitor` takes. */
export function visitorJson(visitor: Visitor): JsonObject {
	return {
		mac: visitor.mac,
		...bytesJson("ssid", visitor.ssid),
		...bytesJson("password", visitor.password),
		...(visitor.ip === undefined ? {} : { ip: formatIpv4(visitor.ip) }),
		host_name: visitor.hostName,
		rejoin: visitor.rejoin,
		delay_ms: visitor.delay,
		dhcp_delay_ms: visitor.dhcpDelay,
	};
}

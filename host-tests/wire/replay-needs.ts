// SPDX-License-Identifier: Apache-2.0

import type { WireTestOptions } from "./harness.ts";
import { STATION } from "../internet/addresses.ts";
import { type Example, needsInternet, Unsupported } from "./examples.ts";

/** The radio world, and how the twin is started, for what an example needs. */
export function twinFor(example: Example): WireTestOptions {
	const accessPoints = [];
	for (const need of example.needs ?? []) {
		const [kind, value] = split(need, ":");
		if (kind === "ap") accessPoints.push(accessPoint(value));
		else if (kind === "tcp-server" && !LINK_0.test(value)) throw new Unsupported(`needs "${need}"`);
		else if (kind === "aps-in-range") accessPoints.push({ ssid: "open" }, { ssid: "closed", password: "12345678" });
		else if (!KNOWN_NEEDS.has(kind)) throw new Unsupported(`needs "${need}"`);
	}
	if (accessPoints.length === 0 && example.needs?.includes("station-ip")) accessPoints.push({ ssid: JOINED });
	const world = {
		access_points: accessPoints,
		softap: { address: { ip: SOFTAP } },
		...(needsInternet(example) && { address: { ip: STATION } }),
	};
	const options: WireTestOptions = { echo: true, radio: world };
	return example.needs?.includes("virtual-time") ? { ...options, clock: "manual" } : options;
}

/** The SoftAP's address in the guide. */
const SOFTAP = "192.168.4.1";

/** The access point of an example that supposes a station with an address. */
export const JOINED = "joined before";

/** Of "tcp-server:": link 0 to a server, and how many bytes of it wait to be read. */
export const LINK_0 = /^(?:link0(?:,pending=(\d+))?)?$/;

const KNOWN_NEEDS = new Set([
	"dhcp",
	"tcp-server",
	"tcp-client",
	"udp-peer",
	"udp-peer2",
	"dns",
	"icmp",
	"station-ip",
	"ipv6",
	"uart",
	"gpio",
	"station-mode",
	"softap",
	"virtual-time",
	"after",
	"destructive",
	"pki-defaults",
]);

/** `ssid=…,pwd=…[,bssid=…][,pmf=required][,channel=…]`; a comma in the ssid is no separator. */
function accessPoint(text: string): Record<string, unknown> {
	const ap: Record<string, unknown> = {};
	for (const part of text.split(/,(?=(?:pwd|bssid|pmf|channel)=)/)) {
		const [key, value] = split(part, "=");
		if (key === "ssid") ap["ssid"] = value;
		else if (key === "pwd") ap["password"] = value;
		else if (key === "bssid") ap["bssid"] = value;
		else if (key === "channel") ap["channel"] = Number(value);
		else if (key === "pmf" && value === "required") ap["pmf"] = 3;
		else throw new Unsupported(`needs "ap:${text}"`);
	}
	return ap;
}

export function split(text: string, separator: string): [string, string] {
	const at = text.indexOf(separator);
	return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

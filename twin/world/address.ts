// SPDX-License-Identifier: Apache-2.0

import type { Fields } from "world/fields";

/** What a DHCP server gives the station; also the JSON of it. */
export type Address = {
	ip: string;
	gateway: string;
	netmask: string;
};

/** How many twins can run side by side with addresses of their own. */
export const INSTANCES = 16384;

const FIELDS = Object.freeze(["ip", "gateway", "netmask"]);

/**
 * 127.a.b.2 behind 127.a.b.1, with a from 1 to 64: each twin has loopback addresses of its own, and none of them is
 * in 127.0.0.x, where everything else on the machine lives.
 */
export function defaultAddress(instance: number): Address {
	const prefix = `127.${1 + (instance >> 8)}.${instance & 255}`;
	return { ip: `${prefix}.2`, gateway: `${prefix}.1`, netmask: "255.255.255.0" };
}

/** Reads `"address": {"ip", "gateway", "netmask"}`; the gateway is .1 of the ip's 24 bits unless given. */
export function readAddress(parent: Fields): Address | undefined {
	const fields = parent.object("address", FIELDS);
	if (fields === undefined) return undefined;
	const ip = parseIp(fields.string("ip"));
	if (ip === undefined || !isHost(ip))
		throw fields.wrong("ip", "an IPv4 address that one interface can have, outside 127.0.0.0/24");
	const gateway = parseIp(fields.string("gateway", formatIp((ip - (ip % 256) + 1) >>> 0)));
	if (gateway === undefined || !isHost(gateway))
		throw fields.wrong("gateway", "an IPv4 address that one interface can have, outside 127.0.0.0/24");
	const netmask = parseIp(fields.string("netmask", "255.255.255.0"));
	if (netmask === undefined || !isMask(netmask)) throw fields.wrong("netmask", `a netmask as "255.255.255.0"`);
	if ((ip & netmask) !== (gateway & netmask)) throw fields.wrong("gateway", "an address in the subnet of ip");
	if (ip === gateway) throw fields.wrong("gateway", "another address than ip");
	return { ip: formatIp(ip), gateway: formatIp(gateway), netmask: formatIp(netmask) };
}

function parseIp(text: string): number | undefined {
	const parts = text.split(".");
	if (parts.length !== 4) return undefined;
	let ip = 0;
	for (const part of parts) {
		const value = Number(part);
		// No "01", "1e1" or " 1", which Number would take.
		if (part !== String(value) || !Number.isInteger(value) || value < 0 || value > 255) return undefined;
		ip = ip * 256 + value;
	}
	return ip;
}

function formatIp(ip: number): string {
	return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

/** Not "this network", not multicast or reserved, and not where the machine's own services listen. */
function isHost(ip: number): boolean {
	const first = ip >>> 24;
	return first > 0 && first < 224 && ip >>> 8 !== 0x7f0000;
}

/** Ones, then zeros, and room for two hosts. */
function isMask(mask: number): boolean {
	const hosts = ~mask >>> 0;
	return (hosts & (hosts + 1)) === 0 && hosts >= 3 && mask !== 0;
}

// SPDX-License-Identifier: Apache-2.0

import { formatIpv4, isNetmask, parseIpv4, sameNetwork } from "net/ipv4";
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

/** 127.a.b.1 with a from 65 to 128: the SoftAP's, unless somebody says otherwise. */
export function defaultSoftApAddress(instance: number): Address {
	const ip = `127.${65 + (instance >> 8)}.${instance & 255}.1`;
	return { ip, gateway: ip, netmask: "255.255.255.0" };
}

/** Reads `"address": {"ip", "gateway", "netmask"}`; the gateway is .1 of the ip's 24 bits unless given. */
export function readAddress(parent: Fields): Address | undefined {
	const fields = parent.object("address", FIELDS);
	if (fields === undefined) return undefined;
	const ip = readIp(fields, "ip");
	const gateway = readIp(fields, "gateway", formatIpv4((ip - (ip % 256) + 1) >>> 0));
	const netmask = readSubnet(fields, ip, gateway);
	if (ip === gateway) throw fields.wrong("gateway", "another address than ip");
	return { ip: formatIpv4(ip), gateway: formatIpv4(gateway), netmask: formatIpv4(netmask) };
}

/** The same of a SoftAP, which is its own gateway unless another is given. */
export function readSoftApAddress(parent: Fields): Address | undefined {
	const fields = parent.object("address", FIELDS);
	if (fields === undefined) return undefined;
	const ip = readIp(fields, "ip");
	const gateway = readIp(fields, "gateway", formatIpv4(ip));
	const netmask = readSubnet(fields, ip, gateway);
	return { ip: formatIpv4(ip), gateway: formatIpv4(gateway), netmask: formatIpv4(netmask) };
}

/** An address under `name`, as a number; without a fallback it must be there. */
export function readIp(fields: Fields, name: string, fallback?: string): number {
	const ip = parseIpv4(fields.string(name, fallback));
	if (ip === undefined || !isHost(ip))
		throw fields.wrong(name, "an IPv4 address that one interface can have, outside 127.0.0.0/24");
	return ip;
}

function readSubnet(fields: Fields, ip: number, gateway: number): number {
	const netmask = parseIpv4(fields.string("netmask", "255.255.255.0"));
	if (netmask === undefined || !isNetmask(netmask)) throw fields.wrong("netmask", `a netmask as "255.255.255.0"`);
	if (!sameNetwork(ip, gateway, netmask)) throw fields.wrong("gateway", "an address in the subnet of ip");
	return netmask;
}

/** Not "this network", not multicast or reserved, and not where the machine's own services listen. */
function isHost(ip: number): boolean {
	const first = ip >>> 24;
	return first > 0 && first < 224 && ip >>> 8 !== 0x7f0000;
}

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
	const gateway = readIp(fields, "gateway", formatIp((ip - (ip % 256) + 1) >>> 0));
	const netmask = readSubnet(fields, ip, gateway);
	if (ip === gateway) throw fields.wrong("gateway", "another address than ip");
	return { ip: formatIp(ip), gateway: formatIp(gateway), netmask: formatIp(netmask) };
}

/** The same of a SoftAP, which is its own gateway unless another is given. */
export function readSoftApAddress(parent: Fields): Address | undefined {
	const fields = parent.object("address", FIELDS);
	if (fields === undefined) return undefined;
	const ip = readIp(fields, "ip");
	const gateway = readIp(fields, "gateway", formatIp(ip));
	const netmask = readSubnet(fields, ip, gateway);
	return { ip: formatIp(ip), gateway: formatIp(gateway), netmask: formatIp(netmask) };
}

/** An address under `name`, as a number; without a fallback it must be there. */
export function readIp(fields: Fields, name: string, fallback?: string): number {
	const ip = parseIp(fields.string(name, fallback));
	if (ip === undefined || !isHost(ip))
		throw fields.wrong(name, "an IPv4 address that one interface can have, outside 127.0.0.0/24");
	return ip;
}

function readSubnet(fields: Fields, ip: number, gateway: number): number {
	const netmask = parseIp(fields.string("netmask", "255.255.255.0"));
	if (netmask === undefined || !isMask(netmask)) throw fields.wrong("netmask", `a netmask as "255.255.255.0"`);
	if (!inSubnet(ip, gateway, netmask)) throw fields.wrong("gateway", "an address in the subnet of ip");
	return netmask;
}

export function inSubnet(a: number, b: number, netmask: number): boolean {
	return (a & netmask) === (b & netmask);
}

/** The 32 bits of a dotted address, undefined when it is none. */
export function parseIp(text: string): number | undefined {
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

export function formatIp(ip: number): string {
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

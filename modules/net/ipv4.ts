// SPDX-License-Identifier: Apache-2.0

/** The longest text of an address. */
export const IPV4_LENGTH = 15;
/** Of a device that has none. */
export const NO_IPV4 = "0.0.0.0";

/** @returns 0..2^32-1, undefined when it is not four decimal numbers */
export function parseIpv4(text: string): number | undefined {
	const parts = text.split(".");
	let value = 0;
	for (const part of parts) {
		const byte = Number(part);
		/* No "01", "1e1" or " 1", which Number takes. */
		if (part !== String(byte) || !Number.isInteger(byte) || byte < 0 || byte > 255) return undefined;
		value = value * 256 + byte;
	}
	return parts.length === 4 ? value : undefined;
}

export function formatIpv4(value: number): string {
	return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Ones, then zeros, and room for a network of two devices. */
export function isNetmask(mask: number): boolean {
	const hosts = ~mask >>> 0;
	return (hosts & (hosts + 1)) === 0 && hosts >= 3 && mask !== 0;
}

export function sameNetwork(a: number, b: number, mask: number): boolean {
	return (a & mask) === (b & mask);
}

/** An address that a device can have in its network. */
export function isHost(ip: number, mask: number): boolean {
	const first = ip >>> 24;
	const host = (ip & ~mask) >>> 0;
	return first > 0 && first < 224 && host !== 0 && host !== ~mask >>> 0;
}

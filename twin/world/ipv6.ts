// SPDX-License-Identifier: Apache-2.0

/** An IPv6 address or prefix: eight groups of 16 bits. */
type Groups = number[];

const GROUPS = 8;
/** Of a /64: SLAAC (RFC 4862) makes the other half from the MAC address. */
const PREFIX_GROUPS = 4;
const PREFIX_END = "/64";

/** fe80:: and the interface identifier of the MAC address (RFC 4291, appendix A). */
export function linkLocal(mac: string): string {
	return format([0xfe80, 0, 0, 0, ...identifier(mac)]);
}

/** The address that SLAAC makes of a prefix that `isPrefix` takes. */
export function globalAddress(prefix: string, mac: string): string {
	const groups = parse(prefix.slice(0, -PREFIX_END.length)) ?? [];
	return format([...groups.slice(0, PREFIX_GROUPS), ...identifier(mac)]);
}

/** Whether a text is a prefix as "2001:db8:1::/64" from which addresses of single interfaces can be made. */
export function isPrefix(text: string): boolean {
	if (!text.endsWith(PREFIX_END)) return false;
	const groups = parse(text.slice(0, -PREFIX_END.length));
	if (groups === undefined || groups.slice(PREFIX_GROUPS).some(group => group !== 0)) return false;
	const first = groups[0] ?? 0;
	// 2000::/3 is global, fc00::/7 is unique local; the rest is reserved, link-local or multicast.
	return first >> 13 === 1 || first >> 9 === 0x7e;
}

/** EUI-64: ff:fe in the middle, the universal/local bit inverted. */
function identifier(mac: string): Groups {
	const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map(byte => parseInt(byte, 16));
	return [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
}

function parse(text: string): Groups | undefined {
	const halves = text.split("::");
	if (halves.length > 2) return undefined;
	const [head, tail] = halves.map(half => (half === "" ? [] : half.split(":").map(parseGroup)));
	const groups = [...(head ?? []), ...(tail ?? [])];
	if (groups.some(group => group === undefined)) return undefined;
	const missing = GROUPS - groups.length;
	if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
	const zeros: Groups = new Array<number>(missing).fill(0);
	return [...(head ?? []), ...zeros, ...(tail ?? [])] as Groups;
}

function parseGroup(text: string): number | undefined {
	if (text.length < 1 || text.length > 4) return undefined;
	for (const digit of text) if (!"0123456789abcdefABCDEF".includes(digit)) return undefined;
	return parseInt(text, 16);
}

/** As RFC 5952 wants it: the longest run of two or more zeros, the first of equals, is "::". */
function format(groups: Groups): string {
	let [at, length] = [0, 0];
	for (let i = 0; i < groups.length; i++) {
		let end = i;
		while (groups[end] === 0) end++;
		if (end - i > length) [at, length] = [i, end - i];
	}
	const hex = (part: Groups): string => part.map(group => group.toString(16)).join(":");
	if (length < 2) return hex(groups);
	return `${hex(groups.slice(0, at))}::${hex(groups.slice(at + length))}`;
}

// SPDX-License-Identifier: Apache-2.0

/**
 * The internet of the guide's examples: names and who listens where. addresses.json has all addresses by interface;
 * scripts/internet.mjs makes them.
 */

import type { Zone } from "../wire/dns.ts";

/** What DHCP gives the station, and the name server. */
export const STATION = "192.168.101.100";
export const NAME_SERVER = "192.168.101.1";

/** A host of the local network, and one there that is known by its link-local address only. */
export const NEIGHBOUR = "192.168.101.110";
export const NEIGHBOUR_V6 = "fe80::860d:8eff:fe9d:cd90";
/** The same for datagrams. */
export const DATAGRAMS_V6 = "fe80::32ae:a4ff:fe80:65ac";

/** The station's link-local addresses. */
export const STATION_V6 = ["fe80::411c:1fdb:22a6:4d24", "fe80::5512:f37f:bb03:5d9b"] as const;

/** The interface at the other end of the station's. */
export const PEERS = "peers";

export const ZONE: Zone = {
	"iot.espressif.cn": { A: "203.0.113.1" },
	"www.github.com": { A: "203.0.113.2" },
	"pool.ntp.org": { A: "203.0.113.3" },
	"www.baidu.com": { A: "203.0.113.4" },
	"ds.test-ipv6.com": { A: "203.0.113.5", AAAA: "2001:db8::5" },
	"ipv6.test-ipv6.com": { AAAA: "2001:db8::6" },
	"test-ipv6.com": { AAAA: "2001:db8::6" },
};

/** Addresses and ports with a TCP server. */
export const SERVERS: readonly (readonly [host: string, port: number])[] = [
	["203.0.113.1", 8000],
	[NEIGHBOUR, 1000],
	[NEIGHBOUR, 2500],
	["203.0.113.2", 80],
	["2001:db8::6", 80],
	[NEIGHBOUR_V6, 1000],
	["2404:6800:4005:80b::2004", 80],
];

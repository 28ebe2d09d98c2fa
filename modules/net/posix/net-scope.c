/* SPDX-License-Identifier: Apache-2.0 */
/* Which interface a link-local address of IPv6 is on. */
#define _GNU_SOURCE
#include <ifaddrs.h>
#include <net/if.h>

#include "net-trips.h"
#include "socket-address.h"

bool net_is_link_local(const net_address *address)
{
	return address->v6 && address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80;
}

static bool is_on(const struct ifaddrs *entry, const net_address *address)
{
	const struct sockaddr_in6 *own = (const struct sockaddr_in6 *)(const void *)entry->ifa_addr;

	return address && address->v6 && !memcmp(&own->sin6_addr, address->ip, 16);
}

/*
 * AT names no interface, for the chip has one; Linux cannot bind or connect without. The one that owns the local
 * address is meant, else the one that owns the peer's (a peer on this machine), else the first that has any.
 */
unsigned net_scope(const net_address *peer, const net_address *local)
{
	unsigned by_local = 0, by_peer = 0, first = 0;
	struct ifaddrs *list;

	bool wanted = net_is_link_local(peer) || (local && net_is_link_local(local));

	if (!wanted || getifaddrs(&list))
		return 0;
	for (const struct ifaddrs *it = list; it; it = it->ifa_next) {
		unsigned index;

		if (!it->ifa_addr || it->ifa_addr->sa_family != AF_INET6 || !(it->ifa_flags & IFF_UP))
			continue;
		index = ((const struct sockaddr_in6 *)(const void *)it->ifa_addr)->sin6_scope_id;
		if (!index)
			continue;
		if (!first)
			first = index;
		if (is_on(it, local))
			by_local = index;
		if (is_on(it, peer))
			by_peer = index;
	}
	freeifaddrs(list);
	return by_local ? by_local : by_peer ? by_peer : first;
}

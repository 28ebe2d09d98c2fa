/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <string.h>

#define V4_MULTICAST_FIRST 224
#define V4_MULTICAST_LAST 239
#define V6_MULTICAST 0xff

bool net_is_multicast(const net_address *address)
{
	if (address->v6)
		return address->ip[0] == V6_MULTICAST;
	return address->ip[0] >= V4_MULTICAST_FIRST && address->ip[0] <= V4_MULTICAST_LAST;
}

bool net_same(const net_address *a, const net_address *b)
{
	return a->v6 == b->v6 && a->port == b->port && memcmp(a->ip, b->ip, a->v6 ? 16 : 4) == 0;
}

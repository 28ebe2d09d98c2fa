/* SPDX-License-Identifier: Apache-2.0 */
/* What every platform does alike: the device's own addresses, and comparisons. */
#include "net.h"

#include <stdatomic.h>
#include <string.h>

#define V4_MULTICAST_FIRST 224
#define V4_MULTICAST_LAST 239
#define V6_MULTICAST 0xff

/* In network order, 0 for none. */
static _Atomic uint32_t station, access_point, access_point_mask;

static void put(_Atomic uint32_t *to, const uint8_t ip[4])
{
	uint32_t value;

	memcpy(&value, ip, 4);
	atomic_store(to, value);
}

static uint32_t bits_of(const net_address *address)
{
	uint32_t value;

	memcpy(&value, address->ip, 4);
	return value;
}

void net_set_station(const uint8_t ip[4])
{
	put(&station, ip);
	net_station_changed();
}

void net_set_access_point(const uint8_t ip[4], const uint8_t netmask[4])
{
	put(&access_point_mask, netmask);
	put(&access_point, ip);
	net_station_changed();
}

static bool get(_Atomic uint32_t *from, net_address *address)
{
	uint32_t value = atomic_load(from);

	*address = (net_address){ 0 };
	memcpy(address->ip, &value, 4);
	return value != 0;
}

bool net_station(net_address *address)
{
	return get(&station, address);
}

bool net_access_point(net_address *address)
{
	return get(&access_point, address);
}

bool net_is_by_access_point(const net_address *remote)
{
	uint32_t own = atomic_load(&access_point);

	return own && !remote->v6 && ((bits_of(remote) ^ own) & atomic_load(&access_point_mask)) == 0;
}

bool net_own(const net_address *remote, net_address *own)
{
	if (!net_is_by_access_point(remote) && net_station(own))
		return true;
	return net_access_point(own) &&
	       (net_is_by_access_point(remote) || net_is_multicast(remote) || net_is_broadcast(remote));
}

bool net_is_broadcast(const net_address *address)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };

	return !address->v6 && !memcmp(address->ip, all, 4);
}

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

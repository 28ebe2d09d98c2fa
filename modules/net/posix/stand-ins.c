/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The radio world may give the device addresses that this machine does not have (AT+CIPAP="192.168.4.1"). Then each
 * address of the SoftAP's subnet, and the station's own, has one in 127/8 that stands in for it: the last byte is the
 * same, the others are this twin's. In a network namespace that has the addresses nothing stands in for them.
 */
#include <pthread.h>
#include <unistd.h>

#include "socket-address.h"

#define LOOPBACK_NET 127
#define STATION_NET 1 /* second byte: 1..64 */
#define SOFTAP_NET 65 /* 65..128 */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t instance_high, instance_low;
static bool station_absent, access_point_absent; /* this machine does not have them */

void net_set_instance(unsigned instance)
{
	instance_high = (uint8_t)(instance >> 8);
	instance_low = (uint8_t)instance;
}

/* Whether this machine has it. */
static bool exists(const net_address *address)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool result;

	memcpy(&name.sin_addr, address->ip, 4);
	result = fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
	if (fd >= 0)
		close(fd);
	return result;
}

void net_station_changed(void)
{
	net_address own;
	bool no_station = net_station(&own) && !exists(&own);
	bool no_access_point = net_access_point(&own) && !exists(&own);

	pthread_mutex_lock(&lock);
	station_absent = no_station;
	access_point_absent = no_access_point;
	pthread_mutex_unlock(&lock);
}

static void stand_in(net_address *address, uint8_t net)
{
	address->ip[0] = LOOPBACK_NET;
	address->ip[1] = (uint8_t)(net + instance_high);
	address->ip[2] = instance_low;
}

void net_actual(const net_address *shown, net_address *actual)
{
	net_address own;

	*actual = *shown;
	if (shown->v6)
		return;
	pthread_mutex_lock(&lock);
	if (access_point_absent && net_is_by_access_point(shown))
		stand_in(actual, SOFTAP_NET);
	else if (station_absent && net_station(&own) && !memcmp(own.ip, shown->ip, 4))
		stand_in(actual, STATION_NET);
	pthread_mutex_unlock(&lock);
}

static bool stands_in(const net_address *address, uint8_t net)
{
	return address->ip[0] == LOOPBACK_NET && address->ip[1] == net + instance_high && address->ip[2] == instance_low;
}

void net_show(net_address *address)
{
	net_address own;

	pthread_mutex_lock(&lock);
	if (access_point_absent && stands_in(address, SOFTAP_NET) && net_access_point(&own))
		memcpy(address->ip, own.ip, 3);
	else if (station_absent && stands_in(address, STATION_NET) && net_station(&own) && own.ip[3] == address->ip[3])
		memcpy(address->ip, own.ip, 4);
	pthread_mutex_unlock(&lock);
}

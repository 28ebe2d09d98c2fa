/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h on lwIP. Only its own names: with the SDK's include folders the POSIX ones are not declared. Its descriptors
 * are those of VFS select(), which platform_wait() waits with.
 */
#include <errno.h>

#include "esp_netif.h"
#include "lwip-address.h"
#include "lwip/prot/ip.h"
#include "lwip/prot/ip6.h"

#define KEEP_ALIVE_INTERVAL 1 /* s */
#define KEEP_ALIVE_COUNT 3
#define BACKLOG 5

void net_station_changed(void)
{
	net_address own;

	/* DHCP has just named its own name servers. */
	if (net_station(&own))
		net_apply_servers();
}

static bool set(int fd, int level, int option, int value)
{
	return lwip_setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static int give_up(int fd)
{
	int saved = errno;

	if (fd >= 0)
		lwip_close(fd);
	errno = saved;
	return -1;
}

static int make(bool v6, int type, int protocol)
{
	net_address own;
	int fd;

	/* Without an address lwIP may not have been started at all. */
	if (!net_station(&own) && !net_access_point(&own)) {
		errno = ENETUNREACH;
		return -1;
	}
	fd = lwip_socket(v6 ? AF_INET6 : AF_INET, type, protocol);
	if (fd < 0)
		return -1;
	if (lwip_fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && (!v6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)))
		return fd;
	return give_up(fd);
}

static bool bind_local(int fd, bool v6, const net_address *local, uint16_t port)
{
	net_address own = { .v6 = v6 };
	lwip_address address;

	if (local)
		own = *local;
	own.port = port;
	if (own.v6 != v6) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	address = to_lwip(&own);
	return lwip_bind(fd, &address.any, address.size) == 0;
}

/* Without a way lwIP would leave by whatever interface is up. */
static bool is_reachable(const net_address *remote)
{
	net_address own;

	if (remote->v6 || net_own(remote, &own))
		return true;
	errno = ENETUNREACH;
	return false;
}

int net_connect(const net_address *remote, const net_address *local)
{
	lwip_address address = to_lwip(remote);
	int fd = is_reachable(remote) ? make(remote->v6, SOCK_STREAM, IPPROTO_TCP) : -1;

	if (fd >= 0 && (!local || bind_local(fd, remote->v6, local, 0)) &&
	    (lwip_connect(fd, &address.any, address.size) == 0 || errno == EINPROGRESS))
		return fd;
	return give_up(fd);
}

int net_connect_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return lwip_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

static bool join_group(int fd, const net_address *group)
{
	if (group->v6) {
		esp_netif_t *netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
		int index = netif ? esp_netif_get_netif_impl_index(netif) : -1;
		struct ipv6_mreq membership = { .ipv6mr_interface = (unsigned)index };

		if (index < 0) {
			errno = ENETUNREACH;
			return false;
		}
		memcpy(&membership.ipv6mr_multiaddr, group->ip, 16);
		return set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index) &&
		       lwip_setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &membership, sizeof(membership)) == 0;
	}
	struct ip_mreq membership;
	net_address own;

	if (!net_own(group, &own)) {
		errno = ENETUNREACH;
		return false;
	}
	memcpy(&membership.imr_interface, own.ip, 4);
	memcpy(&membership.imr_multiaddr, group->ip, 4);
	return lwip_setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &membership.imr_interface, sizeof(struct in_addr)) == 0 &&
	       lwip_setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof(membership)) == 0;
}

int net_datagrams(const net_address *remote, const net_address *local, uint16_t port)
{
	int fd = is_reachable(remote) ? make(remote->v6, SOCK_DGRAM, IPPROTO_UDP) : -1;

	if (fd < 0)
		return -1;
	if (set(fd, SOL_SOCKET, SO_BROADCAST, 1) && bind_local(fd, remote->v6, local, port) &&
	    (!net_is_multicast(remote) || join_group(fd, remote)))
		return fd;
	return give_up(fd);
}

int net_echo_socket(bool v6, bool *raw)
{
	*raw = !v6;
	return make(v6, SOCK_RAW, v6 ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP);
}

/* One for all interfaces, whatever their addresses are. */
unsigned net_listen(bool v6, uint16_t port, int listeners[NET_LISTENERS], unsigned count)
{
	int fd = count ? -1 : make(v6, SOCK_STREAM, IPPROTO_TCP);

	if (count)
		return count;
	if (fd >= 0 && set(fd, SOL_SOCKET, SO_REUSEADDR, 1) && bind_local(fd, v6, NULL, port) &&
	    lwip_listen(fd, BACKLOG) == 0) {
		listeners[0] = fd;
		return 1;
	}
	give_up(fd);
	return 0;
}

int net_accept(int listener, net_address *remote)
{
	lwip_address address = { .size = sizeof(struct sockaddr_in6) };
	int fd = lwip_accept(listener, &address.any, &address.size);

	if (fd < 0)
		return -1;
	*remote = from_lwip(&address);
	return lwip_fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? fd : give_up(fd);
}

void net_close(int fd)
{
	lwip_close(fd);
}

void net_reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1 };

	lwip_setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	lwip_close(fd);
}

int net_keep_alive(int fd, unsigned seconds)
{
	if (!set(fd, SOL_SOCKET, SO_KEEPALIVE, seconds > 0))
		return -1;
	if (seconds && (!set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)seconds) ||
	                !set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL) ||
	                !set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_ALIVE_COUNT)))
		return -1;
	return 0;
}

int net_no_delay(int fd, bool on)
{
	return set(fd, IPPROTO_TCP, TCP_NODELAY, on) ? 0 : -1;
}

int net_local_port(int fd)
{
	lwip_address address = { .size = sizeof(struct sockaddr_in6) };

	return lwip_getsockname(fd, &address.any, &address.size) ? -1 : from_lwip(&address).port;
}

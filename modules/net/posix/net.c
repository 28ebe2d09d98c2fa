/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the twin: made, bound to the addresses of the radio world, configured and closed. */
#define _GNU_SOURCE
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <unistd.h>

#include "net-trips.h"
#include "socket-address.h"
#include "twin-net.h"

#define LOOPBACK_NET 127
#define BACKLOG 5

static const uint8_t v6_loopback[16] = { [15] = 1 };
static atomic_bool isolated, offline;
static _Atomic uint32_t offline_mask;

void net_set_isolated(bool on)
{
	atomic_store(&isolated, on);
}

void net_set_offline(bool on, const uint8_t netmask[4])
{
	uint32_t mask;

	memcpy(&mask, netmask, 4);
	atomic_store(&offline_mask, mask);
	atomic_store(&offline, on);
}

/* On this machine. */
static bool is_loopback(const net_address *shown)
{
	net_address actual;

	net_actual(shown, &actual);
	return actual.v6 ? !memcmp(actual.ip, v6_loopback, 16) : actual.ip[0] == LOOPBACK_NET;
}

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static int give_up(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

static int make(bool v6, int type)
{
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && v6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return fd;
}

bool net_is_offline(void)
{
	return atomic_load(&offline);
}

/* Whether it is in the station's own network, of IPv6 as far as its address tells. */
static bool is_neighbour(const net_address *remote)
{
	net_address own;
	uint32_t a, b;

	if (remote->v6)
		return net_is_link_local(remote);
	if (!net_station(&own))
		return false;
	memcpy(&a, own.ip, 4);
	memcpy(&b, remote->ip, 4);
	return ((a ^ b) & atomic_load(&offline_mask)) == 0;
}

bool net_reachable(const net_address *remote)
{
	bool local = is_loopback(remote) || net_is_multicast(remote) || net_is_broadcast(remote);
	bool cut = atomic_load(&offline) && !is_neighbour(remote) && !net_is_by_access_point(remote);
	net_address own;

	/* IPv4 needs an address of ours; that of IPv6 is the host's for now. */
	if ((!remote->v6 && !net_own(remote, &own)) || ((cut || atomic_load(&isolated)) && !local)) {
		errno = ENETUNREACH;
		return false;
	}
	return true;
}

/*
 * A station in 127/8 reaches no peer outside of it: there the host chooses, as behind a NAT. Any other address of the
 * station is one of this machine (docs/radio.md).
 *
 * @param port what the host refuses (below 1024 without a privilege; of IPv6, which all twins share, also one that is
 *   taken) is mapped to a free one, and the control socket tells
 */
static int bind_local(int fd, const net_address *remote, const net_address *local, uint16_t port)
{
	net_address own = { 0 };
	bool any = !local && (remote->v6 || !net_own(remote, &own) || (is_loopback(&own) && !is_loopback(remote)));
	socket_address address;
	unsigned scope;

	own.port = port;
	if (local) {
		own = *local;
		own.port = port;
		if (own.v6 != remote->v6) {
			errno = EADDRNOTAVAIL;
			return -1;
		}
	} else if (any) {
		memset(own.ip, 0, sizeof(own.ip));
		own.v6 = remote->v6;
	}
	if (any && !port)
		return 0;
	scope = net_scope(remote, local);
	address = to_system_in(&own, scope);
	if (bind(fd, &address.any, address.size) == 0)
		return 0;
	if (!port || (errno != EACCES && !(own.v6 && errno == EADDRINUSE)))
		return -1;
	own.port = 0;
	address = to_system_in(&own, scope);
	if (bind(fd, &address.any, address.size))
		return -1;
	net_port_mapped(port, (uint16_t)net_local_port(fd));
	return 0;
}

int net_connect(const net_address *remote, const net_address *local)
{
	socket_address address = to_system_in(remote, net_scope(remote, local));
	int fd;

	if (!net_reachable(remote))
		return -1;
	fd = make(remote->v6, SOCK_STREAM);
	if (fd >= 0 && bind_local(fd, remote, local, 0) == 0 &&
	    (connect(fd, &address.any, address.size) == 0 || errno == EINPROGRESS))
		return fd;
	return give_up(fd);
}

int net_connect_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

static bool join_group(int fd, const net_address *group, const net_address *local)
{
	struct ip_mreq membership;
	socket_address from;
	net_address own;

	if (group->v6) {
		unsigned scope = local ? net_scope(local, local) : 0;
		struct ipv6_mreq membership6 = { .ipv6mr_interface = scope ? scope : if_nametoindex("lo") };

		memcpy(&membership6.ipv6mr_multiaddr, group->ip, 16);
		return set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)membership6.ipv6mr_interface) &&
		       setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &membership6, sizeof(membership6)) == 0;
	}
	if (!net_own(group, &own)) {
		errno = ENETUNREACH;
		return false;
	}
	from = to_system(&own);
	membership.imr_interface = from.v4.sin_addr;
	memcpy(&membership.imr_multiaddr, group->ip, 4);
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &membership.imr_interface, sizeof(struct in_addr)) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof(membership)) == 0;
}

int net_datagrams(const net_address *remote, const net_address *local, uint16_t port)
{
	bool group = net_is_multicast(remote), broadcast = net_is_broadcast(remote);
	int fd;

	if (!net_reachable(remote))
		return -1;
	fd = make(remote->v6, SOCK_DGRAM);
	if (fd < 0)
		return -1;
	/* Others on this host may listen to the same group, as other devices would. */
	if ((group || broadcast) && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return give_up(fd);
	/* To everybody may be sent on any link: AT+CIPSEND names who gets it. */
	if ((!remote->v6 && !set(fd, SOL_SOCKET, SO_BROADCAST, 1)) || bind_local(fd, remote, local, port) ||
	    (group && !join_group(fd, remote, local)))
		return give_up(fd);
	/* Also without a port of its own it may be sent to from now on. */
	if (net_local_port(fd) == 0) {
		net_address any = { .v6 = remote->v6 };
		socket_address address = to_system(&any);

		if (bind(fd, &address.any, address.size))
			return give_up(fd);
	}
	return fd;
}

int net_echo_socket(bool v6, bool *raw)
{
	int protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	*raw = false;
	if (fd >= 0 || (errno != EACCES && errno != EPERM && errno != EPROTONOSUPPORT))
		return fd;
	*raw = !v6;
	return socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int listen_at(const net_address *own, uint16_t port)
{
	int fd = make(own->v6, SOCK_STREAM);

	if (fd >= 0 && set(fd, SOL_SOCKET, SO_REUSEADDR, 1) && bind_local(fd, own, own, port) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	return give_up(fd);
}

static unsigned own_addresses(bool v6, net_address own[NET_LISTENERS])
{
	unsigned count;

	if (!v6) {
		count = net_station(own);
		return count + net_access_point(own + count);
	}
	own[0] = (net_address){ .v6 = true };
	memcpy(own[0].ip, v6_loopback, 16);
	return 1;
}

static bool is_at(int listener, const net_address *own)
{
	socket_address wanted = to_system(own), address = { .size = sizeof(struct sockaddr_in6) };

	if (getsockname(listener, &address.any, &address.size) || address.any.sa_family != wanted.any.sa_family)
		return false;
	return own->v6 || address.v4.sin_addr.s_addr == wanted.v4.sin_addr.s_addr;
}

/* Not on every address of this machine, where other twins and their peers are. */
unsigned net_listen(bool v6, uint16_t port, int listeners[NET_LISTENERS], unsigned count)
{
	net_address own[NET_LISTENERS];
	unsigned wanted = own_addresses(v6, own), kept = 0, now;

	for (unsigned i = 0; i < count; i++) {
		unsigned at = 0;

		while (at < wanted && !is_at(listeners[i], &own[at]))
			at++;
		if (at == wanted) {
			net_close(listeners[i]);
			continue;
		}
		own[at] = own[--wanted];
		listeners[kept++] = listeners[i];
	}
	now = kept;
	while (wanted > 0 && (listeners[now] = listen_at(&own[wanted - 1], port)) >= 0) {
		wanted--;
		now++;
	}
	if (wanted == 0)
		return now;
	while (now > kept)
		give_up(listeners[--now]);
	return kept;
}

int net_accept(int listener, net_address *remote)
{
	socket_address address = { .size = sizeof(struct sockaddr_in6) };
	int fd = accept4(listener, &address.any, &address.size, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		*remote = from_system(&address);
	return fd;
}

void net_close(int fd)
{
	char unread[4096];

	net_trip_forget(fd);
	/* Closed with bytes unread, a connection is reset, and what was sent last may be lost on its way. */
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 64 && recv(fd, unread, sizeof(unread), MSG_DONTWAIT) > 0; i++)
		;
	close(fd);
}

void net_reset(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	net_trip_forget(fd);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

int net_keep_alive(int fd, unsigned seconds)
{
	int interval = 1, count = 3;

	if (!set(fd, SOL_SOCKET, SO_KEEPALIVE, seconds > 0))
		return -1;
	if (seconds && (!set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)seconds) ||
	                !set(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval) || !set(fd, IPPROTO_TCP, TCP_KEEPCNT, count)))
		return -1;
	return 0;
}

int net_no_delay(int fd, bool on)
{
	return set(fd, IPPROTO_TCP, TCP_NODELAY, on) ? 0 : -1;
}

int net_local_port(int fd)
{
	socket_address address = { .size = sizeof(struct sockaddr_in6) };

	return getsockname(fd, &address.any, &address.size) ? -1 : from_system(&address).port;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in and out, and the simulated way to the nearest peer. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "net-trips.h"
#include "platform.h"
#include "socket-address.h"
#include "twin-net.h"

/*
 * The access point's round-trip time: after a pause, what answers a send is not seen before it has passed. A flow that
 * does not pause is not slowed down.
 */
static struct {
	uint32_t active; /* when bytes last moved */
	uint32_t until;
	bool held;
} trips[FD_SETSIZE];

static _Atomic uint32_t round_trip;

void net_set_round_trip(uint32_t ms)
{
	atomic_store(&round_trip, ms);
}

uint32_t net_least_trip(void)
{
	return atomic_load(&round_trip);
}

bool net_wait(int fd, uint32_t ms)
{
	struct pollfd it = { .fd = fd, .events = POLLIN };

	return poll(&it, 1, (int)ms) > 0;
}

void net_trip_forget(int fd)
{
	if (fd < FD_SETSIZE)
		trips[fd].held = false;
}

static void sent_after_pause(int fd)
{
	uint32_t now = platform_now(), trip = atomic_load(&round_trip);

	if (fd >= FD_SETSIZE)
		return;
	if (now - trips[fd].active > trip) {
		trips[fd].held = trip > 0;
		trips[fd].until = now + trip;
	}
	trips[fd].active = now;
}

static void received(int fd)
{
	if (fd < FD_SETSIZE)
		trips[fd].active = platform_now();
}

uint32_t net_delay(int fd)
{
	int32_t left;

	if (fd >= FD_SETSIZE || !trips[fd].held)
		return 0;
	left = (int32_t)(trips[fd].until - platform_now());
	trips[fd].held = left > 0;
	return left > 0 ? (uint32_t)left : 0;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS;
}

int net_send(int fd, const void *data, size_t size)
{
	ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

	if (sent >= 0) {
		sent_after_pause(fd);
		return (int)sent;
	}
	return would_block() ? 0 : -1;
}

int net_receive(int fd, void *buffer, size_t size)
{
	ssize_t got = recv(fd, buffer, size, 0);

	if (got > 0) {
		received(fd);
		return (int)got;
	}
	return got < 0 && would_block() ? 0 : -1;
}

size_t net_pending(int fd)
{
	int pending = 0;

	return ioctl(fd, FIONREAD, &pending) || pending < 0 ? 0 : (size_t)pending;
}

bool net_ended(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, MSG_PEEK);

	return got == 0 || (got < 0 && !would_block());
}

bool net_flushed(int fd)
{
	int unsent = 0;

	return ioctl(fd, SIOCOUTQ, &unsent) || unsent <= 0;
}

void net_finish(int fd)
{
	shutdown(fd, SHUT_WR);
}

/* A socket that is bound to a link-local address has an interface, and may not name another. */
static unsigned scope_of(int fd, const net_address *to)
{
	socket_address own = { .size = sizeof(struct sockaddr_in6) };

	if (!net_is_link_local(to) || getsockname(fd, &own.any, &own.size) || own.v6.sin6_scope_id)
		return 0;
	return net_scope(to, NULL);
}

/* To all or to a group it goes by the interface of our address, so from 127/8 it stays on this host. */
static ssize_t send_to_many(int fd, const void *data, size_t size, const net_address *to, socket_address *address)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	struct iovec whole = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr message = { .msg_name = &address->any,
		                      .msg_namelen = address->size,
		                      .msg_iov = &whole,
		                      .msg_iovlen = 1,
		                      .msg_control = control,
		                      .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct in_pktinfo from = { 0 };
	socket_address bound = { .size = sizeof(struct sockaddr_in6) };
	net_address own;

	if (getsockname(fd, &bound.any, &bound.size))
		return -1;
	from.ipi_spec_dst = bound.v4.sin_addr;
	if (from.ipi_spec_dst.s_addr == INADDR_ANY && net_own(to, &own))
		from.ipi_spec_dst = to_system(&own).v4.sin_addr;
	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(from));
	memcpy(CMSG_DATA(header), &from, sizeof(from));
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static ssize_t send_datagram(int fd, const void *data, size_t size, const net_address *to)
{
	socket_address address = to_system_in(to, scope_of(fd, to));

	if (!to->v6 && (net_is_multicast(to) || net_is_broadcast(to)))
		return send_to_many(fd, data, size, to, &address);
	return sendto(fd, data, size, MSG_NOSIGNAL, &address.any, address.size);
}

int net_send_to(int fd, const void *data, size_t size, const net_address *to)
{
	if (!net_reachable(to))
		return -1;
	if (send_datagram(fd, data, size, to) >= 0) {
		sent_after_pause(fd);
		return 1;
	}
	/* What an earlier datagram met on its way (ICMP) is no fault of this one. */
	if (errno == ECONNREFUSED && send_datagram(fd, data, size, to) >= 0)
		return 1;
	return would_block() ? 0 : -1;
}

int net_receive_from(int fd, void *buffer, size_t size, net_address *from)
{
	socket_address address = { .size = sizeof(struct sockaddr_in6) };
	ssize_t got;

	do
		got = recvfrom(fd, buffer, size, 0, &address.any, &address.size);
	while (got < 0 && (errno == ECONNREFUSED || errno == EINTR));
	if (got < 0)
		return -1;
	received(fd);
	*from = from_system(&address);
	return (int)got;
}

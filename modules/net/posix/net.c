/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform.h"
#include "twin-net.h"

#define LOOPBACK_NET 127

static _Atomic uint32_t station;
static atomic_bool isolated;

void net_set_station(const uint8_t ip[4])
{
	uint32_t value;

	memcpy(&value, ip, 4);
	atomic_store(&station, value);
}

void net_set_isolated(bool on)
{
	atomic_store(&isolated, on);
}

static struct sockaddr_in socket_address(const uint8_t ip[4], uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	memcpy(&address.sin_addr, ip, 4);
	return address;
}

/* The station's address exists on this host only inside 127/8: to any other peer the host chooses, as behind a NAT. */
static int bind_source(int fd, const net_address *remote, const uint8_t *local_ip)
{
	uint32_t own = atomic_load(&station);
	uint8_t ip[4];
	struct sockaddr_in address;

	memcpy(ip, &own, 4);
	if (!own) {
		errno = ENETUNREACH;
		return -1;
	}
	if (local_ip)
		memcpy(ip, local_ip, 4);
	else if (remote->ip[0] != LOOPBACK_NET)
		return 0;
	address = socket_address(ip, 0);
	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

int net_connect(const net_address *remote, const uint8_t *local_ip)
{
	struct sockaddr_in address = socket_address(remote->ip, remote->port);
	int fd, on = 1, saved;

	if (atomic_load(&isolated) && remote->ip[0] != LOOPBACK_NET) {
		errno = ENETUNREACH;
		return -1;
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind_source(fd, remote, local_ip) == 0 &&
	    (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EINPROGRESS))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int net_connect_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

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
		if (fd < FD_SETSIZE)
			trips[fd].active = platform_now();
		return (int)got;
	}
	return got < 0 && would_block() ? 0 : -1;
}

int net_keep_alive(int fd, unsigned seconds)
{
	int on = seconds > 0, idle = (int)seconds, interval = 1, count = 3;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) || !on)
		return on ? -1 : 0;
	if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval)))
		return -1;
	return setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

int net_local_port(int fd)
{
	struct sockaddr_in address = { 0 };
	socklen_t size = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &size) ? -1 : ntohs(address.sin_port);
}

void net_close(int fd)
{
	char unread[4096];

	if (fd < FD_SETSIZE)
		trips[fd].held = false;
	/* Closed with bytes unread, a connection is reset, and what was sent last may be lost on its way. */
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 64 && recv(fd, unread, sizeof(unread), MSG_DONTWAIT) > 0; i++)
		;
	close(fd);
}

bool net_resolve(const char *host, uint8_t ip[4])
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (getaddrinfo(host, NULL, &hints, &found))
		return false;
	memcpy(ip, &((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr, 4);
	freeaddrinfo(found);
	return true;
}

bool net_parse(const char *text, uint8_t ip[4])
{
	return inet_pton(AF_INET, text, ip) == 1;
}

void net_print(const uint8_t ip[4], char text[NET_TEXT])
{
	inet_ntop(AF_INET, ip, text, NET_TEXT);
}

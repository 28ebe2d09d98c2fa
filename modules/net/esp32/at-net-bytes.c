/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in and out. */
#include <errno.h>

#include <sys/select.h>

#include "lwip-address.h"

/* ENOMEM: no pbuf now, and there will be some when others are acknowledged. */
static bool would_block(void)
{
	return errno == EWOULDBLOCK || errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
}

int net_send(int fd, const void *data, size_t size)
{
	ssize_t sent = lwip_send(fd, data, size, 0);

	if (sent >= 0)
		return (int)sent;
	return would_block() ? 0 : -1;
}

int net_receive(int fd, void *buffer, size_t size)
{
	ssize_t got = lwip_recv(fd, buffer, size, 0);

	if (got > 0)
		return (int)got;
	return got < 0 && would_block() ? 0 : -1;
}

size_t net_pending(int fd)
{
	int pending = 0;

	return lwip_ioctl(fd, FIONREAD, &pending) || pending < 0 ? 0 : (size_t)pending;
}

bool net_ended(int fd)
{
	char byte;
	ssize_t got = lwip_recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return got == 0 || (got < 0 && !would_block());
}

/* lwIP does not tell; a closed connection goes on sending what it has, so nothing needs to wait. */
bool net_flushed(int fd)
{
	(void)fd;
	return true;
}

void net_finish(int fd)
{
	lwip_shutdown(fd, SHUT_WR);
}

int net_send_to(int fd, const void *data, size_t size, const net_address *to)
{
	lwip_address address = to_lwip(to);

	if (lwip_sendto(fd, data, size, 0, &address.any, address.size) >= 0)
		return 1;
	return would_block() ? 0 : -1;
}

int net_receive_from(int fd, void *buffer, size_t size, net_address *from)
{
	lwip_address address = { .size = sizeof(struct sockaddr_in6) };
	ssize_t got = lwip_recvfrom(fd, buffer, size, 0, &address.any, &address.size);

	if (got < 0)
		return -1;
	*from = from_lwip(&address);
	return (int)got;
}

uint32_t net_least_trip(void)
{
	return 0;
}

bool net_wait(int fd, uint32_t ms)
{
	struct timeval time = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000) * 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, &time) > 0;
}

uint32_t net_delay(int fd)
{
	(void)fd;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h on lwIP. Only its own names: with the SDK's include folders the POSIX ones are not declared. Its descriptors
 * are those of VFS select(), which platform_wait() waits with.
 */
#include "net.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "lwip/netdb.h"
#include "lwip/sockets.h"

#define KEEP_ALIVE_INTERVAL 1 /* s */
#define KEEP_ALIVE_COUNT 3

static _Atomic uint32_t station;

void net_set_station(const uint8_t ip[4])
{
	uint32_t value;

	memcpy(&value, ip, 4);
	atomic_store(&station, value);
}

static struct sockaddr_in socket_address(const uint8_t ip[4], uint16_t port)
{
	struct sockaddr_in address = { .sin_len = sizeof(address), .sin_family = AF_INET, .sin_port = lwip_htons(port) };

	memcpy(&address.sin_addr, ip, 4);
	return address;
}

static bool bind_source(int fd, const uint8_t *local_ip)
{
	struct sockaddr_in address;

	if (!local_ip)
		return true;
	address = socket_address(local_ip, 0);
	return lwip_bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

int net_connect(const net_address *remote, const uint8_t *local_ip)
{
	struct sockaddr_in address = socket_address(remote->ip, remote->port);
	int fd, on = 1, saved;

	/* Without the station lwIP would leave by whatever other interface is up, or not have been started at all. */
	if (!atomic_load(&station)) {
		errno = ENETUNREACH;
		return -1;
	}
	fd = lwip_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
	if (fd < 0)
		return -1;
	if (lwip_fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    lwip_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 && bind_source(fd, local_ip) &&
	    (lwip_connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EINPROGRESS))
		return fd;
	saved = errno;
	lwip_close(fd);
	errno = saved;
	return -1;
}

int net_connect_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return lwip_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
}

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

uint32_t net_delay(int fd)
{
	(void)fd;
	return 0;
}

static bool set_tcp(int fd, int option, int value)
{
	return lwip_setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) == 0;
}

int net_keep_alive(int fd, unsigned seconds)
{
	int on = seconds > 0;

	if (lwip_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)))
		return -1;
	if (on && (!set_tcp(fd, TCP_KEEPIDLE, (int)seconds) || !set_tcp(fd, TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL) ||
	           !set_tcp(fd, TCP_KEEPCNT, KEEP_ALIVE_COUNT)))
		return -1;
	return 0;
}

int net_local_port(int fd)
{
	struct sockaddr_in address = { 0 };
	socklen_t size = sizeof(address);

	return lwip_getsockname(fd, (struct sockaddr *)&address, &size) ? -1 : lwip_ntohs(address.sin_port);
}

void net_close(int fd)
{
	lwip_close(fd);
}

bool net_resolve(const char *host, uint8_t ip[4])
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (!atomic_load(&station) || lwip_getaddrinfo(host, NULL, &hints, &found))
		return false;
	memcpy(ip, &((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr, 4);
	lwip_freeaddrinfo(found);
	return true;
}

/* lwIP takes "127.1", "0x7f.0.0.1" and what follows a blank too; an address is what net_print() writes. */
bool net_parse(const char *text, uint8_t ip[4])
{
	char printed[NET_TEXT];

	if (lwip_inet_pton(AF_INET, text, ip) != 1)
		return false;
	net_print(ip, printed);
	return strcmp(text, printed) == 0;
}

void net_print(const uint8_t ip[4], char text[NET_TEXT])
{
	lwip_inet_ntop(AF_INET, ip, text, NET_TEXT);
}

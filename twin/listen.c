/* SPDX-License-Identifier: Apache-2.0 */
/* --listen: a TCP client takes the place of the pseudo-terminal for as long as it stays. */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "twin-platform.h"
#include "twin.h"

static int listener = -1;

bool listen_open(const char *address, const handover *state)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found;
	char host[256];
	const char *colon;
	int error, on = 1;

	listener = state->listen;
	if (state->diverted >= 0)
		uart_divert(state->diverted);
	if (!address || listener >= 0)
		return true;
	colon = strrchr(address, ':');
	if (!colon || (size_t)(colon - address) >= sizeof(host)) {
		fprintf(stderr, "xs-at: --listen wants HOST:PORT, not %s\n", address);
		return false;
	}
	/* getaddrinfo() takes the low 16 bits of any number. */
	if (strtol(colon + 1, NULL, 10) > UINT16_MAX) {
		fprintf(stderr, "xs-at: --listen %s: a port is at most %d\n", address, UINT16_MAX);
		return false;
	}
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = 0;
	error = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
	if (error) {
		fprintf(stderr, "xs-at: --listen %s: %s\n", address, gai_strerror(error));
		return false;
	}
	listener = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listener < 0 || bind(listener, found->ai_addr, found->ai_addrlen) || listen(listener, 1)) {
		fprintf(stderr, "xs-at: --listen %s: %s\n", address, strerror(errno));
		return false;
	}
	freeaddrinfo(found);
	return true;
}

int listen_descriptor(void)
{
	return listener;
}

void listen_accept(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int on = 1;

	if (fd < 0)
		return;
	if (uart_diverted() >= 0) {
		close(fd); /* one at a time, as with a cable */
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	uart_divert(fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* net_address as the system has it: here, and nowhere else, addresses of the radio world become this machine's. */
#ifndef XS_AT_SOCKET_ADDRESS_H
#define XS_AT_SOCKET_ADDRESS_H

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "net.h"
#include "twin-net.h"

typedef struct {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t size;
} socket_address;

/** @param scope of net_scope(); means nothing for what is not link-local */
static inline socket_address to_system_in(const net_address *from, unsigned scope)
{
	socket_address to = { 0 };

	if (from->v6) {
		to.v6.sin6_family = AF_INET6;
		to.v6.sin6_port = htons(from->port);
		to.v6.sin6_scope_id = scope;
		memcpy(&to.v6.sin6_addr, from->ip, 16);
		to.size = sizeof(to.v6);
	} else {
		net_address actual;

		net_actual(from, &actual);
		to.v4.sin_family = AF_INET;
		to.v4.sin_port = htons(from->port);
		memcpy(&to.v4.sin_addr, actual.ip, 4);
		to.size = sizeof(to.v4);
	}
	return to;
}

static inline socket_address to_system(const net_address *from)
{
	return to_system_in(from, 0);
}

static inline net_address from_system(const socket_address *from)
{
	net_address to = { .v6 = from->any.sa_family == AF_INET6 };

	if (to.v6) {
		memcpy(to.ip, &from->v6.sin6_addr, 16);
		to.port = ntohs(from->v6.sin6_port);
	} else {
		memcpy(to.ip, &from->v4.sin_addr, 4);
		to.port = ntohs(from->v4.sin_port);
		net_show(&to);
	}
	return to;
}

#endif

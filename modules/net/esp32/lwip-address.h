/* SPDX-License-Identifier: Apache-2.0 */
/* net_address as lwIP has it. */
#ifndef XS_AT_LWIP_ADDRESS_H
#define XS_AT_LWIP_ADDRESS_H

#include <string.h>

#include "lwip/sockets.h"
#include "net.h"

typedef struct {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t size;
} lwip_address;

/** at-net-names.c: the servers that were set hold again. */
void net_apply_servers(void);

static inline lwip_address to_lwip(const net_address *from)
{
	lwip_address to = { 0 };

	if (from->v6) {
		to.v6.sin6_len = sizeof(to.v6);
		to.v6.sin6_family = AF_INET6;
		to.v6.sin6_port = lwip_htons(from->port);
		memcpy(&to.v6.sin6_addr, from->ip, 16);
		to.size = sizeof(to.v6);
	} else {
		to.v4.sin_len = sizeof(to.v4);
		to.v4.sin_family = AF_INET;
		to.v4.sin_port = lwip_htons(from->port);
		memcpy(&to.v4.sin_addr, from->ip, 4);
		to.size = sizeof(to.v4);
	}
	return to;
}

static inline net_address from_lwip(const lwip_address *from)
{
	net_address to = { .v6 = from->any.sa_family == AF_INET6 };

	if (to.v6) {
		memcpy(to.ip, &from->v6.sin6_addr, 16);
		to.port = lwip_ntohs(from->v6.sin6_port);
	} else {
		memcpy(to.ip, &from->v4.sin_addr, 4);
		to.port = lwip_ntohs(from->v4.sin_port);
	}
	return to;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Names and the text of addresses. */
#include <arpa/inet.h>
#include <netdb.h>

#include "socket-address.h"

static bool look_up(const char *host, int family, net_address *found)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	socket_address first = { 0 };
	uint16_t port = found->port;

	if (getaddrinfo(host, NULL, &hints, &list))
		return false;
	first.size = list->ai_addrlen;
	memcpy(&first.any, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	*found = from_system(&first);
	found->port = port;
	return true;
}

bool net_resolve(const char *host, net_family family, net_address *found)
{
	if (family != NET_V6 && look_up(host, AF_INET, found))
		return true;
	return family != NET_V4 && look_up(host, AF_INET6, found);
}

bool net_parse(const char *text, net_address *address)
{
	bool v4 = inet_pton(AF_INET, text, address->ip) == 1;

	address->v6 = !v4 && inet_pton(AF_INET6, text, address->ip) == 1;
	return v4 || address->v6;
}

void net_print(const net_address *address, char text[NET_TEXT])
{
	inet_ntop(address->v6 ? AF_INET6 : AF_INET, address->ip, text, NET_TEXT);
}

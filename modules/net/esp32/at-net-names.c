/* SPDX-License-Identifier: Apache-2.0 */
/* Names and the text of addresses. */
#include "lwip-address.h"
#include "lwip/netdb.h"

static bool look_up(const char *host, int family, net_address *found)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	lwip_address first = { 0 };
	uint16_t port = found->port;

	if (lwip_getaddrinfo(host, NULL, &hints, &list))
		return false;
	memcpy(&first.any, list->ai_addr, list->ai_addrlen);
	lwip_freeaddrinfo(list);
	*found = from_lwip(&first);
	found->port = port;
	return true;
}

bool net_resolve(const char *host, net_family family, net_address *found)
{
	if (family != NET_V6 && look_up(host, AF_INET, found))
		return true;
	return family != NET_V4 && look_up(host, AF_INET6, found);
}

/* lwIP takes "127.1", "0x7f.0.0.1" and what follows a blank too; an IPv4 address is what net_print() writes. */
bool net_parse(const char *text, net_address *address)
{
	char printed[NET_TEXT];

	address->v6 = false;
	if (lwip_inet_pton(AF_INET, text, address->ip) == 1) {
		net_print(address, printed);
		return strcmp(text, printed) == 0;
	}
	address->v6 = lwip_inet_pton(AF_INET6, text, address->ip) == 1;
	return address->v6;
}

void net_print(const net_address *address, char text[NET_TEXT])
{
	lwip_inet_ntop(address->v6 ? AF_INET6 : AF_INET, address->ip, text, NET_TEXT);
}

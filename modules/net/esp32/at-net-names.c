/* SPDX-License-Identifier: Apache-2.0 */
/* Names and the text of addresses. */
#include "esp_netif.h"
#include "lwip-address.h"
#include "lwip/netdb.h"
#include "platform.h"

static const esp_netif_dns_type_t places[NET_SERVERS] = { ESP_NETIF_DNS_MAIN, ESP_NETIF_DNS_BACKUP,
	                                                      ESP_NETIF_DNS_FALLBACK };

/* What AT+CIPDNS=0 goes back to until DHCP names others (guide 3.3.37). */
#define DEFAULTS 2
static const net_address defaults[DEFAULTS] = { { .ip = { 208, 67, 222, 222 } }, { .ip = { 8, 8, 8, 8 } } };

static struct {
	net_address list[NET_SERVERS];
	unsigned count;
} servers;

static void set_server(esp_netif_t *netif, unsigned place, const net_address *server)
{
	esp_netif_dns_info_t info = { 0 };

	info.ip.type = server->v6 ? ESP_IPADDR_TYPE_V6 : ESP_IPADDR_TYPE_V4;
	if (server->v6)
		memcpy(&info.ip.u_addr.ip6.addr, server->ip, 16);
	else
		memcpy(&info.ip.u_addr.ip4.addr, server->ip, 4);
	if (esp_netif_set_dns_info(netif, places[place], &info) != ESP_OK)
		platform_log("net: name server %u is refused", place);
}

static void set_defaults(esp_netif_t *netif)
{
	for (unsigned i = 0; i < DEFAULTS; i++)
		set_server(netif, i, &defaults[i]);
}

void net_apply_servers(void)
{
	esp_netif_t *netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
	net_address named[NET_SERVERS];

	for (unsigned i = 0; netif && i < servers.count; i++)
		set_server(netif, i, &servers.list[i]);
	/* An address set by hand brings no name server with it. */
	if (netif && !net_get_servers(named))
		set_defaults(netif);
}

void net_set_servers(const net_address *list, unsigned count)
{
	esp_netif_t *netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");

	memcpy(servers.list, list, count * sizeof(*list));
	servers.count = count;
	net_apply_servers();
	if (netif && !count)
		set_defaults(netif);
}

unsigned net_get_servers(net_address list[NET_SERVERS])
{
	esp_netif_t *netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
	unsigned count = 0;

	for (unsigned i = 0; netif && i < NET_SERVERS; i++) {
		esp_netif_dns_info_t info = { 0 };
		net_address *it = &list[count];

		if (esp_netif_get_dns_info(netif, places[i], &info) != ESP_OK)
			continue;
		*it = (net_address){ .v6 = info.ip.type == ESP_IPADDR_TYPE_V6 };
		if (it->v6)
			memcpy(it->ip, &info.ip.u_addr.ip6.addr, 16);
		else
			memcpy(it->ip, &info.ip.u_addr.ip4.addr, 4);
		count += it->v6 || it->ip[0] != 0;
	}
	return count;
}

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

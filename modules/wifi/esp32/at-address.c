/* SPDX-License-Identifier: Apache-2.0 */
/* The station's IPv4 address and host name, and the IPv6 addresses of both interfaces. */
#include <string.h>

#include "at-wifi.h"
#include "chip.h"
#include "esp_netif_net_stack.h"
#include "lwip/nd6.h"
#include "lwip/netif.h"

#if !CONFIG_LWIP_IPV6_AUTOCONFIG
#error sdkconfig.defaults: CONFIG_LWIP_IPV6_AUTOCONFIG=y
#endif

/* --- asked: XS task --- */

static bool is_none(const uint8_t ip[4])
{
	static const uint8_t none[4];

	return memcmp(ip, none, 4) == 0;
}

bool wifi_radio_set_station_address(const wifi_address *address)
{
	at_source source = { .kind = BY_DHCP };

	if (address) {
		source.kind = is_none(address->ip) ? NOWHERE : BY_HAND;
		source.address = *address;
	}
	/* The IDF would take such a one and then never say that the station has it. */
	if (source.kind == BY_HAND && is_none(address->netmask))
		return false;
	return at_events_order(ORDER_STATION_ADDRESS, &source, sizeof(source));
}

bool wifi_radio_set_host_name(const char *name)
{
	at_host_name order = { 0 };
	size_t length = strlen(name);

	if (length >= sizeof(order.text))
		return false;
	memcpy(order.text, name, length);
	return at_events_order(ORDER_HOST_NAME, &order, sizeof(order));
}

bool wifi_radio_set_ipv6(bool on)
{
	return at_events_order(ORDER_IPV6, &on, sizeof(on));
}

bool wifi_radio_link_local(unsigned interface, uint8_t ip[16])
{
	esp_netif_t *netif = at_wifi_netif(interface);
	esp_ip6_addr_t address;

	if (!netif || esp_netif_get_ip6_linklocal(netif, &address) != ESP_OK)
		return false;
	memcpy(ip, address.addr, 16);
	return true;
}

/* --- the event loop's --- */

static struct {
	at_source source;
	at_host_name name;
	bool ipv6;
} address;

/* --- IPv4 --- */

/* By hand or none. */
static void take_own(esp_netif_t *netif)
{
	const wifi_address *own = &address.source.address;
	esp_netif_ip_info_t info;
	esp_err_t stopped = esp_netif_dhcpc_stop(netif);

	memcpy(&info.ip.addr, own->ip, 4);
	memcpy(&info.gw.addr, own->gateway, 4);
	memcpy(&info.netmask.addr, own->netmask, 4);
	if (stopped == ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED || chip_ok("esp_netif_dhcpc_stop", stopped))
		/* Of an interface that is up one that is not zero is told as IP_EVENT_STA_GOT_IP. */
		chip_ok("esp_netif_set_ip_info", esp_netif_set_ip_info(netif, &info));
}

void at_address_set_station(const at_source *source)
{
	esp_netif_t *netif = at_wifi_netif(WIFI_STATION);
	bool was_dhcp = address.source.kind == BY_DHCP;

	address.source = *source;
	if (source->kind == NOWHERE)
		at_station_unaddressed();
	if (!netif)
		return;
	if (source->kind != BY_DHCP)
		take_own(netif);
	else if (!was_dhcp)
		chip_ok("esp_netif_dhcpc_start", esp_netif_dhcpc_start(netif));
}

static void apply_name(void)
{
	esp_netif_t *netif = at_wifi_netif(WIFI_STATION);

	if (netif && address.name.text[0])
		chip_ok("esp_netif_set_hostname", esp_netif_set_hostname(netif, address.name.text));
}

void at_address_set_host_name(const at_host_name *name)
{
	address.name = *name;
	apply_name();
}

/* Here, since an interface that is stopped goes back to DHCP by itself. */
void at_address_station_connecting(void)
{
	apply_name();
	if (address.source.kind != BY_DHCP)
		take_own(at_wifi_netif(WIFI_STATION));
}

/* --- IPv6 --- */

bool at_address_has_ipv6(void)
{
	return address.ipv6;
}

/* TCP/IP task. Without this the routers are asked for their prefix only while an interface comes up. */
static esp_err_t ask_routers(void *netif)
{
	nd6_restart_netif(esp_netif_get_netif_impl(netif));
	return ESP_OK;
}

/* TCP/IP task. The IDF removes only addresses that are valid already. */
static esp_err_t forget(void *interface)
{
	struct netif *netif = esp_netif_get_netif_impl(interface);

	for (int8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
		netif_ip6_addr_set_state(netif, i, IP6_ADDR_INVALID);
	return ESP_OK;
}

/* From the link-local address everything follows: without one lwIP asks no router and takes no prefix. */
void at_address_up(esp_netif_t *netif)
{
	if (address.ipv6 && netif && esp_netif_is_netif_up(netif))
		chip_ok("esp_netif_create_ip6_linklocal", esp_netif_create_ip6_linklocal(netif));
}

static void switch_ipv6(esp_netif_t *netif, bool on)
{
	if (!netif || !esp_netif_is_netif_up(netif))
		return;
	chip_ok("esp_netif_tcpip_exec", esp_netif_tcpip_exec(on ? ask_routers : forget, netif));
	if (on)
		at_address_up(netif);
}

void at_address_set_ipv6(bool on)
{
	if (address.ipv6 == on)
		return;
	address.ipv6 = on;
	switch_ipv6(at_wifi_netif(WIFI_STATION), on);
	switch_ipv6(at_wifi_netif(WIFI_ACCESS_POINT), on);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The SoftAP's address, and what its DHCP server gives. */
#include <string.h>

#include "at-wifi.h"
#include "chip.h"
#include "dhcpserver/dhcpserver.h"

#if !CONFIG_LWIP_DHCPS || CONFIG_LWIP_DHCPS_LEASE_UNIT != 60
#error "sdkconfig.defaults: CONFIG_LWIP_DHCPS=y, CONFIG_LWIP_DHCPS_LEASE_UNIT=60 (minutes, as wifi_leases has them)"
#endif

/* esp_netif_defaults.c, _g_esp_netif_soft_ap_ip */
static const wifi_address default_address = {
	.ip = { 192, 168, 4, 1 },
	.gateway = { 192, 168, 4, 1 },
	.netmask = { 255, 255, 255, 0 },
};

/* --- asked: XS task --- */

static struct {
	wifi_address address; /* all zero: never set */
	wifi_leases leases;
} set = { .leases = { .on = true } };

void wifi_radio_default_address(wifi_address *address)
{
	*address = default_address;
}

static const wifi_address *present_address(void)
{
	return wifi_ip_number(set.address.ip) ? &set.address : &default_address;
}

/* The least and the greatest address that a host of the subnet may have. */
static void hosts(const wifi_address *address, uint32_t *least, uint32_t *greatest)
{
	uint32_t mask = wifi_ip_number(address->netmask), subnet = wifi_ip_number(address->ip) & mask;

	*least = subnet + 1;
	*greatest = (subnet | ~mask) - 1;
}

/* What dhcps_start() would refuse, when it is too late to say so: a mask with holes, an address that is no host's. */
static bool is_host(const wifi_address *address)
{
	uint32_t inverse = ~wifi_ip_number(address->netmask), ip = wifi_ip_number(address->ip), least, greatest;

	hosts(address, &least, &greatest);
	return wifi_ip_number(address->netmask) && !(inverse & (inverse + 1)) && inverse > 1 && ip >= least &&
	       ip <= greatest;
}

bool wifi_radio_set_access_point_address(const wifi_address *address)
{
	if (!is_host(address) || !at_events_order(ORDER_SOFTAP_ADDRESS, address, sizeof(*address)))
		return false;
	set.address = *address;
	wifi_put_ip_number(0, set.leases.first);
	wifi_put_ip_number(0, set.leases.last);
	return true;
}

_Static_assert(DHCPS_MAX_LEASE == WIFI_LEASES, "wifi_default_range() gives what the server gives");

static bool is_default_range(const wifi_leases *leases)
{
	return !wifi_ip_number(leases->first) && !wifi_ip_number(leases->last);
}

/* As the server wants it: two addresses at least, 100 at most. */
static bool is_range(const wifi_leases *leases)
{
	uint32_t first = wifi_ip_number(leases->first), last = wifi_ip_number(leases->last),
			 own = wifi_ip_number(present_address()->ip);
	uint32_t least, greatest;

	hosts(present_address(), &least, &greatest);
	return first >= least && last <= greatest && first < last && last - first + 1 <= DHCPS_MAX_LEASE &&
	       (own < first || own > last);
}

bool wifi_radio_set_leases(const wifi_leases *leases)
{
	if ((!is_default_range(leases) && !is_range(leases)) || !at_events_order(ORDER_LEASES, leases, sizeof(*leases)))
		return false;
	set.leases = *leases;
	return true;
}

void wifi_radio_leases(wifi_leases *leases)
{
	*leases = set.leases;
	if (!leases->minutes)
		leases->minutes = DHCPS_LEASE_TIME_DEF;
	if (is_default_range(leases))
		wifi_default_range(present_address(), leases->first, leases->last);
}

/* --- done: event loop --- */

static struct {
	wifi_address address;
	wifi_leases leases;
} in_force = { .leases = { .on = true } };

static bool set_option(esp_netif_t *netif, esp_netif_dhcp_option_id_t id, void *value, uint32_t size)
{
	return chip_ok("esp_netif_dhcps_option", esp_netif_dhcps_option(netif, ESP_NETIF_OP_SET, id, value, size));
}

static void configure(esp_netif_t *netif)
{
	const wifi_address *address = wifi_ip_number(in_force.address.ip) ? &in_force.address : &default_address;
	const wifi_leases *leases = &in_force.leases;
	esp_netif_ip_info_t info;
	uint32_t minutes = leases->minutes; /* 0: the server's own */
	dhcps_lease_t range = { .enable = !is_default_range(leases) };

	memcpy(&info.ip.addr, address->ip, 4);
	memcpy(&info.gw.addr, address->gateway, 4);
	memcpy(&info.netmask.addr, address->netmask, 4);
	memcpy(&range.start_ip.addr, leases->first, 4);
	memcpy(&range.end_ip.addr, leases->last, 4);
	chip_ok("esp_netif_set_ip_info", esp_netif_set_ip_info(netif, &info));
	set_option(netif, ESP_NETIF_IP_ADDRESS_LEASE_TIME, &minutes, sizeof(minutes));
	set_option(netif, ESP_NETIF_REQUESTED_IP_ADDRESS, &range, sizeof(range));
}

/*
 * At each start of the SoftAP, too: an interface that is stopped forgets that its server was off. One that is not up
 * starts its server when it comes up, if it is to.
 */
void at_dhcp_server_apply(void)
{
	esp_netif_t *netif = at_wifi_netif(WIFI_ACCESS_POINT);
	esp_err_t stopped;

	if (!netif)
		return;
	stopped = esp_netif_dhcps_stop(netif);
	if (stopped != ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED && !chip_ok("esp_netif_dhcps_stop", stopped))
		return;
	configure(netif);
	if (in_force.leases.on)
		chip_ok("esp_netif_dhcps_start", esp_netif_dhcps_start(netif));
}

void at_dhcp_server_set_address(const wifi_address *address)
{
	if (memcmp(&in_force.address, address, sizeof(*address)) == 0 && is_default_range(&in_force.leases))
		return;
	in_force.address = *address;
	wifi_put_ip_number(0, in_force.leases.first);
	wifi_put_ip_number(0, in_force.leases.last);
	at_dhcp_server_apply();
}

static bool same_leases(const wifi_leases *a, const wifi_leases *b)
{
	return a->on == b->on && a->minutes == b->minutes && wifi_ip_number(a->first) == wifi_ip_number(b->first) &&
	       wifi_ip_number(a->last) == wifi_ip_number(b->last);
}

/* A server that starts anew knows none of the stations that have an address, so it does not without need. */
void at_dhcp_server_set_leases(const wifi_leases *leases)
{
	if (same_leases(&in_force.leases, leases))
		return;
	in_force.leases = *leases;
	at_dhcp_server_apply();
}

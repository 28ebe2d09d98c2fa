/* SPDX-License-Identifier: Apache-2.0 */
/* The SoftAP of the twin's Wi-Fi driver: its settings go to the radio world, where the stations are. */
#include <stdio.h>
#include <string.h>

#include "radio-request.h"
#include "twin-wifi.h"

static struct {
	wifi_address address, standard;
	wifi_leases leases;
} server = { .leases = { .on = true } };

bool wifi_radio_set_access_point(const wifi_access_point *it)
{
	char request[RADIO_REQUEST];
	char *p = request;
	wifi_country country;

	wifi_radio_country(&country);
	if (it->channel < country.first || it->channel >= country.first + country.count)
		return false;
	p += sprintf(p, "{\"op\":\"softap\",\"ssid\":\"");
	p = radio_put_bytes(p, it->ssid, it->ssid_length);
	p += sprintf(p, "\",\"password\":\"");
	p = radio_put_bytes(p, it->password, it->password_length);
	sprintf(p, "\",\"channel\":%u,\"security\":%u,\"maximum\":%u,\"hidden\":%s}", it->channel, it->security,
	        it->maximum, it->hidden ? "true" : "false");
	wifi_radio_request(request);
	return true;
}

void wifi_radio_default_address(wifi_address *address)
{
	*address = server.standard;
}

static bool is_none(const uint8_t ip[4])
{
	static const uint8_t none[4];

	return !memcmp(ip, none, sizeof(none));
}

void wifi_radio_leases(wifi_leases *leases)
{
	*leases = server.leases;
	if (!leases->minutes)
		leases->minutes = WIFI_LEASE_MINUTES;
	if (is_none(leases->first))
		wifi_default_range(&server.address, leases->first, leases->last);
}

static void request_leases(void)
{
	char request[RADIO_REQUEST], first[RADIO_ADDRESS], last[RADIO_ADDRESS];
	wifi_leases leases;

	wifi_radio_leases(&leases);
	radio_put_address(first, leases.first);
	radio_put_address(last, leases.last);
	snprintf(request, sizeof(request), "{\"op\":\"leases\",\"on\":%s,\"minutes\":%u,\"first\":\"%s\",\"last\":\"%s\"}",
	         leases.on ? "true" : "false", leases.minutes, first, last);
	wifi_radio_request(request);
}

void wifi_radio_told_default_address(const wifi_address *address)
{
	server.standard = server.address = *address;
	request_leases();
}

bool wifi_radio_set_access_point_address(const wifi_address *address)
{
	char request[RADIO_REQUEST], ip[RADIO_ADDRESS], gateway[RADIO_ADDRESS], netmask[RADIO_ADDRESS];

	server.address = *address;
	memset(server.leases.first, 0, sizeof(server.leases.first));
	memset(server.leases.last, 0, sizeof(server.leases.last));
	radio_put_address(ip, address->ip);
	radio_put_address(gateway, address->gateway);
	radio_put_address(netmask, address->netmask);
	snprintf(request, sizeof(request),
	         "{\"op\":\"softap_address\",\"ip\":\"%s\",\"gateway\":\"%s\",\"netmask\":\"%s\"}", ip, gateway, netmask);
	wifi_radio_request(request);
	request_leases();
	return true;
}

bool wifi_radio_set_leases(const wifi_leases *leases)
{
	server.leases = *leases;
	request_leases();
	return true;
}

bool wifi_radio_expel(const uint8_t mac[6])
{
	char request[RADIO_REQUEST], text[WIFI_MAC];

	wifi_print_mac(mac, text);
	snprintf(request, sizeof(request), "{\"op\":\"expel\",\"mac\":\"%s\"}", text);
	wifi_radio_request(request);
	return true;
}

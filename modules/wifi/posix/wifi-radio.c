/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Wi-Fi driver of the twin: requests go to the radio world as JSON, answers come from its thread. What the portable
 * half wants to know at once is kept here, as the world last told it.
 */
#include <stdio.h>
#include <string.h>

#include "platform.h"
#include "power.h"
#include "radio-request.h"
#include "twin-wifi.h"

static struct {
	platform_lock lock;
	uint8_t mac[2][6]; /* station, SoftAP */
	unsigned mode;
	bool ipv6;
	bool joined, has_link_local;
	int channel, rssi;
	wifi_country chosen, country; /* as it is now */
	uint8_t link_local[16];
} radio;

static uint8_t *mac_of(unsigned interface)
{
	return radio.mac[interface == WIFI_ACCESS_POINT];
}

void wifi_radio_prepare(unsigned instance)
{
	/* Locally administered, and different for each twin that runs. */
	const uint8_t mac[6] = { 0x02, 0xa7, 0x32, (uint8_t)(instance >> 8), (uint8_t)instance, 0 };

	platform_lock_init(&radio.lock);
	memcpy(mac_of(WIFI_STATION), mac, 6);
	memcpy(mac_of(WIFI_ACCESS_POINT), mac, 6);
	mac_of(WIFI_ACCESS_POINT)[5] = 1;
}

void wifi_radio_mac(unsigned interface, char text[WIFI_MAC])
{
	wifi_print_mac(mac_of(interface), text);
}

bool wifi_radio_start(unsigned mode)
{
	char request[RADIO_REQUEST], station[WIFI_MAC], access_point[WIFI_MAC];

	wifi_radio_mac(WIFI_STATION, station);
	wifi_radio_mac(WIFI_ACCESS_POINT, access_point);
	radio.mode = mode;
	snprintf(request, sizeof(request), "{\"op\":\"start\",\"mode\":%u,\"mac\":\"%s\",\"apmac\":\"%s\"}", mode, station,
	         access_point);
	wifi_radio_request(request);
	if (mode)
		power_radio_started();
	return true;
}

bool wifi_radio_release(void)
{
	radio.mode = 0;
	wifi_radio_request("{\"op\":\"stop\"}");
	return true;
}

void wifi_radio_join(const wifi_join *join)
{
	char request[RADIO_REQUEST];
	char *p = request;

	p += sprintf(p, "{\"op\":\"join\",\"id\":%u,\"ssid\":\"", (unsigned)join->id);
	p = radio_put_bytes(p, join->ssid, join->ssid_length);
	p += sprintf(p, "\",\"password\":\"");
	p = radio_put_bytes(p, join->password, join->password_length);
	sprintf(p, "\",\"bssid\":\"%s\",\"pci_en\":%u,\"pmf\":%u,\"scan_mode\":%u,\"listen_interval\":%u}", join->bssid,
	        join->pci_enabled, join->pmf, join->scan_mode, join->listen_interval);
	wifi_radio_request(request);
}

void wifi_radio_leave(void)
{
	wifi_radio_request("{\"op\":\"leave\"}");
}

void wifi_radio_scan(const wifi_scan *scan)
{
	char request[RADIO_REQUEST];
	char *p = request;

	p += sprintf(p, "{\"op\":\"scan\",\"id\":%u,\"ssid\":\"", (unsigned)scan->id);
	p = radio_put_bytes(p, scan->ssid, scan->ssid_length);
	sprintf(p, "\",\"bssid\":\"%s\",\"channel\":%u,\"passive\":%s,\"least\":%u,\"most\":%u}", scan->bssid,
	        scan->channel, scan->passive ? "true" : "false", scan->least, scan->most);
	wifi_radio_request(request);
}

bool wifi_radio_signal(int *channel, int *rssi)
{
	bool joined;

	platform_lock_take(&radio.lock);
	joined = radio.joined;
	if (joined) {
		*channel = radio.channel;
		*rssi = radio.rssi;
	}
	platform_lock_give(&radio.lock);
	return joined;
}

bool wifi_radio_set_mac(unsigned interface, const uint8_t mac[6])
{
	char request[RADIO_REQUEST], text[WIFI_MAC];

	memcpy(mac_of(interface), mac, 6);
	wifi_print_mac(mac, text);
	snprintf(request, sizeof(request), "{\"op\":\"mac\",\"interface\":%u,\"mac\":\"%s\"}", interface, text);
	wifi_radio_request(request);
	return true;
}

bool wifi_radio_set_protocol(unsigned interface, unsigned protocol)
{
	char request[RADIO_REQUEST];

	snprintf(request, sizeof(request), "{\"op\":\"protocol\",\"interface\":%u,\"protocol\":%u}", interface, protocol);
	wifi_radio_request(request);
	return true;
}

bool wifi_radio_set_country(const wifi_country *country)
{
	char request[RADIO_REQUEST];
	char *p = request;

	p += sprintf(p, "{\"op\":\"country\",\"code\":\"");
	p = radio_put_bytes(p, (const uint8_t *)country->code, strnlen(country->code, sizeof(country->code)));
	sprintf(p, "\",\"first\":%u,\"count\":%u,\"manual\":%s}", country->first, country->count,
	        country->manual ? "true" : "false");
	platform_lock_take(&radio.lock);
	radio.chosen = radio.country = *country;
	platform_lock_give(&radio.lock);
	wifi_radio_request(request);
	return true;
}

void wifi_radio_country(wifi_country *country)
{
	platform_lock_take(&radio.lock);
	*country = radio.country;
	platform_lock_give(&radio.lock);
}

bool wifi_radio_set_host_name(const char *name)
{
	char request[RADIO_REQUEST];
	char *p = request;

	p += sprintf(p, "{\"op\":\"host_name\",\"name\":\"");
	p = radio_put_bytes(p, (const uint8_t *)name, strnlen(name, WIFI_HOST_NAME));
	sprintf(p, "\"}");
	wifi_radio_request(request);
	return true;
}

static void request_address(const char *operation, const wifi_address *address)
{
	char request[RADIO_REQUEST], ip[RADIO_ADDRESS], gateway[RADIO_ADDRESS], netmask[RADIO_ADDRESS];

	radio_put_address(ip, address->ip);
	radio_put_address(gateway, address->gateway);
	radio_put_address(netmask, address->netmask);
	snprintf(request, sizeof(request), "{\"op\":\"%s\",\"ip\":\"%s\",\"gateway\":\"%s\",\"netmask\":\"%s\"}", operation,
	         ip, gateway, netmask);
	wifi_radio_request(request);
}

bool wifi_radio_set_station_address(const wifi_address *address)
{
	if (address)
		request_address("station_address", address);
	else
		wifi_radio_request("{\"op\":\"station_address\"}");
	return true;
}

bool wifi_radio_set_ipv6(bool on)
{
	platform_lock_take(&radio.lock);
	radio.ipv6 = on;
	if (!on)
		radio.has_link_local = false;
	platform_lock_give(&radio.lock);
	wifi_radio_request(on ? "{\"op\":\"ipv6\",\"on\":true}" : "{\"op\":\"ipv6\",\"on\":false}");
	return true;
}

/* fe80:: and the EUI-64 of the MAC address (RFC 4291, appendix A). */
static void make_link_local(const uint8_t mac[6], uint8_t ip[16])
{
	const uint8_t made[16] = { 0xfe,       0x80,   0,      0,    0,    0,      0,      0,
		                       mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	memcpy(ip, made, sizeof(made));
}

bool wifi_radio_link_local(unsigned interface, uint8_t ip[16])
{
	bool has;

	platform_lock_take(&radio.lock);
	if (interface == WIFI_ACCESS_POINT) {
		has = radio.ipv6 && (radio.mode & WIFI_ACCESS_POINT);
		if (has)
			make_link_local(mac_of(interface), ip);
	} else {
		has = radio.has_link_local;
		if (has)
			memcpy(ip, radio.link_local, sizeof(radio.link_local));
	}
	platform_lock_give(&radio.lock);
	return has;
}

/* --- told by the radio world --- */

void wifi_radio_told_signal(int channel, int rssi)
{
	platform_lock_take(&radio.lock);
	radio.joined = true;
	radio.channel = channel;
	radio.rssi = rssi;
	platform_lock_give(&radio.lock);
}

void wifi_radio_told_lost(void)
{
	platform_lock_take(&radio.lock);
	radio.joined = false;
	radio.has_link_local = false;
	radio.country = radio.chosen;
	platform_lock_give(&radio.lock);
}

void wifi_radio_told_country(const char *code, unsigned first, unsigned count)
{
	platform_lock_take(&radio.lock);
	snprintf(radio.country.code, sizeof(radio.country.code), "%s", code);
	radio.country.first = (uint8_t)first;
	radio.country.count = (uint8_t)count;
	platform_lock_give(&radio.lock);
}

void wifi_radio_told_link_local(const uint8_t ip[16])
{
	platform_lock_take(&radio.lock);
	memcpy(radio.link_local, ip, sizeof(radio.link_local));
	radio.has_link_local = radio.ipv6;
	platform_lock_give(&radio.lock);
}

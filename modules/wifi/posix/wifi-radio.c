/* SPDX-License-Identifier: Apache-2.0 */
/* The station's radio in the twin: requests go to the radio world as JSON, answers come from its thread. */
#include <stdio.h>
#include <string.h>

#include "platform.h"
#include "power.h"
#include "twin-wifi.h"
#include "wifi.h"

#define REQUEST_MAX 1024

static char station_mac[WIFI_MAC], ap_mac[WIFI_MAC];

/* Locally administered, and different for each twin that runs. */
void wifi_radio_prepare(unsigned instance)
{
	snprintf(station_mac, sizeof(station_mac), "02:a7:32:%02x:%02x:00", instance >> 8 & 0xff, instance & 0xff);
	snprintf(ap_mac, sizeof(ap_mac), "02:a7:32:%02x:%02x:01", instance >> 8 & 0xff, instance & 0xff);
}

void wifi_radio_mac(unsigned interface, char text[WIFI_MAC])
{
	memcpy(text, interface == WIFI_ACCESS_POINT ? ap_mac : station_mac, WIFI_MAC);
}

bool wifi_radio_start(unsigned mode)
{
	char request[REQUEST_MAX];

	snprintf(request, sizeof(request), "{\"op\":\"start\",\"mode\":%u,\"mac\":\"%s\",\"apmac\":\"%s\"}", mode,
	         station_mac, ap_mac);
	wifi_radio_request(request);
	if (mode)
		power_radio_started();
	return true;
}

/* Bytes as a JSON string of one character each. */
static size_t put_bytes(char *to, const uint8_t *bytes, size_t size)
{
	char *p = to;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] < ' ' || bytes[i] >= 0x7f || bytes[i] == '"' || bytes[i] == '\\')
			p += sprintf(p, "\\u%04x", bytes[i]);
		else
			*p++ = (char)bytes[i];
	}
	return (size_t)(p - to);
}

void wifi_radio_join(const wifi_join *join)
{
	char request[REQUEST_MAX];
	char *p = request;

	p += sprintf(p, "{\"op\":\"join\",\"id\":%u,\"ssid\":\"", (unsigned)join->id);
	p += put_bytes(p, join->ssid, join->ssid_length);
	p += sprintf(p, "\",\"password\":\"");
	p += put_bytes(p, join->password, join->password_length);
	sprintf(p, "\",\"bssid\":\"%s\",\"pci_en\":%u,\"pmf\":%u,\"scan_mode\":%u,\"listen_interval\":%u}", join->bssid,
	        join->pci_enabled, join->pmf, join->scan_mode, join->listen_interval);
	wifi_radio_request(request);
}

void wifi_radio_leave(void)
{
	wifi_radio_request("{\"op\":\"leave\"}");
}

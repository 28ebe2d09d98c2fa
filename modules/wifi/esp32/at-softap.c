/* SPDX-License-Identifier: Apache-2.0 */
/* The access point that this device is (SoftAP), and the stations in it. */
#include <string.h>

#include "at-wifi.h"
#include "chip.h"

#if CONFIG_ESP_WIFI_ESPNOW_MAX_ENCRYPT_NUM > 7
#error "The driver has 17 keys for stations and for ESP-NOW: not WIFI_CLIENTS for the SoftAP."
#endif

/* --- what it is. XS task --- */

static struct {
	wifi_access_point config;
	bool is_set;
} softap;

static wifi_auth_mode_t auth_mode(unsigned security)
{
	switch (security) {
	case WIFI_WPA_PSK:
		return WIFI_AUTH_WPA_PSK;
	case WIFI_WPA2_PSK:
		return WIFI_AUTH_WPA2_PSK;
	case WIFI_WPA_WPA2_PSK:
		return WIFI_AUTH_WPA_WPA2_PSK;
	default:
		return WIFI_AUTH_OPEN;
	}
}

static bool apply(const wifi_access_point *from)
{
	wifi_config_t config;
	wifi_ap_config_t *to = &config.ap;

	/* What we have no word for stays as the driver has it: beacon interval, DTIM period. */
	if (!chip_ok("esp_wifi_get_config", esp_wifi_get_config(WIFI_IF_AP, &config)))
		return false;
	memset(to->ssid, 0, sizeof(to->ssid));
	memset(to->password, 0, sizeof(to->password));
	memcpy(to->ssid, from->ssid, from->ssid_length);
	to->ssid_len = from->ssid_length;
	to->channel = from->channel;
	to->authmode = auth_mode(from->security);
	if (to->authmode != WIFI_AUTH_OPEN)
		memcpy(to->password, from->password, from->password_length);
	/* WPA is TKIP for whoever knows nothing better; WPA2 alone is CCMP (IEEE 802.11). */
	to->pairwise_cipher = from->security == WIFI_WPA2_PSK ? WIFI_CIPHER_TYPE_CCMP : WIFI_CIPHER_TYPE_TKIP_CCMP;
	to->ssid_hidden = from->hidden;
	to->max_connection = from->maximum;
	return chip_ok("esp_wifi_set_config", esp_wifi_set_config(WIFI_IF_AP, &config));
}

bool at_softap_apply(void)
{
	return !softap.is_set || apply(&softap.config);
}

static bool same_bytes(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	return a_length == b_length && memcmp(a, b, a_length) == 0;
}

/* Whether a station of one is a station of the other. */
static bool same_network(const wifi_access_point *a, const wifi_access_point *b)
{
	return same_bytes(a->ssid, a->ssid_length, b->ssid, b->ssid_length) && a->channel == b->channel &&
	       a->security == b->security &&
	       (a->security == WIFI_OPEN || same_bytes(a->password, a->password_length, b->password, b->password_length));
}

/* What the driver would refuse, before anybody is thrown out for it. */
static bool is_channel(unsigned channel)
{
	wifi_country country;

	wifi_radio_country(&country);
	return channel >= country.first && channel < (unsigned)country.first + country.count;
}

static bool change(const wifi_access_point *to)
{
	bool same = softap.is_set && same_network(&softap.config, to);

	if (same && softap.config.maximum == to->maximum && softap.config.hidden == to->hidden)
		return true;
	if (!is_channel(to->channel))
		return false;
	/* While they can still hear it. */
	if (!same)
		chip_ok("esp_wifi_deauth_sta", esp_wifi_deauth_sta(0));
	if (apply(to))
		return true;
	at_softap_apply();
	return false;
}

bool wifi_radio_set_access_point(const wifi_access_point *access_point)
{
	if (at_wifi_runs(WIFI_ACCESS_POINT) && !change(access_point))
		return false;
	softap.config = *access_point;
	softap.is_set = true;
	return true;
}

bool wifi_radio_expel(const uint8_t mac[6])
{
	uint16_t aid;

	/* 0 would be all of them. */
	return esp_wifi_ap_get_sta_aid(mac, &aid) == ESP_OK && aid &&
	       chip_ok("esp_wifi_deauth_sta", esp_wifi_deauth_sta(aid));
}

/* --- who is in it. Event loop --- */

static struct {
	uint8_t macs[WIFI_CLIENTS][6];
	unsigned count;
} clients;

static unsigned find(const uint8_t mac[6])
{
	unsigned i = 0;

	while (i < clients.count && memcmp(clients.macs[i], mac, 6))
		i++;
	return i;
}

void at_softap_client_joined(const uint8_t mac[6])
{
	if (find(mac) == clients.count && clients.count < WIFI_CLIENTS)
		memcpy(clients.macs[clients.count++], mac, 6);
	wifi_client_joined(mac);
}

/* Told once: the driver may tell it of a station that went with the SoftAP. */
void at_softap_client_left(const uint8_t mac[6])
{
	unsigned i = find(mac);

	if (i == clients.count)
		return;
	clients.count--;
	memmove(clients.macs[i], clients.macs[i + 1], (clients.count - i) * sizeof(clients.macs[0]));
	wifi_client_left(mac);
}

void at_softap_stopped(void)
{
	while (clients.count)
		wifi_client_left(clients.macs[--clients.count]);
}

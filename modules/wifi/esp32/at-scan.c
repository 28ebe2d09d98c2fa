/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for access points, on the event loop. The driver does not scan twice at once, nor while it connects: a scan
 * that is superseded is stopped, and the next begins when the driver has told its end; a join waits in at-station.c.
 */
#include <string.h>

#include "at-wifi.h"
#include "chip.h"

static struct {
	enum { IDLE, SCANNING, STOPPING } state;
	wifi_scan wanted; /* the one that runs, or begins when the driver has stopped */
	bool has_wanted;
} scan;

bool at_scan_runs(void)
{
	return scan.state != IDLE;
}

void wifi_radio_scan(const wifi_scan *wanted)
{
	if (!at_events_order(ORDER_SCAN, wanted, sizeof(*wanted)))
		wifi_scanned(wanted->id, false);
}

/* --- what was found --- */

/* <ecn> of the guide (3.2.8) ends with OWE: what came later is told as the nearest before. */
static uint8_t security(wifi_auth_mode_t mode)
{
	switch (mode) {
	case WIFI_AUTH_OPEN:
		return WIFI_OPEN;
	case WIFI_AUTH_WEP:
		return WIFI_WEP;
	case WIFI_AUTH_WPA_PSK:
		return WIFI_WPA_PSK;
	case WIFI_AUTH_WPA2_PSK:
		return WIFI_WPA2_PSK;
	case WIFI_AUTH_WPA_WPA2_PSK:
		return WIFI_WPA_WPA2_PSK;
	case WIFI_AUTH_WPA3_PSK:
	case WIFI_AUTH_DPP:
		return WIFI_WPA3_PSK;
	case WIFI_AUTH_WPA2_WPA3_PSK:
		return WIFI_WPA2_WPA3_PSK;
	case WIFI_AUTH_WAPI_PSK:
		return WIFI_WAPI_PSK;
	case WIFI_AUTH_OWE:
		return WIFI_OWE;
	/* WPA2-, WPA3-, their transition, the one of 192 bits, and WPA-Enterprise. */
	default:
		return WIFI_WPA2_ENTERPRISE;
	}
}

/* Those of the guide (3.2.8) are the driver's first seven; it knows more. */
static uint8_t cipher(wifi_cipher_type_t type)
{
	_Static_assert(WIFI_CIPHER_NONE == (int)WIFI_CIPHER_TYPE_NONE && WIFI_CIPHER_WEP40 == (int)WIFI_CIPHER_TYPE_WEP40 &&
	                   WIFI_CIPHER_WEP104 == (int)WIFI_CIPHER_TYPE_WEP104 &&
	                   WIFI_CIPHER_TKIP == (int)WIFI_CIPHER_TYPE_TKIP &&
	                   WIFI_CIPHER_CCMP == (int)WIFI_CIPHER_TYPE_CCMP &&
	                   WIFI_CIPHER_TKIP_CCMP == (int)WIFI_CIPHER_TYPE_TKIP_CCMP &&
	                   WIFI_CIPHER_AES_CMAC == (int)WIFI_CIPHER_TYPE_AES_CMAC128,
	               "ciphers as the driver's");

	return type <= WIFI_CIPHER_TYPE_AES_CMAC128 ? (uint8_t)type : WIFI_CIPHER_UNKNOWN;
}

static void tell(const wifi_ap_record_t *record)
{
	wifi_found found = {
		.ssid_length = (uint8_t)strnlen((const char *)record->ssid, WIFI_SSID),
		.channel = record->primary,
		.rssi = record->rssi,
		.security = security(record->authmode),
		.pairwise = cipher(record->pairwise_cipher),
		.group = cipher(record->group_cipher),
		.protocol = (uint8_t)((record->phy_11b ? WIFI_11B : 0) | (record->phy_11g ? WIFI_11G : 0) |
		                      (record->phy_11n ? WIFI_11N : 0)),
		.wps = record->wps,
	};

	memcpy(found.ssid, record->ssid, found.ssid_length);
	memcpy(found.bssid, record->bssid, 6);
	wifi_found_one(scan.wanted.id, &found);
}

/* One by one: the driver has them on the heap, and an array of all would be there a second time. */
static void tell_all(void)
{
	wifi_ap_record_t record;

	while (esp_wifi_scan_get_ap_record(&record) == ESP_OK)
		tell(&record);
}

/* --- scanning --- */

static bool start(const wifi_scan *from)
{
	uint8_t ssid[WIFI_SSID + 1] = { 0 }, bssid[6];
	bool has_bssid = wifi_parse_mac(from->bssid, bssid);
	uint32_t most = from->most ? from->most : WIFI_ACTIVE_SCAN_MAX_DEFAULT_TIME;
	const wifi_scan_config_t config = {
		.ssid = from->ssid_length ? ssid : NULL,
		.bssid = has_bssid ? bssid : NULL,
		.channel = from->channel,
		/* They have a MAC and a channel; a name they may not tell. */
		.show_hidden = true,
		.scan_type = from->passive ? WIFI_SCAN_TYPE_PASSIVE : WIFI_SCAN_TYPE_ACTIVE,
		.scan_time = {
			.active = { .min = from->least < most ? from->least : most, .max = most },
			.passive = from->most ? from->most : WIFI_PASSIVE_SCAN_DEFAULT_TIME,
		},
		.home_chan_dwell_time = WIFI_SCAN_HOME_CHANNEL_DWELL_DEFAULT_TIME,
	};

	memcpy(ssid, from->ssid, from->ssid_length);
	return chip_ok("esp_wifi_scan_start", esp_wifi_scan_start(&config, false));
}

static void begin(void)
{
	scan.has_wanted = false;
	if (!at_station_is_joining() && start(&scan.wanted)) {
		scan.state = SCANNING;
		return;
	}
	scan.state = IDLE;
	wifi_scanned(scan.wanted.id, false);
}

void at_scan_start(const wifi_scan *wanted)
{
	bool superseded = scan.state == SCANNING;

	scan.wanted = *wanted;
	if (scan.state == IDLE) {
		begin();
		return;
	}
	scan.has_wanted = true;
	scan.state = STOPPING;
	if (superseded)
		chip_ok("esp_wifi_scan_stop", esp_wifi_scan_stop());
}

void at_scan_done(bool complete)
{
	bool is_ours = scan.state == SCANNING;

	scan.state = IDLE;
	if (is_ours && complete)
		tell_all();
	/* Of one that nobody waits for, and of one that was broken off. */
	if (at_wifi_has_driver())
		esp_wifi_clear_ap_list();
	if (is_ours)
		wifi_scanned(scan.wanted.id, complete);
	if (scan.has_wanted)
		begin();
	if (scan.state == IDLE)
		at_station_resume();
}

void at_scan_stopped(void)
{
	bool waits = scan.state != IDLE;

	scan.state = IDLE;
	scan.has_wanted = false;
	if (waits)
		wifi_scanned(scan.wanted.id, false);
}

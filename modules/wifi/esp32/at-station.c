/* SPDX-License-Identifier: Apache-2.0 */
/* The station: joining access points and leaving them, on the event loop. */
#include <string.h>

#include "at-wifi.h"
#include "chip.h"

static struct {
	enum { APART, JOINING, JOINED, LEAVING } state;
	wifi_join join; /* in hand, or the one that brought us here */
	wifi_join next; /* begins when the access point in hand is left, and no scan runs */
	bool has_next;
	bool addressed; /* in this association */
} station;

/* --- asked: XS task --- */

void wifi_radio_join(const wifi_join *join)
{
	if (!at_events_order(ORDER_JOIN, join, sizeof(*join)))
		wifi_failed(join->id, WIFI_JOIN_FAILED);
}

void wifi_radio_leave(void)
{
	at_events_order(ORDER_LEAVE, NULL, 0);
}

bool wifi_radio_signal(int *channel, int *rssi)
{
	wifi_ap_record_t record;

	if (esp_wifi_sta_get_ap_info(&record) != ESP_OK)
		return false;
	*channel = record.primary;
	*rssi = record.rssi;
	return true;
}

/* --- joining and leaving --- */

bool at_station_is_joining(void)
{
	return station.state == JOINING;
}

/*
 * The weakest security that is taken (pci_en, guide 3.2.5). Where this says nothing and there is a password, the driver
 * would refuse WEP and WPA.
 */
static wifi_auth_mode_t weakest(const wifi_join *join)
{
	if (join->pci_enabled)
		return WIFI_AUTH_WPA_PSK;
	return join->password_length ? WIFI_AUTH_WEP : WIFI_AUTH_OPEN;
}

static void configure(const wifi_join *join, wifi_sta_config_t *config)
{
	memcpy(config->ssid, join->ssid, join->ssid_length);
	memcpy(config->password, join->password, join->password_length);
	config->scan_method = join->scan_mode ? WIFI_ALL_CHANNEL_SCAN : WIFI_FAST_SCAN;
	config->sort_method = WIFI_CONNECT_AP_BY_SIGNAL;
	config->bssid_set = wifi_parse_mac(join->bssid, config->bssid);
	config->listen_interval = join->listen_interval;
	config->threshold.authmode = weakest(join);
	config->pmf_cfg.capable = join->pmf & 1;
	config->pmf_cfg.required = (join->pmf & 2) != 0;
	config->sae_pwe_h2e = WPA3_SAE_PWE_BOTH;
}

static void begin(void)
{
	wifi_config_t config = { 0 };

	station.join = station.next;
	station.has_next = false;
	configure(&station.join, &config.sta);
	if (chip_ok("esp_wifi_set_config", esp_wifi_set_config(WIFI_IF_STA, &config)) &&
	    chip_ok("esp_wifi_connect", esp_wifi_connect())) {
		station.state = JOINING;
		return;
	}
	station.state = APART;
	wifi_failed(station.join.id, WIFI_JOIN_FAILED);
}

/* From an access point the driver tells when it is left; of an attempt that is given up it may tell nothing. */
static void part(void)
{
	if (station.state == APART || station.state == LEAVING)
		return;
	if (!chip_ok("esp_wifi_disconnect", esp_wifi_disconnect()) || station.state == JOINING)
		station.state = APART;
	else
		station.state = LEAVING;
}

/* A connection would break off a scan that somebody waits for. */
void at_station_resume(void)
{
	if (station.has_next && station.state == APART && !at_scan_runs())
		begin();
}

void at_station_join(const wifi_join *join)
{
	station.next = *join;
	station.has_next = true;
	part();
	at_station_resume();
}

void at_station_leave(void)
{
	station.has_next = false;
	part();
}

/* --- what the driver tells --- */

/* The codes of AT+CWJAP (guide 3.2.5); a reason that is not here is WIFI_JOIN_FAILED, and the time-out is not ours. */
static const struct {
	uint8_t reason; /* wifi_err_reason_t */
	uint8_t code;
} join_errors[] = {
	/* A wrong password is not told as such: the handshake that proves it comes to nothing. */
	{ WIFI_REASON_AUTH_EXPIRE, WIFI_JOIN_PASSWORD },
	{ WIFI_REASON_MIC_FAILURE, WIFI_JOIN_PASSWORD },
	{ WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT, WIFI_JOIN_PASSWORD },
	{ WIFI_REASON_IE_IN_4WAY_DIFFERS, WIFI_JOIN_PASSWORD },
	{ WIFI_REASON_802_1X_AUTH_FAILED, WIFI_JOIN_PASSWORD },
	{ WIFI_REASON_AUTH_FAIL, WIFI_JOIN_PASSWORD },
	{ WIFI_REASON_HANDSHAKE_TIMEOUT, WIFI_JOIN_PASSWORD },
	/* Found, but with other security than asked for, counts as not found, as in a scan that leaves it out. */
	{ WIFI_REASON_NO_AP_FOUND, WIFI_JOIN_NOT_FOUND },
	{ WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY, WIFI_JOIN_NOT_FOUND },
	{ WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD, WIFI_JOIN_NOT_FOUND },
	{ WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD, WIFI_JOIN_NOT_FOUND },
};

static int join_error(unsigned reason)
{
	for (size_t i = 0; i < sizeof(join_errors) / sizeof(join_errors[0]); i++)
		if (join_errors[i].reason == reason)
			return join_errors[i].code;
	return WIFI_JOIN_FAILED;
}

void at_station_connected(const wifi_event_sta_connected_t *event)
{
	wifi_ap_record_t record = { 0 };
	char bssid[WIFI_MAC];

	if (station.state != JOINING) { /* given up while it came about */
		if (chip_ok("esp_wifi_disconnect", esp_wifi_disconnect()))
			station.state = LEAVING;
		return;
	}
	station.state = JOINED;
	station.addressed = false;
	chip_ok("esp_wifi_sta_get_ap_info", esp_wifi_sta_get_ap_info(&record));
	wifi_print_mac(event->bssid, bssid);
	wifi_associated(station.join.id, bssid, event->channel, record.rssi);
}

void at_station_disconnected(unsigned reason)
{
	switch (station.state) {
	case APART:
		break;
	case JOINING:
		/* This reason is the echo of our own disconnecting, from the attempt before this one. */
		if (reason == WIFI_REASON_ASSOC_LEAVE)
			break;
		station.state = APART;
		wifi_failed(station.join.id, join_error(reason));
		break;
	case JOINED:
	case LEAVING:
		station.state = APART;
		wifi_lost((int)reason);
		at_station_resume();
		break;
	}
}

void at_station_stopped(void)
{
	bool was_joining = station.state == JOINING, was_there = station.state == JOINED || station.state == LEAVING;
	bool waited = station.has_next;

	station.has_next = false;
	station.state = APART;
	if (was_there)
		wifi_lost(WIFI_REASON_ASSOC_LEAVE);
	/* Last: of two the later reason is told. */
	if (was_joining)
		wifi_failed(station.join.id, WIFI_JOIN_FAILED);
	if (waited)
		wifi_failed(station.next.id, WIFI_JOIN_FAILED);
}

/* --- what the IP stack tells --- */

void at_station_addressed(const esp_netif_ip_info_t *info)
{
	wifi_address address;

	if (station.state != JOINED)
		return;
	station.addressed = true;
	memcpy(address.ip, &info->ip.addr, 4);
	memcpy(address.gateway, &info->gw.addr, 4);
	memcpy(address.netmask, &info->netmask.addr, 4);
	wifi_addressed(&address);
}

/*
 * An access point that gives no address any more is as good as gone; reconnection begins anew. The IDF tells it two
 * minutes after the loss: of a new association that has had none yet, it means the one before.
 */
void at_station_lost_address(void)
{
	if (station.state == JOINED && station.addressed)
		part();
}

void at_station_unaddressed(void)
{
	station.addressed = false;
}

void at_station_addressed6(const esp_ip6_addr_t *ip)
{
	bool global = esp_netif_ip6_get_addr_type((esp_ip6_addr_t *)ip) != ESP_IP6_ADDR_IS_LINK_LOCAL;

	if (station.state == JOINED && at_address_has_ipv6())
		wifi_addressed6(global, (const uint8_t *)ip->addr);
}

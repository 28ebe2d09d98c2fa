/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The radio on the IDF's Wi-Fi driver. Switching it on and off is done by the XS task, at once, since its result is the
 * command's (the first time takes as long as the calibration of the radio, some 100 ms). All that concerns an access
 * point is done by the task of the IDF's event loop: orders come to it as events, in one queue with those of the
 * driver, so that this state needs no lock and nothing can overtake.
 */
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "esp_event.h"
#include "esp_mac.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "esp_wifi_default.h"
#include "factory.h"
#include "platform.h"
#include "power.h"
#include "wifi.h"

static ESP_EVENT_DEFINE_BASE(ORDER);

enum { ORDER_JOIN, ORDER_LEAVE };

/* The XS task's. */
static struct {
	esp_netif_t *station, *access_point;
	bool network, driver, started;
} radio;

/* The event loop's. */
static struct {
	enum { APART, JOINING, JOINED, LEAVING } state;
	wifi_join join; /* in hand, or the one that brought us here */
	wifi_join next; /* begins when the access point in hand is left */
	bool has_next;
} station;

/* --- joining and leaving: event loop --- */

/* "aa:bb:cc:dd:ee:ff", as the command has checked it. */
static void parse_mac(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
}

static void print_mac(const uint8_t mac[6], char text[WIFI_MAC])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 6; i++) {
		text[3 * i] = digits[mac[i] >> 4];
		text[3 * i + 1] = digits[mac[i] & 15];
		text[3 * i + 2] = i < 5 ? ':' : 0;
	}
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
	config->bssid_set = join->bssid[0] != 0;
	if (config->bssid_set)
		parse_mac(join->bssid, config->bssid);
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

static void obey(void *unused, esp_event_base_t base, int32_t order, void *data)
{
	(void)unused;
	(void)base;
	if (order == ORDER_JOIN) {
		memcpy(&station.next, data, sizeof(station.next));
		station.has_next = true;
	} else
		station.has_next = false;
	part();
	if (station.has_next && station.state == APART)
		begin();
}

/* --- what the driver tells: event loop --- */

static int join_error(unsigned reason)
{
	switch (reason) {
	/* A wrong password is not told as such: the handshake that proves it comes to nothing. */
	case WIFI_REASON_AUTH_EXPIRE:
	case WIFI_REASON_AUTH_FAIL:
	case WIFI_REASON_MIC_FAILURE:
	case WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT:
	case WIFI_REASON_HANDSHAKE_TIMEOUT:
	case WIFI_REASON_IE_IN_4WAY_DIFFERS:
	case WIFI_REASON_802_1X_AUTH_FAILED:
		return WIFI_JOIN_PASSWORD;
	/* Found, but with other security than asked for, counts as not found, as in a scan that leaves it out. */
	case WIFI_REASON_NO_AP_FOUND:
	case WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY:
	case WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD:
	case WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD:
		return WIFI_JOIN_NOT_FOUND;
	default:
		return WIFI_JOIN_FAILED;
	}
}

static void associated(const wifi_event_sta_connected_t *event)
{
	wifi_ap_record_t record = { 0 };
	char bssid[WIFI_MAC];

	if (station.state != JOINING) { /* given up while it came about */
		if (chip_ok("esp_wifi_disconnect", esp_wifi_disconnect()))
			station.state = LEAVING;
		return;
	}
	station.state = JOINED;
	chip_ok("esp_wifi_sta_get_ap_info", esp_wifi_sta_get_ap_info(&record));
	print_mac(event->bssid, bssid);
	wifi_associated(station.join.id, bssid, event->channel, record.rssi);
}

static void disconnected(unsigned reason)
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
		if (station.has_next)
			begin();
		break;
	}
}

static void on_wifi(void *unused, esp_event_base_t base, int32_t id, void *data)
{
	(void)unused;
	(void)base;
	switch (id) {
	case WIFI_EVENT_STA_CONNECTED:
		associated(data);
		break;
	case WIFI_EVENT_STA_DISCONNECTED:
		disconnected(((const wifi_event_sta_disconnected_t *)data)->reason);
		break;
	case WIFI_EVENT_STA_STOP:
		station.has_next = false;
		if (station.state == JOINED || station.state == LEAVING)
			wifi_lost(WIFI_REASON_ASSOC_LEAVE);
		station.state = APART;
		break;
	}
}

static void on_address(void *unused, esp_event_base_t base, int32_t id, void *data)
{
	const ip_event_got_ip_t *event = data;
	wifi_address address;

	(void)unused;
	(void)base;
	if (station.state != JOINED)
		return;
	if (id == IP_EVENT_STA_LOST_IP) {
		/* An access point that gives no address any more is as good as gone; reconnection begins anew. */
		part();
		return;
	}
	memcpy(address.ip, &event->ip_info.ip.addr, 4);
	memcpy(address.gateway, &event->ip_info.gw.addr, 4);
	memcpy(address.netmask, &event->ip_info.netmask.addr, 4);
	wifi_addressed(&address);
}

/* --- switching on and off: XS task --- */

static bool handle(esp_event_base_t base, int32_t id, esp_event_handler_t handler)
{
	return chip_ok("esp_event_handler_register", esp_event_handler_register(base, id, handler, NULL));
}

/* Each step may be repeated, so that a start that found no memory can be tried again. */
static bool start_network(void)
{
	esp_err_t loop;

	if (radio.network)
		return true;
	if (!chip_ok("esp_netif_init", esp_netif_init()))
		return false;
	loop = esp_event_loop_create_default();
	if (loop != ESP_ERR_INVALID_STATE && !chip_ok("esp_event_loop_create_default", loop))
		return false;
	radio.network = handle(ORDER, ESP_EVENT_ANY_ID, obey) && handle(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi) &&
	                handle(IP_EVENT, IP_EVENT_STA_GOT_IP, on_address) &&
	                handle(IP_EVENT, IP_EVENT_STA_LOST_IP, on_address);
	return radio.network;
}

/* Not esp_netif_create_default_wifi_sta(), which ends the program when there is no memory. */
static bool make_interface(esp_netif_t **interface, const esp_netif_config_t *config,
                           esp_err_t (*attach)(esp_netif_t *))
{
	if (*interface)
		return true;
	*interface = esp_netif_new(config);
	if (!*interface) {
		platform_log("esp_netif_new: out of memory");
		return false;
	}
	if (chip_ok("esp_netif_attach_wifi", attach(*interface)) &&
	    chip_ok("esp_wifi_set_default_wifi_sta_handlers", esp_wifi_set_default_wifi_sta_handlers()))
		return true;
	esp_netif_destroy(*interface);
	*interface = NULL;
	return false;
}

static bool make_interfaces(unsigned mode)
{
	const esp_netif_config_t station_config = ESP_NETIF_DEFAULT_WIFI_STA();
	const esp_netif_config_t access_point_config = ESP_NETIF_DEFAULT_WIFI_AP();

	return (!(mode & WIFI_MODE_STA) ||
	        make_interface(&radio.station, &station_config, esp_netif_attach_wifi_station)) &&
	       (!(mode & WIFI_MODE_AP) ||
	        make_interface(&radio.access_point, &access_point_config, esp_netif_attach_wifi_ap));
}

/* The manufacturing data of a MINI, where a module has none. */
static bool set_country(void)
{
	wifi_country_t country = {
		.schan = (uint8_t)factory_integer("start_channel", 1),
		.nchan = (uint8_t)factory_integer("channel_num", 13),
		.policy = WIFI_COUNTRY_POLICY_MANUAL,
	};

	factory_text("country_code", country.cc, sizeof(country.cc), "CN");
	return chip_ok("esp_wifi_set_country", esp_wifi_set_country(&country));
}

static bool start_driver(void)
{
	const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();

	if (radio.driver)
		return true;
	if (!chip_ok("esp_wifi_init", esp_wifi_init(&config)))
		return false;
	/* What is stored is core/settings.ts's affair. */
	radio.driver = chip_ok("esp_wifi_set_storage", esp_wifi_set_storage(WIFI_STORAGE_RAM)) && set_country();
	if (!radio.driver)
		chip_ok("esp_wifi_deinit", esp_wifi_deinit());
	return radio.driver;
}

static bool switch_off(void)
{
	if (radio.started && !chip_ok("esp_wifi_stop", esp_wifi_stop()))
		return false;
	radio.started = false;
	return true;
}

static bool switch_on(wifi_mode_t mode)
{
	if (!chip_ok("esp_wifi_set_mode", esp_wifi_set_mode(mode)))
		return false;
	if (radio.started)
		return true;
	radio.started = chip_ok("esp_wifi_start", esp_wifi_start());
	if (radio.started)
		power_radio_started();
	return radio.started;
}

bool wifi_radio_start(unsigned mode)
{
	if (!start_network())
		return false;
	if (mode == WIFI_MODE_NULL)
		return switch_off();
	return start_driver() && make_interfaces(mode) && switch_on((wifi_mode_t)mode);
}

void wifi_radio_join(const wifi_join *join)
{
	if (!chip_ok("esp_event_post", esp_event_post(ORDER, ORDER_JOIN, join, sizeof(*join), 0)))
		wifi_failed(join->id, WIFI_JOIN_FAILED);
}

void wifi_radio_leave(void)
{
	chip_ok("esp_event_post", esp_event_post(ORDER, ORDER_LEAVE, NULL, 0, 0));
}

/* Before the driver is started, the address that it will have. */
void wifi_radio_mac(unsigned interface, char text[WIFI_MAC])
{
	uint8_t mac[6] = { 0 };
	bool is_access_point = interface == WIFI_ACCESS_POINT;

	if (!radio.driver || esp_wifi_get_mac(is_access_point ? WIFI_IF_AP : WIFI_IF_STA, mac) != ESP_OK)
		chip_ok("esp_read_mac", esp_read_mac(mac, is_access_point ? ESP_MAC_WIFI_SOFTAP : ESP_MAC_WIFI_STA));
	print_mac(mac, text);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: who is told what by XS, by the Wi-Fi driver and by the IP stack. */
#include "at-wifi.h"
#include "chip.h"

static ESP_EVENT_DEFINE_BASE(ORDER);

static void on_order(void *unused, esp_event_base_t base, int32_t order, void *data)
{
	(void)unused;
	(void)base;
	switch ((at_order)order) {
	case ORDER_JOIN:
		at_station_join(data);
		break;
	case ORDER_LEAVE:
		at_station_leave();
		break;
	case ORDER_SCAN:
		at_scan_start(data);
		break;
	case ORDER_STATION_ADDRESS:
		at_address_set_station(data);
		break;
	case ORDER_HOST_NAME:
		at_address_set_host_name(data);
		break;
	case ORDER_IPV6:
		at_address_set_ipv6(*(const bool *)data);
		break;
	case ORDER_SOFTAP_ADDRESS:
		at_dhcp_server_set_address(data);
		break;
	case ORDER_LEASES:
		at_dhcp_server_set_leases(data);
		break;
	}
}

static void on_wifi(void *unused, esp_event_base_t base, int32_t id, void *data)
{
	(void)unused;
	(void)base;
	switch (id) {
	case WIFI_EVENT_SCAN_DONE:
		at_scan_done(((const wifi_event_sta_scan_done_t *)data)->status == 0);
		break;
	case WIFI_EVENT_STA_CONNECTED:
		at_address_station_connecting();
		at_station_connected(data);
		break;
	case WIFI_EVENT_STA_DISCONNECTED:
		at_station_disconnected(((const wifi_event_sta_disconnected_t *)data)->reason);
		break;
	case WIFI_EVENT_STA_STOP:
		at_scan_stopped();
		at_station_stopped();
		break;
	case WIFI_EVENT_AP_START:
		at_dhcp_server_apply();
		break;
	case WIFI_EVENT_AP_STOP:
		at_softap_stopped();
		break;
	case WIFI_EVENT_AP_STACONNECTED:
		at_softap_client_joined(((const wifi_event_ap_staconnected_t *)data)->mac);
		break;
	case WIFI_EVENT_AP_STADISCONNECTED:
		at_softap_client_left(((const wifi_event_ap_stadisconnected_t *)data)->mac);
		break;
	}
}

static void assigned(const ip_event_assigned_ip_to_client_t *event)
{
	if (event->esp_netif == at_wifi_netif(WIFI_ACCESS_POINT))
		wifi_client_addressed(event->mac, (const uint8_t *)&event->ip.addr);
}

static void got_ip6(const ip_event_got_ip6_t *event)
{
	if (event->esp_netif == at_wifi_netif(WIFI_STATION))
		at_station_addressed6(&event->ip6_info.ip);
}

static void on_ip(void *unused, esp_event_base_t base, int32_t id, void *data)
{
	(void)unused;
	(void)base;
	switch (id) {
	case IP_EVENT_STA_GOT_IP:
		at_station_addressed(&((const ip_event_got_ip_t *)data)->ip_info);
		break;
	case IP_EVENT_STA_LOST_IP:
		at_station_lost_address();
		break;
	case IP_EVENT_GOT_IP6:
		got_ip6(data);
		break;
	case IP_EVENT_ASSIGNED_IP_TO_CLIENT:
		assigned(data);
		break;
	case IP_EVENT_NETIF_UP:
		at_address_up(((const ip_event_netif_status_t *)data)->esp_netif);
		break;
	}
}

static bool handle(esp_event_base_t base, esp_event_handler_t handler)
{
	return chip_ok("esp_event_handler_register", esp_event_handler_register(base, ESP_EVENT_ANY_ID, handler, NULL));
}

/* Each step may be repeated, so that a start that found no memory can be tried again. */
bool at_events_start(void)
{
	static bool started;
	esp_err_t loop;

	if (started)
		return true;
	if (!chip_ok("esp_netif_init", esp_netif_init()))
		return false;
	loop = esp_event_loop_create_default();
	if (loop != ESP_ERR_INVALID_STATE && !chip_ok("esp_event_loop_create_default", loop))
		return false;
	started = handle(ORDER, on_order) && handle(WIFI_EVENT, on_wifi) && handle(IP_EVENT, on_ip);
	return started;
}

bool at_events_order(at_order order, const void *data, size_t size)
{
	return at_events_start() && chip_ok("esp_event_post", esp_event_post(ORDER, (int32_t)order, data, size, 0));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of wifi-native.ts: the state of the station as the radio last told it. */
#include "wifi.h"

#include <string.h>

#include "binary.h"
#include "net.h"
#include "platform.h"
#include "services.h"

static xsSlot on_event;

static struct {
	platform_lock lock;
	unsigned events;
	int reason;
	uint32_t join; /* the newest */
	char bssid[WIFI_MAC];
	int channel, rssi;
	wifi_address address;
} station;

static void tell(unsigned event, int reason)
{
	station.events |= event;
	station.reason = reason;
}

static bool is_current(uint32_t join)
{
	return join == station.join;
}

void wifi_associated(uint32_t join, const char *bssid, int channel, int rssi)
{
	platform_lock_take(&station.lock);
	if (is_current(join)) {
		strncpy(station.bssid, bssid, WIFI_MAC - 1);
		station.channel = channel;
		station.rssi = rssi;
		tell(WIFI_EVENT_ASSOCIATED, 0);
	}
	platform_lock_give(&station.lock);
	platform_wake_xs();
}

static void set_address(const wifi_address *address)
{
	station.address = *address;
	net_set_station(address->ip);
}

void wifi_addressed(const wifi_address *address)
{
	platform_lock_take(&station.lock);
	set_address(address);
	tell(WIFI_EVENT_ADDRESSED, 0);
	platform_lock_give(&station.lock);
	platform_wake_xs();
}

void wifi_failed(uint32_t join, int reason)
{
	platform_lock_take(&station.lock);
	if (is_current(join))
		tell(WIFI_EVENT_FAILED, reason);
	platform_lock_give(&station.lock);
	platform_wake_xs();
}

void wifi_lost(int reason)
{
	static const wifi_address none;

	platform_lock_take(&station.lock);
	set_address(&none);
	/* What was not told yet is not true any more. */
	station.events &= ~(unsigned)(WIFI_EVENT_ASSOCIATED | WIFI_EVENT_ADDRESSED);
	tell(WIFI_EVENT_LOST, reason);
	platform_lock_give(&station.lock);
	platform_wake_xs();
}

typedef struct {
	unsigned events;
	int reason;
} told;

static void enter_event(xsMachine *the, void *context)
{
	told *it = context;

	xsmcVars(2);
	xsmcSetInteger(xsVar(0), (xsIntegerValue)it->events);
	xsmcSetInteger(xsVar(1), it->reason);
	xsCallFunction2(on_event, xsUndefined, xsVar(0), xsVar(1));
}

static void wifi_service(xsMachine *the)
{
	told it;

	platform_lock_take(&station.lock);
	it = (told){ station.events, station.reason };
	station.events = 0;
	platform_lock_give(&station.lock);
	if (it.events)
		services_enter(the, enter_event, &it);
}

static service wifi_services = { .run = wifi_service };

void xs_wifi_destructor(void *data)
{
	(void)data;
}

void xs_wifi(xsMachine *the)
{
	on_event = xsArg(0);
	xsRemember(on_event);
	platform_lock_init(&station.lock);
	services_add(&wifi_services);
}

void xs_wifi_start(xsMachine *the)
{
	xsmcSetBoolean(xsResult, wifi_radio_start((unsigned)xsmcToInteger(xsArg(0))));
}

static uint8_t get_bytes(xsMachine *the, xsSlot *slot, uint8_t *to, size_t size)
{
	size_t length = binary_get(the, slot, to, size);

	if (length > size)
		xsRangeError("string too long");
	return (uint8_t)length;
}

/* join(ssid, password, bssid, pciEnabled, listenInterval, scanMode, pmf) */
void xs_wifi_join(xsMachine *the)
{
	wifi_join join = { 0 };

	join.ssid_length = get_bytes(the, &xsArg(0), join.ssid, WIFI_SSID);
	join.password_length = get_bytes(the, &xsArg(1), join.password, WIFI_PASSWORD);
	binary_get_text(the, &xsArg(2), join.bssid, WIFI_MAC);
	join.pci_enabled = (uint8_t)xsmcToInteger(xsArg(3));
	join.listen_interval = (uint8_t)xsmcToInteger(xsArg(4));
	join.scan_mode = (uint8_t)xsmcToInteger(xsArg(5));
	join.pmf = (uint8_t)xsmcToInteger(xsArg(6));
	platform_lock_take(&station.lock);
	join.id = ++station.join;
	platform_lock_give(&station.lock);
	wifi_radio_join(&join);
}

void xs_wifi_leave(xsMachine *the)
{
	(void)the;
	platform_lock_take(&station.lock);
	station.join++;
	platform_lock_give(&station.lock);
	wifi_radio_leave();
}

void xs_wifi_accessPoint(xsMachine *the)
{
	char bssid[WIFI_MAC];
	int channel, rssi;

	platform_lock_take(&station.lock);
	memcpy(bssid, station.bssid, WIFI_MAC);
	channel = station.channel;
	rssi = station.rssi;
	platform_lock_give(&station.lock);
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 3);
	xsmcSetString(xsVar(0), bssid);
	xsmcSetIndex(xsResult, 0, xsVar(0));
	xsmcSetInteger(xsVar(0), channel);
	xsmcSetIndex(xsResult, 1, xsVar(0));
	xsmcSetInteger(xsVar(0), rssi);
	xsmcSetIndex(xsResult, 2, xsVar(0));
}

void xs_wifi_address(xsMachine *the)
{
	net_address addresses[3] = { 0 };

	platform_lock_take(&station.lock);
	memcpy(addresses[0].ip, station.address.ip, 4);
	memcpy(addresses[1].ip, station.address.gateway, 4);
	memcpy(addresses[2].ip, station.address.netmask, 4);
	platform_lock_give(&station.lock);
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 3);
	for (int i = 0; i < 3; i++) {
		char text[NET_TEXT];

		net_print(&addresses[i], text);
		xsmcSetString(xsVar(0), text);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}

void xs_wifi_mac(xsMachine *the)
{
	char text[WIFI_MAC];

	wifi_radio_mac((unsigned)xsmcToInteger(xsArg(0)), text);
	xsmcSetString(xsResult, text);
}

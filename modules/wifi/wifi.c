/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of wifi-native.ts: the state of the station as the radio last told it. */
#include <string.h>

#include "binary.h"
#include "net.h"
#include "platform.h"
#include "services.h"
#include "wifi-text.h"

static xsSlot on_event;

static struct {
	platform_lock lock;
	unsigned events;
	int reason;
	uint32_t join; /* the newest */
	char bssid[WIFI_MAC];
	int channel, rssi;
	wifi_address address;
	uint8_t global[16];
	bool has_global;
} station;

static void tell(unsigned event, int reason)
{
	station.events |= event;
	station.reason = reason;
}

void wifi_tell(unsigned event)
{
	platform_lock_take(&station.lock);
	station.events |= event;
	platform_lock_give(&station.lock);
	platform_wake_xs();
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

#define OF_ASSOCIATION \
	(unsigned)(WIFI_EVENT_ASSOCIATED | WIFI_EVENT_ADDRESSED | WIFI_EVENT_LINK_LOCAL | WIFI_EVENT_GLOBAL)

/* The association in hand ends: what was not told yet of it is not true any more. Locked. */
static void forget(void)
{
	static const wifi_address none;

	set_address(&none);
	station.has_global = false;
	station.events &= ~OF_ASSOCIATION;
}

void wifi_addressed(const wifi_address *address)
{
	platform_lock_take(&station.lock);
	set_address(address);
	tell(WIFI_EVENT_ADDRESSED, 0);
	platform_lock_give(&station.lock);
	platform_wake_xs();
}

void wifi_addressed6(bool global, const uint8_t ip[16])
{
	if (global) {
		platform_lock_take(&station.lock);
		memcpy(station.global, ip, 16);
		station.has_global = true;
		platform_lock_give(&station.lock);
	}
	wifi_tell(global ? WIFI_EVENT_GLOBAL : WIFI_EVENT_LINK_LOCAL);
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
	platform_lock_take(&station.lock);
	forget();
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

/* What is told of earlier joins from now on is nobody's. @return the new one's id */
static uint32_t end_joins(void)
{
	uint32_t id;

	platform_lock_take(&station.lock);
	id = ++station.join;
	forget();
	station.events &= ~(unsigned)WIFI_EVENT_FAILED;
	platform_lock_give(&station.lock);
	return id;
}

void xs_wifi_start(xsMachine *the)
{
	unsigned mode = (unsigned)xsmcToInteger(xsArg(0));
	bool started = wifi_radio_start(mode);

	if (started && !(mode & WIFI_STATION))
		end_joins();
	xsmcSetBoolean(xsResult, started);
}

void xs_wifi_release(xsMachine *the)
{
	xsmcSetBoolean(xsResult, wifi_radio_release());
}

/* join(ssid, password, bssid, pciEnabled, listenInterval, scanMode, pmf) */
void xs_wifi_join(xsMachine *the)
{
	wifi_join join = { 0 };

	join.ssid_length = wifi_get_bytes(the, &xsArg(0), join.ssid, WIFI_SSID);
	join.password_length = wifi_get_bytes(the, &xsArg(1), join.password, WIFI_PASSWORD);
	binary_get_text(the, &xsArg(2), join.bssid, WIFI_MAC);
	join.pci_enabled = (uint8_t)xsmcToInteger(xsArg(3));
	join.listen_interval = (uint8_t)xsmcToInteger(xsArg(4));
	join.scan_mode = (uint8_t)xsmcToInteger(xsArg(5));
	join.pmf = (uint8_t)xsmcToInteger(xsArg(6));
	join.id = end_joins();
	wifi_radio_join(&join);
}

void xs_wifi_leave(xsMachine *the)
{
	(void)the;
	end_joins();
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
	wifi_radio_signal(&channel, &rssi);
	wifi_answer(the, 3);
	wifi_put_text(the, 0, bssid);
	wifi_put_integer(the, 1, channel);
	wifi_put_integer(the, 2, rssi);
}

/* [ip, gateway, netmask, link-local, global]; of IPv6 "" for none */
void xs_wifi_address(xsMachine *the)
{
	wifi_address address;
	net_address global = { .v6 = true };
	bool has_global;

	platform_lock_take(&station.lock);
	address = station.address;
	has_global = station.has_global;
	memcpy(global.ip, station.global, 16);
	platform_lock_give(&station.lock);
	wifi_put_addresses(the, &address, WIFI_STATION, 5);
	wifi_put_address6(the, 4, has_global ? &global : NULL);
}

/* setAddress(ip, gateway, netmask), "" for DHCP */
void xs_wifi_setAddress(xsMachine *the)
{
	wifi_address address;

	xsmcSetBoolean(xsResult, wifi_radio_set_station_address(wifi_get_address(the, &address) ? &address : NULL));
}

void xs_wifi_setIPv6(xsMachine *the)
{
	xsmcSetBoolean(xsResult, wifi_radio_set_ipv6(xsmcToBoolean(xsArg(0))));
}

void xs_wifi_setHostName(xsMachine *the)
{
	char name[WIFI_HOST_NAME + 1];

	binary_get_text(the, &xsArg(0), name, sizeof(name));
	xsmcSetBoolean(xsResult, wifi_radio_set_host_name(name));
}

void xs_wifi_mac(xsMachine *the)
{
	char text[WIFI_MAC];

	wifi_radio_mac((unsigned)xsmcToInteger(xsArg(0)), text);
	xsmcSetString(xsResult, text);
}

/* setMac(interface, mac) */
void xs_wifi_setMac(xsMachine *the)
{
	uint8_t mac[6];

	wifi_get_mac(the, &xsArg(1), mac);
	xsmcSetBoolean(xsResult, wifi_radio_set_mac((unsigned)xsmcToInteger(xsArg(0)), mac));
}

/* setProtocol(interface, bits) */
void xs_wifi_setProtocol(xsMachine *the)
{
	xsmcSetBoolean(xsResult,
	               wifi_radio_set_protocol((unsigned)xsmcToInteger(xsArg(0)), (unsigned)xsmcToInteger(xsArg(1))));
}

/* setCountry(manual, code, first, count) */
void xs_wifi_setCountry(xsMachine *the)
{
	wifi_country country = {
		.manual = xsmcToBoolean(xsArg(0)),
		.first = (uint8_t)xsmcToInteger(xsArg(2)),
		.count = (uint8_t)xsmcToInteger(xsArg(3)),
	};

	binary_get_text(the, &xsArg(1), country.code, sizeof(country.code));
	xsmcSetBoolean(xsResult, wifi_radio_set_country(&country));
}

void xs_wifi_country(xsMachine *the)
{
	wifi_country country = { 0 };

	wifi_radio_country(&country);
	wifi_answer(the, 4);
	wifi_put_integer(the, 0, country.manual);
	wifi_put_text(the, 1, country.code);
	wifi_put_integer(the, 2, country.first);
	wifi_put_integer(the, 3, country.count);
}

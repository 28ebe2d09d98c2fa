/* SPDX-License-Identifier: Apache-2.0 */
/* What the radio world wants of the process around it: natives of host-native.ts, on the world's thread. */
#define _GNU_SOURCE
#include "world-host.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binary.h"
#include "control.h"
#include "flash-image.h"
#include "net.h"
#include "platform.h"
#include "twin-net.h"
#include "twin-platform.h"
#include "twin-wifi.h"
#include "twin.h"

void xs_world_send(xsMachine *the)
{
	control_send(xsmcToInteger(xsArg(0)), xsmcToString(xsArg(1)));
}

void xs_world_associated(xsMachine *the)
{
	wifi_associated((uint32_t)xsmcToInteger(xsArg(0)), xsmcToString(xsArg(1)), xsmcToInteger(xsArg(2)),
	                xsmcToInteger(xsArg(3)));
}

wifi_address world_address(const char *ip, const char *gateway, const char *netmask)
{
	const char *texts[3] = { ip, gateway, netmask };
	net_address parsed[3] = { 0 };
	wifi_address address;

	for (int i = 0; i < 3; i++)
		net_parse(texts[i], &parsed[i]);
	memcpy(address.ip, parsed[0].ip, 4);
	memcpy(address.gateway, parsed[1].ip, 4);
	memcpy(address.netmask, parsed[2].ip, 4);
	return address;
}

void xs_world_address(xsMachine *the)
{
	char texts[3][16];
	wifi_address address;

	for (int i = 0; i < 3; i++)
		xsmcToStringBuffer(xsArg(i), texts[i], sizeof(texts[i]));
	address = world_address(texts[0], texts[1], texts[2]);
	wifi_addressed(&address);
}

void xs_world_country(xsMachine *the)
{
	wifi_radio_told_country(xsmcToString(xsArg(0)), (unsigned)xsmcToInteger(xsArg(1)),
	                        (unsigned)xsmcToInteger(xsArg(2)));
}

void xs_world_address6(xsMachine *the)
{
	bool global = xsmcToBoolean(xsArg(0));
	net_address address = { 0 };

	if (!net_parse(xsmcToString(xsArg(1)), &address))
		return;
	if (!global)
		wifi_radio_told_link_local(address.ip);
	wifi_addressed6(global, address.ip);
}

static bool get_mac(const char *text, uint8_t mac[6])
{
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) == 6;
}

/* found(scanId, ssid, bssid, channel, rssi, ecn, pairwise, group, protocol, wps) */
void xs_world_found(xsMachine *the)
{
	wifi_found found = { .channel = (uint8_t)xsmcToInteger(xsArg(3)),
		                 .rssi = (int8_t)xsmcToInteger(xsArg(4)),
		                 .security = (uint8_t)xsmcToInteger(xsArg(5)),
		                 .pairwise = (uint8_t)xsmcToInteger(xsArg(6)),
		                 .group = (uint8_t)xsmcToInteger(xsArg(7)),
		                 .protocol = (uint8_t)xsmcToInteger(xsArg(8)),
		                 .wps = xsmcToBoolean(xsArg(9)) };

	found.ssid_length = (uint8_t)binary_get(the, &xsArg(1), found.ssid, sizeof(found.ssid));
	if (get_mac(xsmcToString(xsArg(2)), found.bssid))
		wifi_found_one((uint32_t)xsmcToNumber(xsArg(0)), &found);
}

void xs_world_scanned(xsMachine *the)
{
	wifi_scanned((uint32_t)xsmcToNumber(xsArg(0)), xsmcToBoolean(xsArg(1)));
}

void xs_world_clientJoined(xsMachine *the)
{
	uint8_t mac[6];

	if (get_mac(xsmcToString(xsArg(0)), mac))
		wifi_client_joined(mac);
}

void xs_world_clientAddressed(xsMachine *the)
{
	net_address address = { 0 };
	uint8_t mac[6];

	if (get_mac(xsmcToString(xsArg(0)), mac) && net_parse(xsmcToString(xsArg(1)), &address))
		wifi_client_addressed(mac, address.ip);
}

void xs_world_clientLeft(xsMachine *the)
{
	uint8_t mac[6];

	if (get_mac(xsmcToString(xsArg(0)), mac))
		wifi_client_left(mac);
}

void xs_world_actual(xsMachine *the)
{
	net_address shown = { 0 }, actual = { 0 };
	char text[NET_TEXT];

	net_parse(xsmcToString(xsArg(0)), &shown);
	net_actual(&shown, &actual);
	net_print(&actual, text);
	xsmcSetString(xsResult, text);
}

void xs_world_joinFailed(xsMachine *the)
{
	wifi_failed((uint32_t)xsmcToInteger(xsArg(0)), xsmcToInteger(xsArg(1)));
}

void xs_world_disconnected(xsMachine *the)
{
	wifi_radio_told_lost();
	wifi_lost(xsmcToInteger(xsArg(0)));
}

typedef struct {
	int id;
	uint32_t ms;
} advance_request;

static void *advance(void *data)
{
	advance_request request = *(advance_request *)data;
	char text[64];
	uint32_t now;

	free(data);
	if (clock_advance(request.ms, &now))
		snprintf(text, sizeof(text), "{\"now\":%u}", now);
	else
		snprintf(text, sizeof(text), "{\"error\":\"the clock is not manual\"}");
	world_answer("advance", request.id, text);
	return NULL;
}

static void begin_advance(int id, const char *argument)
{
	advance_request *request = malloc(sizeof(*request));
	pthread_t thread;

	*request = (advance_request){ id, (uint32_t)strtoul(argument, NULL, 10) };
	pthread_create(&thread, NULL, advance, request);
	pthread_detach(thread);
}

/* "<channel> <rssi> <rtt ms>" of the access point. */
static void set_signal(const char *argument)
{
	unsigned round_trip;
	int channel, rssi;

	if (sscanf(argument, "%d %d %u", &channel, &rssi, &round_trip) != 3)
		return;
	wifi_radio_told_signal(channel, rssi);
	net_set_round_trip(round_trip);
}

/* Addresses separated by blanks. */
static void offer_servers(const char *argument)
{
	net_address servers[NET_SERVERS] = { 0 };
	char texts[NET_SERVERS][NET_TEXT];
	unsigned count = 0;
	int named = sscanf(argument, "%45s %45s %45s", texts[0], texts[1], texts[2]);

	for (int i = 0; i < named; i++)
		if (net_parse(texts[i], &servers[count]))
			count++;
	net_offer_servers(servers, count);
}

/* "1", or "0 <netmask>" where nothing beyond the station's own network is in reach. */
static void set_internet(const char *argument)
{
	net_address mask = { 0 };

	if (*argument == '0' && net_parse(argument + 2, &mask))
		net_set_offline(true, mask.ip);
	else
		net_set_offline(false, mask.ip);
}

void xs_world_request(xsMachine *the)
{
	char kind[16], argument[64];
	int id = xsmcToInteger(xsArg(1));

	xsmcToStringBuffer(xsArg(0), kind, sizeof(kind));
	if (!strcmp(kind, "log")) {
		platform_log("%s", xsmcToString(xsArg(2)));
		return;
	}
	xsmcToStringBuffer(xsArg(2), argument, sizeof(argument));
	if (!strcmp(kind, "statistics"))
		statistics_request(id, *argument == '1');
	else if (!strcmp(kind, "advance"))
		begin_advance(id, argument);
	else if (!strcmp(kind, "cut") && strcmp(argument, "0")) {
		flash_cut_at((uint32_t)strtoul(argument, NULL, 10), FLASH_TEAR_ANY);
		world_answer(kind, id, "{}");
	} else if (!strcmp(kind, "cut") || !strcmp(kind, "reset"))
		world_reset_pin();
	else if (!strcmp(kind, "port"))
		ports_answer(id);
	else if (!strcmp(kind, "pin"))
		device_pin(id, argument);
	else if (!strcmp(kind, "firmware"))
		device_firmware(id);
	else if (!strcmp(kind, "outputs"))
		pins_answer(id, argument);
	else if (!strcmp(kind, "signal"))
		set_signal(argument);
	else if (!strcmp(kind, "dns"))
		offer_servers(argument);
	else if (!strcmp(kind, "internet"))
		set_internet(argument);
	else
		world_answer(kind, id, "{\"error\":\"unknown request\"}");
}

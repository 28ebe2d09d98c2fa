/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of scan-native.ts: what a scan found, kept in memory until it is forgotten, strongest first. */
#include <stdlib.h>
#include <string.h>

#include "binary.h"
#include "platform.h"
#include "wifi-text.h"

#define MOST 64 /* access points; of more the weakest are left out */

static struct {
	platform_lock lock;
	wifi_found *list; /* MOST of them while a scan is in hand, NULL otherwise */
	unsigned count;
	uint32_t id;
	bool complete;
} scan;

static void insert(const wifi_found *found)
{
	unsigned at = scan.count;

	while (at > 0 && scan.list[at - 1].rssi < found->rssi)
		at--;
	if (at == MOST)
		return;
	if (scan.count < MOST)
		scan.count++;
	memmove(scan.list + at + 1, scan.list + at, (scan.count - at - 1) * sizeof(*found));
	scan.list[at] = *found;
}

void wifi_found_one(uint32_t id, const wifi_found *found)
{
	platform_lock_take(&scan.lock);
	if (id == scan.id && scan.list)
		insert(found);
	platform_lock_give(&scan.lock);
}

void wifi_scanned(uint32_t id, bool complete)
{
	bool current;

	platform_lock_take(&scan.lock);
	current = id == scan.id && scan.list;
	scan.complete = complete;
	platform_lock_give(&scan.lock);
	if (current)
		wifi_tell(WIFI_EVENT_SCANNED);
}

static void forget(void)
{
	platform_lock_take(&scan.lock);
	platform_free(scan.list);
	scan.list = NULL;
	scan.count = 0;
	scan.id++;
	scan.complete = false;
	platform_lock_give(&scan.lock);
}

void xs_scan_destructor(void *data)
{
	(void)data;
}

void xs_scan(xsMachine *the)
{
	(void)the;
	platform_lock_init(&scan.lock);
}

/* start(ssid, bssid, channel, passive, least, most) */
void xs_scan_start(xsMachine *the)
{
	wifi_scan wanted = { 0 };

	wanted.ssid_length = wifi_get_bytes(the, &xsArg(0), wanted.ssid, WIFI_SSID);
	binary_get_text(the, &xsArg(1), wanted.bssid, WIFI_MAC);
	wanted.channel = (uint8_t)xsmcToInteger(xsArg(2));
	wanted.passive = xsmcToBoolean(xsArg(3));
	wanted.least = (uint16_t)xsmcToInteger(xsArg(4));
	wanted.most = (uint16_t)xsmcToInteger(xsArg(5));
	forget();
	scan.list = platform_alloc(MOST * sizeof(*scan.list));
	if (!scan.list) {
		xsmcSetFalse(xsResult);
		return;
	}
	wanted.id = scan.id;
	wifi_radio_scan(&wanted);
	xsmcSetTrue(xsResult);
}

/* found(index) */
void xs_scan_found(xsMachine *the)
{
	unsigned index = (unsigned)xsmcToInteger(xsArg(0));
	char bssid[WIFI_MAC];
	wifi_found found;
	bool exists;

	platform_lock_take(&scan.lock);
	exists = scan.list && index < scan.count;
	if (exists)
		found = scan.list[index];
	platform_lock_give(&scan.lock);
	if (!exists)
		return;
	wifi_print_mac(found.bssid, bssid);
	wifi_answer(the, 9);
	wifi_put_integer(the, 0, found.security);
	wifi_put_bytes(the, 1, found.ssid, found.ssid_length);
	wifi_put_integer(the, 2, found.rssi);
	wifi_put_text(the, 3, bssid);
	wifi_put_integer(the, 4, found.channel);
	wifi_put_integer(the, 5, found.pairwise);
	wifi_put_integer(the, 6, found.group);
	wifi_put_integer(the, 7, found.protocol);
	wifi_put_integer(the, 8, found.wps);
}

void xs_scan_isComplete(xsMachine *the)
{
	xsmcSetBoolean(xsResult, scan.complete);
}

void xs_scan_forget(xsMachine *the)
{
	(void)the;
	forget();
}

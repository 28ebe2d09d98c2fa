/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of softap-native.ts: the SoftAP, and what its stations did, in order, until XS takes it. */
#include <string.h>

#include "binary.h"
#include "platform.h"
#include "wifi-text.h"

#define NEWS 32

typedef enum { NEWS_JOINED, NEWS_ADDRESSED, NEWS_LEFT } news_kind;

typedef struct {
	news_kind kind;
	uint8_t mac[6];
	uint8_t ip[4];
} news;

typedef struct {
	bool used;
	uint8_t mac[6];
	uint8_t ip[4]; /* all zero: none by DHCP */
} client;

static struct {
	platform_lock lock;
	client clients[WIFI_CLIENTS];
	news news[NEWS]; /* ring; of more than XS takes in time the oldest are lost, the clients stay right */
	unsigned first, count;
	wifi_address address;
} softap;

/* @param mac NULL: a free one */
static client *find(const uint8_t *mac)
{
	for (client *it = softap.clients; it < softap.clients + WIFI_CLIENTS; it++)
		if (mac ? it->used && !memcmp(it->mac, mac, 6) : !it->used)
			return it;
	return NULL;
}

static void add(news_kind kind, const uint8_t mac[6], const uint8_t ip[4])
{
	news *it;

	if (softap.count == NEWS) {
		softap.first = (softap.first + 1) % NEWS;
		softap.count--;
	}
	it = &softap.news[(softap.first + softap.count++) % NEWS];
	it->kind = kind;
	memcpy(it->mac, mac, 6);
	if (ip)
		memcpy(it->ip, ip, 4);
}

void wifi_default_range(const wifi_address *address, uint8_t first[4], uint8_t last[4])
{
	uint32_t own = wifi_ip_number(address->ip), mask = wifi_ip_number(address->netmask);
	uint32_t network = own & mask, broadcast = network | ~mask;
	bool below = own - network > broadcast - own;
	uint32_t least = below ? network + 1 : own + 1;
	uint32_t most = below ? own - 1 : broadcast - 1;

	if (most - least + 1 > WIFI_LEASES)
		most = least + WIFI_LEASES - 1;
	wifi_put_ip_number(least, first);
	wifi_put_ip_number(most, last);
}

void wifi_client_joined(const uint8_t mac[6])
{
	client *it;

	platform_lock_take(&softap.lock);
	it = find(mac);
	if (!it)
		it = find(NULL);
	if (it) {
		*it = (client){ .used = true };
		memcpy(it->mac, mac, 6);
	}
	add(NEWS_JOINED, mac, NULL);
	platform_lock_give(&softap.lock);
	wifi_tell(WIFI_EVENT_CLIENT);
}

void wifi_client_addressed(const uint8_t mac[6], const uint8_t ip[4])
{
	client *it;

	platform_lock_take(&softap.lock);
	it = find(mac);
	if (it)
		memcpy(it->ip, ip, 4);
	add(NEWS_ADDRESSED, mac, ip);
	platform_lock_give(&softap.lock);
	wifi_tell(WIFI_EVENT_CLIENT);
}

void wifi_client_left(const uint8_t mac[6])
{
	client *it;

	platform_lock_take(&softap.lock);
	it = find(mac);
	if (it)
		it->used = false;
	add(NEWS_LEFT, mac, NULL);
	platform_lock_give(&softap.lock);
	wifi_tell(WIFI_EVENT_CLIENT);
}

void xs_softap_destructor(void *data)
{
	(void)data;
}

void xs_softap(xsMachine *the)
{
	(void)the;
	platform_lock_init(&softap.lock);
	wifi_radio_default_address(&softap.address);
}

/* configure(ssid, password, channel, security, maximum, hidden) */
void xs_softap_configure(xsMachine *the)
{
	wifi_access_point it = { 0 };

	it.ssid_length = wifi_get_bytes(the, &xsArg(0), it.ssid, WIFI_SSID);
	it.password_length = wifi_get_bytes(the, &xsArg(1), it.password, WIFI_PASSWORD);
	it.channel = (uint8_t)xsmcToInteger(xsArg(2));
	it.security = (uint8_t)xsmcToInteger(xsArg(3));
	it.maximum = (uint8_t)xsmcToInteger(xsArg(4));
	it.hidden = xsmcToBoolean(xsArg(5));
	xsmcSetBoolean(xsResult, wifi_radio_set_access_point(&it));
}

/* setAddress(ip, gateway, netmask), "" for the default */
void xs_softap_setAddress(xsMachine *the)
{
	wifi_address address;
	bool done;

	if (!wifi_get_address(the, &address))
		wifi_radio_default_address(&address);
	done = wifi_radio_set_access_point_address(&address);
	if (done)
		softap.address = address;
	xsmcSetBoolean(xsResult, done);
}

/* [ip, gateway, netmask, link-local] */
void xs_softap_address(xsMachine *the)
{
	wifi_put_addresses(the, &softap.address, WIFI_ACCESS_POINT, 4);
}

/* setOnline(on): whether the address is there for sockets */
void xs_softap_setOnline(xsMachine *the)
{
	static const uint8_t none[4];
	bool on = xsmcToBoolean(xsArg(0));

	net_set_access_point(on ? softap.address.ip : none, softap.address.netmask);
}

/* setLeases(on, minutes, first, last), "" for the default range */
void xs_softap_setLeases(xsMachine *the)
{
	wifi_leases leases = { .on = xsmcToBoolean(xsArg(0)), .minutes = (uint16_t)xsmcToInteger(xsArg(1)) };

	wifi_get_ip(the, &xsArg(2), leases.first);
	wifi_get_ip(the, &xsArg(3), leases.last);
	xsmcSetBoolean(xsResult, wifi_radio_set_leases(&leases));
}

/* [minutes, first, last] */
void xs_softap_leases(xsMachine *the)
{
	wifi_leases leases = { 0 };

	wifi_radio_leases(&leases);
	wifi_answer(the, 3);
	wifi_put_integer(the, 0, leases.minutes);
	wifi_put_ip(the, 1, leases.first);
	wifi_put_ip(the, 2, leases.last);
}

/* client(index): [mac, ip] */
void xs_softap_client(xsMachine *the)
{
	unsigned index = (unsigned)xsmcToInteger(xsArg(0));
	char mac[WIFI_MAC];
	client it = { 0 };

	platform_lock_take(&softap.lock);
	if (index < WIFI_CLIENTS)
		it = softap.clients[index];
	platform_lock_give(&softap.lock);
	if (!it.used)
		return;
	wifi_print_mac(it.mac, mac);
	wifi_answer(the, 2);
	wifi_put_text(the, 0, mac);
	wifi_put_ip(the, 1, it.ip);
}

/* news(): [kind, mac, ip], undefined when there are no more */
void xs_softap_news(xsMachine *the)
{
	char mac[WIFI_MAC];
	bool exists;
	news it;

	platform_lock_take(&softap.lock);
	exists = softap.count > 0;
	if (exists) {
		it = softap.news[softap.first];
		softap.first = (softap.first + 1) % NEWS;
		softap.count--;
	}
	platform_lock_give(&softap.lock);
	if (!exists)
		return;
	wifi_print_mac(it.mac, mac);
	wifi_answer(the, 3);
	wifi_put_integer(the, 0, it.kind);
	wifi_put_text(the, 1, mac);
	wifi_put_ip(the, 2, it.ip);
}

/* expel(mac) */
void xs_softap_expel(xsMachine *the)
{
	uint8_t mac[6];
	bool exists;

	wifi_get_mac(the, &xsArg(0), mac);
	platform_lock_take(&softap.lock);
	exists = find(mac) != NULL;
	platform_lock_give(&softap.lock);
	xsmcSetBoolean(xsResult, exists && wifi_radio_expel(mac));
}

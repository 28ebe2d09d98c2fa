/* SPDX-License-Identifier: Apache-2.0 */
/* What is set of the radio itself, kept for the next driver: MAC addresses, protocols, country. XS task. */
#include <string.h>

#include "at-wifi.h"
#include "chip.h"
#include "esp_mac.h"

#define HIGHEST_CHANNEL 14

_Static_assert(WIFI_11B == WIFI_PROTOCOL_11B && WIFI_11G == WIFI_PROTOCOL_11G && WIFI_11N == WIFI_PROTOCOL_11N,
               "protocols as the driver's");

typedef struct {
	uint8_t mac[6];
	bool has_mac;
	uint8_t protocol; /* 0: never set */
} kept;

static struct {
	kept station, access_point;
	wifi_country country;
} set;

static kept *kept_of(unsigned interface)
{
	return interface == WIFI_ACCESS_POINT ? &set.access_point : &set.station;
}

/* --- MAC addresses --- */

static void present_mac(unsigned interface, uint8_t mac[6])
{
	const kept *it = kept_of(interface);

	if (it->has_mac && !at_wifi_runs(interface))
		memcpy(mac, it->mac, 6);
	else if (!at_wifi_has_driver() || esp_wifi_get_mac(at_wifi_number(interface), mac) != ESP_OK)
		/* The one that a driver will have. */
		chip_ok("esp_read_mac",
		        esp_read_mac(mac, interface == WIFI_ACCESS_POINT ? ESP_MAC_WIFI_SOFTAP : ESP_MAC_WIFI_STA));
}

void wifi_radio_mac(unsigned interface, char text[WIFI_MAC])
{
	uint8_t mac[6] = { 0 };

	present_mac(interface, mac);
	wifi_print_mac(mac, text);
}

bool at_radio_prepare_mac(unsigned interface)
{
	kept *it = kept_of(interface);
	uint8_t present[6];

	if (!it->has_mac ||
	    (esp_wifi_get_mac(at_wifi_number(interface), present) == ESP_OK && memcmp(present, it->mac, 6) == 0))
		return true;
	return chip_ok("esp_wifi_set_mac", esp_wifi_set_mac(at_wifi_number(interface), it->mac));
}

/* What esp_wifi_set_mac() would refuse, when there may be no driver to ask: a group's address, and none. */
static bool is_mac(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return !(mac[0] & 1) && memcmp(mac, none, 6);
}

static void keep_mac(kept *it, const uint8_t mac[6])
{
	memcpy(it->mac, mac, 6);
	it->has_mac = true;
}

/* The driver takes a MAC only for an interface that is off, and stopping one alone is not said to be enough. */
bool wifi_radio_set_mac(unsigned interface, const uint8_t mac[6])
{
	bool taken;

	if (!is_mac(mac))
		return false;
	if (!at_wifi_runs(interface)) {
		keep_mac(kept_of(interface), mac);
		return true;
	}
	if (!at_wifi_pause())
		return false;
	taken = chip_ok("esp_wifi_set_mac", esp_wifi_set_mac(at_wifi_number(interface), mac));
	if (taken)
		keep_mac(kept_of(interface), mac);
	return at_wifi_resume() && taken;
}

/* --- protocols --- */

static bool set_protocol(unsigned interface, uint8_t protocol)
{
	return chip_ok("esp_wifi_set_protocol", esp_wifi_set_protocol(at_wifi_number(interface), protocol));
}

bool wifi_radio_set_protocol(unsigned interface, unsigned protocol)
{
	/* The driver knows no g without b, and no n without g. */
	if (protocol != WIFI_11B && protocol != (WIFI_11B | WIFI_11G) && protocol != (WIFI_11B | WIFI_11G | WIFI_11N))
		return false;
	if (at_wifi_runs(interface) && !set_protocol(interface, (uint8_t)protocol))
		return false;
	kept_of(interface)->protocol = (uint8_t)protocol;
	return true;
}

void at_radio_apply_protocol(unsigned mode)
{
	if ((mode & WIFI_STATION) && set.station.protocol)
		set_protocol(WIFI_STATION, set.station.protocol);
	if ((mode & WIFI_ACCESS_POINT) && set.access_point.protocol)
		set_protocol(WIFI_ACCESS_POINT, set.access_point.protocol);
}

/* --- country --- */

static bool is_country(const wifi_country *country)
{
	return strnlen(country->code, sizeof(country->code)) >= 2 && country->first >= 1 && country->count >= 1 &&
	       country->first + country->count - 1 <= HIGHEST_CHANNEL;
}

/*
 * The third character tells for what surroundings the rules are: ' ' all, 'O' outdoor, 'I' indoor, 'X' of no country.
 * The driver takes any other, NUL too, for ' '.
 */
static bool tell_country(const wifi_country *country)
{
	wifi_country_t to = {
		.schan = country->first,
		.nchan = country->count,
		.policy = country->manual ? WIFI_COUNTRY_POLICY_MANUAL : WIFI_COUNTRY_POLICY_AUTO,
	};

	memcpy(to.cc, country->code, sizeof(to.cc));
	return chip_ok("esp_wifi_set_country", esp_wifi_set_country(&to));
}

bool wifi_radio_set_country(const wifi_country *country)
{
	if (!is_country(country) || (at_wifi_has_driver() && !tell_country(country)))
		return false;
	set.country = *country;
	return true;
}

void wifi_radio_country(wifi_country *country)
{
	wifi_country_t from;

	if (!at_wifi_has_driver() || !chip_ok("esp_wifi_get_country", esp_wifi_get_country(&from))) {
		*country = set.country;
		return;
	}
	*country = (wifi_country){
		.first = from.schan,
		.count = from.nchan,
		.manual = from.policy == WIFI_COUNTRY_POLICY_MANUAL,
	};
	memcpy(country->code, from.cc, sizeof(from.cc));
	if (country->code[2] == ' ')
		country->code[2] = 0;
}

void at_radio_prepare(void)
{
	/* Refused, there is still the driver's own, "01", which is allowed everywhere. */
	tell_country(&set.country);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "wifi-text.h"

#include <string.h>

#include "binary.h"

uint8_t wifi_get_bytes(xsMachine *the, xsSlot *slot, uint8_t *to, size_t size)
{
	size_t length = binary_get(the, slot, to, size);

	if (length > size)
		xsRangeError("string too long");
	return (uint8_t)length;
}

void wifi_get_mac(xsMachine *the, xsSlot *slot, uint8_t mac[6])
{
	char text[WIFI_MAC];

	binary_get_text(the, slot, text, sizeof(text));
	if (!wifi_parse_mac(text, mac))
		xsRangeError("no MAC address");
}

bool wifi_get_ip(xsMachine *the, xsSlot *slot, uint8_t ip[4])
{
	char text[NET_TEXT];
	net_address address = { 0 };

	binary_get_text(the, slot, text, sizeof(text));
	if (!text[0])
		return false;
	if (!net_parse(text, &address) || address.v6)
		xsRangeError("no IPv4 address");
	memcpy(ip, address.ip, 4);
	return true;
}

bool wifi_get_address(xsMachine *the, wifi_address *address)
{
	return wifi_get_ip(the, &xsArg(0), address->ip) && wifi_get_ip(the, &xsArg(1), address->gateway) &&
	       wifi_get_ip(the, &xsArg(2), address->netmask);
}

void wifi_answer(xsMachine *the, xsIntegerValue size)
{
	xsmcVars(1);
	xsmcSetNewArray(xsResult, size);
}

void wifi_put_integer(xsMachine *the, xsIntegerValue index, xsIntegerValue value)
{
	xsmcSetInteger(xsVar(0), value);
	xsmcSetIndex(xsResult, (xsIndex)index, xsVar(0));
}

void wifi_put_text(xsMachine *the, xsIntegerValue index, const char *text)
{
	xsmcSetString(xsVar(0), (xsStringValue)text);
	xsmcSetIndex(xsResult, (xsIndex)index, xsVar(0));
}

void wifi_put_bytes(xsMachine *the, xsIntegerValue index, const uint8_t *bytes, size_t size)
{
	binary_set(the, &xsVar(0), bytes, size);
	xsmcSetIndex(xsResult, (xsIndex)index, xsVar(0));
}

static void put(xsMachine *the, xsIntegerValue index, const net_address *address)
{
	char text[NET_TEXT];

	net_print(address, text);
	wifi_put_text(the, index, text);
}

void wifi_put_ip(xsMachine *the, xsIntegerValue index, const uint8_t ip[4])
{
	net_address address = { 0 };

	memcpy(address.ip, ip, 4);
	put(the, index, &address);
}

void wifi_put_address6(xsMachine *the, xsIntegerValue index, const net_address *address)
{
	if (address)
		put(the, index, address);
	else
		wifi_put_text(the, index, "");
}

void wifi_put_addresses(xsMachine *the, const wifi_address *address, unsigned interface, xsIntegerValue size)
{
	net_address link_local = { .v6 = true };

	wifi_answer(the, size);
	wifi_put_ip(the, 0, address->ip);
	wifi_put_ip(the, 1, address->gateway);
	wifi_put_ip(the, 2, address->netmask);
	wifi_put_address6(the, 3, wifi_radio_link_local(interface, link_local.ip) ? &link_local : NULL);
}

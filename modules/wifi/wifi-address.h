/* SPDX-License-Identifier: Apache-2.0 */
/* MAC addresses as text, IPv4 addresses as numbers: without XS, for both sides of the radio's contract. */
#ifndef XS_AT_WIFI_ADDRESS_H
#define XS_AT_WIFI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define WIFI_MAC 18 /* "aa:bb:cc:dd:ee:ff" and a zero */

/** @param text of any length, either case @return false when it is no MAC address, and mac is undefined */
bool wifi_parse_mac(const char *text, uint8_t mac[6]);
void wifi_print_mac(const uint8_t mac[6], char text[WIFI_MAC]);

/** Addresses that compare as their hosts follow each other. */
static inline uint32_t wifi_ip_number(const uint8_t ip[4])
{
	return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

static inline void wifi_put_ip_number(uint32_t number, uint8_t ip[4])
{
	for (int i = 3; i >= 0; i--, number >>= 8)
		ip[i] = (uint8_t)number;
}

#endif

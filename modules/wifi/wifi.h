/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The station: what wifi.c asks of the radio below (esp32/at-wifi.c, posix/wifi-radio.c), and what that tells it.
 */
#ifndef XS_AT_WIFI_H
#define XS_AT_WIFI_H

#include <stdbool.h>
#include <stdint.h>

#define WIFI_SSID 32
#define WIFI_PASSWORD 64
#define WIFI_MAC 18 /* "aa:bb:cc:dd:ee:ff" and its NUL */

enum { WIFI_EVENT_ASSOCIATED = 1, WIFI_EVENT_ADDRESSED = 2, WIFI_EVENT_FAILED = 4, WIFI_EVENT_LOST = 8 };
enum { WIFI_JOIN_TIMEOUT = 1, WIFI_JOIN_PASSWORD = 2, WIFI_JOIN_NOT_FOUND = 3, WIFI_JOIN_FAILED = 4 };

typedef struct {
	uint32_t id; /* of the join; answers to an earlier one are ignored */
	uint8_t ssid[WIFI_SSID];
	uint8_t ssid_length;
	uint8_t password[WIFI_PASSWORD];
	uint8_t password_length;
	char bssid[WIFI_MAC]; /* empty for any */
	uint8_t pci_enabled;
	uint8_t listen_interval;
	uint8_t scan_mode;
	uint8_t pmf;
} wifi_join;

/* --- asked by wifi.c, on the XS task; none blocks --- */

bool wifi_radio_start(unsigned mode);
void wifi_radio_join(const wifi_join *join);
void wifi_radio_leave(void);
void wifi_radio_mac(unsigned which, char text[WIFI_MAC]);

/* --- told by the radio, on any task --- */

void wifi_associated(uint32_t join, const char *bssid, int channel, int rssi);
void wifi_addressed(const uint8_t ip[4], const uint8_t gateway[4], const uint8_t netmask[4]);
void wifi_failed(uint32_t join, int reason);
void wifi_lost(int reason);

#endif

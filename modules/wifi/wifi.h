/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portable half (wifi.c, scan.c, access-point.c) asks of the radio below it (esp32/, posix/), and what that
 * tells it.
 *
 * What is set (wifi_radio_set_...) holds from then on and for every later start; a radio that runs takes it at once,
 * where nothing else is said. Each returns false, and what was set before holds, when the radio refuses.
 */
#ifndef XS_AT_WIFI_H
#define XS_AT_WIFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wifi-address.h"

#define WIFI_SSID 32
#define WIFI_PASSWORD 64
#define WIFI_HOST_NAME 32

/* The interfaces, also the bits of the mode. */
enum { WIFI_STATION = 1, WIFI_ACCESS_POINT = 2 };

enum {
	WIFI_EVENT_ASSOCIATED = 1,
	WIFI_EVENT_ADDRESSED = 2,
	WIFI_EVENT_FAILED = 4,
	WIFI_EVENT_LOST = 8,
	WIFI_EVENT_LINK_LOCAL = 16,
	WIFI_EVENT_GLOBAL = 32,
	WIFI_EVENT_SCANNED = 64,
	WIFI_EVENT_CLIENT = 128,
};
enum { WIFI_JOIN_TIMEOUT = 1, WIFI_JOIN_PASSWORD = 2, WIFI_JOIN_NOT_FOUND = 3, WIFI_JOIN_FAILED = 4 };

/* <ecn> of the guide (3.2.8, 3.2.10) */
enum {
	WIFI_OPEN,
	WIFI_WEP,
	WIFI_WPA_PSK,
	WIFI_WPA2_PSK,
	WIFI_WPA_WPA2_PSK,
	WIFI_WPA2_ENTERPRISE,
	WIFI_WPA3_PSK,
	WIFI_WPA2_WPA3_PSK,
	WIFI_WAPI_PSK,
	WIFI_OWE,
};

/* <pairwise_cipher>, <group_cipher> of the guide (3.2.8) */
enum {
	WIFI_CIPHER_NONE,
	WIFI_CIPHER_WEP40,
	WIFI_CIPHER_WEP104,
	WIFI_CIPHER_TKIP,
	WIFI_CIPHER_CCMP,
	WIFI_CIPHER_TKIP_CCMP,
	WIFI_CIPHER_AES_CMAC,
	WIFI_CIPHER_UNKNOWN,
};

enum { WIFI_11B = 1, WIFI_11G = 2, WIFI_11N = 4 };

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

/** IPv4, in network order; all zero: none. */
typedef struct {
	uint8_t ip[4], gateway[4], netmask[4];
} wifi_address;

typedef struct {
	uint32_t id; /* answers to an earlier one are ignored */
	uint8_t ssid[WIFI_SSID];
	uint8_t ssid_length;  /* 0: any */
	char bssid[WIFI_MAC]; /* empty: any */
	uint8_t channel;      /* 0: all */
	bool passive;
	uint16_t least, most; /* ms on each channel; most 0: 120 active, 360 passive */
} wifi_scan;

typedef struct {
	uint8_t ssid[WIFI_SSID];
	uint8_t ssid_length;
	uint8_t bssid[6];
	uint8_t channel;
	int8_t rssi;
	uint8_t security; /* WIFI_OPEN... */
	uint8_t pairwise, group;
	uint8_t protocol; /* WIFI_11B... */
	bool wps;
} wifi_found;

/** Of the access point that this device is (SoftAP). */
typedef struct {
	uint8_t ssid[WIFI_SSID];
	uint8_t ssid_length;
	uint8_t password[WIFI_PASSWORD];
	uint8_t password_length;
	uint8_t channel;
	uint8_t security; /* WIFI_OPEN, WIFI_WPA_PSK, WIFI_WPA2_PSK or WIFI_WPA_WPA2_PSK */
	uint8_t maximum;  /* stations at once, 1..10 */
	bool hidden;
} wifi_access_point;

#define WIFI_CLIENTS 10

/* The IDF's DHCP server (dhcpserver.c): minutes, and the most addresses it gives (DHCPS_MAX_LEASE). */
#define WIFI_LEASE_MINUTES 120
#define WIFI_LEASES 100

/** What the DHCP server of the SoftAP gives. */
typedef struct {
	bool on;
	uint16_t minutes;          /* lease time; 0: as the server has it by default */
	uint8_t first[4], last[4]; /* all zero: as the server has it by default */
} wifi_leases;

typedef struct {
	char code[4]; /* two or three characters and a NUL */
	uint8_t first, count;
	bool manual; /* not changed to the access point's while joined */
} wifi_country;

/* --- asked by the portable half, on the XS task; none blocks longer than switching the radio on takes --- */

/** @param mode WIFI_STATION | WIFI_ACCESS_POINT; 0 switches the radio off */
bool wifi_radio_start(unsigned mode);

/** Ends the driver and gives back its memory; wifi_radio_start() begins it anew (guide 3.2.2). */
bool wifi_radio_release(void);

void wifi_radio_join(const wifi_join *join);
void wifi_radio_leave(void);

/** wifi_found_one() for each access point, then wifi_scanned(). A scan in progress is forgotten. */
void wifi_radio_scan(const wifi_scan *scan);

/** Signal strength and channel at this moment, of the access point in hand. @return false when there is none */
bool wifi_radio_signal(int *channel, int *rssi);

/** The address that an interface has, or will have. */
void wifi_radio_mac(unsigned interface, char text[WIFI_MAC]);

/** An interface that runs is restarted: a station leaves its access point, the SoftAP's stations are thrown out. */
bool wifi_radio_set_mac(unsigned interface, const uint8_t mac[6]);

/** @param protocol WIFI_11B | ... */
bool wifi_radio_set_protocol(unsigned interface, unsigned protocol);

/** Also called before the first start. */
bool wifi_radio_set_country(const wifi_country *country);

/** As it is now, which while joined may be the access point's. */
void wifi_radio_country(wifi_country *country);

/** For DHCP of the station, from the next address on. */
bool wifi_radio_set_host_name(const char *name);

/**
 * NULL: by DHCP; all zero: none at all, and nothing is told. Otherwise a joined station is told wifi_addressed() with
 * the new one, also when that is the one it had.
 */
bool wifi_radio_set_station_address(const wifi_address *address);

/** IPv6 addresses of both interfaces: wifi_addressed6() follows for a joined station. */
bool wifi_radio_set_ipv6(bool on);

/** The stations of a SoftAP whose name, password, security or channel changes are thrown out. */
bool wifi_radio_set_access_point(const wifi_access_point *access_point);

/** The SoftAP's own. Its DHCP server goes on with the default range of the new address. */
bool wifi_radio_set_access_point_address(const wifi_address *address);

/** The SoftAP's address where nobody sets another. */
void wifi_radio_default_address(wifi_address *address);

/** The addresses lie in the SoftAP's subnet, and the SoftAP's own is none of them. */
bool wifi_radio_set_leases(const wifi_leases *leases);

/** What the DHCP server gives now; `on` as it was set. */
void wifi_radio_leases(wifi_leases *leases);

/** Throws a station of the SoftAP out that has joined and not left; wifi_client_left() follows. */
bool wifi_radio_expel(const uint8_t mac[6]);

/** The link-local IPv6 address of an interface. @return false when it has none */
bool wifi_radio_link_local(unsigned interface, uint8_t ip[16]);

/* --- for what is below --- */

/**
 * The range that the IDF's DHCP server (dhcps_poll_set) gives where none is set: of the subnet beside the SoftAP's own
 * address the larger side, and of that the lowest WIFI_LEASES.
 */
void wifi_default_range(const wifi_address *address, uint8_t first[4], uint8_t last[4]);

/* --- told by the radio, on any task --- */

void wifi_associated(uint32_t join, const char *bssid, int channel, int rssi);
void wifi_addressed(const wifi_address *address);
void wifi_failed(uint32_t join, int reason);
void wifi_lost(int reason);

/** Of the station: its link-local address, or one with the prefix of its network. */
void wifi_addressed6(bool global, const uint8_t ip[16]);

void wifi_found_one(uint32_t scan, const wifi_found *found);

/** @param complete false: the radio could not */
void wifi_scanned(uint32_t scan, bool complete);

/** A station of the SoftAP. */
void wifi_client_joined(const uint8_t mac[6]);
void wifi_client_addressed(const uint8_t mac[6], const uint8_t ip[4]);
void wifi_client_left(const uint8_t mac[6]);

#endif

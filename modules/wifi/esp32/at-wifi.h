/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the radio on the chip share. Two tasks run them. XS switches, and keeps what was set, for later
 * starts and to refuse what is wrong. The IDF's event loop does all that concerns access points, addresses, scans and
 * stations of the SoftAP: orders come to it as events, in one queue with those of the driver and of the IP stack, so
 * that its state needs no lock and nothing can overtake.
 *
 * Our handlers run before the IDF's own of the same event, since they are registered for every id of a base: what they
 * configure at a start or an association is in force when the IDF acts on it.
 */
#ifndef XS_AT_AT_WIFI_H
#define XS_AT_AT_WIFI_H

#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "wifi.h"

typedef enum {
	ORDER_JOIN,            /* wifi_join */
	ORDER_LEAVE,           /* nothing */
	ORDER_SCAN,            /* wifi_scan */
	ORDER_STATION_ADDRESS, /* at_source */
	ORDER_HOST_NAME,       /* at_host_name */
	ORDER_IPV6,            /* bool */
	ORDER_SOFTAP_ADDRESS,  /* wifi_address, and the default range with it */
	ORDER_LEASES,          /* wifi_leases */
} at_order;

/* Where the station's address comes from. */
typedef struct {
	enum { BY_DHCP, BY_HAND, NOWHERE } kind;
	wifi_address address; /* by hand */
} at_source;

typedef struct {
	char text[WIFI_HOST_NAME + 1];
} at_host_name;

/* --- at-events.c --- */

/** IP stack, event loop and our handlers; may be repeated. XS task. */
bool at_events_start(void);

/** To the event loop, in the order of the calls. XS task. @return false when it is lost */
bool at_events_order(at_order order, const void *data, size_t size);

/* --- at-wifi.c --- */

/** The interface as the IP stack knows it, NULL until it was first started. Any task. */
esp_netif_t *at_wifi_netif(unsigned interface);

/* XS task. */
bool at_wifi_has_driver(void);
bool at_wifi_runs(unsigned interface);

/** Interface numbers as the driver has them. */
static inline wifi_interface_t at_wifi_number(unsigned interface)
{
	return interface == WIFI_ACCESS_POINT ? WIFI_IF_AP : WIFI_IF_STA;
}

/** Stops the driver for what it takes only then, and starts it again. XS task. */
bool at_wifi_pause(void);
bool at_wifi_resume(void);

/* --- at-radio.c: MAC, protocol, country. XS task --- */

/** What was set, to a driver that was just made. */
void at_radio_prepare(void);

/** MAC of an interface that does not run and will. @return false when the driver wants to be stopped for it */
bool at_radio_prepare_mac(unsigned interface);

/** The protocol that was set, to the interfaces of a mode. */
void at_radio_apply_protocol(unsigned mode);

/* --- at-softap.c --- */

/** What was set, to a driver whose mode has the SoftAP. XS task. */
bool at_softap_apply(void);

void at_softap_client_joined(const uint8_t mac[6]);
void at_softap_client_left(const uint8_t mac[6]);

/** The SoftAP is off; not every station was told before. */
void at_softap_stopped(void);

/* --- at-address.c. Event loop --- */

void at_address_set_station(const at_source *source);
void at_address_set_host_name(const at_host_name *name);
void at_address_set_ipv6(bool on);
bool at_address_has_ipv6(void);

/** The station is about to ask for an address, or to take its own. */
void at_address_station_connecting(void);

/** An interface is up and can have IPv6 addresses. */
void at_address_up(esp_netif_t *netif);

/* --- at-dhcp-server.c. Event loop --- */

void at_dhcp_server_set_address(const wifi_address *address);
void at_dhcp_server_set_leases(const wifi_leases *leases);

/** The SoftAP is about to take its address and to start its DHCP server, or has done so. */
void at_dhcp_server_apply(void);

/* --- at-station.c. Event loop --- */

void at_station_join(const wifi_join *join);
void at_station_leave(void);

/** What had to wait for the driver goes on. */
void at_station_resume(void);
bool at_station_is_joining(void);

void at_station_connected(const wifi_event_sta_connected_t *event);
void at_station_disconnected(unsigned reason);
void at_station_stopped(void);
void at_station_addressed(const esp_netif_ip_info_t *info);
void at_station_addressed6(const esp_ip6_addr_t *ip);
void at_station_lost_address(void);

/** It gave its address up, so that the loss is none. */
void at_station_unaddressed(void);

/* --- at-scan.c. Event loop --- */

void at_scan_start(const wifi_scan *scan);
void at_scan_done(bool complete);

/** The station is off, and no scan goes on without it. */
void at_scan_stopped(void);
bool at_scan_runs(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What only the twin's network has. */
#ifndef XS_AT_TWIN_NET_H
#define XS_AT_TWIN_NET_H

#include "net.h"

/** "network": "isolated": addresses outside 127/8 are unreachable. */
void net_set_isolated(bool on);

/**
 * "internet": false of an access point: what is neither in 127/8 nor in the network of the station or of the SoftAP is
 * unreachable.
 *
 * @param netmask of the station's address
 */
void net_set_offline(bool on, const uint8_t netmask[4]);

/**
 * Where on this machine an address of the radio world is: an address of the SoftAP's subnet, or the station's own, that
 * this machine does not have, has another in 127/8 to stand in for it. Any thread.
 */
void net_actual(const net_address *shown, net_address *actual);

/** The other way round: an address of this machine that stands in for another becomes that. */
void net_show(net_address *address);

/** @param instance number of this twin, 0..16383, from which the stand-ins follow */
void net_set_instance(unsigned instance);

/** The name servers that DHCP named, at most NET_SERVERS; 0: none. */
void net_offer_servers(const net_address *servers, unsigned count);

/** The port of name servers (dns_port of the radio world). */
void net_set_server_port(uint16_t port);

/** Milliseconds from a send to the earliest answer (rtt_ms of the access point). */
void net_set_round_trip(uint32_t ms);

/**
 * The host has refused a local port, and another stands in for it. Implemented by the twin, which tells by its control
 * socket.
 */
void net_port_mapped(uint16_t wanted, uint16_t actual);

#endif

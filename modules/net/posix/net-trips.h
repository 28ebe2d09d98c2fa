/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the twin's network know of each other. */
#ifndef XS_AT_NET_TRIPS_H
#define XS_AT_NET_TRIPS_H

#include "net.h"

/** Whether the radio world has a way there; errno says why not. */
bool net_reachable(const net_address *remote);

/** fe80::/10 */
bool net_is_link_local(const net_address *address);

/**
 * The interface over which a link-local peer is reached, or which has a link-local address of ours.
 *
 * @param local NULL: any @return its index, 0 when neither is link-local or no interface is fit
 */
unsigned net_scope(const net_address *peer, const net_address *local);

/** net_set_offline() */
bool net_is_offline(void);

/** A descriptor is closed: its round trip is nobody's any more. */
void net_trip_forget(int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the twin's network know of each other. */
#ifndef XS_AT_NET_TRIPS_H
#define XS_AT_NET_TRIPS_H

#include "net.h"

/** Whether the radio world has a way there; errno says why not. */
bool net_reachable(const net_address *remote);

/** A descriptor is closed: its round trip is nobody's any more. */
void net_trip_forget(int fd);

#endif

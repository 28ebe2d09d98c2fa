/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_AT_NET_TRIPS_H
#define XS_AT_NET_TRIPS_H

/** A descriptor is closed: its round trip is nobody's any more. */
void net_trip_forget(int fd);

#endif

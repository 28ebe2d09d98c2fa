/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_AT_WORLD_HOST_H
#define XS_AT_WORLD_HOST_H

#include "wifi.h"

/** Three addresses with dots. */
wifi_address world_address(const char *ip, const char *gateway, const char *netmask);

#endif

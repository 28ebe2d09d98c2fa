/* SPDX-License-Identifier: Apache-2.0 */
/* What only the twin's network has. */
#ifndef XS_AT_TWIN_NET_H
#define XS_AT_TWIN_NET_H

#include <stdbool.h>

/** "network": "isolated": addresses outside 127/8 are unreachable. */
void net_set_isolated(bool on);

#endif

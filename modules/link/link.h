/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: what the I/O loop calls. The JavaScript side is link.ts. */
#ifndef XS_AT_LINK_H
#define XS_AT_LINK_H

#include "io.h"

#define LINK_COUNT 5

void link_prepare(io_wait *wait);
void link_perform(const io_wait *wait);

#endif

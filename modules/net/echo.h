/* SPDX-License-Identifier: Apache-2.0 */
/* Echo requests (ICMP, ICMPv6): AT+PING. */
#ifndef XS_AT_ECHO_H
#define XS_AT_ECHO_H

#include "net.h"

typedef enum { ECHO_ANSWERED, ECHO_TIMEOUT, ECHO_UNREACHABLE, ECHO_NOT_PERMITTED } echo_result;

/**
 * Sends one echo request and waits for its answer. Blocks: worker only.
 *
 * @param elapsed ms until the answer
 */
echo_result echo(const net_address *to, uint32_t ms, uint32_t *elapsed);

#endif

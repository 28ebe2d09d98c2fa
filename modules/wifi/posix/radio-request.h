/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the requests to the radio world, which are JSON. */
#ifndef XS_AT_RADIO_REQUEST_H
#define XS_AT_RADIO_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#define RADIO_REQUEST 1024
#define RADIO_ADDRESS 16 /* a dotted address and its NUL */

/** Bytes as the inside of a JSON string of one character each. @return end of what was written, ended by a NUL */
char *radio_put_bytes(char *to, const uint8_t *bytes, size_t size);

/** An address with dots. */
void radio_put_address(char text[RADIO_ADDRESS], const uint8_t ip[4]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary strings: on the JavaScript side of the AT port one character U+0000..U+00FF stands for one byte, so that a
 * string's length is its length in bytes and no SSID, password or payload need be UTF-8. Converted here, at the seam.
 */
#ifndef XS_AT_BINARY_H
#define XS_AT_BINARY_H

#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

/** Makes slot a binary string of the bytes. They must not lie in the JavaScript heap: this allocates. */
void binary_set(xsMachine *the, xsSlot *slot, const uint8_t *bytes, size_t size);

/**
 * Copies a binary string's bytes.
 * @return their number; nothing is copied beyond size, so a result above it tells that the room was too small
 * @throws RangeError for a character above U+00FF
 */
size_t binary_get(xsMachine *the, xsSlot *slot, uint8_t *to, size_t size);

/** As binary_get, for C strings: always ended by NUL. @throws RangeError when it does not fit or holds a NUL */
void binary_get_text(xsMachine *the, xsSlot *slot, char *to, size_t size);

#endif

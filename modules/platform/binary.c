/* SPDX-License-Identifier: Apache-2.0 */
#include "binary.h"

#include <string.h>

/* XS keeps strings in UTF-8, and U+0000 as C0 80. */

void binary_set(xsMachine *the, xsSlot *slot, const uint8_t *bytes, size_t size)
{
	size_t length = size;
	char *to;

	for (size_t i = 0; i < size; i++)
		length += bytes[i] == 0 || bytes[i] >= 0x80;
	if (length == size) {
		xsmcSetStringBuffer(*slot, (xsStringValue)bytes, (xsIntegerValue)size);
		return;
	}
	xsmcSetStringBuffer(*slot, NULL, (xsIntegerValue)length);
	to = xsmcToString(*slot);
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = bytes[i];

		if (byte == 0 || byte >= 0x80) {
			*to++ = (char)(0xc0 | byte >> 6);
			*to++ = (char)(0x80 | (byte & 0x3f));
		} else
			*to++ = (char)byte;
	}
	*to = 0;
}

size_t binary_get(xsMachine *the, xsSlot *slot, uint8_t *to, size_t size)
{
	const uint8_t *p = (const uint8_t *)xsmcToString(*slot);
	size_t length = 0;

	for (; *p; length++) {
		uint8_t byte = *p++;

		if (byte >= 0x80) {
			if (byte > 0xc3)
				xsRangeError("character above U+00FF in a binary string");
			byte = (uint8_t)(byte << 6 | (*p++ & 0x3f));
		}
		if (length < size)
			to[length] = byte;
	}
	return length;
}

void binary_get_text(xsMachine *the, xsSlot *slot, char *to, size_t size)
{
	size_t length = binary_get(the, slot, (uint8_t *)to, size - 1);

	if (length >= size || memchr(to, 0, length))
		xsRangeError("string too long");
	to[length] = 0;
}

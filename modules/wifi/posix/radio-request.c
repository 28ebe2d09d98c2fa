/* SPDX-License-Identifier: Apache-2.0 */
#include "radio-request.h"

#include <stdio.h>

char *radio_put_bytes(char *to, const uint8_t *bytes, size_t size)
{
	*to = 0;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] < ' ' || bytes[i] >= 0x7f || bytes[i] == '"' || bytes[i] == '\\')
			to += sprintf(to, "\\u%04x", bytes[i]);
		else {
			*to++ = (char)bytes[i];
			*to = 0;
		}
	}
	return to;
}

void radio_put_address(char text[RADIO_ADDRESS], const uint8_t ip[4])
{
	snprintf(text, RADIO_ADDRESS, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

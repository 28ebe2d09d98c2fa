/* SPDX-License-Identifier: Apache-2.0 */
#include "factory.h"

#include "store.h"

#define PARTITION STORE_MANUFACTURING
#define NAME_SPACE "factory_param"

#define STORE_SIGNED 0x10 /* bit of a number's type code */

int32_t factory_integer(const char *key, int32_t otherwise)
{
	store_type type = STORE_ANY;
	uint64_t number = 0; /* little-endian, as the chip: the low bytes are the value */
	size_t size = sizeof(number);
	unsigned unused;

	if (store_get(PARTITION, NAME_SPACE, key, &type, &number, &size) != STORE_OK || !store_type_is_number(type) ||
	    size > sizeof(int32_t))
		return otherwise;
	unused = 8 * (unsigned)(sizeof(int32_t) - size);
	return type & STORE_SIGNED ? (int32_t)((uint32_t)number << unused) >> unused : (int32_t)number;
}

void factory_text(const char *key, char *text, size_t size, const char *otherwise)
{
	store_type type = STORE_STRING;
	size_t length = size;

	if (store_get(PARTITION, NAME_SPACE, key, &type, text, &length) == STORE_OK)
		return;
	strncpy(text, otherwise, size - 1);
	text[size - 1] = 0;
}

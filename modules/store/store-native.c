/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of store.ts: integers and strings of the nvs partition, and manufacturing data of mfg_nvs. */
#include <string.h>

#include "binary.h"
#include "platform.h"
#include "services.h"
#include "store.h"

#define USER "nvs"
#define FACTORY "mfg_nvs"
#define NAME 16
#define TEXT_MAX 256

void xs_store_destructor(void *data)
{
	(void)data;
}

void xs_store(xsMachine *the)
{
	(void)the;
}

static int64_t integer_of(store_type type, const uint8_t *bytes)
{
	switch (type) {
	case STORE_U8:
		return bytes[0];
	case STORE_I8:
		return (int8_t)bytes[0];
	case STORE_U16:
		return (uint16_t)(bytes[0] | bytes[1] << 8);
	case STORE_I16:
		return (int16_t)(bytes[0] | bytes[1] << 8);
	case STORE_U32:
		return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
	default:
		return (int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
		                 (uint32_t)bytes[3] << 24);
	}
}

static void get(xsMachine *the, const char *partition)
{
	char space[NAME], key[NAME];
	uint8_t value[TEXT_MAX];
	size_t size = sizeof(value);
	store_type type = STORE_ANY;

	binary_get_text(the, &xsArg(0), space, sizeof(space));
	binary_get_text(the, &xsArg(1), key, sizeof(key));
	if (store_get(partition, space, key, &type, value, &size) != STORE_OK)
		return;
	switch (type) {
	case STORE_STRING:
	case STORE_BLOB:
		/* A stored string counts its NUL. */
		binary_set(the, &xsResult, value, type == STORE_STRING && size ? size - 1 : size);
		break;
	case STORE_U64:
	case STORE_I64:
		break;
	default:
		xsmcSetNumber(xsResult, (xsNumberValue)integer_of(type, value));
		xsmcToInteger(xsResult);
		break;
	}
}

void xs_store_get(xsMachine *the)
{
	get(the, USER);
}

void xs_store_factory(xsMachine *the)
{
	get(the, FACTORY);
}

/* Integers are kept as i32, as ESP-AT keeps its UART rate; strings as blobs, since they may hold any byte. */
void xs_store_set(xsMachine *the)
{
	char space[NAME], key[NAME];
	uint8_t value[TEXT_MAX];
	int result;

	binary_get_text(the, &xsArg(0), space, sizeof(space));
	binary_get_text(the, &xsArg(1), key, sizeof(key));
	if (xsmcTypeOf(xsArg(2)) == xsStringType || xsmcTypeOf(xsArg(2)) == xsStringXType) {
		size_t size = binary_get(the, &xsArg(2), value, sizeof(value));

		if (size > sizeof(value))
			xsRangeError("value too long");
		result = store_set(USER, space, key, STORE_BLOB, value, size);
	} else {
		int32_t integer = xsmcToInteger(xsArg(2));

		result = store_set(USER, space, key, STORE_I32, &integer, sizeof(integer));
	}
	if (result != STORE_OK)
		platform_log("store: %s.%s: error %d", space, key, result);
	xsmcSetBoolean(xsResult, result == STORE_OK);
}

void xs_store_clear(xsMachine *the)
{
	(void)the;
	store_erase_all(USER);
}

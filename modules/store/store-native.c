/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of store.ts: integers and strings of the nvs partition, and manufacturing data of mfg_nvs. */
#include <string.h>

#include "binary.h"
#include "platform.h"
#include "services.h"
#include "store.h"

#define USER STORE_USER
#define FACTORY STORE_MANUFACTURING
#define NAME 16

void xs_store_destructor(void *data)
{
	(void)data;
}

void xs_store(xsMachine *the)
{
	(void)the;
	store_resume_reset();
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

static void get_text(xsMachine *the, const char *partition, const char *space, const char *key, size_t size)
{
	uint8_t *text = platform_alloc(size + 1);
	store_type type = STORE_ANY;

	if (!text)
		xsUnknownError("out of memory");
	/* A stored string counts its NUL. No room for it in the heap is the end of the machine, and of this memory. */
	if (store_get(partition, space, key, &type, text, &size) == STORE_OK)
		binary_set(the, &xsResult, text, type == STORE_STRING && size ? size - 1 : size);
	platform_free(text);
}

static void get(xsMachine *the, const char *partition)
{
	char space[NAME], key[NAME];
	uint8_t value[sizeof(uint64_t)];
	size_t size = 0;
	store_type type = STORE_ANY;

	binary_get_text(the, &xsArg(0), space, sizeof(space));
	binary_get_text(the, &xsArg(1), key, sizeof(key));
	if (store_get(partition, space, key, &type, NULL, &size) != STORE_OK)
		return;
	if (!store_type_is_number(type)) {
		get_text(the, partition, space, key, size);
		return;
	}
	size = sizeof(value);
	if (store_get(partition, space, key, &type, value, &size) != STORE_OK)
		return;
	switch (type) {
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

static int set_text(xsMachine *the, const char *space, const char *key)
{
	size_t size = binary_get(the, &xsArg(2), NULL, 0);
	uint8_t *text = platform_alloc(size + 1);
	int result = STORE_FULL;

	if (text) {
		binary_get(the, &xsArg(2), text, size);
		result = store_set(USER, space, key, STORE_BLOB, text, size);
	}
	platform_free(text);
	return result;
}

/* Integers are kept as i32, as ESP-AT keeps its UART rate; strings as blobs, since they may hold any byte. */
void xs_store_set(xsMachine *the)
{
	char space[NAME], key[NAME];
	int result;

	binary_get_text(the, &xsArg(0), space, sizeof(space));
	binary_get_text(the, &xsArg(1), key, sizeof(key));
	if (xsmcTypeOf(xsArg(2)) == xsStringType || xsmcTypeOf(xsArg(2)) == xsStringXType)
		result = set_text(the, space, key);
	else {
		int32_t integer = xsmcToInteger(xsArg(2));

		result = store_set(USER, space, key, STORE_I32, &integer, sizeof(integer));
	}
	if (result != STORE_OK)
		platform_log("store: %s.%s: error %d", space, key, result);
	xsmcSetBoolean(xsResult, result == STORE_OK);
}

void xs_store_erase(xsMachine *the)
{
	char space[NAME], key[NAME];
	int result;

	binary_get_text(the, &xsArg(0), space, sizeof(space));
	binary_get_text(the, &xsArg(1), key, sizeof(key));
	result = store_erase(USER, space, key);
	if (result != STORE_OK && result != STORE_NOT_FOUND)
		platform_log("store: %s.%s: error %d", space, key, result);
}

void xs_store_clear(xsMachine *the)
{
	(void)the;
	store_reset();
}

void xs_store_close(xsMachine *the)
{
	char label[STORE_LABEL_MAX + 1];

	binary_get_text(the, &xsArg(0), label, sizeof(label));
	store_close(label);
}

void xs_store_reopen(xsMachine *the)
{
	(void)the;
	store_reopen();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Natives of manufacturing.ts: values of mfg_nvs by namespace, key and the type numbers of AT+SYSMFG (guide 3.1.19).
 * Everything that touches the store is a job of the worker; strings and blobs stay in C.
 */
#include <string.h>

#include "background.h"
#include "binary.h"
#include "platform.h"
#include "port.h"
#include "store.h"

#define PARTITION STORE_MANUFACTURING

/* By the guide's numbers, from 1. What else NVS knows, a host cannot name. */
static const store_type types[] = { STORE_U8,  STORE_I8,  STORE_U16,    STORE_I16,
	                                STORE_U32, STORE_I32, STORE_STRING, STORE_BLOB };

#define TYPES (sizeof(types) / sizeof(*types))

static background work;

/* What the job in hand is about. While it runs, the worker's. */
static struct {
	char space[STORE_NAME_MAX + 1];
	char key[STORE_NAME_MAX + 1]; /* "": none */
	store_type type;
	uint32_t number;
	uint8_t *data;  /* of a string or blob, or the names of a list */
	size_t size;    /* of what is in data */
	size_t room;    /* of data, as a list */
	size_t next;    /* in a list: what is given next */
	bool exhausted; /* the list did not fit */
} value;

/* 0 for a type that has none. */
static unsigned number_of(store_type type)
{
	for (unsigned i = 0; i < TYPES; i++)
		if (types[i] == type)
			return i + 1;
	return 0;
}

static void forget(void)
{
	platform_free(value.data);
	value.data = NULL;
	value.size = value.room = value.next = 0;
}

/* --- jobs: worker --- */

/* A list is entries of the type's number, or 0, and a name with its NUL. */

#define LIST_STEP 512u

static bool list_grow(void)
{
	uint8_t *more = platform_alloc(value.room + LIST_STEP);

	if (!more)
		return false;
	if (value.size)
		memcpy(more, value.data, value.size);
	platform_free(value.data);
	value.data = more;
	value.room += LIST_STEP;
	return true;
}

static bool list_has(const char *name)
{
	for (size_t at = 0; at < value.size; at += 2 + strlen((const char *)value.data + at + 1))
		if (strcmp((const char *)value.data + at + 1, name) == 0)
			return true;
	return false;
}

static bool list_entry(void *context, const store_entry *entry)
{
	unsigned type = number_of(entry->type);
	bool of_keys = value.space[0] != 0;
	const char *name = of_keys ? entry->key : entry->name_space;
	size_t length = strlen(name) + 1;

	(void)context;
	if (!type || (!of_keys && list_has(name)))
		return true;
	if (value.size + 1 + length > value.room && !list_grow()) {
		value.exhausted = true;
		return false;
	}
	value.data[value.size] = (uint8_t)(of_keys ? type : 0);
	memcpy(value.data + value.size + 1, name, length);
	value.size += 1 + length;
	return true;
}

static int list(void)
{
	int count;

	value.exhausted = !list_grow();
	if (value.exhausted)
		return STORE_FULL;
	count = store_iterate(PARTITION, value.space[0] ? value.space : NULL, list_entry, NULL);
	if (count < 0)
		return count;
	return value.exhausted ? STORE_FULL : STORE_OK;
}

static int read_number(void)
{
	uint64_t number = 0; /* little-endian, as both machines are */
	size_t size = sizeof(number);
	int error = store_get(PARTITION, value.space, value.key, &value.type, &number, &size);

	value.number = (uint32_t)number;
	return error;
}

static int read_data(size_t size)
{
	int error;

	value.data = platform_alloc(size + 1);
	if (!value.data)
		return STORE_FULL;
	value.size = size;
	error = store_get(PARTITION, value.space, value.key, &value.type, value.data, &value.size);
	/* A stored string counts its NUL. */
	if (error == STORE_OK && value.type == STORE_STRING)
		value.size--;
	return error;
}

static int read_value(void)
{
	size_t size = 0;
	int error;

	value.type = STORE_ANY;
	error = store_get(PARTITION, value.space, value.key, &value.type, NULL, &size);
	if (error == STORE_OK && !number_of(value.type))
		return STORE_TYPE;
	if (error == STORE_OK)
		error = store_type_is_number(value.type) ? read_number() : read_data(size);
	if (error != STORE_OK)
		forget();
	return error;
}

static int write_number(void)
{
	return store_set(PARTITION, value.space, value.key, value.type, &value.number, (size_t)value.type & 0x0f);
}

static int write_data(void)
{
	int error = store_set(PARTITION, value.space, value.key, value.type, value.data, value.size);

	forget();
	return error;
}

static int erase(void)
{
	return store_erase(PARTITION, value.space, value.key[0] ? value.key : NULL);
}

/* --- natives --- */

void xs_manufacturing_destructor(void *data)
{
	(void)data;
}

void xs_manufacturing(xsMachine *the)
{
	background_init(the, &work, &xsArg(0));
}

/* Arguments 0 and 1. */
static void take_names(xsMachine *the)
{
	background_check(the, &work);
	forget();
	binary_get_text(the, &xsArg(0), value.space, sizeof(value.space));
	binary_get_text(the, &xsArg(1), value.key, sizeof(value.key));
}

static store_type type_from(xsMachine *the, int index)
{
	int number = xsmcToInteger(xsArg(index));

	if (number < 1 || number > (int)TYPES)
		xsRangeError("no such type");
	return types[number - 1];
}

void xs_manufacturing_list(xsMachine *the)
{
	background_check(the, &work);
	forget();
	binary_get_text(the, &xsArg(0), value.space, sizeof(value.space));
	background_start(the, &work, list);
}

void xs_manufacturing_next(xsMachine *the)
{
	const char *name;

	background_check(the, &work);
	if (value.next >= value.size) {
		forget();
		return;
	}
	name = (const char *)value.data + value.next + 1;
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 2);
	binary_set(the, &xsVar(0), (const uint8_t *)name, strlen(name));
	xsmcSetIndex(xsResult, 0, xsVar(0));
	xsmcSetInteger(xsVar(0), value.data[value.next]);
	xsmcSetIndex(xsResult, 1, xsVar(0));
	value.next += 2 + strlen(name);
}

void xs_manufacturing_read(xsMachine *the)
{
	take_names(the);
	background_start(the, &work, read_value);
}

static int64_t signed_number(void)
{
	switch (value.type) {
	case STORE_I8:
		return (int8_t)value.number;
	case STORE_I16:
		return (int16_t)value.number;
	case STORE_I32:
		return (int32_t)value.number;
	default:
		return value.number;
	}
}

void xs_manufacturing_value(xsMachine *the)
{
	int64_t number;

	background_check(the, &work);
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 2);
	xsmcSetInteger(xsVar(0), (xsIntegerValue)number_of(value.type));
	xsmcSetIndex(xsResult, 0, xsVar(0));
	number = store_type_is_number(value.type) ? signed_number() : (int64_t)value.size;
	/* As the engine has them: its numbers are slower, and of a u32 only some need one. */
	if (number == (int32_t)number)
		xsmcSetInteger(xsVar(0), (xsIntegerValue)number);
	else
		xsmcSetNumber(xsVar(0), (xsNumberValue)number);
	xsmcSetIndex(xsResult, 1, xsVar(0));
}

void xs_manufacturing_send(xsMachine *the)
{
	size_t offset = (size_t)xsmcToInteger(xsArg(0));
	size_t size = (size_t)xsmcToInteger(xsArg(1));

	background_check(the, &work);
	if (offset > value.size || size > value.size - offset)
		xsRangeError("outside the value");
	xsmcSetInteger(xsResult, (xsIntegerValue)port_answer(value.data + offset, size));
}

void xs_manufacturing_forget(xsMachine *the)
{
	background_check(the, &work);
	forget();
}

void xs_manufacturing_write(xsMachine *the)
{
	take_names(the);
	value.type = type_from(the, 2);
	value.number = (uint32_t)xsmcToInteger(xsArg(3));
	background_start(the, &work, write_number);
}

void xs_manufacturing_writeData(xsMachine *the)
{
	take_names(the);
	value.type = type_from(the, 2);
	value.data = port_take_data(&value.size);
	/* A stored string has its NUL, which the host does not send: the port's memory has room for it. */
	if (value.data && value.type == STORE_STRING)
		value.data[value.size++] = 0;
	background_start(the, &work, write_data);
}

void xs_manufacturing_erase(xsMachine *the)
{
	take_names(the);
	background_start(the, &work, erase);
}

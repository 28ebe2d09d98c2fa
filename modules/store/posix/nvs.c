/* SPDX-License-Identifier: Apache-2.0 */
#include "nvs.h"

#include <string.h>

#include "nvs-item.h"

static store_type type_of(const nvs_entry *entry)
{
	return entry->type == NVS_TYPE_BLOB_INDEX || entry->type == NVS_TYPE_BLOB_1 ? STORE_BLOB : (store_type)entry->type;
}

static size_t size_of(const nvs_entry *entry)
{
	if (entry->type == NVS_TYPE_BLOB_INDEX)
		return entry->blob.size;
	return nvs_has_data(entry) ? entry->data.size : entry->type & 0x0f;
}

/* --- reading --- */

/* Reads the data of one entry, or with `into` NULL compares them with `other`. False: they are damaged, or differ. */
static bool read_data(const nvs *store, const nvs_cursor *item, uint8_t *into, const uint8_t *other)
{
	const nvs_entry *entry = &item->entry;

	if (!nvs_has_data(entry)) {
		if (!into)
			return memcmp(other, entry->number, size_of(entry)) == 0;
		memcpy(into, entry->number, size_of(entry));
		return true;
	}
	if (into) {
		nvs_data_read(store, item, 0, into, entry->data.size);
		return nvs_crc(NVS_CRC_INITIAL, into, entry->data.size) == entry->data.crc;
	}
	for (size_t at = 0; at < entry->data.size;) {
		uint8_t buffer[256];
		size_t part = entry->data.size - at < sizeof buffer ? entry->data.size - at : sizeof buffer;

		nvs_data_read(store, item, at, buffer, part);
		if (memcmp(buffer, other + at, part) != 0)
			return false;
		at += part;
	}
	return true;
}

static bool read_value(const nvs *store, const nvs_cursor *item, uint8_t *into, const uint8_t *other)
{
	const nvs_entry *entry = &item->entry;
	size_t done = 0;

	if (entry->type != NVS_TYPE_BLOB_INDEX)
		return read_data(store, item, into, other);
	for (unsigned at = 0; at < entry->blob.chunk_count; at++) {
		nvs_cursor part;

		if (!nvs_chunk_find(store, entry->name_space, entry->key, (uint8_t)(entry->blob.chunk_start + at), &part) ||
		    part.entry.data.size > entry->blob.size - done ||
		    !read_data(store, &part, into ? into + done : NULL, into ? NULL : other + done))
			return false;
		done += part.entry.data.size;
	}
	return done == entry->blob.size;
}

int nvs_get(const nvs *store, const char *name_space, const char *key, store_type *type, void *value, size_t *size)
{
	nvs_cursor item;
	int number;
	size_t room = *size;

	if (!store_name_valid(name_space) || !store_name_valid(key))
		return STORE_BAD_NAME;
	number = nvs_namespace_find(store, name_space);
	if (number < 0 || !nvs_item_find(store, (uint8_t)number, key, &item))
		return STORE_NOT_FOUND;
	if (*type != STORE_ANY && *type != type_of(&item.entry))
		return STORE_TYPE;
	*type = type_of(&item.entry);
	*size = size_of(&item.entry);
	if (!value)
		return STORE_OK;
	if (room < *size)
		return STORE_TOO_LONG;
	if (!read_value(store, &item, value, NULL))
		return STORE_IO;
	/* who asked for a string counts on its end */
	return *type != STORE_STRING || (*size && !((const char *)value)[*size - 1]) ? STORE_OK : STORE_IO;
}

int nvs_iterate(const nvs *store, const char *name_space, bool (*visit)(void *context, const store_entry *entry),
                void *context)
{
	nvs_cursor cursor = { 0 };
	int count = 0;

	if (name_space && !store_name_valid(name_space))
		return STORE_BAD_NAME;
	while (nvs_next(store, &cursor)) {
		store_entry found = { .type = type_of(&cursor.entry), .size = size_of(&cursor.entry) };
		nvs_cursor owner = { 0 };

		if (cursor.entry.name_space == NVS_NAMESPACES || cursor.entry.type == NVS_TYPE_BLOB_DATA)
			continue;
		while (nvs_next(store, &owner))
			if (owner.entry.name_space == NVS_NAMESPACES && owner.entry.number[0] == cursor.entry.name_space)
				memcpy(found.name_space, owner.entry.key, sizeof found.name_space);
		if (!found.name_space[0] || (name_space && strcmp(found.name_space, name_space) != 0))
			continue;
		memcpy(found.key, cursor.entry.key, sizeof found.key);
		count++;
		if (!visit(context, &found))
			break;
	}
	return count;
}

void nvs_get_statistics(const nvs *store, store_statistics *statistics)
{
	nvs_cursor cursor = { 0 };

	*statistics = (store_statistics){ .total = (size_t)store->page_count * NVS_ENTRY_COUNT };
	for (unsigned rank = 0; rank < store->order_count; rank++)
		statistics->used += store->pages[store->order[rank]].used;
	statistics->free = statistics->total - statistics->used;
	statistics->available = statistics->free > NVS_ENTRY_COUNT ? statistics->free - NVS_ENTRY_COUNT : 0;
	while (nvs_next(store, &cursor))
		statistics->namespaces += cursor.entry.name_space == NVS_NAMESPACES;
}

/* --- writing --- */

static int write_single(nvs *store, nvs_entry *entry, const void *data)
{
	unsigned span = nvs_has_data(entry) ? NVS_ENTRY_SPAN_OF(entry->data.size) : 1;

	if (nvs_current_room(store) < span) {
		int error = nvs_turn_page(store, span);

		if (error)
			return error;
		if (nvs_current_room(store) < span)
			return STORE_FULL;
	}
	nvs_append(store, entry, data);
	return STORE_OK;
}

/* Bytes of a blob's part that still go on the current page, after its own entry. */
static size_t chunk_room(const nvs *store)
{
	unsigned room = nvs_current_room(store);

	return room < 2 ? 0 : (room - 1) * NVS_ENTRY_SIZE;
}

/* Fills pages with parts and closes with the index, which makes the blob valid. */
static int write_blob(nvs *store, nvs_entry *entry, const uint8_t *data, size_t size, uint8_t chunk_start)
{
	size_t done = 0;
	unsigned chunks = 0;
	int error;

	do {
		size_t room = chunk_room(store);
		/* a page with less than a tenth left is not worth a first part of its own */
		bool poor = chunks == 0 && (room < size || room == 0) && room < NVS_CHUNK_MAX / 10;
		size_t part = size - done < room ? size - done : room;

		if (poor) {
			if ((error = nvs_turn_page(store, 1)))
				return error;
			if (chunk_room(store) == room)
				return STORE_FULL;
			continue;
		}
		if (!room || chunks == NVS_CHUNKS_MAX)
			return STORE_FULL;
		entry->type = NVS_TYPE_BLOB_DATA;
		entry->chunk = (uint8_t)(chunk_start + chunks);
		entry->data.size = (uint16_t)part;
		nvs_append(store, entry, data + done);
		chunks++;
		done += part;
		if ((done < size || room - part < NVS_ENTRY_SIZE) && (error = nvs_turn_page(store, 1)))
			return error;
	} while (chunks == 0 || done < size);
	entry->type = NVS_TYPE_BLOB_INDEX;
	entry->chunk = NVS_CHUNK_ANY;
	memset(entry->number, 0xff, sizeof entry->number);
	entry->blob.size = (uint32_t)size;
	entry->blob.chunk_count = (uint8_t)chunks;
	entry->blob.chunk_start = chunk_start;
	return write_single(store, entry, NULL);
}

/* A number that no name has, or -1. */
static int unused_number(const nvs *store)
{
	bool taken[NVS_NAMESPACE_LAST + 2] = { true };
	nvs_cursor cursor = { 0 };

	while (nvs_next(store, &cursor))
		if (cursor.entry.name_space == NVS_NAMESPACES)
			taken[cursor.entry.number[0]] = true;
	for (int number = 1; number <= NVS_NAMESPACE_LAST; number++)
		if (!taken[number])
			return number;
	return -1;
}

static void start_entry(nvs_entry *entry, uint8_t name_space, const char *key, uint8_t type)
{
	memset(entry, 0xff, sizeof *entry);
	memset(entry->key, 0, sizeof entry->key);
	entry->name_space = name_space;
	entry->type = type;
	memcpy(entry->key, key, strlen(key));
}

typedef struct {
	const char *name_space;
	const char *key;
	store_type type;
	const void *value;
	size_t size;
	int number;          /* of the namespace */
	bool new_namespace;  /* to be named first */
	uint8_t chunk_start; /* the version of a blob that the one in force does not have */
} writing;

static int write_all(nvs *store, const writing *it)
{
	nvs_entry entry;
	int error;

	if (it->new_namespace) {
		start_entry(&entry, NVS_NAMESPACES, it->name_space, STORE_U8);
		entry.number[0] = (uint8_t)it->number;
		if ((error = write_single(store, &entry, NULL)))
			return error;
	}
	start_entry(&entry, (uint8_t)it->number, it->key, (uint8_t)it->type);
	if (it->type == STORE_BLOB)
		return write_blob(store, &entry, it->value, it->size, it->chunk_start);
	if (it->type == STORE_STRING)
		entry.data.size = (uint16_t)it->size;
	else
		memcpy(entry.number, it->value, it->size);
	return write_single(store, &entry, it->value);
}

int nvs_set(nvs *store, const char *name_space, const char *key, store_type type, const void *value, size_t size)
{
	writing it = { .name_space = name_space, .key = key, .type = type, .size = size };
	unsigned chunk_pages = store->page_count - 1 < NVS_CHUNKS_MAX ? store->page_count - 1 : NVS_CHUNKS_MAX;
	int error = store_value_check(type, value, size);
	nvs_cursor old;
	nvs rehearsal;

	if (!store_name_valid(name_space) || !store_name_valid(key))
		return STORE_BAD_NAME;
	if (error)
		return error;
	if (size > chunk_pages * NVS_CHUNK_MAX)
		return STORE_TOO_LONG;
	it.value = value ? value : ""; /* of an empty blob */
	it.number = nvs_namespace_find(store, name_space);
	it.new_namespace = it.number < 0;
	if (it.new_namespace && (it.number = unused_number(store)) < 0)
		return STORE_FULL;
	if (!it.new_namespace && nvs_item_find(store, (uint8_t)it.number, key, &old)) {
		if (type_of(&old.entry) == type && size_of(&old.entry) == size && read_value(store, &old, NULL, it.value))
			return STORE_OK;
		if (old.entry.type == NVS_TYPE_BLOB_INDEX && old.entry.blob.chunk_start == 0)
			it.chunk_start = NVS_VERSION_1_CHUNK;
	}
	/* An erasure of the whole partition that was cut leaves values whose namespace has no name: not for this one. */
	if (it.new_namespace)
		nvs_namespace_erase(store, (uint8_t)it.number);
	else
		nvs_item_erase_replaced(store, (uint8_t)it.number, key);
	rehearsal = *store;
	rehearsal.rehearsal = true;
	if ((error = write_all(&rehearsal, &it)))
		return error;
	if ((error = write_all(store, &it)))
		return error;
	nvs_item_erase_replaced(store, (uint8_t)it.number, key);
	return STORE_OK;
}

int nvs_erase(nvs *store, const char *name_space, const char *key)
{
	nvs_cursor item;
	int number;

	if (!store_name_valid(name_space) || (key && !store_name_valid(key)))
		return STORE_BAD_NAME;
	number = nvs_namespace_find(store, name_space);
	if (number < 0)
		return STORE_NOT_FOUND;
	if (!key)
		return nvs_namespace_erase(store, (uint8_t)number) ? STORE_OK : STORE_NOT_FOUND;
	nvs_item_erase_replaced(store, (uint8_t)number, key);
	if (!nvs_item_find(store, (uint8_t)number, key, &item))
		return STORE_NOT_FOUND;
	nvs_item_erase(store, &item);
	return STORE_OK;
}

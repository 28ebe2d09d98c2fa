/* SPDX-License-Identifier: Apache-2.0 */
#include "nvs-item.h"

#include <string.h>

static bool same_key(const nvs_entry *entry, uint8_t name_space, const char *key)
{
	return entry->name_space == name_space && strncmp(entry->key, key, sizeof entry->key) == 0;
}

int nvs_namespace_find(const nvs *store, const char *name)
{
	nvs_cursor cursor = { 0 };

	while (nvs_next(store, &cursor))
		if (same_key(&cursor.entry, NVS_NAMESPACES, name) && cursor.entry.type == STORE_U8)
			return cursor.entry.number[0];
	return -1;
}

bool nvs_item_find(const nvs *store, uint8_t name_space, const char *key, nvs_cursor *item)
{
	nvs_cursor cursor = { 0 };
	bool found = false;

	while (nvs_next(store, &cursor)) {
		if (same_key(&cursor.entry, name_space, key) && cursor.entry.type != NVS_TYPE_BLOB_DATA) {
			*item = cursor;
			found = true;
		}
	}
	return found;
}

bool nvs_chunk_find(const nvs *store, uint8_t name_space, const char *key, uint8_t chunk, nvs_cursor *part)
{
	*part = (nvs_cursor){ 0 };
	while (nvs_next(store, part))
		if (part->entry.type == NVS_TYPE_BLOB_DATA && part->entry.chunk == chunk &&
		    same_key(&part->entry, name_space, key))
			return true;
	return false;
}

void nvs_item_erase(nvs *store, const nvs_cursor *item)
{
	const nvs_entry *entry = &item->entry;

	nvs_entry_erase(store, item->page, item->index, entry->span);
	if (entry->type != NVS_TYPE_BLOB_INDEX)
		return;
	for (unsigned at = 0; at < entry->blob.chunk_count; at++) {
		nvs_cursor part;

		if (nvs_chunk_find(store, entry->name_space, entry->key, (uint8_t)(entry->blob.chunk_start + at), &part))
			nvs_entry_erase(store, part.page, part.index, part.entry.span);
	}
}

void nvs_item_erase_replaced(nvs *store, uint8_t name_space, const char *key)
{
	nvs_cursor cursor = { 0 }, previous;
	bool found = false;

	while (nvs_next(store, &cursor)) {
		if (!same_key(&cursor.entry, name_space, key) || cursor.entry.type == NVS_TYPE_BLOB_DATA)
			continue;
		if (found)
			nvs_item_erase(store, &previous);
		previous = cursor;
		found = true;
	}
}

bool nvs_namespace_erase(nvs *store, uint8_t name_space)
{
	nvs_cursor cursor = { 0 };
	bool any = false;

	while (nvs_next(store, &cursor)) {
		if (cursor.entry.name_space != name_space || cursor.entry.type == NVS_TYPE_BLOB_DATA)
			continue;
		any = true;
		/* an older entry of the key must not come to light when the power goes in between */
		nvs_item_erase_replaced(store, name_space, cursor.entry.key);
		if (nvs_entry_state_read(store, cursor.page, cursor.index) == NVS_ENTRY_WRITTEN)
			nvs_item_erase(store, &cursor);
	}
	/* parts without an index, which only another's image has after mounting */
	cursor = (nvs_cursor){ 0 };
	while (nvs_next(store, &cursor))
		if (cursor.entry.name_space == name_space)
			nvs_entry_erase(store, cursor.page, cursor.index, cursor.entry.span);
	return any;
}

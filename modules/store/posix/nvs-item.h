/* SPDX-License-Identifier: Apache-2.0 */
/* Values as they lie in entries: found, compared, erased with all their parts. */
#ifndef XS_AT_NVS_ITEM_H
#define XS_AT_NVS_ITEM_H

#include "nvs-page.h"

/** The number of a namespace, or -1. */
int nvs_namespace_find(const nvs *store, const char *name);

/** The entry of a value, the newest should there be several; of a blob its index. */
bool nvs_item_find(const nvs *store, uint8_t name_space, const char *key, nvs_cursor *item);

/** A part of a blob. */
bool nvs_chunk_find(const nvs *store, uint8_t name_space, const char *key, uint8_t chunk, nvs_cursor *part);

/** Erases a value with its parts, its index first: parts without an index are found when mounting. */
void nvs_item_erase(nvs *store, const nvs_cursor *item);

/** Erases what a newer entry of the same key has replaced. */
void nvs_item_erase_replaced(nvs *store, uint8_t name_space, const char *key);

/** Erases all entries of a namespace's number; whether there were any. */
bool nvs_namespace_erase(nvs *store, uint8_t name_space);

#endif

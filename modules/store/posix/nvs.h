/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NVS of the twin: the IDF's format (nvs-format.h) in a partition of the flash image. The functions are those of
 * store.h for one mounted partition, without its lock.
 *
 * There is no index: a look-up reads the partition's entries one after the other, 32 bytes each, which costs some 30 us
 * on a full `nvs` of 56 KB; mounting it costs 0.6 ms. What is kept in memory is the table of the pages, 12 bytes each.
 */
#ifndef XS_AT_NVS_H
#define XS_AT_NVS_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

/** 256 KB: more than any partition of the 4 MB flash that is meant for NVS. */
#define NVS_PAGES_MAX 64u

typedef struct {
	uint32_t state; /* of those in nvs-format.h BLANK, CORRUPT, ACTIVE, FULL, FREEING */
	uint32_t sequence;
	uint8_t used; /* entries in force */
	uint8_t next; /* the first that is empty */
} nvs_page;

typedef struct {
	uint32_t base; /* address in the flash */
	unsigned page_count;
	unsigned order_count;         /* pages in use, */
	uint8_t order[NVS_PAGES_MAX]; /* the oldest first */
	nvs_page pages[NVS_PAGES_MAX];
	bool rehearsal; /* count what would be written, to know whether there is room */
} nvs;

/**
 * Mounts, and repairs what a power cut has left: half-written entries, values stored twice, a collection that was under
 * way, parts of blobs. A page that is beyond repair counts as free.
 *
 * @param size bytes; from 2 to NVS_PAGES_MAX pages, a rest is not used
 * @return STORE_OK; STORE_IO when the size is wrong or pages are of a later version than 2
 */
int nvs_mount(nvs *store, uint32_t base, uint32_t size);

int nvs_get(const nvs *store, const char *name_space, const char *key, store_type *type, void *value, size_t *size);
int nvs_set(nvs *store, const char *name_space, const char *key, store_type type, const void *value, size_t size);
int nvs_erase(nvs *store, const char *name_space, const char *key);
int nvs_iterate(const nvs *store, const char *name_space, bool (*visit)(void *context, const store_entry *entry),
                void *context);
void nvs_get_statistics(const nvs *store, store_statistics *statistics);

/** Erases the pages of a partition, mounted or not; blank ones are left alone. */
void nvs_erase_all(uint32_t base, uint32_t size);

#endif

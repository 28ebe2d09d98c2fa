/* SPDX-License-Identifier: Apache-2.0 */
/* Pages and entries of a mounted partition; who wants values uses nvs.h. */
#ifndef XS_AT_NVS_PAGE_H
#define XS_AT_NVS_PAGE_H

#include "nvs-format.h"
#include "nvs.h"

#define NVS_ENTRY_SPAN_OF(size) (1 + (unsigned)(((size) + NVS_ENTRY_SIZE - 1) / NVS_ENTRY_SIZE))

/** Goes through all entries that are in force, from the oldest page to the newest. Start with zeros. */
typedef struct {
	unsigned rank; /* of the page in the order of age */
	unsigned next; /* where to go on in it */
	unsigned page;
	unsigned index;
	nvs_entry entry;
} nvs_cursor;

bool nvs_next(const nvs *store, nvs_cursor *cursor);

void nvs_page_read(const nvs *store, unsigned page, unsigned offset, void *buffer, size_t size);
void nvs_entry_read(const nvs *store, unsigned page, unsigned index, nvs_entry *entry);
nvs_entry_state nvs_entry_state_read(const nvs *store, unsigned page, unsigned index);

/** Bytes of an entry's data, which start at the entry after it. */
void nvs_data_read(const nvs *store, const nvs_cursor *at, size_t offset, void *buffer, size_t size);
uint32_t nvs_data_crc(const nvs *store, unsigned page, unsigned index, size_t size);

/** Marks entries; states only ever go from EMPTY by WRITTEN to ERASED. */
void nvs_mark_entries(nvs *store, unsigned page, unsigned from, unsigned to, nvs_entry_state state);

/** Erases an entry and its data. The entry itself goes last: until then its data are known for what they are. */
void nvs_entry_erase(nvs *store, unsigned page, unsigned index, unsigned span);

/** The page that is written to, or -1. */
int nvs_current_page(const nvs *store);

/** Entries still empty there. */
unsigned nvs_current_room(const nvs *store);

/** Writes an entry, whose checksums it fills in, and its data to the current page, where there must be room. */
void nvs_append(nvs *store, nvs_entry *entry, const void *data);

/**
 * Closes the current page and opens another, collecting the one with most to gain when only one is free, which always
 * stays so.
 *
 * @param need entries of room without which it is not worth it
 * @return STORE_OK, or STORE_FULL with nothing changed
 */
int nvs_turn_page(nvs *store, unsigned need);

/** Moves what is in force on a page to a new one and erases it; one page must be free. */
void nvs_collect(nvs *store, unsigned page);

void nvs_page_erase(nvs *store, unsigned page);
void nvs_page_set_state(nvs *store, unsigned page, uint32_t state);

#endif

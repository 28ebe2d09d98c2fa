/* SPDX-License-Identifier: Apache-2.0 */
/* In a rehearsal everything is counted as if it were done, and nothing is written. */
#include "nvs-page.h"

#include <string.h>

#include "flash.h"
#include "store.h"

/* Entries copied at a time when a page is collected. */
#define COPY_ENTRIES 8u

static uint32_t page_address(const nvs *store, unsigned page)
{
	return store->base + page * NVS_PAGE_SIZE;
}

static unsigned entry_offset(unsigned index)
{
	return NVS_ENTRIES_OFFSET + index * NVS_ENTRY_SIZE;
}

void nvs_page_read(const nvs *store, unsigned page, unsigned offset, void *buffer, size_t size)
{
	/* the partition was found inside the flash when it was mounted: this cannot fail */
	flash_read(page_address(store, page) + offset, buffer, size);
}

static void page_program(nvs *store, unsigned page, unsigned offset, const void *data, size_t size)
{
	if (!store->rehearsal)
		flash_program(page_address(store, page) + offset, data, size);
}

/* --- entries --- */

void nvs_entry_read(const nvs *store, unsigned page, unsigned index, nvs_entry *entry)
{
	nvs_page_read(store, page, entry_offset(index), entry, sizeof *entry);
}

nvs_entry_state nvs_entry_state_read(const nvs *store, unsigned page, unsigned index)
{
	uint8_t four;

	nvs_page_read(store, page, NVS_BITMAP_OFFSET + index / 4, &four, 1);
	return (nvs_entry_state)(four >> index % 4 * 2 & 3);
}

void nvs_data_read(const nvs *store, const nvs_cursor *at, size_t offset, void *buffer, size_t size)
{
	nvs_page_read(store, at->page, entry_offset(at->index + 1) + (unsigned)offset, buffer, size);
}

uint32_t nvs_data_crc(const nvs *store, unsigned page, unsigned index, size_t size)
{
	uint32_t crc = NVS_CRC_INITIAL;
	unsigned offset = entry_offset(index + 1);

	while (size) {
		uint8_t buffer[COPY_ENTRIES * NVS_ENTRY_SIZE];
		size_t part = size < sizeof buffer ? size : sizeof buffer;

		nvs_page_read(store, page, offset, buffer, part);
		crc = nvs_crc(crc, buffer, part);
		offset += (unsigned)part;
		size -= part;
	}
	return crc;
}

bool nvs_next(const nvs *store, nvs_cursor *cursor)
{
	for (; cursor->rank < store->order_count; cursor->rank++, cursor->next = 0) {
		cursor->page = store->order[cursor->rank];
		while (cursor->next < NVS_ENTRY_COUNT) {
			unsigned index = cursor->next++, span;
			uint8_t four;

			nvs_page_read(store, cursor->page, NVS_BITMAP_OFFSET + index / 4, &four, 1);
			if (index % 4 == 0 && (four == 0xff || four == 0x00)) { /* all empty, or all erased */
				cursor->next = index + 4;
				continue;
			}
			cursor->index = index;
			if ((four >> index % 4 * 2 & 3) != NVS_ENTRY_WRITTEN)
				continue;
			nvs_entry_read(store, cursor->page, cursor->index, &cursor->entry);
			span = cursor->entry.span;
			/* mounting has checked it, but AT+SYSFLASH may have written over it since */
			if (span == 0 || cursor->index + span > NVS_ENTRY_COUNT ||
			    (nvs_has_data(&cursor->entry) && NVS_ENTRY_SPAN_OF(cursor->entry.data.size) != span))
				continue;
			cursor->next = cursor->index + span;
			return true;
		}
	}
	return false;
}

void nvs_mark_entries(nvs *store, unsigned page, unsigned from, unsigned to, nvs_entry_state state)
{
	uint8_t clear = (uint8_t)(~(unsigned)state & 3);
	uint8_t bits[NVS_BITMAP_SIZE];
	unsigned first = from / 4, last = (to - 1) / 4;

	memset(bits, 0xff, sizeof bits);
	for (unsigned index = from; index < to; index++)
		bits[index / 4] &= (uint8_t) ~(clear << index % 4 * 2);
	page_program(store, page, NVS_BITMAP_OFFSET + first, bits + first, last - first + 1);
}

void nvs_entry_erase(nvs *store, unsigned page, unsigned index, unsigned span)
{
	if (span > 1)
		nvs_mark_entries(store, page, index + 1, index + span, NVS_ENTRY_ERASED);
	nvs_mark_entries(store, page, index, index + 1, NVS_ENTRY_ERASED);
	store->pages[page].used -= (uint8_t)span;
}

void nvs_append(nvs *store, nvs_entry *entry, const void *data)
{
	unsigned page = (unsigned)nvs_current_page(store);
	nvs_page *it = &store->pages[page];
	unsigned index = it->next;

	if (nvs_has_data(entry)) {
		entry->span = (uint8_t)NVS_ENTRY_SPAN_OF(entry->data.size);
		entry->data.reserved = 0xffff;
		entry->data.crc = nvs_crc(NVS_CRC_INITIAL, data, entry->data.size);
	} else {
		entry->span = 1;
	}
	entry->crc = nvs_entry_crc(entry);
	it->next += entry->span;
	it->used += entry->span;
	page_program(store, page, entry_offset(index), entry, sizeof *entry);
	nvs_mark_entries(store, page, index, index + 1, NVS_ENTRY_WRITTEN);
	if (entry->span > 1) {
		size_t whole = entry->data.size / NVS_ENTRY_SIZE * NVS_ENTRY_SIZE;
		size_t rest = entry->data.size - whole;

		if (whole)
			page_program(store, page, entry_offset(index + 1), data, whole);
		if (rest) {
			uint8_t last[NVS_ENTRY_SIZE];

			memset(last, 0xff, sizeof last);
			memcpy(last, (const uint8_t *)data + whole, rest);
			page_program(store, page, entry_offset(index + 1) + (unsigned)whole, last, sizeof last);
		}
		nvs_mark_entries(store, page, index + 1, index + entry->span, NVS_ENTRY_WRITTEN);
	}
}

/* --- pages --- */

int nvs_current_page(const nvs *store)
{
	unsigned page;

	if (store->order_count == 0)
		return -1;
	page = store->order[store->order_count - 1];
	return store->pages[page].state == NVS_STATE_ACTIVE ? (int)page : -1;
}

unsigned nvs_current_room(const nvs *store)
{
	int page = nvs_current_page(store);

	return page < 0 ? 0 : NVS_ENTRY_COUNT - store->pages[page].next;
}

void nvs_page_set_state(nvs *store, unsigned page, uint32_t state)
{
	store->pages[page].state = state;
	page_program(store, page, 0, &state, sizeof state);
}

/*
 * Spoils the header before the sector is erased: an erasure that is cut may leave any of the page's bits, and what it
 * leaves must not look like a page in force with entries missing.
 */
void nvs_page_erase(nvs *store, unsigned page)
{
	unsigned rank;

	nvs_page_set_state(store, page, NVS_STATE_CORRUPT);
	if (!store->rehearsal)
		flash_erase(page_address(store, page), NVS_PAGE_SIZE);
	store->pages[page] = (nvs_page){ .state = NVS_STATE_BLANK };
	for (rank = 0; rank < store->order_count && store->order[rank] != page; rank++)
		;
	if (rank < store->order_count) {
		store->order_count--;
		memmove(store->order + rank, store->order + rank + 1, store->order_count - rank);
	}
}

static bool page_free(const nvs *store, unsigned page)
{
	return store->pages[page].state == NVS_STATE_BLANK || store->pages[page].state == NVS_STATE_CORRUPT;
}

/* The free page that follows the newest, so that all wear alike. There must be one. */
static void open_page(nvs *store)
{
	unsigned newest = store->order_count ? store->order[store->order_count - 1] : store->page_count - 1;
	uint32_t sequence = store->order_count ? store->pages[newest].sequence + 1 : 0;
	unsigned page = newest;
	nvs_header header = { .state = NVS_STATE_ACTIVE, .sequence = sequence, .version = NVS_VERSION };

	do
		page = (page + 1) % store->page_count;
	while (!page_free(store, page));
	if (store->pages[page].state == NVS_STATE_CORRUPT)
		nvs_page_erase(store, page);
	memset(header.reserved, 0xff, sizeof header.reserved);
	header.crc = nvs_header_crc(&header);
	page_program(store, page, 0, &header, sizeof header);
	store->pages[page] = (nvs_page){ .state = NVS_STATE_ACTIVE, .sequence = sequence };
	store->order[store->order_count++] = (uint8_t)page;
}

static void copy_item(nvs *store, unsigned from, unsigned index, unsigned span)
{
	unsigned to = (unsigned)nvs_current_page(store);
	unsigned start = store->pages[to].next;
	uint8_t buffer[COPY_ENTRIES * NVS_ENTRY_SIZE];

	store->pages[to].next += (uint8_t)span;
	store->pages[to].used += (uint8_t)span;
	nvs_page_read(store, from, entry_offset(index), buffer, NVS_ENTRY_SIZE);
	page_program(store, to, entry_offset(start), buffer, NVS_ENTRY_SIZE);
	nvs_mark_entries(store, to, start, start + 1, NVS_ENTRY_WRITTEN);
	for (unsigned done = 1; done < span;) {
		unsigned count = span - done < COPY_ENTRIES ? span - done : COPY_ENTRIES;

		nvs_page_read(store, from, entry_offset(index + done), buffer, count * NVS_ENTRY_SIZE);
		page_program(store, to, entry_offset(start + done), buffer, count * NVS_ENTRY_SIZE);
		done += count;
	}
	if (span > 1)
		nvs_mark_entries(store, to, start + 1, start + span, NVS_ENTRY_WRITTEN);
}

void nvs_collect(nvs *store, unsigned page)
{
	nvs_page *old = &store->pages[page];

	nvs_page_set_state(store, page, NVS_STATE_FREEING);
	open_page(store);
	if (store->rehearsal) {
		nvs_page *new = &store->pages[nvs_current_page(store)];

		new->used = new->next = old->used;
	} else {
		nvs_cursor cursor = { 0 };

		while (store->order[cursor.rank] != page)
			cursor.rank++;
		for (unsigned rank = cursor.rank; nvs_next(store, &cursor) && cursor.rank == rank;)
			copy_item(store, page, cursor.index, cursor.entry.span);
	}
	nvs_page_erase(store, page);
}

int nvs_turn_page(nvs *store, unsigned need)
{
	int current = nvs_current_page(store);
	unsigned best = 0, gain = 0, spare = 0;

	for (unsigned page = 0; page < store->page_count; page++)
		spare += page_free(store, page);
	for (unsigned rank = 0; rank < store->order_count; rank++) {
		unsigned page = store->order[rank], unused = NVS_ENTRY_COUNT - store->pages[page].used;

		if (unused > gain) {
			best = page;
			gain = unused;
		}
	}
	if (spare < 2 && gain < need)
		return STORE_FULL;
	/* only another's image has no free page; then one in use must be without any value */
	if (spare == 0 && gain < NVS_ENTRY_COUNT)
		return STORE_FULL;
	if (current >= 0)
		nvs_page_set_state(store, (unsigned)current, NVS_STATE_FULL);
	if (spare < 2 && gain == NVS_ENTRY_COUNT) {
		nvs_page_erase(store, best);
		return nvs_turn_page(store, need);
	}
	if (spare >= 2)
		open_page(store);
	else
		nvs_collect(store, best);
	return STORE_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounting, and the repair of what a power cut has left. Each step may be cut in its turn: it finds the same again at
 * the next start. The steps are those of the IDF's, but every entry's data are checked too, and a value that has been
 * stored with another type counts as replaced.
 */
#include <string.h>

#include "flash.h"
#include "nvs-item.h"

static bool all_ones(const nvs *store, unsigned page, unsigned offset, size_t size)
{
	while (size) {
		uint8_t buffer[256];
		size_t part = size < sizeof buffer ? size : sizeof buffer;

		nvs_page_read(store, page, offset, buffer, part);
		for (size_t at = 0; at < part; at++)
			if (buffer[at] != 0xff)
				return false;
		offset += (unsigned)part;
		size -= part;
	}
	return true;
}

/* By difference: of another's image the numbers may be such that the next one is 0. */
static bool is_newer(const nvs_page *page, const nvs_page *than)
{
	return (int32_t)(page->sequence - than->sequence) > 0;
}

/* Reads a page's header; a page whose header is not whole counts as free, after erasing. */
static int load_header(nvs *store, unsigned page)
{
	nvs_header header;
	nvs_page *it = &store->pages[page];
	unsigned rank;

	nvs_page_read(store, page, 0, &header, sizeof header);
	*it = (nvs_page){ .state = NVS_STATE_CORRUPT };
	if (header.state == NVS_STATE_BLANK) {
		if (all_ones(store, page, 0, NVS_PAGE_SIZE))
			it->state = NVS_STATE_BLANK;
		return STORE_OK;
	}
	if (header.crc != nvs_header_crc(&header))
		return STORE_OK;
	if (header.version < NVS_VERSION)
		return STORE_IO;
	if (header.state != NVS_STATE_ACTIVE && header.state != NVS_STATE_FULL && header.state != NVS_STATE_FREEING)
		return STORE_OK;
	it->state = header.state;
	it->sequence = header.sequence;
	it->next = NVS_ENTRY_COUNT;
	for (rank = store->order_count; rank && is_newer(&store->pages[store->order[rank - 1]], it); rank--)
		store->order[rank] = store->order[rank - 1];
	store->order[rank] = (uint8_t)page;
	store->order_count++;
	return STORE_OK;
}

/* Whether all entries of an item are in force and its data are what its entry says. */
static bool item_whole(const nvs *store, unsigned page, unsigned index, const nvs_entry *entry)
{
	for (unsigned at = 1; at < entry->span; at++)
		if (nvs_entry_state_read(store, page, index + at) != NVS_ENTRY_WRITTEN)
			return false;
	return !nvs_has_data(entry) || nvs_data_crc(store, page, index, entry->data.size) == entry->data.crc;
}

/* Erases what a page says is in force and is not there, or not whole. */
static void check_entries(nvs *store, unsigned page)
{
	unsigned span;

	for (unsigned index = 0; index < NVS_ENTRY_COUNT; index += span) {
		nvs_entry_state state = nvs_entry_state_read(store, page, index);
		nvs_entry entry;

		span = 1;
		if (state == NVS_ENTRY_ILLEGAL)
			nvs_mark_entries(store, page, index, index + 1, NVS_ENTRY_ERASED);
		if (state != NVS_ENTRY_WRITTEN)
			continue;
		nvs_entry_read(store, page, index, &entry);
		if (!nvs_entry_consistent(&entry, index)) {
			nvs_mark_entries(store, page, index, index + 1, NVS_ENTRY_ERASED);
			continue;
		}
		span = entry.span;
		if (!item_whole(store, page, index, &entry))
			nvs_entry_erase(store, page, index, span);
	}
}

/* Finds where to go on writing: behind all that was ever begun. What was begun and never marked is erased. */
static void find_empty(nvs *store, unsigned page)
{
	unsigned next = NVS_ENTRY_COUNT;

	while (next && nvs_entry_state_read(store, page, next - 1) == NVS_ENTRY_EMPTY &&
	       all_ones(store, page, NVS_ENTRIES_OFFSET + (next - 1) * NVS_ENTRY_SIZE, NVS_ENTRY_SIZE))
		next--;
	store->pages[page].next = (uint8_t)next;
	for (unsigned index = 0; index < next; index++)
		if (nvs_entry_state_read(store, page, index) == NVS_ENTRY_EMPTY)
			nvs_mark_entries(store, page, index, index + 1, NVS_ENTRY_ERASED);
}

static void count_used(nvs *store, unsigned page)
{
	uint8_t bitmap[NVS_BITMAP_SIZE];

	nvs_page_read(store, page, NVS_BITMAP_OFFSET, bitmap, sizeof bitmap);
	store->pages[page].used = 0;
	for (unsigned index = 0; index < NVS_ENTRY_COUNT; index++)
		store->pages[page].used += (bitmap[index / 4] >> index % 4 * 2 & 3) == NVS_ENTRY_WRITTEN;
}

static unsigned free_pages(const nvs *store)
{
	return store->page_count - store->order_count;
}

/* One bit for each value of a hash of 16 bits, to find the few entries that may have been there before. */
typedef struct {
	uint8_t bits[1 << 13];
} seen_entries;

static bool seen_before(seen_entries *seen, const nvs_entry *entry)
{
	uint32_t crc = nvs_crc(NVS_CRC_INITIAL, &entry->name_space, 1);
	uint8_t bit, *byte;

	crc = nvs_crc(crc, entry->key, sizeof entry->key) % (8 * sizeof seen->bits);
	byte = &seen->bits[crc / 8];
	bit = (uint8_t)(1 << crc % 8);
	if (*byte & bit)
		return true;
	*byte |= bit;
	return false;
}

/*
 * The last thing written may be a value whose predecessor there was no time to erase. In a damaged image any may be,
 * and must not come to light when pages change their order of age. Parts of blobs go with repair_blobs().
 */
static void erase_replaced(nvs *store)
{
	seen_entries seen = { 0 };
	nvs_cursor cursor = { 0 };

	while (nvs_next(store, &cursor)) {
		nvs_cursor older = { 0 };

		if (cursor.entry.name_space == NVS_NAMESPACES || cursor.entry.type == NVS_TYPE_BLOB_DATA ||
		    !seen_before(&seen, &cursor.entry))
			continue;
		while (nvs_next(store, &older) && (older.page != cursor.page || older.index != cursor.index))
			if (older.entry.name_space == cursor.entry.name_space && older.entry.type != NVS_TYPE_BLOB_DATA &&
			    strncmp(older.entry.key, cursor.entry.key, sizeof older.entry.key) == 0)
				nvs_entry_erase(store, older.page, older.index, older.entry.span);
	}
}

/* Only damage gives a namespace two numbers, or one that entries cannot have. The first counts, as for the IDF. */
static void repair_namespaces(nvs *store)
{
	nvs_cursor cursor = { 0 };

	while (nvs_next(store, &cursor)) {
		const nvs_entry *entry = &cursor.entry;
		nvs_cursor first = { 0 };

		if (entry->name_space != NVS_NAMESPACES || entry->type == NVS_TYPE_BLOB_DATA)
			continue;
		while (nvs_next(store, &first) && (first.entry.name_space != NVS_NAMESPACES ||
		                                   strncmp(first.entry.key, entry->key, sizeof entry->key) != 0))
			;
		if (first.page != cursor.page || first.index != cursor.index || entry->type != STORE_U8 || !entry->number[0] ||
		    entry->number[0] > NVS_NAMESPACE_LAST)
			nvs_entry_erase(store, cursor.page, cursor.index, entry->span);
	}
}

static nvs_cursor page_start(const nvs *store, unsigned page)
{
	nvs_cursor cursor = { 0 };

	while (store->order[cursor.rank] != page)
		cursor.rank++;
	return cursor;
}

/* Whether all that is in force on one page is on another too. */
static bool all_copied(const nvs *store, unsigned from, unsigned to)
{
	nvs_cursor cursor = page_start(store, from), start = page_start(store, to);

	while (nvs_next(store, &cursor) && cursor.page == from) {
		nvs_cursor copy = start;
		bool found = false;

		/* an entry has the checksum of its data, which have been checked */
		while (!found && nvs_next(store, &copy) && copy.page == to)
			found = memcmp(&copy.entry, &cursor.entry, sizeof copy.entry) == 0;
		if (!found)
			return false;
	}
	return true;
}

/*
 * A collection under way ends if the new page has all that is left of the old one, whose erasure may have begun. Else
 * it begins again, with the new page, which holds nothing but copies, erased. If that does hold other things, or there
 * is no room, the old page's state is damage, and what can be read on both stays.
 */
static void repeat_collection(nvs *store)
{
	for (unsigned rank = 0; rank < store->order_count; rank++) {
		unsigned page = store->order[rank];
		int current = nvs_current_page(store);

		if (store->pages[page].state != NVS_STATE_FREEING)
			continue;
		if (current >= 0 && all_copied(store, page, (unsigned)current)) {
			nvs_page_erase(store, page);
			rank--;
			continue;
		}
		if (current >= 0 && all_copied(store, (unsigned)current, page))
			nvs_page_erase(store, (unsigned)current);
		else if (current >= 0 || !free_pages(store)) {
			store->pages[page].state = NVS_STATE_FULL;
			continue;
		}
		erase_replaced(store);
		repair_namespaces(store);
		nvs_collect(store, page);
		rank--;
	}
}

static bool blob_whole(const nvs *store, const nvs_entry *index)
{
	uint32_t size = 0;

	for (unsigned at = 0; at < index->blob.chunk_count; at++) {
		nvs_cursor part;

		if (!nvs_chunk_find(store, index->name_space, index->key, (uint8_t)(index->blob.chunk_start + at), &part))
			return false;
		size += part.entry.data.size;
	}
	return size == index->blob.size;
}

static bool chunk_owned(const nvs *store, const nvs_entry *part)
{
	nvs_cursor cursor = { 0 };

	while (nvs_next(store, &cursor)) {
		const nvs_entry *entry = &cursor.entry;

		if (entry->type == NVS_TYPE_BLOB_INDEX && entry->name_space == part->name_space &&
		    part->chunk >= entry->blob.chunk_start && part->chunk - entry->blob.chunk_start < entry->blob.chunk_count &&
		    strncmp(entry->key, part->key, sizeof entry->key) == 0)
			return true;
	}
	return false;
}

/* Blobs of which a part is missing, then parts of which the index is missing. */
static void repair_blobs(nvs *store)
{
	nvs_cursor cursor = { 0 };

	while (nvs_next(store, &cursor))
		if (cursor.entry.type == NVS_TYPE_BLOB_INDEX && !blob_whole(store, &cursor.entry))
			nvs_entry_erase(store, cursor.page, cursor.index, 1);
	cursor = (nvs_cursor){ 0 };
	while (nvs_next(store, &cursor))
		if (cursor.entry.type == NVS_TYPE_BLOB_DATA && !chunk_owned(store, &cursor.entry))
			nvs_entry_erase(store, cursor.page, cursor.index, cursor.entry.span);
}

int nvs_mount(nvs *store, uint32_t base, uint32_t size)
{
	*store = (nvs){ .base = base, .page_count = size / NVS_PAGE_SIZE };
	if (store->page_count < 2 || store->page_count > NVS_PAGES_MAX)
		return STORE_IO;
	for (unsigned page = 0; page < store->page_count; page++)
		if (load_header(store, page))
			return STORE_IO;
	for (unsigned rank = 0; rank < store->order_count; rank++) {
		unsigned page = store->order[rank];

		check_entries(store, page);
		if (store->pages[page].state == NVS_STATE_ACTIVE && rank == store->order_count - 1)
			find_empty(store, page);
		count_used(store, page);
	}
	repeat_collection(store);
	for (unsigned rank = 0; rank + 1 < store->order_count; rank++)
		if (store->pages[store->order[rank]].state == NVS_STATE_ACTIVE)
			nvs_page_set_state(store, store->order[rank], NVS_STATE_FULL);
	erase_replaced(store);
	repair_namespaces(store);
	repair_blobs(store);
	for (unsigned rank = 0; free_pages(store) == 0 && rank < store->order_count; rank++)
		if (store->pages[store->order[rank]].used == 0)
			nvs_page_erase(store, store->order[rank]);
	return STORE_OK;
}

void nvs_erase_all(uint32_t base, uint32_t size)
{
	nvs store = { .base = base, .page_count = size / NVS_PAGE_SIZE };

	/* what is beyond the table of pages is no NVS */
	for (unsigned page = 0; page < store.page_count && page < NVS_PAGES_MAX; page++)
		if (!all_ones(&store, page, 0, NVS_PAGE_SIZE))
			nvs_page_erase(&store, page);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "nvs-image.h"

#include "nvs-format.h"
#include "store.h"

const char *const nvs_image_names[NVS_IMAGE_NAMES] = { "a", "b", "wifi", "fifteen-letters" };

/* What is wrong with an entry; 0: nothing. */
enum {
	WRONG_CRC = 1,
	WRONG_DATA_CRC,
	WRONG_SPAN,
	WRONG_KEY,       /* without an end */
	WRONG_SIZE,      /* as its span says, but longer */
	WRONG_EMPTY,     /* written and never marked */
	WRONG_ERASED,    /* marked so, all of it */
	WRONG_ILLEGAL,   /* the state in between */
	WRONG_HALF,      /* the first entry is marked, the others are not */
	WRONG_INDEX,     /* a blob's index with any count and start */
	WRONG_NAMESPACE, /* any number */
	WRONG_TYPE,      /* any */
	WRONG_CHUNK,     /* any */
};

static void mark(uint8_t *page, unsigned index, nvs_entry_state state)
{
	uint8_t *four = page + NVS_BITMAP_OFFSET + index / 4;

	if (index < NVS_ENTRY_COUNT)
		*four = (uint8_t)((*four & ~(3u << index % 4 * 2)) | (unsigned)state << index % 4 * 2);
}

FUZZ_UNTRACED static void fill_data(fuzz_input *input, uint8_t *to, size_t size, bool text)
{
	uint8_t value = fuzz_byte(input);

	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value + i * (value & 7));
	if (text && size)
		for (size_t i = 0; i < size; i++)
			to[i] = (uint8_t)(i + 1 == size ? 0 : to[i] | 1);
}

/* One entry and its data at an index. @return the entries that it takes */
static unsigned make_entry(fuzz_input *input, uint8_t *page, unsigned index)
{
	static const uint8_t types[] = { STORE_U8,     STORE_I16,       STORE_U32,          STORE_I64,
		                             STORE_STRING, NVS_TYPE_BLOB_1, NVS_TYPE_BLOB_DATA, NVS_TYPE_BLOB_INDEX };
	unsigned what = fuzz_byte(input), where = fuzz_byte(input), wrong = fuzz_byte(input) % 32;
	uint8_t *at = page + NVS_ENTRIES_OFFSET + index * NVS_ENTRY_SIZE;
	uint8_t type = types[what % 8];
	const char *key = nvs_image_names[where / 8 % NVS_IMAGE_NAMES];
	nvs_entry entry;
	unsigned taken = 1;

	memset(&entry, 0xff, sizeof entry);
	memset(entry.key, 0, sizeof entry.key);
	memcpy(entry.key, key, strlen(key));
	entry.name_space = (uint8_t)(where % 8 < 4 ? where % 4 : 1 + where % 2);
	if (entry.name_space == NVS_NAMESPACES && what & 0x80)
		type = STORE_U8;
	entry.type = wrong == WRONG_TYPE ? fuzz_byte(input) : type;
	entry.span = 1;
	if (type == NVS_TYPE_BLOB_INDEX) {
		entry.blob.size = fuzz_word(input);
		entry.blob.chunk_count = (uint8_t)(1 + fuzz_byte(input) % 3);
		entry.blob.chunk_start = what & 0x40 ? NVS_VERSION_1_CHUNK : 0;
		if (wrong == WRONG_INDEX) {
			entry.blob.chunk_count = fuzz_byte(input);
			entry.blob.chunk_start = fuzz_byte(input);
		}
	} else if (type == STORE_STRING || type == NVS_TYPE_BLOB_1 || type == NVS_TYPE_BLOB_DATA) {
		size_t size = what & 0x20 ? fuzz_word(input) % 4200 : fuzz_byte(input) % 100;
		size_t room = (NVS_ENTRY_COUNT - 1 - index) * NVS_ENTRY_SIZE;

		fill_data(input, at + NVS_ENTRY_SIZE, size < room ? size : room, type == STORE_STRING);
		entry.data.size = (uint16_t)size;
		entry.data.crc =
			wrong == WRONG_DATA_CRC ? 0 : nvs_crc(NVS_CRC_INITIAL, at + NVS_ENTRY_SIZE, size < room ? size : room);
		taken += (unsigned)((size + NVS_ENTRY_SIZE - 1) / NVS_ENTRY_SIZE);
		entry.span = (uint8_t)taken;
		if (type == NVS_TYPE_BLOB_DATA)
			entry.chunk = (uint8_t)(what / 0x10 % 2 + (what & 0x40 ? NVS_VERSION_1_CHUNK : 0));
		if (wrong == WRONG_SIZE)
			entry.data.size = (uint16_t)fuzz_word(input);
	} else
		entry.number[0] = fuzz_byte(input);
	if (wrong == WRONG_SPAN)
		entry.span = fuzz_byte(input);
	if (wrong == WRONG_KEY)
		memset(entry.key, 'x', sizeof entry.key);
	if (wrong == WRONG_NAMESPACE)
		entry.name_space = fuzz_byte(input);
	if (wrong == WRONG_CHUNK)
		entry.chunk = fuzz_byte(input);
	entry.crc = nvs_entry_crc(&entry) ^ (wrong == WRONG_CRC);
	memcpy(at, &entry, sizeof entry);
	for (unsigned i = 0; i < taken && wrong != WRONG_EMPTY; i++)
		mark(page, index + i,
		     wrong == WRONG_ERASED              ? NVS_ENTRY_ERASED
		     : wrong == WRONG_ILLEGAL && i == 0 ? NVS_ENTRY_ILLEGAL
		     : wrong == WRONG_HALF && i > 0     ? NVS_ENTRY_EMPTY
		                                        : NVS_ENTRY_WRITTEN);
	return taken;
}

static void make_page(fuzz_input *input, uint8_t *page)
{
	static const uint32_t states[] = { NVS_STATE_ACTIVE,  NVS_STATE_FULL,  NVS_STATE_FREEING, NVS_STATE_ACTIVE,
		                               NVS_STATE_CORRUPT, NVS_STATE_BLANK, 0xfffffff0u,       NVS_STATE_FULL };
	unsigned kind = fuzz_byte(input), entries;
	nvs_header header;

	if (kind < 16) {
		for (unsigned i = 0; i < kind; i++)
			page[i * 300 % NVS_PAGE_SIZE] = fuzz_byte(input);
		return;
	}
	memset(&header, 0xff, sizeof header);
	header.state = states[kind % 8];
	header.sequence = kind & 0x80 ? 0xfffffff0u + fuzz_byte(input) % 16 : fuzz_byte(input) % 8;
	header.version = kind % 64 == 63 ? fuzz_byte(input) : NVS_VERSION;
	header.crc = nvs_header_crc(&header) ^ (kind % 32 == 30);
	memcpy(page, &header, sizeof header);
	entries = fuzz_byte(input) % (NVS_ENTRY_COUNT + 1);
	for (unsigned index = 0; entries && index < NVS_ENTRY_COUNT; entries--)
		index += make_entry(input, page, index);
}

void nvs_image_make(fuzz_input *input, uint8_t *image, unsigned pages)
{
	for (unsigned page = 0; page < pages; page++)
		make_page(input, image + page * NVS_PAGE_SIZE);
	for (unsigned hits = fuzz_byte(input) % 16; hits; hits--) {
		uint32_t at = fuzz_word(input) % (pages * NVS_PAGE_SIZE);

		image[at] = fuzz_byte(input);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an NVS partition, version 2, as the IDF documents them under "NVS Internals": pages of a header, a
 * bitmap with two bits for each entry, and 126 entries of 32 bytes. Everything is little-endian.
 */
#ifndef XS_AT_NVS_FORMAT_H
#define XS_AT_NVS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "NVS is read and written in place");

#define NVS_PAGE_SIZE 4096u
#define NVS_BITMAP_OFFSET 32u
#define NVS_BITMAP_SIZE 32u
#define NVS_ENTRIES_OFFSET 64u
#define NVS_ENTRY_SIZE 32u
#define NVS_ENTRY_COUNT 126u

/** Versions count downwards: 0xFF was the first, without blobs on several pages. */
#define NVS_VERSION 0xfe

/** Bytes after one entry on an empty page: the longest string, and the longest part of a blob. */
#define NVS_CHUNK_MAX (NVS_ENTRY_SIZE * (NVS_ENTRY_COUNT - 1))
/** Parts of a blob at most: of the 256 chunk indices each of two versions has a half, and 0xFF is none. */
#define NVS_CHUNKS_MAX 127u
#define NVS_CHUNK_ANY 0xff
/** The two versions of a blob take turns, so that the new parts never get the old ones' indices. */
#define NVS_VERSION_1_CHUNK 0x80

/** The name space of the entries that give each namespace its number, 1 to 254. */
#define NVS_NAMESPACES 0
#define NVS_NAMESPACE_LAST 254

/** A page's state, each made of the one before by clearing a bit; any other: not in use. */
#define NVS_STATE_BLANK 0xffffffffu
#define NVS_STATE_ACTIVE 0xfffffffeu
#define NVS_STATE_FULL 0xfffffffcu
#define NVS_STATE_FREEING 0xfffffff8u
#define NVS_STATE_CORRUPT 0x00000000u

typedef struct {
	uint32_t state;
	uint32_t sequence;
	uint8_t version;
	uint8_t reserved[19];
	uint32_t crc; /* of all but the state */
} nvs_header;

_Static_assert(sizeof(nvs_header) == 32, "header of a page");

/** An entry's two bits in the bitmap. */
typedef enum {
	NVS_ENTRY_ERASED = 0,
	NVS_ENTRY_ILLEGAL = 1,
	NVS_ENTRY_WRITTEN = 2,
	NVS_ENTRY_EMPTY = 3,
} nvs_entry_state;

/** Types beyond the numbers and strings, whose codes store_type has. */
#define NVS_TYPE_BLOB_1 0x41    /* version 1: a whole blob like a string */
#define NVS_TYPE_BLOB_DATA 0x42 /* a part of one */
#define NVS_TYPE_BLOB_INDEX 0x48

typedef struct {
	uint8_t name_space;
	uint8_t type;
	uint8_t span;  /* entries, with those that hold the data */
	uint8_t chunk; /* NVS_CHUNK_ANY except in NVS_TYPE_BLOB_DATA */
	uint32_t crc;  /* of all but itself */
	char key[16];  /* padded with zeros, one at least */
	union {
		uint8_t number[8]; /* padded with 0xFF */
		struct {
			uint16_t size;
			uint16_t reserved;
			uint32_t crc;
		} data; /* what the entries after this one hold */
		struct {
			uint32_t size;
			uint8_t chunk_count;
			uint8_t chunk_start; /* 0 or NVS_VERSION_1_CHUNK */
			uint16_t reserved;
		} blob;
	};
} nvs_entry;

_Static_assert(sizeof(nvs_entry) == NVS_ENTRY_SIZE, "an entry");

#define NVS_CRC_INITIAL 0xffffffffu

/** Goes on with a checksum that starts from NVS_CRC_INITIAL, as esp_rom_crc32_le() does. */
uint32_t nvs_crc(uint32_t crc, const void *data, size_t size);

uint32_t nvs_header_crc(const nvs_header *header);
uint32_t nvs_entry_crc(const nvs_entry *entry);

/** Whether other entries with data follow. */
bool nvs_has_data(const nvs_entry *entry);

/** Whether what stands at that index of a page can be an entry: checksum, type, and a span within the page. */
bool nvs_entry_consistent(const nvs_entry *entry, unsigned index);

#endif

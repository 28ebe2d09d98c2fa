/* SPDX-License-Identifier: Apache-2.0 */
#include "nvs-format.h"

#include <string.h>

#include "store.h"

uint32_t nvs_crc(uint32_t crc, const void *data, size_t size)
{
	/* CRC-32 (0xEDB88320) by half bytes */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *byte = data;

	crc = ~crc;
	for (; size; size--, byte++) {
		crc = crc >> 4 ^ table[(crc ^ *byte) & 0x0f];
		crc = crc >> 4 ^ table[(crc ^ *byte >> 4) & 0x0f];
	}
	return ~crc;
}

uint32_t nvs_header_crc(const nvs_header *header)
{
	return nvs_crc(NVS_CRC_INITIAL, &header->sequence, offsetof(nvs_header, crc) - offsetof(nvs_header, sequence));
}

uint32_t nvs_entry_crc(const nvs_entry *entry)
{
	uint32_t crc = nvs_crc(NVS_CRC_INITIAL, entry, offsetof(nvs_entry, crc));

	return nvs_crc(crc, entry->key, sizeof(nvs_entry) - offsetof(nvs_entry, key));
}

bool nvs_has_data(const nvs_entry *entry)
{
	return entry->type == STORE_STRING || entry->type == NVS_TYPE_BLOB_1 || entry->type == NVS_TYPE_BLOB_DATA;
}

bool nvs_entry_consistent(const nvs_entry *entry, unsigned index)
{
	if (entry->crc != nvs_entry_crc(entry) || !memchr(entry->key, 0, sizeof entry->key))
		return false;
	if (nvs_has_data(entry)) {
		unsigned span = 1 + (entry->data.size + NVS_ENTRY_SIZE - 1) / NVS_ENTRY_SIZE;

		return entry->span == span && index + span <= NVS_ENTRY_COUNT &&
		       (entry->chunk == NVS_CHUNK_ANY) == (entry->type != NVS_TYPE_BLOB_DATA);
	}
	if (entry->span != 1 || entry->chunk != NVS_CHUNK_ANY)
		return false;
	if (entry->type == NVS_TYPE_BLOB_INDEX)
		return entry->blob.size <= NVS_CHUNKS_MAX * NVS_CHUNK_MAX &&
		       (entry->blob.chunk_start == 0 || entry->blob.chunk_start == NVS_VERSION_1_CHUNK) &&
		       entry->blob.chunk_count <= NVS_CHUNKS_MAX;
	return store_type_is_number((store_type)entry->type);
}

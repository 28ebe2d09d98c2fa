/* SPDX-License-Identifier: Apache-2.0 */
/* The binary partition tables: the primary one, which the boot loader reads, and ESP-AT's secondary one. */
#ifndef XS_AT_PARTITION_TABLE_H
#define XS_AT_PARTITION_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PARTITION_TABLE_OFFSET 0x8000u
#define PARTITION_ENTRY_SIZE 32u
/** At most: 3 KB of entries, the rest of the sector is for a signature. */
#define PARTITION_ENTRY_COUNT 96u

#define PARTITION_TYPE_DATA 0x01
#define PARTITION_SUBTYPE_NVS 0x02
/** The partition of the primary table that starts with the secondary table, which has absolute offsets too. */
#define PARTITION_TYPE_CUSTOM 0x40
#define PARTITION_SUBTYPE_CUSTOMIZE 0x00

typedef struct {
	uint8_t type;
	uint8_t subtype;
	uint32_t offset; /* bytes from the start of the flash */
	uint32_t size;   /* bytes */
	char label[17];
} partition_entry;

/** One entry; false for anything else: the entry with the MD5 sum and the 0xFF behind it end a table. */
static inline bool partition_entry_parse(const uint8_t raw[PARTITION_ENTRY_SIZE], partition_entry *entry)
{
	if (raw[0] != 0xaa || raw[1] != 0x50)
		return false;
	entry->type = raw[2];
	entry->subtype = raw[3];
	entry->offset = (uint32_t)raw[4] | (uint32_t)raw[5] << 8 | (uint32_t)raw[6] << 16 | (uint32_t)raw[7] << 24;
	entry->size = (uint32_t)raw[8] | (uint32_t)raw[9] << 8 | (uint32_t)raw[10] << 16 | (uint32_t)raw[11] << 24;
	memcpy(entry->label, raw + 12, 16);
	entry->label[16] = 0;
	return true;
}

#endif

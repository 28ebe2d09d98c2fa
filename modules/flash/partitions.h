/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions of the flash, as its two binary tables say (User Guide 6.9): the primary one at 0x8000, which the boot
 * loader reads, and ESP-AT's secondary one with the user partitions, which lies at the start of the partition of the
 * primary table that is called at_customize.
 *
 * The secondary table is a file that the user flashes, so nothing in it is believed: an entry that is malformed, or
 * reaches for what the primary table gives to something else, is passed over.
 */
#ifndef XS_AT_PARTITIONS_H
#define XS_AT_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTITION_TABLE_OFFSET 0x8000u
#define PARTITION_ENTRY_SIZE 32u
/** At most: 3 KB of entries, the rest of the sector is for a signature. */
#define PARTITION_ENTRY_COUNT 96u
#define PARTITION_LABEL_MAX 16

#define PARTITION_TYPE_DATA 0x01
#define PARTITION_SUBTYPE_NVS 0x02
/** Of the primary table, with subtypes: at_customize, and the rest of what ESP-AT's at_customize has. */
#define PARTITION_TYPE_CUSTOM 0x40
#define PARTITION_SUBTYPE_CUSTOMIZE 0x00
#define PARTITION_SUBTYPE_STORAGE 0x02

typedef struct {
	uint8_t type;
	uint8_t subtype;
	bool user;       /* of the secondary table: what AT+SYSFLASH? tells */
	uint32_t offset; /* bytes from the start of the flash */
	uint32_t size;   /* bytes */
	char label[PARTITION_LABEL_MAX + 1];
} partition_entry;

/** One entry; false for anything else: the entry with the MD5 sum and the 0xFF behind it end a table. */
bool partition_entry_parse(const uint8_t raw[PARTITION_ENTRY_SIZE], partition_entry *entry);

/** Where tables are read from: a flash, or bytes in memory. */
typedef struct {
	bool (*read)(void *context, uint32_t address, void *buffer, size_t size);
	void *context;
	uint32_t size; /* of the flash, bytes */
} partition_source;

typedef struct {
	const partition_source *source;
	uint32_t secondary; /* address of that table, 0 for none */
	unsigned index;     /* of the next entry */
	bool user;          /* in the secondary table */
} partition_cursor;

/** The start of a walk over both tables. */
partition_cursor partition_begin(const partition_source *source);

/** The next partition, those of the primary table first; false when there are no more. */
bool partition_next(partition_cursor *cursor, partition_entry *entry);

/* --- of this device's flash; any task --- */

/** In place of a type or subtype: any. */
#define PARTITION_ANY (-1)

/** The first partition that fits; label may be NULL. */
bool partition_find(int type, int subtype, const char *label, partition_entry *entry);

/** The index-th user partition, or the first with that label: a NULL label for the former. */
bool partition_find_user(unsigned index, const char *label, partition_entry *entry);

/** Offsets in bytes from the start of the partition. False when they leave it, as in flash.h, or the flash failed. */
bool partition_read(const partition_entry *entry, uint32_t offset, void *buffer, size_t size);
bool partition_program(const partition_entry *entry, uint32_t offset, const void *data, size_t size);
bool partition_erase(const partition_entry *entry, uint32_t offset, size_t size);

#endif

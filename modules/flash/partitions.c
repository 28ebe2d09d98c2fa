/* SPDX-License-Identifier: Apache-2.0 */
#include "partitions.h"

#include <string.h>

#include "flash.h"

/* Little-endian, as everything in a table. */
static uint32_t word(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

bool partition_entry_parse(const uint8_t raw[PARTITION_ENTRY_SIZE], partition_entry *entry)
{
	if (raw[0] != 0xaa || raw[1] != 0x50)
		return false;
	entry->type = raw[2];
	entry->subtype = raw[3];
	entry->offset = word(raw + 4);
	entry->size = word(raw + 8);
	memcpy(entry->label, raw + 12, PARTITION_LABEL_MAX);
	entry->label[PARTITION_LABEL_MAX] = 0;
	entry->user = false;
	return true;
}

static bool entry_at(const partition_source *source, uint32_t table, unsigned index, partition_entry *entry)
{
	uint8_t raw[PARTITION_ENTRY_SIZE];

	return index < PARTITION_ENTRY_COUNT &&
	       source->read(source->context, table + index * PARTITION_ENTRY_SIZE, raw, sizeof raw) &&
	       partition_entry_parse(raw, entry);
}

static bool inside(const partition_source *source, const partition_entry *entry)
{
	return entry->size && entry->offset <= source->size && entry->size <= source->size - entry->offset;
}

/* Both end inside the flash, so no sum wraps. */
static bool overlap(uint32_t offset, uint32_t size, const partition_entry *entry)
{
	return offset < entry->offset + entry->size && entry->offset < offset + size;
}

/* Labels are told in quotes on a line of the AT port. */
static bool label_is_fit(const char *label)
{
	if (!*label)
		return false;
	for (; *label; label++)
		if ((uint8_t)*label < ' ' || *label == '"' || *label == '\\' || *label == 0x7f)
			return false;
	return true;
}

static bool is_aligned(uint32_t value)
{
	return value % FLASH_SECTOR == 0;
}

/* Where user partitions may lie, in what the primary table has given away. */
static bool is_users(const partition_entry *primary)
{
	return primary->type == PARTITION_TYPE_CUSTOM &&
	       (primary->subtype == PARTITION_SUBTYPE_CUSTOMIZE || primary->subtype == PARTITION_SUBTYPE_STORAGE);
}

/* Boot loader, both tables and the system's partitions are out of a user partition's reach. */
static bool is_allowed(const partition_cursor *cursor, const partition_entry *entry)
{
	partition_entry other;

	if (!inside(cursor->source, entry) || !is_aligned(entry->offset) || !is_aligned(entry->size) ||
	    !label_is_fit(entry->label) || entry->offset < PARTITION_TABLE_OFFSET + FLASH_SECTOR ||
	    overlap(cursor->secondary, FLASH_SECTOR, entry))
		return false;
	for (unsigned index = 0; entry_at(cursor->source, PARTITION_TABLE_OFFSET, index, &other); index++)
		if (inside(cursor->source, &other) && !is_users(&other) && overlap(other.offset, other.size, entry))
			return false;
	return true;
}

partition_cursor partition_begin(const partition_source *source)
{
	return (partition_cursor){ .source = source };
}

static void note_secondary(partition_cursor *cursor, const partition_entry *entry)
{
	if (entry->type == PARTITION_TYPE_CUSTOM && entry->subtype == PARTITION_SUBTYPE_CUSTOMIZE &&
	    is_aligned(entry->offset) && entry->offset > PARTITION_TABLE_OFFSET && entry->size >= FLASH_SECTOR)
		cursor->secondary = entry->offset;
}

bool partition_next(partition_cursor *cursor, partition_entry *entry)
{
	while (!cursor->user) {
		if (!entry_at(cursor->source, PARTITION_TABLE_OFFSET, cursor->index++, entry)) {
			cursor->user = true;
			cursor->index = 0;
		} else if (inside(cursor->source, entry)) {
			note_secondary(cursor, entry);
			return true;
		}
	}
	while (cursor->secondary && entry_at(cursor->source, cursor->secondary, cursor->index, entry)) {
		cursor->index++;
		if (is_allowed(cursor, entry)) {
			entry->user = true;
			return true;
		}
	}
	return false;
}

/* --- of this device's flash --- */

static bool read_flash(void *context, uint32_t address, void *buffer, size_t size)
{
	(void)context;
	return flash_read(address, buffer, size);
}

bool partition_find(int type, int subtype, const char *label, partition_entry *entry)
{
	partition_source source = { .read = read_flash, .size = FLASH_SIZE };
	partition_cursor cursor = partition_begin(&source);

	while (partition_next(&cursor, entry))
		if ((type == PARTITION_ANY || type == entry->type) && (subtype == PARTITION_ANY || subtype == entry->subtype) &&
		    (!label || strcmp(label, entry->label) == 0))
			return true;
	return false;
}

bool partition_find_user(unsigned index, const char *label, partition_entry *entry)
{
	partition_source source = { .read = read_flash, .size = FLASH_SIZE };
	partition_cursor cursor = partition_begin(&source);

	while (partition_next(&cursor, entry))
		if (entry->user && (label ? strcmp(label, entry->label) == 0 : index-- == 0))
			return true;
	return false;
}

static bool within(const partition_entry *entry, uint32_t offset, size_t size)
{
	return offset <= entry->size && size <= entry->size - offset;
}

bool partition_read(const partition_entry *entry, uint32_t offset, void *buffer, size_t size)
{
	return within(entry, offset, size) && flash_read(entry->offset + offset, buffer, size);
}

bool partition_program(const partition_entry *entry, uint32_t offset, const void *data, size_t size)
{
	return within(entry, offset, size) && flash_program(entry->offset + offset, data, size);
}

bool partition_erase(const partition_entry *entry, uint32_t offset, size_t size)
{
	return within(entry, offset, size) && is_aligned(offset) && is_aligned((uint32_t)size) &&
	       flash_erase(entry->offset + offset, size);
}

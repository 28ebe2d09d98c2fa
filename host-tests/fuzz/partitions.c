/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of the two binary partition tables (twin/flash.c, partition-table.h) on any bytes: every partition that
 * it tells is what 32 bytes of a table say, lies inside the flash and has a label that ends; what it finds by type,
 * subtype and label is the first that fits.
 *
 * Input: the length of the primary table in entries, its bytes, where the secondary one is to lie, its bytes. A first
 * byte of 0 to 7 in place of an entry is one that is well-formed, made of few bytes; else the 32 bytes are taken.
 *
 * Sources: twin/flash.c build/native/generated/factory-data.c
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "flash.h"
#include "fuzz.h"

const unsigned fuzz_rounds = 60000;

#define SECONDARY 0x1e000u /* of the twin's own layout */
#define TABLE_SIZE (PARTITION_ENTRY_COUNT * PARTITION_ENTRY_SIZE)

static uint8_t primary[TABLE_SIZE + PARTITION_ENTRY_SIZE], secondary[TABLE_SIZE + PARTITION_ENTRY_SIZE];

static void make_entry(fuzz_input *input, uint8_t *raw)
{
	static const char *const labels[] = { "nvs", "mfg_nvs", "at_customize", "sixteen-letters!" };
	static const uint32_t places[] = { 0, 0x12000, SECONDARY, 0x21000, FLASH_SIZE - 0x1000, FLASH_SIZE, 0xfffff000, 1 };
	unsigned kind = fuzz_byte(input), what;

	if (kind > 7) {
		raw[0] = (uint8_t)kind;
		for (unsigned i = 1; i < PARTITION_ENTRY_SIZE; i++)
			raw[i] = fuzz_byte(input);
		return;
	}
	what = fuzz_byte(input);
	raw[0] = 0xaa;
	raw[1] = 0x50;
	raw[2] = kind < 2 ? PARTITION_TYPE_DATA : kind < 6 ? PARTITION_TYPE_CUSTOM : fuzz_byte(input);
	raw[3] = kind < 2 ? PARTITION_SUBTYPE_NVS : kind < 6 ? PARTITION_SUBTYPE_CUSTOMIZE : fuzz_byte(input);
	for (unsigned i = 0; i < 4; i++) {
		raw[4 + i] = (uint8_t)(places[what % 8] >> 8 * i);
		raw[8 + i] = (uint8_t)(places[what / 8 % 8] >> 8 * i);
	}
	memcpy(raw + 12, labels[what / 64], strlen(labels[what / 64]));
}

static void make_table(fuzz_input *input, uint8_t *table, uint32_t address)
{
	unsigned count = fuzz_byte(input) % (PARTITION_ENTRY_COUNT + 2);

	memset(table, 0xff, TABLE_SIZE + PARTITION_ENTRY_SIZE);
	for (unsigned i = 0; i < count; i++) {
		memset(table + i * PARTITION_ENTRY_SIZE, 0, PARTITION_ENTRY_SIZE);
		make_entry(input, table + i * PARTITION_ENTRY_SIZE);
	}
	flash_erase(address, FLASH_SECTOR);
	flash_program(address, table, TABLE_SIZE + PARTITION_ENTRY_SIZE);
}

static uint32_t number(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return value;
}

/* The entries of a table before the first that is none. */
static unsigned entries(const uint8_t *table)
{
	unsigned count = 0;

	while (count < PARTITION_ENTRY_COUNT && !memcmp(table + count * PARTITION_ENTRY_SIZE, "\xaa\x50", 2))
		count++;
	return count;
}

/* Where the primary table says that the secondary one is; 0: nowhere. */
static uint32_t secondary_address(unsigned count)
{
	uint32_t address = 0;

	for (unsigned i = 0; i < count; i++) {
		const uint8_t *raw = primary + i * PARTITION_ENTRY_SIZE;

		if (raw[2] == PARTITION_TYPE_CUSTOM && raw[3] == PARTITION_SUBTYPE_CUSTOMIZE)
			address = number(raw + 4);
	}
	return address;
}

static void check(const flash_partition *it, const uint8_t *raw, bool is_secondary)
{
	const partition_entry *entry = &it->entry;

	FUZZ_REQUIRE(it->secondary == is_secondary, "of the other table");
	FUZZ_REQUIRE(entry->type == raw[2] && entry->subtype == raw[3] && entry->offset == number(raw + 4) &&
	                 entry->size == number(raw + 8) && !strncmp(entry->label, (const char *)raw + 12, 16),
	             "another partition");
	FUZZ_REQUIRE(strlen(entry->label) <= 16, "a label without an end");
	FUZZ_REQUIRE((uint64_t)entry->offset + entry->size <= FLASH_SIZE, "it leaves the flash");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int descriptor = -1;
	fuzz_input input = { data, data + size };
	unsigned first, second, told = 0;
	flash_partition it;
	partition_entry found;
	uint32_t address;

	if (descriptor < 0) {
		descriptor = memfd_create("flash", MFD_CLOEXEC);
		FUZZ_REQUIRE(descriptor >= 0 && !ftruncate(descriptor, FLASH_SIZE) && flash_adopt(descriptor), "no flash");
	}
	make_table(&input, primary, PARTITION_TABLE_OFFSET);
	make_table(&input, secondary, SECONDARY);
	first = entries(primary);
	address = secondary_address(first);
	/* at another place lies what is no table, unless it is the primary one or inside of one */
	second = address == SECONDARY ? entries(secondary) : 0;
	for (; flash_partition_at(told, &it); told++) {
		partition_entry again;

		FUZZ_REQUIRE(told < 2 * PARTITION_ENTRY_COUNT, "more than two tables have");
		if (told < first)
			check(&it, primary + told * PARTITION_ENTRY_SIZE, false);
		else if (address == SECONDARY)
			check(&it, secondary + (told - first) * PARTITION_ENTRY_SIZE, true);
		FUZZ_REQUIRE(flash_partition_find(it.entry.type, it.entry.subtype, it.entry.label, &again) &&
		                 again.type == it.entry.type && again.subtype == it.entry.subtype &&
		                 !strcmp(again.label, it.entry.label),
		             "not found again");
	}
	FUZZ_REQUIRE(address != SECONDARY || told <= first + second, "%u of %u and %u", told, first, second);
	if (told)
		FUZZ_REQUIRE(flash_partition_find(FLASH_ANY, FLASH_ANY, NULL, &found), "the first is not found");
	FUZZ_REQUIRE(!flash_partition_find(FLASH_ANY, FLASH_ANY, "seventeen-letters", &found), "a label of 17 bytes");
	return 0;
}

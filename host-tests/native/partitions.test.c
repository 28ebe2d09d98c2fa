/* SPDX-License-Identifier: Apache-2.0 */
/* The partition tables: what is read from good ones, and that nothing in a bad one opens the system's flash. */
#include "partitions.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "flash.h"

#define SECONDARY 0x20000u

/* flash.h, in memory. */
static uint8_t memory[FLASH_SIZE];
static bool broken;

static bool inside(uint32_t address, size_t size)
{
	return !broken && address <= FLASH_SIZE && size <= FLASH_SIZE - address;
}

bool flash_read(uint32_t address, void *buffer, size_t size)
{
	if (!inside(address, size))
		return false;
	memcpy(buffer, memory + address, size);
	return true;
}

bool flash_program(uint32_t address, const void *data, size_t size)
{
	if (!inside(address, size))
		return false;
	for (size_t i = 0; i < size; i++)
		memory[address + i] &= ((const uint8_t *)data)[i];
	return true;
}

bool flash_erase(uint32_t address, size_t size)
{
	if (!inside(address, size) || address % FLASH_SECTOR || size % FLASH_SECTOR)
		return false;
	memset(memory + address, 0xff, size);
	return true;
}

static void put(uint32_t table, unsigned index, uint8_t type, uint8_t subtype, uint32_t offset, uint32_t size,
                const char *label)
{
	uint8_t *raw = memory + table + index * PARTITION_ENTRY_SIZE;

	memset(raw, 0, PARTITION_ENTRY_SIZE);
	raw[0] = 0xaa;
	raw[1] = 0x50;
	raw[2] = type;
	raw[3] = subtype;
	for (int i = 0; i < 4; i++) {
		raw[4 + i] = (uint8_t)(offset >> 8 * i);
		raw[8 + i] = (uint8_t)(size >> 8 * i);
	}
	memcpy(raw + 12, label, strnlen(label, PARTITION_LABEL_MAX));
}

/* partitions/partitions.csv. */
static void put_system(void)
{
	memset(memory, 0xff, sizeof(memory));
	put(PARTITION_TABLE_OFFSET, 0, 1, 1, 0xf000, 0x1000, "phy_init");
	put(PARTITION_TABLE_OFFSET, 1, 1, 0, 0x10000, 0x2000, "otadata");
	put(PARTITION_TABLE_OFFSET, 2, 1, 2, 0x12000, 0xe000, "nvs");
	put(PARTITION_TABLE_OFFSET, 3, 0x40, 0, SECONDARY, 0x1d000, "at_customize");
	put(PARTITION_TABLE_OFFSET, 4, 0x40, 1, 0x3d000, 0x33000, "xs");
	put(PARTITION_TABLE_OFFSET, 5, 0x40, 2, 0x70000, 0x90000, "at_storage");
	put(PARTITION_TABLE_OFFSET, 6, 0, 0x10, 0x100000, 0x180000, "ota_0");
	put(PARTITION_TABLE_OFFSET, 7, 0, 0x11, 0x280000, 0x180000, "ota_1");
}

static unsigned count_users(void)
{
	partition_entry entry;
	unsigned count = 0;

	while (partition_find_user(count, NULL, &entry))
		count++;
	return count;
}

static void test_find(void)
{
	partition_entry entry;

	put_system();
	put(SECONDARY, 0, 1, 2, 0x21000, 0x1c000, "mfg_nvs");
	put(SECONDARY, 1, 1, 0xff, 0x70000, 0x90000, "sixteen bytes ok");
	CHECK(partition_find(1, 2, "nvs", &entry) && entry.offset == 0x12000 && !entry.user, "of the primary table");
	CHECK(partition_find(1, 2, "mfg_nvs", &entry) && entry.offset == 0x21000 && entry.user, "of the secondary table");
	CHECK(partition_find(PARTITION_ANY, PARTITION_ANY, "sixteen bytes ok", &entry) && entry.size == 0x90000, "label");
	CHECK(!partition_find(1, 3, "nvs", &entry) && !partition_find(0, PARTITION_ANY, "nvs", &entry), "type");
	CHECK(partition_find_user(1, NULL, &entry) && entry.subtype == 0xff && !partition_find_user(2, NULL, &entry), "at");
	CHECK(!partition_find_user(0, "nvs", &entry) && partition_find_user(0, "mfg_nvs", &entry), "the system's are not");
	put(SECONDARY, 2, 1, 2, 0x70000, 0x1000, "nvs");
	CHECK(partition_find(1, 2, "nvs", &entry) && !entry.user, "the system's name is the system's");
	CHECK(partition_find_user(0, "nvs", &entry) && entry.offset == 0x70000, "and the user's is the user's");
	broken = true;
	CHECK(!partition_find(1, 2, "nvs", &entry) && count_users() == 0, "a flash that cannot be read");
	broken = false;
}

static void test_no_secondary(void)
{
	put_system();
	CHECK(count_users() == 0, "an erased table");
	put(SECONDARY, 0, 0x40, 9, 0x70000, 0x1000, "own");
	CHECK(count_users() == 1, "a table");
	put(PARTITION_TABLE_OFFSET, 3, 0x40, 3, SECONDARY, 0x1d000, "at_customize");
	CHECK(count_users() == 0, "the primary one names none");
	put(PARTITION_TABLE_OFFSET, 3, 0x40, 0, SECONDARY + 1, 0x1d000, "at_customize");
	CHECK(count_users() == 0, "not at a sector");
	put(PARTITION_TABLE_OFFSET, 3, 0x40, 0, 0x3ff000, 0x1000, "at_customize");
	put(0x3ff000, 0, 0x40, 9, 0x70000, 0x1000, "own");
	CHECK(count_users() == 1, "in the last sector");
	put(PARTITION_TABLE_OFFSET, 3, 0x40, 0, 0x3ff000, 0x2000, "at_customize");
	CHECK(count_users() == 0, "beyond it");
}

static void test_refused(void)
{
	static const struct {
		uint32_t offset, size;
		const char *label;
		bool good;
	} cases[] = {
		{ 0x70000, 0x1000, "first", true },
		{ 0xff000, 0x1000, "last", true },
		{ 0x21000, 0x1c000, "to the end", true },
		{ 0x70000, 0x91000, "into ota_0", false },
		{ 0x3c000, 0x2000, "into xs", false },
		{ 0x6f000, 0x2000, "out of xs", false },
		{ 0x20000, 0x1000, "the table", false },
		{ 0x20000, 0x2000, "with the table", false },
		{ 0, 0x1000, "boot", false },
		{ 0x8000, 0x1000, "primary", false },
		{ 0x9000, 0x1000, "nobody's", true },
		{ 0x12000, 0x1000, "nvs' first", false },
		{ 0x1f000, 0x1000, "nvs' last", false },
		{ 0x70001, 0x1000, "odd place", false },
		{ 0x70000, 0x1001, "odd size", false },
		{ 0x70000, 0, "nothing", false },
		{ 0x400000, 0x1000, "outside", false },
		{ 0xfffff000, 0x1000, "far outside", false },
		{ 0x70000, 0xfffff000, "wraps", false },
		{ 0xfffff000, 0x72000, "wraps, too", false },
		{ 0x70000, 0x1000, "", false },
		{ 0x70000, 0x1000, "a\"b", false },
		{ 0x70000, 0x1000, "a\\b", false },
		{ 0x70000, 0x1000, "a\r\nb", false },
		{ 0x70000, 0x1000, "a\x7f", false },
		{ 0x70000, 0x1000, "caf\xc3\xa9", true },
	};
	partition_entry entry;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_system();
		put(SECONDARY, 0, 0x40, 9, cases[i].offset, cases[i].size, cases[i].label);
		put(SECONDARY, 1, 0x40, 9, 0x80000, 0x1000, "next");
		CHECK(partition_find_user(0, cases[i].label, &entry) == cases[i].good, "%s", cases[i].label);
		CHECK(partition_find_user(0, "next", &entry), "what comes after: %s", cases[i].label);
	}
}

static void test_ends(void)
{
	partition_entry entry;

	put_system();
	for (unsigned i = 0; i < PARTITION_ENTRY_COUNT + 4; i++)
		put(SECONDARY, i, 0x40, (uint8_t)i, 0x70000 + i * 0x1000, 0x1000, "own");
	CHECK(count_users() == PARTITION_ENTRY_COUNT, "a table that does not end, ends with its 3 KB");
	memset(memory + SECONDARY + 5 * PARTITION_ENTRY_SIZE, 0xeb, 2); /* of the MD5 sum */
	CHECK(count_users() == 5 && !partition_find_user(5, NULL, &entry), "the sum ends it");
}

static void test_access(void)
{
	static const uint8_t data[] = { 1, 2, 3, 4 };
	static uint8_t before[FLASH_SIZE];
	partition_entry entry;
	uint8_t bytes[4];

	put_system();
	put(SECONDARY, 0, 0x40, 9, 0x70000, 0x2000, "own");
	memset(memory + 0x70000, 0, 0x4000);
	CHECK(partition_find_user(0, "own", &entry) && partition_erase(&entry, 0x1000, 0x1000), "erase");
	CHECK(partition_program(&entry, 0x1ffc, data, 4) && partition_read(&entry, 0x1ffc, bytes, 4), "to the last byte");
	CHECK(!memcmp(bytes, data, 4) && !memcmp(memory + 0x71ffc, data, 4) && memory[0x71ffb] == 0xff, "where it belongs");
	memcpy(before, memory, sizeof(before));
	CHECK(!partition_program(&entry, 0x1ffd, data, 4) && !partition_read(&entry, 0x1ffd, bytes, 4), "beyond the end");
	CHECK(!partition_program(&entry, 0x2001, data, 0) && !partition_read(&entry, UINT32_MAX, bytes, 1), "outside");
	CHECK(!partition_read(&entry, 4, bytes, SIZE_MAX) && !partition_program(&entry, 4, data, SIZE_MAX - 3), "wraps");
	CHECK(!partition_erase(&entry, 0x800, 0x1000) && !partition_erase(&entry, 0, 0x800), "parts of sectors");
	CHECK(!partition_erase(&entry, 0x1000, 0x2000) && !partition_erase(&entry, 0x2000, 0x1000), "sectors behind it");
	CHECK(!memcmp(before, memory, sizeof(before)), "and nothing was written");
}

/* --- hostile bytes --- */

static bool read_table(void *context, uint32_t address, void *buffer, size_t size)
{
	const uint8_t *flash = context;

	/* What is asked is bounded by what was said of the size, or else answered with false. */
	if (address > FLASH_SIZE || size > FLASH_SIZE - address)
		return false;
	memcpy(buffer, flash + address, size);
	return true;
}

static bool overlaps(const partition_entry *entry, uint32_t offset, uint32_t size)
{
	return offset < entry->offset + entry->size && entry->offset < offset + size;
}

static void test_fuzz(void)
{
	static const uint32_t interesting[] = { 0,       0x1000,  0x8000,   0x9000,     0xf000,     0x12000,
		                                    0x1d000, 0x20000, 0x21000,  0x3d000,    0x70000,    0x90000,
		                                    0xe0000, 0xff000, 0x100000, 0x400000,   0x80000000, 0xfffff000,
		                                    1,       0xfff,   0x70001,  UINT32_MAX, 0x7ffff000, 0x71000 };
	partition_source source = { .read = read_table, .context = memory, .size = FLASH_SIZE };
	uint32_t seed = 12;
	unsigned found = 0;

	for (int round = 0; round < 20000; round++) {
		partition_cursor cursor;
		partition_entry entry;
		unsigned steps = 0;

		if (round % 500 == 0)
			put_system();
		for (unsigned i = 0; i < 8; i++) {
			char label[PARTITION_LABEL_MAX + 1] = "";

			for (unsigned at = 0, size = test_random(&seed) % 17; at < size; at++)
				label[at] = (char)(test_random(&seed) % 64 ? 'a' + at : test_random(&seed));
			put(SECONDARY, i, (uint8_t)test_random(&seed), (uint8_t)test_random(&seed),
			    interesting[test_random(&seed) % 24], interesting[test_random(&seed) % 24], label);
			if (test_random(&seed) % 50 == 0)
				memory[SECONDARY + test_random(&seed) % 256] = (uint8_t)test_random(&seed);
		}
		/* Now and then the system's own table is damaged, which must neither crash nor hang. */
		if (test_random(&seed) % 10 == 0)
			memory[PARTITION_TABLE_OFFSET + test_random(&seed) % 0x1000] = (uint8_t)test_random(&seed);
		cursor = partition_begin(&source);
		while (partition_next(&cursor, &entry)) {
			steps++;
			REQUIRE(entry.size && entry.offset < FLASH_SIZE && entry.size <= FLASH_SIZE - entry.offset, "inside");
			REQUIRE(strlen(entry.label) <= PARTITION_LABEL_MAX, "a label ends");
			if (!entry.user)
				continue;
			found++;
			REQUIRE(entry.offset >= 0x9000 && entry.offset % FLASH_SECTOR == 0 && entry.size % FLASH_SECTOR == 0,
			        "fit");
			REQUIRE(!overlaps(&entry, cursor.secondary, FLASH_SECTOR), "the table itself");
		}
		REQUIRE(steps <= 2 * PARTITION_ENTRY_COUNT, "an end");
	}
	CHECK(found > 1000, "%u found", found);
}

/* The same with the primary table as it is: what it has is out of reach. */
static void test_fuzz_reach(void)
{
	static const uint32_t taken[][2] = { { 0, 0x9000 },         { 0xf000, 0x1000 },   { 0x10000, 0x2000 },
		                                 { 0x12000, 0xe000 },   { 0x3d000, 0x33000 }, { 0x100000, 0x180000 },
		                                 { 0x280000, 0x180000 } };
	uint32_t seed = 77;
	unsigned found = 0;

	put_system();
	for (int round = 0; round < 20000; round++) {
		partition_entry entry;

		for (unsigned i = 0; i < 4; i++)
			put(SECONDARY, i, 0x40, 9, test_random(&seed) % 0x110 * 0x1000, test_random(&seed) % 0x20 * 0x1000, "own");
		for (unsigned i = 0; partition_find_user(i, NULL, &entry); i++) {
			found++;
			for (size_t at = 0; at < sizeof(taken) / sizeof(*taken); at++)
				REQUIRE(!overlaps(&entry, taken[at][0], taken[at][1]), "%x, %x", (unsigned)entry.offset,
				        (unsigned)entry.size);
		}
	}
	CHECK(found > 1000, "%u found", found);
}

int main(void)
{
	test_find();
	test_no_secondary();
	test_refused();
	test_ends();
	test_access();
	test_fuzz();
	test_fuzz_reach();
	return check_report();
}

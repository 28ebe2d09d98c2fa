/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of the two binary partition tables (modules/flash/partitions.c) on any bytes: which partitions it tells
 * is worked out a second time from the rules in partitions.h, so that nothing in the user's table opens the system's
 * flash, and nothing that is in order is missing.
 *
 * Input: the primary table's length in entries and its entries, then the secondary one's. A first byte of 0 to 15 is an
 * entry made of few bytes; else the 32 bytes are taken as they are.
 *
 * Sources: modules/flash/partitions.c host-tests/fuzz/support/ram-flash.c
 */
#include "partitions.h"
#include "fuzz.h"
#include "ram-flash.h"

const unsigned fuzz_rounds = 60000;

#define SECONDARY 0x1e000u
#define TABLE_SIZE (PARTITION_ENTRY_COUNT * PARTITION_ENTRY_SIZE)

static uint8_t primary[TABLE_SIZE + PARTITION_ENTRY_SIZE], secondary[TABLE_SIZE + PARTITION_ENTRY_SIZE];

static void make_entry(fuzz_input *input, uint8_t *raw)
{
	static const char *const labels[] = { "nvs", "mfg_nvs", "a\"b", "sixteen-letters!" };
	static const uint32_t places[] = {
		0, 0x12000, SECONDARY, 0x21000, 0x22000, FLASH_SIZE - 0x1000, 0xfffff000, 0x3001
	};
	static const uint32_t sizes[] = { 0, 0x1000, 0x2000, 0x10000, FLASH_SIZE, 0xfffff000, 0x800, 0x1001 };
	static const uint8_t types[][2] = { { PARTITION_TYPE_DATA, PARTITION_SUBTYPE_NVS },
		                                { PARTITION_TYPE_CUSTOM, PARTITION_SUBTYPE_CUSTOMIZE },
		                                { PARTITION_TYPE_CUSTOM, PARTITION_SUBTYPE_STORAGE },
		                                { PARTITION_TYPE_CUSTOM, 1 } };
	unsigned kind = fuzz_byte(input), what;

	if (kind > 15) {
		raw[0] = (uint8_t)kind;
		for (unsigned i = 1; i < PARTITION_ENTRY_SIZE; i++)
			raw[i] = fuzz_byte(input);
		return;
	}
	what = fuzz_byte(input);
	memcpy(raw, "\xaa\x50", 2);
	memcpy(raw + 2, types[kind % 4], 2);
	memcpy(raw + 4, &places[what % 8], 4);
	memcpy(raw + 8, &sizes[what / 8 % 8], 4);
	memcpy(raw + 12, labels[what / 64], strlen(labels[what / 64]));
	if (kind / 4 == 3)
		raw[12] = fuzz_byte(input);
}

static void make_table(fuzz_input *input, uint8_t *table)
{
	unsigned count = fuzz_byte(input) % (PARTITION_ENTRY_COUNT + 2);

	memset(table, 0xff, TABLE_SIZE + PARTITION_ENTRY_SIZE);
	for (unsigned i = 0; i < count; i++) {
		memset(table + i * PARTITION_ENTRY_SIZE, 0, PARTITION_ENTRY_SIZE);
		make_entry(input, table + i * PARTITION_ENTRY_SIZE);
	}
}

/* The tables, and 0xFF everywhere else. */
static bool read_flash(void *context, uint32_t address, void *buffer, size_t size)
{
	const uint8_t *table = address >= SECONDARY ? secondary : primary;
	uint32_t start = address >= SECONDARY ? SECONDARY : PARTITION_TABLE_OFFSET;

	FUZZ_REQUIRE(context == &primary && size == PARTITION_ENTRY_SIZE, "%zu bytes", size);
	FUZZ_REQUIRE(address < FLASH_SIZE && size <= FLASH_SIZE - address, "outside of the flash, at 0x%x", address);
	memset(buffer, 0xff, size);
	if (address >= start && address - start < sizeof primary && (address - start) % PARTITION_ENTRY_SIZE == 0)
		memcpy(buffer, table + (address - start), size);
	return true;
}

static uint64_t number(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return value;
}

static unsigned entries(const uint8_t *table)
{
	unsigned count = 0;

	while (count < PARTITION_ENTRY_COUNT && !memcmp(table + count * PARTITION_ENTRY_SIZE, "\xaa\x50", 2))
		count++;
	return count;
}

static bool in_flash(const uint8_t *raw)
{
	return number(raw + 8) && number(raw + 4) + number(raw + 8) <= FLASH_SIZE;
}

static bool meets(const uint8_t *raw, uint64_t start, uint64_t size)
{
	return number(raw + 4) < start + size && start < number(raw + 4) + number(raw + 8);
}

static bool is_custom(const uint8_t *raw, uint8_t subtype)
{
	return raw[2] == PARTITION_TYPE_CUSTOM && raw[3] == subtype;
}

/* Where the primary table says that the secondary one is: the last that says so; 0: nowhere. */
static uint64_t secondary_address(void)
{
	uint64_t address = 0;

	for (unsigned i = 0; i < entries(primary); i++) {
		const uint8_t *raw = primary + i * PARTITION_ENTRY_SIZE;

		if (is_custom(raw, PARTITION_SUBTYPE_CUSTOMIZE) && in_flash(raw) && number(raw + 4) % FLASH_SECTOR == 0 &&
		    number(raw + 4) > PARTITION_TABLE_OFFSET && number(raw + 8) >= FLASH_SECTOR)
			address = number(raw + 4);
	}
	return address;
}

/* What the user's table may give away: whole sectors, behind the boot loader, that are nobody else's. */
static bool may_be_users(const uint8_t *raw, uint64_t table)
{
	if (!in_flash(raw) || number(raw + 4) % FLASH_SECTOR || number(raw + 8) % FLASH_SECTOR ||
	    meets(raw, 0, PARTITION_TABLE_OFFSET + FLASH_SECTOR) || meets(raw, table, FLASH_SECTOR) || !raw[12])
		return false;
	for (unsigned i = 12; i < 28 && raw[i]; i++)
		if (raw[i] < ' ' || raw[i] == '"' || raw[i] == '\\' || raw[i] == 0x7f)
			return false;
	for (unsigned i = 0; i < entries(primary); i++) {
		const uint8_t *other = primary + i * PARTITION_ENTRY_SIZE;

		if (in_flash(other) && !is_custom(other, PARTITION_SUBTYPE_CUSTOMIZE) &&
		    !is_custom(other, PARTITION_SUBTYPE_STORAGE) && meets(raw, number(other + 4), number(other + 8)))
			return false;
	}
	return true;
}

static void check_next(partition_cursor *cursor, const uint8_t *raw, bool user)
{
	partition_entry entry;

	FUZZ_REQUIRE(partition_next(cursor, &entry), "the partition at 0x%x is missing", (unsigned)number(raw + 4));
	FUZZ_REQUIRE(entry.user == user && entry.type == raw[2] && entry.subtype == raw[3] &&
	                 entry.offset == number(raw + 4) && entry.size == number(raw + 8) &&
	                 strlen(entry.label) <= PARTITION_LABEL_MAX && !strncmp(entry.label, (const char *)raw + 12, 16),
	             "another than the partition at 0x%x: 0x%x", (unsigned)number(raw + 4), entry.offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const partition_source source = { .read = read_flash, .context = &primary, .size = FLASH_SIZE };
	fuzz_input input = { data, data + size };
	partition_cursor cursor = partition_begin(&source);
	partition_entry entry;
	uint64_t table;

	make_table(&input, primary);
	make_table(&input, secondary);
	table = secondary_address();
	for (unsigned i = 0; i < entries(primary); i++)
		if (in_flash(primary + i * PARTITION_ENTRY_SIZE))
			check_next(&cursor, primary + i * PARTITION_ENTRY_SIZE, false);
	/* elsewhere there is none */
	for (unsigned i = 0; table == SECONDARY && i < entries(secondary); i++)
		if (may_be_users(secondary + i * PARTITION_ENTRY_SIZE, table))
			check_next(&cursor, secondary + i * PARTITION_ENTRY_SIZE, true);
	FUZZ_REQUIRE(!partition_next(&cursor, &entry), "one more: 0x%x", entry.offset);
	FUZZ_REQUIRE(!partition_next(&cursor, &entry), "one more, behind the end");
	return 0;
}

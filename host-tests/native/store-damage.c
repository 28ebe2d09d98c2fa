/* SPDX-License-Identifier: Apache-2.0 */
/* Images that nobody wrote so: mounting and using them must never crash, and what cannot be used must be refused. */
#include <string.h>

#include "flash-image.h"
#include "nvs-format.h"
#include "nvs.h"
#include "store-test.h"

#define BASE 0x12000u
#define PAGES 6u
#define SIZE (PAGES * NVS_PAGE_SIZE)

static uint8_t image[SIZE];
static nvs store;

/* Any bytes, or headers and entries with right checksums around any fields, which get further. */
static void invent(uint32_t *random)
{
	static const uint8_t types[] = { 0x01, 0x11, 0x02, 0x14, 0x08, 0x21, 0x41, 0x42, 0x42, 0x48, 0x48, 0x77 };
	static const uint32_t states[] = { NVS_STATE_ACTIVE, NVS_STATE_FULL, NVS_STATE_FULL, NVS_STATE_FREEING,
		                               0xfffffff0 };

	for (size_t i = 0; i < SIZE; i++)
		image[i] = (uint8_t)(test_random(random) % 8 ? 0xff : test_random(random));
	for (unsigned page = 0; page < PAGES; page++) {
		uint8_t *bytes = image + page * NVS_PAGE_SIZE;
		nvs_header header = { .state = states[test_random(random) % 5],
			                  .sequence = test_random(random) % 8 ? test_random(random) % 10 : 0xffffffff,
			                  .version = test_random(random) % 64 ? 0xfe : (uint8_t)test_random(random) };

		if (test_random(random) % 8 == 0) {
			memset(bytes, 0xff, NVS_PAGE_SIZE);
			continue;
		}
		header.crc = nvs_header_crc(&header);
		memcpy(bytes, &header, sizeof header);
		for (unsigned index = 0; index < NVS_ENTRY_COUNT;) {
			nvs_entry entry;

			for (size_t i = 0; i < sizeof entry; i++)
				((uint8_t *)&entry)[i] = (uint8_t)test_random(random);
			memset(entry.key, 0, sizeof entry.key);
			entry.key[0] = (char)('a' + test_random(random) % 4);
			if (test_random(random) % 50 == 0)
				memset(entry.key, 'x', sizeof entry.key);
			entry.name_space = (uint8_t)(test_random(random) % 4);
			entry.type = types[test_random(random) % sizeof types];
			entry.chunk =
				entry.type == 0x42 ? (uint8_t)(test_random(random) % 3 + test_random(random) % 2 * 0x80) : 0xff;
			entry.span = 1;
			if (entry.type == 0x48) {
				entry.blob.size = test_random(random) % 100;
				entry.blob.chunk_count = (uint8_t)(test_random(random) % 4);
				entry.blob.chunk_start = (uint8_t)(test_random(random) % 2 * 0x80);
			} else if (nvs_has_data(&entry)) {
				entry.data.size = (uint16_t)(test_random(random) % (test_random(random) % 4 ? 100 : 4200));
				entry.span = (uint8_t)(1 + (entry.data.size + 31) / 32);
				if (index + entry.span <= NVS_ENTRY_COUNT)
					entry.data.crc =
						nvs_crc(NVS_CRC_INITIAL, bytes + NVS_ENTRIES_OFFSET + (index + 1) * 32, entry.data.size);
			}
			if (test_random(random) % 30 == 0)
				entry.span = (uint8_t)test_random(random);
			entry.crc = nvs_entry_crc(&entry);
			memcpy(bytes + NVS_ENTRIES_OFFSET + index * 32, &entry, sizeof entry);
			for (unsigned i = 0; i < (entry.span ? entry.span : 1u); i++, index++)
				if (index < NVS_ENTRY_COUNT && test_random(random) % 60)
					bytes[NVS_BITMAP_OFFSET + index / 4] =
						(uint8_t)((bytes[NVS_BITMAP_OFFSET + index / 4] | 3u << index % 4 * 2) &
					              ~(1u << index % 4 * 2));
		}
	}
}

static bool read_one(void *context, const store_entry *entry)
{
	static uint8_t value[SIZE];
	store_type type = STORE_ANY;
	size_t size = sizeof value;

	(void)context;
	nvs_get(&store, entry->name_space, entry->key, &type, value, &size);
	return true;
}

static void use(uint32_t *random)
{
	static uint8_t value[5000];
	char key[2] = { 'a', 0 };
	store_statistics statistics;

	nvs_iterate(&store, NULL, read_one, NULL);
	nvs_get_statistics(&store, &statistics);
	CHECK(statistics.used <= statistics.total, "%zu of %zu", statistics.used, statistics.total);
	for (int i = 0; i < 12; i++) {
		store_type type = i % 2 ? STORE_BLOB : STORE_U32;
		size_t size = i % 2 ? test_random(random) % sizeof value : 4;
		uint8_t back[sizeof value];
		size_t room = sizeof back;
		int error;

		key[0] = (char)('a' + i % 5);
		memset(value, (int)test_random(random), sizeof value);
		error = nvs_set(&store, key, key, type, value, size);
		CHECK(error == STORE_OK || error == STORE_FULL, "set: %d", error);
		if (error == STORE_OK)
			CHECK(!nvs_get(&store, key, key, &type, back, &room) && room == size && !memcmp(back, value, size), "get");
		if (i % 4 == 3)
			nvs_erase(&store, key, i % 3 ? key : NULL);
	}
}

void test_damage(uint32_t rounds)
{
	uint32_t random = 20250102, mounted = 0;

	for (uint32_t round = 0; round < rounds; round++) {
		if (round % 3) {
			invent(&random);
		} else {
			/* what the last round left, with a few bytes hit */
			flash_read(BASE, image, SIZE);
			for (int i = 0; i < 40; i++)
				image[test_random(&random) % SIZE] = (uint8_t)test_random(&random);
		}
		flash_erase(BASE, SIZE);
		flash_program(BASE, image, SIZE);
		if (nvs_mount(&store, BASE, SIZE) != STORE_OK)
			continue;
		mounted++;
		use(&random);
		CHECK(nvs_mount(&store, BASE, SIZE) == STORE_OK, "again");
	}
	CHECK(mounted > rounds / 2, "%u of %u mounted", (unsigned)mounted, (unsigned)rounds);
	nvs_erase_all(BASE, SIZE);
	CHECK(nvs_mount(&store, BASE, SIZE) == STORE_OK && nvs_mount(&store, BASE, 4096) == STORE_IO, "sizes");
}

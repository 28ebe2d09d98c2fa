/* SPDX-License-Identifier: Apache-2.0 */
/* store.h as its users see it. */
#include <stdlib.h>
#include <string.h>

#include "flash-image.h"
#include "store-test.h"
#include "store.h"

#define NVS "nvs"

static uint8_t big[60000], back[60000];

static void remount(void)
{
	store_unmount(NVS);
}

static bool holds(const char *ns, const char *key, store_type type, const void *value, size_t size)
{
	store_type got = STORE_ANY;
	size_t room = sizeof back;

	return store_get(NVS, ns, key, &got, back, &room) == STORE_OK && got == type && room == size &&
	       memcmp(back, value, size) == 0;
}

static void test_types(void)
{
	static const struct {
		const char *key;
		store_type type;
		uint64_t value;
		size_t size;
	} numbers[] = {
		{ "u8", STORE_U8, 0xff, 1 },
		{ "i8", STORE_I8, (uint64_t)-1, 1 },
		{ "u16", STORE_U16, 0xfedc, 2 },
		{ "i16", STORE_I16, (uint64_t)-2, 2 },
		{ "u32", STORE_U32, 0x89abcdef, 4 },
		{ "i32", STORE_I32, (uint64_t)-3, 4 },
		{ "u64", STORE_U64, 0x0123456789abcdef, 8 },
		{ "i64", STORE_I64, (uint64_t)-4, 8 },
	};

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
			store_type other = numbers[i].type == STORE_U8 ? STORE_I8 : STORE_U8;
			size_t size = 8;

			if (round == 0)
				CHECK(!store_set(NVS, "types", numbers[i].key, numbers[i].type, &numbers[i].value, numbers[i].size),
				      "set %s", numbers[i].key);
			CHECK(holds("types", numbers[i].key, numbers[i].type, &numbers[i].value, numbers[i].size), "%s",
			      numbers[i].key);
			CHECK(store_get(NVS, "types", numbers[i].key, &other, back, &size) == STORE_TYPE, "%s", numbers[i].key);
			CHECK(store_set(NVS, "types", "wrong", numbers[i].type, big, numbers[i].size + 1) == STORE_TYPE, "size");
		}
		remount();
	}
}

static void test_strings_and_blobs(void)
{
	static const size_t sizes[] = { 0, 1, 31, 32, 33, 64, 1000, 3968, 3999, 4000, 4001, 9000, 20000 };
	store_type type = STORE_ANY;
	size_t size;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (int version = 0; version < 3; version++) {
			big[0] = (uint8_t)version;
			CHECK(!store_set(NVS, "blobs", "b", STORE_BLOB, big, sizes[i]), "blob of %zu", sizes[i]);
			CHECK(holds("blobs", "b", STORE_BLOB, big, sizes[i]), "blob of %zu", sizes[i]);
			remount();
			CHECK(holds("blobs", "b", STORE_BLOB, big, sizes[i]), "blob of %zu, mounted", sizes[i]);
		}
	}
	CHECK(!store_set(NVS, "blobs", "e", STORE_BLOB, NULL, 0) && holds("blobs", "e", STORE_BLOB, big, 0), "no bytes");
	CHECK(store_set(NVS, "blobs", "b", STORE_BLOB, big, 14 * 4000) == STORE_TOO_LONG, "a blob beyond all pages");
	CHECK(store_set(NVS, "blobs", "b", STORE_BLOB, big, 13 * 4000) == STORE_FULL, "a blob beyond the room");
	CHECK(holds("blobs", "b", STORE_BLOB, big, 20000), "which leaves the old one");
	for (size_t length = 1; length <= STORE_STRING_MAX; length += 137) {
		memset(big, 'x', length);
		big[length - 1] = 0;
		CHECK(!store_set(NVS, "strings", "s", STORE_STRING, big, length), "string of %zu", length);
		CHECK(holds("strings", "s", STORE_STRING, big, length), "string of %zu", length);
	}
	CHECK(store_set(NVS, "strings", "s", STORE_STRING, "ab", 2) == STORE_TYPE, "no zero");
	CHECK(store_set(NVS, "strings", "s", STORE_STRING, "a\0b", 4) == STORE_TYPE, "two zeros");
	CHECK(store_set(NVS, "strings", "s", STORE_STRING, "", 0) == STORE_TYPE, "nothing");
	memset(big, 'x', 4001);
	CHECK(store_set(NVS, "strings", "s", STORE_STRING, big, 4001) == STORE_TOO_LONG, "too long");
	CHECK(!store_set(NVS, "strings", "s", STORE_STRING, "text", 5), "short again");
	size = 4;
	CHECK(store_get(NVS, "strings", "s", &type, back, &size) == STORE_TOO_LONG && size == 5, "no room");
	type = STORE_STRING;
	CHECK(store_get(NVS, "strings", "s", &type, NULL, &size) == STORE_OK && size == 5, "size only");
	/* of another type it is another value */
	CHECK(!store_set(NVS, "strings", "s", STORE_BLOB, "text", 5) && holds("strings", "s", STORE_BLOB, "text", 5),
	      "blob");
	CHECK(!store_set(NVS, "strings", "s", STORE_U16, "te", 2) && holds("strings", "s", STORE_U16, "te", 2), "number");
	remount();
	CHECK(holds("strings", "s", STORE_U16, "te", 2), "number, mounted");
}

static void test_names(void)
{
	store_type type = STORE_ANY;
	size_t size = 1;

	CHECK(!store_set(NVS, "fifteen-letters", "fifteen-letters", STORE_U8, "1", 1), "15 bytes");
	CHECK(holds("fifteen-letters", "fifteen-letters", STORE_U8, "1", 1), "15 bytes");
	CHECK(store_set(NVS, "sixteen--letters", "k", STORE_U8, "1", 1) == STORE_BAD_NAME, "16 bytes");
	CHECK(store_set(NVS, "n", "sixteen--letters", STORE_U8, "1", 1) == STORE_BAD_NAME, "16 bytes");
	CHECK(store_set(NVS, "", "k", STORE_U8, "1", 1) == STORE_BAD_NAME, "no namespace");
	CHECK(store_set(NVS, "n", "", STORE_U8, "1", 1) == STORE_BAD_NAME, "no key");
	CHECK(store_get(NVS, "types", "", &type, back, &size) == STORE_BAD_NAME, "no key");
	CHECK(store_erase(NVS, "types", "") == STORE_BAD_NAME, "no key");
	CHECK(store_get(NVS, "nowhere", "k", &type, back, &size) == STORE_NOT_FOUND, "no such namespace");
	CHECK(store_get(NVS, "types", "k", &type, back, &size) == STORE_NOT_FOUND, "no such key");
	CHECK(store_get("absent", "n", "k", &type, back, &size) == STORE_IO, "no such partition");
	CHECK(store_set("xs", "n", "k", STORE_U8, "1", 1) == STORE_IO, "not an NVS partition");
}

static void test_same_value(void)
{
	uint32_t before;

	memset(big, 7, 9000);
	CHECK(!store_set(NVS, "same", "blob", STORE_BLOB, big, 9000), "set");
	CHECK(!store_set(NVS, "same", "text", STORE_STRING, "hello", 6), "set");
	CHECK(!store_set(NVS, "same", "i", STORE_I32, "1234", 4), "set");
	before = flash_operations();
	CHECK(!store_set(NVS, "same", "blob", STORE_BLOB, big, 9000), "set");
	CHECK(!store_set(NVS, "same", "text", STORE_STRING, "hello", 6), "set");
	CHECK(!store_set(NVS, "same", "i", STORE_I32, "1234", 4), "set");
	CHECK(flash_operations() == before, "the same value writes nothing");
	CHECK(!store_set(NVS, "same", "i", STORE_U32, "1234", 4) && flash_operations() > before, "another type does");
}

typedef struct {
	unsigned count;
	size_t bytes;
	bool nested;
} visited;

static bool visit(void *context, const store_entry *entry)
{
	visited *it = context;
	store_type type = STORE_ANY;
	size_t size = sizeof back;

	it->count++;
	it->bytes += entry->size;
	it->nested = it->nested && store_get(NVS, entry->name_space, entry->key, &type, back, &size) == STORE_OK &&
	             type == entry->type && size == entry->size;
	return it->count < 5;
}

static void test_erase(void)
{
	visited it = { .nested = true };
	uint32_t before;
	store_statistics statistics;

	CHECK(store_iterate(NVS, "same", visit, &it) == 3 && it.bytes == 9000 + 6 + 4 && it.nested, "a namespace");
	it = (visited){ .nested = true };
	CHECK(store_iterate(NVS, NULL, visit, &it) == 5 && it.nested, "all, until told to stop");
	CHECK(store_iterate(NVS, "nowhere", visit, &it) == 0, "none");
	CHECK(!store_erase(NVS, "same", "text") && store_erase(NVS, "same", "text") == STORE_NOT_FOUND, "a key, once");
	CHECK(!store_erase(NVS, "same", "blob"), "a blob");
	CHECK(holds("same", "i", STORE_U32, "1234", 4), "not its neighbour");
	CHECK(!store_erase(NVS, "same", NULL) && store_erase(NVS, "same", NULL) == STORE_NOT_FOUND, "a namespace, once");
	remount();
	it = (visited){ .nested = true };
	CHECK(store_iterate(NVS, "same", visit, &it) == 0, "nothing left");
	CHECK(holds("types", "u8", STORE_U8, "\xff", 1), "not the neighbours");
	CHECK(!store_erase_all(NVS), "all");
	before = flash_operations();
	CHECK(!store_erase_all(NVS) && flash_operations() == before, "blank pages are left alone");
	CHECK(!store_get_statistics(NVS, &statistics) && statistics.used == 0 && statistics.total == 14 * 126 &&
	          statistics.available == 13 * 126 && statistics.namespaces == 0,
	      "empty");
}

static void test_wear(void)
{
	store_statistics statistics;
	uint32_t value = 0;

	memset(big, 3, 500);
	CHECK(!store_set(NVS, "wear", "still", STORE_BLOB, big, 500), "set");
	for (; value < 20000; value++) {
		CHECK(!store_set(NVS, "wear", "often", STORE_U32, &value, 4), "set");
		if (value % 997 == 0)
			remount();
	}
	value--;
	CHECK(holds("wear", "often", STORE_U32, &value, 4) && holds("wear", "still", STORE_BLOB, big, 500), "after 20,000");
	CHECK(!store_get_statistics(NVS, &statistics) && statistics.used == 20 && statistics.namespaces == 1, "%zu used",
	      statistics.used);
}

static void test_full(void)
{
	char key[16];
	unsigned count = 0;
	uint32_t before;
	int error;

	CHECK(!store_erase_all(NVS), "all");
	do {
		snprintf(key, sizeof key, "key%u", count++);
		memset(big, (int)count, 100);
		error = store_set(NVS, "full", key, STORE_BLOB, big, 100);
	} while (!error);
	CHECK(error == STORE_FULL && count > 250, "full after %u: %d", count, error);
	before = flash_operations();
	CHECK(store_set(NVS, "full", key, STORE_BLOB, big, 100) == STORE_FULL && flash_operations() == before,
	      "trying in vain does not wear the flash");
	CHECK(store_set(NVS, "new", "n", STORE_BLOB, big, 100) == STORE_FULL && flash_operations() == before,
	      "no namespace");
	remount();
	for (unsigned i = 0; i + 1 < count; i++) {
		snprintf(key, sizeof key, "key%u", i);
		memset(big, (int)i + 1, 100);
		CHECK(holds("full", key, STORE_BLOB, big, 100), "%s", key);
	}
	for (unsigned i = 0; i < 40; i++) {
		snprintf(key, sizeof key, "key%u", i * 3);
		CHECK(!store_erase(NVS, "full", key), "%s", key);
	}
	for (unsigned i = 0; i < 30; i++) {
		snprintf(key, sizeof key, "again%u", i);
		CHECK(!store_set(NVS, "full", key, STORE_BLOB, big, 100), "room again: %s", key);
	}
	CHECK(!store_erase_all(NVS), "all");
}

void test_store(void)
{
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)test_random(&random);
	test_types();
	test_strings_and_blobs();
	test_names();
	test_same_value();
	test_erase();
	test_wear();
	test_full();
}

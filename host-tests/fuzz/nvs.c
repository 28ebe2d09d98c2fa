/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The twin's NVS on any image: mounting repairs it for good, what is set is read back, what is not touched stays, and
 * after a power cut in any flash operation each value is the old one or the new.
 *
 * Input: pages and how cuts tear, an image (support/nvs-image.h), the operation of the repair to cut (0: none), then
 * operations: kind, name, and with a set type, size and content.
 *
 * Sources: modules/store/posix/nvs.c modules/store/posix/nvs-format.c modules/store/posix/nvs-item.c
 * Sources: modules/store/posix/nvs-mount.c modules/store/posix/nvs-page.c
 * Sources: host-tests/fuzz/support/ram-flash.c host-tests/fuzz/support/nvs-image.c
 */
#include <setjmp.h>

#include "fuzz.h"
#include "nvs-image.h"
#include "nvs-item.h"
#include "ram-flash.h"

#define VALUES_MAX 1024u
#define VALUE_SIZE_MAX RAM_FLASH_SIZE
#define OPERATIONS_MAX 40u

const unsigned fuzz_rounds = 6000;

/* What is stored under a key of a namespace's number: two names can share one in an image of somebody else's. */
typedef struct {
	uint8_t number;
	char key[STORE_NAME_MAX + 1];
	int error; /* of reading it */
	store_type type;
	size_t size;
	uint32_t hash;
} value;

typedef struct {
	unsigned count;
	value of[VALUES_MAX];
} values;

static nvs store;
static uint32_t partition_size;
static values before, after, other;
static jmp_buf cut;
static bool ours; /* the image was blank, so all that is there now is our own */

static void power_cut(void)
{
	longjmp(cut, 1);
}

/* --- what the store holds --- */

FUZZ_UNTRACED static uint32_t hash(const uint8_t *bytes, size_t size)
{
	uint32_t it = 2166136261u;

	for (size_t i = 0; i < size; i++)
		it = (it ^ bytes[i]) * 16777619u;
	return it;
}

static value *find(values *all, uint8_t number, const char *key)
{
	for (unsigned i = 0; i < all->count; i++)
		if (all->of[i].number == number && !strcmp(all->of[i].key, key))
			return &all->of[i];
	return NULL;
}

static value read_value(uint8_t number, const char *name_space, const char *key)
{
	static uint8_t bytes[VALUE_SIZE_MAX];
	value it = { .number = number, .type = STORE_ANY, .size = sizeof bytes };

	snprintf(it.key, sizeof it.key, "%s", key);
	it.error = nvs_get(&store, name_space, key, &it.type, bytes, &it.size);
	FUZZ_REQUIRE(it.error == STORE_OK || it.error == STORE_IO || it.error == STORE_TOO_LONG, "get: %d", it.error);
	if (it.error) { /* its index is there, and that is all that counts */
		it.hash = 0;
		return it;
	}
	FUZZ_REQUIRE(it.size <= sizeof bytes, "%zu bytes", it.size);
	it.hash = hash(bytes, it.size);
	return it;
}

static bool take(void *context, const store_entry *entry)
{
	values *all = context;
	int number = nvs_namespace_find(&store, entry->name_space);

	FUZZ_REQUIRE(number > 0 && number <= NVS_NAMESPACE_LAST, "%s is number %d", entry->name_space, number);
	if (find(all, (uint8_t)number, entry->key))
		return true; /* an older one that is replaced with the next change */
	FUZZ_REQUIRE(all->count < VALUES_MAX, "more values than fit");
	all->of[all->count++] = read_value((uint8_t)number, entry->name_space, entry->key);
	return true;
}

static void snapshot(values *all)
{
	store_statistics statistics;

	all->count = 0;
	nvs_iterate(&store, NULL, take, all);
	nvs_get_statistics(&store, &statistics);
	FUZZ_REQUIRE(statistics.used <= statistics.total && statistics.used + statistics.free == statistics.total,
	             "%zu of %zu", statistics.used, statistics.total);
}

static bool same(const value *one, const value *two)
{
	if (!one || !two)
		return one == two;
	return one->error == two->error && one->type == two->type && one->size == two->size && one->hash == two->hash;
}

static void require_same(values *all, values *wanted, const char *what)
{
	for (unsigned i = 0; i < wanted->count; i++) {
		value *it = &wanted->of[i];

		FUZZ_REQUIRE(same(find(all, it->number, it->key), it), "%s: %u/%s", what, it->number, it->key);
	}
	for (unsigned i = 0; i < all->count; i++)
		FUZZ_REQUIRE(find(wanted, all->of[i].number, all->of[i].key), "%s: %u/%s is new", what, all->of[i].number,
		             all->of[i].key);
}

/* --- mounting --- */

FUZZ_UNTRACED static bool is_blank(void)
{
	for (size_t at = 0; at < partition_size; at++)
		if (ram_flash[at] != 0xff)
			return false;
	return true;
}

static int mount(void)
{
	return nvs_mount(&store, 0, partition_size);
}

/* Mounting again finds the same; and nothing to repair, unless the image was somebody else's. */
static void require_settled(const char *what)
{
	uint32_t operations = flash_operations();

	snapshot(&other);
	FUZZ_REQUIRE(mount() == STORE_OK, "%s: mounting again", what);
	FUZZ_REQUIRE(!ours || flash_operations() == operations, "%s: repaired twice", what);
	snapshot(&after);
	require_same(&after, &other, what);
}

/* Mounts with a cut in the n-th operation of the repair, if it has that many, then without. */
static int mount_cut(uint32_t n, flash_tear tear)
{
	if (setjmp(cut) == 0) {
		flash_cut_at(n, tear);
		mount();
		flash_cut_at(0, tear);
	}
	return mount();
}

/* --- operations --- */

typedef struct {
	enum { SET, ERASE, ERASE_NAMESPACE, ERASE_ALL, MOUNT } kind;
	const char *name_space;
	const char *key;
	store_type type;
	size_t size;
	uint8_t bytes[VALUE_SIZE_MAX];
} operation;

FUZZ_UNTRACED static void fill(operation *it, uint8_t content)
{
	for (size_t i = 0; i < it->size; i++)
		it->bytes[i] = (uint8_t)(it->type == STORE_STRING ? (content + i) | 1 : content + i * (content & 3));
	if (it->type == STORE_STRING)
		it->bytes[it->size - 1] = 0;
}

static void read_operation(fuzz_input *input, operation *it)
{
	static const store_type types[] = { STORE_U8,     STORE_I16,    STORE_U32,  STORE_I64,
		                                STORE_STRING, STORE_STRING, STORE_BLOB, STORE_BLOB };
	unsigned kind = fuzz_byte(input), where = fuzz_byte(input);

	it->kind = kind % 16 < 11   ? SET
	           : kind % 16 < 13 ? ERASE
	           : kind % 16 < 14 ? ERASE_NAMESPACE
	           : kind % 16 < 15 ? MOUNT
	                            : ERASE_ALL;
	it->name_space = nvs_image_names[where % NVS_IMAGE_NAMES];
	it->key = nvs_image_names[where / 8 % NVS_IMAGE_NAMES];
	if (it->kind != SET)
		return;
	it->type = types[kind / 16 % 8];
	it->size = (size_t)it->type & 0x0f;
	if (it->type == STORE_STRING || it->type == STORE_BLOB)
		it->size = where & 0x80 ? fuzz_word(input) % (3 * NVS_CHUNK_MAX) : fuzz_byte(input);
	if (it->type == STORE_STRING && !(it->size %= STORE_STRING_MAX + 1))
		it->size = 1; /* its end */
	fill(it, fuzz_byte(input));
}

static int perform(const operation *it)
{
	switch (it->kind) {
	case SET:
		return nvs_set(&store, it->name_space, it->key, it->type, it->bytes, it->size);
	case ERASE:
		return nvs_erase(&store, it->name_space, it->key);
	case ERASE_NAMESPACE:
		return nvs_erase(&store, it->name_space, NULL);
	case ERASE_ALL:
		nvs_erase_all(0, partition_size);
		return mount();
	default:
		return mount();
	}
}

static void drop(values *all, value *it)
{
	*it = all->of[--all->count];
}

/* What the store holds when an operation has been done. A namespace that is new has its number by then. */
static void apply(values *all, const operation *it, int number)
{
	value *old = number < 0 ? NULL : find(all, (uint8_t)number, it->key);

	if (it->kind == SET && !old) {
		FUZZ_REQUIRE(all->count < VALUES_MAX, "more values than fit");
		old = &all->of[all->count++];
		*old = (value){ .number = (uint8_t)number };
		snprintf(old->key, sizeof old->key, "%s", it->key);
	}
	if (it->kind == SET) {
		old->error = STORE_OK;
		old->type = it->type;
		old->size = it->size;
		old->hash = hash(it->bytes, it->size);
	} else if (it->kind == ERASE && old)
		drop(all, old);
	else if (it->kind == ERASE_NAMESPACE || it->kind == ERASE_ALL)
		for (unsigned i = all->count; i--;)
			if (it->kind == ERASE_ALL || all->of[i].number == number)
				drop(all, &all->of[i]);
}

static void require_result(const operation *it, int error, int number)
{
	bool there = false;

	for (unsigned i = 0; i < before.count; i++)
		there |= before.of[i].number == number && (it->kind != ERASE || !strcmp(before.of[i].key, it->key));
	switch (it->kind) {
	case SET:
		FUZZ_REQUIRE(error == STORE_OK || error == STORE_FULL ||
		                 (error == STORE_TOO_LONG && it->size > (partition_size / FLASH_SECTOR - 1) * NVS_CHUNK_MAX),
		             "set: %d", error);
		break;
	case ERASE:
	case ERASE_NAMESPACE:
		FUZZ_REQUIRE(error == (there ? STORE_OK : STORE_NOT_FOUND), "erase: %d", error);
		break;
	default:
		FUZZ_REQUIRE(error == STORE_OK, "mount: %d", error);
	}
}

/* After a cut, and one in its repair: each value as it was, or as it would have become. */
static void require_either(const operation *it, int number, uint32_t repair_cut, flash_tear tear)
{
	FUZZ_REQUIRE(mount_cut(repair_cut, tear) == STORE_OK, "mounting after a cut");
	if (number < 0)
		number = nvs_namespace_find(&store, it->name_space);
	other = before;
	if (number >= 0 || it->kind == ERASE_ALL)
		apply(&other, it, number);
	snapshot(&after);
	for (unsigned i = 0; i < before.count + other.count; i++) {
		const value *one = i < before.count ? &before.of[i] : &other.of[i - before.count];
		value *now = find(&after, one->number, one->key);

		FUZZ_REQUIRE(same(now, find(&before, one->number, one->key)) || same(now, find(&other, one->number, one->key)),
		             "cut in %d: %u/%s is neither old nor new", it->kind, one->number, one->key);
	}
	for (unsigned i = 0; i < after.count; i++)
		FUZZ_REQUIRE(find(&before, after.of[i].number, after.of[i].key) ||
		                 find(&other, after.of[i].number, after.of[i].key),
		             "cut in %d: %u/%s is new", it->kind, after.of[i].number, after.of[i].key);
	require_settled("after a cut");
}

/* Whether an operation came to its end, which is then its result; n 0: no cut. */
static bool perform_with_cut(const operation *it, uint32_t n, flash_tear tear, int *result)
{
	if (setjmp(cut))
		return false;
	flash_cut_at(n, tear);
	*result = perform(it);
	flash_cut_at(0, tear);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static operation it;
	fuzz_input input = { data, data + size };
	unsigned shape = fuzz_byte(&input), pages = 2 + shape % 4;
	flash_tear tear = (flash_tear)(shape / 4 % 3);

	flash_on_power_cut(power_cut);
	ram_flash_reset(shape);
	partition_size = pages * FLASH_SECTOR;
	nvs_image_make(&input, ram_flash, pages);
	ours = is_blank();
	if (mount_cut(fuzz_byte(&input), tear) != STORE_OK)
		return 0;
	require_settled("after mounting");
	snapshot(&before);
	for (unsigned n = 0; n < OPERATIONS_MAX && fuzz_more(&input); n++) {
		uint32_t cut_at = fuzz_byte(&input);
		int result = STORE_OK, number;

		read_operation(&input, &it);
		number = nvs_namespace_find(&store, it.name_space);
		/* half of the operations are not cut, the others early, late, or not either */
		if (!perform_with_cut(&it, cut_at < 128 ? 0 : cut_at - 127, tear, &result)) {
			require_either(&it, number, fuzz_byte(&input) % 32, tear);
			snapshot(&before);
			continue;
		}
		require_result(&it, result, number);
		if (result != STORE_OK)
			continue;
		if (it.kind == SET)
			number = nvs_namespace_find(&store, it.name_space);
		FUZZ_REQUIRE(it.kind != SET || number > 0, "a namespace without a number");
		apply(&before, &it, number);
		if (it.kind == SET) {
			value now = read_value((uint8_t)number, it.name_space, it.key);

			FUZZ_REQUIRE(same(&now, find(&before, (uint8_t)number, it.key)), "what was set is not read back");
		}
	}
	snapshot(&after);
	require_same(&after, &before, "at the end");
	require_settled("at the end");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power cut sweep: a scenario is run again and again, each time cut in its next flash operation. After mounting
 * each value must be what it was before or after the step that was cut, the repair must bear cuts too, and the rest of
 * the scenario must come to the same end.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "flash-image.h"
#include "nvs-format.h"
#include "nvs.h"
#include "store-test.h"

#define BASE 0x12000u
#define LONGEST 7000u
#define STEPS 90

static const struct {
	const char *name_space;
	const char *key;
} names[] = {
	{ "a", "count" }, { "a", "text" },  { "a", "blob" }, { "b", "count" },
	{ "b", "blob" },  { "b", "other" }, { "c", "late" },
};

#define NAMES (sizeof names / sizeof *names)

typedef struct {
	store_type type; /* STORE_ANY: there is none */
	uint32_t seed;   /* makes the value */
	size_t size;
} content;

typedef struct {
	content of[NAMES];
} contents;

typedef struct {
	enum { SET, ERASE, ERASE_NAMESPACE, ERASE_ALL } kind;
	unsigned name;
	content value;
} step;

static step steps[STEPS];
static nvs store;
static uint32_t size;
static jmp_buf cut;

static void power_cut(void)
{
	longjmp(cut, 1);
}

/* A blob of which every 32 bytes are an entry of their own: it must never be taken for one. */
static void fill_with_entries(const content *value, uint8_t *bytes)
{
	for (size_t i = 0; i < value->size; i += NVS_ENTRY_SIZE) {
		nvs_entry entry = {
			.name_space = (uint8_t)(1 + i / 32 % 3), .type = STORE_U8, .span = 1, .chunk = NVS_CHUNK_ANY
		};

		memcpy(entry.key, i / 32 % 2 ? "count" : "ghost", 6);
		entry.number[0] = (uint8_t)value->seed;
		entry.crc = nvs_entry_crc(&entry);
		memcpy(bytes + i, &entry, value->size - i < sizeof entry ? value->size - i : sizeof entry);
	}
}

static void fill(const content *value, uint8_t *bytes)
{
	uint32_t random = value->seed * 2654435761u + 1;

	if (value->type == STORE_BLOB && value->seed % 2) {
		fill_with_entries(value, bytes);
		return;
	}
	for (size_t i = 0; i < value->size; i++) {
		/* with runs of 0xFF, which look like nothing written */
		bytes[i] = (uint8_t)(random & 0x300 ? test_random(&random) : 0xff);
		if (bytes[i] == 0xff)
			random = random * 1664525u + 1013904223u;
		if (value->type == STORE_STRING)
			bytes[i] = (uint8_t)(i + 1 == value->size ? 0 : bytes[i] | 1);
	}
}

static void make_steps(uint32_t seed, bool crowded)
{
	static const store_type types[] = { STORE_U8, STORE_I16, STORE_U32, STORE_I64, STORE_STRING, STORE_BLOB };
	uint32_t random = seed;

	for (unsigned i = 0; i < STEPS; i++) {
		step *it = &steps[i];
		uint32_t draw = test_random(&random) % 40;

		it->kind = draw < 34 ? SET : draw < 38 ? ERASE : ERASE_NAMESPACE;
		if (i == 30)
			it->kind = ERASE_ALL;
		it->name = test_random(&random) % (i < 20 ? NAMES - 1 : NAMES);
		it->value.type = types[test_random(&random) % 6];
		it->value.seed = test_random(&random) % 3 + i / 8 * 3; /* now and then the value that is there */
		it->value.size = (size_t)it->value.type & 0x0f;
		if (it->value.type == STORE_STRING)
			it->value.size = 1 + test_random(&random) % (crowded ? 2200 : 700);
		if (it->value.type == STORE_BLOB)
			it->value.size = test_random(&random) % (i % 4 ? 1200 : crowded ? 3500 : LONGEST);
	}
}

static int do_step(const step *it)
{
	static uint8_t bytes[LONGEST];
	const char *name_space = names[it->name].name_space;

	switch (it->kind) {
	case SET:
		fill(&it->value, bytes);
		return nvs_set(&store, name_space, names[it->name].key, it->value.type, bytes, it->value.size);
	case ERASE:
		return nvs_erase(&store, name_space, names[it->name].key);
	case ERASE_NAMESPACE:
		return nvs_erase(&store, name_space, NULL);
	default:
		nvs_erase_all(BASE, size);
		return nvs_mount(&store, BASE, size);
	}
}

static void apply(contents *all, const step *it, int error)
{
	if (error && error != STORE_NOT_FOUND)
		return;
	for (unsigned name = 0; name < NAMES; name++) {
		bool same_space = strcmp(names[name].name_space, names[it->name].name_space) == 0;

		if (it->kind == SET && name == it->name)
			all->of[name] = it->value;
		else if (it->kind == ERASE_ALL || (it->kind == ERASE_NAMESPACE && same_space) ||
		         (it->kind == ERASE && name == it->name))
			all->of[name] = (content){ .type = STORE_ANY };
	}
}

static bool is(unsigned name, const content *wanted)
{
	static uint8_t got[LONGEST], bytes[LONGEST];
	store_type type = STORE_ANY;
	size_t length = sizeof got;
	int error = nvs_get(&store, names[name].name_space, names[name].key, &type, got, &length);

	if (wanted->type == STORE_ANY)
		return error == STORE_NOT_FOUND;
	fill(wanted, bytes);
	return error == STORE_OK && type == wanted->type && length == wanted->size && memcmp(got, bytes, length) == 0;
}

static bool count_entry(void *context, const store_entry *entry)
{
	(void)entry;
	++*(unsigned *)context;
	return true;
}

/* What was before or after a step; each value for itself when a whole namespace is erased. */
static bool is_either(const contents *before, const contents *after)
{
	unsigned there = 0, listed = 0;

	for (unsigned name = 0; name < NAMES; name++) {
		if (!is(name, &before->of[name]) && !is(name, &after->of[name]))
			return false;
		there += !is(name, &(content){ .type = STORE_ANY });
	}
	nvs_iterate(&store, NULL, count_entry, &listed);
	return listed == there;
}

static void save(uint8_t *image)
{
	flash_read(BASE, image, size);
}

static void restore(const uint8_t *image)
{
	flash_erase(BASE, size);
	flash_program(BASE, image, size);
}

/* Cuts each operation of the repair, then repairs what that leaves. */
static void sweep_repair(const contents *before, const contents *after, flash_tear tear, unsigned at)
{
	static uint8_t torn[8 * FLASH_SECTOR];
	uint32_t operations;

	save(torn);
	operations = flash_operations();
	CHECK(nvs_mount(&store, BASE, size) == STORE_OK, "mounting, cut %u", at);
	operations = flash_operations() - operations;
	for (volatile uint32_t n = 1; n <= operations; n++) {
		restore(torn);
		if (setjmp(cut) == 0) {
			flash_cut_at(n, tear);
			nvs_mount(&store, BASE, size);
			CHECK(false, "the repair has no operation %u now", (unsigned)n);
		}
		CHECK(nvs_mount(&store, BASE, size) == STORE_OK, "mounting, cut %u, repair %u", at, (unsigned)n);
		CHECK(is_either(before, after), "cut %u, then in its repair at %u, tear %d", at, (unsigned)n, tear);
	}
	if (operations)
		restore(torn);
}

static void sweep(flash_tear tear)
{
	contents start, final;
	uint32_t total;

	for (unsigned name = 0; name < NAMES; name++)
		start.of[name] = (content){ .type = STORE_ANY };
	flash_erase(BASE, size);
	CHECK(nvs_mount(&store, BASE, size) == STORE_OK, "blank");
	final = start;
	total = flash_operations();
	for (unsigned i = 0; i < STEPS; i++)
		apply(&final, &steps[i], do_step(&steps[i]));
	total = flash_operations() - total;
	CHECK(is_either(&final, &final), "without a cut");
	for (volatile uint32_t n = 1; n <= total; n++) {
		static contents now, next;
		static volatile unsigned i;
		uint32_t operations;
		bool gone_on;

		flash_erase(BASE, size);
		nvs_mount(&store, BASE, size);
		now = start;
		if (setjmp(cut) == 0) {
			flash_cut_at(n, tear);
			for (i = 0; i < STEPS; i++) {
				const step *it = &steps[i];

				/* only what fits changes anything; what does not is refused before the first operation */
				next = now;
				apply(&next, it, STORE_OK);
				if (do_step(it) == STORE_OK)
					now = next;
			}
			CHECK(false, "no operation %u", (unsigned)n);
		}
		sweep_repair(&now, &next, tear, n);
		CHECK(nvs_mount(&store, BASE, size) == STORE_OK, "mounting after cut %u", (unsigned)n);
		CHECK(is_either(&now, &next), "step %u, cut %u, tear %d", i, (unsigned)n, tear);
		operations = flash_operations();
		CHECK(nvs_mount(&store, BASE, size) == STORE_OK && flash_operations() == operations, "repaired at once");
		gone_on = steps[i].kind == ERASE_ALL && n % 2;
		if (gone_on) {
			/* go on with what the erasure has left: no other namespace may inherit it */
			for (unsigned name = 0; name < NAMES; name++)
				if (is(name, &next.of[name]))
					now.of[name] = next.of[name];
			i++;
			for (int back = NAMES - 1; back >= 0; back--) {
				step again = { SET, (unsigned)back, { STORE_U8, n, 1 } };

				apply(&now, &again, do_step(&again));
				CHECK(is_either(&now, &now), "cut %u, tear %d: going on", (unsigned)n, tear);
			}
		}
		/* the step again, and all after it */
		for (; i < STEPS; i++)
			apply(&now, &steps[i], do_step(&steps[i]));
		CHECK(is_either(&now, &now), "cut %u, tear %d: the end", (unsigned)n, tear);
		for (unsigned name = 0; name < NAMES && !gone_on; name++)
			CHECK(is(name, &final.of[name]), "cut %u, tear %d: another end", (unsigned)n, tear);
	}
}

void test_power_cut(void)
{
	static const struct {
		unsigned pages;
		uint32_t seed;
		bool crowded;
	} runs[] = { { 8, 11, false }, { 3, 12, true }, { 3, 14, true }, { 4, 13, true } };

	flash_on_power_cut(power_cut);
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		size = runs[i].pages * FLASH_SECTOR;
		make_steps(runs[i].seed, runs[i].crowded);
		/* half a byte more or less makes no difference to what is collected */
		for (int tear = i ? FLASH_TEAR_BITS : FLASH_TEAR_HALF; tear <= FLASH_TEAR_ANY; tear++)
			sweep((flash_tear)tear);
	}
	flash_cut_at(0, FLASH_TEAR_HALF);
	flash_erase(BASE, 0xe000);
	store_unmount("nvs");
}

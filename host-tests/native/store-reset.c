/* SPDX-License-Identifier: Apache-2.0 */
/* store_reset(): everything or nothing, wherever the power is cut, then again in what ends it at the next start. */
#include <setjmp.h>
#include <string.h>

#include "flash-image.h"
#include "nvs-format.h"
#include "store-test.h"
#include "store.h"

#define BASE 0x12000u
#define PAGES 14u
#define SIZE (PAGES * FLASH_SECTOR)
#define ENTRIES 126u /* of a page */
#define KEPT 3u      /* of each page */

static uint8_t image[SIZE];
static jmp_buf cut;

static void power_cut(void)
{
	longjmp(cut, 1);
}

static void key_of(unsigned page, unsigned entry, char key[STORE_NAME_MAX + 1])
{
	snprintf(key, STORE_NAME_MAX + 1, "%u-%u", page, entry);
}

static int set(unsigned page, unsigned entry)
{
	char key[STORE_NAME_MAX + 1];
	uint8_t value = (uint8_t)(page * 16 + entry);

	key_of(page, entry, key);
	return store_set(STORE_USER, "at", key, STORE_U8, &value, 1);
}

/*
 * Values in all pages but the first, whose namespace has moved behind them: of pages that are erased from the first on,
 * some values would be lost, and the others still be read.
 */
static void prepare(void)
{
	char key[STORE_NAME_MAX + 1];

	store_unmount(STORE_USER);
	flash_erase(BASE, SIZE);
	/* the namespace is an entry, too */
	for (unsigned page = 0; page < PAGES - 1; page++)
		for (unsigned entry = page ? 0 : 1; entry < ENTRIES; entry++)
			CHECK(set(page, entry) == STORE_OK, "%u of page %u", entry, page);
	for (unsigned page = 0; page < PAGES - 1; page++)
		for (unsigned entry = page ? KEPT : 1; entry < ENTRIES; entry++) {
			key_of(page, entry, key);
			CHECK(store_erase(STORE_USER, "at", key) == STORE_OK, "%s", key);
		}
	CHECK(set(PAGES, 0) == STORE_OK, "collects the first page");
	flash_read(BASE, image, SIZE);
	CHECK(image[0] == 0xff && image[FLASH_SECTOR] != 0xff, "the first page is free, the second is not");
}

/* @return how many of all values are there, none changed */
static unsigned there(void)
{
	unsigned count = 0;

	for (unsigned page = 1; page <= PAGES; page++)
		for (unsigned entry = 0; entry < (page == PAGES ? 1 : page < PAGES - 1 ? KEPT : 0); entry++) {
			char key[STORE_NAME_MAX + 1];
			store_type type = STORE_ANY;
			uint8_t value;
			size_t size = 1;

			key_of(page, entry, key);
			if (store_get(STORE_USER, "at", key, &type, &value, &size) == STORE_OK &&
			    value == (uint8_t)(page * 16 + entry))
				count++;
		}
	return count;
}

static void begin(void)
{
	store_unmount(STORE_USER);
	flash_erase(BASE, SIZE);
	flash_program(BASE, image, SIZE);
}

/* The next start, cut at its n-th operation, and the one after it. */
static void start_again(uint32_t n, flash_tear tear)
{
	if (setjmp(cut) == 0) {
		flash_cut_at(n, tear);
		store_unmount(STORE_USER);
		store_resume_reset();
	}
	flash_cut_at(0, tear);
	store_unmount(STORE_USER);
	store_resume_reset();
}

static void sweep(flash_tear tear)
{
	unsigned all = (PAGES - 2) * KEPT + 1;
	uint32_t total;

	begin();
	CHECK(there() == all, "%u of %u values", there(), all);
	total = flash_operations();
	CHECK(store_reset() == STORE_OK && there() == 0, "without a cut");
	total = flash_operations() - total;
	CHECK(total > all, "%u operations", (unsigned)total);
	for (volatile uint32_t n = 1; n <= total; n++) {
		begin();
		if (setjmp(cut) == 0) {
			flash_cut_at(n, tear);
			store_reset();
			CHECK(false, "no operation %u", (unsigned)n);
		}
		start_again(n / 2 + 1, tear);
		CHECK(there() == 0 || there() == all, "cut %u of %u, tear %d: %u of %u values", (unsigned)n, (unsigned)total,
		      tear, there(), all);
	}
}

void test_reset(void)
{
	flash_on_power_cut(power_cut);
	prepare();
	for (int tear = FLASH_TEAR_HALF; tear <= FLASH_TEAR_ANY; tear++)
		sweep((flash_tear)tear);
	flash_cut_at(0, FLASH_TEAR_HALF);
	/* without room for the mark, and in what is no NVS */
	store_unmount(STORE_USER);
	flash_erase(BASE, SIZE);
	for (unsigned i = 0; set(i / 200, i % 200) == STORE_OK; i++)
		;
	CHECK(store_reset() == STORE_OK && set(1, 1) == STORE_OK, "a full one");
	store_unmount(STORE_USER);
	flash_erase(BASE, SIZE);
	memset(image, 0x5a, SIZE);
	flash_program(BASE, image, SIZE);
	CHECK(store_reset() == STORE_OK && set(1, 1) == STORE_OK && there() == 1, "one that is none");
	flash_erase(BASE, SIZE);
	store_unmount(STORE_USER);
}

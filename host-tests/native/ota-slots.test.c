/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The twin's firmware slots: every way from one choice to the next, cut in each of its flash operations and torn in
 * each manner, and images and otadata of any bytes.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app-image.h"
#include "check.h"
#include "firmware.h"
#include "flash-image.h"
#include "ota-slots.h"

#define OTADATA 0x10000u
#define SLOT_SIZE 0x180000u

static const uint32_t slots[OTA_SLOTS] = { 0x100000u, 0x280000u };

static jmp_buf cut;

static void power_cut(void)
{
	longjmp(cut, 1);
}

static void install(int slot)
{
	const app_description description = { .version = "1.2.3", .project = "xs-at" };
	uint8_t image[APP_IMAGE_SIZE];

	app_image_make(image, &description);
	flash_erase(slots[slot], FLASH_SECTOR);
	flash_program(slots[slot], image, sizeof image);
}

/* Runs body with the power cut in its n-th operation. @return whether it came to its end */
static bool until_cut(void (*body)(void), uint32_t n, flash_tear tear)
{
	volatile bool whole = false;

	if (!setjmp(cut)) {
		flash_cut_at(n, tear);
		body();
		whole = true;
	}
	flash_cut_at(0, tear);
	return whole;
}

static int booted;

static void boot(void)
{
	booted = ota_slots_boot();
}

static void boot_and_get_ready(void)
{
	booted = -1;
	boot();
	ota_slots_ready();
}

static void select_other(void)
{
	CHECK(firmware_select_other(), "the other slot holds an image");
}

static void fresh(void)
{
	flash_erase(OTADATA, 2 * FLASH_SECTOR);
	install(0);
	install(1);
	boot_and_get_ready();
}

/* However often it is cut, one of the two starts, and from there the other one can be chosen. */
static void test_cuts(flash_tear tear)
{
	for (int switches = 0; switches < 4; switches++)
		for (uint32_t first = 1; first < 8; first++)
			for (uint32_t second = 1; second < 8; second++) {
				int before;

				fresh();
				for (int i = 0; i < switches; i++) {
					select_other();
					boot_and_get_ready();
				}
				before = booted;
				CHECK(before == switches % 2, "%d switches, but slot %d", switches, before);
				if (until_cut(select_other, first, tear))
					first = 8; /* there was nothing more to cut */
				until_cut(boot_and_get_ready, second, tear);
				boot_and_get_ready();
				CHECK(booted == 0 || booted == 1, "slot %d after cuts %u and %u", booted, first, second);
				before = booted;
				boot_and_get_ready();
				CHECK(booted == before, "what was ready stays: cuts %u and %u, %d then %d", first, second, before,
				      booted);
				select_other();
				boot_and_get_ready();
				CHECK(booted == !before, "the other one can still be chosen: cuts %u and %u", first, second);
			}
}

/* On trial: what does not get ready is given up; what is ready has not to prove it again. */
static void test_trial(void)
{
	fresh();
	CHECK(booted == 0, "the first slot at first");
	select_other();
	boot();
	CHECK(booted == 1, "the chosen one");
	boot();
	CHECK(booted == 0, "it did not get ready");
	boot();
	CHECK(booted == 0, "and is not tried again");
	select_other();
	boot_and_get_ready();
	boot();
	boot();
	CHECK(booted == 1, "ready once is enough");
}

static void test_first_image(void)
{
	app_description description;
	uint32_t before;

	flash_erase(slots[0], FLASH_SECTOR);
	flash_erase(slots[1], FLASH_SECTOR);
	CHECK(!app_image_check(slots[0], SLOT_SIZE, &description), "an empty slot");
	boot();
	CHECK(booted == 0 && app_image_check(slots[0], SLOT_SIZE, &description), "the twin's own image");
	CHECK(!strcmp(description.project, "xs-at"), "%s", description.project);
	CHECK(!firmware_select_other(), "there is no other");
	before = flash_operations();
	boot_and_get_ready();
	CHECK(flash_operations() == before, "a start with nothing to do writes nothing");
}

/* One bit anywhere in the image, but in what nobody looks at, is found. */
static void test_bits(void)
{
	uint8_t image[APP_IMAGE_SIZE], changed[APP_IMAGE_SIZE];
	app_description description;

	install(1);
	flash_read(slots[1], image, sizeof image);
	for (unsigned bit = 0; bit < 8 * APP_IMAGE_SIZE; bit++) {
		unsigned at = bit / 8;
		/* A segment longer by 4 or 8 takes in zeros, up to the same checksum. */
		bool same = at == 28 && (bit % 8 == 2 || bit % 8 == 3);
		bool looked_at = at <= 1 || at == 12 || at == 13 || (at >= 28 && at < 288 && !same) || at == APP_IMAGE_SIZE - 1;

		memcpy(changed, image, sizeof changed);
		changed[at] ^= (uint8_t)(1u << bit % 8);
		flash_erase(slots[1], FLASH_SECTOR);
		flash_program(slots[1], changed, sizeof changed);
		CHECK(app_image_check(slots[1], SLOT_SIZE, &description) == !looked_at, "bit %u of byte %u", bit % 8, at);
	}
}

/* Any bytes: whatever is made of them, nothing outside the slot is read, and the texts end. */
static void test_noise(uint32_t rounds)
{
	static uint8_t noise[2048];
	uint32_t state = 77;
	unsigned good = 0;

	for (uint32_t round = 0; round < rounds; round++) {
		app_description description;
		uint32_t room = test_random(&state) % sizeof noise;
		char json[768];

		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (uint8_t)test_random(&state);
		if (round % 4)
			memcpy(noise, (const uint8_t[]){ 0xe9, (uint8_t)(1 + round % 3) }, 2);
		if (round % 4 > 1)
			memcpy(noise + 12, (const uint8_t[]){ 2, 0 }, 2);
		if (round % 4 > 2)
			memcpy(noise + 28, (const uint8_t[]){ (uint8_t)(4 * noise[28]), 1, 0, 0 }, 4);
		flash_erase(slots[1], FLASH_SECTOR);
		flash_program(slots[1], noise, sizeof noise);
		good += app_image_check(slots[1], room < 64 ? 64 : room, &description);
		flash_erase(OTADATA, 2 * FLASH_SECTOR);
		flash_program(OTADATA, noise, 32);
		flash_program(OTADATA + FLASH_SECTOR, noise + 32, 32);
		boot_and_get_ready();
		CHECK(booted == 0 || booted == 1, "noise starts %d", booted);
		memset(json, 'x', sizeof json);
		ota_slots_describe(json, sizeof json);
		CHECK(memchr(json, 0, sizeof json) && json[strlen(json) - 1] == '}', "%.100s", json);
	}
	CHECK(good < rounds / 10, "%u of noise passed", good);
}

int main(void)
{
	char path[] = "/tmp/ota-slots-XXXXXX";
	int file = mkstemp(path);

	if (file < 0 || close(file) || !flash_open(path, true)) {
		printf("%s: %s\n", path, flash_error());
		return 1;
	}
	unlink(path);
	flash_on_power_cut(power_cut);
	test_first_image();
	test_trial();
	for (int tear = FLASH_TEAR_HALF; tear <= FLASH_TEAR_ANY; tear++)
		test_cuts((flash_tear)tear);
	test_bits();
	install(0);
	test_noise(500);
	flash_close();
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app-image.h"

#include <string.h>

#include "flash.h"

#define IMAGE_MAGIC 0xe9
#define CHIP_ESP32S2 2
#define SEGMENTS_MAX 16
#define CHECKSUM_SEED 0xef
/** The checksum is the last byte of a block of 16. */
#define CHECKSUM_BLOCK 16u

#define HEADER_SIZE 24u
#define HEADER_SEGMENTS 1
#define HEADER_CHIP 12
#define SEGMENT_HEADER_SIZE 8u
#define SEGMENT_LENGTH 4

#define DESCRIPTION_SIZE 256u
#define DESCRIPTION_MAGIC 0xabcd5432u
#define DESCRIPTION_VERSION 16
#define DESCRIPTION_PROJECT 48
/* Where the S2 sees the read-only data of its flash. */
#define DROM_ADDRESS 0x3f000020u

_Static_assert(APP_IMAGE_SIZE % CHECKSUM_BLOCK == 0 &&
                   APP_IMAGE_SIZE > HEADER_SIZE + SEGMENT_HEADER_SIZE + DESCRIPTION_SIZE,
               "room for the checksum");

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static bool add_segment(uint32_t address, uint32_t size, uint8_t *checksum)
{
	uint8_t bytes[256];

	while (size) {
		uint32_t part = size < sizeof(bytes) ? size : sizeof(bytes);

		if (!flash_read(address, bytes, part))
			return false;
		for (uint32_t i = 0; i < part; i++)
			*checksum ^= bytes[i];
		address += part;
		size -= part;
	}
	return true;
}

static bool describe(uint32_t address, app_description *description)
{
	uint8_t bytes[DESCRIPTION_SIZE];

	*description = (app_description){ 0 };
	if (!flash_read(address, bytes, sizeof(bytes)) || get32(bytes) != DESCRIPTION_MAGIC)
		return false;
	memcpy(description->version, bytes + DESCRIPTION_VERSION, APP_IMAGE_TEXT);
	memcpy(description->project, bytes + DESCRIPTION_PROJECT, APP_IMAGE_TEXT);
	return true;
}

bool app_image_check(uint32_t address, uint32_t room, app_description *description)
{
	uint8_t header[HEADER_SIZE], segment[SEGMENT_HEADER_SIZE], checksum = CHECKSUM_SEED, stored;
	uint32_t at = HEADER_SIZE;

	if (!flash_read(address, header, sizeof(header)) || header[0] != IMAGE_MAGIC || header[HEADER_SEGMENTS] == 0 ||
	    header[HEADER_SEGMENTS] > SEGMENTS_MAX || (header[HEADER_CHIP] | header[HEADER_CHIP + 1] << 8) != CHIP_ESP32S2)
		return false;
	for (int i = 0; i < header[HEADER_SEGMENTS]; i++) {
		uint32_t length;

		if (at > room - SEGMENT_HEADER_SIZE || !flash_read(address + at, segment, sizeof(segment)))
			return false;
		length = get32(segment + SEGMENT_LENGTH);
		at += SEGMENT_HEADER_SIZE;
		if (length % 4 || length > room - at || !add_segment(address + at, length, &checksum))
			return false;
		at += length;
	}
	at |= CHECKSUM_BLOCK - 1;
	return at < room && flash_read(address + at, &stored, 1) && stored == checksum &&
	       describe(address + HEADER_SIZE + SEGMENT_HEADER_SIZE, description);
}

void app_image_make(uint8_t image[APP_IMAGE_SIZE], const app_description *description)
{
	uint8_t *segment = image + HEADER_SIZE;
	uint8_t *bytes = segment + SEGMENT_HEADER_SIZE;
	uint8_t checksum = CHECKSUM_SEED;

	memset(image, 0, APP_IMAGE_SIZE);
	image[0] = IMAGE_MAGIC;
	image[HEADER_SEGMENTS] = 1;
	image[HEADER_CHIP] = CHIP_ESP32S2;
	put32(segment, DROM_ADDRESS);
	put32(segment + SEGMENT_LENGTH, DESCRIPTION_SIZE);
	put32(bytes, DESCRIPTION_MAGIC);
	memcpy(bytes + DESCRIPTION_VERSION, description->version, strnlen(description->version, APP_IMAGE_TEXT));
	memcpy(bytes + DESCRIPTION_PROJECT, description->project, strnlen(description->project, APP_IMAGE_TEXT));
	for (uint32_t i = 0; i < DESCRIPTION_SIZE; i++)
		checksum ^= bytes[i];
	image[APP_IMAGE_SIZE - 1] = checksum;
}

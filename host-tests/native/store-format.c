/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes on the flash, against a writer of its own that follows the IDF's documentation ("NVS Internals") and shares
 * nothing with the store: a blank partition is filled in order, so that every byte is known.
 */
#include <string.h>

#include "factory.h"
#include "flash-image.h"
#include "nvs.h"
#include "store-test.h"

#define PAGE 4096u
#define NVS_BASE 0x12000u
#define MFG_BASE 0x21000u
#define MFG_SIZE 0x1c000u

/* SHA-256 of what nvs_partition_gen.py makes of partitions/mfg_nvs.csv for the size of mfg_nvs. */
static const char made_by_tool[] = "6e36b2255398dd8558977569cc43eb6a1dc4f4e97e277e0a28c67310a46a2fdb";

/* --- the writer --- */

static uint8_t image[MFG_SIZE], flash_bytes[MFG_SIZE];
static size_t at; /* entry in the current page */
static size_t page;

static uint32_t crc32_of(uint32_t crc, const uint8_t *data, size_t size)
{
	crc = ~crc;
	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

static void put(uint8_t *to, uint32_t value, int bytes)
{
	while (bytes--) {
		*to++ = (uint8_t)value;
		value >>= 8;
	}
}

static void put_page(uint32_t state)
{
	uint8_t *header = image + page * PAGE;

	put(header, state, 4);
	put(header + 4, (uint32_t)page, 4);
	header[8] = 0xfe;
	put(header + 28, crc32_of(0xffffffff, header + 4, 24), 4);
}

static void put_entry(uint8_t ns, uint8_t type, uint8_t span, uint8_t chunk, const char *key, const uint8_t value[8])
{
	uint8_t *entry = image + page * PAGE + 64 + at * 32;
	uint8_t checked[28];

	memset(entry + 8, 0, 16);
	entry[0] = ns;
	entry[1] = type;
	entry[2] = span;
	entry[3] = chunk;
	memcpy(entry + 8, key, strlen(key));
	memcpy(entry + 24, value, 8);
	memcpy(checked, entry, 4);
	memcpy(checked + 4, entry + 8, 24);
	put(entry + 4, crc32_of(0xffffffff, checked, 28), 4);
	for (int i = 0; i < span; i++, at++)
		image[page * PAGE + 32 + at / 4] &= (uint8_t) ~(1u << at % 4 * 2);
}

static void put_number(uint8_t ns, uint8_t type, const char *key, uint32_t value)
{
	uint8_t bytes[8];

	memset(bytes, 0xff, 8);
	put(bytes, value, type & 0x0f);
	put_entry(ns, type, 1, 0xff, key, bytes);
}

static void put_data(uint8_t ns, uint8_t type, uint8_t chunk, const char *key, const uint8_t *data, size_t size)
{
	uint8_t bytes[8];

	memcpy(image + page * PAGE + 64 + (at + 1) * 32, data, size);
	put(bytes, (uint32_t)size, 2);
	put(bytes + 2, 0xffff, 2);
	put(bytes + 4, crc32_of(0xffffffff, data, size), 4);
	put_entry(ns, type, (uint8_t)(1 + (size + 31) / 32), chunk, key, bytes);
}

static void test_bytes(void)
{
	static uint8_t blob[6000];
	const uint8_t index[8] = { 6000 & 0xff, 6000 >> 8, 0, 0, 2, 0, 0xff, 0xff };
	const char *text = "thirty-two bytes, and one more..";
	size_t first;
	int16_t minus = -2;
	uint32_t seed = 5, value = 0x12345678;

	for (size_t i = 0; i < sizeof blob; i++)
		blob[i] = (uint8_t)test_random(&seed);
	memset(image, 0xff, sizeof image);
	page = at = 0;
	put_page(0xfffffffc);
	put_number(0, 0x01, "one", 1);
	put_number(1, 0x12, "minus", (uint32_t)minus);
	put_data(1, 0x21, 0xff, "text", (const uint8_t *)text, 33);
	put_number(0, 0x01, "two", 2);
	put_number(2, 0x04, "minus", value);
	first = (126 - at - 1) * 32;
	put_data(2, 0x42, 0, "blob", blob, first);
	page = 1;
	at = 0;
	put_page(0xfffffffe);
	put_data(2, 0x42, 1, "blob", blob + first, sizeof blob - first);
	put_entry(2, 0x48, 1, 0xff, "blob", index);

	CHECK(!store_erase_all("nvs"), "blank");
	CHECK(!store_set("nvs", "one", "minus", STORE_I16, &minus, 2), "i16");
	CHECK(!store_set("nvs", "one", "text", STORE_STRING, text, 33), "string");
	CHECK(!store_set("nvs", "two", "minus", STORE_U32, &value, 4), "u32");
	CHECK(!store_set("nvs", "two", "blob", STORE_BLOB, blob, sizeof blob), "blob");
	flash_read(NVS_BASE, flash_bytes, 3 * PAGE);
	for (size_t i = 0; i < 3 * PAGE; i++)
		CHECK(flash_bytes[i] == image[i], "byte 0x%zx is %02x, documented %02x", i, flash_bytes[i], image[i]);
}

/* A blob as version 1 of NVS stored it, an entry whose value lies behind it like a string's. */
static void test_old_blob(void)
{
	store_type type = STORE_ANY;
	uint8_t got[40];
	size_t size = sizeof got;

	memset(image, 0xff, sizeof image);
	page = at = 0;
	put_page(0xfffffffe);
	put_number(0, 0x01, "old", 1);
	put_data(1, 0x41, 0xff, "blob", (const uint8_t *)"forty bytes of a version 1 blob, no zero", 40);
	CHECK(!store_erase_all("nvs") && flash_program(NVS_BASE, image, PAGE), "image");
	CHECK(!store_get("nvs", "old", "blob", &type, got, &size) && type == STORE_BLOB && size == 40 &&
	          !memcmp(got, "forty", 5),
	      "an old blob is read");
	CHECK(!store_set("nvs", "old", "blob", STORE_BLOB, "new", 3), "and replaced");
	store_unmount("nvs");
	size = sizeof got;
	CHECK(!store_get("nvs", "old", "blob", &type, got, &size) && size == 3, "by a new one");
	CHECK(!store_erase_all("nvs"), "blank");
}

/* --- the same as the tool --- */

static uint32_t right(uint32_t value, int by)
{
	return value >> by | value << (32 - by);
}

/* FIPS 180-4; the constants are what its section 4.2.2 says: of the cube roots of the first primes. */
static void sha256(const uint8_t *data, size_t size, char hex[65])
{
	static const uint32_t k[64] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	};
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	size_t total = (size + 9 + 63) / 64 * 64;

	for (size_t block = 0; block < total; block += 64) {
		uint32_t w[64], v[8];

		for (size_t i = 0; i < 64; i++) {
			size_t n = block + i;
			uint8_t byte = n < size ? data[n] : n == size ? 0x80 : 0;

			if (n >= total - 8)
				byte = (uint8_t)((uint64_t)size * 8 >> (total - 1 - n) * 8);
			w[i / 4] = i % 4 ? w[i / 4] << 8 | byte : byte;
		}
		for (int i = 16; i < 64; i++)
			w[i] = w[i - 16] + w[i - 7] + (right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3) +
			       (right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10);
		memcpy(v, h, sizeof v);
		for (int i = 0; i < 64; i++) {
			uint32_t a = v[7] + (right(v[4], 6) ^ right(v[4], 11) ^ right(v[4], 25)) +
			             ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
			uint32_t b =
				(right(v[0], 2) ^ right(v[0], 13) ^ right(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

			memmove(v + 1, v, 7 * sizeof *v);
			v[4] += a;
			v[0] = a + b;
		}
		for (int i = 0; i < 8; i++)
			h[i] += v[i];
	}
	for (int i = 0; i < 8; i++)
		snprintf(hex + i * 8, 9, "%08x", (unsigned)h[i]);
}

/*
 * The tool opens every page but the last and closes them all, where the store leaves the page open and the others
 * blank. So much is done to the store's own bytes; the rest must be the tool's.
 */
static void test_manufacturing_data(void)
{
	char hex[65];

	flash_read(MFG_BASE, image, MFG_SIZE);
	for (page = 0; page < MFG_SIZE / PAGE - 1; page++)
		put_page(0xfffffffc);
	sha256(image, MFG_SIZE, hex);
	CHECK(strcmp(hex, made_by_tool) == 0, "mfg_nvs is %s", hex);
}

static void test_sizes(void)
{
	nvs store;

	flash_erase(NVS_BASE, 2 * FLASH_SECTOR);
	CHECK(nvs_mount(&store, NVS_BASE, FLASH_SECTOR) == STORE_IO, "one page has none to collect into");
	CHECK(nvs_mount(&store, NVS_BASE, 2 * FLASH_SECTOR + 100) == STORE_OK && store.page_count == 2,
	      "a rest is not used");
	CHECK(nvs_mount(&store, NVS_BASE, (NVS_PAGES_MAX + 1) * FLASH_SECTOR) == STORE_IO, "more than its table takes");
	store_unmount("nvs");
}

void test_format(void)
{
	test_manufacturing_data();
	test_bytes();
	test_old_blob();
	test_sizes();
}

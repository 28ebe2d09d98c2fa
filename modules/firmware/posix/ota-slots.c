/* SPDX-License-Identifier: Apache-2.0 */
#include "ota-slots.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "app-image.h"
#include "firmware.h"
#include "flash.h"
#include "partitions.h"

#ifndef XS_AT_COMMIT
#define XS_AT_COMMIT "0000000"
#endif

#define TYPE_APP 0x00
#define SUBTYPE_OTA_0 0x10
#define TYPE_DATA 0x01
#define SUBTYPE_OTADATA 0x00
#define BLANK 0xffffffffu

/* esp_ota_select_entry_t, one at the start of each of otadata's two sectors. */
typedef struct {
	uint32_t sequence; /* from 1; the slot is (sequence - 1) % slots */
	uint8_t label[20];
	uint32_t state;
	uint32_t crc; /* of the sequence */
} ota_entry;

_Static_assert(sizeof(ota_entry) == 32, "an entry of otadata");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "otadata is read and written in place");

static struct {
	partition_entry data, slots[OTA_SLOTS];
	atomic_int running; /* -1: none; set when the rest is */
} ota = { .running = -1 };

/* As the ROM's crc32_le, started with all ones: the register starts with their complement. */
static uint32_t crc32(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint32_t crc = 0;

	while (size--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static bool is_whole(const ota_entry *entry)
{
	return entry->sequence != BLANK && entry->crc == crc32(&entry->sequence, sizeof(entry->sequence));
}

static bool is_bootable(const ota_entry *entry)
{
	return is_whole(entry) && entry->state != OTA_INVALID && entry->state != OTA_ABORTED;
}

static void read_entries(ota_entry entries[OTA_SLOTS])
{
	for (unsigned i = 0; i < OTA_SLOTS; i++)
		if (!flash_read(ota.data.offset + i * FLASH_SECTOR, &entries[i], sizeof(*entries)))
			memset(&entries[i], 0xff, sizeof(*entries));
}

/* A cut in between leaves the entry blank or with a wrong sum; the other one, in its own sector, stays what it is. */
static void write_entry(unsigned index, uint32_t sequence, uint32_t state)
{
	uint32_t address = ota.data.offset + index * FLASH_SECTOR;
	ota_entry entry;

	memset(&entry, 0xff, sizeof(entry));
	entry.sequence = sequence;
	entry.state = state;
	entry.crc = crc32(&sequence, sizeof(sequence));
	flash_erase(address, FLASH_SECTOR);
	flash_program(address, &entry, sizeof(entry));
}

/* The bootable entry with the higher sequence, -1 for none. */
static int active(const ota_entry entries[OTA_SLOTS])
{
	bool first = is_bootable(&entries[0]);
	bool second = is_bootable(&entries[1]);

	if (first && second)
		return entries[1].sequence > entries[0].sequence;
	return first ? 0 : second ? 1 : -1;
}

static int slot_of(const ota_entry *entry)
{
	return (int)((entry->sequence - 1) % OTA_SLOTS);
}

static bool holds_image(int slot, app_description *description)
{
	return app_image_check(ota.slots[slot].offset, ota.slots[slot].size, description);
}

static bool find_partitions(void)
{
	if (!partition_find(TYPE_DATA, SUBTYPE_OTADATA, NULL, &ota.data) || ota.data.size < 2 * FLASH_SECTOR)
		return false;
	for (int i = 0; i < OTA_SLOTS; i++)
		if (!partition_find(TYPE_APP, SUBTYPE_OTA_0 + i, NULL, &ota.slots[i]))
			return false;
	return true;
}

/* The first slot gets the twin's own image: this flash is new, or older than slots in the twin. */
static void install(void)
{
	static const app_description description = { .project = "xs-at", .version = XS_AT_COMMIT };
	uint8_t image[APP_IMAGE_SIZE];

	app_image_make(image, &description);
	flash_erase(ota.slots[0].offset, FLASH_SECTOR);
	flash_program(ota.slots[0].offset, image, sizeof(image));
}

int ota_slots_boot(void)
{
	app_description unused;
	ota_entry entries[OTA_SLOTS];
	int chosen, slot;

	if (!find_partitions())
		return -1;
	if (!holds_image(0, &unused) && !holds_image(1, &unused))
		install();
	read_entries(entries);
	for (unsigned i = 0; i < OTA_SLOTS; i++)
		if (is_whole(&entries[i]) && entries[i].state == OTA_PENDING_VERIFY) {
			write_entry(i, entries[i].sequence, OTA_ABORTED);
			entries[i].state = OTA_ABORTED;
		}
	chosen = active(entries);
	slot = chosen < 0 ? 0 : slot_of(&entries[chosen]);
	if (chosen >= 0 && entries[chosen].state == OTA_NEW)
		write_entry((unsigned)chosen, entries[chosen].sequence, OTA_PENDING_VERIFY);
	if (!holds_image(slot, &unused))
		slot = !slot;
	if (chosen < 0 && !is_whole(&entries[0]) && !is_whole(&entries[1]))
		write_entry(0, (uint32_t)slot + 1, OTA_VALID);
	atomic_store(&ota.running, slot);
	return slot;
}

void ota_slots_ready(void)
{
	int running = atomic_load(&ota.running);
	ota_entry entries[OTA_SLOTS];
	int chosen;

	if (running < 0)
		return;
	read_entries(entries);
	chosen = active(entries);
	if (chosen >= 0 && slot_of(&entries[chosen]) == running && entries[chosen].state == OTA_PENDING_VERIFY)
		write_entry((unsigned)chosen, entries[chosen].sequence, OTA_VALID);
}

bool firmware_select_other(void)
{
	app_description unused;
	ota_entry entries[OTA_SLOTS];
	int running = atomic_load(&ota.running);
	int other = !running;
	int chosen;

	if (running < 0 || !holds_image(other, &unused))
		return false;
	read_entries(entries);
	chosen = active(entries);
	if (chosen < 0)
		write_entry(0, (uint32_t)other + 1, OTA_NEW);
	else if (slot_of(&entries[chosen]) == other)
		write_entry((unsigned)chosen, entries[chosen].sequence, OTA_NEW);
	else
		write_entry(!chosen, entries[chosen].sequence + 1, OTA_NEW);
	return true;
}

/* What a description holds may be any bytes. */
static void put_text(char *to, size_t size, const char *text)
{
	size_t at = 0;

	for (; *text && at + 1 < size; text++)
		to[at++] = *text >= ' ' && *text < 0x7f && *text != '"' && *text != '\\' ? *text : '?';
	to[at] = 0;
}

static const char *state_of(int slot, const ota_entry entries[OTA_SLOTS])
{
	static const char *const names[] = { "new", "pending", "valid", "invalid", "aborted" };

	for (int i = 0; i < OTA_SLOTS; i++)
		if (is_whole(&entries[i]) && slot_of(&entries[i]) == slot)
			return entries[i].state <= OTA_ABORTED ? names[entries[i].state] : "undefined";
	return "undefined";
}

void ota_slots_describe(char *json, size_t size)
{
	int running = atomic_load(&ota.running);
	ota_entry entries[OTA_SLOTS];
	size_t at;

	if (running < 0) {
		snprintf(json, size, "{\"running\":null,\"slots\":[]}");
		return;
	}
	read_entries(entries);
	at = (size_t)snprintf(json, size, "{\"running\":\"%s\",\"slots\":[", ota.slots[running].label);
	for (int i = 0; i < OTA_SLOTS && at < size; i++) {
		char version[APP_IMAGE_TEXT + 1], project[APP_IMAGE_TEXT + 1];
		app_description description;
		bool image = holds_image(i, &description);

		put_text(version, sizeof(version), image ? description.version : "");
		put_text(project, sizeof(project), image ? description.project : "");
		at += (size_t)snprintf(
			json + at, size - at,
			"%s{\"label\":\"%s\",\"image\":%s,\"version\":\"%s\",\"project\":\"%s\",\"state\":\"%s\"}", i ? "," : "",
			ota.slots[i].label, image ? "true" : "false", version, project, state_of(i, entries));
	}
	if (at < size)
		snprintf(json + at, size - at, "]}");
}

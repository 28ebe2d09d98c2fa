/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two slots of the twin's flash image and the partition otadata, in the formats of the IDF's boot loader with
 * roll-back on. Whichever slot is chosen, what runs is the twin.
 */
#ifndef XS_AT_OTA_SLOTS_H
#define XS_AT_OTA_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** States in otadata (esp_ota_img_states_t). */
typedef enum {
	OTA_NEW = 0,
	OTA_PENDING_VERIFY = 1,
	OTA_VALID = 2,
	OTA_INVALID = 3,
	OTA_ABORTED = 4,
} ota_state;

#define OTA_SLOTS 2

/**
 * What the boot loader does: chooses a slot, puts a new one on trial, and gives up one that was on trial and did not
 * get ready. A flash in which no slot holds an image gets the twin's own in the first one.
 *
 * @return the slot, 0 or 1; -1 when the flash has no such partitions
 */
int ota_slots_boot(void);

/** `ready` was said: the slot that runs is good. */
void ota_slots_ready(void);

/** What is in the slots, as JSON for the control socket. */
void ota_slots_describe(char *json, size_t size);

#endif

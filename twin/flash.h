/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The twin's flash: 4 MB in a file, under the rules of NOR flash. Programming clears bits, only erasing sets them, and
 * that by whole sectors. A file belongs to one process at a time.
 *
 * Any task may call; an operation is never seen half done by another, except by the power cut.
 */
#ifndef XS_AT_TWIN_FLASH_H
#define XS_AT_TWIN_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "partition-table.h"

#define FLASH_SIZE 0x400000u
#define FLASH_SECTOR 0x1000u
/** What the chip programs at a time; a longer program is several operations. */
#define FLASH_PAGE 0x100u

/**
 * Opens an image, made when missing: 0xFF and both partition tables.
 *
 * @param factory start from an empty one
 * @return false when that cannot be; flash_error() says why, with the process that has it when there is one
 */
bool flash_open(const char *path, bool factory);

/** Takes over an image from before execv(), by the number that flash_hand_over() gave. */
bool flash_adopt(int descriptor);

/** The descriptor that carries image and lock through the next execv(). */
int flash_hand_over(void);

void flash_close(void);

/** Why the last flash_open() or flash_adopt() failed: one line without its end. */
const char *flash_error(void);

/** Whether flash_open() made the image anew: the manufacturing data is still to be written. */
bool flash_is_new(void);

/** Addresses and sizes in bytes. False when they are outside the flash, or no multiple of a sector in flash_erase. */
bool flash_read(uint32_t address, void *buffer, size_t size);
bool flash_program(uint32_t address, const void *data, size_t size);
bool flash_erase(uint32_t address, size_t size);

/** Operations since start: programs of up to one flash page and erasures of one sector. */
uint32_t flash_operations(void);

/** How far the operation in which the power is cut has come. Each is repeatable. */
typedef enum {
	FLASH_TEAR_HALF, /* the first half of its bytes is done */
	FLASH_TEAR_BITS, /* the first half, and in the byte after it some of the bits */
	FLASH_TEAR_ANY,  /* some bits of any byte; of a sector to be erased, some flash pages */
} flash_tear;

/** Cuts the power in the n-th operation from now, n from 1; 0 takes that back. */
void flash_cut_at(uint32_t n, flash_tear tear);

/** Whom the cut calls, after the operation has been left half done; it must not return. */
void flash_on_power_cut(void (*power_cut)(void));

/* --- partitions, read from the image's own tables --- */

/** In place of a type or subtype: any. */
#define FLASH_ANY (-1)

typedef struct {
	partition_entry entry;
	bool secondary; /* of the table that the host MCU may change, and that AT+SYSFLASH? tells */
} flash_partition;

/** The index-th partition, those of the primary table first; false when there are fewer, or it leaves the flash. */
bool flash_partition_at(unsigned index, flash_partition *partition);

/** The first partition that fits; label may be NULL. */
bool flash_partition_find(int type, int subtype, const char *label, partition_entry *entry);

#endif

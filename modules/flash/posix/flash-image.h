/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The twin's flash: flash.h on 4 MB in a file. A file belongs to one process at a time; an operation is never seen half
 * done by another task, except by the power cut.
 */
#ifndef XS_AT_FLASH_IMAGE_H
#define XS_AT_FLASH_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flash.h"

/** What a new image has: the binary partition tables, without the 0xFF behind them. scripts/partitions.mjs makes them.
 */
extern const uint8_t partition_table[];
extern const size_t partition_table_size;
extern const uint8_t customize_table[];
extern const size_t customize_table_size;

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

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main flash chip, under the rules of NOR flash: programming clears bits, only erasing sets them, and that by whole
 * sectors. On the chip the IDF's driver, on the twin an image file (posix/flash-image.h). Partitions are in
 * partitions.h.
 *
 * Any task may call. Reading and programming take some 0.1 ms and 1 ms for each 256 bytes; erasing takes some 30 ms a
 * sector, so it is the worker's, as are programs of more than that.
 */
#ifndef XS_AT_FLASH_H
#define XS_AT_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What partitions/ is laid out for. */
#define FLASH_SIZE 0x400000u
#define FLASH_SECTOR 0x1000u
/** What the chip programs at a time; a longer program is several operations. */
#define FLASH_PAGE 0x100u

/** Addresses and sizes in bytes. False when they are outside the flash, or no multiple of a sector in flash_erase. */
bool flash_read(uint32_t address, void *buffer, size_t size);
bool flash_program(uint32_t address, const void *data, size_t size);
bool flash_erase(uint32_t address, size_t size);

#endif

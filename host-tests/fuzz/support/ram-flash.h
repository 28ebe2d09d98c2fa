/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of flash.h and flash-image.h on a small memory of the target's own, under the rules of NOR flash. How
 * a cut tears an operation depends on nothing but the input, so that a finding can be repeated.
 */
#ifndef XS_AT_FUZZ_RAM_FLASH_H
#define XS_AT_FUZZ_RAM_FLASH_H

#include "flash-image.h"

#define RAM_FLASH_SIZE (8u * FLASH_SECTOR)

extern uint8_t ram_flash[RAM_FLASH_SIZE];

/** Everything erased, no cut; the seed is that of torn operations. */
void ram_flash_reset(uint32_t seed);

#endif

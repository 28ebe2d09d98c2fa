/* SPDX-License-Identifier: Apache-2.0 */
/* What registers.c asks of the system below. XS task; addresses are registers.ts's to check. */
#ifndef XS_AT_REGISTERS_H
#define XS_AT_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

uint32_t register_read(uint32_t address);

/** @return false when it cannot be kept */
bool register_write(uint32_t address, uint32_t value);

#endif

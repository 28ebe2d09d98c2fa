/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of a chip without peripherals: each is 0 until it is written, and keeps what it is given until a reset. */
#include <stddef.h>

#include "registers.h"

#define REGISTERS_MAX 64

static struct {
	uint32_t address, value;
} file[REGISTERS_MAX];

static size_t used;

uint32_t register_read(uint32_t address)
{
	for (size_t i = 0; i < used; i++)
		if (file[i].address == address)
			return file[i].value;
	return 0;
}

bool register_write(uint32_t address, uint32_t value)
{
	size_t at = 0;

	while (at < used && file[at].address != address)
		at++;
	if (at == REGISTERS_MAX)
		return false;
	if (at == used)
		file[used++].address = address;
	file[at].value = value;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "registers.h"

#include "soc/soc.h"

uint32_t register_read(uint32_t address)
{
	return REG_READ(address);
}

bool register_write(uint32_t address, uint32_t value)
{
	REG_WRITE(address, value);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of registers.ts. */
#include "registers.h"

#include "xsmc.h"

void xs_registers_destructor(void *data)
{
	(void)data;
}

void xs_registers(xsMachine *the)
{
	(void)the;
}

void xs_registers_read(xsMachine *the)
{
	xsmcSetNumber(xsResult, (xsNumberValue)register_read((uint32_t)xsmcToNumber(xsArg(0))));
}

void xs_registers_write(xsMachine *the)
{
	uint32_t address = (uint32_t)xsmcToNumber(xsArg(0));

	xsmcSetBoolean(xsResult, register_write(address, (uint32_t)xsmcToNumber(xsArg(1))));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "platform.h"
#include "services.h"

#ifndef XS_AT_COMMIT
#define XS_AT_COMMIT "0000000"
#endif

void xs_log(xsMachine *the)
{
	platform_log("%s", xsmcToString(xsArg(0)));
}

void xs_system_destructor(void *data)
{
	(void)data;
}

void xs_system(xsMachine *the)
{
	platform_start(the);
}

void xs_system_memory(xsMachine *the)
{
	uint32_t values[2];

	platform_memory(&values[0], &values[1]);
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 2);
	for (int i = 0; i < 2; i++) {
		xsmcSetInteger(xsVar(0), (xsIntegerValue)values[i]);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}

void xs_system_time(xsMachine *the)
{
	xsmcSetNumber(xsResult, (xsNumberValue)platform_wall_clock());
}

void xs_system_setTime(xsMachine *the)
{
	platform_set_wall_clock((int64_t)xsmcToNumber(xsArg(0)));
}

void xs_system_build(xsMachine *the)
{
	const char *texts[] = { XS_AT_COMMIT, __DATE__ " " __TIME__, platform_version() };

	xsmcVars(1);
	xsmcSetNewArray(xsResult, 3);
	for (int i = 0; i < 3; i++) {
		xsmcSetString(xsVar(0), (xsStringValue)texts[i]);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}

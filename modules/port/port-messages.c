/* SPDX-License-Identifier: Apache-2.0 */
/* The natives of port.ts about what becomes of messages: filters, and waking the host. */
#include "binary.h"
#include "pins.h"
#include "port-state.h"
#include "xsmc.h"

/* --- filters --- */

typedef struct {
	uint8_t head[BRE_PATTERN_MAX], tail[BRE_PATTERN_MAX];
	size_t head_size, tail_size;
} expressions;

static void get_expressions(xsMachine *the, expressions *out)
{
	out->head_size = binary_get(the, &xsArg(0), out->head, sizeof(out->head));
	out->tail_size = binary_get(the, &xsArg(1), out->tail, sizeof(out->tail));
	if (out->head_size > BRE_PATTERN_MAX || out->tail_size > BRE_PATTERN_MAX)
		xsRangeError("length of a regular expression");
}

void xs_port_addFilter(xsMachine *the)
{
	expressions given;
	filter_error error;

	get_expressions(the, &given);
	error = filter_add(given.head, given.head_size, given.tail, given.tail_size);
	xsmcSetInteger(xsResult, (xsIntegerValue)error);
}

void xs_port_removeFilter(xsMachine *the)
{
	expressions given;
	bool removed;

	get_expressions(the, &given);
	removed = filter_remove(given.head, given.head_size, given.tail, given.tail_size);
	xsmcSetBoolean(xsResult, removed);
}

void xs_port_clearFilters(xsMachine *the)
{
	(void)the;
	filter_clear();
}

void xs_port_filterText(xsMachine *the)
{
	size_t size;
	const uint8_t *text = filter_text((unsigned)xsmcToInteger(xsArg(0)), xsmcToBoolean(xsArg(1)), &size);

	if (text)
		binary_set(the, &xsResult, text, size);
}

void xs_port_filter(xsMachine *the)
{
	filter_enable(xsmcToBoolean(xsArg(0)));
}

void xs_port_filters(xsMachine *the)
{
	xsmcSetBoolean(xsResult, port.filters.enabled);
}

/* --- waking the host --- */

void xs_port_wakeHost(xsMachine *the)
{
	int mode = xsmcToInteger(xsArg(0));
	int number = xsmcToInteger(xsArg(1));
	int signal = xsmcToInteger(xsArg(2));
	int delay = xsmcToInteger(xsArg(3));
	wake_config config = { .mode = (wake_mode)mode,
		                   .pin = (uint8_t)number,
		                   .signal = (uint8_t)signal,
		                   .check = (uint8_t)xsmcToInteger(xsArg(4)),
		                   .delay = (uint32_t)delay };
	bool done;

	if (mode < WAKE_OFF || mode > WAKE_UART || delay < 0 || delay > WAKE_DELAY_MAX || signal < 0 || signal > UINT8_MAX)
		xsRangeError("no such way to wake");
	done = (mode != WAKE_PIN || (number >= 0 && number < PIN_COUNT)) && wake_configure(&config);
	xsmcSetBoolean(xsResult, done);
}

void xs_port_hostSleeps(xsMachine *the)
{
	bool taken = wake_report(xsmcToBoolean(xsArg(0)), (unsigned)xsmcToInteger(xsArg(1)));

	xsmcSetBoolean(xsResult, taken);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of port.ts: how data phases and passthrough begin, and what becomes of collected bytes. */
#include "binary.h"
#include "port-xs.h"
#include "transmit.h"

void port_set_sink(unsigned id, port_sink *sink)
{
	port.sinks[id] = sink;
}

static port_sink *sink_of(xsMachine *the, int id)
{
	if (id < 0 || id >= PORT_SINKS || !port.sinks[id])
		xsRangeError("no such sink");
	return port.sinks[id];
}

static void put_prompt(port_mode mode)
{
	platform_lock_take(&port.lock);
	port_put(port_ok, strlen(port_ok), 0);
	port_put(port_prompt, strlen(port_prompt), 0);
	atomic_store(&port.claimed, false);
	atomic_store(&port.mode, mode);
	platform_lock_give(&port.lock);
	platform_wake_io();
}

/* prompt(size, sink, announce): sink -1 collects in memory. */
void xs_port_prompt(xsMachine *the)
{
	int size = xsmcToInteger(xsArg(0));
	int id = xsmcToInteger(xsArg(1));
	bool announce = xsmcToBoolean(xsArg(2));

	if (size < 1 || (id < 0 && size > (1 << 20)))
		xsRangeError("size of a data phase");
	if (id >= 0 && size > PORT_RECEIVE_RING && !sink_of(the, id)->streams)
		xsRangeError("size of a data phase to a link");
	port.sink = NULL;
	platform_free(port.memory); /* of a phase whose command did not take it */
	port.memory = NULL;
	port.broken = port.expands = false;
	if (id >= 0)
		port.sink = sink_of(the, id);
	else if (!(port.memory = platform_alloc((size_t)size + 1)))
		xsUnknownError("out of memory");
	port.data_size = port.data_left = (uint32_t)size;
	port.announce = announce;
	port_finish_line();
	put_prompt(PORT_DATA);
}

void xs_port_data(xsMachine *the)
{
	if (!port.memory)
		return;
	binary_set(the, &xsResult, port.memory, port.data_size);
	platform_free(port.memory);
	port.memory = NULL;
}

uint8_t *port_take_data(size_t *size)
{
	uint8_t *memory = port.memory;

	*size = port.data_size;
	port.memory = NULL;
	return memory;
}

static void prepare_passthrough(port_sink *sink, int guard, int interval)
{
	platform_free(port.memory); /* of a phase whose command did not take it: bytes come from the ring now */
	port.memory = NULL;
	port.sink = sink;
	port.block = PORT_PASS_BLOCK;
	port.lost = 0;
	port.broken = false;
	port.guard = (uint16_t)guard;
	port.interval = (uint16_t)interval;
	port.sink_blocked = false;
	port.oldest = platform_now();
	escape_init(&port.escape, port.guard, port.oldest);
}

/* expand(size): a data phase in memory where backslashes mean something (AT+CIPSENDEX). */
void xs_port_expand(xsMachine *the)
{
	int size = xsmcToInteger(xsArg(0));

	if (size < 1 || size > (1 << 20))
		xsRangeError("size of a data phase");
	platform_free(port.memory);
	port.sink = NULL;
	port.memory = platform_alloc((size_t)size);
	if (!port.memory)
		xsUnknownError("out of memory");
	port.data_size = port.data_left = (uint32_t)size;
	port.expanded = 0;
	port.expands = port.announce = true;
	port.backslash = port.broken = false;
	port_finish_line();
	put_prompt(PORT_DATA);
}

void xs_port_dataSize(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)port.data_size);
}

/* forward(sink): what was collected in memory goes to a sink. */
void xs_port_forward(xsMachine *the)
{
	port.sink = sink_of(the, xsmcToInteger(xsArg(0)));
	port.data_left = port.data_size;
	port_set_mode(PORT_SENDING);
}

/* stream(sink, size, block, interval, report, guard): data that are sent while they come (AT+CIPSENDL). */
void xs_port_stream(xsMachine *the)
{
	int size = xsmcToInteger(xsArg(1)), pass_block = xsmcToInteger(xsArg(2));

	if (size < 1 || pass_block < 1 || pass_block > PORT_PASS_BLOCK)
		xsRangeError("size of data or of a block");
	prepare_passthrough(sink_of(the, xsmcToInteger(xsArg(0))), xsmcToInteger(xsArg(5)), xsmcToInteger(xsArg(3)));
	port.block = (uint16_t)pass_block;
	port.report = (uint32_t)xsmcToInteger(xsArg(4));
	port.reported = 0;
	port.cancelled = false;
	port.announce = false;
	port.data_size = port.data_left = (uint32_t)size;
	port_finish_line();
	put_prompt(PORT_STREAMING);
}

/* startPassing(guard, interval): the bytes wait for a link to be attached. */
void xs_port_startPassing(xsMachine *the)
{
	prepare_passthrough(NULL, xsmcToInteger(xsArg(0)), xsmcToInteger(xsArg(1)));
	port_say_ready(PORT_PASSTHROUGH);
}

/* pass(sink, guard, interval): passthrough until +++; it is the end of the command, so no result follows. */
void xs_port_pass(xsMachine *the)
{
	prepare_passthrough(sink_of(the, xsmcToInteger(xsArg(0))), xsmcToInteger(xsArg(1)), xsmcToInteger(xsArg(2)));
	port_finish_line();
	put_prompt(PORT_PASSTHROUGH);
}

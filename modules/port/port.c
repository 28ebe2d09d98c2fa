/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The half of the port that runs on the XS task: the entry into the callbacks of port.ts, and its natives of lines,
 * answers and events. Those of parameters: port-call.c; of data phases: port-phases.c; of the UART: port-settings.c.
 */
#include <stdio.h>

#include "binary.h"
#include "port-xs.h"
#include "services.h"
#include "transmit.h"

static xsSlot on_line, on_event, on_failure, self;
static bool dispatching; /* a line is in hand, and its command has neither ended nor been suspended */
static bool holding;     /* its answer comes in parts, and nothing may come between */
static bool suspending;  /* the command in hand returned a promise; it may still end with this turn's jobs */
static bool staying;     /* or with the I/O task's next turn: lines wait for it, and are not answered busy */

/* --- from the I/O task into JavaScript --- */

/* What follows the name of a command tells its form (guide 3.12). The numbers are those of port.ts. */
typedef enum { FORM_EXECUTE, FORM_SET, FORM_QUERY, FORM_TEST } command_form;

void port_set_mode(port_mode mode)
{
	atomic_store(&port.mode, mode);
	platform_wake_io();
}

void port_finish_line(void)
{
	if (!dispatching)
		return;
	platform_lock_take(&port.lock);
	dispatching = false;
	line_reset(&port.line);
	platform_lock_give(&port.lock);
}

/* The result of a command: with it the port may take the next line. The numbers are those of port.ts. */
typedef enum { RESULT_OK, RESULT_ERROR, RESULT_SEND_OK, RESULT_SEND_FAIL, RESULT_NONE, RESULT_CANCELLED } port_result;

static void give_result(port_result kind, uint32_t number)
{
	static const char *const results[] = {
		port_ok, port_error, "\r\nSEND OK\r\n", "\r\nSEND FAIL\r\n", "", "\r\nSEND CANCELLED\r\n",
	};
	bool own_line = dispatching;
	port_mode mode;
	char text[24];

	platform_lock_take(&port.lock);
	dispatching = suspending = staying = holding = false;
	if (own_line)
		line_reset(&port.line);
	if (kind == RESULT_ERROR) {
		port.errors++;
		if (port.error_numbers)
			port_put(text, (size_t)snprintf(text, sizeof(text), "ERR CODE:0x%08x\r\n", (unsigned)number), 0);
	}
	port_put(results[kind], strlen(results[kind]), 0);
	atomic_store(&port.claimed, false);
	mode = atomic_load(&port.mode);
	/* AT+RST may have come meanwhile: that line is XS's now, whatever command ends. Passthrough ends by +++ alone. */
	if ((own_line || mode != PORT_HANDED) && mode != PORT_PASSTHROUGH && mode != PORT_LEAVING)
		atomic_store(&port.mode, PORT_COMMAND);
	platform_lock_give(&port.lock);
	platform_wake_io();
}

static void enter_line(xsMachine *the, void *context)
{
	uint8_t *line = port.line.text;
	size_t length = port.line.length;
	uint8_t *equals = memchr(line, '=', length);
	size_t name = equals ? (size_t)(equals - line) : length;
	command_form form = equals ? FORM_SET : FORM_EXECUTE;

	(void)context;
	if (!equals && line[length - 1] == '?') {
		form = FORM_QUERY;
		name = length - 1;
	} else if (equals && length == name + 2 && line[length - 1] == '?')
		form = FORM_TEST;
	port_parameters.text = line + name + 1;
	port_parameters.size = equals ? length - name - 1 : 0;
	xsmcVars(3);
	binary_set(the, &xsVar(0), line, name);
	xsmcSetInteger(xsVar(1), form);
	dispatching = true;
	xsTry
	{
		xsVar(2) = xsCallFunction2(on_line, self, xsVar(0), xsVar(1));
		if (dispatching && !suspending) {
			if (xsmcTypeOf(xsVar(2)) == xsIntegerType)
				give_result(RESULT_ERROR, (uint32_t)xsmcToInteger(xsVar(2)));
			else
				give_result(RESULT_OK, 0);
		}
	}
	xsCatch
	{
		xsVar(0) = xsException;
		xsCallFunction1(on_failure, self, xsVar(0));
	}
}

static void enter_event(xsMachine *the, void *context)
{
	xsmcVars(1);
	xsmcSetInteger(xsVar(0), (xsIntegerValue) * (unsigned *)context);
	xsCallFunction1(on_event, self, xsVar(0));
}

static void suspend(void)
{
	suspending = false;
	if (!dispatching)
		return;
	port_finish_line();
	platform_lock_take(&port.lock);
	if (!holding)
		atomic_store(&port.claimed, false);
	if (atomic_load(&port.mode) == PORT_HANDED)
		atomic_store(&port.mode, PORT_PENDING);
	platform_lock_give(&port.lock);
	platform_wake_io();
}

static void port_service(xsMachine *the)
{
	unsigned events = atomic_exchange(&port.events, 0);
	unsigned others = events & ~(unsigned)PORT_EVENT_LINE;

	if (suspending && !staying)
		suspend();
	if (others)
		services_enter(the, enter_event, &others);
	if (!(events & PORT_EVENT_LINE))
		return;
	services_enter(the, enter_line, NULL);
	if (dispatching && !suspending) {
		/* An exception got past the dispatcher; the host must still have its answer. */
		port_finish_line();
		platform_lock_take(&port.lock);
		port_put(port_error, strlen(port_error), 0);
		atomic_store(&port.claimed, false);
		platform_lock_give(&port.lock);
		port_set_mode(PORT_COMMAND);
	}
}

/* Promise jobs run between two turns; a command that has not ended by then is pending. */
static uint32_t port_due(uint32_t now)
{
	(void)now;
	return suspending && !staying ? 0 : UINT32_MAX;
}

static service port_services = { .run = port_service, .due = port_due };

void xs_port_destructor(void *data)
{
	(void)data;
}

void xs_port(xsMachine *the)
{
	on_line = xsArg(0);
	xsRemember(on_line);
	on_event = xsArg(1);
	xsRemember(on_event);
	on_failure = xsArg(2);
	xsRemember(on_failure);
	self = xsArg(3);
	xsRemember(self);
	services_add(&port_services);
}

/* --- text to the host --- */

/* Copies a binary string to lead bytes behind the head of the transmit ring. @return its bytes, -1 for no room */
static int stage_string(xsMachine *the, xsSlot *slot, uint32_t lead, size_t room)
{
	const uint8_t *p = (const uint8_t *)xsmcToString(*slot);
	size_t encoded = strlen((const char *)p);
	size_t length = encoded;

	for (size_t i = 0; i < encoded; i++)
		length -= p[i] >= 0x80 && p[i] < 0xc0;
	if (room < length)
		return -1;
	if (length == encoded) {
		ring_stage(&port.transmit, lead, p, (uint32_t)length);
		return (int)length;
	}
	for (uint32_t at = lead; *p; at++) {
		uint8_t byte = *p++;

		if (byte >= 0x80)
			byte = (uint8_t)(byte << 6 | (*p++ & 0x3f));
		ring_stage(&port.transmit, at, &byte, 1);
	}
	return (int)length;
}

/* Text of an answer as one message. Lock held. */
static bool put_answer(xsMachine *the, xsSlot *slot, uint32_t reserve)
{
	uint32_t room = ring_room(&port.transmit);
	int size = stage_string(the, slot, 0, room > reserve ? room - reserve : 0);

	if (size > 0)
		transmit_commit((uint32_t)size);
	return size >= 0;
}

/* What nobody has asked for. Lock held. */
static bool put_event(xsMachine *the, xsSlot *slot)
{
	uint32_t room = transmit_room(), lead = transmit_lead();
	int size = stage_string(the, slot, lead, room > PORT_RESULT_RESERVE ? room - PORT_RESULT_RESERVE : 0);

	if (size > 0)
		transmit_commit_active(lead, (uint32_t)size);
	return size >= 0;
}

static void check_binary(xsMachine *the, xsSlot *slot)
{
	for (const uint8_t *p = (const uint8_t *)xsmcToString(*slot); *p; p++)
		if (*p > 0xc3)
			xsRangeError("character above U+00FF in a binary string");
}

void xs_port_write(xsMachine *the)
{
	bool done;

	check_binary(the, &xsArg(0));
	platform_lock_take(&port.lock);
	done = put_answer(the, &xsArg(0), PORT_RESULT_RESERVE);
	if (dispatching)
		atomic_store(&port.claimed, true);
	platform_lock_give(&port.lock);
	if (!dispatching)
		platform_wake_io();
	xsmcSetBoolean(xsResult, done);
}

/* Events may come at any time, but not into a data phase, a response or a full ring. */
void xs_port_event(xsMachine *the)
{
	bool in_passthrough = xsmcToBoolean(xsArg(1));
	bool done = false;
	port_mode mode;
	size_t size;

	check_binary(the, &xsArg(0));
	size = strlen(xsmcToString(xsArg(0))); /* at most twice its bytes: which only makes it wait for more room */
	platform_lock_take(&port.lock);
	mode = atomic_load(&port.mode);
	if ((mode == PORT_PASSTHROUGH && !in_passthrough) || size + PORT_RESULT_RESERVE >= PORT_TRANSMIT_RING)
		done = true; /* not to be told, or never can be */
	else if (port_tells_events(mode) && (!atomic_load(&port.claimed) || (dispatching && !holding)))
		done = put_event(the, &xsArg(0));
	if (!done) {
		port.event_size = size;
		atomic_store(&port.event_waiting, true);
	}
	platform_lock_give(&port.lock);
	platform_wake_io();
	xsmcSetBoolean(xsResult, done);
}

void xs_port_result(xsMachine *the)
{
	int kind = xsmcToInteger(xsArg(0));
	uint32_t number = (uint32_t)xsmcToInteger(xsArg(1));
	bool done;

	if (kind < RESULT_OK || kind > RESULT_CANCELLED)
		xsRangeError("no such result");
	check_binary(the, &xsArg(2));
	platform_lock_take(&port.lock);
	done = put_answer(the, &xsArg(2), PORT_RESULT_MAX);
	if (done)
		atomic_store(&port.claimed, true); /* until the result behind it */
	platform_lock_give(&port.lock);
	if (done)
		give_result((port_result)kind, number);
	xsmcSetBoolean(xsResult, done);
}

void port_say_ready(port_mode mode)
{
	platform_ready();
	platform_lock_take(&port.lock);
	port_put("\r\nready\r\n", 9, 0);
	if (mode == PORT_PASSTHROUGH)
		port_put(port_prompt, strlen(port_prompt), 0);
	platform_lock_give(&port.lock);
	port_set_mode(mode);
}

void xs_port_start(xsMachine *the)
{
	(void)the;
	port_say_ready(PORT_COMMAND);
}

/* --- the command in hand --- */

/* pend(brief): the command goes on asynchronously. */
void xs_port_pend(xsMachine *the)
{
	suspending = dispatching;
	staying = dispatching && xsmcToBoolean(xsArg(0));
}

void xs_port_hold(xsMachine *the)
{
	(void)the;
	holding = true;
	platform_lock_take(&port.lock);
	atomic_store(&port.claimed, true);
	atomic_store(&port.drain_waiting, true);
	platform_lock_give(&port.lock);
	platform_wake_io();
}

void xs_port_release(xsMachine *the)
{
	(void)the;
	holding = false;
	platform_lock_take(&port.lock);
	if (!dispatching)
		atomic_store(&port.claimed, false);
	platform_lock_give(&port.lock);
	platform_wake_io();
}

/* claim(): nothing but this command's answer is written until its result. */
void xs_port_claim(xsMachine *the)
{
	(void)the;
	holding = true;
	platform_lock_take(&port.lock);
	atomic_store(&port.claimed, true);
	platform_lock_give(&port.lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "port-play.h"

#include <stdio.h>
#include <stdlib.h>

#include "services.h"

#define TURNS 200000 /* more than any test needs to settle */

struct play play;

#define CALL(native, ...) FAKE_CALL(&play.machine, native, __VA_ARGS__)
#define CALL0(native) fake_integer(&play.machine, native, 0, NULL)

/* --- the network --- */

static int take(port_sink *sink, const void *data, size_t size)
{
	play_sink *it = (play_sink *)(void *)sink;

	it->asked++;
	if (it->broken)
		return -1;
	if (it->limit && size > it->limit)
		size = it->limit;
	if (size > it->room)
		size = it->room;
	if (size > sizeof(it->bytes) - it->size)
		abort();
	memcpy(it->bytes + it->size, data, size);
	it->size += size;
	if (it->room != SIZE_MAX)
		it->room -= size;
	return (int)size;
}

/* As link-io.c: passthrough goes straight into the port's ring, anything else is a frame. */
static bool net_allowed(void)
{
	if (port_passing(&play.sink.sink))
		return !port.claimed && ring_room(&port.transmit) > 0;
	return port_frame_allowed(play.frame_size + 16);
}

static bool net_waits(void)
{
	return port_passing(&play.sink.sink) ? play.net_tail < play.net_head : play.frames > 0;
}

static void net_perform(void)
{
	char header[16];
	void *at;
	size_t room;

	if (!net_waits() || !net_allowed())
		return;
	if (!port_passing(&play.sink.sink)) {
		static uint8_t payload[2048];

		memset(payload, '#', play.frame_size);
		if (play.fill)
			play.fill(payload, play.frame_size, play.frames_sent);
		snprintf(header, sizeof(header), "\r\n+IPD,%u:", (unsigned)play.frame_size);
		if (port_frame_begin(strlen(header)) < play.frame_size) {
			if (!play.races)
				abort(); /* allowed, and yet no room */
			port_frame_end(header, 0, payload, 0);
			return;
		}
		port_frame_end(header, strlen(header), payload, play.frame_size);
		play.frames--;
		play.frames_sent++;
		return;
	}
	while (play.net_tail < play.net_head && port_pass_allowed()) {
		room = port_pass_begin(&at);
		if (room > play.net_head - play.net_tail)
			room = play.net_head - play.net_tail;
		memcpy(at, play.net + play.net_tail, room);
		play.net_tail += room;
		port_pass_end(room);
	}
}

/* --- commands --- */

static void result(int kind, uint32_t number, const char *before)
{
	CALL(xs_port_result, FAKE_INT(kind), FAKE_INT((int32_t)number), FAKE_TEXT(before));
}

void play_finish(int kind, uint32_t number, const char *before)
{
	result(kind, number, before);
}

void play_prompt(unsigned size)
{
	play.sink.sink.streams = false;
	CALL(xs_port_prompt, FAKE_INT((int32_t)size), FAKE_INT(0), FAKE_BOOL(true));
}

/* A portion of the long answer: as many lines as find room, then hold; or the result. */
static void go_on(void)
{
	while (play.long_line < PLAY_LONG_LINES) {
		char text[PLAY_LONG_LINE + 1];
		bool written;

		snprintf(text, sizeof(text), "+LONG:%06u,abcdefghi\r\n", play.long_line);
		written = CALL(xs_port_write, FAKE_TEXT(text));
		play.long_line += written;
		if (!written || play.long_line % 100 == 0) {
			CALL0(xs_port_hold);
			return;
		}
	}
	result(PLAY_OK, 0, "");
}

static void sized(xsMachine *the, int count, xsSlot *arguments)
{
	const char *name = arguments[0].text;
	bool memory = !strcmp(name, "AT+MEM");

	(void)the;
	if (count != 2)
		abort();
	if (!strcmp(name, "AT+LATE"))
		return;
	play.sink.sink.streams = !strcmp(name, "AT+STREAM");
	if (play.sink.sink.streams) {
		CALL(xs_port_prompt, FAKE_INT(arguments[1].integer), FAKE_INT(0), FAKE_BOOL(false));
		return;
	}
	CALL(xs_port_prompt, FAKE_INT(arguments[1].integer), FAKE_INT(memory ? -1 : 0), FAKE_BOOL(!memory));
}

static void set_form(const char *name)
{
	int32_t error = CALL(xs_port_call, FAKE_TEXT(strcmp(name, "AT+STREAM") ? "i1,8192;" : "i1,2000000;"),
	                     FAKE_CODE(sized), FAKE_TEXT(name), FAKE_BOOL(false));

	if (error)
		result(PLAY_ERROR, (uint32_t)error, "");
	else
		CALL(xs_port_pend, FAKE_BOOL(false)); /* an asynchronous handler, as every one that asks for data */
}

static bool is_sized(const char *name)
{
	return !strcmp(name, "AT+MEM") || !strcmp(name, "AT+SEND") || !strcmp(name, "AT+LATE") ||
	       !strcmp(name, "AT+STREAM");
}

/* A dispatcher that fails at failing: what is left is the port's own answer. */
static void on_failure(xsMachine *the, int count, xsSlot *arguments)
{
	(void)count;
	(void)arguments;
	xsUnknownError("failed");
}

static void count_action(void)
{
	play.actions++;
}

static void on_line(xsMachine *the, int count, xsSlot *arguments)
{
	const char *name = arguments[0].text;
	int form = arguments[1].integer;

	(void)count;
	(void)the;
	play.lines++;
	if (form == PLAY_SET && is_sized(name))
		set_form(name);
	else if (form != PLAY_EXECUTE)
		result(PLAY_ERROR, 0x01090000, "");
	else if (!strcmp(name, "AT"))
		result(PLAY_OK, 0, "");
	else if (!strcmp(name, "AT+TEXT")) {
		CALL(xs_port_write, FAKE_TEXT("+TEXT:1\r\n"));
		result(PLAY_OK, 0, "");
	} else if (!strcmp(name, "AT+SLOW"))
		CALL(xs_port_pend, FAKE_BOOL(false));
	else if (!strcmp(name, "AT+LONG")) {
		play.long_line = 0;
		go_on();
		CALL(xs_port_pend, FAKE_BOOL(false));
	} else if (!strcmp(name, "AT+PASS")) {
		CALL(xs_port_pass, FAKE_INT(0), FAKE_INT(20), FAKE_INT(play.interval));
		result(PLAY_NONE, 0, "");
	} else if (!strcmp(name, "AT+RST")) {
		CALL0(xs_port_restart);
		result(PLAY_OK, 0, "");
	} else if (!strcmp(name, "AT+UART")) {
		CALL(xs_port_configure, FAKE_INT(9600), FAKE_INT(8), FAKE_INT(1), FAKE_INT(0), FAKE_INT(0));
		result(PLAY_OK, 0, "");
	} else if (!strcmp(name, "AT+THEN")) {
		port_then(count_action);
		result(PLAY_OK, 0, "");
	} else if (!strcmp(name, "AT+THROW"))
		fake_throw(&play.machine, "on purpose");
	else
		result(PLAY_ERROR, 0x01090000, "");
}

static void end_data(bool good)
{
	fake_frame frame = { 0 };

	fake_enter(&play.machine, &frame);
	xs_port_data(&play.machine);
	if (frame.result.type == FAKE_STRING) {
		/* XS's UTF-8 back to bytes. */
		const uint8_t *p = (const uint8_t *)frame.result.text;

		for (play.memory_size = 0; *p; play.memory_size++) {
			uint8_t byte = *p++;

			if (byte >= 0x80)
				byte = (uint8_t)(byte << 6 | (*p++ & 0x3f));
			play.memory[play.memory_size] = (char)byte;
		}
		result(PLAY_OK, 0, "");
	} else
		result(good ? PLAY_SEND_OK : PLAY_SEND_FAIL, 0, "");
	fake_leave(&play.machine);
}

bool play_event(const char *text, bool in_passthrough)
{
	bool done = CALL(xs_port_event, FAKE_TEXT(text), FAKE_BOOL(in_passthrough));

	play.event = done ? NULL : text;
	play.event_in_passthrough = in_passthrough;
	play.events_told += done;
	return done;
}

/* Events, and what awaits them: on the real machine that runs as a promise job of the same turn. */
static void on_event(xsMachine *the, int count, xsSlot *arguments)
{
	unsigned events = (unsigned)arguments[0].integer;

	(void)the;
	(void)count;
	if (events & (PORT_EVENT_DATA | PORT_EVENT_DATA_FAILED)) {
		play.data += !!(events & PORT_EVENT_DATA);
		play.data_failed += !!(events & PORT_EVENT_DATA_FAILED);
		end_data(!(events & PORT_EVENT_DATA_FAILED));
	}
	play.escaped += !!(events & PORT_EVENT_ESCAPED);
	if (events & PORT_EVENT_DRAINED) {
		play.drained++;
		go_on();
	}
	if (events & PORT_EVENT_ROOM) {
		play.room++;
		if (play.event)
			play_event(play.event, play.event_in_passthrough);
	}
}

/* --- tasks --- */

bool play_xs_has_reason(void)
{
	return fake.xs_wakes || services_due(fake.now) == 0;
}

void play_xs(void)
{
	fake.xs_wakes = 0;
	play.xs_turns++;
	services_run(&play.machine);
	if (play.between) {
		void (*hook)(void) = play.between;

		play.between = NULL;
		hook();
	}
	if (play.watch)
		play.watch();
}

/* What the I/O task waits for, as it was when it went to sleep. */
static struct {
	io_wait wait;
	bool net, sink;
} asleep;

static void io_sleep(void)
{
	asleep.wait = (io_wait){ .highest = 0, .now = fake.now, .due = UINT32_MAX };
	FD_ZERO(&asleep.wait.read);
	FD_ZERO(&asleep.wait.write);
	port_prepare(&asleep.wait);
	asleep.net = net_allowed();
	asleep.sink = port_blocked(&play.sink.sink);
}

static bool io_has_reason(void)
{
	const io_wait *wait = &asleep.wait;

	return fake.io_wakes || (wait->due != UINT32_MAX && fake.now - wait->now >= wait->due) ||
	       (asleep.net && net_waits()) || (asleep.sink && play.sink.room && !play.sink.broken) ||
	       (FD_ISSET(FAKE_UART_FD, &wait->read) && fake.input_tail < fake.input_head) ||
	       (FD_ISSET(FAKE_UART_FD, &wait->write) && fake.output_room);
}

void play_io(void)
{
	fake.io_wakes = 0;
	play.io_turns++;
	net_perform();
	port_perform(&asleep.wait);
	io_sleep();
	if (play.watch)
		play.watch();
}

void play_settle(void)
{
	for (unsigned turns = 0; turns < TURNS; turns++) {
		if (io_has_reason())
			play_io();
		else if (play_xs_has_reason())
			play_xs();
		else
			return;
	}
	play.stuck = true;
}

void play_pass(uint32_t ms)
{
	play_settle();
	while (ms--) {
		fake.now++;
		play_settle();
	}
}

void play_boot(uint32_t now)
{
	static bool bound;

	fake_reset(now);
	/* Without the two buffers and the machine: a reset of megabytes is slow, and what was sent before is history. */
	play.sink.size = play.net_head = play.net_tail = play.frames = play.frames_sent = play.frame_size = 0;
	play.sink.sink.take = take;
	play.sink.room = SIZE_MAX;
	play.sink.limit = play.sink.asked = 0;
	play.sink.broken = false;
	play.interval = 20;
	play.lines = play.data = play.data_failed = play.escaped = play.drained = play.room = play.events_told =
		play.actions = 0;
	play.memory_size = play.io_turns = play.xs_turns = play.long_line = 0;
	play.event = NULL;
	play.between = NULL;
	play.stuck = false;
	if (port.memory)
		platform_free(port.memory);
	filter_clear();
	memset(&port, 0, sizeof(port));
	port_state_init();
	port_set_sink(0, &play.sink.sink);
	io_sleep();
	if (bound)
		return;
	bound = true;
	fake_machine_init(&play.machine);
	CALL(xs_port, FAKE_CODE(on_line), FAKE_CODE(on_event), FAKE_CODE(on_failure), FAKE_INT(0));
}

void play_start(uint32_t now)
{
	play_boot(now);
	CALL0(xs_port_start);
	play_settle();
	fake_received();
}

const char *play_say(const char *text)
{
	fake_send(text, strlen(text));
	play_settle();
	return fake_received();
}

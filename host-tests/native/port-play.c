/* SPDX-License-Identifier: Apache-2.0 */
#include "port-play.h"

#include <stdio.h>
#include <stdlib.h>

#include "services.h"

#define TURNS 200000 /* more than any test needs to settle */

struct play play;

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
		return port_pass_allowed();
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

/* AT+READ's bytes, or that AT+BRIEF's turn has come. */
static void answer_perform(void)
{
	if (!play.answering || play.answered)
		return;
	if (play.answering == PLAY_READ && play.answer_given < play.answer_size)
		play.answer_given += port_answer(play.answer + play.answer_given, play.answer_size - play.answer_given);
	if (play.answering == PLAY_READ && play.answer_given < play.answer_size)
		return;
	play.answered = true;
	platform_wake_xs();
}

static bool answer_waits(void)
{
	return play.answering == PLAY_READ && !play.answered;
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
	if (play.answered)
		play_answered();
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
	bool net, sink, answer;
} asleep;

static void io_sleep(void)
{
	asleep.wait = (io_wait){ .highest = 0, .now = fake.now, .due = UINT32_MAX };
	FD_ZERO(&asleep.wait.read);
	FD_ZERO(&asleep.wait.write);
	port_prepare(&asleep.wait);
	asleep.net = net_allowed();
	asleep.answer = answer_waits() && port_answer_room();
	asleep.sink = port_blocked(&play.sink.sink);
}

static bool io_has_reason(void)
{
	const io_wait *wait = &asleep.wait;

	return fake.io_wakes || (wait->due != UINT32_MAX && fake.now - wait->now >= wait->due) || asleep.answer ||
	       (asleep.net && net_waits()) || (asleep.sink && play.sink.room && !play.sink.broken) ||
	       (FD_ISSET(FAKE_UART_FD, &wait->read) && fake.input_tail < fake.input_head) ||
	       (FD_ISSET(FAKE_UART_FD, &wait->write) && fake.output_room);
}

void play_io(void)
{
	fake.io_wakes = 0;
	play.io_turns++;
	net_perform();
	answer_perform();
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
	play.block = PORT_PASS_BLOCK;
	play.report = 1024;
	play.answering = PLAY_NO_ANSWER;
	play.answered = play.expanding = false;
	play.lines = play.data = play.data_failed = play.escaped = play.drained = play.room = play.events_told =
		play.actions = 0;
	play.memory_size = play.io_turns = play.xs_turns = play.long_line = 0;
	play.event = play.unsaid = NULL;
	play.late.waits = false;
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
	play_bind();
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

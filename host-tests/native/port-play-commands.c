/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of port-play.h, as port.ts and at-commands/ would run them. */
#include "port-play.h"

#include <stdio.h>
#include <stdlib.h>

#define CALL(native, ...) FAKE_CALL(&play.machine, native, __VA_ARGS__)
#define CALL0(native) fake_integer(&play.machine, native, 0, NULL)

/* As core/at.ts does: what finds no room holds the port, and is said when there is some. */
static void say(const char *text)
{
	if (CALL(xs_port_write, FAKE_TEXT(text)))
		return;
	play.unsaid = text;
	CALL0(xs_port_hold);
}

static void result(int kind, uint32_t number, const char *before)
{
	if (!play.unsaid && CALL(xs_port_result, FAKE_INT(kind), FAKE_INT((int32_t)number), FAKE_TEXT(before)))
		return;
	play.late.waits = true;
	play.late.kind = kind;
	play.late.number = number;
	play.late.before = before;
	CALL(xs_port_pend, FAKE_BOOL(false));
	CALL0(xs_port_hold);
}

static void room_again(void)
{
	const char *text = play.unsaid;

	play.unsaid = NULL;
	if (text)
		say(text);
	if (play.unsaid)
		return;
	if (play.late.waits) {
		play.late.waits = false;
		result(play.late.kind, play.late.number, play.late.before);
	} else
		CALL0(xs_port_release);
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

/* The answer of AT+READ, which the I/O task gives in parts. */
static void read_on_demand(unsigned size)
{
	play.answer_size = 0;
	if (size % 16) {
		play.answer_size = (size_t)sprintf(play.answer, "+READ:%u,", size);
		for (unsigned i = 0; i < size; i++)
			play.answer[play.answer_size++] = (char)(size + i * 7);
	}
	play.answer_given = 0;
	play.answering = PLAY_READ;
	CALL0(xs_port_claim);
	platform_wake_io();
}

static void long_data(unsigned size)
{
	CALL(xs_port_stream, FAKE_INT(0), FAKE_INT((int32_t)size), FAKE_INT(play.block), FAKE_INT(play.interval),
	     FAKE_INT((int32_t)play.report), FAKE_INT(20));
}

static void sized(xsMachine *the, int count, xsSlot *arguments)
{
	const char *name = arguments[0].text;
	bool memory = !strcmp(name, "AT+MEM");
	unsigned size = (unsigned)arguments[1].integer;

	(void)the;
	if (count != 2)
		abort();
	if (!strcmp(name, "AT+LATE"))
		return;
	if (!strcmp(name, "AT+READ")) {
		read_on_demand(size);
		return;
	}
	play.sink.sink.streams = !strcmp(name, "AT+STREAM");
	if (!strcmp(name, "AT+SENDL")) {
		long_data(size);
		return;
	}
	if (!strcmp(name, "AT+SENDEX")) {
		play.expanding = true;
		CALL(xs_port_expand, FAKE_INT((int32_t)size));
		return;
	}
	if (play.sink.sink.streams) {
		CALL(xs_port_prompt, FAKE_INT(arguments[1].integer), FAKE_INT(0), FAKE_BOOL(false));
		return;
	}
	CALL(xs_port_prompt, FAKE_INT(arguments[1].integer), FAKE_INT(memory ? -1 : 0), FAKE_BOOL(!memory));
}

static void set_form(const char *name)
{
	bool is_long = !strcmp(name, "AT+STREAM") || !strcmp(name, "AT+SENDL");
	int32_t error = CALL(xs_port_call, FAKE_TEXT(is_long ? "i1,2000000;" : "i1,8192;"), FAKE_CODE(sized),
	                     FAKE_TEXT(name), FAKE_BOOL(false));

	if (error)
		result(PLAY_ERROR, (uint32_t)error, "");
	else
		CALL(xs_port_pend, FAKE_BOOL(!strcmp(name, "AT+READ"))); /* as every one that asks for data */
}

static bool is_sized(const char *name)
{
	static const char *const names[] = {
		"AT+MEM", "AT+SEND", "AT+LATE", "AT+STREAM", "AT+SENDL", "AT+SENDEX", "AT+READ"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
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
		say("+TEXT:1\r\n");
		result(PLAY_OK, 0, "");
	} else if (!strcmp(name, "AT+SLOW"))
		CALL(xs_port_pend, FAKE_BOOL(false));
	else if (!strcmp(name, "AT+TELL")) {
		say("+TELL:1\r\n");
		CALL(xs_port_pend, FAKE_BOOL(false));
	} else if (!strcmp(name, "AT+BRIEF")) {
		play.answering = PLAY_BRIEF;
		platform_wake_io();
		CALL(xs_port_pend, FAKE_BOOL(true));
	} else if (!strcmp(name, "AT+LONG")) {
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

/* AT+SENDEX: its data are collected, and go to the sink now. @return false when there are none */
static bool forward(void)
{
	play.expanding = false;
	if (!CALL0(xs_port_dataSize))
		return false;
	CALL(xs_port_forward, FAKE_INT(0));
	return true;
}

static void end_data(bool good)
{
	fake_frame frame = { 0 };

	if (play.expanding) {
		if (!forward())
			result(PLAY_SEND_OK, 0, "");
		return;
	}

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
	if (events & PORT_EVENT_CANCELLED)
		result(PLAY_CANCELLED, 0, "");
	play.escaped += !!(events & PORT_EVENT_ESCAPED);
	if (events & PORT_EVENT_DRAINED) {
		play.drained++;
		if (play.unsaid || play.late.waits)
			room_again();
		else
			go_on();
	}
	if (events & PORT_EVENT_ROOM) {
		play.room++;
		if (play.event)
			play_event(play.event, play.event_in_passthrough);
	}
}

/* What the I/O task was asked for is done. */
void play_answered(void)
{
	play_answer how = play.answering;

	play.answered = false;
	play.answering = PLAY_NO_ANSWER;
	if (how == PLAY_BRIEF)
		result(PLAY_OK, 0, "+TEXT:1\r\n");
	else if (play.answer_size)
		result(PLAY_OK, 0, "");
	else
		result(PLAY_ERROR, 0x010a0015, "");
}

void play_bind(void)
{
	CALL(xs_port, FAKE_CODE(on_line), FAKE_CODE(on_event), FAKE_CODE(on_failure), FAKE_INT(0));
}

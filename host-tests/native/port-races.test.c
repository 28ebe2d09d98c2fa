/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The moments between a decision of one task and what it does about it: the other task acts exactly there, just before
 * the lock is taken. What a run with threads meets once in a million lines happens here every time.
 */
#include "port-expect.h"

static void prompt_now(void)
{
	play_prompt(5);
}

/* A pending command asks for data while a line is being answered: neither the data phase nor the line is lost. */
static void test_prompt_while_line_completes(void)
{
	for (int cut = 0; cut < 2; cut++) {
		play_start(0);
		echo(false);
		expect("AT+LATE=5\r\n", "");
		expect(cut ? "AT" : "", "");
		fake_send(cut ? "\r\n" : "AT\r\n", cut ? 2 : 4);
		fake.before_lock = prompt_now;
		play_settle();
		fake.before_lock = NULL;
		play_settle();
		CHECK(port.mode == PORT_DATA && play.lines == 1, "mode %d, %u lines", port.mode, play.lines);
		CHECK(strstr(fake_received(), PROMPT), "the host was asked for data");
		/* What was sent before the prompt may count as data or as a line, but five bytes end the phase. */
		fake_send("12345", 5);
		play_settle();
		CHECK(strstr(fake_received(), "SEND OK"), "and its data is taken");
		CHECK(!play.stuck, "nobody spins");
	}
}

static void result_now(void)
{
	play_finish(PLAY_OK, 0, "");
}

/* A pending command ends while a line is being answered: the line gets one answer, busy or its own. */
static void test_result_while_line_completes(void)
{
	const char *got;

	play_start(0);
	echo(false);
	expect("AT+SLOW\r\n", "");
	fake_send("AT\r\n", 4);
	fake.before_lock = result_now;
	play_settle();
	got = fake_received();
	CHECK(occurrences(got, OK) + occurrences(got, BUSY) == 2 && occurrences(got, OK) >= 1, "<%s>", got);
}

static void hold_now(void)
{
	FAKE_CALL(&play.machine, xs_port_write, FAKE_TEXT("+PART:1\r\n"));
	FAKE_CALL(&play.machine, xs_port_hold, FAKE_INT(0));
}

/* A pending command begins an answer in portions while a line is being answered. */
static void test_hold_while_line_completes(void)
{
	play_start(0);
	echo(false);
	expect("AT+SLOW\r\n", "");
	fake.output_room = 0; /* so that the portion does not go out, and the claim lasts */
	for (int i = 0; i < 150; i++)
		play_event("+EVENT:1234567\r\n", false);
	play_settle();
	fake_send("AT\r\n", 4);
	fake.before_lock = hold_now;
	play_io();
	fake.before_lock = NULL;
	CHECK(play.drained == 0, "still held");
	fake.output_room = SIZE_MAX;
	play.long_line = PLAY_LONG_LINES - 1; /* the rest, when it is drained: one line and the result */
	play_settle();
	CHECK(strstr(fake_received(), "+PART:1\r\n+LONG:"), "nothing comes between the portions");
}

static void fill_now(void)
{
	while (play_event("+EVENT:1234567\r\n", false))
		;
	play.event = NULL;
}

/* Events fill the ring after there was seen to be room for echo and answer. */
static void test_events_while_line_completes(void)
{
	static char line[256 + 3];
	const char *got;

	memset(line, 'x', 256);
	memcpy(line, "AT", 2);
	strcpy(line + 256, "\r\n");
	play_start(0);
	expect("AT+SLOW\r\n", "AT+SLOW\r\n");
	fake.output_room = 0;
	for (int i = 0; i < 180; i++)
		play_event("+EVENT:1234567\r\n", false);
	play_settle();
	fake_send(line, 258);
	fake.before_lock = fill_now;
	play_io();
	fake.output_room = SIZE_MAX;
	play_settle();
	got = fake_received();
	CHECK(occurrences(got, line) == 1 && occurrences(got, BUSY) == 1, "echo and answer are whole");
}

/* The same for Recv, which tells the host that its data was taken. */
static void test_events_while_data_completes(void)
{
	play_start(0);
	echo(false);
	expect("AT+SEND=5\r\n", PROMPT);
	fake.output_room = 0;
	fake_send("12345", 5);
	fake.before_lock = fill_now; /* none is told: it is a data phase */
	play_settle();
	fake.output_room = SIZE_MAX;
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nRecv 5 bytes\r\n\r\nSEND OK\r\n"), "no event before the end of the data");
}

/* Text that is said with the result finds the room that is kept for results. */
static void test_text_of_result(void)
{
	play_start(0);
	echo(false);
	expect("AT+SLOW\r\n", "");
	fake.output_room = 0;
	while (play_event("+EVENT:1\r\n", false))
		;
	play.event = NULL;
	play_finish(PLAY_OK, 0, "+LINK_CONN:0,4,\"TCP\",0,\"255.255.255.255\",65535,65535\r\n");
	play_settle();
	fake.output_room = SIZE_MAX;
	play_settle();
	CHECK(strstr(fake_received(), "+LINK_CONN:0,4,\"TCP\",0,\"255.255.255.255\",65535,65535\r\n" OK), "both came");
}

int main(void)
{
	test_prompt_while_line_completes();
	test_result_while_line_completes();
	test_hold_while_line_completes();
	test_events_while_line_completes();
	test_events_while_data_completes();
	test_text_of_result();
	return check_report();
}

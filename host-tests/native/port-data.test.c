/* SPDX-License-Identifier: Apache-2.0 */
/* Both halves of the port in one task: data phases, frames, events, back-pressure (wire-format.md). */
#include "port-expect.h"

static void test_data_to_memory(void)
{
	static uint8_t data[8192];
	uint32_t seed = 3;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)test_random(&seed);
	for (unsigned size = 1; size <= 8192; size = size * 3 + 1) {
		char line[20];

		play_start(0);
		fake.read_limit = size / 7;
		snprintf(line, sizeof(line), "AT+MEM=%u\r\n", size);
		expect(line + 0, (snprintf((char *)play.memory, 64, "%s" PROMPT, line), play.memory));
		fake_send(data, size - 1);
		play_settle();
		CHECK(!*fake_received() && play.data == 0, "no echo in a data phase, and no end before the last byte");
		fake_send(data + size - 1, 1);
		play_settle();
		CHECK(play.data == 1 && play.memory_size == size && !memcmp(play.memory, data, size), "%u bytes", size);
		CHECK(!strcmp(fake_received(), OK), "the result");
		expect("AT\r\n", "AT\r\n" OK);
	}
}

static void test_data_to_sink(void)
{
	play_start(0);
	echo(false);
	expect("AT+SEND=5\r\nhel", PROMPT);
	CHECK(play.sink.asked == 0, "nothing is sent before all is here");
	expect("lo", "\r\nRecv 5 bytes\r\n\r\nSEND OK\r\n");
	CHECK(play.sink.size == 5 && !memcmp(play.sink.bytes, "hello", 5), "sent");
	play.sink.limit = 2;
	expect("AT+SEND=5\r\n\r\n+++", PROMPT "\r\nRecv 5 bytes\r\n\r\nSEND OK\r\n");
	CHECK(!memcmp(play.sink.bytes + 5, "\r\n+++", 5), "line ends and signs are data");
	play.sink.limit = 0;
	play.sink.room = 3;
	expect("AT+SEND=5\r\n12345", PROMPT "\r\nRecv 5 bytes\r\n");
	play.sink.room = SIZE_MAX;
	expect("", "\r\nSEND OK\r\n");
	CHECK(play.sink.size == 15, "a sink that stalls gets the rest later");
	play.sink.room = 3;
	expect("AT+SEND=5\r\n12345", PROMPT "\r\nRecv 5 bytes\r\n");
	play.sink.broken = true;
	play_io();
	expect("", "\r\nSEND FAIL\r\n");
	expect("AT+SEND=5\r\n12345AT\r\n", PROMPT "\r\nRecv 5 bytes\r\n" BUSY "\r\nSEND FAIL\r\n");
	expect("AT\r\n", OK);
	play.sink.broken = false;
}

static void test_stream(void)
{
	static uint8_t data[100000];
	uint32_t seed = 9;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)test_random(&seed);
	play_start(0);
	echo(false);
	expect("AT+STREAM=5\r\nhel", PROMPT);
	CHECK(play.sink.size == 3 && play.data == 0, "what is here is sent");
	expect("lo", "\r\nSEND OK\r\n");
	CHECK(play.sink.size == 5 && !memcmp(play.sink.bytes, "hello", 5) && play.data == 1, "the rest");
	expect("AT+STREAM=100000\r\n", PROMPT);
	play.sink.limit = 700;
	fake_send(data, sizeof(data));
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nSEND OK\r\n"), "more than the ring holds");
	CHECK(play.sink.size == 100005 && !memcmp(play.sink.bytes + 5, data, sizeof(data)), "all of it, in order");

	play.sink.limit = 0;
	play.sink.room = 1000;
	expect("AT+STREAM=20000\r\n", PROMPT);
	fake_send(data, 20000);
	play_settle();
	CHECK(play.sink.size == 101005 && !*fake_received(), "a sink that stalls");
	CHECK(fake.input_head - fake.input_tail == 20000 - 1000 - PORT_RECEIVE_RING, "the ring fills, then the host waits");
	play.sink.room = SIZE_MAX;
	play_io(); /* the sink wakes it */
	expect("", "\r\nSEND OK\r\n");
	CHECK(play.sink.size == 120005 && !memcmp(play.sink.bytes + 100005, data, 20000), "goes on when it has room");

	expect("AT+STREAM=20000\r\n", PROMPT);
	fake_send(data, 9000);
	play_settle();
	play.sink.broken = true;
	for (int i = 0; i < 1375; i++)
		fake_send("AT+RST\r\n", 8);
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nSEND FAIL\r\n") && play.data_failed == 1, "broken: when all has been sent");
	CHECK(fake.restarts == 0 && play.lines == 4, "and no data are lines");
	play.sink.broken = false;
	expect("AT+STREAM=2\r\nokAT\r\n", PROMPT BUSY "\r\nSEND OK\r\n");
	expect("AT+SEND=2\r\no", PROMPT);
	expect("k", "\r\nRecv 2 bytes\r\n\r\nSEND OK\r\n");
	expect("AT\r\n", OK);
}

static void test_surplus(void)
{
	static const char *const commands[] = { "AT+SEND=5\r\n", "AT+MEM=5\r\n" };
	static const char *const before[] = { PROMPT "\r\nRecv 5 bytes\r\n", PROMPT };
	static const char *const after[] = { "\r\nSEND OK\r\n", OK };

	for (int i = 0; i < 2; i++) {
		char text[100], wanted[100];

		for (int surplus = 0; surplus < 2; surplus++) {
			play_start(0);
			echo(false);
			snprintf(text, sizeof(text), "%s12345%s", commands[i], surplus ? "6\r\nAT\r\nAT" : "\r\n \r");
			snprintf(wanted, sizeof(wanted), "%s%s%s", before[i], surplus ? BUSY : "", after[i]);
			expect(text, wanted);
			expect("AT\r\n", OK);
		}
	}
	play_start(0);
	echo(false);
	play.sink.room = 3;
	expect("AT+SEND=5\r\n12345x", PROMPT "\r\nRecv 5 bytes\r\n" BUSY);
	expect("yz\r\n", "");
	expect("AT\r\n", "");
	play.sink.room = 2;
	expect("", "\r\nSEND OK\r\n");
	CHECK(!memcmp(play.sink.bytes, "12345", 5) && play.sink.size == 5, "one busy for all of it");
	error_numbers(true);
	play.sink.room = SIZE_MAX;
	expect("AT+SEND=1\r\n12", PROMPT "\r\nRecv 1 bytes\r\nERR CODE:0x010b0000\r\n" BUSY "\r\nSEND OK\r\n");
}

/* The host does not read while it sends data, and then all at once: the end of the data must not be forgotten. */
static void test_data_behind_full_ring(void)
{
	for (unsigned lines = 180; lines < 240; lines++) {
		play_start(0);
		echo(false);
		fake.output_room = 0;
		for (unsigned i = 0; i < lines; i++)
			play_event("+EVENT:1234567\r\n", false);
		play_say("AT+SEND=3\r\n");
		if (!play.lines) /* above the mark no line is taken */
			break;
		play.frames = 1;
		play.frame_size = 400;
		play_settle();
		play.frames = 0;
		fake_send("abc", 3);
		fake.output_room = SIZE_MAX;
		play_settle();
		CHECK(strstr(fake_received(), "SEND OK"), "after %u events", lines);
	}
	CHECK(play.lines == 0, "the transmit ring was filled beyond its mark");
}

/* Surplus that comes when the transmit ring is just at its mark: it is told once all the same, and is no line. */
static void test_surplus_at_mark(void)
{
	static char filler[40];

	for (unsigned n = 1; n < sizeof(filler); n++) {
		const char *got;

		play_start(0);
		echo(false);
		fake.output_room = 0;
		fake_send("AT+SEND=3\r\n", 11);
		for (unsigned i = 0; i < 189; i++)
			play_event("+EVENT:1234567\r\n", false);
		memset(filler, 'f', n);
		filler[n] = 0;
		play_event(filler, false);
		play_settle();
		fake_send("abcx\r\n", 6);
		play_settle();
		fake.output_room = SIZE_MAX;
		play_settle();
		got = fake_received();
		CHECK(occurrences(got, BUSY) == 1 && !strstr(got, ERROR) && strstr(got, "\r\nSEND OK\r\n"), "%u bytes more", n);
		expect("AT\r\n", OK);
	}
}

/* Frames come between messages only. */
static void test_frames(void)
{
	static const char frame[] = "\r\n+IPD,10:##########";
	char wanted[200];

	play_start(0);
	echo(false);
	play.frame_size = 10;
	play.frames = 1;
	expect("", frame);
	expect("AT+SEND=5\r\n", PROMPT);
	play.frames = 1;
	expect("123", "");
	CHECK(play.frames == 1, "a frame waits for the end of the data phase");
	play.sink.room = 0;
	expect("45", "\r\nRecv 5 bytes\r\n\r\n+IPD,10:##########");
	CHECK(play.frames == 0, "not for the network, whose other end may wait for us");
	play.sink.room = SIZE_MAX;
	expect("", "\r\nSEND OK\r\n");
	expect("AT+SLOW\r\n", "");
	play.frames = 1;
	expect("", frame);
	play_finish(PLAY_OK, 0, "");
	expect("", OK);
	/* Inside a line that is being received it may come: the line is not echoed yet. */
	play.frames = 1;
	expect("A", frame);
	expect("T\r\n", OK);
	/* The answer in portions: none between them, however the host reads. */
	for (size_t limit = 0; limit < 200; limit += 61) {
		const char *got, *first;

		play_start(0);
		echo(false);
		fake.write_limit = limit;
		play.frame_size = 10;
		play.frames = 3;
		fake_send("AT+LONG\r\n", 9);
		for (int i = 0; i < 2000; i++)
			play_io(), play_xs();
		play_settle();
		got = fake_received();
		CHECK(occurrences(got, frame) == 3 && occurrences(got, "+LONG:") == PLAY_LONG_LINES, "all came");
		first = strstr(got, "+LONG:");
		snprintf(wanted, sizeof(wanted), "+LONG:%06u,abcdefghi\r\n" OK, PLAY_LONG_LINES - 1);
		CHECK(first && strstr(first, wanted) == first + (PLAY_LONG_LINES - 1) * PLAY_LONG_LINE, "in one piece");
	}
}

/* As soon as the portion has gone out, before XS has noticed that the handler has returned. */
static void test_claim_is_kept(void)
{
	const char *got, *first;

	play_start(0);
	echo(false);
	fake_send("AT+LONG\r\n", 9);
	play_io();
	play.between = play_io; /* the I/O task is the faster one */
	play_xs();
	play.frame_size = 10;
	play.frames = 1;
	play_event("+EVENT\r\n", false);
	play_settle();
	got = fake_received();
	first = strstr(got, "+LONG:");
	CHECK(first && strstr(got, OK) == first + PLAY_LONG_LINES * PLAY_LONG_LINE, "nothing comes into the response");
	CHECK(occurrences(got, "+IPD") == 1 && occurrences(got, "+EVENT") == 1, "but after it");
}

/* The peer answers before XS has said SEND OK, or while not all has gone to it. */
static void test_frames_around_send_ok(void)
{
	play_start(0);
	echo(false);
	expect("AT+SEND=5\r\n", PROMPT);
	fake_send("hello", 5);
	play_io();
	CHECK(play.sink.size == 5, "sent");
	play.frame_size = 3;
	play.frames = 1;
	play_io();
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nRecv 5 bytes\r\n\r\nSEND OK\r\n\r\n+IPD,3:###"), "SEND OK first");

	expect("AT+SEND=5\r\n", PROMPT);
	play.sink.room = 2;
	play.frames = 1;
	expect("hello", "\r\nRecv 5 bytes\r\n\r\n+IPD,3:###");
	play.sink.room = SIZE_MAX;
	play_io();
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nSEND OK\r\n"), "a peer that waits for its answer to be taken is not stalled");
}

/* A line is taken, and then an event fills what room there was: it is answered when there is some again. */
static void test_answer_without_room(void)
{
	static const char *const cases[][2] = { { "AT+TEXT\r\n", "+TEXT:1\r\n" OK }, { "AT+TELL\r\n", "+TELL:1\r\n" } };

	for (unsigned i = 0; i < 2; i++) {
		static char event[PORT_TRANSMIT_RING];
		const char *got;

		play_start(0);
		echo(false);
		fake.output_room = 0;
		play.frame_size = 1450;
		play.frames = 2;
		play_settle();
		fake_send(cases[i][0], strlen(cases[i][0]));
		play_io();
		snprintf(event, sizeof(event), "%0*d", (int)(ring_room(&port.transmit) - PORT_RESULT_RESERVE), 0);
		CHECK(play_event(event, false), "fills all but what results need");
		play.frame_size = 10;
		play.frames = 1;
		play_settle();
		fake.output_room = SIZE_MAX;
		play_settle();
		got = strstr(fake_received(), event) + strlen(event);
		CHECK(!strncmp(got, cases[i][1], strlen(cases[i][1])), "%s", got);
		CHECK(!strncmp(got + strlen(cases[i][1]), "\r\n+IPD,10:", 10), "frames go on: %s", got);
		if (i == 1)
			play_finish(PLAY_OK, 0, "");
		CHECK(!strcmp(play_say("AT\r\n"), i == 1 ? OK OK : OK), "and lines");
	}
}

/* A host that stops reading: everything waits, nothing is lost, nobody spins. */
static void test_back_pressure(void)
{
	static char many[2001 * 9];
	const char *got;
	size_t received = 0;

	for (unsigned i = 0; i < 2000; i++)
		memcpy(many + 9 * i, "AT+TEXT\r\n", 9);
	play_start(0);
	fake.output_room = 0;
	fake_send(many, 9 * 2000);
	play.frame_size = 300;
	play.frames = 20;
	play_pass(50);
	CHECK(!play.stuck && fake.output_size == 9, "blocked"); /* ready was received */
	CHECK(fake.input_head - fake.input_tail > 5000, "the host is not read any more: %zu", fake.input_tail);
	CHECK(play.io_turns < 60 * 20 + 1000, "%u turns in 50 ms", play.io_turns);
	play_event("+EVENT:1\r\n", false);
	for (uint32_t seed = 11; received < 1000000;) {
		size_t before = fake.output_size;

		fake.output_room = 1 + test_random(&seed) % 700;
		play_settle();
		received += fake.output_size - before;
		if (fake.output_size == before)
			break;
	}
	got = fake_received();
	CHECK(occurrences(got, "AT+TEXT\r\n+TEXT:1\r\n" OK) == 2000, "all commands are answered, each in one piece");
	CHECK(occurrences(got, "\r\n+IPD,300:") == 20 && occurrences(got, "+EVENT:1\r\n") == 1, "frames and the event too");
	CHECK(strlen(got) == 2000 * (9 + 9 + 6) + 20 * 311 + 10, "and nothing else: %zu", strlen(got));
	CHECK(!play.stuck, "nobody spins");
}

static void test_events(void)
{
	play_start(0);
	echo(false);
	expect("", (play_event("+E1\r\n", false), "+E1\r\n"));
	expect("AT+SEND=3\r\n1", PROMPT);
	CHECK(!play_event("+E2\r\n", false), "none in a data phase");
	expect("23", "\r\nRecv 3 bytes\r\n\r\nSEND OK\r\n+E2\r\n");
	play_boot(0);
	CHECK(!play_event("+E3\r\n", false), "none before ready");
	play_settle();
	CHECK(!play.stuck && play.room < 3, "and nobody spins meanwhile: told of room %u times", play.room);
	FAKE_CALL(&play.machine, xs_port_start, FAKE_INT(0));
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nready\r\n+E3\r\n"), "after ready");
}

/* An event larger than what the mark leaves free. */
static void test_large_event(void)
{
	static char large[1300], small[501];

	memset(large, 'L', sizeof(large) - 1);
	memset(small, 's', sizeof(small) - 1);
	play_start(0);
	fake.output_room = 0;
	for (int i = 0; i < 6; i++)
		CHECK(play_event(small, false), "room for a small one");
	CHECK(!play_event(large, false), "none for a large one");
	play_settle();
	CHECK(!play.stuck && play.room < 10, "told of room %u times while there was none", play.room);
	fake.output_room = 1500;
	play_settle();
	fake.output_room = SIZE_MAX;
	play_settle();
	CHECK(strstr(fake_received(), large), "it came in the end");
}

int main(void)
{
	test_data_to_memory();
	test_data_to_sink();
	test_stream();
	test_surplus();
	test_data_behind_full_ring();
	test_surplus_at_mark();
	test_frames();
	test_claim_is_kept();
	test_answer_without_room();
	test_frames_around_send_ok();
	test_back_pressure();
	test_events();
	test_large_event();
	return check_report();
}

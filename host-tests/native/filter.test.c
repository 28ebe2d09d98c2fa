/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of system messages (guide 3.1.17): the table, and what becomes of each kind of message. */
#include "port-expect.h"

static int32_t add(const char *head, const char *tail)
{
	return FAKE_CALL(&play.machine, xs_port_addFilter, FAKE_TEXT(head), FAKE_TEXT(tail));
}

static bool drop(const char *head, const char *tail)
{
	return FAKE_CALL(&play.machine, xs_port_removeFilter, FAKE_TEXT(head), FAKE_TEXT(tail));
}

static void enable(bool on)
{
	FAKE_CALL(&play.machine, xs_port_filter, FAKE_BOOL(on));
}

/* One filter, enabled. */
static void filtered(const char *head, const char *tail)
{
	play_start(0);
	CHECK(add(head, tail) == FILTER_OK, "<%s>, <%s>", head, tail);
	enable(true);
}

static void test_table(void)
{
	char sixty_four[65], text[24];
	size_t size;

	play_start(0);
	CHECK(add("^a", "") == FILTER_OK && add("", "b$") == FILTER_OK && add("^a", "b$") == FILTER_OK, "three");
	CHECK(add("^a", "b$") == FILTER_OK && port.filters.count == 3, "the same again is there already");
	CHECK(filter_text(2, false, &size) && size == 2 && filter_text(2, true, &size) && !filter_text(3, false, &size),
	      "three are told");
	CHECK(!drop("^a", "b") && !drop("^ab$", "") && !drop("", "^a"), "one that is not there");
	CHECK(drop("", "b$") && !drop("", "b$") && port.filters.count == 2, "one is gone");
	CHECK(!memcmp(filter_text(1, true, &size), "b$", 2), "the others are in their order");
	CHECK(!port.filtering, "not enabled");
	enable(true);
	CHECK(port.filtering, "enabled");
	CHECK(drop("^a", "") && drop("^a", "b$") && !port.filtering && !port.filters.scratch, "none is left, nor memory");
	CHECK(add("^a", "") == FILTER_OK && port.filtering, "enabled still");
	filter_clear();
	for (int i = 0; i < FILTERS_MAX; i++) {
		snprintf(text, sizeof(text), "^%d", i);
		CHECK(add(text, "") == FILTER_OK, "number %d", i);
	}
	CHECK(add("^x", "") == FILTER_NO_ROOM && add("^3", "") == FILTER_OK, "no more than %d", FILTERS_MAX);
	filter_clear();
	CHECK(!port.filters.count && !port.filters.list && !port.filters.scratch, "cleared");
	memset(sixty_four, 'x', 64);
	sixty_four[64] = 0;
	CHECK(add(sixty_four, sixty_four) == FILTER_OK, "64 bytes each");
	CHECK(add("\\(", "") == FILTER_MALFORMED && add("^a", "[") == FILTER_MALFORMED, "malformed on either side");
	CHECK(add("\\(a\\)\\1", "") == FILTER_BACK_REFERENCE, "a back-reference");
	CHECK(add("", "\\(\\(a\\{99\\}\\)\\{99\\}\\)*") == FILTER_TOO_LARGE, "too large");
	CHECK(port.filters.count == 1, "and nothing has changed");
}

static void test_kinds(void)
{
	filtered("^AT+TEXT\r\n", "");
	expect("AT+TEXT\r\n", "+TEXT:1\r\n" OK); /* the echo */
	filtered("^+TEXT:", "");
	expect("AT+TEXT\r\n", "AT+TEXT\r\n1\r\n" OK);
	filtered("", "\r\nOK\r\n$");
	expect("AT\r\n", "AT\r\n");
	expect("AT+FAKE\r\n", "AT+FAKE\r\n" ERROR);
	expect("AT+SEND=3\r\n", "AT+SEND=3\r\n\r\n>"); /* the prompt is a message by itself */
	expect("123", "\r\nRecv 3 bytes\r\n\r\nSEND OK\r\n");
	filtered("^\r\nERROR\r\n$", "");
	expect("AT+FAKE\r\n", "AT+FAKE\r\n");
	error_numbers(true);
	expect("AT+FAKE\r\n", "AT+FAKE\r\nERR CODE:0x01090000\r\n");
	error_numbers(false);
	filtered("^ERR CODE.*\r\n$", "");
	error_numbers(true);
	expect("AT+FAKE\r\n", "AT+FAKE\r\n" ERROR);
	filtered("busy p\\.\\.\\.", "");
	echo(false);
	expect("AT+SLOW\r\nAT\r\n", "\r\n\r\n");
	play_finish(PLAY_OK, 0, "");
	expect("", OK);
	filtered("^\r\nRecv [0-9]* bytes\r\n", "");
	echo(false);
	expect("AT+SEND=3\r\n123", PROMPT "\r\nSEND OK\r\n");
	filtered("^\r\n>$", "");
	expect("AT+SEND=3\r\n123", "AT+SEND=3\r\n" OK "\r\nRecv 3 bytes\r\n\r\nSEND OK\r\n");
	filtered("^+E1\r\n$", "");
	CHECK(play_event("+E1\r\n", false) && play_event("+E2\r\n", false), "told, as far as XS knows");
	expect("", "+E2\r\n");
	filtered("^\r\n+IPD,[0-9]*:", "");
	play.frame_size = 10;
	play.frames = 2;
	expect("", "####################");
	filtered("^\r\n+IPD", "#$");
	play.frame_size = 10;
	play.frames = 1;
	expect("", ",10:#########");
	filtered("ready", "");
	play_boot(0);
	FAKE_CALL(&play.machine, xs_port_start, FAKE_INT(0));
	expect("", "\r\nready\r\n"); /* a restart has forgotten all */
}

static void test_both_sides(void)
{
	filtered("^+TEXT:", "\r\n$");
	expect("AT+TEXT\r\n", "AT+TEXT\r\n1" OK);
	filtered("^+TEXT:", "2\r\n$"); /* only the head */
	expect("AT+TEXT\r\n", "AT+TEXT\r\n+TEXT:1\r\n" OK);
	filtered("^+FEXT:", "1\r\n$"); /* only the tail */
	expect("AT+TEXT\r\n", "AT+TEXT\r\n+TEXT:1\r\n" OK);
	filtered("^+TEXT:1", ":1\r\n$"); /* they overlap */
	expect("AT+TEXT\r\n", "AT+TEXT\r\n" OK);
	filtered("T:", "1"); /* in the middle: what is before and after stays */
	expect("AT+TEXT\r\n", "AT+TEXT\r\n+TEX\r\n" OK);
	filtered("^x*", ""); /* matches, and takes nothing */
	CHECK(add("^+TEXT", "") == FILTER_OK, "a second");
	expect("AT+TEXT\r\n", "AT+TEXT\r\n+TEXT:1\r\n" OK); /* of two that match the first counts */
	CHECK(drop("^x*", ""), "without it");
	expect("AT+TEXT\r\n", "AT+TEXT\r\n:1\r\n" OK);
	enable(false);
	expect("AT+TEXT\r\n", "AT+TEXT\r\n+TEXT:1\r\n" OK);
}

static void test_passthrough(void)
{
	filtered("^[0-9]*:", "!$");
	echo(false);
	expect("AT+PASS\r\n", PROMPT);
	memcpy(play.net, "12:abc!", 7);
	play.net_head = 7;
	expect("", "abc"); /* one read from the network is one message */
	memcpy(play.net + 7, "12:abc", 6);
	play.net_head = 13;
	expect("", "12:abc");
	CHECK(play_event("+E\r\n", true), "an event in passthrough");
	expect("", "+E\r\n");
	fake_send("to the network", 14);
	play_pass(30);
	CHECK(play.sink.size == 14, "the other direction is nobody's affair: %zu", play.sink.size);
}

/* Wherever the ring's end lies within a message. */
static void test_around_the_ring(void)
{
	for (unsigned start = 0; start < 80; start++) {
		filtered("^\r\n+IPD,20:#", "#$");
		atomic_store(&port.transmit.head, PORT_TRANSMIT_RING - start);
		atomic_store(&port.transmit.tail, PORT_TRANSMIT_RING - start);
		play.frame_size = 20;
		play.frames = 1;
		expect("", "##################");
		expect("AT\r\n", "AT\r\n" OK);
	}
}

/* More steps than a message may cost: it is sent as it is, and counted. */
static void test_too_costly(void)
{
	char wanted[1400];

	filtered("\\([#x]*\\)\\{40\\}y", "");
	play.frame_size = 1000;
	play.frames = 1;
	snprintf(wanted, sizeof(wanted), "\r\n+IPD,1000:%01000d", 0);
	for (char *p = strchr(wanted, ':') + 1; *p; p++)
		*p = '#';
	expect("", wanted);
	CHECK(port.filters.given_up == 1, "%u", port.filters.given_up);
	expect("AT\r\n", "AT\r\n" OK);
}

/* Everything at once on a host that stops and goes: no byte is lost, and what is filtered is filtered everywhere. */
static void test_load(void)
{
	const char *got;
	size_t received = 0;

	filtered("^\r\n+IPD,[0-9]*:", "#$");
	CHECK(add("^AT+TEXT\r\n", "") == FILTER_OK && add("^\r\nOK", "\r\n$") == FILTER_OK, "three filters");
	for (unsigned i = 0; i < 500; i++)
		fake_send("AT+TEXT\r\n", 9);
	play.frame_size = 301;
	play.frames = 60;
	fake.output_room = 0;
	play_settle();
	for (uint32_t seed = 3;;) {
		size_t before = fake.output_size;

		fake.output_room = 1 + test_random(&seed) % 300;
		play_settle();
		received += fake.output_size - before;
		if (fake.output_size == before)
			break;
	}
	got = fake_received();
	CHECK(occurrences(got, "+TEXT:1\r\n") == 500 && received == 500 * 9 + 60 * 300, "%zu bytes", received);
	CHECK(!strstr(got, "IPD") && !strstr(got, "OK"), "nothing that is filtered");
	CHECK(!play.stuck, "nobody spins");
}

int main(void)
{
	test_table();
	test_kinds();
	test_both_sides();
	test_passthrough();
	test_around_the_ring();
	test_too_costly();
	test_load();
	filter_clear();
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Passthrough, both halves of the port in one task: data both ways, +++, stalls (wire-format.md, rule 7). */
#include "port-expect.h"

static void enter(uint32_t now, uint16_t interval)
{
	play_start(now);
	play.interval = interval;
	FAKE_CALL(&play.machine, xs_port_echo, FAKE_BOOL(false));
	expect("AT+PASS\r\n", PROMPT);
	play_pass(30);
}

/* +++ with its guards, and then a command is a command. */
static void leave_and_check(const char *what)
{
	unsigned before = play.escaped;

	play_pass(30);
	fake_send("+++", 3);
	play_pass(30);
	CHECK(play.escaped == before + 1, "%s: left", what);
	CHECK(!*fake_received(), "%s: and nothing is said", what);
	expect("AT\r\n", OK);
}

static void test_interval(void)
{
	static char block[PORT_PASS_BLOCK + 1];

	enter(0, 50);
	expect("abc", "");
	play_pass(49);
	CHECK(play.sink.size == 0, "waits for more");
	play_pass(1);
	CHECK(play.sink.size == 3 && !memcmp(play.sink.bytes, "abc", 3), "goes when the interval is over");
	memset(block, 'b', PORT_PASS_BLOCK);
	play_say(block);
	CHECK(play.sink.size == 3 + PORT_PASS_BLOCK, "a full block goes at once: %zu", play.sink.size);
	play_say("d");
	play_pass(40);
	play_say("e");
	play_pass(10);
	CHECK(play.sink.size == 5 + PORT_PASS_BLOCK, "counted from the first byte");
	leave_and_check("interval 50");
	enter(0, 0);
	expect("abc", "");
	CHECK(play.sink.size == 3, "interval 0: at once");
	CHECK(!play.stuck, "nobody spins");
}

static void test_escape(void)
{
	static const struct {
		const char *sent;
		bool left;
	} cases[] = { { "+", false },    { "++", false },   { "+++", true },      { "++++", false },
		          { "a+++", false }, { "+++a", false }, { "+++\r\n", false }, { "++++++", false } };

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		bool one_by_one = i & 1;
		const char *sent = cases[i / 2].sent;
		size_t size = strlen(sent);

		enter(UINT32_MAX - (uint32_t)i * 10, 0);
		fake.read_limit = one_by_one;
		fake_send(sent, size);
		play_pass(60);
		CHECK(play.escaped == cases[i / 2].left, "<%s>", sent);
		CHECK(play.sink.size == (cases[i / 2].left ? 0 : size) && !memcmp(play.sink.bytes, sent, play.sink.size),
		      "<%s>: %zu bytes of data", sent, play.sink.size);
		fake.read_limit = 0;
		if (cases[i / 2].left)
			expect("AT\r\n", OK);
		else
			leave_and_check(sent);
	}
	/* What is held goes out in order with what follows. */
	enter(0, 0);
	fake_send("++", 2);
	play_pass(10);
	CHECK(play.sink.size == 0, "held");
	fake_send("x", 1);
	play_settle();
	CHECK(play.sink.size == 3 && !memcmp(play.sink.bytes, "++x", 3), "in order");
	/* The data before it is still on its way when it is recognised. */
	enter(0, 1000);
	fake_send("abc", 3);
	play_pass(30);
	fake_send("+++", 3);
	play_pass(30);
	CHECK(play.escaped == 1 && play.sink.size == 3, "what came before goes out at once");
	expect("AT\r\n", OK);
}

/* A network that stalls keeps nobody from command mode for longer than PORT_LEAVE_TIME. */
static void test_leaving(void)
{
	for (int resumes = 0; resumes < 2; resumes++) {
		uint32_t waited = 0;

		enter(0, 0);
		play.sink.room = 4;
		fake_send("0123456789", 10);
		play_pass(30);
		fake_send("+++", 3);
		play_pass(25);
		CHECK(play.escaped == 0 && port.mode == PORT_LEAVING, "waits for the network");
		fake_send("AT\r\n", 4);
		play_pass(100);
		CHECK(!*fake_received(), "commands wait too");
		if (resumes)
			play.sink.room = SIZE_MAX;
		for (; !play.escaped && waited < 1000; waited++)
			play_pass(1);
		CHECK(resumes ? waited <= 1 : waited > 300 && waited < 430, "left after %u ms", waited);
		CHECK(play.sink.size == (resumes ? 10 : 4) && port.dropped == (resumes ? 0 : 6), "%u dropped", port.dropped);
		play_settle();
		CHECK(!strcmp(fake_received(), OK), "then the command is answered");
		CHECK(play.io_turns < 600, "%u turns", play.io_turns);
	}
	enter(0, 0);
	play.sink.room = 0;
	play_say("abc");
	play.sink.broken = true;
	leave_and_check("a broken sink");
	CHECK(port.dropped == 3, "%u dropped", port.dropped);
}

/* Random bytes with runs of signs both ways at once, either side stalling now and then. */
static void test_both_ways(uint32_t seed)
{
	static uint8_t up[1 << 20], down[1 << 20];
	size_t sent = 0, received = fake.output_size, turn = 0;

	for (size_t i = 0; i < sizeof(up); i++) {
		up[i] = (uint8_t)(test_random(&seed) % 3 ? '+' : test_random(&seed));
		down[i] = (uint8_t)test_random(&seed);
	}
	up[sizeof(up) - 1] = 'x';
	enter(seed, (uint16_t)(test_random(&seed) % 30));
	memcpy(play.net, down, sizeof(down));
	play.net_head = sizeof(down);
	received = fake.output_size;
	while (sent < sizeof(up) || play.sink.size < sizeof(up) || fake.output_size - received < sizeof(down)) {
		size_t n = test_random(&seed) % 4000;

		n = n < sizeof(up) - sent ? n : sizeof(up) - sent;
		if (fake.input_head - fake.input_tail < 4096 && n) {
			/* A pause falls never directly behind signs that could be alone: between them it ends with a letter. */
			up[sent + n - 1] = 'x';
			fake_send(up + sent, n);
			sent += n;
		}
		fake.output_room = test_random(&seed) % 3 ? test_random(&seed) % 5000 : 0;
		play.sink.room = test_random(&seed) % 3 ? test_random(&seed) % 5000 : 0;
		play.sink.limit = test_random(&seed) % 2 ? test_random(&seed) % 700 : 0;
		fake.read_limit = test_random(&seed) % 2 ? test_random(&seed) % 300 : 0;
		play_pass(test_random(&seed) % 4);
		if (turn % 100 == 0)
			play_pass(2000);
		if (++turn > 20000)
			break;
	}
	CHECK(play.sink.size == sizeof(up) && !memcmp(play.sink.bytes, up, sizeof(up)), "host to network: %zu",
	      play.sink.size);
	CHECK(fake.output_size - received == sizeof(down) && !memcmp(fake.output + received, down, sizeof(down)),
	      "network to host: %zu", fake.output_size - received);
	CHECK(play.escaped == 0 && !play.stuck, "and it is passthrough still");
	fake.output_room = play.sink.room = SIZE_MAX;
	fake.read_limit = play.sink.limit = 0;
	play_settle();
	fake_received();
	leave_and_check("both ways");
}

/* Data that fills the ring but for `left` bytes, then +++ glued to it; the network stalls for 2 s. */
static void test_stall(size_t left, bool escaped_anyway)
{
	static uint8_t data[PORT_RECEIVE_RING];

	memset(data, 'd', sizeof(data));
	enter(0, 0);
	play.sink.room = 0;
	fake_send(data, sizeof(data) - left);
	fake_send("+++", 3);
	play_pass(2000);
	CHECK(play.escaped == escaped_anyway, "%zu bytes of room: left while the network stalls", left);
	CHECK(play.io_turns < 200, "%zu bytes of room: %u turns", left, play.io_turns);
	play.sink.room = SIZE_MAX;
	play_pass(100);
	CHECK(play.escaped == 0 && play.sink.size == sizeof(data) - left + 3, "%zu bytes of room: signs that are data",
	      left);
	if (!play.escaped)
		leave_and_check("after a stall");
}

/* The host was quiet, sent three signs into the last room of the ring, and more behind them that nobody could read. */
static void test_signs_into_last_room(void)
{
	static uint8_t data[PORT_RECEIVE_RING];

	memset(data, 'd', sizeof(data));
	enter(0, 0);
	play.sink.room = 0;
	fake_send(data, sizeof(data) - 3);
	play_pass(50);
	fake_send("+++more", 7);
	play_pass(100);
	CHECK(play.escaped == 0, "nobody was listening when more came");
	play.sink.room = SIZE_MAX;
	play_pass(50);
	CHECK(play.escaped == 0 && play.sink.size == sizeof(data) + 4, "all of it is data");
}

static void test_broken_sink(void)
{
	enter(0, 0);
	play_say("abc");
	play.sink.broken = true;
	play_say("def");
	port_detach(&play.sink.sink);
	play_say("ghi");
	play_pass(100);
	CHECK(play.sink.size == 3 && play.io_turns < 300, "waits, in %u turns", play.io_turns);
	play.sink.broken = false;
	port_attach(&play.sink.sink);
	play_io();
	play_settle();
	CHECK(play.sink.size == 9 && !memcmp(play.sink.bytes, "abcdefghi", 9), "the next connection gets what waited");
	port_detach(&play.sink.sink);
	leave_and_check("without a connection");
}

static void test_events(void)
{
	enter(0, 0);
	CHECK(play_event("+E1\r\n", false), "an event in passthrough is swallowed");
	play_settle();
	CHECK(!*fake_received(), "silently");
	CHECK(play_event("+E2\r\n", true), "but not with SYSMSG bit 2");
	play_settle();
	CHECK(!strcmp(fake_received(), "+E2\r\n"), "then it is said");
	play.frame_size = 10;
	play.frames = 1;
	play_pass(5);
	CHECK(play.frames_sent == 0, "no +IPD in passthrough");
	play.frames = 0;
	leave_and_check("events");
}

/* What is typed ahead of the prompt is data, and the detector starts with quiet. */
static void test_typed_ahead(void)
{
	play_start(0);
	FAKE_CALL(&play.machine, xs_port_echo, FAKE_BOOL(false));
	expect("AT+PASS\r\n+++", PROMPT);
	play_pass(100);
	CHECK(play.escaped == 0 && play.sink.size == 3, "not an escape");
	leave_and_check("typed ahead");
}

int main(void)
{
	test_interval();
	test_escape();
	test_leaving();
	for (uint32_t seed = 1; seed <= 6; seed++)
		test_both_ways(seed * 7919);
	test_stall(0, false);
	test_stall(100, false);
	test_signs_into_last_room();
	test_broken_sink();
	test_events();
	test_typed_ahead();
	return check_report();
}

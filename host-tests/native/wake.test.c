/* SPDX-License-Identifier: Apache-2.0 */
/* Waking the host (guide 3.11.4 and 3.11.5): the signal, the time, and that nothing is lost or overtaken. */
#include "port-expect.h"

#define PIN 18
#define DELAY 1000

static bool configure(int mode, int number, int signal, int delay, int check)
{
	return FAKE_CALL(&play.machine, xs_port_wakeHost, FAKE_INT(mode), FAKE_INT(number), FAKE_INT(signal),
	                 FAKE_INT(delay), FAKE_INT(check));
}

static bool report(bool asleep, int method)
{
	return FAKE_CALL(&play.machine, xs_port_hostSleeps, FAKE_BOOL(asleep), FAKE_INT(method));
}

/* -1: not driven */
static int level(void)
{
	return fake.pins[PIN] - 1;
}

static void sleeping(int mode, int signal, int delay, int check)
{
	play_start(0);
	echo(false);
	CHECK(configure(mode, mode == WAKE_PIN ? PIN : 1, signal, delay, check), "configured");
	play_settle();
}

static void quiet_for(uint32_t ms)
{
	play_pass(ms);
	CHECK(!strcmp(fake_received(), ""), "nothing for %u ms", ms);
}

static void test_pin(void)
{
	for (int signal = 0; signal < 2; signal++) {
		sleeping(WAKE_PIN, signal, DELAY, WAKE_CHECK_REPORT);
		CHECK(level() == !signal, "the pin rests at the other level");
		CHECK(play_event("+E1\r\n", false), "taken at once");
		CHECK(level() == signal, "the signal");
		quiet_for(DELAY - 1);
		CHECK(play_event("+E2\r\n", false), "one more meanwhile");
		CHECK(level() == signal, "held until the time is over");
		play_pass(1);
		CHECK(level() == !signal, "then reversed");
		expect("", "+E1\r\n+E2\r\n");
		/* Asleep still, as bit 2 is not set: the next one wakes it again. */
		play_event("+E3\r\n", false);
		CHECK(level() == signal, "a signal again");
		quiet_for(DELAY - 1);
		play_pass(1);
		expect("", "+E3\r\n");
		CHECK(!play.stuck, "nobody spins");
	}
}

static void test_byte(void)
{
	sleeping(WAKE_UART, 'W', DELAY, WAKE_CHECK_REPORT);
	play_event("+E1\r\n", false);
	expect("", "W"); /* at once */
	play_event("+E2\r\n", false);
	quiet_for(DELAY - 1);
	play_pass(1);
	expect("", "+E1\r\n+E2\r\n");
	CHECK(level() == -1, "no pin is driven");
	/* A byte of any value, NUL too: told by its place. */
	sleeping(WAKE_UART, 0, 5, 0);
	play_event("+E\r\n", false);
	play_pass(5);
	CHECK(fake.output_size >= 5 && !memcmp(fake.output + fake.output_size - 5, "\0+E\r\n", 5), "a NUL before it");
}

static void test_awake(void)
{
	sleeping(WAKE_PIN, 1, DELAY, WAKE_CHECK_REPORT);
	CHECK(!report(false, WAKE_CHECK_SLEEP), "AT+SLEEP is not asked");
	CHECK(report(false, WAKE_CHECK_REPORT), "AT+USERMCUSLEEP is");
	expect("", (play_event("+E1\r\n", false), "+E1\r\n"));
	CHECK(level() == 0, "no signal");
	CHECK(report(true, WAKE_CHECK_REPORT), "asleep");
	play_event("+E2\r\n", false);
	quiet_for(10);
	CHECK(report(false, WAKE_CHECK_REPORT) && level() == 0, "the signal ends at once when the host is awake");
	expect("", "+E2\r\n");
	expect("", (play_event("+E3\r\n", false), "+E3\r\n"));
	/* Bit 1. */
	sleeping(WAKE_PIN, 1, DELAY, WAKE_CHECK_SLEEP);
	CHECK(!report(false, WAKE_CHECK_REPORT) && report(false, WAKE_CHECK_SLEEP), "by AT+SLEEP alone");
	expect("", (play_event("+E1\r\n", false), "+E1\r\n"));
	/* Bit 2: the time makes it awake. */
	sleeping(WAKE_PIN, 1, DELAY, WAKE_CHECK_TIMEOUT);
	play_event("+E1\r\n", false);
	quiet_for(DELAY - 1);
	play_pass(1);
	expect("", "+E1\r\n");
	expect("", (play_event("+E2\r\n", false), "+E2\r\n"));
}

static void test_off(void)
{
	play_start(0);
	CHECK(!report(true, WAKE_CHECK_REPORT), "not configured: nothing is believed");
	sleeping(WAKE_PIN, 1, DELAY, WAKE_CHECK_REPORT);
	play_event("+E1\r\n", false);
	quiet_for(1);
	CHECK(configure(WAKE_OFF, 0, 0, 0, 0), "switched off");
	CHECK(level() == -1, "the pin is free");
	expect("", "+E1\r\n");
	expect("", (play_event("+E2\r\n", false), "+E2\r\n"));
	/* Another pin: the first is free. */
	sleeping(WAKE_PIN, 1, DELAY, 0);
	CHECK(configure(WAKE_PIN, PIN + 1, 1, DELAY, 0) && level() == -1 && fake.pins[PIN + 1] == 1, "moved");
	/* Those that cannot be driven: nothing changes. */
	for (int pin = 22; pin < 33; pin++)
		CHECK(configure(WAKE_PIN, pin, 1, DELAY, 0) == (pin == 26), "GPIO%d", pin);
	CHECK(configure(WAKE_PIN, PIN, 1, DELAY, 0), "back");
	CHECK(!configure(WAKE_PIN, 46, 1, DELAY, 0) && !configure(WAKE_PIN, 47, 1, DELAY, 0) && level() == 0, "as before");
	play_event("+E\r\n", false);
	CHECK(level() == 1, "and works");
}

static void test_delays(void)
{
	static const int delays[] = { 0, 1, 60000 };

	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		play_start(0xffffffff - 100); /* over the clock's end */
		echo(false);
		configure(WAKE_UART, 1, 'W', delays[i], 0);
		play_event("+E\r\n", false);
		if (delays[i]) {
			expect("", "W");
			quiet_for((uint32_t)delays[i] - 1);
			play_pass(1);
			expect("", "+E\r\n");
		} else
			expect("", "W+E\r\n");
	}
}

/* What the host asked for is not held, and nothing overtakes anything. */
static void test_answers(void)
{
	sleeping(WAKE_PIN, 1, DELAY, WAKE_CHECK_REPORT);
	expect("AT+TEXT\r\n", "+TEXT:1\r\n" OK);
	CHECK(level() == 0, "no signal for an answer");
	play_event("+E1\r\n", false);
	quiet_for(10);
	expect("AT\r\n", "+E1\r\n" OK); /* a host that sends a line is awake */
	CHECK(level() == 0, "so the signal ends");
	/* While a command is pending the host awaits its end. */
	expect("AT+SLOW\r\n", "");
	expect("", (play_event("+E2\r\n", false), "+E2\r\n"));
	play_finish(PLAY_OK, 0, "");
	expect("", OK);
	play_event("+E3\r\n", false);
	CHECK(level() == 1, "but afterwards it sleeps as before");
	quiet_for(DELAY - 1);
	/* What was in the ring before the signal goes out. */
	sleeping(WAKE_UART, 'W', DELAY, WAKE_CHECK_REPORT);
	fake.output_room = 0;
	fake_send("AT\r\n", 4);
	play_settle();
	play_event("+E4\r\n", false);
	fake.output_room = SIZE_MAX;
	expect("", OK "W");
	play_pass(DELAY);
	expect("", "+E4\r\n");
}

/* Received data of a host that sleeps: as much as the mark allows waits here, the rest in the socket. */
static void test_frames(void)
{
	char *got;
	unsigned frames;

	sleeping(WAKE_UART, 'W', DELAY, WAKE_CHECK_REPORT);
	play.frame_size = 700;
	play.frames = 20;
	expect("", "W");
	frames = play.frames_sent;
	CHECK(frames >= 2 && ring_used(&port.transmit) <= PORT_TRANSMIT_MARK, "%u frames wait", frames);
	quiet_for(DELAY - 1);
	CHECK(play.frames_sent == frames && play.io_turns < 3000, "the others in the socket, and nobody spins: %u turns",
	      play.io_turns);
	/* The line that tells is taken although the ring is full up to the mark. */
	fake_send("AT\r\n", 4);
	play_settle();
	report(false, WAKE_CHECK_REPORT);
	play_settle();
	got = (char *)fake_received();
	CHECK(occurrences(got, "\r\n+IPD,700:") == 20 && occurrences(got, OK) == 1, "all came: %zu bytes", strlen(got));
	CHECK(strlen(got) <= 20 * 711 + 6 + 1, "each once");
	CHECK(!play.stuck, "nobody spins");
}

static void test_passthrough(void)
{
	for (int mode = WAKE_PIN; mode <= WAKE_UART; mode++)
		for (unsigned start = 0; start < 4; start++) {
			bool byte = mode == WAKE_UART;

			sleeping(mode, byte ? 'W' : 1, DELAY, WAKE_CHECK_REPORT);
			expect("AT+PASS\r\n", PROMPT);
			/* The ring's end within the first bytes. */
			atomic_store(&port.transmit.head, PORT_TRANSMIT_RING - start);
			atomic_store(&port.transmit.tail, PORT_TRANSMIT_RING - start);
			memcpy(play.net, "abcdef", 6);
			play.net_head = 6;
			expect("", byte ? "W" : "");
			quiet_for(DELAY - 1);
			play_pass(1);
			expect("", "abcdef"); /* what the ring's end cut off waited with the rest */
			CHECK(play.net_tail == 6, "all was taken");
		}
}

/* What is filtered away wakes nobody. */
static void test_filtered(void)
{
	sleeping(WAKE_UART, 'W', DELAY, WAKE_CHECK_REPORT);
	FAKE_CALL(&play.machine, xs_port_addFilter, FAKE_TEXT("^+E1\r\n$"), FAKE_TEXT(""));
	FAKE_CALL(&play.machine, xs_port_filter, FAKE_BOOL(true));
	play_event("+E1\r\n", false);
	quiet_for(2 * DELAY);
	play_event("+E2\r\n", false);
	expect("", "W");
	play_pass(DELAY);
	expect("", "+E2\r\n");
}

/* Longer than what may wait: it goes through when nothing else is there. */
static void test_large_event(void)
{
	static char large[3500];

	memset(large, 'L', sizeof(large) - 1);
	sleeping(WAKE_PIN, 1, DELAY, WAKE_CHECK_REPORT);
	play_event("+E1\r\n", false);
	CHECK(!play_event(large, false), "no room while another one waits");
	play_pass(DELAY);
	expect("", "+E1\r\n");
	play_pass(DELAY);
	CHECK(strstr(fake_received(), large), "then it comes");
	CHECK(!play.stuck, "nobody spins");
}

/* Random events, frames, lines and reports against a host that stops and goes: all bytes, in order. */
static void test_load(void)
{
	uint32_t seed = 77;
	unsigned told = 0, asked = 0, frames = 0, next = 0;
	char text[16];
	const char *got;

	sleeping(WAKE_PIN, 1, 20, WAKE_CHECK_REPORT);
	play.frame_size = 200;
	for (int i = 0; i < 4000; i++) {
		switch (test_random(&seed) % 8) {
		case 0:
			snprintf(text, sizeof(text), "+E:%06u\r\n", told);
			if (!play.event && play_event(text, false))
				told++;
			play.event = NULL;
			break;
		case 1:
			fake_send("AT+TEXT\r\n", 9);
			asked++;
			break;
		case 2:
			play.frames++;
			frames++;
			break;
		case 3:
			report(test_random(&seed) % 2, WAKE_CHECK_REPORT);
			break;
		case 4:
			fake.output_room = test_random(&seed) % 200;
			break;
		default:
			play_pass(test_random(&seed) % 12);
		}
	}
	fake.output_room = SIZE_MAX;
	report(false, WAKE_CHECK_REPORT);
	play_pass(100);
	got = fake_received();
	CHECK(occurrences(got, "+TEXT:1\r\n" OK) == asked, "%u answers", asked);
	CHECK(occurrences(got, "\r\n+IPD,200:") == frames, "%u frames", frames);
	for (const char *p = got; (p = strstr(p, "+E:")); p++, next++)
		REQUIRE((unsigned)atoi(p + 3) == next, "event %u of %d", next, atoi(p + 3));
	CHECK(next == told && told > 100, "%u events of %u, in order", next, told);
	CHECK(strlen(got) == asked * 15u + frames * 211u + told * 11u, "and nothing else: %zu", strlen(got));
	CHECK(!play.stuck, "nobody spins");
}

int main(void)
{
	test_pin();
	test_byte();
	test_awake();
	test_off();
	test_delays();
	test_answers();
	test_frames();
	test_passthrough();
	test_filtered();
	test_large_event();
	test_load();
	filter_clear();
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The port with its tasks as threads, the host as a third: in order, nothing lost, and no race (ThreadSanitizer). */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "fake-platform.h"
#include "port-play.h"
#include "services.h"

#define LINES 20000
#define TIMEOUT 20000 /* ms for a phase in which nothing moves */
#define EVENT "+EVENT:1234567\r\n"

static int host;
static atomic_bool stop;
static xsMachine machine;

/* --- the sink of passthrough and of data phases --- */

static struct {
	port_sink sink;
	_Atomic uint64_t sum; /* of what it took, by position */
	_Atomic uint32_t size;
} network;

static int take(port_sink *sink, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint64_t sum = atomic_load(&network.sum);

	(void)sink;
	if (size > 1000)
		size = 1000;
	for (size_t i = 0; i < size; i++)
		sum = sum * 31 + bytes[i];
	atomic_store(&network.sum, sum);
	atomic_fetch_add(&network.size, (uint32_t)size);
	return (int)size;
}

/* --- XS --- */

static bool pending, wants_event;
static unsigned answered, events_posted;
static atomic_bool make_noise; /* pend now and then, and post events */
static atomic_uint escaped;

#define CALL(native, ...) FAKE_CALL(&machine, native, __VA_ARGS__)

static void end(int result, const char *before)
{
	CALL(xs_port_result, FAKE_INT(result), FAKE_INT(0x01090000), FAKE_TEXT(before));
}

static void on_line(xsMachine *the, int count, xsSlot *arguments)
{
	const char *name = arguments[0].text;
	char text[40];

	(void)the;
	(void)count;
	answered++;
	switch (name[3]) {
	case 'M':
	case 'S':
		CALL(xs_port_prompt, FAKE_INT(atoi(name + 4)), FAKE_INT(name[3] == 'M' ? -1 : 0), FAKE_BOOL(true));
		CALL(xs_port_pend, FAKE_INT(0));
		return;
	case 'P':
		CALL(xs_port_pass, FAKE_INT(0), FAKE_INT(20), FAKE_INT(0));
		end(PLAY_NONE, "");
		return;
	}
	if (atomic_load(&make_noise) && answered % 20 == 0) {
		CALL(xs_port_pend, FAKE_INT(0));
		pending = true;
		return;
	}
	snprintf(text, sizeof(text), "%s\r\n", name + 2);
	CALL(xs_port_write, FAKE_TEXT(text));
	end(PLAY_OK, "");
}

static void on_event(xsMachine *the, int count, xsSlot *arguments)
{
	unsigned events = (unsigned)arguments[0].integer;
	xsSlot data;

	(void)count;
	if (events & (PORT_EVENT_DATA | PORT_EVENT_DATA_FAILED)) {
		fake_native(the, xs_port_data, 0, NULL, &data);
		end(events & PORT_EVENT_DATA ? PLAY_SEND_OK : PLAY_SEND_FAIL, "");
	}
	if (events & PORT_EVENT_ESCAPED)
		atomic_fetch_add(&escaped, 1);
	if (events & PORT_EVENT_ROOM)
		wants_event = true;
}

static void *xs_thread(void *unused)
{
	uint32_t seed = 77;

	CALL(xs_port, FAKE_CODE(on_line), FAKE_CODE(on_event), FAKE_CODE(on_event), FAKE_INT(0));
	CALL(xs_port_start, FAKE_INT(0));
	while (!atomic_load(&stop)) {
		bool noise = atomic_load(&make_noise);

		fake_wait_xs(noise ? 1 : services_due(platform_now()));
		services_run(&machine);
		if (noise && (wants_event || test_random(&seed) % 4 == 0)) {
			wants_event = false;
			events_posted += CALL(xs_port_event, FAKE_TEXT(EVENT), FAKE_BOOL(false)) != 0;
		}
		if (pending && test_random(&seed) % 2) {
			pending = false;
			end(PLAY_OK, "+LATE\r\n");
		}
	}
	return unused;
}

static void *io_thread(void *unused)
{
	while (!atomic_load(&stop)) {
		io_wait wait = { .highest = platform_wake_fd(), .now = platform_now(), .due = UINT32_MAX };

		FD_ZERO(&wait.read);
		FD_ZERO(&wait.write);
		FD_SET(wait.highest, &wait.read);
		port_prepare(&wait);
		wait.ready = platform_wait(wait.highest, &wait.read, &wait.write, wait.due);
		if (wait.ready && FD_ISSET(platform_wake_fd(), &wait.read))
			platform_wake_clear();
		port_perform(&wait);
	}
	return unused;
}

/* --- the host --- */

static char received[4 << 20];
static size_t received_size;

/* Sends in random chunks and receives what comes, until `until` has come that often. @return false when it hangs */
static bool talk(const char *send, size_t size, const char *until, unsigned times, uint32_t *seed)
{
	size_t sent = 0, looked = received_size;

	while (sent < size || times) {
		struct pollfd port_end = { .fd = host, .events = (short)(POLLIN | (sent < size ? POLLOUT : 0)) };
		ssize_t n;

		if (poll(&port_end, 1, TIMEOUT) <= 0)
			return false;
		if (port_end.revents & POLLOUT) {
			size_t chunk = 1 + test_random(seed) % 3000;

			if (test_random(seed) % 3 == 0)
				chunk = 1 + chunk % 7;
			n = write(host, send + sent, chunk < size - sent ? chunk : size - sent);
			sent += n > 0 ? (size_t)n : 0;
		}
		if (!(port_end.revents & POLLIN))
			continue;
		n = read(host, received + received_size, sizeof(received) - 1 - received_size);
		if (n <= 0)
			return false;
		received_size += (size_t)n;
		received[received_size] = 0;
		for (char *p; times && (p = strstr(received + looked, until)); times--)
			looked = (size_t)(p - received) + strlen(until);
	}
	return true;
}

static void test_in_order(uint32_t *seed)
{
	static char lines[LINES * 14];
	size_t size = 0, at = 0;
	unsigned wrong = 0;

	for (int i = 0; i < LINES; i++)
		size += (size_t)sprintf(lines + size, "AT+N%d\r\n", i);
	received_size = 0;
	CHECK(talk(lines, size, "\r\nOK\r\n", LINES, seed), "all lines are answered: %zu bytes", received_size);
	for (int i = 0; i < LINES && !wrong; i++) {
		char wanted[60];
		int n = sprintf(wanted, "AT+N%d\r\n+N%d\r\n\r\nOK\r\n", i, i);

		wrong += memcmp(received + at, wanted, (size_t)n) != 0;
		at += (size_t)n;
		CHECK(!wrong, "line %d: <%.60s>", i, received + at - n);
	}
	CHECK(at == received_size, "and nothing else");
}

static unsigned count(const char *part)
{
	unsigned n = 0;

	for (const char *p = received; (p = strstr(p, part)); p += strlen(part))
		n++;
	return n;
}

/* With commands that are pending and events in between: each line is answered once, a response is in one piece. */
static void test_noise(uint32_t *seed)
{
	static char lines[LINES * 14];
	size_t size = 0;
	unsigned echoes = 0, answers, wrong = 0;

	for (int i = 0; i < LINES; i++)
		size += (size_t)sprintf(lines + size, "AT+N%d\r\n", i);
	received_size = 0;
	received[0] = 0;
	atomic_store(&make_noise, true);
	CHECK(talk(lines, size, "AT+N19999\r\n", 1, seed), "the last line is echoed");

	atomic_store(&make_noise, false);
	/* The last answers, and a line that is certainly answered after them. */
	for (int i = 0; i < 200 && count("\r\nOK\r\n") + count("\r\nbusy p...\r\n") < LINES; i++) {
		platform_wake_xs();
		usleep(5000);
		talk("\r\n", 2, "", 0, seed);
		struct pollfd port_end = { .fd = host, .events = POLLIN };

		if (poll(&port_end, 1, 10) > 0) {
			ssize_t n = read(host, received + received_size, sizeof(received) - 1 - received_size);

			received_size += n > 0 ? (size_t)n : 0;
			received[received_size] = 0;
		}
	}
	for (const char *p = received; (p = strstr(p, "AT+N")); p += 4)
		echoes += atoi(p + 4) == (int)echoes;
	answers = count("\r\nOK\r\n") + count("\r\nbusy p...\r\n");
	CHECK(echoes == LINES, "%u lines echoed in order", echoes);
	CHECK(answers == LINES, "%u lines answered", answers);
	CHECK(count("\r\nbusy p...\r\n") > 0 && count("\r\n+N") > 0 && count("+LATE\r\n\r\nOK\r\n") > 0 && count(EVENT) > 0,
	      "of all kinds");
	for (const char *p = received; (p = strstr(p, "\r\n+N"));) {
		char wanted[40];
		int number = atoi(p + 4), n = sprintf(wanted, "AT+N%d\r\n+N%d\r\n\r\nOK\r\n", number, number);
		size_t echo = strcspn(p + 2, "\r") + 4; /* of "AT+N1\r\n" */

		/* An event may come between echo and answer, but not into the answer. */
		wrong += strncmp(p + 2, wanted + echo, (size_t)n - echo) != 0;
		p += 4;
	}
	CHECK(wrong == 0, "%u answers are not in one piece", wrong);
}

static uint64_t sum_of(const char *data, size_t size, uint64_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum = sum * 31 + (uint8_t)data[i];
	return sum;
}

static void test_data(uint32_t *seed)
{
	static char data[8192];
	char line[30];

	for (int round = 0; round < 300; round++) {
		bool memory = round & 1;
		unsigned size = 1 + test_random(seed) % (round % 10 ? 300 : 8192);
		uint64_t wanted;

		for (unsigned i = 0; i < size; i++)
			data[i] = (char)test_random(seed);
		received_size = 0;
		atomic_store(&network.sum, 0);
		sprintf(line, "AT+%c%u\r\n", memory ? 'M' : 'S', size);
		if (!talk(line, strlen(line), "OK\r\n\r\n>", 1, seed) || !talk(data, size, "\r\nSEND OK\r\n", 1, seed)) {
			CHECK(false, "round %d, %u bytes: hangs after <%.200s>", round, size, received);
			return;
		}
		wanted = sum_of(data, size, 0);
		CHECK(memory || atomic_load(&network.sum) == wanted, "round %d: %u bytes", round, size);
	}
}

static void test_passthrough(uint32_t *seed)
{
	static char data[300000];
	uint64_t wanted = 0;
	unsigned before = atomic_load(&escaped);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(test_random(seed) % 3 ? '+' : test_random(seed));
	data[sizeof(data) - 1] = 'x';
	for (unsigned round = 1; round <= 5; round++) {
		received_size = 0;
		atomic_store(&network.size, 0);
		atomic_store(&network.sum, 0);
		wanted = sum_of(data, sizeof(data), 0);
		CHECK(talk("AT+P\r\n", 6, "OK\r\n\r\n>", 1, seed), "round %u: prompt", round);
		CHECK(talk(data, sizeof(data), "", 0, seed), "round %u: sent", round);
		for (int i = 0; i < 400 && atomic_load(&network.size) < sizeof(data); i++)
			usleep(5000);
		CHECK(atomic_load(&network.sum) == wanted && atomic_load(&escaped) == before + round - 1,
		      "round %u: %u bytes, still in passthrough", round, atomic_load(&network.size));
		usleep(60000);
		CHECK(talk("+++", 3, "", 0, seed), "round %u", round);
		for (int i = 0; i < 400 && atomic_load(&escaped) < before + round; i++)
			usleep(5000);
		CHECK(atomic_load(&escaped) == before + round, "round %u: left", round);
		CHECK(talk("AT+N1\r\n", 7, "+N1\r\n\r\nOK\r\n", 1, seed), "round %u: a command again", round);
	}
}

int main(void)
{
	pthread_t xs, io;
	uint32_t seed = 2463534242u;

	host = fake_reset_threads();
	port_state_init();
	fake_machine_init(&machine);
	network.sink.take = take;
	port_set_sink(0, &network.sink);
	pthread_create(&io, NULL, io_thread, NULL);
	pthread_create(&xs, NULL, xs_thread, NULL);
	CHECK(talk("", 0, "\r\nready\r\n", 1, &seed), "ready");
	test_in_order(&seed);
	test_data(&seed);
	test_passthrough(&seed);
	test_noise(&seed);
	atomic_store(&stop, true);
	platform_wake_xs();
	platform_wake_io();
	pthread_join(xs, NULL);
	pthread_join(io, NULL);
	return check_report();
}

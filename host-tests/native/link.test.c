/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O half of the links on a fake network, with the whole port: frames, passthrough, failures, and XS in between.
 */
#include <errno.h>

#include "link-state.h"
#include "net.h"
#include "port-expect.h"

#define FD 900 /* a number for the sets, no descriptor */

static struct {
	char in[1 << 16]; /* what the peer has sent */
	size_t in_size, in_taken;
	bool ended, send_broken;
	size_t out_size, out_room;
	int connect_result, opened, closed;
	unsigned receives;
	void (*meanwhile)(void); /* what XS does while bytes are copied; once */
	platform_job *job;
} net;

int net_connect(const net_address *remote, const uint8_t *local_ip)
{
	(void)local_ip;
	if (remote->ip[0] == 0) {
		errno = ENETUNREACH;
		return -1;
	}
	net.opened++;
	return FD;
}

int net_connect_result(int fd)
{
	CHECK(fd == FD, "descriptor %d", fd);
	return net.connect_result;
}

int net_send(int fd, const void *data, size_t size)
{
	CHECK(fd == FD && data, "descriptor %d", fd);
	if (net.send_broken)
		return -1;
	size = size < net.out_room ? size : net.out_room;
	net.out_room -= size;
	net.out_size += size;
	return (int)size;
}

/* As recv() behaves: a request for nothing looks like the end of the stream. */
int net_receive(int fd, void *buffer, size_t size)
{
	size_t left = net.in_size - net.in_taken, n = size < left ? size : left;
	void (*meanwhile)(void) = net.meanwhile;

	CHECK(fd == FD && size > 0, "descriptor %d, room for %zu", fd, size);
	net.receives++;
	net.meanwhile = NULL;
	memcpy(buffer, net.in + net.in_taken, n / 2);
	if (meanwhile)
		fake_meanwhile(meanwhile);
	memcpy((uint8_t *)buffer + n / 2, net.in + net.in_taken + n / 2, n - n / 2);
	net.in_taken += n;
	if (!n)
		return size == 0 || net.ended ? -1 : 0;
	return (int)n;
}

uint32_t net_delay(int fd)
{
	return fd == FD ? 0 : 1;
}

int net_keep_alive(int fd, unsigned seconds)
{
	return fd == FD && seconds <= 7200 ? 0 : -1;
}

int net_local_port(int fd)
{
	return fd == FD ? 50000 : -1;
}

void net_close(int fd)
{
	CHECK(fd == FD, "descriptor %d", fd);
	net.closed++;
}

bool net_resolve(const char *host, uint8_t ip[4])
{
	memcpy(ip, (uint8_t[]){ 10, 0, 0, 9 }, 4);
	return !strcmp(host, "peer");
}

bool net_parse(const char *text, uint8_t ip[4])
{
	memcpy(ip, (uint8_t[]){ 10, 0, 0, 1 }, 4);
	if (!strcmp(text, "0.0.0.1"))
		ip[0] = 0;
	return text[0] >= '0' && text[0] <= '9';
}

void net_print(const uint8_t ip[4], char text[NET_TEXT])
{
	snprintf(text, NET_TEXT, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

void platform_queue_job(platform_job *job)
{
	net.job = job;
}

/* --- the I/O loop, as io.c: links first, then the port --- */

static io_wait asleep;

static void sleep_now(void)
{
	asleep = (io_wait){ .now = fake.now, .due = UINT32_MAX };
	FD_ZERO(&asleep.read);
	FD_ZERO(&asleep.write);
	port_prepare(&asleep);
	link_prepare(&asleep);
}

/* Leaves in the sets what is ready, as select() does. @return whether it comes back by itself */
static bool awake(void)
{
	bool readable = FD_ISSET(FD, &asleep.read) && (net.in_taken < net.in_size || net.ended || net.send_broken);
	bool writable = FD_ISSET(FD, &asleep.write) && (net.out_room || net.send_broken);
	bool uart = (FD_ISSET(FAKE_UART_FD, &asleep.read) && fake.input_tail < fake.input_head) ||
	            (FD_ISSET(FAKE_UART_FD, &asleep.write) && fake.output_room);

	if (!readable)
		FD_CLR(FD, &asleep.read);
	if (!writable)
		FD_CLR(FD, &asleep.write);
	asleep.ready = true;
	return readable || writable || uart || fake.io_wakes ||
	       (asleep.due != UINT32_MAX && fake.now - asleep.now >= asleep.due);
}

static void turn(void)
{
	fake.io_wakes = 0;
	play.io_turns++;
	link_perform(&asleep);
	port_perform(&asleep);
}

/* @return turns of the I/O task until it slept, 1000 for never */
static unsigned settle(void)
{
	unsigned turns = 0;

	while (turns < 1000) {
		sleep_now();
		if (awake()) {
			turn();
			turns++;
		} else if (play_xs_has_reason())
			play_xs();
		else
			return turns;
	}
	return turns;
}

static void order(int what)
{
	atomic_store(&links[0].order, what);
	platform_wake_io();
	settle();
}

static void start(const char *host)
{
	play_start(0);
	echo(false);
	memset(&net, 0, sizeof(net));
	net.out_room = SIZE_MAX;
	memset(links, 0, sizeof(links));
	atomic_store(&link_multiple, false);
	atomic_store(&link_show_remote, false);
	port_set_sink(0, &links[0].sink);
	settle();
	strcpy(links[0].host, host);
	links[0].remote.port = 80;
	links[0].timeout = 100;
	order(LINK_ORDER_CONNECT);
}

static void start_open(void)
{
	start("10.0.0.1");
	order(LINK_ORDER_START);
	CHECK(links[0].state == LINK_OPEN, "open");
	atomic_store(&links[0].events, 0);
}

static void peer_sends(const char *bytes, size_t size)
{
	memcpy(net.in + net.in_size, bytes, size);
	net.in_size += size;
}

static void test_connect(void)
{
	start("10.0.0.1");
	CHECK(links[0].events == LINK_EVENT_CONNECTED && links[0].local_port == 50000, "connected");
	peer_sends("early", 5);
	settle();
	CHECK(!*fake_received() && net.receives == 0, "nothing is read before the host was told");
	order(LINK_ORDER_START);
	CHECK(!strcmp(fake_received(), "\r\n+IPD,5:early"), "then it is");
	order(LINK_ORDER_CLOSE);
	CHECK((links[0].events & LINK_EVENT_ENDED) && net.closed == 1 && links[0].state == LINK_FREE, "closed");
	start("0.0.0.1");
	CHECK(links[0].events == LINK_EVENT_FAILED && links[0].error == LINK_ERROR_UNREACHABLE, "unreachable");
	start("peer");
	CHECK(links[0].state == LINK_RESOLVING && net.job, "asks for the name");
	net.job->run(net.job);
	settle();
	CHECK(links[0].events == LINK_EVENT_CONNECTED && links[0].remote.ip[3] == 9, "and connects");
	start("nobody");
	net.job->run(net.job);
	settle();
	CHECK(links[0].events == LINK_EVENT_FAILED && links[0].error == LINK_ERROR_DNS, "no such name");
	start("peer");
	for (fake.now = 1; fake.now <= 100; fake.now++)
		settle();
	CHECK(links[0].events == LINK_EVENT_FAILED && links[0].error == LINK_ERROR_TIMEOUT, "a name that takes too long");
	net.job->run(net.job); /* frees what nobody waits for */
	start("peer");
	order(LINK_ORDER_CLOSE);
	net.job->run(net.job);
	CHECK(links[0].events == LINK_EVENT_ENDED && !net.opened, "closed while it is being resolved");
}

static void test_frames(void)
{
	static const char full[] = "\r\n+IPD,0,3,\"10.0.0.1\",80:a\0b";

	start_open();
	atomic_store(&link_multiple, true);
	atomic_store(&link_show_remote, true);
	peer_sends("a\0b", 3);
	settle();
	fake_received();
	CHECK(!memcmp(fake.output + fake.output_size - sizeof(full) + 1, full, sizeof(full) - 1), "with id and peer");
	/* A host that stops reading: the socket is left alone, and nothing is lost. */
	start_open();
	for (size_t i = 0; i < 40000; i++)
		net.in[i] = (char)('a' + i % 26);
	net.in_size = 40000;
	fake.output_room = 0;
	CHECK(settle() < 20 && net.in_taken < 5000, "back-pressure: %zu taken", net.in_taken);
	net.ended = true;
	fake.output_room = SIZE_MAX;
	CHECK(settle() < 1000 && net.in_taken == 40000, "then all of it");
	CHECK((links[0].events & LINK_EVENT_CLOSED) && net.closed == 1, "and the end");
	settle();
	{
		const char *got = fake_received(), *end;
		size_t total = 0;

		while (!strncmp(got, "\r\n+IPD,", 7)) {
			size_t n = strtoul(got + 7, (char **)&end, 10);

			CHECK(*end == ':' && n >= 1 && n <= LINK_SEGMENT, "a frame of %zu", n);
			for (size_t i = 0; i < n; i++)
				REQUIRE(end[1 + i] == (char)('a' + (total + i) % 26), "byte %zu", total + i);
			total += n;
			got = end + 1 + n;
		}
		CHECK(total == 40000 && !*got, "%zu bytes in frames", total);
	}
}

static void say_much(void)
{
	static char line[101];

	memset(line, '=', 100);
	for (int i = 0; i < 40; i++)
		FAKE_CALL(&play.machine, xs_port_write, FAKE_TEXT(line));
}

/* XS writes the answer of a pending command while a frame's payload is being received. */
static void test_answer_meanwhile(void)
{
	const char *got;
	unsigned full = PORT_TRANSMIT_RING - PORT_RESULT_RESERVE;

	for (unsigned events = 0; events < 4; events++) {
		start_open();
		fake_send("AT+SLOW\r\n", 9);
		settle();
		fake.output_room = 0;
		for (unsigned i = 0; i < events * 50; i++)
			play_event("+EVENT:1234567\r\n", false);
		memset(net.in, 'p', 1440);
		net.in_size = 1440;
		net.meanwhile = say_much;
		settle();
		CHECK(ring_used(&port.transmit) <= full, "%u bytes in the ring", ring_used(&port.transmit));
		fake.output_room = SIZE_MAX;
		CHECK(settle() < 1000 && net.in_taken == 1440, "the rest comes too: %zu", net.in_taken);
		CHECK(!(links[0].events & LINK_EVENT_CLOSED), "a full ring is no end of the stream");
		got = fake_received();
		CHECK(strlen(got) > 1440 + 9 + events * 800, "%zu bytes", strlen(got));
		for (const char *p = got; (p = strstr(p, "\r\n+IPD,"));) {
			char *end;
			size_t n = strtoul(p + 7, &end, 10);

			CHECK(strspn(end + 1, "p") == n, "a frame of %zu is whole", n);
			p = end;
		}
	}
}

static void event_now(void)
{
	play_event("+EVENT:1234567\r\n", true);
}

/* SYSMSG bit 2: an event is said in passthrough while bytes of the network are being received into the same ring. */
static void test_event_meanwhile(void)
{
	char wanted[300], *at;
	const char *got;

	start_open();
	fake_send("AT+PASS\r\n", 9);
	settle();
	fake_received();
	for (int i = 0; i < 200; i++)
		wanted[i] = (char)('a' + i % 26);
	wanted[200] = 0;
	peer_sends(wanted, 200);
	net.meanwhile = event_now;
	settle();
	got = fake_received();
	at = strstr(got, "+EVENT:1234567\r\n");
	CHECK(at && strlen(got) == 216, "<%s>", got);
	if (at) {
		memmove(at, at + 16, strlen(at + 16) + 1);
		CHECK(!strcmp(got, wanted), "bytes of the network are unharmed: <%s>", got);
	}
}

/* The peer resets while the host neither reads nor stops sending: that is no reason to spin. */
static void test_broken_while_blocked(void)
{
	start_open();
	fake_send("AT+PASS\r\n", 9);
	settle();
	fake.output_room = 0;
	net.in_size = sizeof(net.in);
	net.out_room = 0;
	settle();
	fake_send("data", 4);
	settle();
	fake.now += 100;
	settle();
	CHECK(port_blocked(&links[0].sink), "the network does not take any more");
	net.send_broken = net.ended = true;
	CHECK(settle() < 20, "spins while the host does not read");
	fake.output_room = SIZE_MAX;
	CHECK(settle() < 1000 && (links[0].events & LINK_EVENT_CLOSED), "and the end is told when it does");
	CHECK(net.in_taken == sizeof(net.in), "after all that had come");
}

int main(void)
{
	test_connect();
	test_frames();
	test_answer_meanwhile();
	test_event_meanwhile();
	test_broken_while_blocked();
	return check_report();
}

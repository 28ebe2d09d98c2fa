/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O half of the links on a fake network, with the whole port: frames, passthrough, failures, and XS in between.
 */
#include "fake-net.h"
#include "link-state.h"
#include "port-expect.h"

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
	bool readable = FD_ISSET(FD, &asleep.read) && fake_net_readable(FD);
	bool client = FD_ISSET(LISTENER, &asleep.read) && fake_net_readable(LISTENER);
	bool writable = FD_ISSET(FD, &asleep.write) && (net.out_room || net.send_broken);
	bool uart = (FD_ISSET(FAKE_UART_FD, &asleep.read) && fake.input_tail < fake.input_head) ||
	            (FD_ISSET(FAKE_UART_FD, &asleep.write) && fake.output_room);

	if (!readable)
		FD_CLR(FD, &asleep.read);
	if (!writable)
		FD_CLR(FD, &asleep.write);
	if (!client)
		FD_CLR(LISTENER, &asleep.read);
	asleep.ready = true;
	return readable || writable || client || uart || fake.io_wakes ||
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

static void nothing_yet(void)
{
	play_start(0);
	echo(false);
	fake_net_start();
	memset(links, 0, sizeof(links));
	link_server = (server_record){ 0 };
	atomic_store(&link_multiple, false);
	atomic_store(&link_show_remote, false);
	atomic_store(&link_server_timeout, 0);
	atomic_store(&link_lost, 0);
	for (int id = 0; id < LINK_COUNT; id++)
		atomic_store(&links[id].linger, LINK_NO_LINGER);
	port_set_sink(0, &links[0].sink);
	settle();
}

static void connect_to(const char *host)
{
	strcpy(links[0].host, host);
	links[0].family = NET_V4;
	links[0].remote_port = 80;
	links[0].timeout = 100;
	order(LINK_ORDER_CONNECT);
}

static void start(const char *host)
{
	nothing_yet();
	connect_to(host);
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

/* --- reading on demand --- */

static void read_now(uint32_t size)
{
	links[0].read_size = size;
	order(LINK_ORDER_READ);
}

static void start_passive(void)
{
	nothing_yet();
	atomic_store(&links[0].passive, true);
	connect_to("10.0.0.1");
	order(LINK_ORDER_START);
	atomic_store(&links[0].events, 0);
	fake_received();
}

static void test_passive(void)
{
	start_passive();
	peer_sends("test", 4);
	settle();
	CHECK(!strcmp(fake_received(), "\r\n+IPD,4\r\n") && net.receives == 0, "told, not read");
	peer_sends("more", 4);
	settle();
	CHECK(!*fake_received(), "told once");
	read_now(3);
	CHECK(!strcmp(fake_received(), "+CIPRECVDATA:3,tes\r\n+IPD,5\r\n"), "what is left is told again");
	CHECK(links[0].events == LINK_EVENT_READ, "done");
	atomic_store(&links[0].events, 0);
	atomic_store(&link_show_remote, true);
	read_now(0x7fffffff);
	CHECK(!strcmp(fake_received(), "+CIPRECVDATA:5,\"10.0.0.1\",80,tmore"), "all of it, and from whom");
	atomic_store(&links[0].events, 0);
	read_now(1);
	CHECK(links[0].events == LINK_EVENT_EMPTY && !*fake_received(), "nothing");
	/* The end comes after the last byte. */
	peer_sends("last", 4);
	net.ended = true;
	settle();
	CHECK(!strcmp(fake_received(), "\r\n+IPD,4\r\n") && links[0].state == LINK_OPEN, "still to be read");
	atomic_store(&links[0].events, 0);
	read_now(4);
	CHECK((links[0].events & LINK_EVENT_READ) && (links[0].events & LINK_EVENT_CLOSED), "then closed");
}

static void test_passive_long(void)
{
	const char *got;

	start_passive();
	for (size_t i = 0; i < 10000; i++)
		net.in[i] = (char)('a' + i % 26);
	net.in_size = 10000;
	settle();
	CHECK(!strcmp(fake_received(), "\r\n+IPD,5760\r\n"), "no more than a window is told");
	fake.output_room = 0;
	read_now(10000);
	CHECK(links[0].events == 0, "the host does not take it");
	net.send_broken = net.ended = true;
	settle();
	fake.output_room = SIZE_MAX;
	settle();
	got = fake_received();
	CHECK(!strncmp(got, "+CIPRECVDATA:5760,", 18) && strlen(got) >= 18 + 5760, "all that was promised: %zu",
	      strlen(got));
	for (size_t i = 0; i < 5760; i++)
		REQUIRE(got[18 + i] == (char)('a' + i % 26), "byte %zu", i);
}

/* --- datagrams --- */

static void start_datagrams(uint8_t mode, bool passive)
{
	nothing_yet();
	links[0].is_datagrams = links[0].sink.whole = true;
	links[0].remote_mode = mode;
	atomic_store(&links[0].passive, passive);
	connect_to("10.0.0.1");
	CHECK(links[0].events == LINK_EVENT_CONNECTED, "ready at once");
	order(LINK_ORDER_START);
	atomic_store(&links[0].events, 0);
	atomic_store(&link_show_remote, true);
	fake_received();
}

static void test_datagrams(void)
{
	static char big[LINK_DATAGRAM + 1];
	static char wanted[12000];
	uint8_t wanted_last[3][3] = { { 1, 1, 1 }, { 8, 8, 8 }, { 8, 1, 9 } };

	start_datagrams(LINK_REMOTE_FIXED, false);
	fake_net_datagram("one", 3, 1, 80);
	fake_net_datagram("", 0, 1, 80);
	fake_net_datagram("two", 3, 2, 81);
	settle();
	CHECK(!strcmp(fake_received(), "\r\n+IPD,3,\"10.0.0.1\",80:one\r\n+IPD,3,\"10.0.0.2\",81:two"), "<%s>",
	      fake.output);
	/* One that is longer than a frame, to a host that reads slowly; and one that is too long. */
	memset(big, 'b', sizeof(big));
	fake.output_room = 0;
	fake_net_datagram(big, LINK_DATAGRAM, 1, 80);
	fake_net_datagram(big, LINK_DATAGRAM + 1, 1, 80);
	fake_net_datagram("end", 3, 1, 80);
	settle();
	fake.output_room = SIZE_MAX;
	CHECK(settle() < 100, "does not spin");
	snprintf(wanted, sizeof(wanted),
	         "\r\n+IPD,2920,\"10.0.0.1\",80:%.2920s\r\n+IPD,2920,\"10.0.0.1\",80:%.2920s"
	         "\r\n+IPD,2352,\"10.0.0.1\",80:%.2352s\r\n+IPD,3,\"10.0.0.1\",80:end",
	         big, big, big);
	CHECK(!strcmp(fake_received(), wanted), "pieces of one datagram, then the next");
	CHECK(atomic_load(&link_lost) == 1, "one too long");
	/* Whose remote is whose. */
	for (uint8_t mode = LINK_REMOTE_FIXED; mode <= LINK_REMOTE_LAST; mode++) {
		static const uint8_t senders[3] = { 8, 1, 9 };

		start_datagrams(mode, false);
		for (int i = 0; i < 3; i++) {
			fake_net_datagram("x", 1, senders[i], 80);
			settle();
			CHECK(links[0].remote.ip[3] == wanted_last[mode][i], "mode %u, datagram %d: %u", mode, i,
			      links[0].remote.ip[3]);
		}
	}
}

static void test_datagrams_passive(void)
{
	start_datagrams(LINK_REMOTE_FIXED, true);
	fake_net_datagram("first", 5, 1, 80);
	fake_net_datagram("second", 6, 2, 81);
	settle();
	CHECK(!strcmp(fake_received(), "\r\n+IPD,5\r\n"), "one datagram");
	read_now(100);
	CHECK(!strcmp(fake_received(), "+CIPRECVDATA:5,\"10.0.0.1\",80,first\r\n+IPD,6\r\n"), "its border is kept");
	read_now(4);
	CHECK(!strcmp(fake_received(), "+CIPRECVDATA:4,\"10.0.0.2\",81,seco\r\n+IPD,2\r\n"), "and what is left of one");
	order(LINK_ORDER_CLOSE);
	CHECK(links[0].held.bytes == NULL, "freed");
}

static void test_send_datagram(void)
{
	start_datagrams(LINK_REMOTE_FIXED, false);
	links[0].datagram = platform_alloc(6);
	links[0].datagram_size = 6;
	links[0].collected = 0;
	links[0].to = links[0].remote;
	net.out_room = 0;
	CHECK(link_take(&links[0].sink, "abc", 3) == 3 && net.sent_count == 0, "a part");
	CHECK(link_take(&links[0].sink, "def", 3) == 0, "no room for it");
	net.out_room = 1;
	CHECK(link_take(&links[0].sink, "def", 3) == 3, "now");
	CHECK(net.sent_count == 1 && net.sent[0].size == 6 && !memcmp(net.sent[0].bytes, "abcdef", 6), "one datagram");
	CHECK(!links[0].datagram, "freed");
	/* To somebody else, whose name is looked up. */
	strcpy(links[0].host, "peer");
	links[0].remote_port = 99;
	order(LINK_ORDER_RESOLVE);
	CHECK(links[0].events == 0 && net.job, "asks");
	net.job->run(net.job);
	settle();
	CHECK(links[0].events == LINK_EVENT_RESOLVED && links[0].to.ip[3] == 9 && links[0].to.port == 99, "found");
	strcpy(links[0].host, "nobody");
	atomic_store(&links[0].events, 0);
	order(LINK_ORDER_RESOLVE);
	net.job->run(net.job);
	settle();
	CHECK(links[0].events == LINK_EVENT_FAILED && links[0].state == LINK_OPEN, "not found, and still open");
}

/* --- options --- */

static void test_options(void)
{
	start_open();
	atomic_store(&links[0].keep_alive, 60);
	atomic_store(&links[0].no_delay, true);
	atomic_store(&links[0].options_changed, true);
	platform_wake_io();
	settle();
	CHECK(net.keep_alive == 60 && net.no_delay == 1, "while it is open");
	/* A send that gets nowhere. */
	atomic_store(&links[0].send_timeout, 500);
	net.out_room = 2;
	CHECK(link_take(&links[0].sink, "abcd", 4) == 2 && link_take(&links[0].sink, "cd", 2) == 0, "stalls");
	fake.now += 499;
	CHECK(link_take(&links[0].sink, "cd", 2) == 0, "waits");
	fake.now += 1;
	CHECK(link_take(&links[0].sink, "cd", 2) == -1 && links[0].state == LINK_OPEN, "is given up, the link stays");
	/* Closing. */
	atomic_store(&links[0].linger, 2);
	net.unflushed = true;
	order(LINK_ORDER_CLOSE);
	CHECK(net.finished == 1 && !net.closed && !(links[0].events & LINK_EVENT_ENDED), "lingers");
	fake.now += 50;
	net.unflushed = false;
	settle();
	CHECK(net.closed == 1 && (links[0].events & LINK_EVENT_ENDED), "until all has arrived");
	start_open();
	atomic_store(&links[0].linger, 2);
	net.unflushed = true;
	order(LINK_ORDER_CLOSE);
	fake.now += 2000;
	settle();
	CHECK(net.closed == 1 && (links[0].events & LINK_EVENT_ENDED), "or for so long");
	start_open();
	atomic_store(&links[0].linger, 0);
	order(LINK_ORDER_CLOSE);
	CHECK(net.resets == 1 && (links[0].events & LINK_EVENT_ENDED), "or is reset");
}

/* --- the server --- */

static void order_server(int what)
{
	atomic_store(&link_server.order, what);
	platform_wake_io();
	settle();
}

static unsigned server_events(void)
{
	return atomic_exchange(&link_server.events, 0);
}

static void test_server(void)
{
	nothing_yet();
	link_server.port = 80;
	net.listen_refused = true;
	order_server(SERVER_ORDER_LISTEN);
	CHECK(server_events() == SERVER_EVENT_FAILED, "refused");
	net.listen_refused = false;
	order_server(SERVER_ORDER_LISTEN);
	CHECK(server_events() == SERVER_EVENT_LISTENING && net.listening, "listens");
	net.clients = 2;
	settle();
	CHECK(server_events() == SERVER_EVENT_WAITING && net.clients == 2, "XS decides");
	settle();
	CHECK(server_events() == 0, "told once");
	order(LINK_ORDER_ADOPT);
	CHECK((links[0].events & LINK_EVENT_CONNECTED) && links[0].remote.ip[3] == 7 && links[0].is_child, "taken");
	CHECK(server_events() == SERVER_EVENT_WAITING, "the next one");
	order_server(SERVER_ORDER_REFUSE);
	CHECK(net.closed == 1 && net.clients == 0, "refused");
	/* A silent child is thrown out, one that speaks is not. */
	atomic_store(&link_server_timeout, 10);
	order(LINK_ORDER_START);
	fake.now += 9999;
	settle();
	peer_sends("x", 1);
	settle();
	fake.now += 9999;
	settle();
	CHECK(links[0].state == LINK_OPEN, "it spoke");
	fake.now += 1;
	settle();
	CHECK((links[0].events & LINK_EVENT_CLOSED) && links[0].state == LINK_FREE, "silent for too long");
	order_server(SERVER_ORDER_STOP);
	CHECK(server_events() == SERVER_EVENT_STOPPED && !net.listening, "stopped");
	order(LINK_ORDER_ADOPT);
	CHECK(links[0].events & LINK_EVENT_FAILED, "nobody waits");
}

int main(void)
{
	test_passive();
	test_passive_long();
	test_datagrams();
	test_datagrams_passive();
	test_send_datagram();
	test_options();
	test_server();
	test_connect();
	test_frames();
	test_answer_meanwhile();
	test_event_meanwhile();
	test_broken_while_blocked();
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfers by commands and frames instead of passthrough: orders of host.c.
 *
 *	send BYTES SIZE               by AT+CIPSEND=SIZE, one after the other             {"ms"}
 *	long BYTES                    by one AT+CIPSENDL                                  {"ms"}
 *	frames BYTES                  TCP to terminal, in +IPD frames                     {"ms"}
 *	on-demand BYTES               TCP to terminal, by AT+CIPRECVDATA                  {"ms"}
 *	udp                           makes a UDP socket on 127.0.0.1                     {"port"}
 *	datagrams COUNT SIZE          there and back in passthrough, one by one           {"ms"}
 */
#define _GNU_SOURCE
#include "host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char ahead[SLICE];
static size_t ahead_size, ahead_taken;

static char take(void)
{
	if (ahead_taken == ahead_size) {
		ahead_size = read_some(terminal, ahead, sizeof(ahead));
		ahead_taken = 0;
	}
	return ahead[ahead_taken++];
}

static void take_text(const char *text)
{
	errno = 0;
	for (; *text; text++)
		if (take() != *text)
			fail("another answer");
}

/* A number, and the character that ends it. */
static size_t take_number(char *end)
{
	size_t value = 0;

	while ((*end = take()) >= '0' && *end <= '9')
		value = value * 10 + (size_t)(*end - '0');
	return value;
}

static void take_pattern(size_t from, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t some = ahead_size - ahead_taken;

		if (!some) {
			take();
			ahead_taken--;
			continue;
		}
		if (some > size - done)
			some = size - done;
		for (size_t at = 0; at < some;) {
			size_t offset = (from + done + at) % PATTERN, part = some - at < SLICE ? some - at : SLICE;

			if (memcmp(ahead + ahead_taken + at, pattern + offset, part))
				fail("damaged data");
			at += part;
		}
		ahead_taken += some;
		done += some;
	}
}

static void say(const char *text)
{
	write_all(terminal, text, strlen(text));
}

static void send_by_command(size_t size, size_t block)
{
	char command[40], received[60];
	double began = now_ms();

	snprintf(command, sizeof(command), "AT+CIPSEND=%zu\r\n", block);
	snprintf(received, sizeof(received), "\r\nRecv %zu bytes\r\n\r\nSEND OK\r\n", block);
	for (size_t done = 0; done + block <= size; done += block) {
		say(command);
		expect("\r\nOK\r\n\r\n>", 9);
		write_all(terminal, pattern + done % PATTERN, block);
		read_pattern(peer, done, block, 0);
		expect(received, strlen(received));
	}
	printf("{\"ms\":%.3f}\n", now_ms() - began);
}

static void send_long(size_t size)
{
	stream data = { .fd = terminal, .size = size, .block = 4096, .patterned = true };
	char command[40];
	pthread_t writer;
	double began, ended;
	char end;

	snprintf(command, sizeof(command), "AT+CIPSENDL=%zu\r\n", size);
	say(command);
	expect("\r\nOK\r\n\r\n>", 9);
	began = now_ms();
	pthread_create(&writer, NULL, write_stream, &data);
	ended = read_pattern(peer, 0, size, 0);
	pthread_join(writer, NULL);
	for (;;) {
		char first = take();

		if (first == '\r')
			break;
		take_text("CIPSENDL:");
		take_number(&end);
		take_number(&end);
		take_text("\n");
	}
	take_text("\nSEND OK\r\n");
	printf("{\"ms\":%.3f}\n", ended - began);
}

static void receive(size_t size, bool on_demand)
{
	stream data = { .fd = peer, .size = size, .block = SLICE, .patterned = true };
	double began = now_ms();
	pthread_t writer;
	size_t done = 0;
	char end;

	pthread_create(&writer, NULL, write_stream, &data);
	while (done < size) {
		size_t length;

		take_text("\r\n+IPD,");
		length = take_number(&end);
		if (on_demand) {
			take_text("\n");
			say("AT+CIPRECVDATA=65536\r\n");
			take_text("+CIPRECVDATA:");
			length = take_number(&end);
		}
		take_pattern(done, length);
		if (on_demand)
			take_text("\r\nOK\r\n");
		done += length;
	}
	printf("{\"ms\":%.3f}\n", now_ms() - began);
	pthread_join(writer, NULL);
}

static int datagrams = -1;

static void make_datagram_socket(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(datagrams, (struct sockaddr *)&address, size) ||
	    getsockname(datagrams, (struct sockaddr *)&address, &size))
		fail("udp");
	printf("{\"port\":%d}\n", ntohs(address.sin_port));
}

static void exchange(size_t count, size_t size)
{
	static char bytes[SLICE];
	struct sockaddr_in from;
	double began = now_ms();

	for (size_t i = 0; i < count; i++) {
		socklen_t length = sizeof(from);

		write_all(terminal, pattern + i % PATTERN, size);
		if (recvfrom(datagrams, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length) != (ssize_t)size ||
		    memcmp(bytes, pattern + i % PATTERN, size))
			fail("another datagram");
		sendto(datagrams, bytes, size, 0, (struct sockaddr *)&from, length);
		read_pattern(terminal, i, size, 0);
	}
	printf("{\"ms\":%.3f}\n", now_ms() - began);
}

bool obey_links(char **fields, int count)
{
	const char *what = fields[0];

	if (!strcmp(what, "send") && count == 3)
		send_by_command(strtoul(fields[1], NULL, 10), strtoul(fields[2], NULL, 10));
	else if (!strcmp(what, "long") && count == 2)
		send_long(strtoul(fields[1], NULL, 10));
	else if (!strcmp(what, "frames") && count == 2)
		receive(strtoul(fields[1], NULL, 10), false);
	else if (!strcmp(what, "on-demand") && count == 2)
		receive(strtoul(fields[1], NULL, 10), true);
	else if (!strcmp(what, "udp") && count == 1)
		make_datagram_socket();
	else if (!strcmp(what, "datagrams") && count == 3)
		exchange(strtoul(fields[1], NULL, 10), strtoul(fields[2], NULL, 10));
	else
		return false;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of what is measured: a host at the AT port, and the TCP peer of its link. In C, so that the clocks are read
 * next to the system calls and the measuring is no bottleneck.
 *
 * Orders are lines on standard input, fields separated by tabs, with \r, \n and \\ in texts. Each gets one JSON line.
 *
 *	spawn LINK ARGV…              starts a twin and waits for `ready` on its port     {"ms"}
 *	end                           ends it with SIGTERM                                {}
 *	open PATH                     opens a terminal                                    {}
 *	listen                        makes a TCP server on 127.0.0.1                     {"port"}
 *	accept                        takes its next connection                           {}
 *	say TEXT                      sends on it                                         {}
 *	hang-up                       closes it                                           {}
 *	chat TEXT END                 sends; reads until what came ends with END          {"ms","text"}
 *	repeat N TEXT ANSWER          one at a time: each must get exactly ANSWER         {"ms","median_us","p99_us"}
 *	pipeline N TEXT ANSWER        N times TEXT without waiting; N times ANSWER        {"ms"}
 *	up BYTES BLOCK LOCKSTEP       terminal to TCP in writes of BLOCK bytes            {"ms"}
 *	down BYTES BLOCK LOCKSTEP     TCP to terminal                                     {"ms"}
 *
 * More are in host-links.c. With LOCKSTEP 1 each block must arrive before the next is written. Otherwise the clock
 *stops when all but the last 4096 bytes are there: what is less than a block of AT+TRANSINTVL waits for its interval,
 *and that is no throughput.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define FIELDS_MAX 40
#define LINE_ROOM 16384
#define ORDER_TIME 240 /* s; a transfer under callgrind takes its time */
#define TAIL 4096
int terminal = -1, peer = -1;
char pattern[PATTERN + SLICE];

static int server = -1;
static pid_t child = -1;

_Noreturn void fail(const char *what)
{
	printf("{\"error\":\"%s: %s\"}\n", what, errno ? strerror(errno) : "not as expected");
	exit(1);
}

double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

void write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t sent = write(fd, bytes, size);

		if (sent < 0)
			fail("write");
		bytes += sent;
		size -= (size_t)sent;
	}
}

size_t read_some(int fd, char *bytes, size_t size)
{
	ssize_t got = read(fd, bytes, size);

	if (got < 0)
		fail("read");
	if (!got)
		fail("end of data");
	return (size_t)got;
}

/* \r, \n and \\ in place; returns the length. */
static size_t unescape(char *text)
{
	char *to = text;

	for (char *p = text; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			*to++ = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p;
		} else
			*to++ = *p;
	}
	*to = 0;
	return (size_t)(to - text);
}

static void print_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\')
			printf("\\u%04x", byte);
		else
			putchar(byte);
	}
}

/* --- the terminal --- */

static void open_terminal(const char *path)
{
	struct termios raw;

	terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		return;
	if (tcgetattr(terminal, &raw))
		fail("tcgetattr");
	cfmakeraw(&raw);
	tcsetattr(terminal, TCSANOW, &raw);
}

static char heard[LINE_ROOM];
static size_t heard_size;

static void read_until(const char *end, size_t size)
{
	heard_size = 0;
	while (heard_size < size || memcmp(heard + heard_size - size, end, size)) {
		if (heard_size == sizeof(heard))
			fail("an answer without its end");
		heard_size += read_some(terminal, heard + heard_size, sizeof(heard) - heard_size);
	}
}

static void chat(char *text, char *end)
{
	size_t size = unescape(text);
	double began = now_ms();

	write_all(terminal, text, size);
	read_until(end, unescape(end));
	printf("{\"ms\":%.3f,\"text\":\"", now_ms() - began);
	print_text(heard, heard_size);
	printf("\"}\n");
}

static void spawn(char **fields)
{
	static const char ready[] = "\r\nready\r\n";
	double began;

	unlink(fields[1]);
	fflush(stdout);
	began = now_ms();
	child = fork();
	if (child == 0) {
		int nowhere = open("/dev/null", O_RDWR);

		dup2(nowhere, STDIN_FILENO);
		dup2(nowhere, STDOUT_FILENO);
		execv(fields[2], fields + 2);
		_exit(127);
	}
	while (open_terminal(fields[1]), terminal < 0) {
		if (errno != ENOENT || waitpid(child, NULL, WNOHANG) == child)
			fail(fields[1]);
		usleep(100);
	}
	read_until(ready, sizeof(ready) - 1);
	printf("{\"ms\":%.3f}\n", now_ms() - began);
}

static void end_child(void)
{
	close(terminal);
	terminal = -1;
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	child = -1;
	printf("{}\n");
}

/* --- commands --- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void expect(const char *answer, size_t size)
{
	size_t got = 0;

	while (got < size) {
		size_t some = read_some(terminal, heard, size - got);

		errno = 0;
		if (memcmp(heard, answer + got, some))
			fail("another answer");
		got += some;
	}
}

static void repeat(size_t count, char *text, char *answer)
{
	size_t text_size = unescape(text), answer_size = unescape(answer);
	double *times = calloc(count, sizeof(*times));
	double began = now_ms(), last = began;

	for (size_t i = 0; i < count; i++) {
		double now;

		write_all(terminal, text, text_size);
		expect(answer, answer_size);
		now = now_ms();
		times[i] = (now - last) * 1e3;
		last = now;
	}
	qsort(times, count, sizeof(*times), by_size);
	printf("{\"ms\":%.3f,\"median_us\":%.1f,\"p99_us\":%.1f}\n", last - began, times[count / 2],
	       times[count * 99 / 100]);
	free(times);
}

void *write_stream(void *data)
{
	stream *it = data;

	for (size_t done = 0; done < it->size;) {
		size_t some = it->size - done < it->block ? it->size - done : it->block;

		write_all(it->fd, it->patterned ? pattern + done % PATTERN : it->bytes + done, some);
		done += some;
	}
	return NULL;
}

static void pipeline(size_t count, char *text, char *answer)
{
	size_t text_size = unescape(text), answer_size = unescape(answer);
	char *all = malloc(count * text_size);
	stream commands = { .fd = terminal, .bytes = all, .size = count * text_size, .block = 4096 };
	pthread_t writer;
	double began;

	for (size_t i = 0; i < count; i++)
		memcpy(all + i * text_size, text, text_size);
	began = now_ms();
	pthread_create(&writer, NULL, write_stream, &commands);
	for (size_t i = 0; i < count; i++)
		expect(answer, answer_size);
	printf("{\"ms\":%.3f}\n", now_ms() - began);
	pthread_join(writer, NULL);
	free(all);
}

/* --- transfers --- */

/* Reads and compares with the pattern. Returns the time when all but the last `tail` bytes were there. */
double read_pattern(int fd, size_t from, size_t size, size_t tail)
{
	static char bytes[SLICE];
	double reached = 0;

	for (size_t done = from; done < from + size;) {
		size_t left = from + size - done;
		size_t got = read_some(fd, bytes, left < SLICE ? left : SLICE);

		errno = 0;
		if (memcmp(bytes, pattern + done % PATTERN, got))
			fail("damaged data");
		done += got;
		if (!reached && done >= from + size - tail)
			reached = now_ms();
	}
	return reached;
}

static void transfer(int from, int to, size_t size, size_t block, bool lockstep)
{
	stream data = { .fd = from, .size = size, .block = block, .patterned = true };
	double began = now_ms(), ended = began;
	pthread_t writer;

	if (block > SLICE)
		fail("block size");
	if (lockstep)
		for (size_t done = 0; done < size; done += block) {
			write_all(from, pattern + done % PATTERN, block);
			ended = read_pattern(to, done, block, 0);
		}
	else {
		pthread_create(&writer, NULL, write_stream, &data);
		ended = read_pattern(to, 0, size, TAIL);
		pthread_join(writer, NULL);
	}
	printf("{\"ms\":%.3f}\n", ended - began);
}

static void make_server(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server, (struct sockaddr *)&address, size) || listen(server, 5) ||
	    getsockname(server, (struct sockaddr *)&address, &size))
		fail("listen");
	printf("{\"port\":%d}\n", ntohs(address.sin_port));
}

static void take_connection(void)
{
	int on = 1;

	peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0)
		fail("accept");
	setsockopt(peer, SOL_TCP, TCP_NODELAY, &on, sizeof(on));
	printf("{}\n");
}

static void obey(char **fields, int count)
{
	const char *what = fields[0];

	errno = 0;
	if (!strcmp(what, "spawn") && count > 2)
		spawn(fields);
	else if (!strcmp(what, "end") && child > 0)
		end_child();
	else if (!strcmp(what, "open") && count == 2) {
		open_terminal(fields[1]);
		if (terminal < 0)
			fail(fields[1]);
		printf("{}\n");
	} else if (!strcmp(what, "listen"))
		make_server();
	else if (!strcmp(what, "accept"))
		take_connection();
	else if (!strcmp(what, "say") && count == 2) {
		write_all(peer, fields[1], unescape(fields[1]));
		printf("{}\n");
	} else if (!strcmp(what, "hang-up")) {
		close(peer);
		printf("{}\n");
	} else if (!strcmp(what, "chat") && count == 3)
		chat(fields[1], fields[2]);
	else if (!strcmp(what, "repeat") && count == 4)
		repeat(strtoul(fields[1], NULL, 10), fields[2], fields[3]);
	else if (!strcmp(what, "pipeline") && count == 4)
		pipeline(strtoul(fields[1], NULL, 10), fields[2], fields[3]);
	else if (!strcmp(what, "up") && count == 4)
		transfer(terminal, peer, strtoul(fields[1], NULL, 10), strtoul(fields[2], NULL, 10), *fields[3] == '1');
	else if (!strcmp(what, "down") && count == 4)
		transfer(peer, terminal, strtoul(fields[1], NULL, 10), strtoul(fields[2], NULL, 10), *fields[3] == '1');
	else if (!obey_links(fields, count))
		fail("no such order");
}

int main(void)
{
	static char line[LINE_ROOM];

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i % PATTERN * 2654435761u >> 13);
	while (fgets(line, sizeof(line), stdin)) {
		char *fields[FIELDS_MAX + 1] = { 0 };
		char *rest = line;
		int count = 0;

		line[strcspn(line, "\n")] = 0;
		while (count < FIELDS_MAX && (fields[count] = strsep(&rest, "\t")))
			count++;
		alarm(ORDER_TIME);
		obey(fields, count);
		alarm(0);
	}
	if (child > 0)
		kill(child, SIGTERM);
	return 0;
}

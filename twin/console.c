/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This terminal as a client of the port. Its own line editing and echo stay on; Enter sends CR LF, Ctrl-D sends what
 * was typed without them (for +++). The port's echo of a line is left out, since it stands there already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twin.h"

#define LINE 1024

static int port = -1;
static char expected[LINE]; /* echo that is still to come */
static size_t expected_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n <= 0)
			return;
		bytes += n;
		size -= (size_t)n;
	}
}

static void expect(const char *bytes, size_t size)
{
	pthread_mutex_lock(&lock);
	if (expected_length + size <= sizeof(expected)) {
		memcpy(expected + expected_length, bytes, size);
		expected_length += size;
	}
	pthread_mutex_unlock(&lock);
}

static void *keyboard(void *unused)
{
	char text[LINE - 1];
	ssize_t got;

	(void)unused;
	while ((got = read(STDIN_FILENO, text, sizeof(text) - 1)) >= 0 || errno == EIO) {
		if (got < 0) {
			sleep(1); /* a background job, until it is in the foreground again */
			continue;
		}
		if (got == 0)
			continue; /* Ctrl-D on an empty line */
		if (text[got - 1] == '\n') {
			text[got - 1] = '\r';
			text[got++] = '\n';
			expect(text, (size_t)got);
		}
		write_all(port, text, (size_t)got);
	}
	return NULL;
}

/* How many bytes at the start of a chunk are echo of what was typed; what differs ends the expectation. */
static size_t skip_echo(const char *bytes, size_t size)
{
	size_t n = 0;

	pthread_mutex_lock(&lock);
	while (n < size && n < expected_length && bytes[n] == expected[n])
		n++;
	if (n < size && n < expected_length) {
		n = 0;
		expected_length = 0;
	} else {
		expected_length -= n;
		memmove(expected, expected + n, expected_length);
	}
	pthread_mutex_unlock(&lock);
	return n;
}

static void *screen(void *unused)
{
	char text[4096];
	ssize_t got;

	(void)unused;
	while ((got = read(port, text, sizeof(text))) > 0) {
		size_t skip = skip_echo(text, (size_t)got);

		write_all(STDOUT_FILENO, text + skip, (size_t)got - skip);
	}
	return NULL;
}

void console_attach(const char *path)
{
	pthread_t thread;

	port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0) {
		perror(path);
		return;
	}
	/* Reading as a background job is an error then, and does not stop the twin. */
	signal(SIGTTIN, SIG_IGN);
	pthread_create(&thread, NULL, keyboard, NULL);
	pthread_detach(thread);
	pthread_create(&thread, NULL, screen, NULL);
	pthread_detach(thread);
}

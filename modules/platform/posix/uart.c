/* SPDX-License-Identifier: Apache-2.0 */
/* The AT port's UART as a pseudo-terminal, or for a while as a TCP connection (--listen). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "pace.h"
#include "platform.h"
#include "twin-platform.h"

static struct {
	int master, slave;
	atomic_int diverted; /* TCP client, -1 for none */
	char path[64];
	FILE *trace;
	bool paced;
	atomic_bool blocked;
	atomic_bool deaf;
	atomic_uint unheard; /* bytes */
	_Atomic uint64_t received, sent;
} uart = { .master = -1, .slave = -1, .diverted = -1 };

static int current(void)
{
	int fd = atomic_load(&uart.diverted);

	return fd >= 0 ? fd : uart.master;
}

/*
 * Makes the link, in place of one that an earlier twin left; anything else is not ours to remove. The record lock on
 * the pseudo-terminal tells a twin that runs from one that left its link: the number may be another terminal's by now.
 */
static bool make_link(const char *link)
{
	struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char target[sizeof(uart.path)];
	ssize_t length = readlink(link, target, sizeof(target) - 1);

	if (length > 0) {
		int fd;

		target[length] = 0;
		if (strncmp(target, "/dev/pts/", strlen("/dev/pts/"))) {
			fprintf(stderr, "xs-at: %s: is a link to something else, and stays\n", link);
			return false;
		}
		fd = open(target, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0) {
			bool used = fcntl(fd, F_GETLK, &record) == 0 && record.l_type != F_UNLCK;

			close(fd);
			if (used) {
				fprintf(stderr, "xs-at: %s: in use by another twin, process %ld\n", link, (long)record.l_pid);
				return false;
			}
		}
		unlink(link);
	}
	if (symlink(uart.path, link)) {
		fprintf(stderr, "xs-at: %s: %s\n", link, strerror(errno));
		return false;
	}
	return true;
}

const char *uart_prepare(const uart_options *options)
{
	struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct termios raw;

	uart.master = options->master;
	uart.slave = options->slave;
	uart.paced = options->pace;
	if (uart.master < 0) {
		uart.master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (uart.master < 0 || grantpt(uart.master) || unlockpt(uart.master)) {
			perror("xs-at: pseudo-terminal");
			return NULL;
		}
	}
	if (ptsname_r(uart.master, uart.path, sizeof(uart.path))) {
		perror("xs-at: pseudo-terminal");
		return NULL;
	}
	/* Held for life, so that clients may come and go without a hang-up. */
	if (uart.slave < 0 && (uart.slave = open(uart.path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
		perror(uart.path);
		return NULL;
	}
	if (!tcgetattr(uart.slave, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(uart.slave, TCSANOW, &raw);
	}
	/* Also after a reset: the end of the program before has closed a descriptor of it, and with that the lock was gone.
	 */
	fcntl(uart.slave, F_SETLK, &record);
	if (options->link && !make_link(options->link))
		return NULL;
	if (options->trace && !(uart.trace = fopen(options->trace, "ae"))) {
		perror(options->trace);
		return NULL;
	}
	return uart.path;
}

void uart_descriptors(int *master, int *slave)
{
	*master = uart.master;
	*slave = uart.slave;
}

void uart_divert(int fd)
{
	atomic_store(&uart.diverted, fd);
	platform_wake_io();
}

int uart_diverted(void)
{
	return atomic_load(&uart.diverted);
}

void uart_get(uart_statistics *statistics)
{
	statistics->received = atomic_load(&uart.received);
	statistics->sent = atomic_load(&uart.sent);
	statistics->lost = platform_uart_lost();
}

bool uart_blocked(void)
{
	return atomic_load(&uart.blocked);
}

bool uart_waiting(void)
{
	struct pollfd port = { .fd = current(), .events = POLLIN };

	return poll(&port, 1, 0) > 0 && port.revents & POLLIN;
}

/* One line a transfer: time in ms, direction, bytes with everything unprintable escaped. */
static void trace_bytes(char direction, const uint8_t *bytes, size_t size)
{
	uint32_t now = platform_now();

	fprintf(uart.trace, "%u.%03u %c ", now / 1000, now % 1000, direction);
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\r')
			fputs("\\r", uart.trace);
		else if (bytes[i] == '\n')
			fputs("\\n", uart.trace);
		else if (bytes[i] == '\\')
			fputs("\\\\", uart.trace);
		else if (bytes[i] >= ' ' && bytes[i] < 0x7f)
			fputc(bytes[i], uart.trace);
		else
			fprintf(uart.trace, "\\x%02x", bytes[i]);
	}
	fputc('\n', uart.trace);
	fflush(uart.trace);
}

/* A TCP client that left gives the port back. */
static void end_diversion(int fd)
{
	if (fd == uart.master)
		return;
	atomic_store(&uart.diverted, -1);
	close(fd);
}

static size_t read_now(void *buffer, size_t size)
{
	int fd = current();
	ssize_t got;

	if (!size)
		return 0;
	got = read(fd, buffer, size);

	if (got > 0)
		return (size_t)got;
	if (got == 0 || (errno != EAGAIN && errno != EINTR))
		end_diversion(fd);
	return 0;
}

static size_t write_now(const void *buffer, size_t size)
{
	int fd = current();
	ssize_t sent = write(fd, buffer, size);

	atomic_store(&uart.blocked, sent < (ssize_t)size);
	if (sent >= 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != EINTR)
		end_diversion(fd);
	return 0;
}

/* A change of deaf, and a look at the line while it holds, exclude each other. */
static pthread_mutex_t deafness = PTHREAD_MUTEX_INITIALIZER;

static size_t take(void *buffer, size_t size)
{
	return uart.paced ? pace_read(read_now, buffer, size) : read_now(buffer, size);
}

static void lose(void)
{
	uint8_t gone[256];
	size_t got;

	while ((got = take(gone, sizeof(gone))) > 0)
		atomic_fetch_add(&uart.unheard, (unsigned)got);
}

void uart_set_deaf(bool deaf)
{
	pthread_mutex_lock(&deafness);
	/* Of a paced line, who looks keeps the time: the I/O task alone. */
	if (!deaf && atomic_load(&uart.deaf) && !uart.paced)
		lose();
	atomic_store(&uart.deaf, deaf);
	pthread_mutex_unlock(&deafness);
	platform_wake_io();
}

static bool lost_in_sleep(void)
{
	bool deaf;

	if (!atomic_load(&uart.deaf))
		return false;
	pthread_mutex_lock(&deafness);
	deaf = atomic_load(&uart.deaf);
	if (deaf)
		lose();
	pthread_mutex_unlock(&deafness);
	return deaf;
}

size_t platform_uart_read(void *buffer, size_t size)
{
	size_t got = lost_in_sleep() ? 0 : take(buffer, size);

	if (!got)
		return 0;
	atomic_fetch_add(&uart.received, got);
	if (uart.trace)
		trace_bytes('>', buffer, got);
	return got;
}

size_t platform_uart_write(const void *buffer, size_t size)
{
	size_t sent = uart.paced ? pace_write(write_now, buffer, size) : write_now(buffer, size);

	if (!sent)
		return 0;
	atomic_fetch_add(&uart.sent, sent);
	if (uart.trace)
		trace_bytes('<', buffer, sent);
	return sent;
}

/* A pseudo-terminal has no rate: what is asked is what is read back. */
bool platform_uart_open(const uart_config *wanted, uart_config *real)
{
	return platform_uart_configure(wanted, real);
}

bool platform_uart_configure(const uart_config *wanted, uart_config *real)
{
	*real = *wanted;
	pace_configure(wanted);
	return true;
}

bool platform_uart_idle(void)
{
	return !uart.paced || pace_idle();
}

/* A paced line, too, is given no more than it can send now. */
uint32_t platform_uart_capacity(void)
{
	return 0;
}

int platform_uart_fd(void)
{
	return uart.paced ? -1 : current();
}

/*
 * What a client writes to a pseudo-terminal is brought here by a kernel thread, which a busy machine delays for longer
 * than a guard time; but looking brings it at once. So where time matters this looks often.
 */
#define EXACT_TICK 2

uint32_t platform_uart_due(bool exact)
{
	if (uart.paced)
		return PACE_TICK;
	return exact && !clock_is_manual() ? EXACT_TICK : UINT32_MAX;
}

uint32_t platform_uart_lost(void)
{
	return pace_lost() + atomic_load(&uart.unheard);
}

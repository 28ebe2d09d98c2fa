/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "fake-platform.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct fake_platform fake = { .uart = -1 };

static int wake_io = -1, wake_xs = -1;
static size_t seen;

void fake_reset(uint32_t now)
{
	fake.now = now;
	fake.xs_wakes = fake.io_wakes = fake.locks = 0;
	fake.input_head = fake.input_tail = fake.read_limit = 0;
	fake.output_size = fake.write_limit = 0;
	fake.output_room = SIZE_MAX;
	fake.busy = false;
	fake.before_lock = fake.meanwhile = NULL;
	fake.locked = false;
	memset(fake.pins, 0, sizeof(fake.pins));
	fake.configurations = fake.restarts = fake.logs = 0;
	fake.restart = NULL;
	fake.uart = -1;
	fake.real_clock = false;
	seen = 0;
	if (wake_io < 0) {
		wake_io = eventfd(0, EFD_NONBLOCK);
		wake_xs = eventfd(0, EFD_NONBLOCK);
	}
}

int fake_reset_threads(void)
{
	int ends[2];

	fake_reset(0);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		abort();
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	fake.uart = ends[0];
	fake.real_clock = true;
	return ends[1];
}

void fake_send(const void *bytes, size_t size)
{
	if (fake.input_tail == fake.input_head)
		fake.input_tail = fake.input_head = 0;
	memcpy(fake.input + fake.input_head, bytes, size);
	fake.input_head += size;
}

const char *fake_received(void)
{
	const char *text = (const char *)fake.output + seen;

	fake.output[fake.output_size] = 0;
	seen = fake.output_size;
	return text;
}

uint32_t platform_now(void)
{
	struct timespec time;

	if (!fake.real_clock)
		return fake.now;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint32_t)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

static void wake(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static void clear(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

/* The counters are the test's and only mean something in one task. */
void platform_wake_xs(void)
{
	if (!fake.real_clock)
		fake.xs_wakes++;
	wake(wake_xs);
}

void platform_wake_io(void)
{
	if (!fake.real_clock)
		fake.io_wakes++;
	wake(wake_io);
}

int platform_wake_fd(void)
{
	return wake_io;
}

void platform_wake_clear(void)
{
	clear(wake_io);
}

void fake_wait_xs(uint32_t ms)
{
	struct pollfd descriptor = { .fd = wake_xs, .events = POLLIN };

	if (poll(&descriptor, 1, ms > INT32_MAX ? -1 : (int)ms) > 0)
		clear(wake_xs);
}

bool platform_wait(int highest, fd_set *read, fd_set *write, uint32_t due)
{
	struct timeval limit = { .tv_sec = due / 1000, .tv_usec = due % 1000 * 1000 };

	return select(highest + 1, read, write, NULL, due == UINT32_MAX ? NULL : &limit) >= 0;
}

void platform_lock_init(platform_lock *lock)
{
	pthread_mutex_init(lock, NULL);
}

void platform_lock_take(platform_lock *lock)
{
	void (*hook)(void) = fake.before_lock;

	if (hook) {
		fake.before_lock = NULL;
		hook();
	}
	pthread_mutex_lock(lock);
	if (!fake.real_clock)
		fake.locked = true;
}

void platform_lock_give(platform_lock *lock)
{
	void (*hook)(void) = fake.meanwhile;

	if (!fake.real_clock)
		fake.locked = false;
	pthread_mutex_unlock(lock);
	if (hook) {
		fake.meanwhile = NULL;
		hook();
	}
}

void fake_meanwhile(void (*act)(void))
{
	if (fake.locked)
		fake.meanwhile = act;
	else
		act();
}

void *platform_alloc(size_t size)
{
	return calloc(1, size);
}

void platform_free(void *memory)
{
	free(memory);
}

bool platform_uart_open(const uart_config *wanted, uart_config *real)
{
	*real = fake.configured = *wanted;
	return true;
}

size_t platform_uart_read(void *buffer, size_t size)
{
	size_t n = fake.input_head - fake.input_tail;

	if (fake.uart >= 0) {
		ssize_t got = size ? read(fake.uart, buffer, size) : 0;

		return got > 0 ? (size_t)got : 0;
	}
	if (fake.read_limit && n > fake.read_limit)
		n = fake.read_limit;
	if (n > size)
		n = size;
	memcpy(buffer, fake.input + fake.input_tail, n);
	fake.input_tail += n;
	return n;
}

size_t platform_uart_write(const void *buffer, size_t size)
{
	size_t n = size < fake.output_room ? size : fake.output_room;

	if (fake.uart >= 0) {
		ssize_t sent = send(fake.uart, buffer, size, MSG_NOSIGNAL);

		return sent > 0 ? (size_t)sent : 0;
	}
	if (fake.write_limit && n > fake.write_limit)
		n = fake.write_limit;
	if (n > FAKE_LINE - 1 - fake.output_size)
		abort();
	memcpy(fake.output + fake.output_size, buffer, n);
	fake.output_size += n;
	if (fake.output_room != SIZE_MAX)
		fake.output_room -= n;
	return n;
}

bool platform_uart_idle(void)
{
	return !fake.busy;
}

uint32_t platform_uart_capacity(void)
{
	return 0;
}

bool platform_uart_configure(const uart_config *wanted, uart_config *real)
{
	*real = fake.configured = *wanted;
	fake.configurations++;
	return true;
}

/* In one task nobody waits: the test looks into the sets. */
int platform_uart_fd(void)
{
	return fake.uart >= 0 ? fake.uart : FAKE_UART_FD;
}

uint32_t platform_uart_due(bool exact)
{
	(void)exact;
	return UINT32_MAX;
}

uint32_t platform_uart_lost(void)
{
	return 0;
}

bool platform_pin_output(unsigned pin, bool level)
{
	if (!pin_is_output(pin))
		return false;
	fake.pins[pin] = (int8_t)(level + 1);
	return true;
}

void platform_pin_release(unsigned pin)
{
	if (pin < PIN_COUNT)
		fake.pins[pin] = 0;
}

_Noreturn void platform_restart(void)
{
	fake.restarts++;
	if (!fake.restart)
		abort();
	longjmp(*fake.restart, 1);
}

/* Counted: what is logged on purpose would hide what is not. */
void platform_ready(void)
{
}

void platform_log(const char *format, ...)
{
	(void)format;
	fake.logs++;
}

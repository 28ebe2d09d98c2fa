/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The twin's clock and the waits that follow it. A real clock is the system's; a manual one moves by clock_advance()
 * only: it lets everybody who waits run what is due, one due time after another, each time until all are idle again.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "platform.h"
#include "twin-platform.h"

static struct {
	bool manual;
	int64_t base;
	_Atomic int64_t now; /* of a manual clock */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct {
		int descriptor;
		bool idle;
		bool poked;
		bool bounded;
		int64_t deadline;
	} waiters[CLOCK_WAITERS];
} clocks = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };

static int64_t monotonic(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void clock_init(bool manual, int64_t base);

void clock_init(bool manual, int64_t base)
{
	clocks.manual = manual;
	if (manual)
		atomic_store(&clocks.now, base);
	else
		clocks.base = base ? base : monotonic();
	for (int i = 0; i < CLOCK_WAITERS; i++)
		clocks.waiters[i].descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

bool clock_is_manual(void)
{
	return clocks.manual;
}

int64_t platform_clock_base(void)
{
	return clocks.manual ? atomic_load(&clocks.now) : clocks.base;
}

int64_t clock_elapsed(void)
{
	return clocks.manual ? atomic_load(&clocks.now) : monotonic() - clocks.base;
}

uint32_t platform_now(void)
{
	return (uint32_t)clock_elapsed();
}

int clock_wait(clock_waiter who, uint32_t due)
{
	if (!clocks.manual)
		return due > INT32_MAX ? -1 : (int)due;
	if (due == 0)
		return 0;
	pthread_mutex_lock(&clocks.lock);
	clocks.waiters[who].bounded = due != UINT32_MAX;
	clocks.waiters[who].deadline = clock_elapsed() + due;
	clocks.waiters[who].idle = true;
	pthread_cond_broadcast(&clocks.moved);
	pthread_mutex_unlock(&clocks.lock);
	return -1;
}

void clock_woken(clock_waiter who)
{
	if (!clocks.manual)
		return;
	pthread_mutex_lock(&clocks.lock);
	clocks.waiters[who].idle = false;
	pthread_mutex_unlock(&clocks.lock);
}

static bool all_idle(void)
{
	for (int i = 0; i < CLOCK_WAITERS; i++)
		if (!clocks.waiters[i].idle || clocks.waiters[i].poked)
			return false;
	return true;
}

#define UART_PATIENCE 100 /* ms */

/* The worker may be in a look-up that takes its time; what moves must not be left behind, so this waits for it too. */
static void settle(void)
{
	int patience = UART_PATIENCE;

	for (;;) {
		while (!all_idle())
			pthread_cond_wait(&clocks.moved, &clocks.lock);
		/* A line that the host wrote before it asked for time to move comes before that; one without room may wait. */
		if (!patience-- || !uart_waiting())
			return;
		pthread_mutex_unlock(&clocks.lock);
		usleep(1000);
		pthread_mutex_lock(&clocks.lock);
	}
}

bool clock_advance(uint32_t ms, uint32_t *now)
{
	int64_t target;

	if (!clocks.manual)
		return false;
	pthread_mutex_lock(&clocks.lock);
	target = clock_elapsed() + ms;
	settle();
	for (;;) {
		int64_t next = target;
		int who = -1;

		for (int i = 0; i < CLOCK_WAITERS; i++)
			if (clocks.waiters[i].bounded && clocks.waiters[i].deadline <= next &&
			    (who < 0 || clocks.waiters[i].deadline != next)) {
				next = clocks.waiters[i].deadline;
				who = i;
			}
		if (next > clock_elapsed())
			atomic_store(&clocks.now, next);
		if (who < 0)
			break;
		clocks.waiters[who].bounded = false;
		pthread_mutex_unlock(&clocks.lock);
		wake(who);
		pthread_mutex_lock(&clocks.lock);
		settle();
	}
	*now = platform_now();
	pthread_mutex_unlock(&clocks.lock);
	return true;
}

/* --- waking --- */

int wake_descriptor(clock_waiter who)
{
	return clocks.waiters[who].descriptor;
}

/* With a manual clock, mark and descriptor change together: a mark without a wake would never be idle again. */
void wake(clock_waiter who)
{
	uint64_t one = 1;

	if (clocks.manual)
		pthread_mutex_lock(&clocks.lock);
	if (clocks.manual)
		clocks.waiters[who].poked = true;
	if (write(clocks.waiters[who].descriptor, &one, sizeof(one)) < 0)
		one = 0; /* it is readable already */
	if (clocks.manual)
		pthread_mutex_unlock(&clocks.lock);
}

void wake_clear(clock_waiter who)
{
	uint64_t count;

	if (clocks.manual)
		pthread_mutex_lock(&clocks.lock);
	if (read(clocks.waiters[who].descriptor, &count, sizeof(count)) < 0)
		count = 0; /* nothing to clear */
	if (clocks.manual) {
		clocks.waiters[who].idle = false;
		clocks.waiters[who].poked = false;
		pthread_mutex_unlock(&clocks.lock);
	}
}

void wake_sleep(clock_waiter who, uint32_t due)
{
	struct pollfd descriptor = { .fd = clocks.waiters[who].descriptor, .events = POLLIN };
	int ready = poll(&descriptor, 1, clock_wait(who, due));

	clock_woken(who);
	if (ready > 0)
		wake_clear(who);
}

void platform_wake_xs(void)
{
	wake(CLOCK_XS);
}

void platform_wake_io(void)
{
	wake(CLOCK_IO);
}

int platform_wake_fd(void)
{
	return clocks.waiters[CLOCK_IO].descriptor;
}

void platform_wake_clear(void)
{
	wake_clear(CLOCK_IO);
}

bool platform_wait(int highest, fd_set *read, fd_set *write, uint32_t due)
{
	int timeout = clock_wait(CLOCK_IO, due);
	struct timeval limit = { .tv_sec = timeout / 1000, .tv_usec = timeout % 1000 * 1000 };
	int ready = select(highest + 1, read, write, NULL, timeout < 0 ? NULL : &limit);

	clock_woken(CLOCK_IO);
	return ready >= 0;
}

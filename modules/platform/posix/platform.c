/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, the worker, the log and the rest of platform.h on Linux; time is in clock.c, the UART in uart.c. */
#define _GNU_SOURCE
#include "platform.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "twin-platform.h"

/* --- arena: the heap that a chip would have, by count --- */

static atomic_size_t arena_size, arena_used, arena_peak;

/* Keeps the alignment of malloc on both word sizes. */
typedef union {
	size_t size;
	max_align_t align;
} block_header;

void *platform_alloc(size_t size)
{
	size_t total = size + sizeof(block_header);
	size_t used = atomic_fetch_add(&arena_used, total) + total;
	size_t peak = atomic_load(&arena_peak);
	block_header *block = used <= atomic_load(&arena_size) ? calloc(1, total) : NULL;

	if (!block) {
		atomic_fetch_sub(&arena_used, total);
		return NULL;
	}
	while (used > peak && !atomic_compare_exchange_weak(&arena_peak, &peak, used))
		;
	block->size = total;
	return block + 1;
}

void platform_free(void *memory)
{
	block_header *block = memory;

	if (!memory)
		return;
	block--;
	atomic_fetch_sub(&arena_used, block->size);
	free(block);
}

void platform_memory(uint32_t *available, uint32_t *minimum)
{
	*available = (uint32_t)(atomic_load(&arena_size) - atomic_load(&arena_used));
	*minimum = (uint32_t)(atomic_load(&arena_size) - atomic_load(&arena_peak));
}

void arena_get(arena_statistics *statistics)
{
	*statistics = (arena_statistics){ atomic_load(&arena_size), atomic_load(&arena_used), atomic_load(&arena_peak) };
}

/* --- the worker --- */

static struct {
	pthread_mutex_t lock;
	platform_job *first, **last;
} jobs = { .lock = PTHREAD_MUTEX_INITIALIZER, .last = &jobs.first };

static void *work(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "worker");
	for (;;) {
		platform_job *job;

		pthread_mutex_lock(&jobs.lock);
		job = jobs.first;
		if (job && !(jobs.first = job->next))
			jobs.last = &jobs.first;
		pthread_mutex_unlock(&jobs.lock);
		if (job)
			job->run(job);
		else
			wake_sleep(CLOCK_WORKER, UINT32_MAX);
	}
	return NULL;
}

void platform_queue_job(platform_job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&jobs.lock);
	*jobs.last = job;
	jobs.last = &job->next;
	pthread_mutex_unlock(&jobs.lock);
	wake(CLOCK_WORKER);
}

/* --- locks --- */

void platform_lock_init(platform_lock *lock)
{
	pthread_mutex_init(lock, NULL);
}

void platform_lock_take(platform_lock *lock)
{
	pthread_mutex_lock(lock);
}

void platform_lock_give(platform_lock *lock)
{
	pthread_mutex_unlock(lock);
}

/* --- the rest --- */

static uint64_t random_state;

/* splitmix64: repeatable with --seed, which is all that is asked of it here. */
uint32_t platform_random(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

void platform_log(const char *format, ...)
{
	char text[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text) - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length > sizeof(text) - 2)
		length = sizeof(text) - 2;
	if (!length || text[length - 1] != '\n')
		text[length++] = '\n';
	if (write(STDERR_FILENO, text, (size_t)length) < 0)
		return;
}

const char *platform_version(void)
{
	static char text[80];
	struct utsname name;

	if (!text[0] && !uname(&name))
		snprintf(text, sizeof(text), "twin-%.20s-%.40s", name.sysname, name.release);
	return text;
}

/* What a chip's RTC keeps: ms to add to our own clock, so that --clock manual moves the time of day, too. */
static _Atomic int64_t wall_offset;

int64_t platform_wall_clock(void)
{
	return (atomic_load(&wall_offset) + clock_elapsed()) / 1000;
}

void platform_set_wall_clock(int64_t seconds)
{
	atomic_store(&wall_offset, seconds * 1000 - clock_elapsed());
}

int64_t platform_wall_offset(void)
{
	return atomic_load(&wall_offset);
}

void platform_restore_wall_offset(int64_t ms)
{
	atomic_store(&wall_offset, ms);
}

void platform_start(void *machine)
{
	(void)machine;
}

void (*platform_ready_hook)(void);

void platform_ready(void)
{
	if (platform_ready_hook)
		platform_ready_hook();
}

void (*platform_restart_hook)(void);

_Noreturn void platform_restart(void)
{
	platform_restart_hook();
	for (;;)
		pause();
}

void platform_init(size_t heap, uint64_t seed, bool manual_clock, int64_t clock_base)
{
	extern void clock_init(bool manual, int64_t base);
	pthread_t thread;

	atomic_store(&arena_size, heap);
	random_state = seed ? seed : (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	clock_init(manual_clock, clock_base);
	pthread_create(&thread, NULL, work, NULL);
	pthread_detach(thread);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What only the twin's platform has: its clock, its arena, its UART on a pseudo-terminal. */
#ifndef XS_AT_TWIN_PLATFORM_H
#define XS_AT_TWIN_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** @param heap bytes of the arena @param seed 0 for none @param clock_base what platform_clock_base() returned before a
 * reset */
void platform_init(size_t heap, uint64_t seed, bool manual_clock, int64_t clock_base);
int64_t platform_clock_base(void);
bool clock_is_manual(void);
/** ms of our clock since the power came; platform_now() is its low half. */
int64_t clock_elapsed(void);

/** What is added to it for the time of day, ms: handed over at a restart, lost when the power goes. */
int64_t platform_wall_offset(void);
void platform_restore_wall_offset(int64_t ms);

/* --- the clock: real, or moved by advance only --- */

/* Everybody who waits for our time. */
typedef enum { CLOCK_XS, CLOCK_IO, CLOCK_WORLD, CLOCK_WORKER, CLOCK_WAITERS } clock_waiter;

/** Before a wait of due ms (UINT32_MAX: forever). @return the ms to really wait, -1 for no limit */
int clock_wait(clock_waiter who, uint32_t due);
/** After it. */
void clock_woken(clock_waiter who);

/**
 * Moves a manual clock, running what falls due one by one, each time until nothing moves any more.
 * @return false when the clock is not manual
 */
bool clock_advance(uint32_t ms, uint32_t *now);

/* --- waking --- */

int wake_descriptor(clock_waiter who);
void wake(clock_waiter who);
void wake_clear(clock_waiter who);
/** Sleeps the calling thread until woken or due ms have passed. */
void wake_sleep(clock_waiter who, uint32_t due);

/* --- arena --- */

typedef struct {
	size_t size, used, peak;
} arena_statistics;

void arena_get(arena_statistics *statistics);

/* --- the UART's pseudo-terminal --- */

typedef struct {
	int master, slave; /* -1 to open a new one */
	const char *link;  /* symbolic link to make */
	const char *trace; /* file, or NULL */
	bool pace;
} uart_options;

/** @return the path of the slave, or NULL and a message on stderr */
const char *uart_prepare(const uart_options *options);
void uart_descriptors(int *master, int *slave);

/** A TCP client takes the port's place until it leaves; -1 gives it back. Any thread. */
void uart_divert(int fd);
int uart_diverted(void);

/** Bytes from the console of this terminal, as if a client had written them to the slave. */
typedef struct {
	uint64_t received, sent;
	uint32_t lost;
} uart_statistics;

void uart_get(uart_statistics *statistics);

/** What is to be sent cannot be taken now: the client does not read. */
bool uart_blocked(void);

/** Bytes of a client have not been read yet. Any thread. */
bool uart_waiting(void);

/** In light sleep the UART has no clock: what the host sends is lost, and counted. What is there already goes first. */
void uart_set_deaf(bool deaf);

/* --- restart --- */

/** Called by platform_restart(); does not return. Set by the twin. */
extern void (*platform_restart_hook)(void);

/** Called by platform_ready(), when set. */
extern void (*platform_ready_hook)(void);

#endif

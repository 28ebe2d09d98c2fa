/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.h for tests. In one task: a clock that the test moves, a UART that is two buffers of the test's, and hooks
 * that act as the other task at a chosen moment. In two: real waits, and a socket pair for the UART.
 */
#ifndef XS_AT_FAKE_PLATFORM_H
#define XS_AT_FAKE_PLATFORM_H

#include <setjmp.h>

#include "pins.h"
#include "platform.h"

#define FAKE_LINE (4u << 20)
#define FAKE_UART_FD 1000 /* a number for the sets, no descriptor */

extern struct fake_platform {
	uint32_t now;
	unsigned xs_wakes, io_wakes, locks;

	/* host to port: bytes that lie in the UART, and how many one read gives at most (0: all) */
	uint8_t input[FAKE_LINE];
	size_t input_head, input_tail, read_limit;

	/* port to host: what has left, how many bytes find room now, how many one write takes at most (0: all) */
	uint8_t output[FAKE_LINE];
	size_t output_size, output_room, write_limit;
	bool busy; /* the last byte has not left the pin */

	/* called once, then forgotten: what the other task does before this one gets the lock */
	void (*before_lock)(void);
	void (*meanwhile)(void); /* the same, but when this one has given it back */
	bool locked;

	int8_t pins[PIN_COUNT]; /* 0: not driven, otherwise the level + 1 */

	uart_config configured;
	unsigned configurations, restarts, logs;
	jmp_buf *restart; /* where platform_restart() goes */

	int uart; /* with two tasks: the port's end of a socket pair, -1 otherwise */
	bool real_clock;
} fake;

/** Everything as at a start; the clock stands at now. */
void fake_reset(uint32_t now);
/** The same for two tasks. @return the host's end of the UART */
int fake_reset_threads(void);

/** The host sends. */
void fake_send(const void *bytes, size_t size);
/** What the host has received since the last call, as a string. */
const char *fake_received(void);

/** The other task acts: now, or if this one has the lock as soon as it may. */
void fake_meanwhile(void (*act)(void));

/** Blocks until woken, at most ms. */
void fake_wait_xs(uint32_t ms);

#endif

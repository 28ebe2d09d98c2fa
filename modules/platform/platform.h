/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portable C of every module may use of the system below it: time, tasks and their wake-up, memory, the UART.
 * Implemented once for the chip (esp32/) and once for the twin (posix/). Sockets are in net.h, storage in store.h.
 *
 * There are three tasks. XS runs JavaScript; I/O owns the UART and the sockets; the worker does what computes or
 * blocks. None ever waits for another: locks are held for the time of a copy only.
 */
#ifndef XS_AT_PLATFORM_H
#define XS_AT_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>

#include "platform-types.h"

/* The SDK switches this off, and a function that nobody declares would be found at the link at best. */
#pragma GCC diagnostic error "-Wimplicit-function-declaration"

/* --- time --- */

/** Milliseconds of our own clock; wraps after 49 days, so compare by difference. */
uint32_t platform_now(void);

/**
 * Time of day, seconds since 1970: counts from 0 at power-on until it is set. Survives a restart and deep sleep, as the
 * chip's RTC does; not the reset pin. The twin never sets the host's clock. Any task.
 */
int64_t platform_wall_clock(void);
void platform_set_wall_clock(int64_t seconds);

/* --- tasks --- */

/** The XS task runs its services (services.h) soon. Any task. */
void platform_wake_xs(void);

/** The I/O task leaves its wait soon. Any task. */
void platform_wake_io(void);

/** The descriptor that platform_wake_io makes readable, and its reset. I/O task. */
int platform_wake_fd(void);
void platform_wake_clear(void);

/**
 * The I/O task's only wait: until a descriptor is ready or due milliseconds of our clock have passed (UINT32_MAX:
 * never). @return whether the sets are valid
 */
bool platform_wait(int highest, fd_set *read, fd_set *write, uint32_t due);

typedef struct platform_job {
	struct platform_job *next;
	void (*run)(struct platform_job *job); /* on the worker */
} platform_job;

/** Queues a job for the worker; it belongs to the worker until run() has returned. Any task. */
void platform_queue_job(platform_job *job);

void platform_lock_init(platform_lock *lock);
void platform_lock_take(platform_lock *lock);
void platform_lock_give(platform_lock *lock);

/* --- memory --- */

/** Zeroed memory from the arena that AT+SYSRAM reports; NULL when it is exhausted. Any task. */
void *platform_alloc(size_t size);
void platform_free(void *memory); /* NULL is nothing */

/** Bytes free now, and the least there ever were since start. */
void platform_memory(uint32_t *available, uint32_t *minimum);

/* --- the AT port's UART --- */

/* Named otherwise than the IDF's, whose numbers differ. */
typedef enum { PLATFORM_PARITY_NONE, PLATFORM_PARITY_ODD, PLATFORM_PARITY_EVEN } platform_parity;

/** Values as AT+UART_CUR has them. */
typedef struct {
	uint32_t baud;     /* 80..5,000,000 */
	uint8_t data_bits; /* 5..8 */
	uint8_t stop_bits; /* 1: 1, 2: 1.5, 3: 2 */
	uint8_t parity;    /* platform_parity */
	uint8_t flow;      /* bit 0 RTS, bit 1 CTS */
} uart_config;

/**
 * Opens the AT port's UART on the pins of the manufacturing data.
 *
 * @param real what the UART does now: the rate it could reach, and 115200 8N1 when the wanted configuration cannot be
 * had
 * @return false when it could not be opened at all, or not as wanted
 */
bool platform_uart_open(const uart_config *wanted, uart_config *real);

/** Takes what has arrived, at most size bytes; 0 when there is nothing. Never blocks. I/O task. */
size_t platform_uart_read(void *buffer, size_t size);

/** Hands over at most size bytes; 0 when there is no room. Never blocks. I/O task. */
size_t platform_uart_write(const void *buffer, size_t size);

/** True when every byte handed over has left the pin. I/O task. */
bool platform_uart_idle(void);

/** The most bytes that can be handed over and not have left the pin; 0 where they leave at once. */
uint32_t platform_uart_capacity(void);

/** Applies a configuration at once; reads back what the hardware made of it. False when it cannot. I/O task. */
bool platform_uart_configure(const uart_config *wanted, uart_config *real);

/** A descriptor for select(), or -1 when the UART wakes the I/O task itself. */
int platform_uart_fd(void);

/**
 * Milliseconds until the UART wants to be looked at although no descriptor tells, UINT32_MAX for never.
 * @param exact when bytes come matters now, for guard times
 */
uint32_t platform_uart_due(bool exact);

/** Bytes lost because nobody took them (overrun, FIFO), since start. */
uint32_t platform_uart_lost(void);

/* --- pins --- */

/**
 * Drives a pin (pins.h) to a level, from now on. Any task, but of one pin one at a time.
 * @return false when it cannot be driven, or something else has it
 */
bool platform_pin_output(unsigned pin, bool level);

/** Drives it no longer; one that is not driven stays as it is. */
void platform_pin_release(unsigned pin);

/* --- the rest --- */

/** Starts what runs beside the XS machine: the chip's tasks. The twin's main() has started its own. XS task, once. */
void platform_start(void *machine);

/** `ready` is being said: a firmware that came by OTA is good, and is kept. XS task. */
void platform_ready(void);

/** Restarts the chip, or re-executes the twin. Does not return. */
_Noreturn void platform_restart(void);

uint32_t platform_random(void);

/** Name and version of the system below, for AT+GMR. */
const char *platform_version(void);

/** A line to the log port (UART0, stderr of the twin), never to the AT port. */
void platform_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

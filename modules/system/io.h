/* SPDX-License-Identifier: Apache-2.0 */
/* One turn of the I/O task's only wait. */
#ifndef XS_AT_IO_H
#define XS_AT_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>

typedef struct {
	fd_set read, write;
	int highest;
	uint32_t now; /* platform_now() when the turn began */
	uint32_t due; /* ms until somebody wants to run without a descriptor; UINT32_MAX for never */
	bool ready;   /* after the wait: the sets tell what is ready */
} io_wait;

static inline void io_read(io_wait *wait, int fd)
{
	FD_SET(fd, &wait->read);
	if (fd > wait->highest)
		wait->highest = fd;
}

static inline void io_write(io_wait *wait, int fd)
{
	FD_SET(fd, &wait->write);
	if (fd > wait->highest)
		wait->highest = fd;
}

static inline void io_due(io_wait *wait, uint32_t due)
{
	if (due < wait->due)
		wait->due = due;
}

/** The I/O task: runs until the system restarts. */
void io_run(void);

#endif

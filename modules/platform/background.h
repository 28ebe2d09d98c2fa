/* SPDX-License-Identifier: Apache-2.0 */
/* A job of the worker whose end JavaScript is told: what a command awaits that blocks, or takes long. */
#ifndef XS_AT_BACKGROUND_H
#define XS_AT_BACKGROUND_H

#include <stdatomic.h>
#include <stdbool.h>

#include "platform.h"
#include "xsmc.h"

typedef struct background {
	platform_job job;
	struct background *next;
	int (*body)(void);
	xsSlot on_done;
	int result;
	atomic_bool done; /* the worker has finished; JavaScript is to be told */
	bool running;     /* XS task */
} background;

/** @param on_done a function that is called with the result of each job. XS task, once, for a static object */
void background_init(xsMachine *the, background *it, xsSlot *on_done);

/** Has body run on the worker. @throws Error while the one before is not done. XS task */
void background_start(xsMachine *the, background *it, int (*body)(void));

/** @throws Error while a job runs, whose state is the worker's. XS task */
void background_check(xsMachine *the, const background *it);

#endif

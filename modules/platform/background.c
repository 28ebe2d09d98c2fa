/* SPDX-License-Identifier: Apache-2.0 */
#include "background.h"

#include <stddef.h>

#include "services.h"

static background *all;

static void run(platform_job *job)
{
	background *it = (background *)((char *)job - offsetof(background, job));

	it->result = it->body();
	atomic_store(&it->done, true);
	platform_wake_xs();
}

static void enter_done(xsMachine *the, void *context)
{
	background *it = context;

	xsmcVars(1);
	xsmcSetInteger(xsVar(0), it->result);
	xsCallFunction1(it->on_done, xsUndefined, xsVar(0));
}

static void background_service(xsMachine *the)
{
	for (background *it = all; it; it = it->next)
		if (atomic_exchange(&it->done, false)) {
			it->running = false;
			services_enter(the, enter_done, it);
		}
}

static service background_services = { .run = background_service };

void background_init(xsMachine *the, background *it, xsSlot *on_done)
{
	it->on_done = *on_done;
	xsRemember(it->on_done);
	it->job.run = run;
	it->next = all;
	all = it;
	services_add(&background_services);
}

void background_check(xsMachine *the, const background *it)
{
	if (it->running)
		xsUnknownError("the job before is not done");
}

void background_start(xsMachine *the, background *it, int (*body)(void))
{
	background_check(the, it);
	it->body = body;
	it->running = true;
	platform_queue_job(&it->job);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of firmware.ts: reading an image through takes its time, so it is the worker's. */
#include "firmware.h"

#include <stdatomic.h>

#include "platform.h"
#include "services.h"
#include "xsmc.h"

static struct {
	platform_job job;
	enum { IDLE, CHECKING } state;
	atomic_bool finished;
	bool done;
	xsSlot callback;
} selection;

static void run(platform_job *job)
{
	(void)job;
	selection.done = firmware_select_other();
	atomic_store(&selection.finished, true);
	platform_wake_xs();
}

static void enter(xsMachine *the, void *context)
{
	(void)context;
	xsmcVars(2);
	xsVar(0) = selection.callback;
	xsForget(selection.callback);
	xsmcSetBoolean(xsVar(1), selection.done);
	xsCallFunction1(xsVar(0), xsUndefined, xsVar(1));
}

static void firmware_service(xsMachine *the)
{
	if (!atomic_exchange(&selection.finished, false))
		return;
	selection.state = IDLE;
	services_enter(the, enter, NULL);
}

static service firmware_services = { .run = firmware_service };

void xs_firmware_destructor(void *data)
{
	(void)data;
}

void xs_firmware(xsMachine *the)
{
	(void)the;
	selection.job.run = run;
	services_add(&firmware_services);
}

void xs_firmware_selectOther(xsMachine *the)
{
	if (selection.state != IDLE)
		xsUnknownError("a slot is being checked already");
	selection.callback = xsArg(0);
	xsRemember(selection.callback);
	selection.state = CHECKING;
	platform_queue_job(&selection.job);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services on the SDK's main loop, which runs timers and messages: a wake-up is one message, never a second one while
 * that waits, and services_due() is one timer.
 */
#include <stdatomic.h>
#include <string.h>

#include "chip.h"
#include "modTimer.h"
#include "platform.h"
#include "services.h"
#include "xsHost.h"

#define REPEAT 1000 /* ms; any but 0, with which the SDK would free the timer */

static struct {
	xsMachine *the;
	modTimer timer;
	atomic_bool posted;
} task;

/*
 * Promise jobs are a message of the SDK's, and each round of them posts the next one; a command that ends in one of
 * them is not pending (port.c), so services run when there are no more. This turn then queues up behind them.
 */
static void turn(void)
{
	uint32_t due = 0;

	if (!chip_jobs_pending(task.the))
		services_run(task.the);
	if (!chip_jobs_pending(task.the))
		due = services_due(platform_now());
	if (due == 0)
		platform_wake_xs();
	else if (due > INT32_MAX)
		modTimerUnschedule(task.timer);
	else
		modTimerReschedule(task.timer, (int)due, REPEAT);
}

static void message(void *the, void *refcon, uint8_t *bytes, uint16_t size)
{
	(void)the;
	(void)refcon;
	(void)bytes;
	(void)size;
	atomic_store(&task.posted, false);
	turn();
}

static void expired(modTimer timer, void *refcon, int size)
{
	(void)timer;
	(void)refcon;
	(void)size;
	turn();
}

void platform_wake_xs(void)
{
	if (!task.the || atomic_exchange(&task.posted, true))
		return;
	if (modMessagePostToMachine(task.the, NULL, 0, message, NULL))
		atomic_store(&task.posted, false);
}

/*
 * The SDK's abort hook: abort(reason, exception) of the global object. An exception or rejection that nobody handled is
 * logged and counted, and the machine lives on; what it cannot go on from (memory full, dead strip …) is logged, and
 * the SDK restarts the chip. A stack overflow restarts without asking. Only where the machine lives on may this
 * allocate.
 */
static void aborted(xsMachine *the)
{
	static const char survivable[] = "unhandled ";
	const char *reason = xsmcToString(xsArg(0));

	if (strncmp(reason, survivable, sizeof(survivable) - 1) != 0) {
		platform_log("abort: %s; restarting", reason);
		return;
	}
	services_exceptions++;
	platform_log("%s", reason);
	platform_log("exception: %s", xsmcToString(xsArg(1)));
	xsmcSetBoolean(xsResult, false);
}

bool chip_machine_start(void *machine)
{
	xsMachine *the = machine;

	xsmcVars(1);
	xsVar(0) = xsNewHostFunction(aborted, 2);
	xsmcSet(xsGlobal, xsID("abort"), xsVar(0));
	task.timer = modTimerAdd(REPEAT, REPEAT, expired, NULL, 0);
	task.the = the;
	return task.timer != NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Timers of JavaScript: a list of those that run, served by the XS task. */
#include "platform.h"
#include "services.h"

typedef struct timer_record {
	struct timer_record *next;
	xsSlot callback;
	uint32_t due;
	bool running;
} timer_record;

static timer_record *running;

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
	timer_record *timer = data;

	if (timer)
		(*mark_root)(the, &timer->callback);
}

void xs_timer_destructor(void *data);

static const xsHostHooks hooks = { xs_timer_destructor, mark, NULL };

static void stop(timer_record *timer)
{
	timer_record **link = &running;

	if (!timer->running)
		return;
	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	timer->running = false;
}

void xs_timer_destructor(void *data)
{
	timer_record *timer = data;

	if (!timer)
		return;
	stop(timer);
	platform_free(timer);
}

static void enter(xsMachine *the, void *context)
{
	timer_record *timer = context;

	xsCallFunction0(timer->callback, xsUndefined);
}

static void timer_service(xsMachine *the)
{
	timer_record *timer = running;
	uint32_t now = timer ? platform_now() : 0;

	/* A callback may start or stop any timer, so after each the list is looked at afresh. */
	while (timer) {
		if ((int32_t)(now - timer->due) < 0) {
			timer = timer->next;
			continue;
		}
		stop(timer);
		services_enter(the, enter, timer);
		timer = running;
	}
}

static uint32_t timer_due(uint32_t now)
{
	uint32_t due = UINT32_MAX;

	for (timer_record *timer = running; timer; timer = timer->next) {
		int32_t left = (int32_t)(timer->due - now);

		if (left <= 0)
			return 0;
		if ((uint32_t)left < due)
			due = (uint32_t)left;
	}
	return due;
}

static service timer_services = { .run = timer_service, .due = timer_due };

void xs_timer(xsMachine *the)
{
	timer_record *timer = platform_alloc(sizeof(*timer));

	if (!timer)
		xsUnknownError("out of memory");
	timer->callback = xsArg(0);
	xsmcSetHostData(xsThis, timer);
	xsSetHostHooks(xsThis, (xsHostHooks *)&hooks);
	services_add(&timer_services);
}

static timer_record *timer_of(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

void xs_timer_start(xsMachine *the)
{
	timer_record *timer = timer_of(the);

	stop(timer);
	timer->due = platform_now() + (uint32_t)xsmcToInteger(xsArg(0));
	timer->next = running;
	running = timer;
	timer->running = true;
}

void xs_timer_stop(xsMachine *the)
{
	stop(timer_of(the));
}

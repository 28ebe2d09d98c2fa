/* SPDX-License-Identifier: Apache-2.0 */
#include "escape.h"

#define SIGNS 3

/* Readings of a millisecond clock are up to this much off on either side of a gap. */
#define CLOCK_ERROR 2

void escape_init(escape_detector *e, uint16_t guard, uint32_t now)
{
	e->guard = guard;
	e->held = 0;
	e->quiet_since = now;
	e->last_plus = now;
}

void escape_disturbed(escape_detector *e, uint32_t now)
{
	e->quiet_since = now;
	e->last_plus = now;
}

static bool all_plus(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] != '+')
			return false;
	return true;
}

static escape_verdict hold(escape_detector *e, uint32_t now, size_t size)
{
	e->held = (uint8_t)size;
	e->last_plus = now;
	return ESCAPE_HELD;
}

escape_verdict escape_feed(escape_detector *e, uint32_t now, const uint8_t *data, size_t size)
{
	bool plus = size <= SIGNS && all_plus(data, size);

	if (e->held) {
		bool prompt = now - e->last_plus < e->guard;

		if (plus && prompt && e->held + size <= SIGNS)
			return hold(e, now, e->held + size);
		/*
		 * A byte that is here when the guard is judged counts as early enough, however late this task is: a host that
		 * means +++ waits far longer than the guard, one that sends data does not.
		 */
		e->held = 0;
		if (plus && !prompt)
			return hold(e, now, size); /* too slow for the signs before, but perhaps the first of three */
	} else if (plus && now - e->quiet_since + CLOCK_ERROR >= e->guard)
		return hold(e, now, size);
	e->quiet_since = now;
	return ESCAPE_DATA;
}

escape_verdict escape_poll(escape_detector *e, uint32_t now)
{
	uint8_t held = e->held;

	/* `now` may lie before the last sign: it is when the port began to look for bytes. */
	if (!held || (int32_t)(now - e->last_plus) <= e->guard)
		return ESCAPE_NONE;
	e->held = 0;
	if (held == SIGNS) {
		e->quiet_since = now;
		return ESCAPE_DONE;
	}
	e->quiet_since = e->last_plus;
	return ESCAPE_DATA;
}

uint32_t escape_due(const escape_detector *e, uint32_t now)
{
	int32_t passed = (int32_t)(now - e->last_plus);

	if (!e->held)
		return UINT32_MAX;
	return passed > e->guard ? 0 : (uint32_t)(e->guard + 1 - passed);
}

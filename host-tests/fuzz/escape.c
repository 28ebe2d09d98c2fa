/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detector of +++ (wire-format.md, rule 7), driven as port-io.c drives it, next to the rule itself applied to the
 * whole history: which three signs left the data mode, and that everything else comes out in order.
 *
 * Input: the guard in ms, then two bytes an event: how many ms pass, and what comes then: signs, other bytes, signs
 * with other bytes, a time without reading, or nothing.
 *
 * Sources: modules/port/escape.c
 */
#include "escape.h"
#include "fuzz.h"

#define EVENTS_MAX 2048u
#define SIGNS 3
#define CLOCK_ERROR 2u /* readings of a millisecond clock: rule 7 says nothing of a guard that is this much short */

const unsigned fuzz_rounds = 300000;

/* Every byte with the time when it was read; a time without reading stands between them. */
typedef struct {
	uint32_t time;
	bool plus;
	bool gap; /* no byte */
} moment;

static moment history[EVENTS_MAX * 8];
static size_t count;
static uint32_t start; /* of quiet, before the first byte */

/* The last time before an index at which it was not quiet. */
static uint32_t busy_before(size_t index)
{
	return index ? history[index - 1].time : start;
}

/* Three signs with quiet before them, and none but the permitted time between. */
static bool may_escape(uint32_t guard)
{
	for (size_t i = 1; i <= SIGNS; i++)
		if (count < i || !history[count - i].plus ||
		    (i > 1 && history[count - i + 1].time - history[count - i].time >= guard))
			return false;
	return history[count - SIGNS].time - busy_before(count - SIGNS) + CLOCK_ERROR >= guard;
}

/* The same without any doubt: and no fourth sign is near enough to belong to them. */
static bool must_escape(uint32_t guard)
{
	return may_escape(guard) && history[count - SIGNS].time - busy_before(count - SIGNS) >= guard;
}

static void add(uint32_t time, bool plus, bool gap)
{
	history[count++] = (moment){ time, plus, gap };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input input = { data, data + size };
	uint16_t guard = (uint16_t)(1 + fuzz_byte(&input) % 60);
	uint32_t now = UINT32_MAX - 500 + fuzz_word(&input) % 1000; /* the clock wraps */
	size_t out = 0;                                             /* bytes that are data for sure */
	size_t bytes = 0;
	escape_detector e;

	count = 0;
	start = now;
	escape_init(&e, guard, now);
	for (unsigned events = 0; fuzz_more(&input) && events < EVENTS_MAX; events++) {
		uint32_t wait = fuzz_byte(&input), due;
		unsigned kind = fuzz_byte(&input), n = 1 + kind / 4 % 5;
		uint8_t chunk[5];
		escape_verdict verdict;

		/* the task sleeps no longer than it said, so time is judged to the millisecond */
		while (wait--) {
			due = escape_due(&e, now);
			FUZZ_REQUIRE((due == UINT32_MAX) == (e.held == 0), "due %u", due);
			now++;
			verdict = escape_poll(&e, now);
			FUZZ_REQUIRE(verdict == ESCAPE_NONE || due <= 1, "a verdict %u ms before it was due", due);
			FUZZ_REQUIRE(verdict != ESCAPE_NONE || due != 0, "due, and no verdict");
			if (verdict == ESCAPE_DONE) {
				FUZZ_REQUIRE(may_escape(guard), "left, and nobody said +++");
				FUZZ_REQUIRE(now - history[count - 1].time > guard, "left before the guard was over");
				FUZZ_REQUIRE(out == bytes - SIGNS, "%zu bytes are data, not %zu", out, bytes - SIGNS);
				return 0;
			}
			/* strictly by the rule it is an escape: then it must have been one */
			FUZZ_REQUIRE(!(must_escape(guard) && now - history[count - 1].time > guard), "+++ was not seen");
			out = bytes - e.held;
		}
		if (kind % 4 == 3) {
			/* the port could not read until now: quiet starts anew, before three signs and behind them */
			escape_disturbed(&e, now);
			if (e.held)
				for (size_t i = 0; i < e.held; i++)
					history[count - 1 - i].time = now;
			else
				add(now, false, true);
			continue;
		}
		for (unsigned i = 0; i < n; i++) {
			chunk[i] = kind % 4 == 0 || (kind % 4 == 1 && kind >> (3 + i) & 1) ? '+' : 'x';
			add(now, chunk[i] == '+', false);
		}
		bytes += n;
		verdict = escape_feed(&e, now, chunk, n);
		FUZZ_REQUIRE(verdict == (e.held ? ESCAPE_HELD : ESCAPE_DATA), "verdict %d, %u held", verdict, e.held);
		FUZZ_REQUIRE(e.held <= SIGNS && e.held <= bytes - out, "%u bytes held", e.held);
		for (size_t i = 0; i < e.held; i++)
			FUZZ_REQUIRE(history[count - 1 - i].plus, "a byte is held that is no sign");
		FUZZ_REQUIRE(bytes - e.held >= out, "what was data is held");
		out = bytes - e.held;
	}
	return 0;
}

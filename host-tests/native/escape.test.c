/* SPDX-License-Identifier: Apache-2.0 */
/* The detector of +++ against wire-format.md, rule 7. */
#include <string.h>

#include "check.h"
#include "escape.h"

#define GUARD 20
/* A reading of the clock is up to 1 ms late on either side: from here on a gap may count as the guard. */
#define GUARD_SEEN 18

#define EVENTS 64
#define NEVER UINT32_MAX

/* What happens at a time, in ms from the start: bytes, or (NULL) a moment in which the port could not read. */
typedef struct {
	uint32_t at;
	const char *bytes;
} event;

typedef struct {
	bool left;      /* the data mode was left */
	uint32_t at;    /* when */
	uint32_t data;  /* bytes that were data */
	uint32_t taken; /* events that came before that */
} verdict;

/* Plays events as the port does: a byte before the poll of its millisecond. */
static verdict play(const event *events, uint32_t count, uint32_t start, bool by_due)
{
	escape_detector e;
	verdict result = { 0 };
	uint32_t end = count ? events[count - 1].at + 100 : 100, released = 0, seen = 0;

	escape_init(&e, GUARD, start);
	for (uint32_t t = 0; t <= end; t++) {
		uint32_t due = escape_due(&e, start + t);
		escape_verdict poll;

		REQUIRE((due == NEVER) == (e.held == 0), "something to judge exactly when something is held");
		for (; result.taken < count && events[result.taken].at == t; result.taken++) {
			const char *bytes = events[result.taken].bytes;
			escape_verdict fed;

			if (!bytes) {
				escape_disturbed(&e, start + t);
				continue;
			}
			seen += (uint32_t)strlen(bytes);
			fed = escape_feed(&e, start + t, (const uint8_t *)bytes, strlen(bytes));
			REQUIRE(fed == (e.held ? ESCAPE_HELD : ESCAPE_DATA) && e.held <= 3 && e.held <= seen - released,
			        "verdict %d with %u held", fed, e.held);
			released = seen - e.held;
		}
		/* Nothing may be missed by somebody who sleeps as long as escape_due() says. */
		due = escape_due(&e, start + t);
		if (by_due && due > 0)
			continue;
		poll = escape_poll(&e, start + t);
		REQUIRE(poll == ESCAPE_NONE || due == 0, "judged at %u although due in %u", t, due);
		REQUIRE(due > 0 || poll != ESCAPE_NONE, "due at %u and not judged: a busy loop", t);
		if (poll == ESCAPE_DONE) {
			result.left = true;
			result.at = t;
			result.data = seen - 3;
			REQUIRE(released == result.data, "%u bytes released, %u are data", released, result.data);
			return result;
		}
		if (poll == ESCAPE_DATA)
			released = seen;
	}
	REQUIRE(released == seen, "%u of %u bytes released", released, seen);
	result.data = seen;
	return result;
}

/* The rule once more, told of all bytes with their times: three signs, quiet before, between them less, quiet after. */
static verdict model(const event *events, uint32_t count)
{
	static struct {
		char byte;
		uint32_t at;
		uint32_t quiet; /* ms directly before it in which the port was reading and nothing came */
		bool apart;     /* a whole guard of such quiet lies between it and the byte before */
	} bytes[EVENTS * 8];
	uint32_t total = 0, since = 0;
	bool apart = false;

	for (uint32_t i = 0; i < count; i++) {
		apart |= !events[i].bytes && events[i].at - since > GUARD + 1;
		for (const char *p = events[i].bytes; p && *p; p++) {
			bytes[total].byte = *p;
			bytes[total].at = events[i].at;
			bytes[total].quiet = events[i].at - since;
			bytes[total++].apart = apart || events[i].at - since >= GUARD;
			since = events[i].at;
			apart = false;
		}
		since = events[i].at;
	}
	for (uint32_t i = 0; i + 3 <= total; i++) {
		uint32_t from = bytes[i + 2].at, next = i + 3 < total ? bytes[i + 3].at : NEVER;

		if (bytes[i].byte != '+' || bytes[i + 1].byte != '+' || bytes[i + 2].byte != '+')
			continue;
		if (bytes[i].quiet < GUARD_SEEN || bytes[i + 1].apart || bytes[i + 2].apart)
			continue;
		/* The guard starts anew with each disturbance. */
		for (uint32_t j = 0; j < count; j++)
			if (!events[j].bytes && events[j].at >= from && events[j].at <= from + GUARD + 1 && events[j].at < next)
				from = events[j].at;
		if (next != NEVER && next - from <= GUARD + 1)
			continue;
		return (verdict){ .left = true, .at = from + GUARD + 1, .data = i };
	}
	return (verdict){ .data = total };
}

static uint32_t starts[] = { 0, 1000, UINT32_MAX - 150, UINT32_MAX - 25, UINT32_MAX - 10, UINT32_MAX, 0x7ffffff0 };

#define STARTS (sizeof(starts) / sizeof(*starts))

/* Plays it at each start of the clock, polled every millisecond and only when due. */
static void expect_at(const event *events, uint32_t count, bool left, uint32_t at, uint32_t data, const char *what)
{
	for (size_t i = 0; i < 2 * STARTS; i++) {
		verdict v = play(events, count, starts[i / 2], i & 1);

		CHECK(v.left == left && v.data == data && (!left || v.at == at),
		      "%s, clock at %u: left %d at %u, %u data; wanted %d at %u, %u", what, starts[i / 2], v.left, v.at, v.data,
		      left, at, data);
	}
}

#define EXPECT(left, at, data, what, ...)                                             \
	do {                                                                              \
		const event events_[] = { __VA_ARGS__ };                                      \
		expect_at(events_, sizeof(events_) / sizeof(*events_), left, at, data, what); \
	} while (0)

static void test_numbers_of_signs(void)
{
	EXPECT(false, 0, 1, "one sign", { 50, "+" });
	EXPECT(false, 0, 2, "two signs", { 50, "++" });
	EXPECT(true, 71, 0, "three signs", { 50, "+++" });
	EXPECT(false, 0, 4, "four signs", { 50, "++++" });
	EXPECT(false, 0, 4, "three and one", { 50, "+++" }, { 55, "+" });
	EXPECT(false, 0, 4, "one and three", { 50, "+" }, { 55, "+++" });
	EXPECT(false, 0, 4, "two and two", { 50, "++" }, { 55, "++" });
	EXPECT(false, 0, 6, "two times three", { 50, "+++" }, { 60, "+++" });
	EXPECT(true, 161, 4, "four, then three alone", { 50, "++++" }, { 140, "+++" });
	EXPECT(true, 161, 1, "one too early, then three", { 50, "+" }, { 140, "+++" });
	EXPECT(true, 161, 2, "two too early, then three", { 50, "++" }, { 140, "+++" });
	EXPECT(false, 0, 5, "with CR LF", { 50, "+++\r\n" });
	EXPECT(false, 0, 5, "CR LF soon after", { 50, "+++" }, { 52, "\r\n" });
	EXPECT(false, 0, 3, "too soon after the start", { 5, "+++" });
}

static void test_glued(void)
{
	EXPECT(false, 0, 4, "glued before, one chunk", { 50, "x+++" });
	EXPECT(false, 0, 4, "glued before, two chunks", { 50, "x" }, { 50, "+++" });
	EXPECT(false, 0, 4, "glued after, one chunk", { 50, "+++x" });
	EXPECT(false, 0, 4, "glued after, two chunks", { 50, "+++" }, { 50, "x" });
	EXPECT(false, 0, 4, "inside a chunk of signs", { 50, "++" }, { 51, "x+" });
	for (uint32_t gap = 0; gap <= 40; gap++) {
		bool far = gap >= GUARD_SEEN;

		EXPECT(far, 50 + gap + 21, far ? 1 : 4, "data before", { 50, "x" }, { 50 + gap, "+++" });
		far = gap > GUARD + 1;
		EXPECT(far, 71, far ? 0 : 4, "data after", { 50, "+++" }, { 50 + gap, "x" });
	}
	EXPECT(true, 131, 4, "a sign of data, then quiet, then three", { 50, "abc+" }, { 110, "+++" });
}

static void test_split(void)
{
	for (uint32_t gap = 0; gap <= 40; gap++) {
		bool held = gap < GUARD;

		EXPECT(held, 50 + gap + 21, held ? 0 : 3, "one and two", { 50, "+" }, { 50 + gap, "++" });
		EXPECT(held, 50 + gap + 21, held ? 0 : 3, "two and one", { 50, "++" }, { 50 + gap, "+" });
		EXPECT(held, 50 + 2 * gap + 21, held ? 0 : 3, "three times one", { 50, "+" }, { 50 + gap, "+" },
		       { 50 + 2 * gap, "+" });
		EXPECT(held, 50 + gap + 21, held ? 0 : 3, "close and far", { 50, "+" }, { 50, "+" }, { 50 + gap, "+" });
	}
}

static void test_disturbed(void)
{
	for (uint32_t gap = 0; gap <= 40; gap++) {
		bool quiet = gap >= GUARD_SEEN;

		EXPECT(quiet, 2050 + gap + 21, quiet ? 1 : 4, "after a stall of 2 s", { 50, "x" }, { 2050, NULL },
		       { 2050 + gap, "+++" });
	}
	EXPECT(false, 0, 4, "a disturbance in the guard after starts it anew", { 50, "+++" }, { 65, NULL }, { 80, "x" });
	EXPECT(true, 86, 0, "and then it is kept", { 50, "+++" }, { 65, NULL });
	EXPECT(true, 99, 0, "the signs are close but for the stall", { 50, "++" }, { 68, NULL }, { 78, "+" });
}

/* Bytes that are read late, because the task was: they were early enough. */
static void test_late_task(void)
{
	escape_detector e;

	escape_init(&e, GUARD, 0);
	escape_feed(&e, 100, (const uint8_t *)"+++", 3);
	CHECK(escape_feed(&e, 180, (const uint8_t *)"x", 1) == ESCAPE_DATA, "a byte that came before the judgement");
	CHECK(escape_poll(&e, 180) == ESCAPE_NONE && escape_due(&e, 180) == NEVER, "nothing held");
	escape_feed(&e, 300, (const uint8_t *)"+", 1);
	escape_feed(&e, 380, (const uint8_t *)"+++", 3);
	CHECK(escape_poll(&e, 401) == ESCAPE_DONE, "one sign long before, then three");
}

static void test_random_schedules(void)
{
	static const char *const chunks[] = { "+", "+", "+", "++", "+++", "+++", "++++", "x", "+x", "x+", "xx+++", "+++x" };
	uint32_t seed = 31415, escapes = 0, expected = 0;

	for (int round = 0; round < 60000; round++) {
		event events[EVENTS];
		uint32_t count = 1 + test_random(&seed) % 12, t = 0;
		uint32_t start = round % 3 ? test_random(&seed) : UINT32_MAX - test_random(&seed) % 400;
		verdict wanted, got;

		for (uint32_t i = 0; i < count; i++) {
			uint32_t gap = test_random(&seed) % (test_random(&seed) % 2 ? 25 : 80);

			/* 18 and 19 ms are both the guard and close to each other: either verdict would do. */
			t += gap == GUARD_SEEN || gap == GUARD_SEEN + 1 ? GUARD : gap;
			events[i].at = t;
			events[i].bytes = test_random(&seed) % 10 ? chunks[test_random(&seed) % 12] : NULL;
		}
		wanted = model(events, count);
		got = play(events, count, start, round & 1);
		escapes += got.left;
		expected += wanted.left;
		CHECK(got.left == wanted.left && got.data == wanted.data && (!got.left || got.at == wanted.at),
		      "round %d: left %d at %u, %u data; wanted %d at %u, %u", round, got.left, got.at, got.data, wanted.left,
		      wanted.at, wanted.data);
	}
	CHECK(escapes == expected && escapes > 1000 && escapes < 59000, "%u escapes of %u, a fair share", escapes,
	      expected);
}

int main(void)
{
	test_numbers_of_signs();
	test_glued();
	test_split();
	test_disturbed();
	test_late_task();
	test_random_schedules();
	return check_report();
}

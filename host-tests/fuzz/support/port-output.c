/* SPDX-License-Identifier: Apache-2.0 */
#include "port-output.h"

#include "port-model.h"
#include "port-wake-model.h"

#define OWED_MAX 4096u
#define TEXT_MAX (1u << 20)
#define BUSY "\r\nbusy p...\r\n"
#define BUSY_NUMBER "ERR CODE:0x010b0000\r\n"
#define SEND_OK "\r\nSEND OK\r\n"
#define SEND_FAIL "\r\nSEND FAIL\r\n"
#define SEND_CANCELLED "\r\nSEND CANCELLED\r\n"
#define REPORT "+CIPSENDL:"
#define FRAME "\r\n+IPD,"

typedef struct {
	enum { TEXT, LONG, RESULT_OF_SINK, RESULT_OF_MEMORY, RESULT_OF_LONG, RESULT_CANCELLED } kind;
	size_t start, size; /* of TEXT, in texts */
} owed;

static struct {
	uint8_t bytes[FAKE_LINE]; /* all that was put */
	size_t size;
	size_t left;   /* the ring, as far as compared */
	size_t parsed; /* messages up to here */
} seen;

static owed queue[OWED_MAX];
static unsigned first, last; /* of those that are owed */
static char texts[TEXT_MAX];
static size_t texts_size;
/* AT+SENDL's, in bytes */
static struct {
	bool on;
	size_t from, size, step, sent_before, told;
} reports;
static bool exclusive, result_here, result_good;
static unsigned busy_count;
static unsigned frames_seen;
static size_t net_seen;

void output_start(void)
{
	seen.size = seen.left = seen.parsed = 0;
	output_collect();
	seen.parsed = seen.size;
	first = last = 0;
	texts_size = 0;
	exclusive = result_here = reports.on = false;
	busy_count = frames_seen = 0;
	net_seen = 0;
}

/* --- what is owed --- */

static void owe(int kind, const void *text, size_t size)
{
	owed *it = &queue[last++ % OWED_MAX];

	FUZZ_REQUIRE(last - first <= OWED_MAX && size <= TEXT_MAX, "too many answers are owed");
	if (first + 1 == last || texts_size + size > TEXT_MAX)
		texts_size = 0; /* nothing else is in use; or from the start, over what has long been told */
	it->kind = kind;
	it->start = texts_size;
	it->size = size;
	memcpy(texts + texts_size, text, size);
	texts_size += size;
}

void output_expect(const char *text)
{
	owe(TEXT, text, strlen(text));
}

void output_expect_bytes(const void *bytes, size_t size)
{
	owe(TEXT, bytes, size);
}

void output_expect_format(const char *format, unsigned number)
{
	char text[80];

	snprintf(text, sizeof text, format, number);
	output_expect(text);
}

void output_expect_echo(const uint8_t *text, size_t size)
{
	uint8_t echo[LINE_CAPACITY + 2];

	memcpy(echo, text, size);
	memcpy(echo + size, "\r\n", 2);
	owe(TEXT, echo, size + 2);
}

void output_expect_long(void)
{
	owe(LONG, "", 0);
}

static void owe_result(int kind)
{
	owe(kind, "", 0);
	result_here = false;
	busy_count = 0;
}

void output_expect_result(bool of_sink)
{
	owe_result(of_sink ? RESULT_OF_SINK : RESULT_OF_MEMORY);
}

void output_expect_long_result(bool cancelled)
{
	owe_result(cancelled ? RESULT_CANCELLED : RESULT_OF_LONG);
}

void output_reports(size_t from, size_t size)
{
	reports.on = true;
	reports.from = from;
	reports.size = size;
	reports.step = play.report;
	reports.sent_before = play.sink.size;
	reports.told = 0;
}

bool output_result(bool *good, unsigned *busy)
{
	bool here = result_here;

	*good = result_good;
	*busy = busy_count;
	result_here = false;
	return here;
}

bool output_owed(void)
{
	return first != last;
}

void output_exclusive(bool on)
{
	exclusive = on;
}

/* --- frames, events, network --- */

FUZZ_UNTRACED static uint32_t mixed(uint32_t value)
{
	value = (value ^ value >> 16) * 0x7feb352du;
	return value ^ value >> 13;
}

FUZZ_UNTRACED void output_fill(uint8_t *payload, size_t size, unsigned number)
{
	for (size_t i = 0; i < size; i++)
		payload[i] = (uint8_t)mixed(number * 65536u + (uint32_t)i + 1);
}

/* Letters, so that no answer begins so. */
FUZZ_UNTRACED static uint8_t net_byte(size_t at)
{
	return (uint8_t)('a' + mixed((uint32_t)at) % 16);
}

FUZZ_UNTRACED void output_net(size_t size)
{
	if (size > FAKE_LINE - play.net_head)
		return;
	for (; size; size--, play.net_head++)
		play.net[play.net_head] = net_byte(play.net_head);
}

/* --- what was said --- */

/* Also while the ring is being emptied: hence by what was put, which is still there when it has left. */
FUZZ_UNTRACED void output_collect(void)
{
	size_t total = atomic_load(&port.transmit.head);

	FUZZ_REQUIRE(total - seen.size <= port.transmit.size && total <= FAKE_LINE, "%zu bytes put at once",
	             total - seen.size);
	for (; seen.size < total; seen.size++)
		seen.bytes[seen.size] = port.transmit.data[seen.size & (port.transmit.size - 1)];
	FUZZ_REQUIRE(fake.output_size <= total, "more was said than was put");
	for (; seen.left < fake.output_size; seen.left++)
		FUZZ_REQUIRE(fake.output[seen.left] == seen.bytes[seen.left], "byte %zu is not what was put", seen.left);
}

static bool starts(const void *text, size_t size)
{
	return seen.size - seen.parsed >= size && !memcmp(seen.bytes + seen.parsed, text, size);
}

static bool starts_with(const char *text)
{
	return starts(text, strlen(text));
}

static bool parse_long(void)
{
	char text[PLAY_LONG_LINE + 1];
	size_t size = PLAY_LONG_LINES * PLAY_LONG_LINE, parsed = seen.parsed;

	if (seen.size - seen.parsed < size + 6)
		return false;
	for (unsigned i = 0; i < PLAY_LONG_LINES; i++, parsed += PLAY_LONG_LINE) {
		snprintf(text, sizeof text, "+LONG:%06u,abcdefghi\r\n", i);
		FUZZ_REQUIRE(!memcmp(seen.bytes + parsed, text, PLAY_LONG_LINE), "line %u of a long answer", i);
	}
	FUZZ_REQUIRE(!memcmp(seen.bytes + parsed, "\r\nOK\r\n", 6), "the end of a long answer");
	seen.parsed = parsed + 6;
	return true;
}

static bool take(const char *text)
{
	if (!starts_with(text))
		return false;
	seen.parsed += strlen(text);
	return true;
}

/* One for each multiple, and one for the rest: of what the sink has taken and the port has received. */
static bool parse_report(void)
{
	const char *at = (const char *)seen.bytes + seen.parsed;
	size_t sent = play.sink.size - reports.sent_before;
	unsigned done, arrived;
	int length = 0;

	if (!reports.on || !starts_with(REPORT)) /* else it is the echo of a line, if of anything */
		return false;
	/* white space in a format is any and however much: hence the line's end by itself */
	FUZZ_REQUIRE(sscanf(at, REPORT "%u,%u%n", &done, &arrived, &length) == 2 && !memcmp(at + length, "\r\n", 2),
	             "a report that is not whole");
	FUZZ_REQUIRE(done > reports.told && done <= sent && done <= arrived, "report of %u,%u behind %zu; %zu are sent",
	             done, arrived, reports.told, sent);
	FUZZ_REQUIRE(arrived <= reports.size && arrived <= model.read - reports.from, "%u are not here", arrived);
	FUZZ_REQUIRE(reports.told % reports.step == 0, "a report behind the last one");
	FUZZ_REQUIRE(done == reports.told + reports.step || (done < reports.told + reports.step && done == sent),
	             "a report of %u behind %zu, of %zu", done, reports.told, sent);
	reports.told = done;
	seen.parsed += (size_t)length + 2;
	return true;
}

static bool parse_result(int kind)
{
	const char *busy = port.error_numbers ? BUSY_NUMBER BUSY : BUSY;

	if (starts_with(busy)) {
		FUZZ_REQUIRE(busy_count++ == 0, "busy twice");
		seen.parsed += strlen(busy);
	}
	result_good = take(kind == RESULT_OF_MEMORY ? "\r\nOK\r\n" : kind == RESULT_CANCELLED ? SEND_CANCELLED : SEND_OK);
	result_here = result_good || ((kind == RESULT_OF_SINK || kind == RESULT_OF_LONG) && take(SEND_FAIL));
	if (result_here && reports.on) {
		FUZZ_REQUIRE(reports.told == play.sink.size - reports.sent_before, "%zu bytes of %zu reported", reports.told,
		             play.sink.size - reports.sent_before);
		reports.on = false;
	}
	return result_here;
}

static bool parse_owed(void)
{
	const owed *it = &queue[first % OWED_MAX];
	bool done;

	if (first == last)
		return false;
	switch (it->kind) {
	case LONG:
		done = parse_long();
		break;
	case TEXT:
		done = starts(texts + it->start, it->size);
		seen.parsed += done ? it->size : 0;
		break;
	default:
		done = parse_result(it->kind);
	}
	first += done;
	return done;
}

static bool parse_frame(void)
{
	static uint8_t payload[4096];
	const uint8_t *p = seen.bytes + seen.parsed + strlen(FRAME);
	size_t size = 0;

	if (!starts_with(FRAME))
		return false;
	FUZZ_REQUIRE(!exclusive, "a frame where nothing but answers may come");
	for (; *p >= '0' && *p <= '9'; p++)
		size = size * 10 + *p - '0';
	FUZZ_REQUIRE(*p++ == ':' && size <= sizeof payload && size <= (size_t)(seen.bytes + seen.size - p),
	             "a frame that is not whole");
	output_fill(payload, size, frames_seen++);
	FUZZ_REQUIRE(!memcmp(p, payload, size), "another frame than number %u", frames_seen - 1);
	seen.parsed = (size_t)(p + size - seen.bytes);
	return true;
}

static bool parse_event(void)
{
	static char text[2048];
	const char *at = (const char *)seen.bytes + seen.parsed;
	const char *end;
	size_t size;
	unsigned id;

	if (!starts_with(OUTPUT_EVENT))
		return false;
	end = memchr(at + strlen(OUTPUT_EVENT), '\r', seen.size - seen.parsed - strlen(OUTPUT_EVENT));
	size = end ? (size_t)(end - at) : 0;
	FUZZ_REQUIRE(!exclusive, "an event where nothing but answers may come");
	id = (unsigned)atoi(at + strlen(OUTPUT_EVENT));
	FUZZ_REQUIRE(id < model.events_issued, "event %u was never issued", id);
	for (; model.events_seen < id; model.events_seen++)
		FUZZ_REQUIRE(model_may_miss(model.events_seen), "event %u was lost", model.events_seen);
	FUZZ_REQUIRE(model_may_see(id), "event %u was not filtered", id);
	FUZZ_REQUIRE(model.events_seen++ == id, "event %u again", id);
	size = model_event_text(text, sizeof text, id, size);
	FUZZ_REQUIRE(starts(text, size), "event %u is not whole", id);
	seen.parsed += size;
	return true;
}

/* From the end of AT+PASS's answer until +++. */
FUZZ_UNTRACED static bool parse_net(void)
{
	size_t before = seen.parsed;

	if (model.state != MODEL_PASS)
		return false;
	while (seen.parsed < seen.size && net_seen < play.net_tail && seen.bytes[seen.parsed] == net_byte(net_seen)) {
		seen.parsed++;
		net_seen++;
	}
	return seen.parsed > before;
}

/* What nobody asked for, behind the signal that wakes the host, if it is there. */
static bool parse_active(void)
{
	bool preceded = seen.bytes[seen.parsed] == WAKE_MODEL_SIGNAL;
	size_t position = seen.parsed += preceded;
	bool done = seen.parsed < seen.size && (parse_frame() || parse_event() || parse_net());

	if (done)
		wake_model_message(preceded, position);
	else
		seen.parsed -= preceded;
	return done;
}

void output_parse(void)
{
	while (seen.parsed < seen.size && !result_here && (parse_owed() || parse_report() || parse_active()))
		;
}

/* The next answer, as far as it has come. */
static bool is_beginning(void)
{
	const owed *it = &queue[first % OWED_MAX];
	size_t left = seen.size - seen.parsed;

	if (first == last)
		return false;
	if (it->kind == TEXT)
		return left < it->size && !memcmp(seen.bytes + seen.parsed, texts + it->start, left);
	return it->kind == LONG && left < PLAY_LONG_LINES * PLAY_LONG_LINE + 6 &&
	       !memcmp(seen.bytes + seen.parsed, "+LONG:000000", left < 12 ? left : 12);
}

void output_require_parsed(void)
{
	if (seen.parsed < seen.size && !is_beginning()) {
		size_t left = seen.size - seen.parsed;

		fprintf(stderr, "in state %d, %s is owed: %.*s\n", model.state,
		        first == last                          ? "nothing"
		        : queue[first % OWED_MAX].kind == TEXT ? "this"
		                                               : "another",
		        first == last ? 0 : (int)queue[first % OWED_MAX].size, texts + queue[first % OWED_MAX].start);
		FUZZ_REQUIRE(false, "%zu bytes that nobody expects: %.*s", left, (int)(left < 60 ? left : 60),
		             (const char *)seen.bytes + seen.parsed);
	}
}

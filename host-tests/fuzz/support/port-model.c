/* SPDX-License-Identifier: Apache-2.0 */
#include "port-model.h"

#include "port-commands.h"
#include "port-output.h"

#define RESULT_OK "\r\nOK\r\n"
#define GUARD 20u
#define CLOCK_ERROR 2u
#define LEAVE_TIME 500u
#define DRAIN_TIME 500u

struct model model;

static size_t consumed_before; /* of the stream, at the last sync: also what was dropped behind data */
static size_t kept_before;     /* surplus that was not, although nothing was being said */
static uint32_t pass_since;
static uint32_t last_full;  /* when the port was last seen without room, */
static size_t full_read;    /* and what it had read by then */
static uint32_t free_since; /* since when the network takes all */
static size_t pass_read;    /* what came later than AT+PASS's answer */
static uint32_t leaving_since, restart_since;
static unsigned escapes;
static uint32_t dropped;
static struct {
	uint8_t bytes[MODEL_STREAM_MAX];
	size_t size, checked;
} sink; /* what it must get */

void model_start(void)
{
	model.state = MODEL_LINES;
	model.sent = model.read = model.judged = model.wanted = 0;
	model.events_issued = model.events_seen = model.configured = model.actions = 0;
	model.dirty = last_full = free_since = fake.now;
	model.sink_trouble = model.endless = false;
	commands_reset();
	consumed_before = kept_before = full_read = 0;
	escapes = dropped = 0;
	sink.size = sink.checked = 0;
	output_start();
}

bool model_send(const void *bytes, size_t size)
{
	if (size > MODEL_STREAM_MAX - model.sent)
		return false;
	memcpy(model.stream + model.sent, bytes, size);
	model.sent += size;
	fake_send(bytes, size);
	return true;
}

/* --- data and passthrough --- */

static void expect_in_sink(size_t from, size_t to)
{
	FUZZ_REQUIRE(to - from <= sizeof sink.bytes - sink.size, "more than was sent");
	memcpy(sink.bytes + sink.size, model.stream + from, to - from);
	sink.size += to - from;
}

static void check_sink(void)
{
	FUZZ_REQUIRE(play.sink.size <= sink.size, "the network got %zu bytes of %zu", play.sink.size, sink.size);
	FUZZ_REQUIRE(!memcmp(play.sink.bytes + sink.checked, sink.bytes + sink.checked, play.sink.size - sink.checked),
	             "the network got others, behind %zu", sink.checked);
	sink.checked = play.sink.size;
}

static void begin_data(void)
{
	model.state = MODEL_DATA;
	model.data_end = model.judged + model.wanted;
	output_exclusive(true);
	model.endless = model.wanted > MODEL_DATA_MAX;
	if (model.streams)
		expect_in_sink(model.judged, model.read < model.data_end ? model.read : model.data_end);
	else if (!model.to_memory)
		output_expect_format("\r\nRecv %u bytes\r\n", model.wanted);
}

static void end_data(void)
{
	model.state = MODEL_RESULT;
	output_exclusive(false);
	if (!model.to_memory && !model.streams)
		expect_in_sink(model.data_end - model.wanted, model.data_end);
	output_expect_result(!model.to_memory);
}

static bool is_blank(uint8_t byte)
{
	return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t';
}

/* The result is here: what was dropped before it is surplus, what comes now is a line. */
static void result_told(bool good, unsigned busy)
{
	bool loud = false;

	FUZZ_REQUIRE(consumed_before >= model.data_end, "the result came before the data");
	for (size_t i = model.data_end; i < consumed_before; i++)
		loud |= !is_blank(model.stream[i]);
	FUZZ_REQUIRE(busy == loud, "busy %u times for %zu bytes of surplus", busy, consumed_before - model.data_end);
	FUZZ_REQUIRE(!kept_before, "%zu bytes of surplus were kept, to be lines", kept_before);
	model.judged = consumed_before;
	if (model.to_memory)
		FUZZ_REQUIRE(play.memory_size == model.wanted &&
		                 !memcmp(play.memory, model.stream + model.data_end - model.wanted, model.wanted),
		             "%zu bytes of %u came to memory", play.memory_size, model.wanted);
	else if (good)
		FUZZ_REQUIRE(play.sink.size == sink.size, "SEND OK, but %zu bytes of %zu", play.sink.size, sink.size);
	else {
		FUZZ_REQUIRE(model.sink_trouble, "SEND FAIL, and nothing was broken");
		sink.size = play.sink.size;
	}
	model.sink_trouble = play.sink.broken;
	model.state = MODEL_LINES;
}

static uint32_t time_before(size_t index)
{
	return index > pass_read ? model.read_time[index - 1] : pass_since;
}

/* Three signs at the end, read in passthrough, with no more than the guard between them. */
static bool three_signs(void)
{
	const uint32_t *time = model.read_time + model.read;

	return model.read >= pass_read + 3 && !memcmp(model.stream + model.read - 3, "+++", 3) &&
	       time[-1] - time[-2] < GUARD && time[-2] - time[-3] < GUARD;
}

static void begin_passthrough(void)
{
	model.state = MODEL_PASS;
	pass_read = model.read;
	pass_since = free_since = fake.now;
	escapes = port.escapes;
	dropped = port.dropped;
}

static void escaped(void)
{
	size_t first = model.read - 3;

	FUZZ_REQUIRE(model.read == model.sent, "+++ was seen, and there is more");
	FUZZ_REQUIRE(three_signs(), "left, and nobody said +++");
	FUZZ_REQUIRE(model.read_time[first] - time_before(first) + CLOCK_ERROR >= GUARD, "left without quiet before");
	FUZZ_REQUIRE(fake.now - model.read_time[model.read - 1] > GUARD, "left without quiet behind");
	/* without room quiet does not count, neither before the signs nor behind them */
	FUZZ_REQUIRE(fake.now - last_full > GUARD, "left without quiet since back-pressure");
	FUZZ_REQUIRE(full_read > first || model.read_time[first] - last_full + CLOCK_ERROR >= GUARD,
	             "left without quiet between back-pressure and the signs");
	sink.size -= 3;
	model.judged = model.read;
	model.state = MODEL_LEAVING;
	leaving_since = fake.now;
	output_exclusive(true);
	commands_reset();
}

/* By the rule it was a +++, all the time the port was reading, and it had its turns. */
static bool missed_escape(void)
{
	size_t first = model.read - 3;
	uint32_t quiet;

	if (model.read != model.sent || !three_signs())
		return false;
	quiet = time_before(first);
	return model.read_time[first] - quiet >= GUARD && (int32_t)(model.dirty - quiet) <= 0 &&
	       fake.now - model.read_time[model.read - 1] > GUARD + CLOCK_ERROR;
}

/* The network takes all, and yet a byte waits for longer than its interval, and the time that +++ may hold it back. */
static bool is_late(void)
{
	size_t oldest = model.read - (sink.size - play.sink.size);
	uint32_t since = model.read_time[oldest], most = 2u * port.interval + 2 * GUARD + CLOCK_ERROR;

	if (play.sink.size == sink.size)
		return false;
	if ((int32_t)(free_since - since) > 0)
		since = free_since;
	if ((int32_t)(model.dirty - since) > 0)
		since = model.dirty;
	return fake.now - since > most;
}

static void left(void)
{
	uint32_t lost = port.dropped - dropped;

	FUZZ_REQUIRE(play.sink.size <= sink.size, "the signs were sent");
	FUZZ_REQUIRE(play.sink.size + lost == sink.size, "%zu bytes sent and %u dropped of %zu", play.sink.size, lost,
	             sink.size);
	FUZZ_REQUIRE(!lost || model.sink_trouble || fake.now - leaving_since >= LEAVE_TIME, "%u bytes dropped early", lost);
	sink.size = play.sink.size;
	model.state = MODEL_LINES;
	model.sink_trouble = play.sink.broken;
	output_exclusive(false);
}

/* --- turns --- */

FUZZ_UNTRACED static void note_reads(void)
{
	size_t read = model.sent - (fake.input_head - fake.input_tail);

	if (model.state == MODEL_PASS)
		expect_in_sink(model.read, read);
	if (model.state == MODEL_DATA && model.streams && model.read < model.data_end)
		expect_in_sink(model.read, read < model.data_end ? read : model.data_end);
	for (; model.read < read; model.read++)
		model.read_time[model.read] = fake.now;
	if (!ring_room(&port.receive))
		last_full = fake.now, full_read = model.read;
	if (model.read < model.sent || !ring_room(&port.receive))
		model.dirty = fake.now;
	if (play.sink.room != SIZE_MAX || play.sink.limit || play.sink.broken || !port.sink)
		free_since = fake.now;
}

/* What a state change needs that has come about: the answers are all here. */
static void advance(void)
{
	bool good;
	unsigned busy;

	if (model.state == MODEL_HANDED && !output_owed() && atomic_load(&port.mode) != PORT_HANDED) {
		model.state = model.next;
		restart_since = fake.now;
		if (model.next == MODEL_DATA)
			begin_data();
		if (model.next == MODEL_PASS) {
			begin_passthrough();
			expect_in_sink(model.judged, model.read);
		}
	}
	FUZZ_REQUIRE(model.state != MODEL_DATA || model.to_memory || model.streams || output_owed() ||
	                 model.read >= model.data_end,
	             "the data was taken before it was here");
	if (model.state == MODEL_DATA && model.read >= model.data_end &&
	    (model.to_memory || model.streams ? atomic_load(&port.mode) != PORT_DATA : !output_owed()))
		end_data();
	output_parse();
	if (model.state == MODEL_RESULT && output_result(&good, &busy))
		result_told(good, busy);
}

void model_sync(void)
{
	size_t consumed;

	output_collect();
	note_reads();
	consumed = model.read - ring_used(&port.receive);
	output_parse();
	advance();
	switch (model.state) {
	case MODEL_LINES:
	case MODEL_PENDING:
		while (model.judged < consumed && (model.state == MODEL_LINES || model.state == MODEL_PENDING))
			commands_feed(model.stream[model.judged++]);
		FUZZ_REQUIRE(model.judged == consumed, "%zu bytes consumed behind a line in hand", consumed - model.judged);
		break;
	case MODEL_HANDED:
	case MODEL_RESTART:
		FUZZ_REQUIRE(model.judged == consumed, "%zu bytes consumed with a line in hand", consumed - model.judged);
		break;
	case MODEL_DATA:
	case MODEL_RESULT:
		break;
	case MODEL_PASS:
		if (port.escapes != escapes)
			escaped();
		else {
			FUZZ_REQUIRE(!missed_escape(), "+++ was not seen");
			FUZZ_REQUIRE(!is_late(), "%zu bytes wait for nothing", sink.size - play.sink.size);
		}
		break;
	case MODEL_LEAVING:
		break;
	}
	if (model.state == MODEL_LEAVING && atomic_load(&port.mode) != PORT_LEAVING)
		left();
	output_parse();
	advance();
	output_require_parsed();
	check_sink();
	consumed_before = consumed;
	if (!port.claimed || kept_before > model.read - consumed)
		kept_before = model.read - consumed;
}

/* --- what others do --- */

static void require_said(void)
{
	output_collect();
	output_parse();
	FUZZ_REQUIRE(!output_owed(), "what XS says comes at once");
}

void model_finish(int kind, uint32_t number, const char *before)
{
	char text[120];

	model_sync();
	if (model.state != MODEL_PENDING || atomic_load(&port.mode) != PORT_PENDING)
		return;
	if (kind == PLAY_OK)
		snprintf(text, sizeof text, "%s" RESULT_OK, before);
	else
		snprintf(text, sizeof text, port.error_numbers ? "%sERR CODE:0x%08x\r\n\r\nERROR\r\n" : "%s\r\nERROR\r\n",
		         before, (unsigned)number);
	output_expect(text);
	play_finish(kind, number, before);
	require_said();
	model.state = MODEL_LINES;
}

void model_prompt(void)
{
	model_sync();
	if (model.state != MODEL_PENDING || !model.wanted || atomic_load(&port.mode) != PORT_PENDING)
		return;
	output_expect(COMMANDS_PROMPT);
	model.streams = false;
	play_prompt(model.wanted);
	require_said();
	begin_data();
}

bool model_event(size_t size, bool in_passthrough)
{
	static char text[2048];
	unsigned id = model.events_issued;

	if (play.event || id == MODEL_EVENTS_MAX)
		return false;
	output_event_text(text, sizeof text, id, size);
	model.event_optional[id] = !in_passthrough;
	model.events_issued++;
	play_event(text, in_passthrough);
	return true;
}

void model_echo(bool on)
{
	model_sync();
	FAKE_CALL(&play.machine, xs_port_echo, FAKE_BOOL(on));
}

void model_error_numbers(bool on)
{
	model_sync();
	if (model.state != MODEL_HANDED) /* what is owed depends on it, and no other command can have run */
		FAKE_CALL(&play.machine, xs_port_errorNumbers, FAKE_BOOL(on));
}

void model_fill(uint8_t *payload, size_t size, unsigned number)
{
	output_fill(payload, size, number);
}

void model_net(size_t size)
{
	output_net(size);
}

void model_restarted(void)
{
	output_collect();
	output_parse();
	FUZZ_REQUIRE(model.state == MODEL_RESTART, "a restart in state %d", model.state);
	FUZZ_REQUIRE(!output_owed(), "OK was not said");
	FUZZ_REQUIRE(!ring_used(&port.transmit) || fake.now - restart_since >= DRAIN_TIME, "a restart before all was said");
}

void model_require_settled(void)
{
	FUZZ_REQUIRE(model.state == MODEL_LINES && atomic_load(&port.mode) == PORT_COMMAND, "state %d, mode %d",
	             model.state, port.mode);
	FUZZ_REQUIRE(model.judged == model.sent, "%zu bytes of the host are left", model.sent - model.judged);
	FUZZ_REQUIRE(!output_owed() && !ring_used(&port.transmit), "answers are owed");
	FUZZ_REQUIRE(play.sink.size == sink.size, "the network got %zu bytes of %zu", play.sink.size, sink.size);
	FUZZ_REQUIRE(!play.frames && !play.event, "%u frames are left", play.frames);
	FUZZ_REQUIRE(!play.stuck, "the tasks wake each other for nothing");
	FUZZ_REQUIRE(fake.configurations == model.configured, "%u changes of the UART, not %u", fake.configurations,
	             model.configured);
	FUZZ_REQUIRE(play.actions == model.actions, "%u actions, not %u", play.actions, model.actions);
	while (model.events_seen < model.events_issued && model.event_optional[model.events_seen])
		model.events_seen++;
	FUZZ_REQUIRE(model.events_seen == model.events_issued, "event %u was lost", model.events_seen);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "port-model.h"

#include "port-commands.h"
#include "port-data-model.h"
#include "port-output.h"
#include "port-wake-model.h"

#define RESULT_OK "\r\nOK\r\n"
#define GUARD 20u
#define CLOCK_ERROR 2u
#define LEAVE_TIME 500u
#define DRAIN_TIME 500u
#define FILTER "^\r\n[*]EVENT:[0-9]*5[A-P]*\r\n$"

struct model model;

static uint32_t restart_since;

void model_start(void)
{
	model.state = MODEL_LINES;
	model.sent = model.read = model.judged = model.wanted = 0;
	model.events_issued = model.events_seen = model.configured = model.actions = 0;
	model.dirty = data.last_full = data.free_since = fake.now;
	model.sink_trouble = model.endless = model.filtering = false;
	commands_reset();
	data.consumed_before = data.kept_before = data.full_read = 0;
	data.escapes = data.dropped = 0;
	data.sink.size = data.sink.checked = 0;
	wake_model_start();
	output_start();
}

void model_start_passing(void)
{
	data_begin_passthrough();
	model.sink_trouble = true;
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

/* --- turns --- */

FUZZ_UNTRACED static void note_reads(void)
{
	size_t read = model.sent - (fake.input_head - fake.input_tail);

	if (model.state == MODEL_PASS)
		data_expect_in_sink(model.read, read);
	if (model.state == MODEL_DATA && model.streams && model.read < model.data_end)
		data_expect_in_sink(model.read, read < model.data_end ? read : model.data_end);
	for (; model.read < read; model.read++)
		model.read_time[model.read] = fake.now;
	if (model.state == MODEL_DATA && model.expands)
		data_expand();
	if (!ring_room(&port.receive))
		data.last_full = fake.now, data.full_read = model.read;
	if (model.read < model.sent || !ring_room(&port.receive))
		model.dirty = fake.now;
	if (play.sink.room != SIZE_MAX || play.sink.limit || play.sink.broken || !port.sink)
		data.free_since = fake.now;
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
			data_begin();
		if (model.next == MODEL_PASS) {
			data_begin_passthrough();
			data_expect_in_sink(model.judged, model.read);
		}
	}
	FUZZ_REQUIRE(model.state != MODEL_DATA || model.to_memory || model.streams || model.expands || output_owed() ||
	                 model.read >= model.data_end,
	             "the data was taken before it was here");
	if (model.state == MODEL_DATA && data_is_taken())
		data_end();
	output_parse();
	if (model.state == MODEL_RESULT && output_result(&good, &busy))
		data_result_told(good, busy);
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
		if (model.is_long)
			data_check_long();
		break;
	case MODEL_RESULT:
		break;
	case MODEL_PASS:
		if (port.escapes != data.escapes)
			data_escaped();
		else {
			FUZZ_REQUIRE(!data_missed_escape(), "+++ was not seen");
			FUZZ_REQUIRE(!data_is_late(), "%zu bytes wait for nothing", data.sink.size - play.sink.size);
		}
		break;
	case MODEL_LEAVING:
		break;
	}
	if (model.state == MODEL_LEAVING && atomic_load(&port.mode) != PORT_LEAVING)
		data_left();
	output_parse();
	advance();
	output_require_parsed();
	data_check_sink();
	wake_model_sync();
	data.consumed_before = consumed;
	if (!port.claimed || data.kept_before > model.read - consumed)
		data.kept_before = model.read - consumed;
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
	model.streams = model.is_long = model.expands = false;
	play_prompt(model.wanted);
	require_said();
	data_begin();
}

size_t model_event_text(char *text, size_t room, unsigned id, size_t size)
{
	size_t length = (size_t)snprintf(text, room, OUTPUT_EVENT "%06u", id);

	while (length < size && length + 3 < room)
		text[length++] = (char)('A' + id % 16);
	strcpy(text + length, "\r\n");
	return length + 2;
}

bool model_event(size_t size, bool in_passthrough)
{
	static char text[2048];
	unsigned id = model.events_issued;

	if (play.event || id == MODEL_EVENTS_MAX)
		return false;
	model_event_text(text, sizeof text, id, size);
	model.event_optional[id] = !in_passthrough;
	model.event_filtered[id] = model.filtering;
	model.event_passed[id] = !model.filtering;
	model.events_issued++;
	play_event(text, in_passthrough);
	return true;
}

void model_filter(bool on)
{
	unsigned pending = model.events_issued - 1;

	model_sync();
	FUZZ_REQUIRE(FAKE_CALL(&play.machine, xs_port_addFilter, FAKE_TEXT(FILTER), FAKE_TEXT("")) == FILTER_OK, "added");
	FAKE_CALL(&play.machine, xs_port_filter, FAKE_BOOL(on));
	model.filtering = on;
	if (play.event) {
		model.event_filtered[pending] |= on;
		model.event_passed[pending] |= !on;
	}
}

static bool matches_filter(unsigned event)
{
	return event % 10 == 5;
}

bool model_may_miss(unsigned event)
{
	return model.event_optional[event] || (matches_filter(event) && model.event_filtered[event]);
}

bool model_may_see(unsigned event)
{
	return !matches_filter(event) || model.event_passed[event];
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
	FUZZ_REQUIRE(play.sink.size == data.sink.size, "the network got %zu bytes of %zu", play.sink.size, data.sink.size);
	FUZZ_REQUIRE(!play.frames && !play.event, "%u frames are left", play.frames);
	FUZZ_REQUIRE(!play.stuck, "the tasks wake each other for nothing");
	FUZZ_REQUIRE(fake.configurations == model.configured, "%u changes of the UART, not %u", fake.configurations,
	             model.configured);
	FUZZ_REQUIRE(play.actions == model.actions, "%u actions, not %u", play.actions, model.actions);
	while (model.events_seen < model.events_issued && model_may_miss(model.events_seen))
		model.events_seen++;
	FUZZ_REQUIRE(model.events_seen == model.events_issued, "event %u was lost", model.events_seen);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "port-data-model.h"

#include "port-commands.h"
#include "port-output.h"

#define GUARD 20u
#define CLOCK_ERROR 2u
#define LEAVE_TIME 500u

struct data_model data;

void data_expect_in_sink(size_t from, size_t to)
{
	FUZZ_REQUIRE(to - from <= sizeof data.sink.bytes - data.sink.size, "more than was sent");
	memcpy(data.sink.bytes + data.sink.size, model.stream + from, to - from);
	data.sink.size += to - from;
}

void data_check_sink(void)
{
	FUZZ_REQUIRE(play.sink.size <= data.sink.size, "the network got %zu bytes of %zu", play.sink.size, data.sink.size);
	FUZZ_REQUIRE(!memcmp(play.sink.bytes + data.sink.checked, data.sink.bytes + data.sink.checked,
	                     play.sink.size - data.sink.checked),
	             "the network got others, behind %zu", data.sink.checked);
	data.sink.checked = play.sink.size;
}

static void note_passing(void)
{
	data.pass_read = model.read;
	data.pass_since = data.free_since = fake.now;
	data.escapes = port.escapes;
}

void data_begin(void)
{
	model.state = MODEL_DATA;
	model.data_end = model.judged + model.wanted;
	output_exclusive(!model.is_long);
	model.endless = !model.is_long && model.wanted > MODEL_DATA_MAX;
	data.cancelled = false;
	if (model.is_long) {
		note_passing();
		output_reports(model.judged, model.wanted);
	}
	if (model.streams)
		data_expect_in_sink(model.judged, model.read < model.data_end ? model.read : model.data_end);
	else if (model.expands) {
		data.expand_at = model.judged;
		data.expanded_size = 0;
		data.backslash = data.expanded = data.told = false;
		data_expand();
	} else if (!model.to_memory)
		output_expect_format("\r\nRecv %u bytes\r\n", model.wanted);
}

/* guide 3.3.12: a backslash gives the character behind it, with 0 the end; as the last byte it is itself. */
FUZZ_UNTRACED void data_expand(void)
{
	size_t limit = model.data_end;

	while (!data.expanded && data.expand_at < model.read) {
		uint8_t byte = model.stream[data.expand_at++];

		if (byte == '\\' && !data.backslash && data.expand_at < limit) {
			data.backslash = true;
			continue;
		}
		data.expanded = (data.backslash && byte == '0') || data.expand_at == limit;
		if (!(data.backslash && byte == '0'))
			data.expansion[data.expanded_size++] = byte;
		data.backslash = false;
	}
	if (!data.expanded || data.told)
		return;
	data.told = true;
	model.data_end = data.expand_at;
	output_expect_format("\r\nRecv %u bytes\r\n", (unsigned)data.expanded_size);
}

bool data_is_taken(void)
{
	port_mode mode = atomic_load(&port.mode);

	if (model.read < model.data_end || (model.expands && !data.expanded))
		return false;
	if (model.is_long)
		return mode != PORT_STREAMING;
	return model.to_memory || model.streams ? mode != PORT_DATA : !output_owed();
}

static void expect_expansion(void)
{
	FUZZ_REQUIRE(data.expanded_size <= sizeof data.sink.bytes - data.sink.size, "more than was sent");
	memcpy(data.sink.bytes + data.sink.size, data.expansion, data.expanded_size);
	data.sink.size += data.expanded_size;
}

void data_end(void)
{
	model.state = MODEL_RESULT;
	output_exclusive(false);
	if (model.expands)
		expect_expansion();
	else if (!model.to_memory && !model.streams)
		data_expect_in_sink(model.data_end - model.wanted, model.data_end);
	if (model.is_long)
		output_expect_long_result(data.cancelled);
	else
		output_expect_result(!model.to_memory);
}

static bool is_blank(uint8_t byte)
{
	return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t';
}

/* The result is here: what was data.dropped before it is surplus, what comes now is a line. */
void data_result_told(bool good, unsigned busy)
{
	bool loud = false;

	FUZZ_REQUIRE(data.consumed_before >= model.data_end, "the result came before the data");
	for (size_t i = model.data_end; i < data.consumed_before; i++)
		loud |= !is_blank(model.stream[i]);
	FUZZ_REQUIRE(busy == loud, "busy %u times for %zu bytes of surplus", busy, data.consumed_before - model.data_end);
	FUZZ_REQUIRE(!data.kept_before, "%zu bytes of surplus were kept, to be lines", data.kept_before);
	model.judged = data.consumed_before;
	if (model.to_memory)
		FUZZ_REQUIRE(play.memory_size == model.wanted &&
		                 !memcmp(play.memory, model.stream + model.data_end - model.wanted, model.wanted),
		             "%zu bytes of %u came to memory", play.memory_size, model.wanted);
	else if (good)
		FUZZ_REQUIRE(play.sink.size == data.sink.size, "SEND OK, but %zu bytes of %zu", play.sink.size, data.sink.size);
	else {
		FUZZ_REQUIRE(model.sink_trouble, "SEND FAIL, and nothing was broken");
		data.sink.size = play.sink.size;
	}
	model.sink_trouble = play.sink.broken;
	model.state = MODEL_LINES;
}

static uint32_t time_before(size_t index)
{
	return index > data.pass_read ? model.read_time[index - 1] : data.pass_since;
}

/* Three signs at the end, read in passthrough, with no more than the guard between them. */
static bool three_signs(void)
{
	const uint32_t *time = model.read_time + model.read;

	return model.read >= data.pass_read + 3 && !memcmp(model.stream + model.read - 3, "+++", 3) &&
	       time[-1] - time[-2] < GUARD && time[-2] - time[-3] < GUARD;
}

void data_begin_passthrough(void)
{
	model.state = MODEL_PASS;
	note_passing();
	data.dropped = port.dropped;
}

/* The port says that the last three bytes were +++. */
static void require_escape(void)
{
	size_t first = model.read - 3;

	FUZZ_REQUIRE(model.read == model.sent, "+++ was seen, and there is more");
	FUZZ_REQUIRE(three_signs(), "left, and nobody said +++");
	FUZZ_REQUIRE(model.read_time[first] - time_before(first) + CLOCK_ERROR >= GUARD, "left without quiet before");
	FUZZ_REQUIRE(fake.now - model.read_time[model.read - 1] > GUARD, "left without quiet behind");
	/* without room quiet does not count, neither before the signs nor behind them */
	FUZZ_REQUIRE(fake.now - data.last_full > GUARD, "left without quiet since back-pressure");
	FUZZ_REQUIRE(data.full_read > first || model.read_time[first] - data.last_full + CLOCK_ERROR >= GUARD,
	             "left without quiet between back-pressure and the signs");
}

void data_escaped(void)
{
	require_escape();
	data.sink.size -= 3;
	model.judged = model.read;
	model.state = MODEL_LEAVING;
	data.leaving_since = fake.now;
	output_exclusive(true);
	commands_reset();
}

static void cancelled(void)
{
	require_escape();
	FUZZ_REQUIRE(model.read < model.data_end, "the last bytes are data, whatever they are");
	FUZZ_REQUIRE(play.sink.size + 3 <= data.sink.size, "the signs were sent");
	data.sink.size = play.sink.size;
	model.data_end = model.read;
	data.cancelled = true;
}

void data_check_long(void)
{
	if (data.cancelled)
		return;
	if (port.escapes != data.escapes) {
		cancelled();
		return;
	}
	FUZZ_REQUIRE(model.read >= model.data_end || !data_missed_escape(), "+++ was not seen");
	FUZZ_REQUIRE(port.broken || !data_is_late(), "%zu bytes wait for nothing", data.sink.size - play.sink.size);
}

/* By the rule it was a +++, all the time the port was reading, and it had its turns. */
bool data_missed_escape(void)
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
bool data_is_late(void)
{
	size_t end = model.state == MODEL_DATA && model.read > model.data_end ? model.data_end : model.read;
	size_t oldest = end - (data.sink.size - play.sink.size);
	uint32_t since = model.read_time[oldest], most = 2u * port.interval + 2 * GUARD + CLOCK_ERROR;

	if (play.sink.size == data.sink.size)
		return false;
	if ((int32_t)(data.free_since - since) > 0)
		since = data.free_since;
	if ((int32_t)(model.dirty - since) > 0)
		since = model.dirty;
	return fake.now - since > most;
}

void data_left(void)
{
	uint32_t lost = port.dropped - data.dropped;

	FUZZ_REQUIRE(play.sink.size <= data.sink.size, "the signs were sent");
	FUZZ_REQUIRE(play.sink.size + lost == data.sink.size, "%zu bytes sent and %u data.dropped of %zu", play.sink.size,
	             lost, data.sink.size);
	FUZZ_REQUIRE(!lost || model.sink_trouble || fake.now - data.leaving_since >= LEAVE_TIME,
	             "%u bytes data.dropped early", lost);
	data.sink.size = play.sink.size;
	model.state = MODEL_LINES;
	model.sink_trouble = play.sink.broken;
	output_exclusive(false);
}

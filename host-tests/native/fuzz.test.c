/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded fuzz run with fixed seeds: noise and mutated lines through assembler, tokeniser and checks, and through the
 * whole port. `fuzz [FACTOR [SEED]]` for a longer one, or another.
 */
#include <ctype.h>

#include "params.h"
#include "port-expect.h"

#include "descriptors.h"

#define TREE (sizeof(tree_descriptors) / sizeof(*tree_descriptors))

static uint32_t state;

static uint32_t below(uint32_t n)
{
	return test_random(&state) % n;
}

/* --- parameters --- */

static char *random_item(char *to)
{
	uint32_t low = below(100);

	if (below(3) == 0)
		*to++ = '?';
	switch (below(4)) {
	case 0:
		return to + sprintf(to, "s%u,%u;", low % 5, low % 5 + below(80));
	case 1:
		return to + sprintf(to, "e\"TCP\",\"a;b\",\"\";");
	default:
		return to + sprintf(to, "i%d,%u;", -(int)below(3) * 1000, low + below(UINT32_MAX - 100));
	}
}

static void random_descriptor(char *to)
{
	uint32_t items = below(14);

	if (below(4) == 0)
		to += sprintf(to, "l4;");
	for (uint32_t i = 0; i < items; i++)
		to = random_item(to);
	if (below(4) == 0) {
		to += sprintf(to, "*%u;", 1 + below(12));
		for (uint32_t i = 1 + below(3); i; i--)
			to = random_item(to);
	}
	*to = 0;
}

/* Parameters such as a descriptor wants, more or less. */
static size_t random_parameters(uint8_t *to)
{
	static const char *const pieces[] = { "0",
		                                  "1",
		                                  "4",
		                                  "-1",
		                                  "0x1F",
		                                  "4294967295",
		                                  "99999999999999999999",
		                                  "\"\"",
		                                  "\"TCP\"",
		                                  "\"a;b\"",
		                                  "\"a\\\"b\\\\\"",
		                                  "\"x,y\"",
		                                  "\"open",
		                                  "",
		                                  "0x",
		                                  "-",
		                                  "\"a\"b",
		                                  "5x",
		                                  "\\",
		                                  "\"\\" };
	size_t size = 0;
	uint32_t count = below(below(8) ? 9 : 28);

	for (uint32_t i = 0; i < count && size < 200; i++) {
		const char *piece = pieces[below(sizeof(pieces) / sizeof(*pieces))];

		if (i)
			to[size++] = ',';
		memcpy(to + size, piece, strlen(piece));
		size += strlen(piece);
	}
	return size;
}

static size_t mutate(uint8_t *bytes, size_t size, size_t capacity)
{
	for (uint32_t n = below(4); n; n--) {
		size_t at = size ? below((uint32_t)size) : 0;

		switch (below(4)) {
		case 0:
			if (size)
				bytes[at] = (uint8_t)below(256);
			break;
		case 1:
			if (size)
				bytes[at] ^= (uint8_t)(1 << below(8));
			break;
		case 2:
			if (size) {
				memmove(bytes + at, bytes + at + 1, size - at - 1);
				size--;
			}
			break;
		default:
			if (size < capacity) {
				memmove(bytes + at + 1, bytes + at, size - at);
				bytes[at] = (uint8_t) ",\"\\0x-"[below(6)];
				size++;
			}
		}
	}
	return size;
}

static void check_values(const params *checked, const uint8_t *text, size_t size)
{
	REQUIRE(checked->count <= PARAMS_MAX + 2 && checked->repeated <= checked->count, "%u values", checked->count);
	for (unsigned i = 0; i < checked->count; i++) {
		const param_value *value = &checked->values[i];

		REQUIRE(!value->malformed, "value %u is malformed and passed", i);
		REQUIRE(value->kind != PARAM_STRING || (value->text >= text && value->text + value->length <= text + size),
		        "value %u lies outside of the line", i);
		REQUIRE(value->kind != PARAM_INTEGER || (value->integer >= -2000 && value->integer <= UINT32_MAX),
		        "value %u is %lld", i, (long long)value->integer);
	}
}

static void fuzz_params(uint32_t rounds)
{
	uint32_t good = 0;

	for (uint32_t round = 0; round < rounds; round++) {
		uint8_t bytes[512], *text;
		char own[1024];
		const char *descriptor = tree_descriptors[below(TREE)];
		param_value given[PARAMS_MAX];
		params checked;
		size_t size = below(10) ? random_parameters(bytes) : below(257);
		uint32_t error;
		int count;

		if (below(2)) {
			random_descriptor(own);
			descriptor = own;
		}
		size = mutate(bytes, size, 256);
		text = malloc(size ? size : 1); /* of its very size, for ASan */
		memcpy(text, bytes, size);
		count = params_split(text, size, given);
		REQUIRE(count >= -1 && count <= PARAMS_MAX, "%d parameters", count);
		error = count < 0 ? PARAM_COUNT : params_check(descriptor, below(2), given, (unsigned)count, &checked);
		if (!error) {
			check_values(&checked, text, size);
			good++;
		} else
			REQUIRE((error & 0xff000000) == 0x01000000 && error >> 16 >= 0x0104 && error >> 16 <= 0x0108, "0x%08x",
			        error);
		free(text);
	}
	CHECK(good > rounds / 1000 && good < rounds, "%u of %u lines pass", good, rounds);
}

/* --- lines through the port: each one gets exactly one answer --- */

/* The rules of lines again: ended by CR LF, what is blank before one is dropped. */
static unsigned count_lines(const uint8_t *bytes, size_t size)
{
	unsigned lines = 0;
	bool open = false;

	for (size_t i = 0; i < size; i++) {
		if (open && bytes[i] == '\n' && bytes[i - 1] == '\r') {
			lines++;
			open = false;
		} else if (!open && !(bytes[i] && strchr("\r\n \t", bytes[i])))
			open = true;
	}
	return lines;
}

static size_t random_line(uint8_t *to)
{
	static const char *const lines[] = { "AT",          "AT+TEXT",  "AT+NONE",    "AT+MEM=0", "AT+MEM=\"1\"",
		                                 "AT+TEXT=1,2", "AT+TEXT?", "AT+TEXT=?",  "AT+LONG",  "at",
		                                 "AT+THROW",    "AT+SLOW",  "AT+SEND=,1", "A",        "AT=",
		                                 "AT+SEND=0x0", "AT?",      "xyz" };
	const char *line = lines[below(sizeof(lines) / sizeof(*lines))];
	size_t size = strlen(line);

	memcpy(to, line, size);
	if (below(3) == 0)
		size = mutate(to, size, 300);
	if (below(40) == 0) {
		size = 200 + below(400);
		for (size_t i = 0; i < size; i++)
			to[i] = (uint8_t)below(256);
	}
	/* Not by chance a command of which this test knows nothing: one that resets, or takes data. */
	for (size_t i = 0; i + 3 < size; i++)
		if (!memcmp(to + i, "+RS", 3) || !memcmp(to + i, "+PA", 3) || !memcmp(to + i, "+UA", 3))
			to[i] = '-';
	if (size > 7 && (!memcmp(to, "AT+MEM=", 7) || !memcmp(to, "AT+SEND", 7) || !memcmp(to, "AT+LATE", 7)))
		size = 7;
	memcpy(to + size, "\r\n", 2);
	return size + 2;
}

static void random_limits(void)
{
	fake.read_limit = below(2) ? 0 : 1 + below(600);
	fake.write_limit = below(2) ? 0 : 1 + below(600);
	fake.output_room = below(3) ? 1 + below(3000) : 0;
	play.sink.limit = below(2) ? 0 : 1 + below(300);
	play.sink.room = below(3) ? SIZE_MAX : below(2000);
}

static void no_limits(void)
{
	fake.read_limit = fake.write_limit = play.sink.limit = 0;
	fake.output_room = play.sink.room = SIZE_MAX;
	play_settle();
}

/* The one that is pending, if one is: none of the others waits by itself. */
static void finish_slow(void)
{
	if (port.mode == PORT_PENDING && !port.claimed)
		play_finish(PLAY_OK, 0, "");
}

static void fuzz_lines(uint32_t round)
{
	static uint8_t sent[200000];
	size_t size = 0, done = 0;
	unsigned lines, ok, error, busy;
	const char *got;

	play_start(test_random(&state));
	echo(false);
	error_numbers(below(2));
	play.frame_size = 1 + below(700);
	for (uint32_t i = below(200); i; i--)
		size += random_line(sent + size);
	lines = count_lines(sent, size);
	while (done < size) {
		size_t n = 1 + below(below(4) ? 40 : 3000);

		n = n < size - done ? n : size - done;
		fake_send(sent + done, n);
		done += n;
		random_limits();
		play.frames += below(3) == 0;
		if (below(5) == 0 && !play.event)
			play_event("+EVENT:1\r\n", false);
		play_pass(below(3));
		if (below(2))
			finish_slow();
	}
	no_limits();
	finish_slow();
	for (int i = 0; i < 200 && (fake.input_tail < fake.input_head || port.mode != PORT_COMMAND); i++) {
		play_settle();
		finish_slow();
	}
	play_settle();
	got = fake_received();
	ok = occurrences(got, OK);
	error = occurrences(got, ERROR);
	busy = occurrences(got, BUSY);
	CHECK(ok + error + busy == lines && port.mode == PORT_COMMAND, "round %u: %u lines, %u OK, %u errors, %u busy",
	      round, lines, ok, error, busy);
	CHECK(play.frames == 0 && !play.event && !play.stuck, "round %u: %u frames left", round, play.frames);
	CHECK(occurrences(got, "\r\n+IPD,") == play.frames_sent, "round %u: frames are whole", round);
	CHECK(occurrences(got, "+EVENT:1\r\n") == play.events_told, "round %u: events are whole", round);
	CHECK(occurrences(got, "+LONG:") == occurrences(got, "+LONG:000000") * PLAY_LONG_LINES, "round %u: long answers",
	      round);
}

/* --- data phases: no byte lost, none too many --- */

static bool wait_for(const char *what)
{
	for (int i = 0; i < 2000; i++) {
		fake.output[fake.output_size] = 0;
		if (strstr((char *)fake.output + fake.output_size - (fake.output_size < 4000 ? fake.output_size : 4000), what))
			return true;
		random_limits();
		play_pass(below(2));
	}
	return false;
}

static void fuzz_data(uint32_t round)
{
	static uint8_t data[8192 + 100];
	size_t expected = 0;

	play_start(test_random(&state));
	echo(false);
	play.frame_size = 1 + below(700);
	for (uint32_t i = 1 + below(6); i; i--) {
		bool memory = below(2), late = !memory && below(3) == 0;
		uint32_t size = 1 + below(below(3) ? 200 : 8192), surplus = below(3) ? 0 : below(100), sent = 0;
		char line[40];

		for (uint32_t j = 0; j < size + surplus; j++)
			data[j] = (uint8_t)(below(4) ? below(256) : '+');
		sprintf(line, "AT+%s=%u\r\n", memory ? "MEM" : late ? "LATE" : "SEND", size);
		fake.output_size = 0;
		fake_received();
		fake_send(line, strlen(line));
		if (late) {
			for (int j = 0; j < 200 && port.mode != PORT_PENDING; j++)
				random_limits(), play_pass(1);
			play_prompt(size);
		}
		if (!wait_for(PROMPT)) {
			CHECK(false, "round %u: no prompt", round);
			return;
		}
		while (sent < size) {
			uint32_t n = 1 + below(1500);

			/* What is too much comes with the last byte: later it could be a line. */
			n = n < size - sent ? n : size - sent + surplus;
			fake_send(data + sent, n);
			sent += n;
			random_limits();
			play.frames += below(4) == 0;
			play_pass(below(2));
		}
		no_limits();
		play_pass(2);
		if (port.mode != PORT_COMMAND) {
			CHECK(false, "round %u: no result", round);
			return;
		}
		if (memory)
			CHECK(play.memory_size == size && !memcmp(play.memory, data, size), "round %u: %u bytes", round, size);
		else {
			CHECK(play.sink.size == expected + size && !memcmp(play.sink.bytes + expected, data, size),
			      "round %u: %u bytes", round, size);
			expected += size;
		}
		/* The end of the surplus may be an open line, as after any noise. */
		fake_send("\r\n", 2);
		no_limits();
		play_pass(5);
	}
	CHECK(play.frames == 0 && !play.stuck && port.mode == PORT_COMMAND, "round %u: all settled", round);
	fake_received();
	expect("AT\r\n", OK);
}

int main(int count, char **arguments)
{
	uint32_t factor = count > 1 ? (uint32_t)atoi(arguments[1]) : 1;

	state = count > 2 ? (uint32_t)atoi(arguments[2]) | 1 : 88172645;
	fuzz_params(400000 * factor);
	for (uint32_t round = 0; round < 300 * factor && failed < CHECK_SHOWN; round++)
		fuzz_lines(round);
	for (uint32_t round = 0; round < 300 * factor && failed < CHECK_SHOWN; round++)
		fuzz_data(round);
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines, their parameters and the checks against a descriptor, each next to a slow reading of the same rules
 * (wire-format.md, rules 1, 3, 4 and 6; params.h): accepted or refused alike, with the same values and numbers.
 *
 * Input: one byte of flags, a byte for the limit of lines (0: 256), a descriptor in bytes (see make_descriptor) or one
 * of the commands' own, then what the host sends.
 *
 * Sources: modules/port/line.c modules/port/params.c host-tests/fuzz/support/reference.c
 */
#include "descriptors.h"
#include "fuzz.h"
#include "line.h"
#include "params.h"
#include "reference.h"

#define FLAG_MUX 1
#define FLAG_OWN_DESCRIPTOR 2 /* made from the input */
#define FLAG_CHUNKS 4         /* the bytes come in pieces */

#define TREE (sizeof(tree_descriptors) / sizeof(*tree_descriptors))

const unsigned fuzz_rounds = 300000;

/* --- descriptors --- */

static const char *const bounds[] = { "0",     "1",      "-1",         "255",         "4294967295", "2147483647",
	                                  "65535", "604800", "8192",       "-2147483648", "9",          "10",
	                                  "3",     "64",     "1099511627", "5000000" };

static char *put_range(fuzz_input *input, char *to, bool negative)
{
	unsigned choice = fuzz_byte(input);
	const char *low = bounds[choice % 16], *high = bounds[choice / 16];

	if (atoll(low) > atoll(high)) {
		const char *other = low;

		low = high;
		high = other;
	}
	if (!negative && *low == '-')
		low = "0";
	if (!negative && *high == '-')
		high = "1";
	return to + sprintf(to, "%s,%s;", low, high);
}

static char *put_item(fuzz_input *input, char *to, unsigned choice, bool link_allowed)
{
	static const char *const lists[] = { "\"TCP\",\"UDP\"", "\"\"", "\"a;b\",\"a,b\"", "\"?\",\"*4;\",\"\\\"",
		                                 "\"a\"" };

	if (link_allowed && choice % 8 == 7)
		return to + sprintf(to, "l%u;", choice / 8 % 5);
	if (choice & 1)
		*to++ = '?';
	if (choice / 2 % 32 == 31)
		return to + sprintf(to, "a;");
	switch (choice / 2 % 3) {
	case 0:
		*to++ = 'i';
		return put_range(input, to, true);
	case 1:
		*to++ = 's';
		return put_range(input, to, false);
	default:
		return to + sprintf(to, "e%s;", lists[choice / 8 % 5]);
	}
}

/* As command.ts makes them: at most PARAMS_MAX values, one repeated group, without a link ID, as the last. */
static void make_descriptor(fuzz_input *input, char *to)
{
	unsigned plain = fuzz_below(input, PARAMS_MAX + 1), group = fuzz_below(input, 8);

	for (unsigned i = 0; i < plain; i++)
		to = put_item(input, to, fuzz_byte(input), true);
	if (group > 0 && group <= PARAMS_MAX - plain) {
		to += sprintf(to, "*%u;", 1 + fuzz_below(input, (PARAMS_MAX - plain) / group));
		for (unsigned i = 0; i < group; i++)
			to = put_item(input, to, fuzz_byte(input), false);
	}
	*to = 0;
}

/* --- parameters --- */

static bool same_value(const param_value *it, const reference_value *wanted, const uint8_t *text, size_t size)
{
	if (it->kind != wanted->kind || it->malformed != wanted->malformed)
		return false;
	if (it->kind == PARAM_INTEGER) {
		/* a number beyond every range may be any such number */
		if (wanted->huge)
			return wanted->negative ? it->integer <= -REFERENCE_HUGE : it->integer >= REFERENCE_HUGE;
		return it->integer == wanted->integer;
	}
	if (it->kind != PARAM_STRING)
		return true;
	FUZZ_REQUIRE(it->text >= text && it->text + it->length <= text + size, "a value outside of the line");
	return it->length == wanted->length && !memcmp(it->text, wanted->text, it->length);
}

/* What follows the '=' of a set command. */
static void check_params(const char *descriptor, bool mux, const reference_line *line)
{
	static reference_params wanted;
	const uint8_t *from = (const uint8_t *)memchr(line->text, '=', line->size) + 1;
	size_t size = (size_t)(line->text + line->size - from);
	uint8_t *text = malloc(size ? size : 1); /* of its very size, for ASan */
	param_value given[PARAMS_MAX];
	params checked;
	uint32_t error;
	int count;

	memcpy(text, from, size);
	reference_split(from, size, &wanted);
	count = params_split(text, size, given);
	FUZZ_REQUIRE(count == (wanted.count > PARAMS_MAX ? -1 : (int)wanted.count), "%d parameters, not %u", count,
	             wanted.count);
	for (int i = 0; i < count; i++)
		FUZZ_REQUIRE(same_value(&given[i], &wanted.values[i], text, size), "parameter %d", i);
	if (count >= 0) {
		error = params_check(descriptor, mux, given, (unsigned)count, &checked);
		reference_check(descriptor, mux, &wanted);
		FUZZ_REQUIRE(error == wanted.error, "%s: 0x%08x, not 0x%08x", descriptor, error, wanted.error);
		if (!error) {
			FUZZ_REQUIRE(checked.count == wanted.passed_count && checked.repeated == wanted.repeated &&
			                 checked.repeats == wanted.repeats,
			             "%s: %u values, %u repeated", descriptor, checked.count, checked.repeated);
			for (unsigned i = 0; i < checked.count; i++)
				FUZZ_REQUIRE(same_value(&checked.values[i], &wanted.passed[i], text, size), "%s: value %u", descriptor,
				             i);
		}
	}
	free(text);
}

/* --- lines --- */

static void check_line(const line_buffer *line, const reference_line *wanted, line_status status)
{
	FUZZ_REQUIRE(status == (wanted->too_long ? LINE_TOO_LONG : LINE_COMPLETE), "status %d", status);
	FUZZ_REQUIRE(line->length == wanted->size && !memcmp(line->text, wanted->text, wanted->size), "%u bytes, not %zu",
	             line->length, wanted->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input input = { data, data + size };
	unsigned flags = fuzz_byte(&input), limit = fuzz_byte(&input);
	line_buffer *line = malloc(sizeof *line); /* by itself, for ASan */
	const uint8_t *start;
	reference_line wanted;
	char own[2048];
	const char *descriptor = own;
	uint32_t random = flags;

	line_init(line, (uint16_t)(limit ? limit : LINE_CAPACITY));
	if (flags & FLAG_OWN_DESCRIPTOR)
		make_descriptor(&input, own);
	else
		descriptor = tree_descriptors[fuzz_below(&input, TREE)];
	start = input.at;
	while (fuzz_more(&input)) {
		size_t n = fuzz_left(&input);
		uint8_t *chunk;

		random = random * 1664525u + 1013904223u;
		if (flags & FLAG_CHUNKS && n > 1 + random % 9)
			n = 1 + random % 9;
		chunk = memcpy(malloc(n), input.at, n);
		for (size_t done = 0; done < n;) {
			line_status status;
			size_t used = line_feed(line, chunk + done, n - done, &status);
			const uint8_t *next = input.at + done + used;

			FUZZ_REQUIRE(used && used <= n - done, "%zu bytes consumed of %zu", used, n - done);
			FUZZ_REQUIRE(status != LINE_OPEN || used == n - done, "an open line, and bytes left");
			done += used;
			if (status == LINE_OPEN)
				continue;
			FUZZ_REQUIRE(reference_next_line(start, (size_t)(next - start), &wanted, line->limit) &&
			                 start + wanted.end == next,
			             "a line that nobody sent");
			check_line(line, &wanted, status);
			if (memchr(wanted.text, '=', wanted.size))
				check_params(descriptor, flags & FLAG_MUX, &wanted);
			line_reset(line);
			start = next;
		}
		free(chunk);
		input.at += n;
	}
	FUZZ_REQUIRE(!reference_next_line(start, (size_t)(input.end - start), &wanted, line->limit),
	             "a line was forgotten");
	free(line);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The line assembler against wire-format.md, rules 1 and 3. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "line.h"

/* Everything that came out of one input: a letter a line for its status, its bytes with their length. */
typedef struct {
	uint8_t bytes[4096];
	size_t size;
} outcome;

static void record(outcome *out, const line_buffer *line, line_status status)
{
	out->bytes[out->size++] = status == LINE_COMPLETE ? 'C' : 'L';
	out->bytes[out->size++] = (uint8_t)(line->length >> 8);
	out->bytes[out->size++] = (uint8_t)line->length;
	memcpy(out->bytes + out->size, line->text, line->length);
	out->size += line->length;
}

/* Feeds one chunk, as often as lines end in it; a copy of its very size, so that ASan sees a byte read beyond. */
static void feed(line_buffer *line, const void *data, size_t size, outcome *out)
{
	uint8_t *copy = malloc(size ? size : 1);
	size_t done = 0;

	memcpy(copy, data, size);
	while (done < size) {
		line_status status;
		size_t n = line_feed(line, copy + done, size - done, &status);

		if (!n || n > size - done || (status == LINE_OPEN && n != size - done)) {
			CHECK(false, "%zu of %zu bytes taken, status %d", n, size - done, status);
			break;
		}
		done += n;
		if (status == LINE_OPEN)
			continue;
		record(out, line, status);
		line_reset(line);
	}
	free(copy);
}

/* The rules again, byte by byte and with all the text in hand. */
static void reference(const uint8_t *data, size_t size, unsigned limit, outcome *out)
{
	size_t begin = 0;

	out->size = 0;
	while (begin < size) {
		size_t end = begin;

		if (strchr("\r\n \t", data[begin]) && data[begin]) {
			begin++;
			continue;
		}
		while (end + 1 < size && !(data[end] == '\r' && data[end + 1] == '\n'))
			end++;
		if (end + 1 >= size)
			return;
		line_buffer line = { .length = (uint16_t)(end - begin > limit ? limit : end - begin) };

		memcpy(line.text, data + begin, line.length);
		record(out, &line, end - begin > limit ? LINE_TOO_LONG : LINE_COMPLETE);
		begin = end + 2;
	}
}

static void run(const void *data, size_t size, unsigned limit, outcome *out)
{
	line_buffer line;

	out->size = 0;
	line_init(&line, (uint16_t)limit);
	feed(&line, data, size, out);
}

static bool same(const outcome *a, const outcome *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

static void expect(const char *input, size_t size, const char *wanted, size_t wanted_size, const char *what)
{
	static outcome out;

	run(input, size, LINE_CAPACITY, &out);
	CHECK(out.size == wanted_size && !memcmp(out.bytes, wanted, out.size), "%s", what);
}

#define EXPECT(input, wanted, what) expect(input, sizeof(input) - 1, wanted, sizeof(wanted) - 1, what)

static void test_rules(void)
{
	EXPECT("AT\r\n", "C\0\2AT", "a line without its end");
	EXPECT("AT\r\nATE0\r\n", "C\0\2ATC\0\4ATE0", "two lines");
	EXPECT("AT\r", "", "CR does not end a line");
	EXPECT("AT\n", "", "LF does not end a line");
	EXPECT("\r\n\r\n \t\r\n\n\r\r\n", "", "nothing but blank lines");
	EXPECT("\r", "", "a lone CR between lines");
	EXPECT("\n\n\rAT\r\n\n \tATI\r\n", "C\0\2ATC\0\3ATI", "noise of line ends between lines");
	EXPECT(" AT \r\n", "C\0\3AT ", "blanks before a line are dropped, those at its end are its text");
	EXPECT("A\rT\r\n", "C\0\3A\rT", "a bare CR is text");
	EXPECT("A\nT\r\n", "C\0\3A\nT", "a bare LF is text");
	EXPECT("A\n\rT\r\n", "C\0\4A\n\rT", "LF CR is text");
	EXPECT("AT\r\r\n", "C\0\3AT\r", "the first of two CR is text");
	EXPECT("AT\r\n\nAT\r\n", "C\0\2ATC\0\2AT", "LF after a line is dropped");
	EXPECT("A\0T\0\r\n", "C\0\4A\0T\0", "NUL is a byte as any");
	EXPECT("\0\r\n", "C\0\1\0", "NUL begins a line");
	EXPECT("\xff\x80\r\n", "C\0\2\xff\x80", "bytes above 127");
	EXPECT("AT\r\nAT", "C\0\2AT", "an open line is no line");
}

/* Every split of an input into two and into three chunks, and byte by byte, gives the same lines. */
static void check_splits(const uint8_t *data, size_t size, unsigned limit)
{
	static outcome wanted, out;

	reference(data, size, limit, &wanted);
	run(data, size, limit, &out);
	CHECK(same(&out, &wanted), "in one chunk, %zu bytes", size);
	for (size_t i = 0; i <= size; i++)
		for (size_t j = i; j <= size; j++) {
			line_buffer line;

			out.size = 0;
			line_init(&line, (uint16_t)limit);
			feed(&line, data, i, &out);
			feed(&line, data + i, j - i, &out);
			feed(&line, data + j, size - j, &out);
			CHECK(same(&out, &wanted), "split at %zu and %zu of %zu", i, j, size);
		}
}

/* All inputs of up to seven bytes over what matters, and all ways to cut them; the limit is short, to be met. */
static void test_exhaustive(void)
{
	static const uint8_t letters[] = { 'A', '\r', '\n', ' ' };
	static outcome wanted, out;
	uint8_t data[7];

	for (size_t size = 0; size <= sizeof(data); size++)
		for (uint32_t number = 0; number < 1u << (2 * size); number++) {
			for (size_t i = 0; i < size; i++)
				data[i] = letters[number >> (2 * i) & 3];
			reference(data, size, 3, &wanted);
			for (uint32_t cuts = 0; cuts < 1u << (size ? size - 1 : 0); cuts++) {
				line_buffer line;
				size_t from = 0;

				out.size = 0;
				line_init(&line, 3);
				for (size_t i = 0; i < size; i++)
					if (i + 1 == size || cuts >> i & 1) {
						feed(&line, data + from, i + 1 - from, &out);
						from = i + 1;
					}
				if (!same(&out, &wanted)) {
					CHECK(false, "input %u of %zu bytes, cuts %x", number, size, cuts);
					return;
				}
			}
		}
	CHECK(true, "all inputs and cuts");
}

static void test_limits(void)
{
	static const struct {
		unsigned length;
		line_status status;
	} cases[] = { { 1, LINE_COMPLETE },   { 255, LINE_COMPLETE }, { 256, LINE_COMPLETE },
		          { 257, LINE_TOO_LONG }, { 258, LINE_TOO_LONG }, { 70000, LINE_TOO_LONG } };
	static uint8_t data[70010];
	static outcome out;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned n = cases[i].length, kept = n < 256 ? n : 256;

		memset(data, 'x', n);
		memcpy(data + n, "\r\nAT\r\n", 6);
		run(data, n + 6, LINE_CAPACITY, &out);
		CHECK(out.bytes[0] == (cases[i].status == LINE_COMPLETE ? 'C' : 'L'), "%u bytes", n);
		CHECK(out.size == 3 + kept + 5 && !memcmp(out.bytes + 3 + kept, "C\0\2AT", 5), "the line after %u", n);
	}
	/* CR as the 257th byte is the line's end or its excess, which only the byte after it tells. */
	memset(data, 'x', 256);
	memcpy(data + 256, "\rx\r\n", 4);
	run(data, 260, LINE_CAPACITY, &out);
	CHECK(out.bytes[0] == 'L' && out.size == 259, "256 bytes, a bare CR, one more");
	memcpy(data + 256, "\r\r\n", 3);
	run(data, 259, LINE_CAPACITY, &out);
	CHECK(out.bytes[0] == 'L' && out.size == 259, "256 bytes and a bare CR");
	memcpy(data + 255, "\r\r\n", 3);
	run(data, 258, LINE_CAPACITY, &out);
	CHECK(out.bytes[0] == 'C' && out.size == 259 && out.bytes[258] == '\r', "255 bytes and a bare CR");
	for (size_t n = 254; n <= 258; n++) {
		memset(data, 'x', n);
		memcpy(data + n, "\r\n", 2);
		for (size_t cut = n - 2; cut <= n + 2; cut++) {
			static outcome wanted;
			line_buffer line;

			reference(data, n + 2, LINE_CAPACITY, &wanted);
			out.size = 0;
			line_init(&line, LINE_CAPACITY);
			feed(&line, data, cut, &out);
			feed(&line, data + cut, n + 2 - cut, &out);
			CHECK(same(&out, &wanted), "%zu bytes cut at %zu", n, cut);
		}
	}
}

static void test_megabyte(void)
{
	static outcome out;
	static uint8_t chunk[4096];
	line_buffer line;
	uint32_t seed = 7;

	memset(chunk, 0xa5, sizeof(chunk));
	out.size = 0;
	line_init(&line, LINE_CAPACITY);
	for (size_t left = 1u << 20; left;) {
		size_t n = 1 + test_random(&seed) % sizeof(chunk);

		n = n < left ? n : left;
		feed(&line, chunk, n, &out);
		left -= n;
	}
	CHECK(out.size == 0, "no end, no line");
	feed(&line, "\r\nAT\r\n", 6, &out);
	CHECK(out.size == 3 + 256 + 5 && out.bytes[0] == 'L' && out.bytes[259] == 'C',
	      "one LINE_TOO_LONG and the next line");
}

static void test_random_inputs(void)
{
	static const char letters[] = "AT+\r\n\r\n \t=\"\0";
	static outcome wanted, out;
	uint32_t seed = 20260101;

	for (int round = 0; round < 3000; round++) {
		uint8_t data[200];
		size_t size = test_random(&seed) % sizeof(data), done = 0;
		unsigned limit = 1 + test_random(&seed) % 12;
		line_buffer line;

		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)letters[test_random(&seed) % (sizeof(letters) - 1)];
		reference(data, size, limit, &wanted);
		out.size = 0;
		line_init(&line, (uint16_t)limit);
		while (done < size) {
			size_t n = 1 + test_random(&seed) % 9;

			n = n < size - done ? n : size - done;
			feed(&line, data + done, n, &out);
			done += n;
		}
		CHECK(same(&out, &wanted), "round %d", round);
	}
}

int main(void)
{
	static const char text[] = "\r\n AT\r\r\nA\nT+X=\"a\\,b\"\r\n\r\nAT\r";

	test_rules();
	test_exhaustive();
	check_splits((const uint8_t *)text, sizeof(text), LINE_CAPACITY);
	check_splits((const uint8_t *)text, sizeof(text), 4);
	test_limits();
	test_megabyte();
	test_random_inputs();
	return check_report();
}

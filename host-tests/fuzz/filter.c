/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message filters: expressions of any bytes on messages of any bytes. What a message comes to is what the expressions
 * by themselves find in it, wherever the ring's end lies in the message, and never costs more steps than it may.
 *
 * Input: operations of a byte each: add or remove a filter (two lengths, two expressions), or a message (where it is
 * split, its length, its bytes).
 *
 * Sources: modules/port/filter.c modules/port/bre.c modules/port/bre-search.c
 * Sources: host-tests/fuzz/support/memory.c
 */
#include "filter.h"
#include "fuzz.h"
#include "memory.h"
#include "port-state.h"

const unsigned fuzz_rounds = 20000;

#define OPERATIONS_MAX 64u
#define MESSAGE_MAX 600u
#define EXPRESSION_MAX (BRE_PATTERN_MAX + 1u)

port_state port;

typedef struct {
	uint8_t bytes[EXPRESSION_MAX];
	size_t size;
} expression;

static struct {
	expression head, tail;
} model[FILTERS_MAX];
static unsigned count;

static expression read_expression(fuzz_input *input, size_t size)
{
	expression it = { .size = size % EXPRESSION_MAX };

	for (size_t i = 0; i < it.size; i++)
		it.bytes[i] = fuzz_byte(input);
	return it;
}

static bool same(const expression *a, const expression *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

static unsigned find(const expression *head, const expression *tail)
{
	for (unsigned i = 0; i < count; i++)
		if (same(&model[i].head, head) && same(&model[i].tail, tail))
			return i;
	return count;
}

static void add(fuzz_input *input)
{
	size_t head_size = fuzz_byte(input), tail_size = fuzz_byte(input);
	expression head = read_expression(input, head_size), tail = read_expression(input, tail_size);
	unsigned at;
	filter_error error;

	if (!head.size && !tail.size)
		return;
	at = find(&head, &tail);
	error = filter_add(head.bytes, head.size, tail.bytes, tail.size);
	if (error == FILTER_OK && at == count) {
		FUZZ_REQUIRE(count < FILTERS_MAX, "one too many");
		model[count].head = head;
		model[count++].tail = tail;
	}
	FUZZ_REQUIRE(error == FILTER_OK || at == count, "one that is there is refused: %d", error);
}

static void take_out(fuzz_input *input)
{
	size_t head_size = fuzz_byte(input), tail_size = fuzz_byte(input);
	expression head = read_expression(input, head_size), tail = read_expression(input, tail_size);
	unsigned at = find(&head, &tail);

	FUZZ_REQUIRE(filter_remove(head.bytes, head.size, tail.bytes, tail.size) == (at < count), "removed");
	if (at == count)
		return;
	count--;
	memmove(&model[at], &model[at + 1], (count - at) * sizeof(model[0]));
}

/* @return whether an expression is found, by itself and with as many steps as it wants */
static bool finds(const expression *it, const bre_text *text, size_t *from, size_t *to)
{
	bre_scratch *scratch;
	bre_result result;
	bre *re;

	FUZZ_REQUIRE(bre_compile(it->bytes, it->size, &re) == BRE_OK, "compiled once, compiled twice");
	scratch = bre_scratch_new(re->count);
	scratch->steps = UINT32_MAX;
	result = bre_search(re, scratch, text, from, to);
	FUZZ_REQUIRE(result != BRE_GIVEN_UP, "steps enough");
	FUZZ_REQUIRE(result == BRE_NO_MATCH || (*from <= *to && *to <= text->size), "inside");
	platform_free(scratch);
	platform_free(re);
	return result == BRE_MATCH;
}

static void remove_range(bool *gone, size_t from, size_t to)
{

	for (size_t i = from; i < to; i++)
		gone[i] = true;
}

/* What is left of a message by the first filter whose expressions are both found. */
static size_t expected(uint8_t *bytes, size_t size)
{
	bre_text text = { .first = bytes, .first_size = size, .size = size };
	bool gone[MESSAGE_MAX] = { 0 };
	size_t left = 0;

	for (unsigned i = 0; i < count; i++) {
		size_t from[2] = { 0 }, to[2] = { 0 };

		if ((model[i].head.size && !finds(&model[i].head, &text, &from[0], &to[0])) ||
		    (model[i].tail.size && !finds(&model[i].tail, &text, &from[1], &to[1])))
			continue;
		remove_range(gone, from[0], to[0]);
		remove_range(gone, from[1], to[1]);
		break;
	}
	for (size_t i = 0; i < size; i++)
		if (!gone[i])
			bytes[left++] = bytes[i];
	return left;
}

static void message(fuzz_input *input)
{
	size_t size = fuzz_word(input) % MESSAGE_MAX, split = fuzz_word(input), left;
	uint8_t ring[2 * MESSAGE_MAX], wanted[MESSAGE_MAX];
	uint32_t given_up = port.filters.given_up;
	bre_text text;

	split = size ? split % (size + 1) : 0;
	text = (bre_text){ .first = ring + MESSAGE_MAX, .second = ring, .first_size = split, .size = size };
	for (size_t i = 0; i < size; i++)
		wanted[i] = *bre_byte(&text, i) = fuzz_byte(input);
	left = port.filtering ? filter_message(&text) : size;
	FUZZ_REQUIRE(left <= size, "%zu of %zu", left, size);
	if (port.filters.given_up != given_up) {
		FUZZ_REQUIRE(left == size, "given up, and changed");
	} else
		size = expected(wanted, size);
	FUZZ_REQUIRE(left == size, "%zu bytes, wanted %zu", left, size);
	for (size_t i = 0; i < left; i++)
		FUZZ_REQUIRE(*bre_byte(&text, i) == wanted[i], "byte %zu", i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input input = { data, data + size };

	platform_lock_init(&port.lock);
	count = 0;
	filter_enable(true);
	for (unsigned i = 0; i < OPERATIONS_MAX && fuzz_more(&input); i++)
		switch (fuzz_below(&input, 4)) {
		case 0:
			add(&input);
			break;
		case 1:
			take_out(&input);
			break;
		default:
			message(&input);
		}
	filter_clear();
	FUZZ_REQUIRE(memory_held() == 0, "%zu pieces of memory", memory_held());
	return 0;
}

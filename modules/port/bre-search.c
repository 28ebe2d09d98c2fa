/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running an expression: all states that the text so far can have led to advance together (Thompson), each with where
 * its match began. A state that is reached twice keeps the earlier beginning; as the lists are in the order of the
 * beginnings, that is the first to come.
 */
#include <string.h>

#include "platform.h"
#include "bre-states.h"
#include "bre.h"

typedef struct {
	const bre *re;
	bre_scratch *scratch;
	size_t size;
	bool found;
	size_t from, to;
	unsigned count; /* threads in scratch->next */
} search;

bre_scratch *bre_scratch_new(uint16_t states)
{
	size_t words = (states + 31u) / 32, threads = states * sizeof(bre_thread);
	bre_scratch *made = platform_alloc(sizeof(*made) + words * sizeof(uint32_t) + 2 * threads + states * 2u);

	if (!made)
		return NULL;
	made->states = states;
	made->seen = (uint32_t *)(void *)(made + 1);
	made->now = (bre_thread *)(void *)(made->seen + words);
	made->next = made->now + states;
	made->stack = (uint16_t *)(void *)(made->next + states);
	return made;
}

static bool is_new(bre_scratch *scratch, unsigned state)
{
	uint32_t bit = UINT32_C(1) << state % 32;
	uint32_t *word = &scratch->seen[state / 32];

	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

/*
 * Adds a state, and all that it leads to without a byte, at a position. A state is put on the stack once at most, since
 * it is marked then. @return false when the steps are used up
 */
static bool reach(search *s, unsigned state, size_t start, size_t position)
{
	bre_scratch *scratch = s->scratch;
	uint16_t *top = scratch->stack;
	unsigned at = state;

	if (!is_new(scratch, state))
		return true;
	for (;;) {
		const bre_state *it = &s->re->states[at];
		bool next = false;

		if (!scratch->steps)
			return false;
		scratch->steps--;
		switch (it->kind) {
		case STATE_FORK:
			if (is_new(scratch, (unsigned)((int)at + it->jump)))
				*top++ = (uint16_t)((int)at + it->jump);
			next = true;
			break;
		case STATE_JUMP:
			at = (unsigned)((int)at + it->jump) - 1;
			next = true;
			break;
		case STATE_BEGIN:
			next = !position;
			break;
		case STATE_END:
			next = position == s->size;
			break;
		case STATE_MATCH:
			/* Positions only grow, so of one beginning the last is the longest. */
			if (!s->found || start <= s->from) {
				s->found = true;
				s->from = start;
				s->to = position;
			}
			break;
		default:
			scratch->next[s->count++] = (bre_thread){ (uint16_t)at, (uint16_t)start };
			break;
		}
		if (next && is_new(scratch, at + 1))
			at++;
		else if (top > scratch->stack)
			at = *--top;
		else
			return true;
	}
}

static bool takes(const bre *re, unsigned state, uint8_t byte)
{
	const bre_state *it = &re->states[state];

	switch (it->kind) {
	case STATE_BYTE:
		return it->value == byte;
	case STATE_SET:
		return re->sets[it->value][byte / 32] >> byte % 32 & 1;
	default:
		return true;
	}
}

/* From one position to the next. @return false when the steps are used up */
static bool advance(search *s, uint8_t byte, unsigned count, size_t position)
{
	bre_scratch *scratch = s->scratch;

	for (unsigned i = 0; i < count; i++) {
		const bre_thread *thread = &scratch->now[i];

		if (s->found && thread->start > s->from)
			break;
		if (takes(s->re, thread->state, byte) && !reach(s, thread->state + 1u, thread->start, position))
			return false;
	}
	return true;
}

/* Where the byte is next, from a position on; the size when nowhere. */
static size_t find_byte(const bre_text *text, size_t position, uint8_t byte)
{
	const uint8_t *found;

	if (position < text->first_size) {
		found = memchr(text->first + position, byte, text->first_size - position);
		if (found)
			return (size_t)(found - text->first);
		position = text->first_size;
	}
	if (position == text->size)
		return position;
	found = memchr(text->second + (position - text->first_size), byte, text->size - position);
	return found ? text->first_size + (size_t)(found - text->second) : text->size;
}

bre_result bre_search(const bre *re, bre_scratch *scratch, const bre_text *text, size_t *from, size_t *to)
{
	search s = { .re = re, .scratch = scratch, .size = text->size };
	const bre_state *first = re->states;
	size_t words = (re->count + 31u) / 32;
	unsigned count = 0;

	for (size_t position = 0;; position++) {
		bre_thread *swapped = scratch->now;

		/* Nothing has begun yet, and nothing can before the first byte: a search in the text is no step. */
		if (!count && !s.found && first->kind == STATE_BYTE)
			position = find_byte(text, position, first->value);
		memset(scratch->seen, 0, words * sizeof(uint32_t));
		s.count = 0;
		if (count && !advance(&s, *bre_byte(text, position - 1), count, position))
			return BRE_GIVEN_UP;
		if (!s.found && (first->kind != STATE_BEGIN || !position) &&
		    (first->kind != STATE_BYTE || (position < s.size && *bre_byte(text, position) == first->value)) &&
		    !reach(&s, 0, position, position))
			return BRE_GIVEN_UP;
		if (position == s.size || (!s.count && (s.found || first->kind == STATE_BEGIN)))
			break;
		if (!scratch->steps)
			return BRE_GIVEN_UP;
		scratch->steps--;
		scratch->now = scratch->next;
		scratch->next = swapped;
		count = s.count;
	}
	*from = s.from;
	*to = s.to;
	return s.found ? BRE_MATCH : BRE_NO_MATCH;
}

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

static void visit(search *s, unsigned *depth, unsigned state)
{
	uint32_t bit = UINT32_C(1) << state % 32;
	uint32_t *word = &s->scratch->seen[state / 32];

	if (*word & bit)
		return;
	*word |= bit;
	s->scratch->stack[(*depth)++] = (uint16_t)state;
}

/* Adds a state, and all that it leads to without a byte, at a position. @return false when the steps are used up */
static bool reach(search *s, unsigned state, size_t start, size_t position)
{
	bre_scratch *scratch = s->scratch;
	unsigned depth = 0;

	visit(s, &depth, state);
	while (depth) {
		unsigned at = scratch->stack[--depth];
		const bre_state *it = &s->re->states[at];

		if (!scratch->steps)
			return false;
		scratch->steps--;
		switch (it->kind) {
		case STATE_FORK:
			visit(s, &depth, at + 1);
			/* fall through */
		case STATE_JUMP:
			visit(s, &depth, (unsigned)((int)at + it->jump));
			break;
		case STATE_BEGIN:
			if (!position)
				visit(s, &depth, at + 1);
			break;
		case STATE_END:
			if (position == s->size)
				visit(s, &depth, at + 1);
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
	}
	return true;
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

bre_result bre_search(const bre *re, bre_scratch *scratch, const bre_text *text, size_t *from, size_t *to)
{
	search s = { .re = re, .scratch = scratch, .size = text->size };
	const bre_state *first = re->states;
	size_t words = (re->count + 31u) / 32;
	unsigned count = 0;

	for (size_t position = 0;; position++) {
		bre_thread *swapped = scratch->now;

		memset(scratch->seen, 0, words * sizeof(uint32_t));
		s.count = 0;
		if (position && !advance(&s, *bre_byte(text, position - 1), count, position))
			return BRE_GIVEN_UP;
		/* A byte that the expression cannot begin with needs no look at its states. */
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

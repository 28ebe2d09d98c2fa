/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <string.h>

#include "port-state.h"

struct filter {
	filter *next;
	bre *head, *tail; /* NULL: matches everywhere, and takes nothing */
	uint8_t head_size, tail_size;
	uint8_t text[]; /* of both, as it was given */
};

static bool is_same(const filter *it, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
	return it->head_size == head_size && it->tail_size == tail_size && !memcmp(it->text, head, head_size) &&
	       !memcmp(it->text + head_size, tail, tail_size);
}

/* Where the filter is linked, or would be. */
static filter **find(const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
	filter **at = &port.filters.list;

	while (*at && !is_same(*at, head, head_size, tail, tail_size))
		at = &(*at)->next;
	return at;
}

/* Lock held. */
static void update(void)
{
	port.filtering = port.filters.enabled && port.filters.list;
}

static void release(filter *it)
{
	platform_free(it->head);
	platform_free(it->tail);
	platform_free(it);
}

static filter_error error_of(bre_error error)
{
	switch (error) {
	case BRE_OK:
		return FILTER_OK;
	case BRE_MALFORMED:
		return FILTER_MALFORMED;
	case BRE_BACK_REFERENCE:
		return FILTER_BACK_REFERENCE;
	case BRE_TOO_LARGE:
		return FILTER_TOO_LARGE;
	default:
		return FILTER_NO_ROOM;
	}
}

static filter_error make(filter **out, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
	filter *made = platform_alloc(sizeof(*made) + head_size + tail_size);
	bre_error error = BRE_OK;

	*out = made;
	if (!made)
		return FILTER_NO_ROOM;
	made->head_size = (uint8_t)head_size;
	made->tail_size = (uint8_t)tail_size;
	memcpy(made->text, head, head_size);
	memcpy(made->text + head_size, tail, tail_size);
	if (head_size)
		error = bre_compile(head, head_size, &made->head);
	if (!error && tail_size)
		error = bre_compile(tail, tail_size, &made->tail);
	return error_of(error);
}

static uint16_t states_of(const filter *it)
{
	uint16_t head = it->head ? it->head->count : 0, tail = it->tail ? it->tail->count : 0;

	return head > tail ? head : tail;
}

/* Everything that takes time or memory is done before the lock is taken. */
filter_error filter_add(const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
	bre_scratch *old = port.filters.scratch, *scratch = old;
	filter **at = find(head, head_size, tail, tail_size);
	filter_error error;
	filter *made;

	if (*at)
		return FILTER_OK;
	if (port.filters.count == FILTERS_MAX)
		return FILTER_NO_ROOM;
	error = make(&made, head, head_size, tail, tail_size);
	if (!error && (!old || states_of(made) > old->states) && !(scratch = bre_scratch_new(states_of(made))))
		error = FILTER_NO_ROOM;
	if (error) {
		if (made)
			release(made);
		return error;
	}
	platform_lock_take(&port.lock);
	*at = made;
	port.filters.scratch = scratch;
	port.filters.count++;
	update();
	platform_lock_give(&port.lock);
	if (old != scratch)
		platform_free(old);
	return FILTER_OK;
}

/* The last one takes the scratch with it: clearing gives all memory back (guide 3.1.17). */
static void unlink_filter(filter **at)
{
	filter *it = *at;
	bre_scratch *unneeded = NULL;

	platform_lock_take(&port.lock);
	*at = it->next;
	if (!--port.filters.count) {
		unneeded = port.filters.scratch;
		port.filters.scratch = NULL;
	}
	update();
	platform_lock_give(&port.lock);
	release(it);
	platform_free(unneeded);
}

bool filter_remove(const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
	filter **at = find(head, head_size, tail, tail_size);

	if (!*at)
		return false;
	unlink_filter(at);
	return true;
}

void filter_clear(void)
{
	while (port.filters.list)
		unlink_filter(&port.filters.list);
}

void filter_enable(bool on)
{
	platform_lock_take(&port.lock);
	port.filters.enabled = on;
	update();
	platform_lock_give(&port.lock);
}

const uint8_t *filter_text(unsigned index, bool tail, size_t *size)
{
	const filter *it = port.filters.list;

	while (it && index--)
		it = it->next;
	if (!it)
		return NULL;
	*size = tail ? it->tail_size : it->head_size;
	return it->text + (tail ? it->head_size : 0);
}

/* --- messages --- */

typedef struct {
	size_t from, to;
} span;

static bre_result match(const bre *re, const bre_text *message, span *found)
{
	*found = (span){ 0, 0 };
	return re ? bre_search(re, port.filters.scratch, message, &found->from, &found->to) : BRE_MATCH;
}

static bool is_in(size_t i, span it)
{
	return i >= it.from && i < it.to;
}

/* Head and tail are each looked for in the whole message, so they may overlap. */
static size_t take_out(bre_text *message, span head, span tail)
{
	size_t left = 0;

	for (size_t i = 0; i < message->size; i++)
		if (!is_in(i, head) && !is_in(i, tail))
			*bre_byte(message, left++) = *bre_byte(message, i);
	return left;
}

size_t filter_message(bre_text *message)
{
	port.filters.scratch->steps = FILTER_STEPS;
	for (const filter *it = port.filters.list; it; it = it->next) {
		span head, tail;
		bre_result result = match(it->head, message, &head);

		if (result == BRE_MATCH)
			result = match(it->tail, message, &tail);
		if (result == BRE_MATCH)
			return take_out(message, head, tail);
		if (result == BRE_GIVEN_UP) {
			port.filters.given_up++;
			break;
		}
	}
	return message->size;
}

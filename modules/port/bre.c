/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling an expression (POSIX.1-2017, XBD 9.3) to states. Running them is in bre-search.c. */
#include "bre.h"

#include <string.h>

#include "platform.h"
#include "bre-states.h"

/* A bracket expression has at least three bytes. */
#define SETS_MAX (BRE_PATTERN_MAX / 3 + 1)

typedef struct {
	const uint8_t *at, *end;
	bre_error error;
	uint16_t count;
	uint16_t sets;
	bre_state states[BRE_STATES];
	uint32_t set[SETS_MAX][8];
} compiler;

static bool fail(compiler *c, bre_error error)
{
	if (!c->error)
		c->error = error;
	return false;
}

static bool emit(compiler *c, bre_kind kind, uint8_t value, int jump)
{
	if (c->count == BRE_STATES)
		return fail(c, BRE_TOO_LARGE);
	c->states[c->count++] = (bre_state){ (uint8_t)kind, value, (int16_t)jump };
	return true;
}

static bool follows(const compiler *c, const char *text)
{
	size_t size = strlen(text);

	return (size_t)(c->end - c->at) >= size && !memcmp(c->at, text, size);
}

static bool skip(compiler *c, const char *text)
{
	if (!follows(c, text))
		return false;
	c->at += strlen(text);
	return true;
}

/* --- bracket expressions --- */

/* In the C locale, whatever the library's is: pairs of first and last byte. */
static const struct {
	const char *name, *ranges;
} classes[] = {
	{ "alnum", "09AZaz" },   { "alpha", "AZaz" },   { "blank", "\t\t  " }, { "cntrl", "\x01\x1f\x7f\x7f" },
	{ "digit", "09" },       { "graph", "!~" },     { "lower", "az" },     { "print", " ~" },
	{ "punct", "!/:@[`{~" }, { "space", "\t\r  " }, { "upper", "AZ" },     { "xdigit", "09AFaf" },
};

static void add_range(uint32_t *set, unsigned first, unsigned last)
{
	for (unsigned byte = first; byte <= last; byte++)
		set[byte / 32] |= UINT32_C(1) << byte % 32;
}

/* What stands between [: and :]. */
static bool class_members(compiler *c, uint32_t *set)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		const char *ranges = classes[i].ranges;

		if (!follows(c, classes[i].name))
			continue;
		c->at += strlen(classes[i].name);
		if (!skip(c, ":]"))
			break;
		if (ranges[0] == '\x01') /* NUL is a control character, too, but ends the table's text */
			add_range(set, 0, 0);
		for (; *ranges; ranges += 2)
			add_range(set, (uint8_t)ranges[0], (uint8_t)ranges[1]);
		return true;
	}
	return fail(c, BRE_MALFORMED);
}

/* The next byte, as itself or as [.x.]; [=x=] only where none of a range is wanted. */
static bool element(compiler *c, bool single, uint8_t *byte)
{
	const char *close = follows(c, "[.") ? ".]" : follows(c, "[=") ? "=]" : NULL;

	if (close) {
		if (single && *close == '=')
			return fail(c, BRE_MALFORMED);
		c->at += 2;
	} else if (follows(c, "[:"))
		return fail(c, BRE_MALFORMED);
	if (c->at == c->end)
		return fail(c, BRE_MALFORMED);
	*byte = *c->at++;
	return !close || skip(c, close) || fail(c, BRE_MALFORMED);
}

/* A hyphen that is neither first nor last nor an end of a range means nothing. */
static bool member(compiler *c, uint32_t *set, bool first)
{
	bool hyphen = follows(c, "-"), equivalence = follows(c, "[=");
	uint8_t from, to;

	if (skip(c, "[:"))
		return class_members(c, set);
	if (hyphen && !first && !follows(c, "-]"))
		return fail(c, BRE_MALFORMED);
	if (!element(c, false, &from))
		return false;
	to = from;
	if (follows(c, "-") && !follows(c, "-]")) {
		c->at++;
		if (equivalence || !element(c, true, &to) || to < from)
			return fail(c, BRE_MALFORMED);
	}
	add_range(set, from, to);
	return true;
}

/* Behind [. */
static bool bracket(compiler *c)
{
	uint32_t *set = c->set[c->sets];
	bool negated = skip(c, "^");

	for (bool first = true; first || !skip(c, "]"); first = false)
		if (c->at == c->end || !member(c, set, first))
			return fail(c, BRE_MALFORMED);
	for (int i = 0; negated && i < 8; i++)
		set[i] = ~set[i];
	return emit(c, STATE_SET, (uint8_t)c->sets++, 0);
}

/* --- repetition: of the states from `from` on; jumps are relative, so that they may be moved and copied --- */

/* Puts a state before the last ones. */
static bool insert(compiler *c, unsigned from, bre_state state)
{
	if (!emit(c, STATE_ANY, 0, 0))
		return false;
	memmove(c->states + from + 1, c->states + from, (c->count - 1 - from) * sizeof(bre_state));
	c->states[from] = state;
	return true;
}

static bool copy(compiler *c, unsigned from, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		const bre_state *state = &c->states[from + i];

		if (!emit(c, (bre_kind)state->kind, state->value, state->jump))
			return false;
	}
	return true;
}

static bool star(compiler *c, unsigned from)
{
	int size = (int)(c->count - from);

	return insert(c, from, (bre_state){ STATE_FORK, 0, (int16_t)(size + 2) }) && emit(c, STATE_JUMP, 0, -size - 1);
}

/* @param most INT32_MAX for no limit */
static bool repeat(compiler *c, unsigned from, int least, int most)
{
	unsigned size = c->count - from;

	if (!least && most == INT32_MAX)
		return star(c, from);
	if (!most) {
		c->count = (uint16_t)from;
		return true;
	}
	for (int i = 1; i < least; i++)
		if (!copy(c, from, size))
			return false;
	if (most == INT32_MAX)
		return emit(c, STATE_FORK, 0, -(int)size);
	/* Each further one may be the end; the first is the original when it need not be there. */
	if (!least && !insert(c, from, (bre_state){ STATE_FORK, 0, (int16_t)(size + 1) }))
		return false;
	for (int i = least ? least : 1; i < most; i++)
		if (!emit(c, STATE_FORK, 0, (int)size + 1) || !copy(c, least ? from : from + 1, size))
			return false;
	return true;
}

static bool number(compiler *c, int *value)
{
	const uint8_t *start = c->at;

	for (*value = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
		if ((*value = *value * 10 + (*c->at - '0')) > BRE_REPEAT_MAX)
			return fail(c, BRE_TOO_LARGE);
	return c->at > start || fail(c, BRE_MALFORMED);
}

/* Behind \{. */
static bool interval(compiler *c, unsigned from)
{
	int least, most;

	if (!number(c, &least))
		return false;
	most = least;
	if (skip(c, ",")) {
		most = INT32_MAX;
		if (!follows(c, "\\}") && !number(c, &most))
			return false;
	}
	if (most < least || !skip(c, "\\}"))
		return fail(c, BRE_MALFORMED);
	return repeat(c, from, least, most);
}

/* One at most: that of a repetition has no meaning in POSIX, and both C libraries refuse it. */
static bool repetition(compiler *c, unsigned from)
{
	bool done = true;

	if (skip(c, "*"))
		done = repeat(c, from, 0, INT32_MAX);
	else if (skip(c, "\\{"))
		done = interval(c, from);
	else
		return true;
	return done && ((!follows(c, "*") && !follows(c, "\\{")) || fail(c, BRE_MALFORMED));
}

/* --- expressions --- */

static bool expression(compiler *c, bool inner);

/* Behind \. */
static bool escaped(compiler *c)
{
	uint8_t byte;

	if (c->at == c->end)
		return fail(c, BRE_MALFORMED);
	byte = *c->at++;
	if (byte == '(')
		return expression(c, true);
	if (byte == '{' || byte == '}')
		return fail(c, BRE_MALFORMED); /* nothing to repeat; nothing to close */
	if (byte >= '1' && byte <= '9')
		return fail(c, BRE_BACK_REFERENCE);
	return emit(c, STATE_BYTE, byte, 0);
}

/* The whole, or what stands between \( and \), which it takes. At most 32 deep, since \( has two bytes. */
static bool expression(compiler *c, bool inner)
{
	if (skip(c, "^") && !emit(c, STATE_BEGIN, 0, 0))
		return false;
	while (c->at < c->end) {
		unsigned from = c->count;
		bool done;

		if (skip(c, "\\)"))
			return inner || fail(c, BRE_MALFORMED);
		if (follows(c, "$") && (c->at + 1 == c->end || (c->end - c->at > 2 && c->at[1] == '\\' && c->at[2] == ')'))) {
			c->at++;
			if (!emit(c, STATE_END, 0, 0))
				return false;
			continue;
		}
		if (skip(c, "\\"))
			done = escaped(c);
		else if (skip(c, "["))
			done = bracket(c);
		else if (skip(c, "."))
			done = emit(c, STATE_ANY, 0, 0);
		else /* an asterisk too, when there is nothing before it to repeat */
			done = emit(c, STATE_BYTE, *c->at++, 0);
		if (!done || !repetition(c, from))
			return false;
	}
	return !inner || fail(c, BRE_MALFORMED);
}

bre_error bre_compile(const uint8_t *pattern, size_t size, bre **out)
{
	compiler *c;
	bre_error error;
	bre *made = NULL;

	*out = NULL;
	if (size > BRE_PATTERN_MAX)
		return BRE_TOO_LARGE;
	if (!(c = platform_alloc(sizeof(*c))))
		return BRE_NO_MEMORY;
	c->at = pattern;
	c->end = pattern + size;
	if (expression(c, false) && emit(c, STATE_MATCH, 0, 0)) {
		size_t states = c->count * sizeof(bre_state), sets = c->sets * sizeof(*c->set);

		made = platform_alloc(sizeof(*made) + states + sets);
		if (made) {
			uint32_t(*copied)[8] = (uint32_t(*)[8])(void *)((uint8_t *)made->states + states);

			memcpy(copied, c->set, sets);
			memcpy(made->states, c->states, states);
			made->sets = (const uint32_t(*)[8])(void *)copied;
			made->count = c->count;
		}
	}
	error = c->error ? c->error : made ? BRE_OK : BRE_NO_MEMORY;
	platform_free(c);
	*out = made;
	return error;
}

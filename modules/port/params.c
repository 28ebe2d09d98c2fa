/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include <string.h>

static int digit(uint8_t byte, int base)
{
	int value;

	if (byte >= '0' && byte <= '9')
		value = byte - '0';
	else if (byte >= 'a' && byte <= 'f')
		value = byte - 'a' + 10;
	else if (byte >= 'A' && byte <= 'F')
		value = byte - 'A' + 10;
	else
		return -1;
	return value < base ? value : -1;
}

/* Beyond every range, so that a number of any length is out of range and never wraps into it. */
#define HUGE_INTEGER ((int64_t)1 << 40)

/* Reads a number up to a comma or the end. */
static uint8_t *read_integer(uint8_t *p, const uint8_t *end, param_value *value)
{
	bool negative = false;
	int base = 10;
	int64_t integer = 0;
	unsigned digits = 0;

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	for (; p < end && *p != ','; p++, digits++) {
		int d = digit(*p, base);

		if (d < 0)
			break;
		if (integer < HUGE_INTEGER)
			integer = integer * base + d;
	}
	value->kind = PARAM_INTEGER;
	value->integer = negative ? -integer : integer;
	value->malformed = digits == 0;
	return p;
}

/* Reads a quoted string, dropping the backslash of each escape in place. */
static uint8_t *read_string(uint8_t *p, const uint8_t *end, param_value *value)
{
	uint8_t *to;

	value->kind = PARAM_STRING;
	value->text = to = ++p;
	for (; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		*to++ = *p;
	}
	value->length = (uint16_t)(to - value->text);
	value->malformed = p == end;
	return p == end ? p : p + 1;
}

int params_split(uint8_t *text, size_t size, param_value *values)
{
	uint8_t *p = text;
	uint8_t *end = text + size;
	int count = 0;

	if (!size)
		return 0;
	for (;;) {
		param_value *value;

		if (count == PARAMS_MAX)
			return -1;
		value = &values[count++];
		*value = (param_value){ .kind = PARAM_OMITTED };
		if (p < end && *p != ',')
			p = *p == '"' ? read_string(p, end, value) : read_integer(p, end, value);
		if (p < end && *p != ',') {
			value->malformed = true;
			while (p < end && *p != ',')
				p++;
		}
		if (p == end)
			return count;
		p++;
	}
}

/* --- descriptors --- */

static int64_t read_bound(const char **at)
{
	const char *p = *at;
	bool negative = *p == '-';
	int64_t value = 0;

	if (negative)
		p++;
	while (*p >= '0' && *p <= '9')
		value = value * 10 + (*p++ - '0');
	*at = p;
	return negative ? -value : value;
}

static const char *item_end(const char *p)
{
	bool quoted = false;

	while (quoted || *p != ';') {
		if (*p == '"')
			quoted = !quoted;
		p++;
	}
	return p + 1;
}

static bool is_one_of(const char *p, const param_value *value)
{
	while (*p == '"') {
		const char *close = strchr(p + 1, '"');
		size_t length = (size_t)(close - p - 1);

		if (length == value->length && !memcmp(p + 1, value->text, length))
			return true;
		p = close + 1;
		if (*p == ',')
			p++;
	}
	return false;
}

/* Checks one value against one item, without its '?'. */
static uint32_t check_value(const char *item, const param_value *value, unsigned index)
{
	const char *p = item + 1;
	int64_t min = 0, max;

	if (*item == 'a')
		return value->malformed ? (value->kind == PARAM_STRING ? PARAM_PARSE : PARAM_TYPE) | index : 0;
	if (*item == 'e') {
		if (value->kind != PARAM_STRING)
			return PARAM_TYPE | index;
		return value->malformed ? PARAM_PARSE | index : is_one_of(p, value) ? 0 : PARAM_INVALID | index;
	}
	if (*item != 'l') {
		min = read_bound(&p);
		p++;
	}
	max = read_bound(&p);
	if (*item == 's') {
		if (value->kind != PARAM_STRING)
			return PARAM_TYPE | index;
		if (value->malformed)
			return PARAM_PARSE | index;
		return value->length < min || value->length > max ? PARAM_LENGTH | index : 0;
	}
	if (value->kind != PARAM_INTEGER || value->malformed)
		return PARAM_TYPE | index;
	return value->integer < min || value->integer > max ? PARAM_INVALID | index : 0;
}

/* How many parameters a command line needs at least and may have at most. */
static void count_items(const char *descriptor, bool mux, unsigned *need, unsigned *most)
{
	unsigned index = 0;

	*need = 0;
	for (const char *p = descriptor; *p; p = item_end(p)) {
		if (*p == '*') {
			const char *q = p + 1;
			unsigned times = (unsigned)read_bound(&q);
			unsigned group = 0;

			for (q++; *q; q = item_end(q))
				group++;
			*most = index + times * group;
			return;
		}
		if (*p == 'l' && !mux)
			continue;
		index++;
		if (*p != '?')
			*need = index;
	}
	*most = index;
}

static uint32_t count_error(unsigned need, unsigned given)
{
	return PARAM_COUNT | (need & 0xff) << 8 | (given & 0xff);
}

uint32_t params_check(const char *descriptor, bool mux, const param_value *given, unsigned count, params *out)
{
	unsigned need, most, index = 0;
	const char *group = NULL;

	out->count = 0;
	out->repeated = 0;
	out->repeats = false;
	count_items(descriptor, mux, &need, &most);
	if (count < need || count > most)
		return count_error(count < need ? need : most, count);
	for (const char *p = descriptor; *p || group; p = item_end(p)) {
		bool optional = *p == '?';
		param_value *value;
		uint32_t error;

		if (*p == '*') {
			out->repeats = true;
			group = item_end(p);
			p = group;
		} else if (group && !*p)
			p = group;
		if (group && index >= count)
			return p == group ? 0 : count_error(index + 1, count);
		optional = *p == '?';
		if (out->count == sizeof(out->values) / sizeof(*out->values))
			return count_error(PARAMS_MAX, count); /* a declaration of more parameters than a line can have */
		value = &out->values[out->count++];
		if (group)
			out->repeated++;
		if (*p == 'l' && !mux) {
			*value = (param_value){ .kind = PARAM_INTEGER, .integer = 0 };
			continue;
		}
		if (index >= count || given[index].kind == PARAM_OMITTED) {
			if (!optional)
				return count_error(need, index);
			*value = (param_value){ .kind = PARAM_OMITTED };
			index++;
			continue;
		}
		*value = given[index];
		error = check_value(p + optional, value, index);
		if (error)
			return error;
		index++;
	}
	return 0;
}

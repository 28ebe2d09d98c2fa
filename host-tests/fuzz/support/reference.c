/* SPDX-License-Identifier: Apache-2.0 */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- lines: what stands between the first byte that is not blank and the first CR LF behind it --- */

bool reference_next_line(const uint8_t *sent, size_t size, reference_line *line, size_t limit)
{
	size_t start = 0, end;

	while (start < size && (sent[start] == ' ' || sent[start] == '\t' || sent[start] == '\r' || sent[start] == '\n'))
		start++;
	for (end = start; end + 1 < size && !(sent[end] == '\r' && sent[end + 1] == '\n'); end++)
		;
	if (end + 1 >= size)
		return false;
	line->text = sent + start;
	line->too_long = end - start > limit;
	line->size = line->too_long ? limit : end - start;
	line->end = end + 2;
	return true;
}

/* --- values --- */

/* One character of a string and its length in the line; 0 at a quotation mark that ends it, or at the end. */
static size_t character(const uint8_t *at, size_t left, uint8_t *byte)
{
	if (left == 0 || at[0] == '"')
		return 0;
	if (at[0] == '\\' && left > 1) {
		*byte = at[1];
		return 2;
	}
	*byte = at[0];
	return 1;
}

static size_t split_string(const uint8_t *at, size_t left, reference_value *value)
{
	size_t used = 1, n;
	uint8_t byte;

	value->kind = PARAM_STRING;
	while ((n = character(at + used, left - used, &byte))) {
		value->text[value->length++] = byte;
		used += n;
	}
	value->malformed = used == left;
	return used == left ? used : used + 1;
}

/* A number is everything up to the comma, or it is malformed. */
static size_t split_integer(const uint8_t *at, size_t left, reference_value *value)
{
	const uint8_t *comma = memchr(at, ',', left);
	size_t size = comma ? (size_t)(comma - at) : left, i = 0;
	const char *digits = "0123456789";
	int64_t base;

	value->kind = PARAM_INTEGER;
	if (size && (at[0] == '+' || at[0] == '-'))
		value->negative = at[i++] == '-';
	if (size - i > 2 && at[i] == '0' && (at[i + 1] | 0x20) == 'x') {
		digits = "0123456789abcdef";
		i += 2;
	}
	base = (int64_t)strlen(digits);
	value->malformed = i == size;
	for (; i < size; i++) {
		int lower = at[i] >= 'A' && at[i] <= 'F' ? at[i] | 0x20 : at[i];
		const char *digit = lower ? strchr(digits, lower) : NULL;

		if (!digit) {
			value->malformed = true;
			break;
		}
		if (!value->huge)
			value->integer = value->integer * base + (digit - digits);
		value->huge |= value->integer >= REFERENCE_HUGE;
	}
	if (value->negative)
		value->integer = -value->integer;
	return size;
}

void reference_split(const uint8_t *text, size_t size, reference_params *to)
{
	size_t at = 0;

	to->count = 0;
	if (size == 0)
		return;
	while (to->count < PARAMS_MAX) {
		reference_value *value = &to->values[to->count++];

		memset(value, 0, sizeof *value);
		value->kind = PARAM_OMITTED;
		if (at < size && text[at] == '"')
			at += split_string(text + at, size - at, value);
		else if (at < size && text[at] != ',')
			at += split_integer(text + at, size - at, value);
		if (at < size && text[at] != ',')
			value->malformed = true;
		while (at < size && text[at] != ',')
			at++;
		if (at == size)
			return;
		at++;
	}
	to->count++;
}

/* --- descriptors --- */

typedef struct {
	char kind;
	bool optional;
	int64_t min, max;
	char list[8][16];
	unsigned list_count;
} item;

typedef struct {
	item items[PARAMS_MAX];
	unsigned count, group_count, times; /* those of the group come behind the others */
} item_list;

static const char *read_item(const char *p, item *it)
{
	int used = 0;

	memset(it, 0, sizeof *it);
	it->optional = *p == '?';
	p += it->optional;
	it->kind = *p++;
	if (it->kind == 'e') {
		do {
			const char *close = strchr(p + 1 + (*p == ','), '"');

			p += 1 + (*p == ',');
			memcpy(it->list[it->list_count++], p, (size_t)(close - p));
			p = close + 1;
		} while (*p == ',');
		return p + 1;
	}
	if (it->kind == 'a')
		used = 1;
	else if (it->kind == 'l')
		sscanf(p, "%lld;%n", (long long *)&it->max, &used);
	else
		sscanf(p, "%lld,%lld;%n", (long long *)&it->min, (long long *)&it->max, &used);
	if (!used)
		abort();
	return p + used;
}

static void read_descriptor(const char *p, item_list *list)
{
	bool group = false;

	memset(list, 0, sizeof *list);
	while (*p) {
		if (*p == '*') {
			list->times = (unsigned)strtoul(p + 1, (char **)&p, 10);
			p++;
			group = true;
		}
		p = read_item(p, &list->items[list->count + list->group_count]);
		if (group)
			list->group_count++;
		else
			list->count++;
	}
}

static uint32_t check_value(const item *it, const reference_value *value, unsigned index)
{
	bool wants_string = it->kind == 's' || it->kind == 'e', listed = false;
	bool below, above;

	if (it->kind == 'a')
		return !value->malformed ? 0 : (value->kind == PARAM_STRING ? PARAM_PARSE : PARAM_TYPE) | index;
	if (wants_string != (value->kind == PARAM_STRING))
		return PARAM_TYPE | index;
	if (value->malformed)
		return (wants_string ? PARAM_PARSE : PARAM_TYPE) | index;
	if (it->kind == 's')
		return (int64_t)value->length < it->min || (int64_t)value->length > it->max ? PARAM_LENGTH | index : 0;
	if (it->kind == 'e') {
		for (unsigned i = 0; i < it->list_count; i++)
			listed |= value->length == strlen(it->list[i]) && !memcmp(value->text, it->list[i], value->length);
		return listed ? 0 : PARAM_INVALID | index;
	}
	below = value->huge ? value->negative : value->integer < it->min;
	above = value->huge ? !value->negative : value->integer > it->max;
	return below || above ? PARAM_INVALID | index : 0;
}

static uint32_t count_error(unsigned wanted, unsigned given)
{
	return PARAM_COUNT | wanted << 8 | given;
}

void reference_check(const char *descriptor, bool mux, reference_params *it)
{
	item_list list;
	unsigned need = 0, most, plain = 0, taken = 0;

	read_descriptor(descriptor, &list);
	it->repeats = list.times > 0;
	it->repeated = it->passed_count = 0;
	for (unsigned i = 0; i < list.count; i++) {
		if (list.items[i].kind == 'l' && !mux)
			continue;
		plain++;
		if (!list.items[i].optional)
			need = plain;
	}
	most = plain + list.times * list.group_count;
	if (it->count < need || it->count > most) {
		it->error = count_error(it->count < need ? need : most, it->count);
		return;
	}
	/* the plain ones, then as many of the group as values are left, and the group must come out even */
	for (unsigned i = 0; i < list.count || taken < it->count; i++) {
		unsigned in_group = i < list.count ? 0 : (i - list.count) % list.group_count;
		const item *wanted = &list.items[i < list.count ? i : list.count + in_group];
		reference_value *value = &it->passed[it->passed_count++];

		it->repeated += i >= list.count;
		memset(value, 0, sizeof *value);
		value->kind = PARAM_OMITTED;
		if (wanted->kind == 'l' && !mux) {
			value->kind = PARAM_INTEGER;
			continue;
		}
		if (taken < it->count)
			*value = it->values[taken];
		if (value->kind == PARAM_OMITTED)
			it->error = wanted->optional ? 0 : count_error(need, taken);
		else
			it->error = check_value(wanted, value, taken);
		if (it->error)
			return;
		taken++;
		if (i >= list.count && taken == it->count && in_group + 1 < list.group_count) {
			it->error = count_error(taken + 1, it->count);
			return;
		}
	}
	it->error = 0;
}

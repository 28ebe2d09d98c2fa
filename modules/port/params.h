/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of a command line: split, unescaped, converted and checked against the descriptor that core/command.ts
 * makes of a declaration (guide 3.12; wire-format.md, rules 4 and 6).
 *
 * A descriptor is text, one item a parameter, each ended by ';':
 *   i<min>,<max>   integer in a range
 *   s<min>,<max>   string, length in bytes
 *   e"A","B"       one of these strings
 *   a              an integer or a string, whatever its value
 *   l<max>         link id 0..max: present when CIPMUX=1, otherwise absent and 0
 * '?' before an item: may be omitted. '*<n>': the items after it repeat, n times at most, as the last parameter.
 */
#ifndef XS_AT_PARAMS_H
#define XS_AT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARAMS_MAX 24

typedef enum { PARAM_OMITTED, PARAM_INTEGER, PARAM_STRING } param_kind;

typedef struct {
	param_kind kind;
	bool malformed; /* neither a number nor a quoted string */
	int64_t integer;
	uint8_t *text; /* in the line, unescaped in place; may hold any byte */
	uint16_t length;
} param_value;

/* Error numbers: 0x01 << 24 | sub << 16 | extension (guide 3.1.24). */
enum {
	PARAM_LENGTH = 0x01040000,  /* | index */
	PARAM_TYPE = 0x01050000,    /* | index */
	PARAM_COUNT = 0x01060000,   /* | need << 8 | given */
	PARAM_INVALID = 0x01070000, /* | index */
	PARAM_PARSE = 0x01080000,   /* | index */
};

/** Splits what follows the '=' of a set command. @return values found, at most PARAMS_MAX, or -1 for more */
int params_split(uint8_t *text, size_t size, param_value *values);

typedef struct {
	unsigned count;    /* values for the handler, link id and omitted ones included */
	unsigned repeated; /* how many of the last of them form the repeated group */
	bool repeats;      /* the descriptor has a repeated group, perhaps with no value */
	param_value values[PARAMS_MAX + 2];
} params;

/** Checks and completes values. @return 0 or an error number */
uint32_t params_check(const char *descriptor, bool mux, const param_value *given, unsigned count, params *out);

#endif

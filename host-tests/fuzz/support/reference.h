/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of lines and parameters a second time, written for reading: whole lines instead of bytes, values that own
 * their text, descriptors as lists. Slow; agrees with line.c and params.c or one of them is wrong.
 */
#ifndef XS_AT_FUZZ_REFERENCE_H
#define XS_AT_FUZZ_REFERENCE_H

#include "line.h"
#include "params.h"

/** A number of which no digit counts any more. */
#define REFERENCE_HUGE ((int64_t)1 << 40)

typedef struct {
	param_kind kind;
	bool malformed;
	bool huge, negative;
	int64_t integer; /* unless huge */
	uint8_t text[LINE_CAPACITY];
	size_t length;
} reference_value;

typedef struct {
	/* of reference_split(); PARAMS_MAX + 1 for more */
	unsigned count;
	reference_value values[PARAMS_MAX];
	/* of reference_check() */
	uint32_t error;
	unsigned passed_count, repeated;
	bool repeats;
	reference_value passed[PARAMS_MAX];
} reference_params;

void reference_split(const uint8_t *text, size_t size, reference_params *to);
void reference_check(const char *descriptor, bool mux, reference_params *it);

typedef struct {
	const uint8_t *text;
	size_t size; /* at most the limit */
	size_t end;  /* behind its CR LF */
	bool too_long;
} reference_line;

/** The first line in what was sent; false when none is whole. */
bool reference_next_line(const uint8_t *sent, size_t size, reference_line *line, size_t limit);

#endif

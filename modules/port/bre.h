/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX basic regular expressions over bytes, for the filters of AT+SYSMSGFILTERCFG (guide 3.1.17).
 *
 * Not the C library's: a pattern of 29 bytes makes glibc's regcomp take 2.2 GB and newlib's 24 MB, back-references take
 * exponential time in both, and the two differ in what POSIX leaves open. Here an expression has a bounded number of
 * states, all of them advance together over the text, and so the time is at most that number for each byte.
 *
 * Taken: . [] [^] ranges [:class:] [.x.] [=x=] * \{m\} \{m,\} \{m,n\} \( \) ^ $ and \ before any other byte, which
 * stands for itself (\+ \? \| too, as in newlib). Of what matches, the leftmost and of these the longest is found.
 * Bytes are those of the C locale; a line feed is a byte as any other, so ^ and $ are the ends of the text. Refused: \1
 * to \9, and what POSIX calls invalid.
 */
#ifndef XS_AT_BRE_H
#define XS_AT_BRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRE_STATES 512     /* enough for [0-9]\{1,255\} */
#define BRE_REPEAT_MAX 255 /* RE_DUP_MAX of POSIX */
#define BRE_PATTERN_MAX 64 /* bytes (guide 3.1.17) */

typedef enum {
	BRE_OK,
	BRE_MALFORMED,
	BRE_BACK_REFERENCE,
	BRE_TOO_LARGE, /* more states than BRE_STATES, or a repetition above BRE_REPEAT_MAX */
	BRE_NO_MEMORY,
} bre_error;

typedef struct {
	uint8_t kind;
	uint8_t value; /* the byte, or which set */
	int16_t jump;  /* to the other next state, relative */
} bre_state;

/* One piece of memory from platform_alloc. */
typedef struct {
	uint16_t count;
	const uint32_t (*sets)[8]; /* a bit for each byte */
	bre_state states[];
} bre;

/* A text in two pieces, as it lies in a ring. */
typedef struct {
	uint8_t *first, *second;
	size_t first_size, size;
} bre_text;

static inline uint8_t *bre_byte(const bre_text *text, size_t i)
{
	return i < text->first_size ? text->first + i : text->second + (i - text->first_size);
}

/* A state that has been reached, and where the match began. */
typedef struct {
	uint16_t state, start;
} bre_thread;

/* What a search works with; one for expressions of up to so many states. */
typedef struct {
	uint16_t states;
	uint32_t steps; /* that may still be taken: set by the caller, counted down */
	bre_thread *now, *next;
	uint16_t *stack;
	uint32_t *seen;
} bre_scratch;

/** Compiles size bytes, at most BRE_PATTERN_MAX; *out is the caller's to platform_free, NULL after an error. */
bre_error bre_compile(const uint8_t *pattern, size_t size, bre **out);

/** One piece of memory from platform_alloc, or NULL. */
bre_scratch *bre_scratch_new(uint16_t states);

typedef enum { BRE_NO_MATCH, BRE_MATCH, BRE_GIVEN_UP } bre_result;

/**
 * Finds the leftmost longest match in a text of at most 65,535 bytes, [*from, *to). A step is a byte that
 * states are advanced over, or a state reached.
 * @return BRE_GIVEN_UP when the scratch's steps are used up
 */
bre_result bre_search(const bre *re, bre_scratch *scratch, const bre_text *text, size_t *from, size_t *to);

#endif

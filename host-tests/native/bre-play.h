/* SPDX-License-Identifier: Apache-2.0 */
/* A search as the tests of bre.h want it. */
#ifndef XS_AT_BRE_PLAY_H
#define XS_AT_BRE_PLAY_H

#include <stdlib.h>
#include <string.h>

#include "bre.h"
#include "platform.h"

#define STEPS 1000000u

/* The whole text, in two pieces that are cut at `cut`; exact allocations, so that a read beyond one is found. */
static inline bre_result search_cut(const bre *re, const void *text, size_t size, size_t cut, uint32_t *steps,
                                    int *from, int *to)
{
	uint8_t *first = malloc(cut ? cut : 1), *second = malloc(size - cut ? size - cut : 1);
	bre_text whole = { .first = first, .second = second, .first_size = cut, .size = size };
	bre_scratch *scratch = bre_scratch_new(re->count);
	size_t found_from = 0, found_to = 0;
	bre_result result;

	memcpy(first, text, cut);
	memcpy(second, (const char *)text + cut, size - cut);
	scratch->steps = *steps;
	result = bre_search(re, scratch, &whole, &found_from, &found_to);
	*steps -= scratch->steps;
	*from = (int)found_from;
	*to = (int)found_to;
	platform_free(scratch);
	free(first);
	free(second);
	return result;
}

#endif

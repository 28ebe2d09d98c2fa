/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target shares. A target is host-tests/fuzz/NAME.c: it defines LLVMFuzzerTestOneInput() and, at the
 * end of a comment, `Sources:` with what it is linked with. It runs under libFuzzer (npm run fuzz) and, with replay.c
 * for its main(), in npm test. See docs/fuzzing.md.
 */
#ifndef XS_AT_FUZZ_H
#define XS_AT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The target: returns 0, and aborts when an invariant does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** How many inputs of its own making replay.c adds to seeds and regressions: some seconds' worth. Of the target. */
extern const unsigned fuzz_rounds;

/** For loops over many bytes in a target itself, where tracing every comparison costs more than all the rest. */
#ifdef __clang__
#define FUZZ_UNTRACED __attribute__((no_sanitize("coverage")))
#else
#define FUZZ_UNTRACED
#endif

/** An invariant. */
#define FUZZ_REQUIRE(condition, ...)                                      \
	do {                                                                  \
		if (!(condition)) {                                               \
			fprintf(stderr, "%s:%d: %s", __FILE__, __LINE__, #condition); \
			fprintf(stderr, " -- " __VA_ARGS__);                          \
			fprintf(stderr, "\n");                                        \
			abort();                                                      \
		}                                                                 \
	} while (0)

/** What is left of an input. Behind its end it reads as zeros, so that every cut of an input is one too. */
typedef struct {
	const uint8_t *at;
	const uint8_t *end;
} fuzz_input;

static inline bool fuzz_more(const fuzz_input *input)
{
	return input->at < input->end;
}

static inline size_t fuzz_left(const fuzz_input *input)
{
	return (size_t)(input->end - input->at);
}

static inline uint8_t fuzz_byte(fuzz_input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

static inline uint32_t fuzz_word(fuzz_input *input)
{
	uint32_t low = fuzz_byte(input);

	return low | (uint32_t)fuzz_byte(input) << 8;
}

/** A number under n, of one byte of the input. */
static inline uint32_t fuzz_below(fuzz_input *input, uint32_t n)
{
	return fuzz_byte(input) % n;
}

#endif

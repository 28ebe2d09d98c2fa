/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the native tests share: counting checks, repeatable random numbers, and the last line that
 * scripts/native-tests.mjs reads. For programs of one file; the same names as in store-test.h.
 */
#ifndef XS_AT_CHECK_H
#define XS_AT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CHECK_SHOWN 20 /* one mistake fails thousands of checks, and the first few tell */

static unsigned passed, failed;

#define CHECK(condition, ...)                                    \
	do {                                                         \
		if (condition) {                                         \
			passed++;                                            \
		} else if (failed++ < CHECK_SHOWN) {                     \
			printf("%s:%d: %s", __FILE__, __LINE__, #condition); \
			printf(" -- " __VA_ARGS__);                          \
			printf("\n");                                        \
		}                                                        \
	} while (0)

/* For inner loops: counts only when it fails. */
#define REQUIRE(condition, ...)            \
	do {                                   \
		if (!(condition))                  \
			CHECK(condition, __VA_ARGS__); \
	} while (0)

/** xorshift32; the state must not be 0. */
static inline uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/** The last line, and what main() returns. */
static inline int check_report(void)
{
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}

#endif

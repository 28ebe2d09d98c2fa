/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the store's test share: counting checks, and repeatable random bytes. */
#ifndef XS_AT_STORE_TEST_H
#define XS_AT_STORE_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

extern unsigned passed, failed;

#define CHECK(condition, ...)                                    \
	do {                                                         \
		if (condition) {                                         \
			passed++;                                            \
		} else if (failed++ < 20) {                              \
			printf("%s:%d: %s", __FILE__, __LINE__, #condition); \
			printf(" -- " __VA_ARGS__);                          \
			printf("\n");                                        \
		}                                                        \
	} while (0)

static inline uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/** Checks every function of store.h on the open flash image. */
void test_store(void);
/** Checks the bytes on the flash against the documented format. */
void test_format(void);
/** Cuts the power in every single flash operation of a scenario, and in those of the repair after it. */
void test_power_cut(void);
/** Cuts it in every single flash operation of store_reset(). */
void test_reset(void);

#endif

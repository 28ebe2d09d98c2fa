/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of platform.h, counted, for targets that need nothing else of it. */
#ifndef XS_AT_FUZZ_MEMORY_H
#define XS_AT_FUZZ_MEMORY_H

#include <stddef.h>

/** Pieces that are not freed. */
size_t memory_held(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stdlib.h>

#include "platform.h"

static size_t held;

void *platform_alloc(size_t size)
{
	held++;
	return calloc(1, size);
}

void platform_free(void *memory)
{
	held -= memory != NULL;
	free(memory);
}

size_t memory_held(void)
{
	return held;
}

/* One task. */

void platform_lock_init(platform_lock *lock)
{
	(void)lock;
}

void platform_lock_take(platform_lock *lock)
{
	(void)lock;
}

void platform_lock_give(platform_lock *lock)
{
	(void)lock;
}

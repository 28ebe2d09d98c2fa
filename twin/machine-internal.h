/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that know the engine from inside. */
#ifndef XS_AT_MACHINE_INTERNAL_H
#define XS_AT_MACHINE_INTERNAL_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "xsAll.h"
#include "xsScript.h"
#pragma GCC diagnostic pop

#include "machine.h"

/* Engines differ by name only in what the twin touches: 13 is the npm package's, 17 the SDK's. */
#if XS_MAJOR_VERSION >= 17
#define MACHINE_STACK_OVERFLOW XS_JAVASCRIPT_STACK_OVERFLOW_EXIT
#else
#define MACHINE_STACK_OVERFLOW XS_STACK_OVERFLOW_EXIT
#endif

typedef struct machine_arena {
	struct machine_arena *next;
	size_t size;
} machine_arena;

/** Memory that becomes read-only when the root machine is done. */
void *machine_flash_allocate(size_t size);

/** Freezes prototypes and constructors, as fxFreezeBuiltIns of the SDK's linker does. */
void machine_freeze_intrinsics(txMachine *the);

/** Freezes functions, their prototypes and what cannot be aliased: before fxShareMachine, which counts aliases. */
void machine_freeze_functions(txMachine *the);

/** Makes the root's slots fit to be shared from read-only memory. */
void machine_freeze_heap(txMachine *the);

#endif

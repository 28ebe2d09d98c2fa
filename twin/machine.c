/* SPDX-License-Identifier: Apache-2.0 */
/* Only this file and modules.c know the engine from inside; all other C uses xsmc.h. */
#include "machine-internal.h"

#include <sys/mman.h>

#include "platform.h"

static txMachine *root;
static machine_host root_host = { .name = "root" };
static bool protecting; /* allocations now belong to the root and will become read-only */
static machine_arena *arenas;

/* Memory that xsl would put into flash: kept in mappings of its own, so that it can be made read-only. */
void *machine_flash_allocate(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t total = (size + sizeof(machine_arena) + page - 1) / page * page;
	machine_arena *arena = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (arena == MAP_FAILED)
		return NULL;
	arena->next = arenas;
	arena->size = total;
	arenas = arena;
	return arena + 1;
}

static void flash_protect(void)
{
	while (arenas) {
		machine_arena *arena = arenas;

		arenas = arena->next;
		mprotect(arena, arena->size, PROT_READ);
	}
}

void *fxAllocateChunks(txMachine *the, txSize size)
{
	if (the->host->firmware)
		return platform_alloc((size_t)size);
	return protecting ? machine_flash_allocate((size_t)size) : malloc((size_t)size);
}

void fxFreeChunks(txMachine *the, void *chunks)
{
	if (the->host->firmware)
		platform_free(chunks);
	else if (!protecting)
		free(chunks);
}

txSlot *fxAllocateSlots(txMachine *the, txSize count)
{
	size_t size = (size_t)count * sizeof(txSlot);

	if (the->host->firmware)
		return platform_alloc(size);
	return protecting ? machine_flash_allocate(size) : malloc(size);
}

void fxFreeSlots(txMachine *the, void *slots)
{
	if (the->host->firmware)
		platform_free(slots);
	else if (!protecting)
		free(slots);
}

void fxCreateMachinePlatform(txMachine *the)
{
	the->host = the->context;
	the->promiseJobs = 0;
}

void fxDeleteMachinePlatform(txMachine *the)
{
	(void)the;
}

void fxQueuePromiseJobs(txMachine *the)
{
	the->promiseJobs = 1;
}

static const char *abort_reason(int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		return "heap exhausted";
	case XS_NO_MORE_KEYS_EXIT:
		return "keys exhausted";
	case MACHINE_STACK_OVERFLOW:
		return "stack overflow";
	default:
		return "fatal";
	}
}

/* The abort hook of the chip: what the engine cannot go on from ends the machine, everything else is counted. */
void fxAbort(txMachine *the, int status)
{
	switch (status) {
	case XS_UNHANDLED_EXCEPTION_EXIT:
		the->host->exceptions++;
		platform_log("%s: unhandled exception: %s", the->host->name, fxToString(the, &mxException));
		mxException = mxUndefined;
		return;
	case XS_UNHANDLED_REJECTION_EXIT:
		the->host->rejections++;
		platform_log("%s: unhandled rejection: %s", the->host->name, fxToString(the, &mxException));
		mxException = mxUndefined;
		return;
	default:
		break;
	}
	const char *why = abort_reason(status);

	if (the->host->abort)
		the->host->abort(the, status, why);
	platform_log("%s: %s", the->host->name, why);
	abort();
}

static void creation_for(const machine_creation *from, txCreation *to)
{
	/* A 64-bit slot is twice as large, and so are arrays and tables in chunks; the manifest states the chip's sizes. */
	int scale = (int)(sizeof(txSlot) / 16);

	*to = (txCreation){
		.initialChunkSize = from->chunk * scale,
		.incrementalChunkSize = from->chunk_increment,
		.initialHeapCount = from->heap,
		.incrementalHeapCount = from->heap_increment,
		.stackCount = from->stack,
		.initialKeyCount = from->keys,
		.incrementalKeyCount = from->keys_increment,
		.nameModulo = from->names,
		.symbolModulo = from->symbols,
		.parserBufferSize = 64 * 1024,
		.parserTableModulo = 1993,
	};
}

size_t machine_excess(void)
{
	const machine_creation *chip = &machine_firmware_creation;

	return (sizeof(txSlot) / 16 - 1) * ((size_t)chip->chunk + 16 * (size_t)(chip->heap + chip->stack));
}

static const machine_creation roomy = {
	.chunk = 2 * 1024 * 1024,
	.chunk_increment = 512 * 1024,
	.heap = 64 * 1024,
	.heap_increment = 16 * 1024,
	.stack = 4096,
	.keys = 4096,
	.keys_increment = 1024,
	.names = 53,
	.symbols = 3,
};

void machine_adopt(txMachine *the)
{
	the->stackLimit = fxCStackLimit();
}

static void import_module(txMachine *the, const char *specifier)
{
	mxPushStringC((txString)specifier);
	fxAwaitImport(the, XS_IMPORT_NAMESPACE);
}

static bool preload(txMachine *the)
{
	volatile bool done = false;

	fxBeginHost(the);
	mxTry(the)
	{
		for (const machine_module *module = machine_modules; module->specifier; module++) {
			if (!module->preload)
				continue;
			import_module(the, module->specifier);
			mxPop();
		}
		machine_freeze_intrinsics(the);
		done = true;
	}
	mxCatch(the)
	{
		platform_log("preload: %s", fxToString(the, &mxException));
	}
	fxEndHost(the);
	return done;
}

static txMachine *prepare_root(void)
{
	txCreation creation;
	machine_creation sizes = roomy;
	txMachine *the;

	/* Name and symbol tables are copied into the clone, so their sizes are the manifest's. */
	sizes.names = machine_firmware_creation.names;
	sizes.symbols = machine_firmware_creation.symbols;
	creation_for(&sizes, &creation);
	protecting = true;
	machine_is_preparing = true;
	the = fxCreateMachine(&creation, "root", &root_host, XS_NO_ID);
	if (!the || !preload(the))
		return NULL;
	machine_is_preparing = false;
	fxCollectGarbage(the);
	machine_freeze_functions(the);
	fxShareMachine(the);
	machine_freeze_heap(the);
	protecting = false;
	return the;
}

txMachine *machine_clone(machine_host *host)
{
	txCreation creation;
	txMachine *the;

	if (!root && !(root = prepare_root()))
		return NULL;
	creation_for(&machine_firmware_creation, &creation);
	the = fxCloneMachine(&creation, root, (txString)host->name, host);
	if (!the)
		return NULL;
	host->keys_at_start = the->keyOffset;
	flash_protect();
	return the;
}

txMachine *machine_create(machine_host *host)
{
	txCreation creation;

	creation_for(&roomy, &creation);
	return fxCreateMachine(&creation, (txString)host->name, host, XS_NO_ID);
}

bool machine_run(txMachine *the, const char *specifier)
{
	volatile bool done = false;

	fxBeginHost(the);
	mxTry(the)
	{
		mxPushStringC((txString)specifier);
		fxAwaitImport(the, XS_IMPORT_DEFAULT);
		mxPushUndefined();
		/* this, function, target, result, frame, count */
		txSlot *function = the->stack + 1;

		mxPushUndefined();
		mxPushSlot(function);
		mxCall();
		mxRunCount(0);
		mxPop();
		mxPop();
		mxPop();
		done = true;
	}
	mxCatch(the)
	{
		platform_log("%s: %s", specifier, fxToString(the, &mxException));
	}
	fxEndHost(the);
	machine_jobs(the);
	return done;
}

void machine_jobs(txMachine *the)
{
	while (the->promiseJobs) {
		the->promiseJobs = 0;
		fxRunPromiseJobs(the);
	}
	fxEndJob(the);
}

static uint32_t chunk_bytes(const txMachine *the)
{
	return (uint32_t)the->currentChunksSize;
}

#define STACK_UNTOUCHED 24

/*
 * The stack is allocated zeroed and only ever overwritten: it was used as far as it is not zero. At the other end of it
 * XS prints numbers (xsdtoa.c), so what lies behind a long untouched part does not count.
 */
static uint32_t stack_peak(txMachine *the)
{
	txSlot *lowest = the->stack;
	int untouched = 0;

	for (txSlot *slot = the->stack - 1; slot >= the->stackBottom && untouched < STACK_UNTOUCHED; slot--, untouched++)
		if (slot->kind || slot->flag || slot->next) {
			lowest = slot;
			untouched = -1;
		}
	return (uint32_t)(the->stackTop - lowest);
}

void machine_statistics(txMachine *the, bool collect, machine_statistics_t *s)
{
	if (collect) {
		s->heap_peak = (uint32_t)the->peakHeapCount;
		fxCollectGarbage(the);
	}
	s->slot_size = sizeof(txSlot);
	s->heap_used = (uint32_t)the->currentHeapCount;
	s->heap_peak = (uint32_t)the->peakHeapCount;
	s->heap_size = (uint32_t)the->maximumHeapCount;
	s->chunks_used = chunk_bytes(the);
	s->chunks_peak = (uint32_t)the->peakChunksSize;
	s->chunks_size = (uint32_t)the->maximumChunksSize;
	s->stack_used = (uint32_t)(the->stackTop - the->stack);
	s->stack_size = (uint32_t)(the->stackTop - the->stackBottom);
	s->stack_peak = stack_peak(the);
	s->keys_used = (uint32_t)(the->keyIndex - the->keyOffset);
	s->keys_size = (uint32_t)(the->keyCount - the->keyOffset);
	s->aliases = the->aliasCount;
	s->root_heap = root ? (uint32_t)root->currentHeapCount : 0;
	s->root_chunks = root ? (uint32_t)root->currentChunksSize : 0;
	s->exceptions = the->host->exceptions;
	s->rejections = the->host->rejections;
}

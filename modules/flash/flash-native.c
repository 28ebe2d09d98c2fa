/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Natives of flash.ts: one user partition at a time is looked up, erased, written as a data phase comes, and read into
 * the response. What is slow runs on the worker.
 */
#include <string.h>

#include "background.h"
#include "binary.h"
#include "flash.h"
#include "partitions.h"
#include "port.h"

/* Two of them: one is filled by the I/O task while the worker programs the other. */
#define PORTION 2048u
/* On a stack; what is compared and copied at a time. */
#define PIECE 256u

/* Results; the numbers are those of flash.ts. */
typedef enum { FLASH_DONE, FLASH_FAILED, FLASH_NOT_ERASED } flash_result;

static background work;
static partition_entry chosen;

static struct {
	uint32_t offset, size; /* in bytes, of the partition */
} erasure;

static struct {
	port_sink sink;
	platform_job job; /* programs a portion; of the worker while `programming` */
	uint8_t *memory;  /* both portions */
	uint8_t *full;    /* the portion of the job */
	size_t full_size;
	uint32_t full_offset;
	atomic_bool programming;
	atomic_int result;
	/* I/O task, then that of the job that ends the write */
	unsigned filling; /* which portion */
	size_t filled;
	uint32_t offset; /* of the first byte in the one that is filled */
} writing;

static uint32_t argument(xsMachine *the, int index)
{
	return (uint32_t)xsmcToInteger(xsArg(index));
}

/* --- programming --- */

/*
 * Compares a portion with the flash. Before it is programmed: every bit to be set must be, for programming only clears
 * them. After it: what is there must be what was sent.
 */
static flash_result compare(uint32_t offset, const uint8_t *data, size_t size, bool programmed)
{
	uint8_t there[PIECE];

	while (size) {
		size_t part = size < PIECE ? size : PIECE;

		if (!partition_read(&chosen, offset, there, part))
			return FLASH_FAILED;
		for (size_t i = 0; i < part; i++) {
			if (programmed && there[i] != data[i])
				return FLASH_FAILED;
			if (!programmed && (data[i] & ~there[i]))
				return FLASH_NOT_ERASED;
		}
		offset += (uint32_t)part;
		data += part;
		size -= part;
	}
	return FLASH_DONE;
}

static flash_result program(uint32_t offset, const uint8_t *data, size_t size)
{
	flash_result result = compare(offset, data, size, false);

	if (result != FLASH_DONE)
		return result;
	if (!partition_program(&chosen, offset, data, size))
		return FLASH_FAILED;
	return compare(offset, data, size, true);
}

/* Worker. */
static void program_full(platform_job *job)
{
	(void)job;
	atomic_store(&writing.result, program(writing.full_offset, writing.full, writing.full_size));
	atomic_store(&writing.programming, false);
	platform_wake_io();
}

/* I/O task. */
static int take(port_sink *sink, const void *data, size_t size)
{
	(void)sink;
	if (writing.filled == PORTION) {
		if (atomic_load(&writing.programming))
			return 0;
		if (atomic_load(&writing.result) != FLASH_DONE)
			return -1;
		writing.full = writing.memory + writing.filling * PORTION;
		writing.full_size = writing.filled;
		writing.full_offset = writing.offset;
		writing.offset += PORTION;
		writing.filling ^= 1;
		writing.filled = 0;
		atomic_store(&writing.programming, true);
		platform_queue_job(&writing.job);
	}
	if (size > PORTION - writing.filled)
		size = PORTION - writing.filled;
	memcpy(writing.memory + writing.filling * PORTION + writing.filled, data, size);
	writing.filled += size;
	return (int)size;
}

/* Worker: jobs come one after the other, so every portion before is programmed. */
static int end_write(void)
{
	flash_result result = (flash_result)atomic_load(&writing.result);

	if (result == FLASH_DONE && writing.filled)
		result = program(writing.offset, writing.memory + writing.filling * PORTION, writing.filled);
	platform_free(writing.memory);
	writing.memory = NULL;
	return result;
}

static int erase(void)
{
	return partition_erase(&chosen, erasure.offset, erasure.size) ? FLASH_DONE : FLASH_FAILED;
}

/* --- natives --- */

void xs_flash_destructor(void *data)
{
	(void)data;
}

void xs_flash(xsMachine *the)
{
	background_init(the, &work, &xsArg(0));
	writing.sink = (port_sink){ .take = take, .streams = true };
	writing.job.run = program_full;
	port_set_sink(PORT_SINK_FLASH, &writing.sink);
}

static void describe(xsMachine *the, const partition_entry *entry)
{
	const uint32_t values[] = { entry->type, entry->subtype, entry->offset, entry->size };

	xsmcVars(1);
	xsmcSetNewArray(xsResult, 5);
	binary_set(the, &xsVar(0), (const uint8_t *)entry->label, strlen(entry->label));
	xsmcSetIndex(xsResult, 0, xsVar(0));
	for (int i = 0; i < 4; i++) {
		xsmcSetInteger(xsVar(0), (xsIntegerValue)values[i]);
		xsmcSetIndex(xsResult, i + 1, xsVar(0));
	}
}

void xs_flash_at(xsMachine *the)
{
	partition_entry entry;

	if (partition_find_user(argument(the, 0), NULL, &entry))
		describe(the, &entry);
}

void xs_flash_choose(xsMachine *the)
{
	char label[PARTITION_LABEL_MAX + 1];

	background_check(the, &work);
	binary_get_text(the, &xsArg(0), label, sizeof(label));
	if (partition_find_user(0, label, &chosen))
		describe(the, &chosen);
}

void xs_flash_erase(xsMachine *the)
{
	background_check(the, &work);
	erasure.offset = argument(the, 0);
	erasure.size = argument(the, 1);
	background_start(the, &work, erase);
}

void xs_flash_write(xsMachine *the)
{
	background_check(the, &work);
	platform_free(writing.memory); /* of a write that did not come to its end */
	writing.memory = platform_alloc(2 * PORTION);
	if (!writing.memory)
		xsUnknownError("out of memory");
	writing.offset = argument(the, 0);
	writing.filling = 0;
	writing.filled = 0;
	atomic_store(&writing.result, FLASH_DONE);
}

void xs_flash_endWrite(xsMachine *the)
{
	background_start(the, &work, end_write);
}

void xs_flash_send(xsMachine *the)
{
	uint32_t offset = argument(the, 0);
	uint32_t size = argument(the, 1);
	uint32_t done = 0;
	uint8_t piece[PIECE];

	while (done < size && port_answer_room()) {
		size_t part = size - done < PIECE ? size - done : PIECE;

		if (!partition_read(&chosen, offset + done, piece, part))
			xsUnknownError("flash");
		done += (uint32_t)port_answer(piece, part);
	}
	xsmcSetInteger(xsResult, (xsIntegerValue)done);
}

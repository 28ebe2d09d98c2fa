/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of bytes; the size is a power of two. Indices run freely, so a full ring holds size bytes.
 * One task reads, one writes; where two write, they agree under a lock. Hence the atomic indices.
 */
#ifndef XS_AT_RING_H
#define XS_AT_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
	uint8_t *data;
	uint32_t size;
	atomic_uint_least32_t head; /* next byte written */
	atomic_uint_least32_t tail; /* next byte read */
	atomic_uint_least32_t high; /* the most it ever held */
} ring;

static inline uint32_t ring_used(const ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_acquire) - atomic_load_explicit(&r->tail, memory_order_acquire);
}

static inline uint32_t ring_room(const ring *r)
{
	return r->size - ring_used(r);
}

/** The room that lies in one piece at the head. */
static inline uint32_t ring_write_span(const ring *r, uint8_t **at)
{
	uint32_t offset = atomic_load_explicit(&r->head, memory_order_relaxed) & (r->size - 1);
	uint32_t room = ring_room(r);

	*at = r->data + offset;
	return room < r->size - offset ? room : r->size - offset;
}

static inline void ring_written(ring *r, uint32_t n)
{
	uint32_t used;

	atomic_store_explicit(&r->head, atomic_load_explicit(&r->head, memory_order_relaxed) + n, memory_order_release);
	used = ring_used(r);
	if (used > atomic_load_explicit(&r->high, memory_order_relaxed))
		atomic_store_explicit(&r->high, used, memory_order_relaxed);
}

/** The bytes that lie in one piece at the tail. */
static inline uint32_t ring_read_span(const ring *r, const uint8_t **at)
{
	uint32_t offset = atomic_load_explicit(&r->tail, memory_order_relaxed) & (r->size - 1);
	uint32_t used = ring_used(r);

	*at = r->data + offset;
	return used < r->size - offset ? used : r->size - offset;
}

static inline void ring_drop(ring *r, uint32_t n)
{
	atomic_store_explicit(&r->tail, atomic_load_explicit(&r->tail, memory_order_relaxed) + n, memory_order_release);
}

/** Takes back the last n bytes; only for a ring whose reader and writer are one task. */
static inline void ring_take_back(ring *r, uint32_t n)
{
	atomic_store_explicit(&r->head, atomic_load_explicit(&r->head, memory_order_relaxed) - n, memory_order_release);
}

/** The byte at an offset from the tail. */
static inline uint8_t ring_peek(const ring *r, uint32_t offset)
{
	return r->data[(atomic_load_explicit(&r->tail, memory_order_relaxed) + offset) & (r->size - 1)];
}

/** Copies the first n bytes out; they stay. */
static inline void ring_copy(const ring *r, void *to, uint32_t n)
{
	const uint8_t *at;
	uint32_t span = ring_read_span(r, &at);

	if (span > n)
		span = n;
	memcpy(to, at, span);
	memcpy((uint8_t *)to + span, r->data, n - span);
}

/**
 * Where n bytes lie, or will, that begin offset bytes behind the head: not written yet, so the reader does not see
 * them.
 * @return how many lie at first; the others at second
 */
static inline uint32_t ring_staged(const ring *r, uint32_t offset, uint32_t n, uint8_t **first, uint8_t **second)
{
	uint32_t begin = (atomic_load_explicit(&r->head, memory_order_relaxed) + offset) & (r->size - 1);

	*first = r->data + begin;
	*second = r->data;
	return n < r->size - begin ? n : r->size - begin;
}

/** Copies n bytes to offset bytes behind the head; the caller has seen that there is room, and tells ring_written(). */
static inline void ring_stage(ring *r, uint32_t offset, const void *from, uint32_t n)
{
	uint8_t *first, *second;
	uint32_t span = ring_staged(r, offset, n, &first, &second);

	if (!n)
		return;
	memcpy(first, from, span);
	if (n > span)
		memcpy(second, (const uint8_t *)from + span, n - span);
}

/** Copies n bytes in; the caller has seen that there is room. */
static inline void ring_put(ring *r, const void *from, uint32_t n)
{
	ring_stage(r, 0, from, n);
	ring_written(r, n);
}

#endif

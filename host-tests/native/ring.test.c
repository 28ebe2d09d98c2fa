/* SPDX-License-Identifier: Apache-2.0 */
/* The byte ring: against a plain array in one task, and with a reader and a writer in two. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "check.h"
#include "ring.h"

#define SIZE 16

static uint8_t memory[SIZE];

/* Starts at an index, so that its wrap-around from 2^32 to 0 is met too. */
static ring make(uint32_t start)
{
	ring r = { .data = memory, .size = SIZE };

	atomic_store(&r.head, start);
	atomic_store(&r.tail, start);
	return r;
}

static void test_empty_and_full(void)
{
	for (uint32_t start = UINT32_MAX - 2 * SIZE; start != 2 * SIZE; start++) {
		ring r = make(start);
		uint8_t *write;
		const uint8_t *read;

		CHECK(ring_used(&r) == 0 && ring_room(&r) == SIZE, "empty at %u", start);
		CHECK(ring_read_span(&r, &read) == 0, "nothing to read");
		CHECK(ring_write_span(&r, &write) == SIZE - start % SIZE, "up to the end of the memory");
		ring_put(&r, "0123456789abcdef", SIZE);
		CHECK(ring_used(&r) == SIZE && ring_room(&r) == 0, "full at %u", start);
		CHECK(ring_write_span(&r, &write) == 0, "no room");
		CHECK(ring_read_span(&r, &read) == SIZE - start % SIZE && *read == '0', "readable at %u", start);
		for (uint32_t i = 0; i < SIZE; i++)
			CHECK(ring_peek(&r, i) == "0123456789abcdef"[i], "peek %u at %u", i, start);
		ring_take_back(&r, 6);
		CHECK(ring_used(&r) == 10 && ring_peek(&r, 9) == '9', "six taken back");
		ring_put(&r, "xy", 2);
		CHECK(ring_used(&r) == 12 && ring_peek(&r, 10) == 'x' && ring_peek(&r, 9) == '9', "and overwritten");
		ring_drop(&r, 12);
		CHECK(ring_used(&r) == 0 && r.high == SIZE, "empty again, the high-water mark stays");
	}
}

/* Random operations against an array that is shifted. */
static void test_model(void)
{
	uint32_t seed = 99;
	uint8_t next = 0;

	for (int round = 0; round < 200; round++) {
		ring r = make(test_random(&seed));
		uint8_t model[SIZE];
		uint32_t held = 0, most = 0;

		for (int step = 0; step < 300; step++) {
			uint32_t n = test_random(&seed) % (SIZE + 1);
			uint8_t data[SIZE], *write;
			const uint8_t *read;

			switch (test_random(&seed) % 4) {
			case 0:
				n = n < SIZE - held ? n : SIZE - held;
				for (uint32_t i = 0; i < n; i++)
					model[held + i] = data[i] = next++;
				ring_put(&r, data, n);
				held += n;
				break;
			case 1:
				n = ring_write_span(&r, &write);
				CHECK(n <= SIZE - held && (n > 0) == (held < SIZE), "span %u with %u held", n, held);
				for (uint32_t i = 0; i < n; i++)
					model[held + i] = write[i] = next++;
				ring_written(&r, n);
				held += n;
				break;
			case 2:
				n = ring_read_span(&r, &read);
				CHECK(n <= held && (n > 0) == (held > 0), "span %u of %u", n, held);
				CHECK(!memcmp(read, model, n), "in order");
				ring_drop(&r, n);
				memmove(model, model + n, held -= n);
				break;
			default:
				n = n < held ? n : held;
				ring_take_back(&r, n);
				held -= n;
				break;
			}
			most = held > most ? held : most;
			CHECK(ring_used(&r) == held && ring_room(&r) == SIZE - held, "%u held", held);
			for (uint32_t i = 0; i < held; i++)
				if (ring_peek(&r, i) != model[i])
					CHECK(false, "byte %u", i);
		}
		CHECK(r.high == most, "high-water mark %u, %u", r.high, most);
	}
}

#define BYTES 2000000

static ring shared;

static void *write_all(void *unused)
{
	uint32_t seed = 5, sent = 0;

	while (sent < BYTES) {
		uint8_t *at;
		uint32_t span = ring_write_span(&shared, &at), n = 1 + test_random(&seed) % SIZE;

		n = n < span ? n : span;
		n = n < BYTES - sent ? n : BYTES - sent;
		for (uint32_t i = 0; i < n; i++)
			at[i] = (uint8_t)((sent + i) * 7);
		if (n)
			ring_written(&shared, n);
		else
			sched_yield();
		sent += n;
	}
	return unused;
}

static void test_two_tasks(void)
{
	pthread_t writer;
	uint32_t got = 0, wrong = 0;

	shared = make(UINT32_MAX - 1000);
	pthread_create(&writer, NULL, write_all, NULL);
	while (got < BYTES) {
		const uint8_t *at;
		uint32_t span = ring_read_span(&shared, &at);

		for (uint32_t i = 0; i < span; i++)
			wrong += at[i] != (uint8_t)((got + i) * 7);
		if (span)
			ring_drop(&shared, span);
		else
			sched_yield();
		got += span;
	}
	pthread_join(writer, NULL);
	CHECK(wrong == 0, "%u of %u bytes wrong", wrong, BYTES);
	CHECK(ring_used(&shared) == 0, "all read");
}

int main(void)
{
	test_empty_and_full();
	test_model();
	test_two_tasks();
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "pace.h"

#include <stdatomic.h>
#include <string.h>

#define FIFO 128
#define PACE_LATE 20 /* ms */
#define FLOW_RTS 1

/* A direction of the line: how much of its time is used up. Credit is counted in bits, a thousandth a bit a ms. */
typedef struct {
	uint32_t since;
	uint64_t credit; /* bits * 1000 */
} lane;

static struct {
	_Atomic uint32_t baud;
	_Atomic uint32_t frame; /* bits a byte takes, times two because of 1.5 stop bits */
	_Atomic bool rts;
	lane in, out;
	uint8_t fifo[FIFO];
	size_t held;
	uint32_t sent_until;
} line = { .baud = 115200, .frame = 20 };

static atomic_uint lost;

void pace_configure(const uart_config *config)
{
	static const uint8_t stop[] = { 2, 2, 3, 4 };

	line.baud = config->baud;
	line.frame = 2u * (1 + config->data_bits + (config->parity != 0)) + stop[config->stop_bits & 3];
	line.rts = config->flow & FLOW_RTS;
}

/* How many bytes may have passed since the last look: a line that was quiet saves up nothing but our own lateness. */
static size_t allowed(lane *it)
{
	uint32_t now = platform_now();
	uint64_t byte = (uint64_t)line.frame * 500;
	uint64_t most = byte + (uint64_t)line.baud * PACE_LATE;

	it->credit += (uint64_t)(now - it->since) * line.baud;
	it->since = now;
	if (it->credit > most)
		it->credit = most;
	return (size_t)(it->credit / byte);
}

static void spend(lane *it, size_t bytes)
{
	it->credit -= (uint64_t)bytes * line.frame * 500;
}

size_t pace_read(size_t (*read_now)(void *, size_t), void *buffer, size_t size)
{
	size_t n = allowed(&line.in);
	size_t taken = line.held < size ? line.held : size;
	size_t got;

	memcpy(buffer, line.fifo, taken);
	memmove(line.fifo, line.fifo + taken, line.held - taken);
	line.held -= taken;
	if (taken < size) {
		got = read_now((uint8_t *)buffer + taken, n < size - taken ? n : size - taken);
		spend(&line.in, got);
		return taken + got;
	}
	/* The port has no room: the FIFO fills, then RTS holds the host, or bytes are lost. */
	if (line.held < FIFO) {
		got = read_now(line.fifo + line.held, n < FIFO - line.held ? n : FIFO - line.held);
		line.held += got;
		spend(&line.in, got);
	} else if (!line.rts && n) {
		uint8_t gone[256];

		got = read_now(gone, n < sizeof(gone) ? n : sizeof(gone));
		spend(&line.in, got);
		atomic_fetch_add(&lost, (unsigned)got);
	}
	return taken;
}

size_t pace_write(size_t (*write_now)(const void *, size_t), const void *buffer, size_t size)
{
	size_t n = allowed(&line.out);
	size_t sent = write_now(buffer, n < size ? n : size);

	spend(&line.out, sent);
	if (sent)
		line.sent_until = platform_now() + 1;
	return sent;
}

bool pace_idle(void)
{
	return (int32_t)(platform_now() - line.sent_until) >= 0;
}

uint32_t pace_lost(void)
{
	return atomic_load(&lost);
}

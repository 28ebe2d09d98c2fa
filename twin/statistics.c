/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for the control socket. Those of the machine are taken on its own thread. */
#include <stdatomic.h>
#include <stdio.h>

#include "flash-image.h"
#include "port-state.h"
#include "services.h"
#include "statistics.h"
#include "twin-platform.h"
#include "twin.h"

#define NONE 0

static atomic_int requested = NONE;
static atomic_bool collecting;

void statistics_request(int id, bool collect)
{
	atomic_store(&collecting, collect);
	atomic_store(&requested, id);
	platform_wake_xs();
}

typedef struct {
	uint32_t dropped, lines, busy, errors, escapes, unfiltered;
} port_counts;

void statistics_service(machine_vm *the)
{
	int id = atomic_exchange(&requested, NONE);
	machine_statistics_t m;
	arena_statistics arena;
	port_counts counts;
	uart_statistics uart;
	char text[1400];

	if (id == NONE)
		return;
	machine_statistics(the, atomic_load(&collecting), &m);
	arena_get(&arena);
	/* Counted under the lock of the port, so copied under it. */
	platform_lock_take(&port.lock);
	counts = (port_counts){ port.dropped, port.lines, port.busy, port.errors, port.escapes, port.filters.given_up };
	platform_lock_give(&port.lock);
	uart_get(&uart);
	snprintf(
		text, sizeof(text),
		"{\"heap\":{\"slot\":%u,\"used\":%u,\"peak\":%u,\"size\":%u},"
		"\"chunks\":{\"used\":%u,\"peak\":%u,\"size\":%u},"
		"\"bytes\":{\"used\":%u,\"peak\":%u},"
		"\"stack\":{\"used\":%u,\"peak\":%u,\"size\":%u},"
		"\"keys\":{\"used\":%u,\"size\":%u},\"aliases\":%u,"
		"\"preloaded\":{\"slots\":%u,\"chunks\":%u},"
		"\"javascript\":{\"entries\":%u,\"exceptions\":%u,\"rejections\":%u},"
		"\"arena\":{\"size\":%zu,\"used\":%zu,\"peak\":%zu},"
		"\"port\":{\"received\":%llu,\"sent\":%llu,\"lost\":%u,\"dropped\":%u,\"lines\":%u,\"busy\":%u,\"errors\":%u,"
		"\"escapes\":%u,\"unfiltered\":%u,\"receive_high\":%u,\"transmit_high\":%u},"
		"\"flash\":{\"operations\":%u}}",
		m.slot_size, m.heap_used, m.heap_peak, m.heap_size, m.chunks_used, m.chunks_peak, m.chunks_size,
		m.heap_used * m.slot_size + m.chunks_used, m.heap_peak * m.slot_size + m.chunks_peak, m.stack_used,
		m.stack_peak, m.stack_size, m.keys_used, m.keys_size, m.aliases, m.root_heap, m.root_chunks, services_entries,
		services_exceptions + m.exceptions, m.rejections, arena.size, arena.used, arena.peak,
		(unsigned long long)uart.received, (unsigned long long)uart.sent, uart.lost, counts.dropped, counts.lines,
		counts.busy, counts.errors, counts.escapes, counts.unfiltered, port.receive.high, port.transmit.high,
		flash_operations());
	world_answer("statistics", id, text);
}

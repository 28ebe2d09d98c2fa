/* SPDX-License-Identifier: Apache-2.0 */
/* Data phases of a length: bytes are collected, in memory or in the ring, and sent when all are here. I/O task. */
#include <stdio.h>

#include "port-io.h"

static bool is_blank(uint8_t byte)
{
	return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t';
}

/*
 * However full the ring is otherwise, with the result it would be too late: then surplus would be taken for a line. So
 * this takes a third of the room that is kept for results, of which a data phase needs no more than another.
 */
static bool may_tell_surplus(void)
{
	return !port.claimed && ring_room(&port.transmit) >= PORT_RESULT_RESERVE;
}

/* Bytes beyond the announced length: told once for the burst, dropped; line ends and blanks are dropped silently. */
static void drop_surplus(uint32_t keep)
{
	uint32_t used = ring_used(&port.receive);

	for (uint32_t i = keep; i < used && !port.surplus_told; i++) {
		if (is_blank(ring_peek(&port.receive, i)))
			continue;
		platform_lock_take(&port.lock);
		if (may_tell_surplus()) {
			port.surplus_told = true;
			port_put_busy();
		}
		platform_lock_give(&port.lock);
		if (!port.surplus_told)
			return;
	}
	if (used > keep)
		ring_take_back(&port.receive, used - keep);
}

/* Data leave the ring as they come. */
static bool takes_at_once(void)
{
	return port.memory || port.sink->streams;
}

/* Bytes in the ring that are still data. */
static uint32_t kept(void)
{
	return port.memory ? 0 : port.data_left;
}

static void tell_received(void)
{
	char text[32];

	if (!port.announce)
		return;
	platform_lock_take(&port.lock);
	port_put(text, (size_t)snprintf(text, sizeof(text), "\r\nRecv %u bytes\r\n", (unsigned)port.data_size), 0);
	platform_lock_give(&port.lock);
}

void port_data_end(unsigned event)
{
	port.surplus_told = port.delivered = false;
	atomic_store(&port.mode, PORT_SURPLUS);
	drop_surplus(0);
	port_tell(event);
}

static void data_complete(void)
{
	port_pull_uart();
	if (port.memory && port.expands)
		port.data_size = port.expanded;
	tell_received();
	if (takes_at_once()) {
		port_data_end(port.broken ? PORT_EVENT_DATA_FAILED : PORT_EVENT_DATA);
		return;
	}
	port.surplus_told = port.delivered = false;
	atomic_store(&port.mode, PORT_SENDING);
	drop_surplus(port.data_left);
}

static bool is_collected(void)
{
	return takes_at_once() ? !port.data_left : ring_used(&port.receive) >= port.data_left;
}

/* The host goes on sending when the sink is broken: none of that is a command. */
static void stream(void)
{
	uint32_t used;

	if (!port.broken)
		port_move_to_sink(&port.broken);
	if (!port.broken)
		return;
	used = ring_used(&port.receive);
	if (used > port.data_left)
		used = port.data_left;
	ring_drop(&port.receive, used);
	port.data_left -= used;
}

/* AT+CIPSENDEX: a backslash gives the character behind it, and with 0 ends the data (guide 3.3.12). */
static void expand(uint8_t byte)
{
	if (port.backslash) {
		port.backslash = false;
		if (byte == '0')
			port.data_left = 0;
		else
			port.memory[port.expanded++] = byte;
	} else if (byte == '\\' && port.data_left > 0)
		port.backslash = true;
	else
		port.memory[port.expanded++] = byte;
}

static void collect_expanding(const uint8_t *at, uint32_t span)
{
	uint32_t taken = 0;

	while (taken < span && port.data_left) {
		port.data_left--;
		expand(at[taken++]);
	}
	ring_drop(&port.receive, taken);
}

static void collect_in_memory(void)
{
	const uint8_t *at;
	uint32_t span;

	while (port.data_left && (span = ring_read_span(&port.receive, &at))) {
		if (port.expands) {
			collect_expanding(at, span);
			continue;
		}
		if (span > port.data_left)
			span = port.data_left;
		memcpy(port.memory + port.data_size - port.data_left, at, span);
		ring_drop(&port.receive, span);
		port.data_left -= span;
	}
}

static void collect(void)
{
	if (port.memory)
		collect_in_memory();
	else if (takes_at_once())
		stream();
	if (is_collected() && port_may_answer())
		data_complete();
}

static uint32_t next_span(const uint8_t **at)
{
	uint32_t span;

	if (port.memory) {
		*at = port.memory + port.data_size - port.data_left;
		return port.data_left;
	}
	span = ring_read_span(&port.receive, at);
	return span < port.data_left ? span : port.data_left;
}

bool port_move_to_sink(bool *broken)
{
	*broken = false;
	port.sink_blocked = false;
	while (port.data_left) {
		const uint8_t *at;
		uint32_t span = next_span(&at);
		int taken;

		if (!span) /* of a sink that streams: more is to come */
			return false;
		taken = port.sink ? port.sink->take(port.sink, at, span) : -1;
		if (taken < 0) {
			*broken = true;
			return true;
		}
		if (taken == 0) {
			port.sink_blocked = true;
			return false;
		}
		if (!port.memory)
			ring_drop(&port.receive, (uint32_t)taken);
		port.data_left -= (uint32_t)taken;
	}
	return true;
}

static void send_collected(void)
{
	bool broken;

	if (!port_move_to_sink(&broken))
		return;
	if (!port.memory)
		ring_drop(&port.receive, port.data_left);
	platform_free(port.memory);
	port.memory = NULL;
	port.data_left = 0;
	port.delivered = !broken;
	atomic_store(&port.mode, PORT_SURPLUS);
	port_tell(broken ? PORT_EVENT_DATA_FAILED : PORT_EVENT_DATA);
}

void port_data_prepare(io_wait *wait, port_mode mode)
{
	if ((mode == PORT_DATA && is_collected() && port_may_answer()) ||
	    (mode == PORT_SENDING && ring_used(&port.receive) > kept() && may_tell_surplus()) ||
	    (mode == PORT_SURPLUS && ring_used(&port.receive) && may_tell_surplus()))
		io_due(wait, 0);
}

void port_data_perform(void)
{
	switch (atomic_load(&port.mode)) {
	case PORT_DATA:
		collect();
		if (atomic_load(&port.mode) == PORT_SENDING)
			send_collected();
		break;
	case PORT_SENDING:
		drop_surplus(kept());
		send_collected();
		break;
	default:
		drop_surplus(0);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that go to a sink while they come: passthrough, until +++, and AT+CIPSENDL, until so many or +++. I/O task.
 */
#include <stdio.h>

#include "port-io.h"

/* Where a block is put together that lies in two pieces. */
static uint8_t block[PORT_PASS_BLOCK];

/* All that is announced has come: then every byte is data, and nothing is waited for. */
static bool has_all(port_mode mode)
{
	return mode == PORT_STREAMING && ring_used(&port.receive) >= port.data_left - port.lost;
}

/* Whether +++ may come: not among the last bytes of AT+CIPSENDL, nor behind them. */
static bool awaits_escape(port_mode mode)
{
	return mode == PORT_PASSTHROUGH || (!port.cancelled && !has_all(mode));
}

/* Bytes of the ring that are data for sure. */
static uint32_t data_in_ring(port_mode mode)
{
	return has_all(mode) ? port.data_left - port.lost : ring_used(&port.receive) - port.escape.held;
}

/* Full blocks go at once, the rest when its interval has passed. @return bytes to send now, in one block or many */
static uint32_t sendable(port_mode mode, uint32_t now, bool *late)
{
	uint32_t size = data_in_ring(mode);

	*late = now - port.oldest >= port.interval || has_all(mode);
	if (!*late)
		size -= size % port.block;
	return port.sink->whole && size > port.block ? port.block : size;
}

/* The next bytes in one piece, if the sink wants them so. @return how many */
static uint32_t piece(const uint8_t **at, uint32_t size)
{
	uint32_t span = ring_read_span(&port.receive, at);

	if (span >= size)
		return size;
	if (!port.sink->whole)
		return span;
	ring_copy(&port.receive, block, size);
	*at = block;
	return size;
}

/*
 * AT+CIPSENDL's reports, one for each report size that is sent, and one of all that was.
 * @return false when one has no room yet
 */
static bool report(bool last)
{
	char text[40];
	uint32_t sent = port.data_size - port.data_left;
	uint64_t arrived = (uint64_t)sent + ring_used(&port.receive);

	if (arrived > port.data_size)
		arrived = port.data_size;
	platform_lock_take(&port.lock);
	while (port.reported < sent) {
		uint32_t next = sent - port.reported < port.report ? sent : port.reported + port.report;

		if ((next == sent && next % port.report && !last) ||
		    !port_put(text,
		              (size_t)snprintf(text, sizeof(text), "+CIPSENDL:%u,%u\r\n", (unsigned)next, (unsigned)arrived),
		              PORT_RESULT_RESERVE))
			break;
		port.reported = next;
	}
	platform_lock_give(&port.lock);
	return port.reported == sent;
}

static void taken_by_sink(port_mode mode, uint32_t taken)
{
	ring_drop(&port.receive, taken);
	if (mode != PORT_STREAMING)
		return;
	port.data_left -= taken;
	report(false);
}

static void pass_to_sink(port_mode mode, uint32_t now)
{
	port.sink_blocked = false;
	while (port.sink) {
		bool late;
		uint32_t size = sendable(mode, now, &late);
		const uint8_t *at;
		int taken;

		if (!size)
			return;
		size = piece(&at, size);
		taken = port.sink->take(port.sink, at, size);
		if (taken < 0 && mode == PORT_STREAMING)
			port.broken = true;
		if (taken <= 0) {
			/* A broken sink of passthrough is the link's affair: the bytes wait for the next one. */
			port.sink_blocked = true;
			return;
		}
		taken_by_sink(mode, (uint32_t)taken);
		if (!late || (uint32_t)taken == size)
			port.oldest = now;
	}
}

/* --- passthrough --- */

/* What came before +++ goes out first; a network that stalls must not keep the host from its command mode. */
static void leave(uint32_t now)
{
	bool broken;

	if (!port_move_to_sink(&broken) && now - port.leaving_since < PORT_LEAVE_TIME)
		return;
	port.dropped += port.data_left;
	ring_drop(&port.receive, port.data_left);
	port.data_left = 0;
	port.sink = NULL;
	line_reset(&port.line);
	atomic_store(&port.mode, PORT_COMMAND);
	port_tell(PORT_EVENT_ESCAPED);
}

static void passthrough(uint32_t looked)
{
	uint32_t now = platform_now();

	if (escape_poll(&port.escape, looked) == ESCAPE_DONE) {
		port.escapes++;
		/* The three signs are the last bytes in the ring, and no data. */
		ring_take_back(&port.receive, 3);
		port.data_left = ring_used(&port.receive);
		port.leaving_since = now;
		atomic_store(&port.mode, PORT_LEAVING);
		leave(now);
	} else
		pass_to_sink(PORT_PASSTHROUGH, now);
}

/* --- AT+CIPSENDL --- */

/* The host goes on sending when the link is broken: none of that is a command (guide 3.3.10). */
static void drop_data(void)
{
	uint32_t size = data_in_ring(PORT_STREAMING);

	ring_drop(&port.receive, size);
	port.lost += size;
}

static void stream(uint32_t looked)
{
	if (awaits_escape(PORT_STREAMING) && escape_poll(&port.escape, looked) == ESCAPE_DONE) {
		port.escapes++;
		port.cancelled = true;
		port.sink_blocked = false; /* there is nothing more for it */
		ring_drop(&port.receive, ring_used(&port.receive));
	}
	if (port.cancelled) {
		if (report(true))
			port_data_end(PORT_EVENT_CANCELLED);
		return;
	}
	if (!port.broken)
		pass_to_sink(PORT_STREAMING, platform_now());
	if (port.broken)
		drop_data();
	/* All is here when it is sent, or lost. */
	if (port.lost < port.data_left || !report(true))
		return;
	port_data_end(port.broken ? PORT_EVENT_DATA_FAILED : PORT_EVENT_DATA);
}

/* --- both --- */

bool port_blocked(const port_sink *sink)
{
	switch (atomic_load(&port.mode)) {
	case PORT_SENDING:
	case PORT_LEAVING:
	case PORT_PASSTHROUGH:
	case PORT_STREAMING:
		/* one that has failed AT+CIPSENDL may take bytes again, but gets none */
		return port.sink == sink && port.sink_blocked && !port.broken;
	default:
		return false; /* the sink may be XS's to set now */
	}
}

void port_attach(port_sink *sink)
{
	if (atomic_load(&port.mode) == PORT_PASSTHROUGH)
		port.sink = sink;
}

void port_detach(port_sink *sink)
{
	port_mode mode = atomic_load(&port.mode);

	if (port.sink != sink)
		return;
	if (mode == PORT_PASSTHROUGH)
		port.sink = NULL;
	else if (mode == PORT_STREAMING)
		port.broken = true;
}

bool port_passing(const port_sink *sink)
{
	return atomic_load(&port.mode) == PORT_PASSTHROUGH && port.sink == sink;
}

bool port_pass_allowed(void)
{
	return !port.claimed && transmit_room() > 0;
}

size_t port_pass_begin(void **at)
{
	uint8_t *first, *second;
	uint32_t lead, span;

	platform_lock_take(&port.lock);
	lead = transmit_lead();
	span = ring_staged(&port.transmit, lead, transmit_room(), &first, &second);
	*at = first;
	return port.claimed ? 0 : span;
}

void port_pass_end(size_t size)
{
	if (size)
		transmit_commit_active(transmit_asleep() ? port.wake.lead : 0, (uint32_t)size);
	platform_lock_give(&port.lock);
}

void port_pass_prepare(io_wait *wait, port_mode mode)
{
	if (mode == PORT_LEAVING)
		io_due(wait, 20);
	/* cancelled, it waits for room to say so, and nothing is sent */
	if (!port_can_escape(mode) || (mode == PORT_STREAMING && port.cancelled))
		return;
	if (awaits_escape(mode))
		io_due(wait, escape_due(&port.escape, wait->now));
	if (data_in_ring(mode) && port.sink && !port.sink_blocked) {
		uint32_t waited = wait->now - port.oldest;

		io_due(wait, waited >= port.interval || has_all(mode) ? 0 : port.interval - waited);
	}
	if (port.broken && data_in_ring(mode))
		io_due(wait, 0);
}

void port_pass_perform(uint32_t looked)
{
	switch (atomic_load(&port.mode)) {
	case PORT_PASSTHROUGH:
		passthrough(looked);
		break;
	case PORT_STREAMING:
		stream(looked);
		break;
	default:
		leave(platform_now());
	}
}

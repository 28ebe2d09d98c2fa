/* SPDX-License-Identifier: Apache-2.0 */
/* The half of the port that runs on the I/O task: receive, echo, assemble, collect, pass through, transmit. */
#include <stdio.h>

#include "transmit.h"

port_state port;

static uint8_t receive_memory[PORT_RECEIVE_RING];
static uint8_t transmit_memory[PORT_TRANSMIT_RING];

const char port_busy[] = "\r\nbusy p...\r\n";
const char port_error[] = "\r\nERROR\r\n";
const char port_ok[] = "\r\nOK\r\n";
const char port_prompt[] = "\r\n>";

void port_state_init(void)
{
	platform_lock_init(&port.lock);
	port.receive = (ring){ .data = receive_memory, .size = PORT_RECEIVE_RING };
	port.transmit = (ring){ .data = transmit_memory, .size = PORT_TRANSMIT_RING };
	line_init(&port.line, LINE_CAPACITY);
	port.echo = true;
	port.guard = 20;
	port.interval = 20;
	atomic_store(&port.mode, PORT_BOOT);
}

void port_tell(unsigned events)
{
	atomic_fetch_or(&port.events, events);
	platform_wake_xs();
}

bool port_put(const void *text, size_t size, size_t reserve)
{
	if (ring_room(&port.transmit) < size + reserve)
		return false;
	ring_stage(&port.transmit, 0, text, (uint32_t)size);
	transmit_commit((uint32_t)size);
	return true;
}

uint32_t transmit_filter(uint32_t offset, uint32_t size)
{
	bre_text message = { .size = size };

	message.first_size = ring_staged(&port.transmit, offset, size, &message.first, &message.second);
	return (uint32_t)filter_message(&message);
}

/* --- answers that need no JavaScript --- */

static const char error_prefix[] = "ERR CODE:0x%08x\r\n";

static void put_error(uint32_t number)
{
	char text[24];

	port.errors++;
	if (port.error_numbers)
		port_put(text, (size_t)snprintf(text, sizeof(text), error_prefix, (unsigned)number), 0);
	port_put(port_error, sizeof(port_error) - 1, 0);
}

static void put_busy(void)
{
	port.busy++;
	if (port.error_numbers)
		port_put("ERR CODE:0x010b0000\r\n", 21, 0);
	port_put(port_busy, sizeof(port_busy) - 1, 0);
}

static void put_echo(void)
{
	if (!port.echo)
		return;
	ring_stage(&port.transmit, 0, port.line.text, port.line.length);
	ring_stage(&port.transmit, port.line.length, "\r\n", 2);
	transmit_commit(port.line.length + 2);
}

/* The most that the answers above and an echo take: lines are consumed only while there is room for them. */
#define ANSWER_ROOM (LINE_CAPACITY + 2 + 24 + sizeof(port_busy) + PORT_RESULT_RESERVE)

#define ERROR_NO_AT 0x01030000u
#define ERROR_LENGTH 0x01040000u

static bool is_reset(void)
{
	return port.line.length == 6 && !memcmp(port.line.text, "AT+RST", 6);
}

/* One line is complete. @return whether it is XS's now. Lock held */
static bool line_complete(line_status status)
{
	bool pending = atomic_load(&port.mode) == PORT_PENDING;
	bool is_command = port.line.length >= 2 && port.line.text[0] == 'A' && port.line.text[1] == 'T';

	port.lines++;
	if (transmit_held())
		wake_line();
	put_echo();
	if (pending && !(is_command && is_reset()))
		put_busy();
	else if (!is_command)
		put_error(ERROR_NO_AT);
	else if (status == LINE_TOO_LONG)
		put_error(ERROR_LENGTH);
	else {
		/* A carriage return or line feed inside is part of the name or value, and fails there. */
		atomic_store(&port.mode, PORT_HANDED);
		return true;
	}
	line_reset(&port.line);
	return false;
}

static bool may_answer(void)
{
	return !port.claimed && ring_room(&port.transmit) >= ANSWER_ROOM && ring_used(&port.transmit) <= PORT_TRANSMIT_MARK;
}

static bool takes_lines(void)
{
	port_mode mode = atomic_load(&port.mode);

	return (mode == PORT_COMMAND || mode == PORT_PENDING) && ring_used(&port.receive) && !atomic_load(&port.then) &&
	       may_answer();
}

/*
 * Each portion under the lock as a whole: what XS does to the mode, the claim or the transmit ring comes before a line
 * is looked at or after it has been answered.
 */
static void consume_lines(void)
{
	for (;;) {
		bool hand_over = false, more;

		platform_lock_take(&port.lock);
		more = takes_lines();
		if (more) {
			const uint8_t *at;
			uint32_t span = ring_read_span(&port.receive, &at);
			line_status status;

			ring_drop(&port.receive, (uint32_t)line_feed(&port.line, at, span, &status));
			hand_over = status != LINE_OPEN && line_complete(status);
		}
		platform_lock_give(&port.lock);
		if (hand_over)
			port_tell(PORT_EVENT_LINE);
		if (!more)
			return;
	}
}

/* --- data phase --- */

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
			put_busy();
		}
		platform_lock_give(&port.lock);
		if (!port.surplus_told)
			return;
	}
	if (used > keep)
		ring_take_back(&port.receive, used - keep);
}

static size_t pull_uart(void);

/* Data leave the ring as they come. */
static bool takes_at_once(void)
{
	return port.memory || port.sink->streams;
}

static void data_complete(void)
{
	char text[32];

	pull_uart();
	if (port.announce) {
		platform_lock_take(&port.lock);
		port_put(text, (size_t)snprintf(text, sizeof(text), "\r\nRecv %u bytes\r\n", (unsigned)port.data_size), 0);
		platform_lock_give(&port.lock);
	}
	port.surplus_told = false;
	if (takes_at_once()) {
		atomic_store(&port.mode, PORT_SURPLUS);
		drop_surplus(0);
		port_tell(port.broken ? PORT_EVENT_DATA_FAILED : PORT_EVENT_DATA);
	} else {
		atomic_store(&port.mode, PORT_SENDING);
		drop_surplus(port.data_left);
	}
}

static bool is_collected(void)
{
	return takes_at_once() ? !port.data_left : ring_used(&port.receive) >= port.data_left;
}

static bool move_to_sink(bool *broken);

/* The host goes on sending when the sink is broken: none of that is a command. */
static void stream(void)
{
	uint32_t used;

	if (!port.broken)
		move_to_sink(&port.broken);
	if (!port.broken)
		return;
	used = ring_used(&port.receive);
	if (used > port.data_left)
		used = port.data_left;
	ring_drop(&port.receive, used);
	port.data_left -= used;
}

static void collect(void)
{
	if (!port.memory && takes_at_once())
		stream();
	if (port.memory) {
		const uint8_t *at;
		uint32_t span;

		while (port.data_left && (span = ring_read_span(&port.receive, &at))) {
			if (span > port.data_left)
				span = port.data_left;
			memcpy(port.memory + port.data_size - port.data_left, at, span);
			ring_drop(&port.receive, span);
			port.data_left -= span;
		}
	}
	if (is_collected() && may_answer())
		data_complete();
}

/* Moves data_left bytes to the sink. True when that is over: all taken, or the sink broke. */
static bool move_to_sink(bool *broken)
{
	*broken = false;
	port.sink_blocked = false;
	while (port.data_left) {
		const uint8_t *at;
		uint32_t span = ring_read_span(&port.receive, &at);
		int taken;

		if (!span) /* of a sink that streams: more is to come */
			return false;
		if (span > port.data_left)
			span = port.data_left;
		taken = port.sink ? port.sink->take(port.sink, at, span) : -1;
		if (taken < 0) {
			*broken = true;
			return true;
		}
		if (taken == 0) {
			port.sink_blocked = true;
			return false;
		}
		ring_drop(&port.receive, (uint32_t)taken);
		port.data_left -= (uint32_t)taken;
	}
	return true;
}

static void send_collected(void)
{
	bool broken;

	if (!move_to_sink(&broken))
		return;
	ring_drop(&port.receive, port.data_left);
	port.data_left = 0;
	atomic_store(&port.mode, PORT_SURPLUS);
	port_tell(broken ? PORT_EVENT_DATA_FAILED : PORT_EVENT_DATA);
}

/* --- passthrough --- */

/* Where a block is put together that lies in two pieces. */
static uint8_t block[PORT_PASS_BLOCK];

/* Sends full blocks at once and the rest when its interval has passed. */
static void pass_to_sink(uint32_t now)
{
	port.sink_blocked = false;
	for (;;) {
		uint32_t sendable = ring_used(&port.receive) - port.escape.held;
		const uint8_t *at;
		uint32_t span;
		int taken;

		if (!sendable || !port.sink)
			return;
		bool late = now - port.oldest >= port.interval;

		if (!late) {
			/* Whole blocks only; the rest is younger than the interval. */
			sendable -= sendable % PORT_PASS_BLOCK;
			if (!sendable)
				return;
		}
		span = ring_read_span(&port.receive, &at);
		if (port.sink->whole && sendable > PORT_PASS_BLOCK)
			sendable = PORT_PASS_BLOCK;
		if (span < sendable && port.sink->whole) {
			ring_copy(&port.receive, block, sendable);
			at = block;
			span = sendable;
		}
		if (span > sendable)
			span = sendable;
		taken = port.sink->take(port.sink, at, span);
		if (taken <= 0) {
			/* A broken sink is the link's affair: the bytes wait for the next one. */
			port.sink_blocked = true;
			return;
		}
		ring_drop(&port.receive, (uint32_t)taken);
		if (!late || (uint32_t)taken == sendable)
			port.oldest = now;
	}
}

/* What came before +++ goes out first; a network that stalls must not keep the host from its command mode. */
static void leave(uint32_t now)
{
	bool broken;

	if (!move_to_sink(&broken) && now - port.leaving_since < PORT_LEAVE_TIME)
		return;
	port.dropped += port.data_left;
	ring_drop(&port.receive, port.data_left);
	port.data_left = 0;
	port.sink = NULL;
	line_reset(&port.line);
	atomic_store(&port.mode, PORT_COMMAND);
	port_tell(PORT_EVENT_ESCAPED);
}

/* @param looked when the UART was last found empty, at the latest: the guard is judged as of then */
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
		pass_to_sink(now);
}

bool port_blocked(const port_sink *sink)
{
	switch (atomic_load(&port.mode)) {
	case PORT_SENDING:
	case PORT_LEAVING:
	case PORT_PASSTHROUGH:
		return port.sink == sink && port.sink_blocked;
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
	if (atomic_load(&port.mode) == PORT_PASSTHROUGH && port.sink == sink)
		port.sink = NULL;
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

/* --- frames --- */

bool port_frame_allowed(size_t size)
{
	port_mode mode = atomic_load(&port.mode);

	return !port.claimed &&
	       (mode == PORT_COMMAND || mode == PORT_PENDING || mode == PORT_SENDING || mode == PORT_SURPLUS) &&
	       transmit_room() >= size + PORT_RESULT_RESERVE;
}

size_t port_frame_begin(size_t header_size)
{
	uint32_t room;

	platform_lock_take(&port.lock);
	room = transmit_room();
	if (!port_frame_allowed(header_size))
		return 0;
	return room - header_size - PORT_RESULT_RESERVE;
}

void port_frame_end(const void *header, size_t header_size, const void *payload, size_t payload_size)
{
	if (header_size) {
		uint32_t lead = transmit_lead();

		ring_stage(&port.transmit, lead, header, (uint32_t)header_size);
		ring_stage(&port.transmit, lead + (uint32_t)header_size, payload, (uint32_t)payload_size);
		transmit_commit_active(lead, (uint32_t)(header_size + payload_size));
	}
	platform_lock_give(&port.lock);
}

bool port_answer_room(void)
{
	return ring_room(&port.transmit) > PORT_RESULT_RESERVE;
}

size_t port_answer(const void *bytes, size_t size)
{
	uint32_t room;

	platform_lock_take(&port.lock);
	room = ring_room(&port.transmit);
	room = room > PORT_RESULT_RESERVE ? room - PORT_RESULT_RESERVE : 0;
	if (size > room)
		size = room;
	ring_stage(&port.transmit, 0, bytes, (uint32_t)size);
	transmit_commit((uint32_t)size);
	platform_lock_give(&port.lock);
	return size;
}

/* --- UART --- */

/* Takes what the UART has, as far as there is room. */
static size_t pull_uart(void)
{
	size_t total = 0;

	for (;;) {
		uint8_t *at;
		uint32_t span = ring_write_span(&port.receive, &at);
		size_t got = platform_uart_read(at, span);
		port_mode mode = atomic_load(&port.mode);

		if (!span && mode == PORT_PASSTHROUGH)
			escape_disturbed(&port.escape, platform_now());
		if (!got)
			return total;
		if (mode == PORT_BOOT)
			continue;
		if (mode == PORT_PASSTHROUGH) {
			uint32_t now = platform_now();

			if (ring_used(&port.receive) == port.escape.held)
				port.oldest = now;
			escape_feed(&port.escape, now, at, got);
		}
		ring_written(&port.receive, (uint32_t)got);
		total += got;
		if (got < span)
			return total;
	}
}

static void push_uart(void)
{
	for (;;) {
		const uint8_t *at;
		uint32_t span = ring_read_span(&port.transmit, &at);
		size_t taken;

		if (span && transmit_held())
			span = wake_sendable(span);
		taken = span ? platform_uart_write(at, span) : 0;
		if (!taken)
			return;
		platform_lock_take(&port.lock);
		ring_drop(&port.transmit, (uint32_t)taken);
		platform_lock_give(&port.lock);
	}
}

/* A new configuration or a restart comes when everything has left the pin, or when nobody reads. */
static void after_drain(uint32_t now)
{
	unsigned then = atomic_load(&port.then);

	/* A command orders this before its own result is written. */
	if (!then || atomic_load(&port.mode) == PORT_HANDED)
		return;
	if (!port.then_seen) {
		port.then_seen = true;
		port.then_since = now;
	}
	if ((ring_used(&port.transmit) || !platform_uart_idle()) && now - port.then_since < PORT_DRAIN_TIME)
		return;
	if (then & PORT_THEN_RESTART)
		platform_restart();
	if (then & PORT_THEN_CONFIGURE)
		platform_uart_configure(&port.wanted, &port.uart);
	if (then & PORT_THEN_ACT)
		port.then_action();
	port.then_seen = false;
	atomic_fetch_and(&port.then, ~then);
}

static void tell_room(void)
{
	unsigned events = 0;

	platform_lock_take(&port.lock);
	if (port.drain_waiting && ring_used(&port.transmit) <= PORT_TRANSMIT_MARK / 2) {
		port.drain_waiting = false;
		events |= PORT_EVENT_DRAINED;
	}
	if (port.event_waiting && !port.claimed && port_tells_events(atomic_load(&port.mode)) &&
	    transmit_room() >= port.event_size + PORT_RESULT_RESERVE) {
		port.event_waiting = false;
		events |= PORT_EVENT_ROOM;
	}
	platform_lock_give(&port.lock);
	if (events)
		port_tell(events);
}

void port_prepare(io_wait *wait)
{
	int fd = platform_uart_fd();
	port_mode mode = atomic_load(&port.mode);
	uint32_t sendable = ring_used(&port.transmit);

	if (fd >= 0 && ring_room(&port.receive))
		io_read(wait, fd);
	if (sendable && transmit_held()) {
		sendable = wake_sendable(sendable);
		io_due(wait, wake_due(wait->now));
	}
	if (fd >= 0 && sendable)
		io_write(wait, fd);
	io_due(wait, platform_uart_due(mode == PORT_PASSTHROUGH));
	if (atomic_load(&port.then))
		io_due(wait, 1);
	if (takes_lines() || (mode == PORT_DATA && is_collected() && may_answer()) ||
	    (mode == PORT_SENDING && ring_used(&port.receive) > port.data_left && may_tell_surplus()) ||
	    (mode == PORT_SURPLUS && ring_used(&port.receive) && may_tell_surplus()))
		io_due(wait, 0);
	if (mode == PORT_LEAVING)
		io_due(wait, 20);
	if (mode == PORT_PASSTHROUGH) {
		uint32_t sendable = ring_used(&port.receive) - port.escape.held;

		io_due(wait, escape_due(&port.escape, wait->now));
		if (sendable && port.sink && !port.sink_blocked) {
			uint32_t waited = wait->now - port.oldest;

			io_due(wait, waited >= port.interval ? 0 : port.interval - waited);
		}
	}
}

void port_perform(const io_wait *wait)
{
	/* Before the UART is read: this task may be held up at any point, and what came meanwhile must count. */
	uint32_t looked = wait->now;

	/* What the result had already left for, when it was XS's turn to hand the port back. */
	if (atomic_load(&port.then))
		after_drain(looked);
	pull_uart();
	if (transmit_held())
		wake_poll(looked);
	switch (atomic_load(&port.mode)) {
	case PORT_COMMAND:
	case PORT_PENDING:
		consume_lines();
		break;
	case PORT_DATA:
		collect();
		if (atomic_load(&port.mode) == PORT_SENDING)
			send_collected();
		break;
	case PORT_SENDING:
		drop_surplus(port.data_left);
		send_collected();
		break;
	case PORT_LEAVING:
		leave(platform_now());
		break;
	case PORT_SURPLUS:
		drop_surplus(0);
		break;
	case PORT_PASSTHROUGH:
		passthrough(looked);
		break;
	case PORT_BOOT:
	case PORT_HANDED:
		break;
	}
	push_uart();
	if (atomic_load(&port.then))
		after_drain(platform_now());
	if (atomic_load(&port.drain_waiting) || atomic_load(&port.event_waiting))
		tell_room();
}

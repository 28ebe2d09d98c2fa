/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The half of the port that runs on the I/O task: the loop, the UART, lines and frames. What the host sends as data is
 * in port-data.c and port-pass.c.
 */
#include <stdio.h>

#include "port-io.h"

port_state port;

static uint8_t receive_memory[PORT_RECEIVE_RING];
static uint8_t transmit_memory[PORT_TRANSMIT_RING];

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

void port_put_busy(void)
{
	port.busy++;
	if (port.error_numbers)
		port_put("ERR CODE:0x010b0000\r\n", 21, 0);
	port_put(PORT_BUSY, sizeof(PORT_BUSY) - 1, 0);
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
#define ANSWER_ROOM (LINE_CAPACITY + 2 + 24 + sizeof(PORT_BUSY) + PORT_RESULT_RESERVE)

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
		port_put_busy();
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

bool port_may_answer(void)
{
	return !port.claimed && ring_room(&port.transmit) >= ANSWER_ROOM && ring_used(&port.transmit) <= PORT_TRANSMIT_MARK;
}

static bool takes_lines(void)
{
	port_mode mode = atomic_load(&port.mode);

	return (mode == PORT_COMMAND || mode == PORT_PENDING) && ring_used(&port.receive) && !atomic_load(&port.then) &&
	       port_may_answer();
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

/* --- frames --- */

/*
 * While data are being sent, too, which may take long: a peer that answers what it gets would stall, and with it the
 * sending. When all are sent, SEND OK comes before what the peer answers, however near it is: hosts look for it there.
 */
static bool takes_frames(port_mode mode)
{
	if (mode == PORT_SURPLUS)
		return !port.delivered;
	return mode == PORT_COMMAND || mode == PORT_PENDING || mode == PORT_SENDING || mode == PORT_STREAMING;
}

/* However fast the frames come, and the host reads. */
static uint32_t frame_reserve(port_mode mode)
{
	return mode == PORT_STREAMING ? PORT_RESULT_RESERVE + PORT_REPORT_RESERVE : PORT_RESULT_RESERVE;
}

bool port_frame_allowed(size_t size)
{
	port_mode mode = atomic_load(&port.mode);

	return !port.claimed && takes_frames(mode) && transmit_room() >= size + frame_reserve(mode);
}

size_t port_frame_begin(size_t header_size)
{
	uint32_t room;

	platform_lock_take(&port.lock);
	room = transmit_room();
	if (!port_frame_allowed(header_size))
		return 0;
	return room - header_size - frame_reserve(atomic_load(&port.mode));
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
	/* Not filtered: where portions end depends on the host's reading, and so would what a filter finds. */
	ring_put(&port.transmit, bytes, (uint32_t)size);
	platform_lock_give(&port.lock);
	return size;
}

/* --- UART --- */

/* Takes what the UART has, as far as there is room. */
size_t port_pull_uart(void)
{
	size_t total = 0;

	for (;;) {
		uint8_t *at;
		uint32_t span = ring_write_span(&port.receive, &at);
		size_t got = platform_uart_read(at, span);
		port_mode mode = atomic_load(&port.mode);

		if (!span && port_can_escape(mode))
			escape_disturbed(&port.escape, platform_now());
		if (!got)
			return total;
		if (mode == PORT_BOOT)
			continue;
		if (port_can_escape(mode)) {
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
		if (port.then_left) {
			port.then_left -= taken < port.then_left ? (uint32_t)taken : port.then_left;
			port.then_since = platform_now();
		}
	}
}

#define FRAME_BITS_MAX 12u /* a byte with its start, parity and two stop bits */

/* ms without progress that say that nobody reads: the UART shows none while it sends what it holds. */
static uint32_t patience(void)
{
	uint32_t held = platform_uart_capacity() * FRAME_BITS_MAX * 1000u;

	return PORT_DRAIN_TIME + (port.uart.baud ? held / port.uart.baud : 0); /* 0: not opened */
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
		/* What is written from now on is not waited for: the network may go on for ever. */
		port.then_left = ring_used(&port.transmit);
	}
	if ((ring_used(&port.transmit) || !platform_uart_idle()) && now - port.then_since < patience())
		return;
	if (then & PORT_THEN_RESTART)
		platform_restart();
	if (then & PORT_THEN_CONFIGURE)
		platform_uart_configure(&port.wanted, &port.uart);
	if (then & PORT_THEN_ACT)
		port.then_action();
	port.then_seen = false;
	port.then_left = 0;
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
	io_due(wait, platform_uart_due(port_can_escape(mode)));
	if (atomic_load(&port.then))
		io_due(wait, 1);
	if (takes_lines())
		io_due(wait, 0);
	port_data_prepare(wait, mode);
	port_pass_prepare(wait, mode);
}

void port_perform(const io_wait *wait)
{
	/* Before the UART is read: this task may be held up at any point, and what came meanwhile must count. */
	uint32_t looked = wait->now;

	/* What the result had already left for, when it was XS's turn to hand the port back. */
	if (atomic_load(&port.then))
		after_drain(platform_now());
	port_pull_uart();
	if (transmit_held())
		wake_poll(looked);
	switch (atomic_load(&port.mode)) {
	case PORT_COMMAND:
	case PORT_PENDING:
		consume_lines();
		break;
	case PORT_DATA:
	case PORT_SENDING:
	case PORT_SURPLUS:
		port_data_perform();
		break;
	case PORT_PASSTHROUGH:
	case PORT_STREAMING:
	case PORT_LEAVING:
		port_pass_perform(looked);
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

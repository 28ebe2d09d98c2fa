/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AT port: what other C modules may do with it (frames of received data, data phases and passthrough to a sink),
 * and what the I/O loop calls. The JavaScript side is port.ts.
 */
#ifndef XS_AT_PORT_H
#define XS_AT_PORT_H

#include "io.h"

/* Where bytes of a data phase or of passthrough go. Functions are called by the I/O task only. */
typedef struct port_sink {
	/** Takes at most size bytes. @return bytes taken, 0 when there is no room now, -1 when the sink is broken */
	int (*take)(struct port_sink *sink, const void *data, size_t size);
	/** What passthrough sends at a time comes in one piece, though it may lie in two in the ring. */
	bool whole;
	/** Takes a data phase as it comes, which may so be longer than the receive ring; else all that is there at once. */
	bool streams;
} port_sink;

/** Ids of sinks: links have theirs from 0. The numbers are those of port.ts. */
#define PORT_SINK_FLASH 5

/* --- I/O task --- */

void port_prepare(io_wait *wait);
void port_perform(const io_wait *wait);

/** True when a frame of size bytes may be written now: nothing else is being written, and there is room. */
bool port_frame_allowed(size_t size);

/**
 * A frame: header and payload as one message. Begin tells how much payload has room behind a header of header_size, 0
 * for no frame now; until end nothing else can be written: so only a copy, or a receive that does not block.
 */
size_t port_frame_begin(size_t header_size);
void port_frame_end(const void *header, size_t header_size, const void *payload, size_t payload_size);

/** A part of the answer of a command that has claimed the port (Port.claim). @return bytes that had room */
size_t port_answer(const void *bytes, size_t size);
bool port_answer_room(void);

/**
 * Passthrough, network to UART. Between begin, which tells where the next bytes go and how many have room, and end,
 * which tells how many came, nothing else can be written: so only a copy, or a receive that does not block.
 */
bool port_pass_allowed(void);
size_t port_pass_begin(void **at);
void port_pass_end(size_t size);

/** True while passthrough is on for this sink. */
bool port_passing(const port_sink *sink);

/** True while bytes wait for this sink to have room again. */
bool port_blocked(const port_sink *sink);

/** Passthrough goes on with this sink (a connection was made anew), or waits for one (it broke). */
void port_attach(port_sink *sink);
void port_detach(port_sink *sink);

/* --- XS task --- */

/**
 * Has the I/O task call action once, when the result of the command in hand has left the pin, or nobody reads it. Until
 * then no line is taken.
 */
void port_then(void (*action)(void));

/** Names the sink of an id for data phases (AT+CIPSEND) and passthrough. */
void port_set_sink(unsigned id, port_sink *sink);

/**
 * What a data phase has collected in memory, the caller's to platform_free(); NULL for none. There is room for one byte
 * more, such as a NUL.
 */
uint8_t *port_take_data(size_t *size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How messages get into the transmit ring, under the port's lock: staged behind the head, where the UART does not see
 * them, filtered there, and then written as a whole. With no filter and no sleeping host this is a copy and two tests.
 */
#ifndef XS_AT_TRANSMIT_H
#define XS_AT_TRANSMIT_H

#include "port-state.h"

/** filter_message() on what is staged. */
uint32_t transmit_filter(uint32_t offset, uint32_t size);

/** Writes the size bytes that are staged: an answer. */
static inline void transmit_commit(uint32_t size)
{
	if (port.filtering)
		size = transmit_filter(0, size);
	ring_written(&port.transmit, size);
}

static inline bool transmit_asleep(void)
{
	return atomic_load_explicit(&port.wake.asleep, memory_order_relaxed);
}

/** Something waits in the ring for the host to wake. Read the ring's head first: see wake_sendable(). */
static inline bool transmit_held(void)
{
	return atomic_load_explicit(&port.wake.waiting, memory_order_acquire);
}

/** The bytes that what is not an answer may take. Any task, with or without the lock. */
static inline uint32_t transmit_room(void)
{
	uint32_t room = ring_room(&port.transmit);

	return transmit_asleep() ? wake_room(room) : room;
}

/** Where the stage of what is not an answer begins: a wake byte may stand before it. */
static inline uint32_t transmit_lead(void)
{
	return transmit_asleep() ? wake_lead() : 0;
}

/** Writes size bytes that are staged behind lead: a message that the host did not ask for. */
static inline void transmit_commit_active(uint32_t lead, uint32_t size)
{
	if (port.filtering)
		size = transmit_filter(lead, size);
	if (!size)
		return; /* no reason to wake anybody */
	if (transmit_asleep())
		wake_signal();
	ring_written(&port.transmit, lead + size);
}

#endif

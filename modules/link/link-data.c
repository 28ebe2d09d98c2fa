/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of open links, in and out: frames, passthrough, datagrams. I/O task. */
#include <stdio.h>
#include <string.h>

#include "link-state.h"

atomic_uint link_lost;

/* Where sockets are read into; one byte more than any datagram, to know one that is longer. */
static uint8_t scratch[LINK_DATAGRAM + 1];

void link_forget(link_held *held)
{
	platform_free(held->bytes);
	*held = (link_held){ 0 };
}

/* --- to the network --- */

static int take_datagram(link_record *link, const void *data, size_t size)
{
	int sent;

	if (!link->datagram_size) {
		sent = net_send_to(link->fd, data, size, &link->to);
		if (sent < 0)
			atomic_fetch_add(&link_lost, 1);
		return sent == 0 ? 0 : (int)size;
	}
	if (!link->datagram || size > link->datagram_size - link->collected)
		return -1;
	memcpy(link->datagram + link->collected, data, size);
	if (link->collected + size < link->datagram_size) {
		link->collected += (uint32_t)size;
		return (int)size;
	}
	sent = net_send_to(link->fd, link->datagram, link->datagram_size, &link->to);
	if (sent == 0)
		return 0;
	platform_free(link->datagram);
	link->datagram = NULL;
	return sent < 0 ? -1 : (int)size;
}

/* A send that gets nowhere is given up after so_sndtimeo, which a non-blocking socket does not know. */
static int judge_stall(link_record *link, int sent)
{
	uint32_t now = platform_now(), allowed = atomic_load(&link->send_timeout);

	if (sent) {
		link->active = now;
		link->is_stalled = false;
	} else if (!link->is_stalled) {
		link->is_stalled = true;
		link->stalled = now;
	} else if (allowed && now - link->stalled >= allowed) {
		link->is_stalled = false;
		return -1;
	}
	return sent;
}

int link_take(port_sink *sink, const void *data, size_t size)
{
	link_record *link = (link_record *)(void *)sink;
	int sent;

	if (atomic_load(&link->state) != LINK_OPEN || link->unsendable)
		return -1;
	if (link->is_datagrams)
		return judge_stall(link, take_datagram(link, data, size));
	sent = net_send(link->fd, data, size);
	link->unsendable = sent < 0;
	return judge_stall(link, sent);
}

/* --- frames --- */

/* `[<id>,]<length>[,"<ip>",<port>]` */
static size_t describe(const link_record *link, char *text, size_t size, const net_address *from)
{
	char id[12] = "", remote[NET_TEXT + 12] = "";

	if (atomic_load(&link_multiple))
		snprintf(id, sizeof(id), "%d,", (int)(link - links));
	if (from && atomic_load(&link_show_remote)) {
		char ip[NET_TEXT];

		net_print(from, ip);
		snprintf(remote, sizeof(remote), ",\"%s\",%u", ip, from->port);
	}
	return (size_t)snprintf(text, LINK_HEADER, "\r\n+IPD,%s%u%s", id, (unsigned)size, remote);
}

static void end_frame(const link_record *link, const uint8_t *bytes, size_t size, const net_address *from)
{
	char header[LINK_HEADER];
	size_t length = describe(link, header, size, from);

	header[length++] = ':';
	port_frame_end(header, length, bytes, size);
}

/* @return how much of what is in hand became a frame */
static size_t frame(const link_record *link, const uint8_t *bytes, size_t size, const net_address *from)
{
	size_t piece = size < LINK_PIECE ? size : LINK_PIECE;

	if (port_frame_begin(LINK_HEADER) < piece) {
		port_frame_end(NULL, 0, NULL, 0);
		return 0;
	}
	end_frame(link, bytes, piece, from);
	return piece;
}

/* That there is something to read, once until it is read. */
static void announce(link_record *link, size_t size)
{
	char text[LINK_HEADER];
	size_t length;

	/* `false` of begin is no room; of a frame without payload its header is all. */
	if (!port_frame_begin(LINK_HEADER)) {
		port_frame_end(NULL, 0, NULL, 0);
		return;
	}
	length = describe(link, text, size, NULL);
	memcpy(text + length, "\r\n", 2);
	port_frame_end(text, length + 2, NULL, 0);
	link->announced = true;
}

/* --- streams from the network --- */

static void receive_passthrough(link_record *link)
{
	for (;;) {
		void *at;
		size_t room = port_pass_begin(&at);
		int got = room ? net_receive(link->fd, at, room) : 0;

		port_pass_end(got > 0 ? (size_t)got : 0);
		if (got < 0)
			link_broken(link);
		if (got <= 0)
			return;
		if ((size_t)got < room)
			return;
	}
}

static void receive_frame(link_record *link)
{
	size_t room = port_frame_begin(LINK_HEADER);
	int got = room ? net_receive(link->fd, scratch, room < LINK_SEGMENT ? room : LINK_SEGMENT) : 0;

	if (got > 0) {
		end_frame(link, scratch, (size_t)got, &link->remote);
		return;
	}
	port_frame_end(NULL, 0, NULL, 0);
	if (got < 0)
		link_broken(link);
}

static void receive_stream(link_record *link)
{
	size_t pending;

	if (port_passing(&link->sink)) {
		receive_passthrough(link);
		return;
	}
	if (!atomic_load(&link->passive)) {
		receive_frame(link);
		return;
	}
	pending = link_available(link);
	if (pending)
		announce(link, pending);
	else if (net_ended(link->fd))
		link_broken(link);
}

/* --- datagrams from the network --- */

static void note_sender(link_record *link, const net_address *from)
{
	if (link->remote_mode == LINK_REMOTE_FIXED || link->remote_taken || net_same(from, &link->remote))
		return;
	platform_lock_take(&link_lock);
	link->remote = *from;
	platform_lock_give(&link_lock);
	link->remote_taken = link->remote_mode == LINK_REMOTE_ONCE;
}

static void hold(link_record *link, size_t size)
{
	link->held.bytes = platform_alloc(size);
	if (!link->held.bytes) {
		atomic_fetch_add(&link_lost, 1);
		return;
	}
	memcpy(link->held.bytes, scratch, size);
	link->held.size = size;
}

/* @return how much of a datagram the host has room for now */
static size_t give_datagram(link_record *link, const uint8_t *bytes, size_t size)
{
	void *at;
	size_t room;

	if (!port_passing(&link->sink))
		return frame(link, bytes, size, &link->from);
	if (!port_pass_allowed())
		return 0;
	room = port_pass_begin(&at);
	if (size > room)
		size = room;
	memcpy(at, bytes, size);
	port_pass_end(size);
	return size;
}

static void receive_datagram(link_record *link)
{
	int got = net_receive_from(link->fd, scratch, sizeof(scratch), &link->from);
	size_t given = 0;

	if (got <= 0)
		return;
	if (got > LINK_DATAGRAM) {
		atomic_fetch_add(&link_lost, 1);
		return;
	}
	note_sender(link, &link->from);
	if (!atomic_load(&link->passive) || port_passing(&link->sink))
		given = give_datagram(link, scratch, (size_t)got);
	if (given == (size_t)got)
		return;
	hold(link, (size_t)got);
	link->held.given = link->held.bytes ? given : 0;
}

static void give_held(link_record *link)
{
	link_held *held = &link->held;

	if (atomic_load(&link->passive) && !port_passing(&link->sink)) {
		if (!link->announced && port_frame_allowed(LINK_HEADER))
			announce(link, held->size - held->given);
		return;
	}
	held->given += give_datagram(link, held->bytes + held->given, held->size - held->given);
	if (held->given == held->size)
		link_forget(held);
}

/* --- the I/O loop --- */

static bool may_receive(const link_record *link)
{
	if (port_passing(&link->sink))
		return port_pass_allowed();
	if (atomic_load(&link->passive))
		return !link->announced && port_frame_allowed(LINK_HEADER);
	return port_frame_allowed(LINK_HEADER + LINK_SEGMENT / 2);
}

static bool may_give_held(const link_record *link)
{
	size_t left = link->held.size - link->held.given;

	if (port_passing(&link->sink) || atomic_load(&link->passive))
		return may_receive(link);
	return port_frame_allowed(LINK_HEADER + (left < LINK_PIECE ? left : LINK_PIECE));
}

static uint32_t silence_left(const link_record *link, uint32_t now)
{
	uint32_t allowed = link->is_child ? atomic_load(&link_server_timeout) * 1000 : 0;
	uint32_t passed = now - link->active;

	if (!allowed)
		return UINT32_MAX;
	return passed >= allowed ? 0 : allowed - passed;
}

void link_data_prepare(link_record *link, io_wait *wait)
{
	uint32_t allowed = atomic_load(&link->send_timeout), delay;

	if (link->answer.bytes && port_answer_room())
		io_due(wait, 0);
	if (atomic_load(&link->state) != LINK_OPEN)
		return;
	delay = net_delay(link->fd);
	if (delay)
		io_due(wait, delay);
	else if (link->held.bytes) {
		if (may_give_held(link))
			io_due(wait, 0);
	} else if (may_receive(link))
		io_read(wait, link->fd);
	if (port_blocked(&link->sink) && !link->unsendable) {
		io_write(wait, link->fd);
		if (link->is_stalled && allowed)
			io_due(wait, wait->now - link->stalled >= allowed ? 0 : allowed - (wait->now - link->stalled));
	}
	io_due(wait, silence_left(link, wait->now));
}

void link_data_perform(link_record *link, const io_wait *wait)
{
	if (link->answer.bytes)
		link_give_answer(link);
	if (atomic_load(&link->state) != LINK_OPEN)
		return;
	if (atomic_load(&link->options_changed))
		link_apply_options(link);
	if (link->held.bytes)
		give_held(link);
	else if (wait->ready && FD_ISSET(link->fd, &wait->read) && may_receive(link)) {
		link->active = wait->now;
		if (link->is_datagrams)
			receive_datagram(link);
		else
			receive_stream(link);
	}
	if (atomic_load(&link->state) == LINK_OPEN && !silence_left(link, wait->now))
		link_broken(link);
}

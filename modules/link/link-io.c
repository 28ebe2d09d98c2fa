/* SPDX-License-Identifier: Apache-2.0 */
/* The half of the links that runs on the I/O task: sockets, frames, passthrough from the network. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "link-state.h"

#define HEADER_ROOM 64 /* \r\n+IPD,4,1440,"255.255.255.255",65535: */
#define NEWLY_DUE 0

link_record links[LINK_COUNT];
atomic_bool link_multiple, link_show_remote;

static uint8_t segment[LINK_SEGMENT];

static void tell(link_record *link, unsigned events)
{
	atomic_fetch_or(&link->events, events);
	platform_wake_xs();
}

/* --- connecting --- */

static int reason(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return LINK_ERROR_REFUSED;
	case ETIMEDOUT:
		return LINK_ERROR_TIMEOUT;
	case ENETUNREACH:
	case EHOSTUNREACH:
		return LINK_ERROR_UNREACHABLE;
	case EADDRNOTAVAIL:
		return LINK_ERROR_LOCAL_ADDRESS;
	default:
		return LINK_ERROR_OTHER;
	}
}

static void release(link_record *link)
{
	if (link->fd >= 0)
		net_close(link->fd);
	link->fd = -1;
	link->unsendable = false;
	if (link->resolution) {
		int running = RESOLVE_RUNNING;

		if (!atomic_compare_exchange_strong(&link->resolution->progress, &running, RESOLVE_ORPHANED))
			platform_free(link->resolution);
		link->resolution = NULL;
	}
	atomic_store(&link->state, LINK_FREE);
}

static void fail(link_record *link, int error)
{
	release(link);
	atomic_store(&link->error, error);
	tell(link, LINK_EVENT_FAILED);
}

static void connect_now(link_record *link)
{
	link->fd = net_connect(&link->remote, link->has_local ? link->local : NULL);
	if (link->fd < 0) {
		fail(link, reason(errno));
		return;
	}
	atomic_store(&link->state, LINK_CONNECTING);
}

/* On the worker. */
static void resolve(platform_job *job)
{
	link_resolution *resolution = (link_resolution *)(void *)job;
	int running = RESOLVE_RUNNING;

	resolution->found = net_resolve(resolution->host, resolution->ip);
	if (atomic_compare_exchange_strong(&resolution->progress, &running, RESOLVE_DONE))
		platform_wake_io();
	else
		platform_free(resolution);
}

static void begin(link_record *link, uint32_t now)
{
	link->since = now;
	if (net_parse(link->host, link->remote.ip)) {
		connect_now(link);
		return;
	}
	link->resolution = platform_alloc(sizeof(*link->resolution));
	if (!link->resolution) {
		fail(link, LINK_ERROR_OTHER);
		return;
	}
	memcpy(link->resolution->host, link->host, sizeof(link->host));
	link->resolution->job.run = resolve;
	atomic_store(&link->state, LINK_RESOLVING);
	platform_queue_job(&link->resolution->job);
}

static void resolved(link_record *link)
{
	link_resolution *resolution = link->resolution;
	bool found = resolution->found;

	memcpy(link->remote.ip, resolution->ip, 4);
	link->resolution = NULL;
	platform_free(resolution);
	if (found)
		connect_now(link);
	else
		fail(link, LINK_ERROR_DNS);
}

static void connected(link_record *link)
{
	int error = net_connect_result(link->fd);

	if (error) {
		fail(link, reason(error));
		return;
	}
	if (net_keep_alive(link->fd, link->keep_alive))
		platform_log("link: keep-alive refused");
	link->local_port = net_local_port(link->fd);
	atomic_store(&link->state, LINK_CONNECTED);
	tell(link, LINK_EVENT_CONNECTED);
}

static uint32_t time_allowed(const link_record *link)
{
	return link->timeout ? link->timeout : LINK_CONNECT_TIME;
}

/* --- data --- */

static void broken(link_record *link)
{
	port_detach(&link->sink);
	release(link);
	tell(link, LINK_EVENT_CLOSED);
}

static int take(port_sink *sink, const void *data, size_t size)
{
	link_record *link = (link_record *)(void *)sink;

	int sent;

	if (atomic_load(&link->state) != LINK_OPEN || link->unsendable)
		return -1;
	sent = net_send(link->fd, data, size);
	link->unsendable = sent < 0;
	return sent;
}

static void receive_passthrough(link_record *link)
{
	for (;;) {
		void *at;
		size_t room = port_pass_begin(&at);
		int got = room ? net_receive(link->fd, at, room) : 0;

		port_pass_end(got > 0 ? (size_t)got : 0);
		if (got < 0)
			broken(link);
		if (got <= 0)
			return;
		if ((size_t)got < room)
			return;
	}
}

static void receive_frame(link_record *link)
{
	char header[HEADER_ROOM];
	char remote[NET_TEXT + 12] = "";
	char id[12] = "";
	size_t room, length;
	int got;

	room = port_frame_begin(HEADER_ROOM);
	got = room ? net_receive(link->fd, segment, room < LINK_SEGMENT ? room : LINK_SEGMENT) : 0;
	if (got <= 0) {
		port_frame_end(NULL, 0, NULL, 0);
		if (got < 0)
			broken(link);
		return;
	}
	if (atomic_load(&link_multiple))
		snprintf(id, sizeof(id), "%d,", (int)(link - links));
	if (atomic_load(&link_show_remote)) {
		char ip[NET_TEXT];

		net_print(link->remote.ip, ip);
		snprintf(remote, sizeof(remote), ",\"%s\",%u", ip, link->remote.port);
	}
	length = (size_t)snprintf(header, sizeof(header), "\r\n+IPD,%s%d%s:", id, got, remote);
	port_frame_end(header, length, segment, (size_t)got);
}

static bool may_receive(const link_record *link)
{
	if (port_passing(&link->sink))
		return port_pass_allowed();
	return port_frame_allowed(HEADER_ROOM + LINK_SEGMENT / 2);
}

/* --- orders --- */

static void obey(link_record *link, uint32_t now)
{
	int order = atomic_exchange(&link->order, 0);

	switch (order) {
	case LINK_ORDER_CONNECT:
		begin(link, now);
		break;
	case LINK_ORDER_START:
	case LINK_ORDER_START_PASSING:
		if (atomic_load(&link->state) != LINK_CONNECTED)
			break;
		atomic_store(&link->state, LINK_OPEN);
		if (order == LINK_ORDER_START_PASSING)
			port_attach(&link->sink);
		break;
	case LINK_ORDER_CLOSE:
		port_detach(&link->sink);
		release(link);
		tell(link, LINK_EVENT_ENDED);
		break;
	}
}

/* --- the I/O loop --- */

static void prepare(link_record *link, io_wait *wait)
{
	int state = atomic_load(&link->state);
	uint32_t passed = wait->now - link->since;

	switch (state) {
	case LINK_CONNECTING:
		io_write(wait, link->fd);
		/* fall through */
	case LINK_RESOLVING:
		io_due(wait, passed >= time_allowed(link) ? NEWLY_DUE : time_allowed(link) - passed);
		break;
	case LINK_OPEN:
		if (net_delay(link->fd))
			io_due(wait, net_delay(link->fd));
		else if (may_receive(link))
			io_read(wait, link->fd);
		if (port_blocked(&link->sink) && !link->unsendable)
			io_write(wait, link->fd);
		break;
	}
}

void link_prepare(io_wait *wait)
{
	for (link_record *link = links; link < links + LINK_COUNT; link++)
		prepare(link, wait);
}

static void perform(link_record *link, const io_wait *wait)
{
	uint32_t now = wait->now;

	if (atomic_load(&link->order))
		obey(link, now);
	switch (atomic_load(&link->state)) {
	case LINK_RESOLVING:
		if (atomic_load(&link->resolution->progress) == RESOLVE_DONE)
			resolved(link);
		else if (now - link->since >= time_allowed(link))
			fail(link, LINK_ERROR_TIMEOUT);
		break;
	case LINK_CONNECTING:
		if (wait->ready && FD_ISSET(link->fd, &wait->write))
			connected(link);
		else if (now - link->since >= time_allowed(link))
			fail(link, LINK_ERROR_TIMEOUT);
		break;
	case LINK_OPEN:
		if (!wait->ready || !FD_ISSET(link->fd, &wait->read) || !may_receive(link))
			break;
		if (port_passing(&link->sink))
			receive_passthrough(link);
		else
			receive_frame(link);
		break;
	}
}

void link_perform(const io_wait *wait)
{
	for (unsigned id = 0; id < LINK_COUNT; id++) {
		if (!links[id].sink.take) {
			links[id].sink.take = take;
			links[id].fd = -1;
		}
		perform(&links[id], wait);
	}
}

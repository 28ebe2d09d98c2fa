/* SPDX-License-Identifier: Apache-2.0 */
/* The links in the I/O loop: orders of the XS task, and what each state waits for. */
#include <string.h>

#include "link-state.h"

#define FLUSH_LOOK 10 /* ms between two looks whether all has been acknowledged */

link_record links[LINK_COUNT];
platform_lock link_lock;
atomic_bool link_multiple, link_show_remote, link_count_wanted;
atomic_uint link_server_timeout;

void link_tell(link_record *link, unsigned events)
{
	atomic_fetch_or(&link->events, events);
	platform_wake_xs();
}

static void forget_resolution(link_record *link)
{
	int running = RESOLVE_RUNNING;

	if (link->resolution && !atomic_compare_exchange_strong(&link->resolution->progress, &running, RESOLVE_ORPHANED))
		platform_free(link->resolution);
	link->resolution = NULL;
}

void link_release(link_record *link)
{
	if (link->fd >= 0)
		net_close(link->fd);
	link->fd = -1;
	link->unsendable = false;
	forget_resolution(link);
	link_forget(&link->held);
	platform_free(link->datagram);
	link->datagram = NULL;
	atomic_store(&link->state, LINK_FREE);
}

void link_fail(link_record *link, int error)
{
	link_release(link);
	atomic_store(&link->error, error);
	link_tell(link, LINK_EVENT_FAILED);
}

void link_broken(link_record *link)
{
	port_detach(&link->sink);
	link_release(link);
	link_tell(link, LINK_EVENT_CLOSED);
}

static void ended(link_record *link)
{
	link_release(link);
	link_tell(link, LINK_EVENT_ENDED);
}

static void close_link(link_record *link, uint32_t now)
{
	int linger = atomic_load(&link->linger);
	bool is_stream = link->fd >= 0 && !link->is_datagrams && atomic_load(&link->state) >= LINK_CONNECTED;

	port_detach(&link->sink);
	if (is_stream && linger > 0) {
		net_finish(link->fd);
		link->since = now;
		atomic_store(&link->state, LINK_CLOSING);
		return;
	}
	if (is_stream && linger == 0) {
		net_reset(link->fd);
		link->fd = -1;
	}
	ended(link);
}

static void obey(link_record *link, uint32_t now)
{
	int order = atomic_exchange(&link->order, 0);

	switch (order) {
	case LINK_ORDER_CONNECT:
		link_begin(link, now);
		break;
	case LINK_ORDER_ADOPT:
		link_adopt(link, now);
		break;
	case LINK_ORDER_START:
	case LINK_ORDER_START_PASSING:
		if (atomic_load(&link->state) != LINK_CONNECTED)
			break;
		atomic_store(&link->state, LINK_OPEN);
		if (order == LINK_ORDER_START_PASSING)
			port_attach(&link->sink);
		break;
	case LINK_ORDER_READ:
		link_read(link);
		break;
	case LINK_ORDER_RESOLVE:
		link_resolve_again(link, now);
		break;
	case LINK_ORDER_CLOSE:
		close_link(link, now);
		break;
	}
}

static bool is_closed(const link_record *link, uint32_t now)
{
	return net_flushed(link->fd) || now - link->since >= (uint32_t)atomic_load(&link->linger) * 1000;
}

static void prepare(link_record *link, io_wait *wait)
{
	link_connect_prepare(link, wait);
	link_data_prepare(link, wait);
	if (atomic_load(&link->state) == LINK_CLOSING)
		io_due(wait, is_closed(link, wait->now) ? 0 : FLUSH_LOOK);
}

void link_prepare(io_wait *wait)
{
	for (link_record *link = links; link < links + LINK_COUNT; link++)
		if (atomic_load(&link->state) != LINK_FREE || link->answer.bytes)
			prepare(link, wait);
	link_server_prepare(wait);
}

static void perform(link_record *link, const io_wait *wait)
{
	link_connect_perform(link, wait);
	link_data_perform(link, wait);
	if (atomic_load(&link->state) == LINK_CLOSING && is_closed(link, wait->now))
		ended(link);
}

static void count(void)
{
	for (link_record *link = links; link < links + LINK_COUNT; link++)
		atomic_store(&link->available, (unsigned)link_available(link));
	link_tell(links, LINK_EVENT_COUNTED);
}

void link_perform(const io_wait *wait)
{
	for (link_record *link = links; link < links + LINK_COUNT; link++) {
		if (!link->sink.take) {
			link->sink.take = link_take;
			link->fd = -1;
		}
		if (atomic_load(&link->order))
			obey(link, wait->now);
		if (atomic_load(&link->state) != LINK_FREE || link->answer.bytes)
			perform(link, wait);
	}
	link_server_perform(wait);
	if (atomic_exchange(&link_count_wanted, false))
		count();
}

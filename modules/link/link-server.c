/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listeners, one for each address where the network wants it so. Which link a connection becomes, or that there is
 * none for it, is XS's decision: it is told that one waits, and orders a link to adopt it or the server to refuse it.
 * I/O task.
 */
#include "link-state.h"

server_record link_server;

static void tell(unsigned events)
{
	atomic_fetch_or(&link_server.events, events);
	platform_wake_xs();
}

static void stop(void)
{
	while (link_server.count > 0)
		net_close(link_server.listeners[--link_server.count]);
	link_server.state = SERVER_OFF;
}

int link_server_take(net_address *remote)
{
	if (link_server.state != SERVER_WAITING)
		return -1;
	link_server.state = SERVER_LISTENING;
	return net_accept(link_server.ready, remote);
}

static void refuse(void)
{
	net_address remote;
	int fd = link_server_take(&remote);

	if (fd >= 0)
		net_close(fd);
}

static void obey(void)
{
	switch (atomic_exchange(&link_server.order, 0)) {
	case SERVER_ORDER_LISTEN:
		link_server.count = net_listen(link_server.v6, link_server.port, link_server.listeners, link_server.count);
		link_server.state = link_server.count ? SERVER_LISTENING : SERVER_OFF;
		tell(link_server.count ? SERVER_EVENT_LISTENING : SERVER_EVENT_FAILED);
		break;
	case SERVER_ORDER_REFUSE:
		refuse();
		break;
	case SERVER_ORDER_STOP:
		stop();
		tell(SERVER_EVENT_STOPPED);
		break;
	}
}

void link_server_prepare(io_wait *wait)
{
	if (link_server.state != SERVER_LISTENING)
		return;
	for (unsigned i = 0; i < link_server.count; i++)
		io_read(wait, link_server.listeners[i]);
}

static void look(const io_wait *wait)
{
	for (unsigned i = 0; i < link_server.count; i++)
		if (FD_ISSET(link_server.listeners[i], &wait->read)) {
			link_server.ready = link_server.listeners[i];
			link_server.state = SERVER_WAITING;
			tell(SERVER_EVENT_WAITING);
			return;
		}
}

void link_server_perform(const io_wait *wait)
{
	if (link_server.state == SERVER_LISTENING && wait->ready)
		look(wait);
	if (atomic_load(&link_server.order))
		obey();
}

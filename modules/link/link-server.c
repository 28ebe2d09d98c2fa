/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener. Which link a connection becomes, or that there is none for it, is XS's decision: it is told that one
 * waits, and orders a link to adopt it or the server to refuse it. I/O task.
 */
#include "link-state.h"

server_record link_server = { .fd = -1 };

static void tell(unsigned events)
{
	atomic_fetch_or(&link_server.events, events);
	platform_wake_xs();
}

static void stop(void)
{
	if (link_server.fd >= 0)
		net_close(link_server.fd);
	link_server.fd = -1;
	link_server.state = SERVER_OFF;
}

int link_server_take(net_address *remote)
{
	if (link_server.state != SERVER_WAITING)
		return -1;
	link_server.state = SERVER_LISTENING;
	return net_accept(link_server.fd, remote);
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
		link_server.fd = net_listen(link_server.v6, link_server.port);
		link_server.state = link_server.fd < 0 ? SERVER_OFF : SERVER_LISTENING;
		tell(link_server.fd < 0 ? SERVER_EVENT_FAILED : SERVER_EVENT_LISTENING);
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
	if (link_server.state == SERVER_LISTENING)
		io_read(wait, link_server.fd);
}

void link_server_perform(const io_wait *wait)
{
	if (link_server.state == SERVER_LISTENING && wait->ready && FD_ISSET(link_server.fd, &wait->read)) {
		link_server.state = SERVER_WAITING;
		tell(SERVER_EVENT_WAITING);
	}
	if (atomic_load(&link_server.order))
		obey();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading on demand: what waits of an open link, and the answer to CIPRECVDATA. I/O task. */
#include <stdio.h>
#include <string.h>

#include "link-state.h"

size_t link_available(link_record *link)
{
	size_t pending;

	if (atomic_load(&link->state) != LINK_OPEN)
		return 0;
	if (link->is_datagrams)
		return link->held.size - link->held.given;
	pending = net_pending(link->fd);
	return pending < LINK_WINDOW ? pending : LINK_WINDOW;
}

/* @return bytes put behind the room for the header, 0 for none */
static size_t collect_answer(link_record *link, uint8_t *to, size_t size)
{
	int got;

	if (link->is_datagrams) {
		memcpy(to, link->held.bytes + link->held.given, size);
		link->held.given += size;
		if (link->held.given == link->held.size)
			link_forget(&link->held);
		return size;
	}
	got = net_receive(link->fd, to, size);
	return got > 0 ? (size_t)got : 0;
}

void link_read(link_record *link)
{
	size_t size = link_available(link), length;
	char header[LINK_HEADER], remote[NET_TEXT + 12] = "";
	link_held *answer = &link->answer;

	if (size > link->read_size)
		size = link->read_size;
	answer->bytes = size ? platform_alloc(LINK_HEADER + size) : NULL;
	if (answer->bytes)
		size = collect_answer(link, answer->bytes + LINK_HEADER, size);
	/* Whatever comes of it, what is still there is told anew. */
	link->announced = false;
	if (!answer->bytes || !size) {
		link_forget(answer);
		link_tell(link, LINK_EVENT_EMPTY);
		return;
	}
	if (atomic_load(&link_show_remote)) {
		const net_address *from = link->is_datagrams ? &link->from : &link->remote;
		char ip[NET_TEXT];

		net_print(from, ip);
		snprintf(remote, sizeof(remote), "\"%s\",%u,", ip, from->port);
	}
	length = (size_t)snprintf(header, sizeof(header), "+CIPRECVDATA:%u,%s", (unsigned)size, remote);
	memcpy(answer->bytes + LINK_HEADER - length, header, length);
	answer->size = LINK_HEADER + size;
	answer->given = LINK_HEADER - length;
}

void link_give_answer(link_record *link)
{
	link_held *answer = &link->answer;

	answer->given += port_answer(answer->bytes + answer->given, answer->size - answer->given);
	if (answer->given < answer->size)
		return;
	link_forget(answer);
	link_tell(link, LINK_EVENT_READ);
}

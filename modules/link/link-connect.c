/* SPDX-License-Identifier: Apache-2.0 */
/* From the order to connect, or to take a server's connection, to a link that XS is told of. I/O task. */
#include <errno.h>
#include <string.h>

#include "link-state.h"

#define NEWLY_DUE 0

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
	case EADDRINUSE:
		return LINK_ERROR_LOCAL_ADDRESS;
	case ENOMEM:
	case ENOBUFS:
		return LINK_ERROR_MEMORY;
	default:
		return LINK_ERROR_OTHER;
	}
}

void link_apply_options(link_record *link)
{
	atomic_store(&link->options_changed, false);
	if (link->is_datagrams)
		return;
	if (net_keep_alive(link->fd, atomic_load(&link->keep_alive)) ||
	    net_no_delay(link->fd, atomic_load(&link->no_delay)))
		platform_log("link: an option is refused");
}

static void established(link_record *link, uint32_t now)
{
	link_apply_options(link);
	atomic_store(&link->local_port, net_local_port(link->fd));
	link->active = now;
	atomic_store(&link->state, LINK_CONNECTED);
	link_tell(link, LINK_EVENT_CONNECTED);
}

static void connect_now(link_record *link, uint32_t now)
{
	const net_address *local = link->has_local ? &link->local : NULL;

	link->fd =
		link->is_datagrams ? net_datagrams(&link->remote, local, link->wanted_port) : net_connect(&link->remote, local);
	if (link->fd < 0)
		link_fail(link, reason(errno));
	else if (link->is_datagrams)
		established(link, now);
	else
		atomic_store(&link->state, LINK_CONNECTING);
}

/* On the worker. */
static void resolve(platform_job *job)
{
	link_resolution *resolution = (link_resolution *)(void *)job;
	int running = RESOLVE_RUNNING;

	resolution->found = net_resolve(resolution->host, resolution->family, &resolution->address);
	if (atomic_compare_exchange_strong(&resolution->progress, &running, RESOLVE_DONE))
		platform_wake_io();
	else
		platform_free(resolution);
}

/* @return whether the address is there already; otherwise it comes, or there is no memory (link->resolution is NULL) */
static bool look_up(link_record *link, net_address *address)
{
	memset(address, 0, sizeof(*address));
	address->port = link->remote_port;
	if (net_parse(link->host, address))
		return true;
	link->resolution = platform_alloc(sizeof(*link->resolution));
	if (!link->resolution)
		return false;
	link->resolution->family = link->family;
	link->resolution->address = *address;
	memcpy(link->resolution->host, link->host, sizeof(link->host));
	link->resolution->job.run = resolve;
	platform_queue_job(&link->resolution->job);
	return false;
}

/* An address of the other family is no address of this link. */
static bool suits(const link_record *link, const net_address *address)
{
	return link->family == NET_PREFER_V4 || address->v6 == (link->family == NET_V6);
}

static void take_remote(link_record *link, const net_address *address, uint32_t now)
{
	platform_lock_take(&link_lock);
	link->remote = *address;
	platform_lock_give(&link_lock);
	if (suits(link, address))
		connect_now(link, now);
	else
		link_fail(link, LINK_ERROR_DNS);
}

void link_begin(link_record *link, uint32_t now)
{
	net_address address;

	link->since = now;
	link->is_child = link->remote_taken = link->announced = link->unsendable = link->is_stalled = false;
	if (look_up(link, &address))
		take_remote(link, &address, now);
	else if (link->resolution)
		atomic_store(&link->state, LINK_RESOLVING);
	else
		link_fail(link, LINK_ERROR_MEMORY);
}

void link_adopt(link_record *link, uint32_t now)
{
	net_address remote;

	link->is_datagrams = link->announced = link->unsendable = link->is_stalled = false;
	link->fd = link_server_take(&remote);
	if (link->fd < 0) {
		link_fail(link, LINK_ERROR_OTHER);
		return;
	}
	link->is_child = true;
	platform_lock_take(&link_lock);
	link->remote = remote;
	platform_lock_give(&link_lock);
	established(link, now);
}

void link_resolve_again(link_record *link, uint32_t now)
{
	link->since = now;
	if (look_up(link, &link->to))
		link_tell(link, suits(link, &link->to) ? LINK_EVENT_RESOLVED : LINK_EVENT_FAILED);
	else if (!link->resolution)
		link_tell(link, LINK_EVENT_FAILED);
}

static void resolved(link_record *link, uint32_t now)
{
	link_resolution *resolution = link->resolution;
	net_address address = resolution->address;
	bool found = resolution->found;

	link->resolution = NULL;
	platform_free(resolution);
	if (atomic_load(&link->state) == LINK_OPEN) {
		link->to = address;
		link_tell(link, found && suits(link, &address) ? LINK_EVENT_RESOLVED : LINK_EVENT_FAILED);
	} else if (found)
		take_remote(link, &address, now);
	else
		link_fail(link, LINK_ERROR_DNS);
}

static uint32_t time_allowed(const link_record *link)
{
	return link->timeout ? link->timeout : LINK_CONNECT_TIME;
}

void link_connect_prepare(link_record *link, io_wait *wait)
{
	int state = atomic_load(&link->state);
	uint32_t passed = wait->now - link->since;

	if (state == LINK_CONNECTING)
		io_write(wait, link->fd);
	if (state == LINK_CONNECTING || state == LINK_RESOLVING)
		io_due(wait, passed >= time_allowed(link) ? NEWLY_DUE : time_allowed(link) - passed);
}

void link_connect_perform(link_record *link, const io_wait *wait)
{
	int state = atomic_load(&link->state), error;

	if (link->resolution && atomic_load(&link->resolution->progress) == RESOLVE_DONE) {
		resolved(link, wait->now);
		return;
	}
	if (state != LINK_CONNECTING && state != LINK_RESOLVING)
		return;
	if (state == LINK_CONNECTING && wait->ready && FD_ISSET(link->fd, &wait->write)) {
		error = net_connect_result(link->fd);
		if (error)
			link_fail(link, reason(error));
		else
			established(link, wait->now);
	} else if (wait->now - link->since >= time_allowed(link))
		link_fail(link, LINK_ERROR_TIMEOUT);
}

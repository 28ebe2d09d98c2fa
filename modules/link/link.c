/* SPDX-License-Identifier: Apache-2.0 */
/* The half of the links that runs on the XS task: the natives of link-native.ts, and the entry into its callbacks. */
#include <string.h>

#include "binary.h"
#include "link-state.h"
#include "services.h"

static xsSlot on_event, on_server;

typedef struct {
	int id;
	unsigned events;
} told;

static void enter_event(xsMachine *the, void *context)
{
	told *it = context;

	xsmcVars(3);
	xsmcSetInteger(xsVar(0), it->id);
	xsmcSetInteger(xsVar(1), (xsIntegerValue)it->events);
	xsmcSetInteger(xsVar(2), atomic_load(&links[it->id].error));
	xsCallFunction3(on_event, xsUndefined, xsVar(0), xsVar(1), xsVar(2));
}

static void enter_server(xsMachine *the, void *context)
{
	xsmcVars(1);
	xsmcSetInteger(xsVar(0), (xsIntegerValue) * (unsigned *)context);
	xsCallFunction1(on_server, xsUndefined, xsVar(0));
}

static void link_service(xsMachine *the)
{
	unsigned events;

	for (int id = 0; id < LINK_COUNT; id++) {
		told it = { id, atomic_exchange(&links[id].events, 0) };

		if (it.events)
			services_enter(the, enter_event, &it);
	}
	events = atomic_exchange(&link_server.events, 0);
	if (events)
		services_enter(the, enter_server, &events);
}

static service link_services = { .run = link_service };

void xs_link_destructor(void *data)
{
	(void)data;
}

/* (onEvent, onServer) */
void xs_link(xsMachine *the)
{
	on_event = xsArg(0);
	xsRemember(on_event);
	on_server = xsArg(1);
	xsRemember(on_server);
	platform_lock_init(&link_lock);
	for (unsigned id = 0; id < LINK_COUNT; id++)
		port_set_sink(id, &links[id].sink);
	services_add(&link_services);
}

static link_record *link_of(xsMachine *the, xsSlot *slot)
{
	int id = fxToInteger(the, slot);

	if (id < 0 || id >= LINK_COUNT)
		xsRangeError("no such link");
	return &links[id];
}

static void order(link_record *link, int what)
{
	atomic_store(&link->order, what);
	platform_wake_io();
}

static void require_free(xsMachine *the, link_record *link)
{
	if (atomic_load(&link->state) != LINK_FREE || atomic_load(&link->order))
		xsUnknownError("link in use");
	/* The link is free and nothing is ordered: what was not told yet belongs to the connection before. */
	atomic_store(&link->events, 0);
}

static bool address_from(xsMachine *the, xsSlot *slot, net_address *address)
{
	uint8_t text[NET_TEXT];
	size_t length = binary_get(the, slot, text, sizeof(text) - 1);

	if (length >= sizeof(text))
		return false;
	text[length] = 0;
	return strlen((char *)text) == length && net_parse((char *)text, address);
}

/* connect(id, datagrams, family, host, port, localIP | undefined, localPort, mode, timeout) */
void xs_link_connect(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));
	net_address local = { 0 };
	bool has_local = xsmcTypeOf(xsArg(5)) != xsUndefinedType;

	require_free(the, link);
	if (has_local && !address_from(the, &xsArg(5), &local))
		xsRangeError("no address");
	binary_get_text(the, &xsArg(3), link->host, sizeof(link->host));
	link->is_datagrams = link->sink.whole = xsmcToBoolean(xsArg(1));
	link->family = (net_family)xsmcToInteger(xsArg(2));
	link->remote_port = (uint16_t)xsmcToInteger(xsArg(4));
	link->has_local = has_local;
	link->local = local;
	link->wanted_port = (uint16_t)xsmcToInteger(xsArg(6));
	link->remote_mode = (uint8_t)xsmcToInteger(xsArg(7));
	link->timeout = (uint32_t)xsmcToInteger(xsArg(8));
	link->datagram_size = 0;
	memset(&link->remote, 0, sizeof(link->remote));
	order(link, LINK_ORDER_CONNECT);
}

void xs_link_adopt(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));

	require_free(the, link);
	link->sink.whole = false;
	order(link, LINK_ORDER_ADOPT);
}

/* start(id, passing) */
void xs_link_start(xsMachine *the)
{
	order(link_of(the, &xsArg(0)), xsmcToBoolean(xsArg(1)) ? LINK_ORDER_START_PASSING : LINK_ORDER_START);
}

void xs_link_close(xsMachine *the)
{
	order(link_of(the, &xsArg(0)), LINK_ORDER_CLOSE);
}

/* options(id, linger, noDelay, sendTimeout, keepAlive) */
void xs_link_options(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));

	atomic_store(&link->linger, xsmcToInteger(xsArg(1)));
	atomic_store(&link->no_delay, xsmcToBoolean(xsArg(2)));
	atomic_store(&link->send_timeout, (unsigned)xsmcToInteger(xsArg(3)));
	atomic_store(&link->keep_alive, (unsigned)xsmcToInteger(xsArg(4)));
	atomic_store(&link->options_changed, true);
	platform_wake_io();
}

/* passive(id, on) */
void xs_link_passive(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));

	atomic_store(&link->passive, xsmcToBoolean(xsArg(1)));
	atomic_store(&link->options_changed, true);
	platform_wake_io();
}

/* read(id, size) */
void xs_link_read(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));

	link->read_size = (uint32_t)xsmcToInteger(xsArg(1));
	order(link, LINK_ORDER_READ);
}

/*
 * datagram(id, size, keep): what comes next is one, to the remote of the link or, with keep, to the last one's; size 0:
 * every block of passthrough or of a stream is one. False: no memory.
 */
void xs_link_datagram(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));
	uint32_t size = (uint32_t)xsmcToInteger(xsArg(1));

	if (size > LINK_DATAGRAM)
		xsRangeError("size of a datagram");
	platform_free(link->datagram);
	link->datagram = size ? platform_alloc(size) : NULL;
	link->datagram_size = size;
	link->collected = 0;
	if (!xsmcToBoolean(xsArg(2))) {
		platform_lock_take(&link_lock);
		link->to = link->remote;
		platform_lock_give(&link_lock);
	}
	xsmcSetBoolean(xsResult, !size || link->datagram);
}

/* sendTo(id, host, port): where the datagram goes instead; answered by an event. */
void xs_link_sendTo(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));

	binary_get_text(the, &xsArg(1), link->host, sizeof(link->host));
	link->remote_port = (uint16_t)xsmcToInteger(xsArg(2));
	order(link, LINK_ORDER_RESOLVE);
}

/* count(): the bytes that can be read, of all links; told by an event of link 0. */
void xs_link_count(xsMachine *the)
{
	(void)the;
	atomic_store(&link_count_wanted, true);
	platform_wake_io();
}

void xs_link_available(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)atomic_load(&link_of(the, &xsArg(0))->available));
}

/* remote(id): address and port of the peer. */
void xs_link_remote(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));
	char text[NET_TEXT];
	net_address remote;

	platform_lock_take(&link_lock);
	remote = link->remote;
	platform_lock_give(&link_lock);
	net_print(&remote, text);
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 2);
	xsmcSetString(xsVar(0), text);
	xsmcSetIndex(xsResult, 0, xsVar(0));
	xsmcSetInteger(xsVar(0), remote.port);
	xsmcSetIndex(xsResult, 1, xsVar(0));
}

/* isBySoftAp(id): whether the peer is in the SoftAP's network */
void xs_link_isBySoftAp(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));
	net_address remote;

	platform_lock_take(&link_lock);
	remote = link->remote;
	platform_lock_give(&link_lock);
	xsmcSetBoolean(xsResult, net_is_by_access_point(&remote));
}

void xs_link_localPort(xsMachine *the)
{
	xsmcSetInteger(xsResult, atomic_load(&link_of(the, &xsArg(0))->local_port));
}

/* family(text): 0 no address, 4 or 6 */
void xs_link_family(xsMachine *the)
{
	net_address address;

	xsmcSetInteger(xsResult, address_from(the, &xsArg(0), &address) ? (address.v6 ? 6 : 4) : 0);
}

/* format(multiple, showRemote): how +IPD looks from now on. */
void xs_link_format(xsMachine *the)
{
	atomic_store(&link_multiple, xsmcToBoolean(xsArg(0)));
	atomic_store(&link_show_remote, xsmcToBoolean(xsArg(1)));
}

/* --- the server --- */

static void order_server(int what)
{
	atomic_store(&link_server.order, what);
	platform_wake_io();
}

/* listen(v6, port) */
void xs_link_listen(xsMachine *the)
{
	link_server.v6 = xsmcToBoolean(xsArg(0));
	link_server.port = (uint16_t)xsmcToInteger(xsArg(1));
	order_server(SERVER_ORDER_LISTEN);
}

void xs_link_refuse(xsMachine *the)
{
	(void)the;
	order_server(SERVER_ORDER_REFUSE);
}

void xs_link_stopListening(xsMachine *the)
{
	(void)the;
	order_server(SERVER_ORDER_STOP);
}

/* silence(seconds): how long a child may be silent, 0 for ever. */
void xs_link_silence(xsMachine *the)
{
	atomic_store(&link_server_timeout, (unsigned)xsmcToInteger(xsArg(0)));
	platform_wake_io();
}

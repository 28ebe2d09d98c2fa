/* SPDX-License-Identifier: Apache-2.0 */
/* The half of the links that runs on the XS task: the natives of link.ts, and the entry into its callback. */
#include <string.h>

#include "binary.h"
#include "link-state.h"
#include "services.h"

static xsSlot on_event;

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

static void link_service(xsMachine *the)
{
	for (int id = 0; id < LINK_COUNT; id++) {
		told it = { id, atomic_exchange(&links[id].events, 0) };

		if (it.events)
			services_enter(the, enter_event, &it);
	}
}

static service link_services = { .run = link_service };

void xs_link_destructor(void *data)
{
	(void)data;
}

void xs_link(xsMachine *the)
{
	on_event = xsArg(0);
	xsRemember(on_event);
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

/* connect(id, host, port, keepAlive, localIP | undefined, timeout) */
void xs_link_connect(xsMachine *the)
{
	link_record *link = link_of(the, &xsArg(0));

	if (atomic_load(&link->state) != LINK_FREE || atomic_load(&link->order))
		xsUnknownError("link in use");
	/* The link is free and nothing is ordered: what was not told yet belongs to the connection before. */
	atomic_store(&link->events, 0);
	binary_get_text(the, &xsArg(1), link->host, sizeof(link->host));
	memset(link->remote.ip, 0, sizeof(link->remote.ip));
	link->remote.port = (uint16_t)xsmcToInteger(xsArg(2));
	link->keep_alive = (uint16_t)xsmcToInteger(xsArg(3));
	link->has_local = xsmcTypeOf(xsArg(4)) != xsUndefinedType;
	if (link->has_local) {
		char text[NET_TEXT];

		binary_get_text(the, &xsArg(4), text, sizeof(text));
		if (!net_parse(text, link->local))
			xsRangeError("no address");
	}
	link->timeout = (uint32_t)xsmcToInteger(xsArg(5));
	order(link, LINK_ORDER_CONNECT);
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

/* remote(id): the peer's address in dots. */
void xs_link_remote(xsMachine *the)
{
	char text[NET_TEXT];

	net_print(link_of(the, &xsArg(0))->remote.ip, text);
	xsmcSetString(xsResult, text);
}

void xs_link_localPort(xsMachine *the)
{
	xsmcSetInteger(xsResult, link_of(the, &xsArg(0))->local_port);
}

/* isAddress(text): a dotted IPv4 address. */
void xs_link_isAddress(xsMachine *the)
{
	uint8_t text[NET_TEXT];
	uint8_t ip[4];
	size_t length = binary_get(the, &xsArg(0), text, sizeof(text) - 1);

	if (length < sizeof(text))
		text[length] = 0;
	xsmcSetBoolean(xsResult, length < sizeof(text) && net_parse((char *)text, ip));
}

/* format(multiple, showRemote): how +IPD looks from now on. */
void xs_link_format(xsMachine *the)
{
	atomic_store(&link_multiple, xsmcToBoolean(xsArg(0)));
	atomic_store(&link_show_remote, xsmcToBoolean(xsArg(1)));
}

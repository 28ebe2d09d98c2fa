/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of network-native.ts: look-ups and echo requests on the worker, one at a time; name servers. */
#include <stdatomic.h>
#include <string.h>

#include "binary.h"
#include "echo.h"
#include "platform.h"
#include "services.h"

#define HOST_MAX 255

enum { INQUIRY_RUNNING, INQUIRY_DONE, INQUIRY_ORPHANED };

/* Freed by whoever comes last, for XS may have given up waiting. */
typedef struct {
	platform_job job;
	atomic_int progress;
	net_family family;
	uint32_t echo_time; /* ms to wait for an echo, 0: none is asked for */
	bool found;
	net_address address;
	echo_result echoed;
	uint32_t elapsed;
	char host[HOST_MAX + 1];
} inquiry;

static inquiry *current;
static xsSlot on_done;

static void enter_done(xsMachine *the, void *context)
{
	inquiry *it = context;
	char text[NET_TEXT] = "";

	xsmcVars(3);
	if (it->found)
		net_print(&it->address, text);
	xsmcSetString(xsVar(0), text);
	xsmcSetInteger(xsVar(1), it->echoed);
	xsmcSetInteger(xsVar(2), (xsIntegerValue)it->elapsed);
	xsCallFunction3(on_done, xsUndefined, xsVar(0), xsVar(1), xsVar(2));
}

static void network_service(xsMachine *the)
{
	inquiry *it = current;

	if (!it || atomic_load(&it->progress) != INQUIRY_DONE)
		return;
	current = NULL;
	services_enter(the, enter_done, it);
	platform_free(it);
}

static service network_services = { .run = network_service };

void xs_network_destructor(void *data)
{
	(void)data;
}

/* (onDone) */
void xs_network(xsMachine *the)
{
	on_done = xsArg(0);
	xsRemember(on_done);
	services_add(&network_services);
}

/* On the worker. */
static void run(platform_job *job)
{
	inquiry *it = (inquiry *)(void *)job;
	int running = INQUIRY_RUNNING;

	it->found = net_parse(it->host, &it->address) || net_resolve(it->host, it->family, &it->address);
	if (it->found && it->echo_time && atomic_load(&it->progress) == INQUIRY_RUNNING)
		it->echoed = echo(&it->address, it->echo_time, &it->elapsed);
	if (atomic_compare_exchange_strong(&it->progress, &running, INQUIRY_DONE))
		platform_wake_xs();
	else
		platform_free(it);
}

/* inquire(host, family, echoTime): false without memory */
void xs_network_inquire(xsMachine *the)
{
	if (current)
		xsUnknownError("an inquiry is under way");
	current = platform_alloc(sizeof(*current));
	xsmcSetBoolean(xsResult, current != NULL);
	if (!current)
		return;
	if (binary_get(the, &xsArg(0), (uint8_t *)current->host, HOST_MAX) > HOST_MAX) {
		platform_free(current);
		current = NULL;
		xsRangeError("host name too long");
	}
	current->family = (net_family)xsmcToInteger(xsArg(1));
	current->echo_time = (uint32_t)xsmcToInteger(xsArg(2));
	current->job.run = run;
	platform_queue_job(&current->job);
}

/* forget(): nobody waits for it any more. */
void xs_network_forget(xsMachine *the)
{
	int running = INQUIRY_RUNNING;

	(void)the;
	if (current && !atomic_compare_exchange_strong(&current->progress, &running, INQUIRY_ORPHANED))
		platform_free(current);
	current = NULL;
}

/* setServers(first, second, third): texts of addresses, "" for none. */
void xs_network_setServers(xsMachine *the)
{
	net_address servers[NET_SERVERS] = { 0 };
	unsigned count = 0;

	for (int i = 0; i < NET_SERVERS; i++) {
		char text[NET_TEXT];

		binary_get_text(the, &xsArg(i), text, sizeof(text));
		if (net_parse(text, &servers[count]))
			count++;
	}
	net_set_servers(servers, count);
}

/* servers(): texts of addresses. */
void xs_network_servers(xsMachine *the)
{
	net_address servers[NET_SERVERS] = { 0 };
	unsigned count = net_get_servers(servers);

	xsmcVars(1);
	xsmcSetNewArray(xsResult, 0);
	for (unsigned i = 0; i < count; i++) {
		char text[NET_TEXT];

		net_print(&servers[i], text);
		xsmcSetString(xsVar(0), text);
		xsmcSetIndex(xsResult, (xsIndex)i, xsVar(0));
	}
}

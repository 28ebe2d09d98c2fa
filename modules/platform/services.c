/* SPDX-License-Identifier: Apache-2.0 */
#include "services.h"

#include "platform.h"

uint32_t services_entries, services_exceptions;

static service *first;

void services_add(service *it)
{
	service **link = &first;

	while (*link && *link != it)
		link = &(*link)->next;
	it->next = *link ? it->next : NULL;
	*link = it;
}

void services_run(xsMachine *the)
{
	for (service *it = first; it; it = it->next)
		it->run(the);
}

uint32_t services_due(uint32_t now)
{
	uint32_t due = UINT32_MAX;

	for (service *it = first; it; it = it->next) {
		uint32_t own = it->due ? it->due(now) : UINT32_MAX;

		if (own < due)
			due = own;
	}
	return due;
}

void services_enter(xsMachine *the, void (*body)(xsMachine *the, void *context), void *context)
{
	services_entries++;
	xsBeginHost(the);
	{
		xsTry
		{
			body(the, context);
		}
		xsCatch
		{
			services_exceptions++;
			platform_log("exception: %s", xsmcToString(xsException));
		}
	}
	xsEndHost(the);
}

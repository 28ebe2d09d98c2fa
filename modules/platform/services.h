/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way from C back into JavaScript, the only one.
 *
 * Another task sets a bit of an object's pending mask and calls platform_wake_xs(); the XS task then runs every
 * module's service, which reads state and enters JavaScript through services_enter(). A mask cannot overflow.
 */
#ifndef XS_AT_SERVICES_H
#define XS_AT_SERVICES_H

#include <stdint.h>

#include "xsmc.h"

typedef struct service {
	struct service *next;
	void (*run)(xsMachine *the);
	/* Milliseconds until this service wants to run by itself, UINT32_MAX for never. May be NULL. */
	uint32_t (*due)(uint32_t now);
} service;

/** Adds a module's service; called from its constructor. Services run in the order added. */
void services_add(service *it);

/** Runs all services. XS task, from the system's main loop. */
void services_run(xsMachine *the);

/** Milliseconds until a service wants to run, UINT32_MAX for never. */
uint32_t services_due(uint32_t now);

/**
 * Calls body with a frame of its own. No exception leaves it: one that body does not catch goes to the log port and
 * is counted, and the machine lives on.
 */
void services_enter(xsMachine *the, void (*body)(xsMachine *the, void *context), void *context);

/** How often JavaScript was entered, and how often an exception ended that. */
extern uint32_t services_entries, services_exceptions;

#endif

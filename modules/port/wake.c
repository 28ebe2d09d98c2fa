/* SPDX-License-Identifier: Apache-2.0 */
#include "wake.h"

#include "port-state.h"

static void drive(const wake_config *config, bool active)
{
	if (config->mode == WAKE_PIN)
		platform_pin_output(config->pin, active == (config->signal != 0));
}

/* Lock held. */
static void finish(void)
{
	if (!atomic_load(&port.wake.waiting))
		return;
	atomic_store(&port.wake.waiting, false);
	drive(&port.wake.config, false);
}

bool wake_configure(const wake_config *config)
{
	const wake_config *old = &port.wake.config;
	bool done;

	platform_lock_take(&port.lock);
	/* The pin rests at the other level, and from now on. */
	done = config->mode != WAKE_PIN || platform_pin_output(config->pin, !config->signal);
	if (done) {
		finish();
		if (old->mode == WAKE_PIN && (config->mode != WAKE_PIN || config->pin != old->pin))
			platform_pin_release(old->pin);
		port.wake.config = *config;
		atomic_store(&port.wake.asleep, config->mode != WAKE_OFF);
		drive(config, false);
	}
	platform_lock_give(&port.lock);
	platform_wake_io();
	return done;
}

bool wake_report(bool asleep, unsigned method)
{
	bool taken;

	platform_lock_take(&port.lock);
	taken = port.wake.config.mode != WAKE_OFF && (port.wake.config.check & method);
	if (taken) {
		atomic_store(&port.wake.asleep, asleep);
		if (!asleep)
			finish();
	}
	platform_lock_give(&port.lock);
	platform_wake_io();
	return taken;
}

uint32_t wake_lead(void)
{
	port_mode mode = atomic_load(&port.mode);

	port.wake.starting = !atomic_load(&port.wake.waiting) && (mode == PORT_COMMAND || mode == PORT_PASSTHROUGH);
	port.wake.lead = port.wake.starting && port.wake.config.mode == WAKE_UART;
	return port.wake.lead;
}

void wake_signal(void)
{
	if (!port.wake.starting)
		return;
	if (port.wake.lead)
		ring_stage(&port.transmit, 0, &port.wake.config.signal, 1);
	drive(&port.wake.config, true);
	port.wake.since = platform_now();
	atomic_store(&port.wake.held_from, atomic_load(&port.transmit.head) + port.wake.lead);
	/* Before the message is seen in the ring: see wake_sendable(). */
	atomic_store(&port.wake.waiting, true);
}

/* Room for lines and their answers stays: with one the host tells that it is awake. Only a large message needs it all.
 */
uint32_t wake_room(uint32_t room)
{
	uint32_t kept = room == PORT_TRANSMIT_RING ? 1 : PORT_TRANSMIT_RING - PORT_TRANSMIT_MARK + 1;

	return room > kept ? room - kept : 0;
}

void wake_line(void)
{
	finish();
}

uint32_t wake_sendable(uint32_t span)
{
	uint32_t free;

	free = atomic_load(&port.wake.held_from) - atomic_load(&port.transmit.tail);
	return span < free ? span : free;
}

uint32_t wake_due(uint32_t now)
{
	uint32_t passed, delay;

	platform_lock_take(&port.lock);
	passed = now - port.wake.since;
	delay = port.wake.config.delay;
	platform_lock_give(&port.lock);
	return (int32_t)passed < 0 ? delay : passed < delay ? delay - passed : 0;
}

void wake_poll(uint32_t now)
{
	platform_lock_take(&port.lock);
	if (atomic_load(&port.wake.waiting) && (int32_t)(now - port.wake.since) >= (int32_t)port.wake.config.delay) {
		finish();
		atomic_store(&port.wake.asleep, !(port.wake.config.check & WAKE_CHECK_TIMEOUT));
	}
	platform_lock_give(&port.lock);
}

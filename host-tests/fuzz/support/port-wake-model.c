/* SPDX-License-Identifier: Apache-2.0 */
#include "port-wake-model.h"

#define PIN 18
#define LEVEL 1

static struct {
	/* as of the last sync */
	bool asleep, waiting;
	port_mode mode;
	unsigned lines;
	uint32_t since, delay;
	/* since then */
	bool told; /* configured, or the host has said something of its sleep */
	unsigned messages;
	size_t signalled; /* where the output goes on behind the signal; 0: none was given */
} last;

static bool asleep(void)
{
	return atomic_load(&port.wake.asleep);
}

static bool waiting(void)
{
	return atomic_load(&port.wake.waiting);
}

void wake_model_start(void)
{
	memset(&last, 0, sizeof last);
}

static bool may_wake(port_mode mode)
{
	return mode == PORT_COMMAND || mode == PORT_PASSTHROUGH;
}

void wake_model_message(bool preceded, size_t position)
{
	bool sleeps = last.asleep && asleep() && !last.told;

	if (preceded) {
		FUZZ_REQUIRE(port.wake.config.mode == WAKE_UART && (last.asleep || last.told),
		             "a signal to a host that is awake");
		last.signalled = position;
	} else if (port.wake.config.mode == WAKE_UART && !last.messages)
		FUZZ_REQUIRE(!sleeps || last.waiting || last.mode != atomic_load(&port.mode) || !may_wake(last.mode),
		             "a message to a host that sleeps, and no signal");
	last.messages++;
}

static void check_waiting(void)
{
	size_t held_from = atomic_load(&port.wake.held_from);

	FUZZ_REQUIRE(port.wake.config.mode != WAKE_OFF, "nobody is to be woken");
	FUZZ_REQUIRE(fake.output_size <= held_from, "%zu bytes left before the time was over",
	             fake.output_size - held_from);
	if (last.waiting && last.since == port.wake.since)
		return;
	FUZZ_REQUIRE(last.asleep || last.told, "a host that is awake is woken");
	FUZZ_REQUIRE(last.messages, "woken for nothing");
	FUZZ_REQUIRE(port.wake.config.mode != WAKE_UART || last.signalled == held_from, "held from %zu, signal before %zu",
	             held_from, last.signalled);
}

static void check_given_free(void)
{
	FUZZ_REQUIRE(last.told || port.lines != last.lines || fake.now - last.since >= last.delay, "given free early");
}

void wake_model_sync(void)
{
	if (waiting())
		check_waiting();
	else if (last.waiting)
		check_given_free();
	if (!last.told && last.asleep != asleep())
		FUZZ_REQUIRE((last.waiting || last.messages) && !asleep() && port.wake.config.check & WAKE_CHECK_TIMEOUT &&
		                 fake.now - port.wake.since >= port.wake.config.delay,
		             "asleep %d, and then not", last.asleep);
	if (port.wake.config.mode == WAKE_PIN)
		FUZZ_REQUIRE(fake.pins[PIN] - 1 == (waiting() ? LEVEL : !LEVEL), "the level of the pin");
	last.asleep = asleep();
	last.waiting = waiting();
	last.mode = atomic_load(&port.mode);
	last.lines = port.lines;
	last.since = port.wake.since;
	last.delay = port.wake.config.delay;
	last.told = false;
	last.messages = 0;
	last.signalled = 0;
}

void model_wake(unsigned mode, unsigned delay, unsigned check)
{
	int signal = mode == WAKE_UART ? WAKE_MODEL_SIGNAL : LEVEL;

	model_sync();
	last.told = true;
	FUZZ_REQUIRE(FAKE_CALL(&play.machine, xs_port_wakeHost, FAKE_INT((int32_t)mode), FAKE_INT(PIN), FAKE_INT(signal),
	                       FAKE_INT((int32_t)delay), FAKE_INT((int32_t)check)),
	             "configured");
	FUZZ_REQUIRE(asleep() == (mode != WAKE_OFF) && !waiting(), "asleep from then on");
}

void model_host_sleeps(bool sleeps, unsigned method)
{
	bool taken = port.wake.config.mode != WAKE_OFF && port.wake.config.check & method;

	model_sync();
	last.told = true;
	FUZZ_REQUIRE((bool)FAKE_CALL(&play.machine, xs_port_hostSleeps, FAKE_BOOL(sleeps), FAKE_INT((int32_t)method)) ==
	                 taken,
	             "whether it may be told so");
	FUZZ_REQUIRE(!taken || asleep() == sleeps, "told");
	FUZZ_REQUIRE(!taken || sleeps || !waiting(), "awake, and yet something is held");
}

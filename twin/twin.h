/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the twin that know each other. */
#ifndef XS_AT_TWIN_H
#define XS_AT_TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

/* --- options.c --- */

typedef struct {
	const char *uart;
	const char *listen;
	const char *flash;
	bool factory;
	const char *radio;
	const char *control;
	const char *trace;
	bool manual_clock;
	uint64_t seed;
	bool pace;
	bool console;
	size_t heap;
} twin_options;

/** Exits with a message when the command line is wrong. */
void options_parse(int argc, char **argv, twin_options *options);

/* --- handover.c: what outlives a reset --- */

#define HANDOVER_CONNECTIONS 16
#define HANDOVER_AWAKE (-1)

typedef struct {
	int connection; /* number that the world knows it by */
	int fd;
} handover_connection;

typedef struct {
	bool restored;
	int master, slave, diverted, flash, control, listen;
	int instance;
	int64_t clock;
	int64_t wall;  /* platform_wall_offset() */
	int64_t sleep; /* platform_now() at which deep sleep ends; AWAKE for none */
	int connections;
	handover_connection connection[HANDOVER_CONNECTIONS];
	char *world; /* what World.save() returned */
} handover;

/** Reads what the process before the reset left; all descriptors -1 on a first start. */
void handover_read(handover *state);

/** Re-executes the program with the state. Does not return. */
_Noreturn void handover_execute(const handover *state, char **argv);

/* --- world.c: the radio world on its thread --- */

/** Reads the world and starts its thread. False with a message when the world file is wrong. */
bool world_start(const twin_options *options, const handover *state, char **argv);

/** An answer of C to a request of the world. Any thread. */
void world_answer(const char *kind, int id, const char *json);

/** Re-executes the process from the world's thread: a restart by the firmware. Any thread; returns at once. */
void world_reset(void);

/** The same by the reset pin or a power cut, which the RTC does not survive. */
void world_reset_pin(void);

/** The same, to start only when platform_now() is until. */
void world_sleep(uint32_t until);

/* --- ports.c --- */

/** Answers port.list: the local ports that the host refused. */
void ports_answer(int id);

/* --- pin-control.c --- */

/** Tells changes of pins to the world from now on; before the firmware runs. */
void pins_start(void);

/** Answers the world's request "outputs": for one pin by its number, or with "" for all that are driven. */
void pins_answer(int id, const char *argument);

/* --- listen.c: the port over TCP --- */

bool listen_open(const char *address, const handover *state);
int listen_descriptor(void);
void listen_accept(void);

/* --- console.c --- */

/** Attaches this terminal to the pseudo-terminal at path, as a client. */
void console_attach(const char *path);

/* --- device.c: requests of the control socket about the device itself --- */

/** @param argument "<number> <level>": somebody outside drives a pin */
void device_pin(int id, const char *argument);

/** The firmware slots. */
void device_firmware(int id);

/* --- statistics.c --- */

/** Asks the XS task for its figures; the answer goes to world_answer("statistics", id, …). */
void statistics_request(int id, bool collect);

#endif

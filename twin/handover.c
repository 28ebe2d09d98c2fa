/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reset re-executes the program, so that nothing static survives it by accident. What must survive (the pseudo-
 * terminal, control clients, the radio world, the clock) is handed over: descriptors by number, the rest as text in
 * a memory file whose descriptor an environment variable names.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform.h"
#include "twin.h"

#define VARIABLE "XS_AT_HANDOVER"

static void keep(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) & ~FD_CLOEXEC);
}

static void guard(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) | FD_CLOEXEC);
}

static void each_descriptor(const handover *state, void (*act)(int fd))
{
	act(state->master);
	act(state->slave);
	act(state->diverted);
	act(state->flash);
	act(state->control);
	act(state->listen);
	for (int i = 0; i < state->connections; i++)
		act(state->connection[i].fd);
}

void handover_read(handover *state)
{
	const char *text = getenv(VARIABLE);
	long long clock, wall, sleep;
	FILE *file;
	long at, end;

	*state = (handover){
		.master = -1, .slave = -1, .diverted = -1, .flash = -1, .control = -1, .listen = -1, .sleep = HANDOVER_AWAKE
	};
	if (!text || !(file = fdopen(atoi(text), "r")))
		return;
	unsetenv(VARIABLE);
	if (fscanf(file, "%d %d %d %d %d %d %d %lld %lld %lld %d", &state->master, &state->slave, &state->diverted,
	           &state->flash, &state->control, &state->listen, &state->instance, &clock, &wall, &sleep,
	           &state->connections) != 11)
		abort();
	state->clock = clock;
	state->wall = wall;
	state->sleep = sleep;
	for (int i = 0; i < state->connections; i++)
		if (fscanf(file, "%d %d", &state->connection[i].connection, &state->connection[i].fd) != 2)
			abort();
	fgetc(file);
	at = ftell(file);
	fseek(file, 0, SEEK_END);
	end = ftell(file);
	fseek(file, at, SEEK_SET);
	state->world = calloc(1, (size_t)(end - at) + 1);
	if (fread(state->world, 1, (size_t)(end - at), file) != (size_t)(end - at))
		abort();
	fclose(file);
	state->restored = true;
	each_descriptor(state, guard);
}

_Noreturn void handover_execute(const handover *state, char **argv)
{
	int fd = memfd_create("handover", 0);
	char number[16];
	sigset_t none;
	FILE *file = fdopen(dup(fd), "w");

	fprintf(file, "%d %d %d %d %d %d %d %lld %lld %lld %d", state->master, state->slave, state->diverted, state->flash,
	        state->control, state->listen, state->instance, (long long)state->clock, (long long)state->wall,
	        (long long)state->sleep, state->connections);
	for (int i = 0; i < state->connections; i++)
		fprintf(file, " %d %d", state->connection[i].connection, state->connection[i].fd);
	fprintf(file, "\n%s", state->world ? state->world : "");
	fclose(file);
	lseek(fd, 0, SEEK_SET);
	snprintf(number, sizeof(number), "%d", fd);
	setenv(VARIABLE, number, 1);
	each_descriptor(state, keep);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	platform_log("reset: cannot execute myself");
	_exit(1);
}

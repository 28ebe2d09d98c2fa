/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: lines in, lines out, for several clients at once. On the world's thread only. */
#ifndef XS_AT_CONTROL_H
#define XS_AT_CONTROL_H

#include <poll.h>

#include "twin.h"

#define CONTROL_CLIENTS HANDOVER_CONNECTIONS
#define CONTROL_POLL (CONTROL_CLIENTS + 1)

/** Listens, or goes on with the sockets from before a reset. False with a message when it cannot. */
bool control_open(const char *path, const handover *state);

/** Fills at most CONTROL_POLL descriptors. @return how many */
int control_poll_set(struct pollfd *set);

/** Handles what poll() found: whole lines, and clients that left. */
void control_ready(const struct pollfd *set, int count, void (*line)(int connection, const char *text),
                   void (*closed)(int connection));

void control_send(int connection, const char *line);

/** Writes out what it can and describes the sockets for a reset. */
void control_save(handover *state);

#endif

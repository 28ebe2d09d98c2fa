/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of port-model.c, and what the commands of native/port-play.h answer to them. */
#ifndef XS_AT_FUZZ_PORT_COMMANDS_H
#define XS_AT_FUZZ_PORT_COMMANDS_H

#include "fuzz.h"

#define COMMANDS_PROMPT "\r\nOK\r\n\r\n>"

/** Forgets the line that is open. */
void commands_reset(void);

/** A byte of a line. With the last one the answer is owed, and the model's state and next are set. */
void commands_feed(uint8_t byte);

#endif

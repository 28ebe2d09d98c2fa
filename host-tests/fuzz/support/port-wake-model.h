/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waking the host, of port-model.c: what is not an answer is preceded by the signal when the host sleeps, and leaves
 * only when its time is over, or the host has sent a line or told that it is awake.
 */
#ifndef XS_AT_FUZZ_PORT_WAKE_MODEL_H
#define XS_AT_FUZZ_PORT_WAKE_MODEL_H

#include "fuzz.h"
#include "port-model.h"

/** The signal of WAKE_UART: no message begins so. */
#define WAKE_MODEL_SIGNAL 0xf7

void wake_model_start(void);
/** A frame, an event or bytes of the network were put in; with the signal before it at a position of the output. */
void wake_model_message(bool preceded, size_t position);
/** At the end of every model_sync(). */
void wake_model_sync(void);

/** As AT+USERWKMCUCFG and AT+USERMCUSLEEP. */
void model_wake(unsigned mode, unsigned delay, unsigned check);
void model_host_sleeps(bool asleep, unsigned method);

#endif

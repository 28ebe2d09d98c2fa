/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the port's I/O half know of each other. */
#ifndef XS_AT_PORT_IO_H
#define XS_AT_PORT_IO_H

#include "transmit.h"

/* --- port-io.c --- */

/** `busy p...`, with its number when that is wanted. Lock held, and there is room. */
void port_put_busy(void);

/** Whether an answer without JavaScript has room and may come now. */
bool port_may_answer(void);

/** Takes what the UART has, as far as there is room. */
size_t port_pull_uart(void);

/* --- port-data.c: data phases of a length --- */

void port_data_prepare(io_wait *wait, port_mode mode);
void port_data_perform(void);

/** Moves data_left bytes to the sink. @return true when that is over: all taken, or the sink broke */
bool port_move_to_sink(bool *broken);

/** The data are here: `Recv n bytes` when that is wanted, and what is beyond them is surplus. */
void port_data_end(unsigned event);

/* --- port-pass.c: passthrough, and data that are sent while they come --- */

static inline bool port_can_escape(port_mode mode)
{
	return mode == PORT_PASSTHROUGH || mode == PORT_STREAMING;
}

void port_pass_prepare(io_wait *wait, port_mode mode);

/** @param looked when the UART was last found empty, at the latest: guards are judged as of then */
void port_pass_perform(uint32_t looked);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* --pace: the UART at its baud rate, with the chip's 128-byte FIFO and its flow control. I/O task only. */
#ifndef XS_AT_PACE_H
#define XS_AT_PACE_H

#include "platform.h"

void pace_configure(const uart_config *config);
size_t pace_read(size_t (*read_now)(void *, size_t), void *buffer, size_t size);
size_t pace_write(size_t (*write_now)(const void *, size_t), const void *buffer, size_t size);
bool pace_idle(void);
/** ms between two looks at the line. */
#define PACE_TICK 1
uint32_t pace_lost(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the host of host-tests/fuzz/port.c sends. */
#ifndef XS_AT_FUZZ_PORT_HOST_H
#define XS_AT_FUZZ_PORT_HOST_H

#include "fuzz.h"

extern struct host {
	bool finishing; /* it may use what is kept for its end */
	uint32_t noise;
	unsigned long_answers;
} host;

void host_send(const void *bytes, size_t size);
void host_send_text(const char *text);
/** @param signs of 256 bytes that are + */
void host_send_noise(size_t size, unsigned signs);
/** As AT+SENDEX wants them. */
void host_send_escapes(size_t size);
void host_send_line(fuzz_input *input);
/** What is still wanted of a data phase, and perhaps more than that with it. */
void host_send_rest(fuzz_input *input);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Among the files of the XS task's half of the port. */
#ifndef XS_AT_PORT_XS_H
#define XS_AT_PORT_XS_H

#include "port-state.h"

/** Of the set command in hand, in port.line. */
typedef struct {
	uint8_t *text;
	size_t size;
} port_parameter_text;

extern port_parameter_text port_parameters;

void port_set_mode(port_mode mode);

/** The line in hand, if there is one, is done with: what follows is data. */
void port_finish_line(void);

/** `ready`, with the prompt of a mode that has one. */
void port_say_ready(port_mode mode);

#endif

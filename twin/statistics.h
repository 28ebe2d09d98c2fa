/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_AT_STATISTICS_H
#define XS_AT_STATISTICS_H

#include "machine.h"

/** Answers a request of the control socket, if there is one. On the machine's thread. */
void statistics_service(machine_vm *the);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware.c asks of the system below. */
#ifndef XS_AT_FIRMWARE_H
#define XS_AT_FIRMWARE_H

#include <stdbool.h>

/**
 * Checks the image in the other slot, every byte of it, and if it is good has the boot loader start it next. Wherever
 * the power is cut, one of the two starts. Worker. @return whether it starts next
 */
bool firmware_select_other(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Sleep in the twin: between the firmware's side, the twin and its world. */
#ifndef XS_AT_TWIN_POWER_H
#define XS_AT_TWIN_POWER_H

#include <stdbool.h>
#include <stdint.h>

/** GPIO numbers go up to this one. */
#define INPUT_PIN_MAX 46

/** Somebody outside drives a pin. Any thread; a wake-up has happened when it returns. */
void input_pin_set(unsigned pin, bool level);

/** Deep sleep until platform_now() is this; set by the twin, does not return. */
extern void (*power_deep_sleep_hook)(uint32_t until);

/** News for the control socket, JSON; implemented by the twin. */
void power_tell(const char *event);

#endif

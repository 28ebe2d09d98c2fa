/* SPDX-License-Identifier: Apache-2.0 */
/* The twin's pins as the world outside sees them. */
#ifndef XS_AT_TWIN_PINS_H
#define XS_AT_TWIN_PINS_H

/* Instead of a level: nobody drives the pin. */
#define PIN_RELEASED (-1)

/** What the firmware drives a pin to: 0, 1 or PIN_RELEASED. Any thread. */
int twin_pin_level(unsigned pin);

/** Called with each change, by the thread that makes it; it must not block. Set by the twin before the firmware runs.
 */
extern void (*twin_pins_hook)(unsigned pin, int level);

#endif

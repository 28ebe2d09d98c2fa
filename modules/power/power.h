/* SPDX-License-Identifier: Apache-2.0 */
/* Sleep and transmit power: what power.c asks of the system below, and what the radio's driver asks of power.c. */
#ifndef XS_AT_POWER_H
#define XS_AT_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* As AT+SLEEP has them (guide 3.1.13). */
typedef enum { SLEEP_OFF, SLEEP_MODEM, SLEEP_LIGHT, SLEEP_MODEM_LISTEN } sleep_mode;

/* --- the radio's driver, on the XS task --- */

/** The radio runs: it forgets with each stop how it is to sleep and how loud it may be, so it is told. */
void power_radio_started(void);

/* --- the system below (esp32/, posix/) --- */

/** How the radio sleeps from now on; nothing to do where it does not run. XS task. @return false when it refuses */
bool power_radio_sleep(sleep_mode mode);

/** @param power 0.25 dBm @return false when the radio refuses or does not run. XS task */
bool power_radio_set_transmit(int power);

/** In 0.25 dBm, -1 when the radio does not run. XS task. */
int power_radio_transmit(void);

/** A pin of ours, to wake by: XS task. @return false when the system below refuses */
bool power_wake_pin(unsigned pin, unsigned level);

/** Whether the processor may sleep while nobody has anything to do, unless the wake pin says otherwise. Any task. */
void power_light_sleep(bool on);

/** Everything stops, the UART too; after ms milliseconds the system starts as from a reset. I/O task. */
_Noreturn void power_deep_sleep(uint32_t ms);

#endif

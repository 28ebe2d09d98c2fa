/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waking the host (AT+USERWKMCUCFG, AT+USERMCUSLEEP: guide 3.11.4, 3.11.5). What the port says of itself (events,
 * received data) to a host that sleeps is preceded by a signal, a level of a pin or a byte, and held for the delay
 * time; what was put in before still goes out. Answers are not preceded: a host that awaits one is awake. They never
 * wait either: a line of the host ends the holding, so that all goes out in its order.
 */
#ifndef XS_AT_WAKE_H
#define XS_AT_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* <wake mode>; the numbers are the guide's. */
typedef enum { WAKE_OFF, WAKE_PIN, WAKE_UART } wake_mode;

/* Bits of <check mcu awake method>. */
enum {
	WAKE_CHECK_REPORT = 1 << 0,  /* AT+USERMCUSLEEP tells */
	WAKE_CHECK_SLEEP = 1 << 1,   /* AT+SLEEP tells */
	WAKE_CHECK_TIMEOUT = 1 << 2, /* after the delay time the host is awake; otherwise it counts as asleep again */
};

#define WAKE_DELAY_MAX 60000 /* ms */

typedef struct {
	wake_mode mode;
	uint8_t pin;
	uint8_t signal; /* the level, or the byte */
	uint8_t check;
	uint32_t delay; /* ms */
} wake_config;

typedef struct {
	wake_config config;
	atomic_bool asleep;  /* as far as is known; false while the mode is WAKE_OFF */
	bool starting;       /* the message that is being put in is to be preceded by the signal */
	uint8_t lead;        /* and that many bytes of it */
	atomic_bool waiting; /* the signal was given: what the ring holds from held_from on stays there */
	atomic_uint_least32_t held_from;
	uint32_t since;
} host_wake;

/**
 * Sets how the host is woken; it counts as asleep from then on, until it tells otherwise. What was held goes out. XS
 * task.
 * @return false, and nothing has changed, when the pin cannot be driven
 */
bool wake_configure(const wake_config *config);

/**
 * The host has told that it sleeps, or that it is awake, which gives free what was held. XS task.
 * @param method how: one bit of WAKE_CHECK_…
 * @return false when that is not a method by which it is to be told
 */
bool wake_report(bool asleep, unsigned method);

/** Bytes in front of the message that is about to be put in: 1 for a wake byte. The host is asleep; lock held. */
uint32_t wake_lead(void);

/** That message is put into the ring now, and is not empty. The host is asleep; lock held. */
void wake_signal(void);

/** Of the room in the transmit ring, what may be taken for something that is held. Lock held. */
uint32_t wake_room(uint32_t room);

/** The host has sent a line, so it is awake for the moment: nothing is held any more. Lock held. */
void wake_line(void);

/**
 * How many of the next span bytes may go out, while waiting. That is to be looked at after span was read from the ring:
 * what is to be held came into it after `waiting`. I/O task.
 */
uint32_t wake_sendable(uint32_t span);

/** While waiting: milliseconds until wake_poll() has something to do, and what it does. I/O task. */
uint32_t wake_due(uint32_t now);
void wake_poll(uint32_t now);

#endif

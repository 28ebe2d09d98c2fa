/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power.h on the twin. In light sleep the UART hears nothing unless the wake pin is at its level; timers and the
 * network wake the firmware as they wake a chip. Deep sleep is the twin's: nothing of the firmware runs in it.
 */
#define _GNU_SOURCE
#include "twin-power.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "platform.h"
#include "power.h"
#include "twin-platform.h"
#include "twin-wifi.h"

#define TRANSMIT_MAX 78 /* 0.25 dBm: guide 3.1.20 */
#define NO_PIN (-1)

void (*power_deep_sleep_hook)(uint32_t until);

static struct {
	pthread_mutex_t lock;
	enum { FLOATING, LOW, HIGH } pins[INPUT_PIN_MAX + 1];
	int pin; /* that wakes */
	bool level;
	bool sleeps; /* AT+SLEEP=2 is in force */
	bool asleep; /* and nothing keeps it awake */
	int transmit;
} power = { .lock = PTHREAD_MUTEX_INITIALIZER, .pin = NO_PIN };

/* A pin that nobody drives is pulled to the level that does not wake. */
static bool is_woken(void)
{
	return power.pin != NO_PIN && power.pins[power.pin] == (power.level ? HIGH : LOW);
}

/* Lock held, so that whoever changes a pin can rely on the change when it is done. */
static void settle(void)
{
	bool asleep = power.sleeps && !is_woken();

	if (asleep == power.asleep)
		return;
	power.asleep = asleep;
	uart_set_deaf(asleep);
	power_tell(asleep ? "{\"event\":\"sleep\",\"state\":\"light\"}" : "{\"event\":\"sleep\",\"state\":\"awake\"}");
}

void input_pin_set(unsigned pin, bool level)
{
	pthread_mutex_lock(&power.lock);
	power.pins[pin] = level ? HIGH : LOW;
	settle();
	pthread_mutex_unlock(&power.lock);
}

bool power_wake_pin(unsigned pin, unsigned level)
{
	pthread_mutex_lock(&power.lock);
	power.pin = (int)pin;
	power.level = level;
	settle();
	pthread_mutex_unlock(&power.lock);
	return true;
}

void power_light_sleep(bool on)
{
	pthread_mutex_lock(&power.lock);
	power.sleeps = on;
	settle();
	pthread_mutex_unlock(&power.lock);
}

_Noreturn void power_deep_sleep(uint32_t ms)
{
	power_deep_sleep_hook(platform_now() + ms);
	for (;;)
		pause();
}

/* --- the radio: it sends as loud as it is told, and nobody hears whether it sleeps --- */

bool power_radio_sleep(sleep_mode mode)
{
	char request[48];

	snprintf(request, sizeof(request), "{\"op\":\"sleep\",\"mode\":%d}", mode);
	wifi_radio_request(request);
	return true;
}

bool power_radio_set_transmit(int wanted)
{
	char request[48];

	power.transmit = wanted > TRANSMIT_MAX ? TRANSMIT_MAX : wanted;
	snprintf(request, sizeof(request), "{\"op\":\"power\",\"value\":%d}", power.transmit);
	wifi_radio_request(request);
	return true;
}

int power_radio_transmit(void)
{
	return power.transmit;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The twin's pins: levels that the control socket shows. */
#include <pthread.h>

#include "pins.h"
#include "platform.h"
#include "twin-pins.h"

void (*twin_pins_hook)(unsigned pin, int level);

static struct {
	pthread_mutex_t lock;
	int8_t level[PIN_COUNT]; /* one more than it is, so that 0 is PIN_RELEASED */
} pins = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void set(unsigned pin, int level)
{
	bool changed;

	pthread_mutex_lock(&pins.lock);
	changed = pins.level[pin] != level + 1;
	pins.level[pin] = (int8_t)(level + 1);
	/* Within the lock, so that changes are told in their order. */
	if (changed && twin_pins_hook)
		twin_pins_hook(pin, level);
	pthread_mutex_unlock(&pins.lock);
}

bool platform_pin_output(unsigned pin, bool level)
{
	if (!pin_is_output(pin))
		return false;
	set(pin, level);
	return true;
}

void platform_pin_release(unsigned pin)
{
	if (pin < PIN_COUNT)
		set(pin, PIN_RELEASED);
}

int twin_pin_level(unsigned pin)
{
	int level;

	pthread_mutex_lock(&pins.lock);
	level = pin < PIN_COUNT ? pins.level[pin] - 1 : PIN_RELEASED;
	pthread_mutex_unlock(&pins.lock);
	return level;
}

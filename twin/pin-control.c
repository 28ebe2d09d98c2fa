/* SPDX-License-Identifier: Apache-2.0 */
/* The pins on the control socket: what the firmware drives them to, and each change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pins.h"
#include "platform.h"
#include "twin-pins.h"
#include "twin.h"

static int pin_json(char *text, size_t size, unsigned pin)
{
	int level = twin_pin_level(pin);

	if (level == PIN_RELEASED)
		return snprintf(text, size, "{\"pin\":%u,\"level\":null}", pin);
	return snprintf(text, size, "{\"pin\":%u,\"level\":%d}", pin, level);
}

void pins_answer(int id, const char *argument)
{
	char text[PIN_COUNT * 24 + 16] = "{\"pins\":[";
	size_t used = strlen(text);

	if (*argument)
		used += (size_t)pin_json(text + used, sizeof(text) - used, (unsigned)strtoul(argument, NULL, 10));
	else
		for (unsigned pin = 0; pin < PIN_COUNT; pin++) {
			if (twin_pin_level(pin) == PIN_RELEASED)
				continue;
			if (text[used - 1] == '}')
				text[used++] = ',';
			used += (size_t)pin_json(text + used, sizeof(text) - used, pin);
		}
	snprintf(text + used, sizeof(text) - used, "]}");
	world_answer("outputs", id, text);
}

/* On the firmware's threads, under the lock of the pins; posts only. */
static void pin_changed(unsigned pin, int level)
{
	char text[96], shown[12] = "null";

	if (level != PIN_RELEASED)
		snprintf(shown, sizeof(shown), "%d", level);
	snprintf(text, sizeof(text), "{\"event\":\"pin\",\"pin\":%u,\"level\":%s,\"now\":%u}", pin, shown, platform_now());
	world_answer("event", 0, text);
}

void pins_start(void)
{
	twin_pins_hook = pin_changed;
}

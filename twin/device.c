/* SPDX-License-Identifier: Apache-2.0 */
/* What the control socket asks of the device beside its radio: pins, firmware slots; and what sleep tells it. */
#include <stdio.h>

#include "ota-slots.h"
#include "twin-power.h"
#include "twin.h"

#define SLOTS_TEXT 768

void device_pin(int id, const char *argument)
{
	unsigned pin, level;

	if (sscanf(argument, "%u %u", &pin, &level) == 2 && pin <= INPUT_PIN_MAX)
		input_pin_set(pin, level != 0);
	/* With 0 nobody asked: the world tells after a reset what it was. */
	if (id)
		world_answer("pin", id, "{}");
}

void device_firmware(int id)
{
	char text[SLOTS_TEXT];

	ota_slots_describe(text, sizeof(text));
	world_answer("firmware", id, text);
}

void power_tell(const char *event)
{
	world_answer("event", 0, event);
}

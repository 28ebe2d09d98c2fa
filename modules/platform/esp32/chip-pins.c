/* SPDX-License-Identifier: Apache-2.0 */
/* Pins that are driven to a level. Those that a driver has taken (UART, flash, PSRAM) are left alone. */
#include "chip.h"
#include "driver/gpio.h"
#include "esp_private/esp_gpio_reserve.h"
#include "pins.h"
#include "platform.h"

static uint64_t driven; /* callers agree on who changes a pin */

static bool set_mode(unsigned pin, gpio_mode_t mode)
{
	gpio_config_t config = { .pin_bit_mask = UINT64_C(1) << pin, .mode = mode };

	return chip_ok("gpio_config", gpio_config(&config));
}

bool platform_pin_output(unsigned pin, bool level)
{
	uint64_t bit = UINT64_C(1) << pin;

	if (!pin_is_output(pin) || (!(driven & bit) && esp_gpio_is_reserved(bit)))
		return false;
	/* The level first: the pin shows no other one when it becomes an output. */
	if (!chip_ok("gpio_set_level", gpio_set_level((gpio_num_t)pin, level)))
		return false;
	if (!(driven & bit) && !set_mode(pin, GPIO_MODE_OUTPUT))
		return false;
	driven |= bit;
	return true;
}

/* Without gpio_reset_pin(), whose pull-up could be the signal. */
void platform_pin_release(unsigned pin)
{
	if (!(pin < PIN_COUNT && driven >> pin & 1))
		return;
	driven &= ~(UINT64_C(1) << pin);
	set_mode(pin, GPIO_MODE_DISABLE);
}

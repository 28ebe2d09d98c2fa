/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power.h on the IDF. Light sleep is the IDF's automatic one: it happens in a tickless idle when no lock forbids it.
 * The wake pin's interrupt takes such a lock while the pin is at its level, since a sleep that a level refuses is tried
 * again and again, and each try stops the UART.
 */
#include "power.h"

#include "chip.h"
#include "driver/gpio.h"
#include "esp_pm.h"
#include "esp_sleep.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "platform.h"

#if !CONFIG_PM_ENABLE || !CONFIG_FREERTOS_USE_TICKLESS_IDLE
#error sdkconfig.defaults: CONFIG_PM_ENABLE=y, CONFIG_FREERTOS_USE_TICKLESS_IDLE=y
#endif

/* At 80 MHz of the PLL the UART's clock, APB, is what it is at 240; at the crystal's 40 its baud rate would be another.
 */
#define IDLE_MHZ 80
#define NO_PIN GPIO_NUM_NC

static struct {
	gpio_num_t pin;
	unsigned level;
	bool held; /* the lock is taken */
	bool service;
	esp_pm_lock_handle_t awake;
} wake = { .pin = NO_PIN };

/* --- the radio --- */

bool power_radio_sleep(sleep_mode mode)
{
	static const wifi_ps_type_t types[] = { WIFI_PS_NONE, WIFI_PS_MIN_MODEM, WIFI_PS_MAX_MODEM, WIFI_PS_MAX_MODEM };
	wifi_mode_t running;

	/* Without a driver there is nothing that could stay awake; power_radio_started() comes back to it. */
	if (esp_wifi_get_mode(&running) != ESP_OK)
		return true;
	return chip_ok("esp_wifi_set_ps", esp_wifi_set_ps(types[mode]));
}

bool power_radio_set_transmit(int power)
{
	return chip_ok("esp_wifi_set_max_tx_power", esp_wifi_set_max_tx_power((int8_t)power));
}

int power_radio_transmit(void)
{
	int8_t power;

	return esp_wifi_get_max_tx_power(&power) == ESP_OK ? power : -1;
}

/* --- the wake pin --- */

static gpio_int_type_t at_level(unsigned level)
{
	return level ? GPIO_INTR_HIGH_LEVEL : GPIO_INTR_LOW_LEVEL;
}

/* Waits for the level that is not there now: the other one, once this one is noticed. */
static void pin_changed(void *unused)
{
	(void)unused;
	if (wake.held)
		esp_pm_lock_release(wake.awake);
	else
		esp_pm_lock_acquire(wake.awake);
	wake.held = !wake.held;
	gpio_set_intr_type(wake.pin, at_level(wake.held ? !wake.level : wake.level));
}

static void forget_pin(void)
{
	if (wake.pin == NO_PIN)
		return;
	gpio_isr_handler_remove(wake.pin);
	gpio_wakeup_disable(wake.pin);
	gpio_reset_pin(wake.pin);
	wake.pin = NO_PIN;
	if (wake.held)
		esp_pm_lock_release(wake.awake);
	wake.held = false;
}

static bool prepare(void)
{
	esp_err_t service;

	if (!wake.awake &&
	    !chip_ok("esp_pm_lock_create", esp_pm_lock_create(ESP_PM_NO_LIGHT_SLEEP, 0, "wake pin", &wake.awake)))
		return false;
	if (wake.service)
		return true;
	service = gpio_install_isr_service(0);
	/* Somebody else may have installed it. */
	wake.service = service == ESP_ERR_INVALID_STATE || chip_ok("gpio_install_isr_service", service);
	return wake.service;
}

bool power_wake_pin(unsigned pin, unsigned level)
{
	const gpio_config_t config = {
		.pin_bit_mask = 1ull << pin,
		.mode = GPIO_MODE_INPUT,
		.pull_up_en = level ? GPIO_PULLUP_DISABLE : GPIO_PULLUP_ENABLE,
		.pull_down_en = level ? GPIO_PULLDOWN_ENABLE : GPIO_PULLDOWN_DISABLE,
		.intr_type = GPIO_INTR_DISABLE,
	};

	if (!prepare())
		return false;
	forget_pin();
	if (!chip_ok("gpio_config", gpio_config(&config)))
		return false;
	wake.pin = (gpio_num_t)pin;
	wake.level = level;
	/* It keeps its direction and its pull while the chip sleeps. */
	if (chip_ok("gpio_sleep_sel_dis", gpio_sleep_sel_dis(wake.pin)) &&
	    chip_ok("gpio_wakeup_enable", gpio_wakeup_enable(wake.pin, at_level(level))) &&
	    chip_ok("esp_sleep_enable_gpio_wakeup", esp_sleep_enable_gpio_wakeup()) &&
	    chip_ok("gpio_isr_handler_add", gpio_isr_handler_add(wake.pin, pin_changed, NULL)) &&
	    chip_ok("gpio_intr_enable", gpio_intr_enable(wake.pin)))
		return true;
	forget_pin();
	return false;
}

/* --- the processor --- */

void power_light_sleep(bool on)
{
	const esp_pm_config_t config = {
		.max_freq_mhz = CONFIG_ESP_DEFAULT_CPU_FREQ_MHZ,
		.min_freq_mhz = on ? IDLE_MHZ : CONFIG_ESP_DEFAULT_CPU_FREQ_MHZ,
		.light_sleep_enable = on,
	};

	chip_ok("esp_pm_configure", esp_pm_configure(&config));
}

_Noreturn void power_deep_sleep(uint32_t ms)
{
	/* Fails where there is no driver, which is as good. */
	esp_wifi_stop();
	chip_ok("esp_sleep_disable_wakeup_source", esp_sleep_disable_wakeup_source(ESP_SLEEP_WAKEUP_ALL));
	esp_deep_sleep(ms * 1000ull);
}

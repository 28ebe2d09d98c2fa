/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of power.ts: what was asked for since the start, and when it happens. */
#include "power.h"

#include <string.h>

#include "platform.h"
#include "port.h"
#include "store.h"
#include "xsmc.h"

#define NOT_SET (-1)
#define TRANSMIT_OTHERWISE 78 /* 0.25 dBm; the manufacturing data of a MINI */

/* What the driver takes (esp_wifi_set_max_tx_power). */
#define TRANSMIT_MIN 8
#define TRANSMIT_MAX 84

#define PORT_PINS 4

static struct {
	sleep_mode mode;
	int transmit; /* 0.25 dBm, NOT_SET: as the manufacturing data says */
	uint32_t deep_sleep;
	/* Of the manufacturing data as it was at the start: what is written to it since counts from the next one on. */
	int factory_transmit;
	int port_pins[PORT_PINS];
} power = { .transmit = NOT_SET, .factory_transmit = TRANSMIT_OTHERWISE };

/* --- manufacturing data --- */

static int factory_number(const char *key, int otherwise)
{
	store_type type = STORE_ANY;
	uint8_t bytes[8];
	size_t size = sizeof(bytes);
	uint32_t number = 0;

	if (store_get("mfg_nvs", "factory_param", key, &type, bytes, &size) != STORE_OK || !store_type_is_number(type) ||
	    size > sizeof(number))
		return otherwise;
	memcpy(&number, bytes, size); /* both systems are little-endian, as NVS */
	return size == 1 ? (int8_t)number : (int)number;
}

static void read_factory(void)
{
	static const struct {
		const char *key;
		int otherwise;
	} pins[PORT_PINS] = {
		{ "uart_tx_pin", 17 }, { "uart_rx_pin", 21 }, { "uart_cts_pin", 20 }, { "uart_rts_pin", 19 }
	};
	int loud = factory_number("max_tx_power", TRANSMIT_OTHERWISE);

	power.factory_transmit = loud < TRANSMIT_MIN || loud > TRANSMIT_MAX ? TRANSMIT_OTHERWISE : loud;
	for (size_t i = 0; i < PORT_PINS; i++)
		power.port_pins[i] = factory_number(pins[i].key, pins[i].otherwise);
}

/* Pins of the AT port, and the log port's transmitter. A module without flow control may leave those two unnamed. */
static bool is_taken(int pin)
{
	for (size_t i = 0; i < PORT_PINS; i++)
		if (power.port_pins[i] == pin)
			return true;
	return pin == 43;
}

/* --- the radio --- */

void power_radio_started(void)
{
	int loud = power.transmit == NOT_SET ? power.factory_transmit : power.transmit;

	/* A radio that is too loud, too soft or too wakeful is still one; the driver has logged it. */
	power_radio_set_transmit(loud);
	power_radio_sleep(power.mode);
}

/* --- natives --- */

void xs_power_destructor(void *data)
{
	(void)data;
}

void xs_power(xsMachine *the)
{
	(void)the;
	read_factory();
}

static void fall_asleep(void)
{
	power_light_sleep(true);
}

void xs_power_setSleep(xsMachine *the)
{
	sleep_mode mode = (sleep_mode)xsmcToInteger(xsArg(0));
	bool done = power_radio_sleep(mode);

	if (done) {
		power.mode = mode;
		if (mode == SLEEP_LIGHT)
			port_then(fall_asleep);
		else
			power_light_sleep(false);
	}
	xsmcSetBoolean(xsResult, done);
}

void xs_power_sleep(xsMachine *the)
{
	xsmcSetInteger(xsResult, power.mode);
}

void xs_power_wakeBy(xsMachine *the)
{
	int pin = xsmcToInteger(xsArg(0));
	int level = xsmcToInteger(xsArg(1));

	xsmcSetBoolean(xsResult, !is_taken(pin) && power_wake_pin((unsigned)pin, (unsigned)level));
}

static void sleep_deeply(void)
{
	power_deep_sleep(power.deep_sleep);
}

void xs_power_deepSleep(xsMachine *the)
{
	power.deep_sleep = (uint32_t)xsmcToInteger(xsArg(0));
	port_then(sleep_deeply);
}

void xs_power_setTransmit(xsMachine *the)
{
	int wanted = xsmcToInteger(xsArg(0));
	bool done = power_radio_set_transmit(wanted);

	if (done)
		power.transmit = wanted;
	xsmcSetBoolean(xsResult, done);
}

void xs_power_transmit(xsMachine *the)
{
	xsmcSetInteger(xsResult, power_radio_transmit());
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log port: UART0's transmitter at 115,200 baud, as ESP-AT has it. A line that finds no room is dropped, so that
 * nobody ever waits for whoever reads it. In a debug build UART0 is xsbug's, and nothing is logged.
 */
#include <stdarg.h>
#include <stdio.h>

#include "chip.h"
#include "driver/uart.h"
#include "factory.h"
#include "platform.h"

#define LOG_PORT UART_NUM_0
#define LOG_PIN 43
#define LOG_BAUD 115200
#define LOG_LINE 160
#define LOG_RING 1024
/* The driver's ring takes a line in one piece when twice that and two item headers are free; see at-uart.c. */
#define LOG_ROOM (2 * LOG_LINE + 40)

static struct {
	bool open;
	platform_lock lock;
} port0;

bool chip_ok(const char *what, esp_err_t error)
{
	if (error != ESP_OK)
		platform_log("%s: %s (0x%x)", what, esp_err_to_name(error), (unsigned)error);
	return error == ESP_OK;
}

void chip_log_open(void)
{
#ifndef mxDebug
	const uart_config_t config = {
		.baud_rate = LOG_BAUD,
		.data_bits = UART_DATA_8_BITS,
		.parity = UART_PARITY_DISABLE,
		.stop_bits = UART_STOP_BITS_1,
		.flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
		.source_clk = UART_SCLK_DEFAULT,
	};

	/* A module whose AT port is UART0 has no log. */
	if (factory_integer("uart_port", UART_NUM_1) == LOG_PORT)
		return;
	platform_lock_init(&port0.lock);
	port0.open = uart_driver_install(LOG_PORT, 2 * UART_HW_FIFO_LEN(LOG_PORT), LOG_RING, 0, NULL, 0) == ESP_OK &&
	             uart_param_config(LOG_PORT, &config) == ESP_OK &&
	             uart_set_pin(LOG_PORT, LOG_PIN, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE) == ESP_OK;
#endif
}

void platform_log(const char *format, ...)
{
	char text[LOG_LINE];
	va_list arguments;
	size_t room;
	int length;

	if (!port0.open)
		return;
	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text) - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if (length > LOG_LINE - 2)
		length = LOG_LINE - 2;
	if (!length || text[length - 1] != '\n')
		text[length++] = '\n';
	platform_lock_take(&port0.lock);
	if (uart_get_tx_buffer_free_size(LOG_PORT, &room) == ESP_OK && room >= LOG_ROOM)
		uart_write_bytes(LOG_PORT, text, (size_t)length);
	platform_lock_give(&port0.lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Natives of port.ts: echo, error numbers, the UART, and what happens when the last byte has left it. */
#include "port-xs.h"
#include "xsmc.h"

void xs_port_echo(xsMachine *the)
{
	port.echo = xsmcToBoolean(xsArg(0));
}

void xs_port_errorNumbers(xsMachine *the)
{
	port.error_numbers = xsmcToBoolean(xsArg(0));
}

static uart_config config_from(xsMachine *the)
{
	return (uart_config){
		.baud = (uint32_t)xsmcToInteger(xsArg(0)),
		.data_bits = (uint8_t)xsmcToInteger(xsArg(1)),
		.stop_bits = (uint8_t)xsmcToInteger(xsArg(2)),
		.parity = (uint8_t)xsmcToInteger(xsArg(3)),
		.flow = (uint8_t)xsmcToInteger(xsArg(4)),
	};
}

/* open(baud, data, stop, parity, flow): at boot, before anything is said. */
void xs_port_open(xsMachine *the)
{
	uart_config wanted = config_from(the);

	port.uart = wanted;
	xsmcSetBoolean(xsResult, platform_uart_open(&wanted, &port.uart));
}

/* configure(...): takes effect when everything written so far, the command's OK included, has left the pin. */
void xs_port_configure(xsMachine *the)
{
	port.wanted = config_from(the);
	atomic_fetch_or(&port.then, PORT_THEN_CONFIGURE);
}

void xs_port_configuration(xsMachine *the)
{
	uart_config config = atomic_load(&port.then) & PORT_THEN_CONFIGURE ? port.wanted : port.uart;
	const uint32_t values[] = { config.baud, config.data_bits, config.stop_bits, config.parity, config.flow };

	xsmcVars(1);
	xsmcSetNewArray(xsResult, 5);
	for (int i = 0; i < 5; i++) {
		xsmcSetInteger(xsVar(0), (xsIntegerValue)values[i]);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}

void port_then(void (*action)(void))
{
	port.then_action = action;
	atomic_fetch_or(&port.then, PORT_THEN_ACT);
	platform_wake_io();
}

void xs_port_restart(xsMachine *the)
{
	(void)the;
	atomic_fetch_or(&port.then, PORT_THEN_RESTART);
	platform_wake_io();
}

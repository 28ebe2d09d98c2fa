/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twin.h"

#define HEAP_DEFAULT (150 * 1024)

static const char usage[] = "usage: xs-at [options]\n"
							"  --uart PATH         symbolic link to the AT port's pseudo-terminal (build/uart1)\n"
							"  --listen HOST:PORT  offer the port over TCP as well\n"
							"  --flash FILE        4 MB flash image, made when missing (build/flash.bin)\n"
							"  --factory           start from an empty flash image\n"
							"  --radio FILE        the radio world in JSON (docs/radio.md)\n"
							"  --control PATH      Unix socket for the control protocol (docs/control.md)\n"
							"  --trace FILE        write both directions of the port with time stamps\n"
							"  --clock manual      time moves only by clock.advance on the control socket\n"
							"  --seed N            repeatable random draws\n"
							"  --pace              the UART at its baud rate, with a 128-byte FIFO and flow control\n"
							"  --heap BYTES        C heap of the chip (153600)\n"
							"  --no-console        do not attach this terminal to the port\n";

static _Noreturn void refuse(const char *what, const char *value)
{
	fprintf(stderr, "xs-at: %s%s%s\n%s", what, value ? ": " : "", value ? value : "", usage);
	exit(2);
}

static uint32_t number(const char *name, const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!*text || *end || *text == '-' || errno || value < 1 || value > UINT32_MAX) {
		fprintf(stderr, "xs-at: %s wants a number from 1 to %u: %s\n%s", name, UINT32_MAX, text, usage);
		exit(2);
	}
	return (uint32_t)value;
}

void options_parse(int argc, char **argv, twin_options *options)
{
	enum { UART = 1, LISTEN, FLASH, FACTORY, RADIO, CONTROL, TRACE, CLOCK, SEED, PACE, NO_CONSOLE, HEAP, HELP };
	static const struct option known[] = {
		{ "uart", required_argument, NULL, UART },   { "listen", required_argument, NULL, LISTEN },
		{ "flash", required_argument, NULL, FLASH }, { "factory", no_argument, NULL, FACTORY },
		{ "radio", required_argument, NULL, RADIO }, { "control", required_argument, NULL, CONTROL },
		{ "trace", required_argument, NULL, TRACE }, { "clock", required_argument, NULL, CLOCK },
		{ "seed", required_argument, NULL, SEED },   { "pace", no_argument, NULL, PACE },
		{ "heap", required_argument, NULL, HEAP },   { "no-console", no_argument, NULL, NO_CONSOLE },
		{ "help", no_argument, NULL, HELP },         { 0 },
	};
	int it;

	*options = (twin_options){
		.uart = "build/uart1", .flash = "build/flash.bin", .console = isatty(STDIN_FILENO), .heap = HEAP_DEFAULT
	};
	opterr = 0;
	while ((it = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (it) {
		case UART:
			options->uart = optarg;
			break;
		case LISTEN:
			options->listen = optarg;
			break;
		case FLASH:
			options->flash = optarg;
			break;
		case FACTORY:
			options->factory = true;
			break;
		case RADIO:
			options->radio = optarg;
			break;
		case CONTROL:
			options->control = optarg;
			break;
		case TRACE:
			options->trace = optarg;
			break;
		case CLOCK:
			if (strcmp(optarg, "manual") && strcmp(optarg, "real"))
				refuse("--clock is manual or real", optarg);
			options->manual_clock = !strcmp(optarg, "manual");
			break;
		case SEED:
			options->seed = number("--seed", optarg);
			break;
		case PACE:
			options->pace = true;
			break;
		case HEAP:
			options->heap = number("--heap", optarg);
			break;
		case NO_CONSOLE:
			options->console = false;
			break;
		case HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			refuse("unknown option or missing value", argv[optind - 1]);
		}
	}
	if (optind < argc)
		refuse("unexpected", argv[optind]);
}

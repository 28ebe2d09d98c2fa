/* SPDX-License-Identifier: Apache-2.0 */
#include "port-host.h"

#include "port-model.h"

#define LONG_MAX 30u

struct host host;

void host_send(const void *bytes, size_t size)
{
	if (model.state != MODEL_RESTART &&
	    (host.finishing || model.sent + size <= MODEL_STREAM_MAX - MODEL_STREAM_RESERVE))
		model_send(bytes, size);
}

void host_send_text(const char *text)
{
	host_send(text, strlen(text));
}

/* As AT+SENDEX wants them. */
void host_send_escapes(size_t size)
{
	char text[64];

	for (size_t i = 0; i < size && i < sizeof text; i++) {
		host.noise = host.noise * 1664525u + 1013904223u;
		text[i] = "\\\\a0"[host.noise >> 30];
	}
	host_send(text, size < sizeof text ? size : sizeof text);
}

FUZZ_UNTRACED void host_send_noise(size_t size, unsigned signs)
{
	static uint8_t bytes[16384];

	if (size > sizeof bytes)
		size = sizeof bytes;
	for (size_t i = 0; i < size; i++) {
		host.noise = host.noise * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(host.noise >> 24) < signs ? '+' : (uint8_t)(host.noise >> 16);
	}
	host_send(bytes, size);
}

void host_send_line(fuzz_input *input)
{
	static const char *const lines[] = { "AT",           "AT+TEXT",     "AT+SLOW",      "AT+LONG",    "AT+PASS",
		                                 "AT+THROW",     "AT+UART",     "AT+THEN",      "AT+RST",     "AT+SEND=%u",
		                                 "AT+MEM=%u",    "AT+LATE=%u",  "AT?",          "x",          "",
		                                 "AT+STREAM=%u", "AT+SENDL=%u", "AT+SENDEX=%u", "AT+READ=%u", "AT+BRIEF",
		                                 "AT+TELL" };
	const unsigned last = sizeof lines / sizeof *lines - 1;
	unsigned which = fuzz_byte(input);
	uint32_t size = which & 0x80 ? fuzz_word(input) % 8300 : which & 0x40 ? fuzz_byte(input) : 1 + which / 16 % 4;
	char line[40];

	/* The last one came later: in place of some of AT+SLOW, so that inputs that are kept mean what they did. */
	which = which == 202 || which == 222 || which == 242 ? last : which % last;
	if (which == 16)
		size *= 4; /* more than the ring holds, and more than is worth sending */
	if (which == 3 && ++host.long_answers > LONG_MAX)
		return;
	snprintf(line, sizeof line, lines[which], (unsigned)size);
	host_send_text(line);
	host_send_text("\r\n");
}

/* What is still wanted of a data phase, and perhaps more than that with it. */
void host_send_rest(fuzz_input *input)
{
	unsigned how = fuzz_byte(input);
	size_t rest = model.state == MODEL_DATA ? model.data_end - model.sent : 0;

	if (model.state != MODEL_DATA || model.sent >= model.data_end)
		return;
	if (how & 1)
		rest = 1 + rest * (how / 2 % 16) / 16; /* or a part of it */
	host_send_noise(rest, how & 0x20 ? 128 : 8);
	if (how & 0x40)
		host_send_text("\r\n ");
	if (how & 0x80)
		host_send_text("AT\r\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "port-commands.h"

#include "port-model.h"
#include "port-output.h"
#include "reference.h"

#define RESULT_OK "\r\nOK\r\n"
#define LINE_MAX 256u /* wire-format.md, rule 3 */
#define ERROR_NO_AT 0x01030000u
#define ERROR_LENGTH 0x01040000u
#define ERROR_UNKNOWN 0x01090000u
#define ERROR_NOTHING_TO_READ 0x010a0015u

static struct {
	uint8_t text[LINE_MAX + 1]; /* of the line that is open */
	size_t size;                /* also beyond what is kept */
	bool carriage;
} line;

void commands_reset(void)
{
	memset(&line, 0, sizeof line);
}

static void expect_error(uint32_t number)
{
	if (port.error_numbers)
		output_expect_format("ERR CODE:0x%08x\r\n\r\nERROR\r\n", (unsigned)number);
	else
		output_expect("\r\nERROR\r\n");
}

static void hand_over(model_state next)
{
	model.state = MODEL_HANDED;
	model.next = next;
}

static void expect_read(unsigned size)
{
	static char text[LINE_MAX + 8192];
	size_t length = (size_t)sprintf(text, "+READ:%u,", size);

	if (size % 16 == 0) {
		expect_error(ERROR_NOTHING_TO_READ);
		return;
	}
	for (unsigned i = 0; i < size; i++)
		text[length++] = (char)(size + i * 7);
	memcpy(text + length, RESULT_OK, strlen(RESULT_OK));
	output_expect_bytes(text, length + strlen(RESULT_OK));
}

static bool is_long(const char *name)
{
	return !strcmp(name, "AT+STREAM") || !strcmp(name, "AT+SENDL");
}

/* AT+SEND=<n>, AT+MEM=<n>, AT+LATE=<n>, AT+STREAM=<n>, AT+SENDL=<n>, AT+SENDEX=<n>, AT+READ=<n>. */
static void sized_command(const char *name, const uint8_t *parameters, size_t size)
{
	static reference_params params;

	reference_split(parameters, size, &params);
	if (params.count > PARAMS_MAX)
		params.error = PARAM_COUNT | PARAMS_MAX << 8 | (PARAMS_MAX + 1);
	else
		reference_check(is_long(name) ? "i1,2000000;" : "i1,8192;", false, &params);
	if (params.error) {
		expect_error(params.error);
		hand_over(MODEL_LINES);
		return;
	}
	if (!strcmp(name, "AT+READ")) {
		expect_read((unsigned)params.passed[0].integer);
		hand_over(MODEL_LINES);
		return;
	}
	model.wanted = (unsigned)params.passed[0].integer;
	model.to_memory = !strcmp(name, "AT+MEM");
	model.streams = is_long(name);
	model.is_long = !strcmp(name, "AT+SENDL");
	model.expands = !strcmp(name, "AT+SENDEX");
	if (!strcmp(name, "AT+LATE")) {
		hand_over(MODEL_PENDING);
		return;
	}
	output_expect(COMMANDS_PROMPT);
	hand_over(MODEL_DATA);
}

static bool is(const char *name, size_t size)
{
	return size == strlen(name) && !memcmp(line.text, name, size);
}

static void execute(size_t size)
{
	hand_over(MODEL_LINES);
	if (is("AT", size))
		output_expect(RESULT_OK);
	else if (is("AT+TEXT", size) || is("AT+BRIEF", size))
		output_expect("+TEXT:1\r\n" RESULT_OK);
	else if (is("AT+THROW", size))
		output_expect("\r\nERROR\r\n");
	else if (is("AT+LONG", size))
		output_expect_long();
	else if (is("AT+SLOW", size) || is("AT+TELL", size)) {
		if (is("AT+TELL", size))
			output_expect("+TELL:1\r\n");
		model.wanted = 0;
		model.next = MODEL_PENDING;
	} else if (is("AT+PASS", size)) {
		output_expect(COMMANDS_PROMPT);
		model.next = MODEL_PASS;
	} else if (is("AT+RST", size)) {
		output_expect(RESULT_OK);
		model.next = MODEL_RESTART;
	} else if (is("AT+UART", size)) {
		model.configured++;
		output_expect(RESULT_OK);
	} else if (is("AT+THEN", size)) {
		model.actions++;
		output_expect(RESULT_OK);
	} else
		expect_error(ERROR_UNKNOWN);
}

static void command(size_t size)
{
	static const char *const sized[] = {
		"AT+SEND", "AT+MEM", "AT+LATE", "AT+STREAM", "AT+SENDL", "AT+SENDEX", "AT+READ"
	};
	const uint8_t *equals = memchr(line.text, '=', size);
	size_t name = equals ? (size_t)(equals - line.text) : size;

	if (equals && !(size == name + 2 && equals[1] == '?'))
		for (size_t i = 0; i < sizeof sized / sizeof *sized; i++)
			if (is(sized[i], name)) {
				sized_command(sized[i], equals + 1, size - name - 1);
				return;
			}
	if (equals || line.text[size - 1] == '?') {
		hand_over(MODEL_LINES);
		expect_error(ERROR_UNKNOWN);
		return;
	}
	execute(size);
}

static void line_complete(void)
{
	size_t kept = line.size < LINE_MAX ? line.size : LINE_MAX;
	bool is_command = kept >= 2 && !memcmp(line.text, "AT", 2);

	if (port.echo)
		output_expect_echo(line.text, kept);
	if (model.state == MODEL_PENDING && !is("AT+RST", line.size))
		output_expect(port.error_numbers ? "ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n" : "\r\nbusy p...\r\n");
	else if (!is_command)
		expect_error(ERROR_NO_AT);
	else if (line.size > LINE_MAX)
		expect_error(ERROR_LENGTH);
	else
		command(kept);
	memset(&line, 0, sizeof line);
}

FUZZ_UNTRACED void commands_feed(uint8_t byte)
{
	if (!line.size && (byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t'))
		return;
	if (byte == '\n' && line.carriage) {
		line.size--;
		line_complete();
		return;
	}
	line.carriage = byte == '\r';
	if (line.size < sizeof line.text)
		line.text[line.size] = byte;
	line.size++;
}

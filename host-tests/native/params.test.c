/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokeniser and the checks of parameters: the cases that the unit tests' shim of Port passes too
 * (host-tests/shims/params-cases.json, as a table made by scripts/native-tests.mjs), and more of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "params.h"

/* Values are compared as text: integers, 'strings' with \xNN for what is not plain, - for omitted, | before a group. */
typedef struct {
	const char *descriptor;
	bool mux;
	const char *line;
	size_t size;
	uint32_t error;
	const char *values;
} params_case;

#include "params-cases.h"

static char *render_string(char *to, const param_value *value)
{
	*to++ = '\'';
	for (unsigned i = 0; i < value->length; i++) {
		uint8_t byte = value->text[i];

		if (byte < ' ' || byte > '~' || byte == '\'' || byte == '\\')
			to += sprintf(to, "\\x%02x", byte);
		else
			*to++ = (char)byte;
	}
	*to++ = '\'';
	return to;
}

static void render(char *to, const params *checked)
{
	unsigned plain = checked->count - checked->repeated;

	for (unsigned i = 0; i <= checked->count; i++) {
		if (checked->repeats && i == plain)
			to += sprintf(to, "| ");
		if (i == checked->count)
			break;
		const param_value *value = &checked->values[i];

		if (value->kind == PARAM_STRING)
			to = render_string(to, value);
		else if (value->kind == PARAM_INTEGER)
			to += sprintf(to, "%lld", (long long)value->integer);
		else
			*to++ = '-';
		*to++ = ' ';
	}
	*to = 0;
}

/* The text lies in memory of its very size, so that ASan sees a byte read beyond it. */
static uint32_t parse(const char *descriptor, bool mux, const char *line, size_t size, char *values)
{
	uint8_t *text = malloc(size ? size : 1);
	param_value given[PARAMS_MAX];
	params checked = { 0 };
	uint32_t error;
	int count;

	memcpy(text, line, size);
	count = params_split(text, size, given);
	error = count < 0 ? PARAM_COUNT | PARAMS_MAX << 8 | (PARAMS_MAX + 1)
	                  : params_check(descriptor, mux, given, (unsigned)count, &checked);
	*values = 0;
	if (!error)
		render(values, &checked);
	free(text);
	return error;
}

static void check_case(const params_case *it)
{
	char values[4096];
	uint32_t error = parse(it->descriptor, it->mux, it->line, it->size, values);

	CHECK(error == it->error, "%s mux %d <%s>: 0x%08x, wanted 0x%08x", it->descriptor, it->mux, it->line, error,
	      it->error);
	CHECK(error || !strcmp(values, it->values), "%s mux %d <%s>: %s, wanted %s", it->descriptor, it->mux, it->line,
	      values, it->values);
}

#define GOOD(descriptor, line, values) \
	check_case(&(params_case){ descriptor, false, line, sizeof(line) - 1, 0, values })
#define BAD(descriptor, line, error) check_case(&(params_case){ descriptor, false, line, sizeof(line) - 1, error, "" })
#define GOOD_MUX(descriptor, line, values) \
	check_case(&(params_case){ descriptor, true, line, sizeof(line) - 1, 0, values })
#define BAD_MUX(descriptor, line, error) \
	check_case(&(params_case){ descriptor, true, line, sizeof(line) - 1, error, "" })

static void test_integers(void)
{
	GOOD("i0,10;", "0", "0 ");
	GOOD("i0,10;", "10", "10 ");
	GOOD("i0,10;", "007", "7 ");
	GOOD("i-5,10;", "-5", "-5 ");
	GOOD("i-5,10;", "-0", "0 ");
	GOOD("i0,255;", "0xfF", "255 ");
	GOOD("i0,255;", "0X10", "16 ");
	GOOD("i-16,0;", "-0x10", "-16 ");
	GOOD("i-2147483648,4294967295;", "-2147483648", "-2147483648 ");
	GOOD("i-2147483648,4294967295;", "4294967295", "4294967295 ");
	BAD("i0,10;", "11", PARAM_INVALID | 0);
	BAD("i0,10;", "-1", PARAM_INVALID | 0);
	BAD("i0,4294967295;", "4294967296", PARAM_INVALID | 0);
	BAD("i0,10;", "18446744073709551617", PARAM_INVALID | 0); /* 2^64 + 1 */
	BAD("i0,10;", "340282366920938463463374607431768211457", PARAM_INVALID | 0);
	BAD("i0,10;", "0x10000000000000001", PARAM_INVALID | 0);
	BAD("i-10,10;", "-99999999999999999999999999999999999999999", PARAM_INVALID | 0);
	BAD("i0,10;", "0x", PARAM_TYPE | 0);
	BAD("i0,10;", "x1", PARAM_TYPE | 0);
	BAD("i0,10;", "-", PARAM_TYPE | 0);
	BAD("i0,10;", "--1", PARAM_TYPE | 0);
	BAD("i0,10;", "1 ", PARAM_TYPE | 0);
	BAD("i0,10;", " 1", PARAM_TYPE | 0);
	BAD("i0,10;", "1.0", PARAM_TYPE | 0);
	BAD("i0,10;", "1\r", PARAM_TYPE | 0);
	BAD("i0,10;", "1\0", PARAM_TYPE | 0);
	BAD("i0,10;", "fF", PARAM_TYPE | 0);
	BAD("i0,10;", "0xg", PARAM_TYPE | 0);
	BAD("i0,10;", "\"1\"", PARAM_TYPE | 0);
	BAD("i0,10;i0,10;", "1,x", PARAM_TYPE | 1);
	BAD("i0,10;i0,10;", "1,0x,", PARAM_COUNT | 2 << 8 | 3);
}

static void test_strings(void)
{
	GOOD("s0,9;", "\"\"", "'' ");
	GOOD("s0,9;", "\"a b\"", "'a b' ");
	GOOD("s0,9;", "\"a,b\"", "'a,b' ");
	GOOD("s0,9;", "\"a\\,b\"", "'a,b' ");
	GOOD("s0,9;", "\"a\\\"b\"", "'a\"b' ");
	GOOD("s0,9;", "\"a\\\\\"", "'a\\x5c' ");
	GOOD("s0,9;", "\"\\n\\x\"", "'nx' ");
	GOOD("s0,9;", "\"\0\xff\r\"", "'\\x00\\xff\\x0d' ");
	GOOD("s0,9;i0,9;", "\"=?\",5", "'=?' 5 ");
	GOOD("s2,2;", "\"\\\"\\\"\"", "'\"\"' ");
	BAD("s0,2;", "\"abc\"", PARAM_LENGTH | 0);
	BAD("s1,2;", "\"\"", PARAM_LENGTH | 0);
	BAD("s0,9;", "\"abc", PARAM_PARSE | 0);
	BAD("s0,9;", "\"", PARAM_PARSE | 0);
	BAD("s0,9;", "\"abc\\\"", PARAM_PARSE | 0);
	BAD("s0,9;", "\"abc\\", PARAM_PARSE | 0);
	BAD("s0,9;", "\"a\"b", PARAM_PARSE | 0);
	BAD("s0,9;", "\"a\" ", PARAM_PARSE | 0);
	BAD("s0,9;", "\"a\"\"b\"", PARAM_PARSE | 0);
	BAD("s0,9;", "abc", PARAM_TYPE | 0);
	BAD("s0,9;", "5", PARAM_TYPE | 0);
	BAD("i0,9;s0,9;", "1,\"x", PARAM_PARSE | 1);
	GOOD("e\"TCP\",\"UDP\";", "\"UDP\"", "'UDP' ");
	GOOD("e\"a;b\",\"\";i0,9;", "\"a;b\",1", "'a;b' 1 ");
	GOOD("e\"a;b\",\"\";", "\"\"", "'' ");
	BAD("e\"TCP\",\"UDP\";", "\"tcp\"", PARAM_INVALID | 0);
	BAD("e\"TCP\",\"UDP\";", "\"TC\"", PARAM_INVALID | 0);
	BAD("e\"TCP\",\"UDP\";", "\"TCPX\"", PARAM_INVALID | 0);
	BAD("e\"TCP\",\"UDP\";", "TCP", PARAM_TYPE | 0);
	BAD("e\"TCP\",\"UDP\";", "\"TCP", PARAM_PARSE | 0);
}

static void test_omitted(void)
{
	GOOD("i0,9;?i0,9;", "1", "1 - ");
	GOOD("i0,9;?i0,9;", "1,", "1 - ");
	GOOD("?i0,9;i0,9;", ",1", "- 1 ");
	GOOD("?s0,9;?s0,9;?i0,9;", ",,3", "- - 3 ");
	GOOD("?s0,9;?s0,9;?i0,9;", "\"\",,", "'' - - ");
	GOOD("?s0,9;?s0,9;", "", "- - ");
	GOOD("?s0,9;", "", "- ");
	GOOD("", "", "");
	BAD("", "1", PARAM_COUNT | 0 << 8 | 1);
	BAD("i0,9;", "", PARAM_COUNT | 1 << 8 | 0);
	BAD("i0,9;i0,9;", "1", PARAM_COUNT | 2 << 8 | 1);
	BAD("i0,9;", "1,", PARAM_COUNT | 1 << 8 | 2);
	BAD("i0,9;?i0,9;", "1,2,3", PARAM_COUNT | 2 << 8 | 3);
	BAD("i0,9;?i0,9;", ",2", PARAM_COUNT | 1 << 8 | 0);
}

static void test_link_id(void)
{
	GOOD("l4;i0,9;", "5", "0 5 ");
	GOOD_MUX("l4;i0,9;", "4,5", "4 5 ");
	BAD("l4;i0,9;", "4,5", PARAM_COUNT | 1 << 8 | 2);
	BAD_MUX("l4;i0,9;", "5", PARAM_COUNT | 2 << 8 | 1);
	BAD_MUX("l4;i0,9;", "5,5", PARAM_INVALID | 0);
	BAD_MUX("l4;i0,9;", "-1,5", PARAM_INVALID | 0);
	BAD_MUX("l4;i0,9;", "\"1\",5", PARAM_TYPE | 0);
	BAD_MUX("l4;i0,9;", ",5", PARAM_COUNT | 2 << 8 | 0);
	BAD("l4;i0,9;", "99", PARAM_INVALID | 0);
	GOOD("l4;", "", "0 ");
}

static void test_groups(void)
{
	GOOD("i0,9;*3;i0,9;", "1", "1 | ");
	GOOD("i0,9;*3;i0,9;", "1,2,3", "1 | 2 3 ");
	GOOD("i0,9;*3;i0,9;", "1,2,3,4", "1 | 2 3 4 ");
	BAD("i0,9;*3;i0,9;", "1,2,3,4,5", PARAM_COUNT | 4 << 8 | 5);
	BAD("i0,9;*3;i0,9;", "1,2,33", PARAM_INVALID | 2);
	BAD("i0,9;*3;i0,9;", "1,", PARAM_COUNT | 1 << 8 | 1);
	GOOD("*2;s0,9;i0,9;", "\"a\",1,\"b\",2", "| 'a' 1 'b' 2 ");
	BAD("*2;s0,9;i0,9;", "\"a\",1,\"b\"", PARAM_COUNT | 4 << 8 | 3);
	GOOD("*2;s0,9;?i0,9;", "\"a\",,\"b\",2", "| 'a' - 'b' 2 ");
	GOOD("*2;e\"x;y\";i0,9;", "\"x;y\",1", "| 'x;y' 1 ");
	GOOD("l4;*2;i0,9;", "1", "0 | 1 ");
	GOOD_MUX("l4;*2;i0,9;", "1", "1 | ");
}

/* 24 parameters are the most, with or without a link id that is not given. */
static void test_most(void)
{
	char line[4 * PARAMS_MAX], values[4096], wanted[4096] = "| ";

	for (unsigned n = 1; n <= PARAMS_MAX + 8; n++) {
		uint32_t error, expected = 0;

		memset(line, 0, sizeof(line));
		for (unsigned i = 0; i < n; i++)
			strcat(line, i ? ",7" : "7");
		if (n <= PARAMS_MAX)
			strcat(wanted, "7 ");
		else
			expected = PARAM_COUNT | PARAMS_MAX << 8 | (PARAMS_MAX + 1);
		error = parse("*99;i0,9;", false, line, strlen(line), values);
		CHECK(error == expected, "%u parameters: 0x%08x", n, error);
		CHECK(error || !strcmp(values, wanted), "%u parameters: %s", n, values);
		memset(line, ',', n);
		error = parse("*99;?i0,9;", false, line, n, values);
		CHECK(!error == (n < PARAMS_MAX), "%u commas: 0x%08x", n, error);
	}
	strcpy(line, "1");
	for (unsigned i = 1; i < PARAMS_MAX; i++)
		strcat(line, ",2");
	CHECK(!parse("l4;*99;i0,9;", false, line, strlen(line), values) && !strncmp(values, "0 | 1 2", 7), "%s", values);
}

/* A declaration of more parameters than a line can have is refused when it is used, and nothing is overwritten. */
static void test_large_declaration(void)
{
	char descriptor[40 * 6 + 1] = "", values[4096];

	for (unsigned n = 1; n <= 40; n++) {
		uint32_t error;

		strcat(descriptor, "?i0,9;");
		error = parse(descriptor, false, "5", 1, values);
		CHECK(n > PARAMS_MAX + 2 ? (error & ~0xffffu) == PARAM_COUNT : !error, "%u parameters: 0x%08x", n, error);
	}
}

/* The longest line there is, as one string and as one number. */
static void test_long(void)
{
	char line[300], values[4096];

	memset(line, 'x', sizeof(line));
	line[0] = line[255] = '"';
	CHECK(!parse("s0,254;", false, line, 256, values) && strlen(values) == 254 + 3, "a string of 254 bytes");
	CHECK(parse("s0,253;", false, line, 256, values) == (PARAM_LENGTH | 0), "one too long");
	for (size_t n = 1; n < 255; n++)
		line[n] = '\\';
	CHECK(!parse("s127,127;", false, line, 256, values), "127 backslashes");
	line[1] = 'x';
	CHECK(parse("s0,254;", false, line, 256, values) == (PARAM_PARSE | 0),
	      "253 backslashes, and the last takes the quote");
	memset(line, '9', sizeof(line));
	CHECK(parse("i0,4294967295;", false, line, 256, values) == (PARAM_INVALID | 0), "256 digits");
	memset(line, '0', sizeof(line));
	line[255] = '3';
	CHECK(!parse("i0,4294967295;", false, line, 256, values) && !strcmp(values, "3 "), "255 zeros and a digit");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(params_cases) / sizeof(*params_cases); i++)
		if (params_cases[i].descriptor)
			check_case(&params_cases[i]);
	test_integers();
	test_strings();
	test_omitted();
	test_link_id();
	test_groups();
	test_most();
	test_large_declaration();
	test_long();
	return check_report();
}

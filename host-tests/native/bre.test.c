/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of the filters: what POSIX says, and their bounds. */
#include <stdlib.h>
#include <string.h>

#include "bre-play.h"
#include "check.h"

static bre_error error_of(const char *pattern, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);
	bre_error error;
	bre *re;

	memcpy(exact, pattern, size);
	error = bre_compile(exact, size, &re);
	CHECK(!error == !!re, "an expression or an error: <%.*s>", (int)size, pattern);
	platform_free(re);
	free(exact);
	return error;
}

/* from -1: no match */
static void matches_bytes(const char *pattern, size_t pattern_size, const char *text, size_t size, int from, int to)
{
	uint32_t steps = STEPS;
	int found_from, found_to;
	bre_result result;
	bre *re;

	CHECK(bre_compile((const uint8_t *)pattern, pattern_size, &re) == BRE_OK, "<%s> is good", pattern);
	if (!re)
		return;
	result = search_cut(re, text, size, size / 2, &steps, &found_from, &found_to);
	CHECK(result == (from < 0 ? BRE_NO_MATCH : BRE_MATCH), "<%s> on <%s>: %d", pattern, text, result);
	if (result == BRE_MATCH)
		CHECK(found_from == from && found_to == to, "<%s> on <%s>: [%d, %d)", pattern, text, found_from, found_to);
	platform_free(re);
}

static void matches(const char *pattern, const char *text, int from, int to)
{
	matches_bytes(pattern, strlen(pattern), text, strlen(text), from, to);
}

static void refused(const char *pattern, bre_error error)
{
	bre_error got = error_of(pattern, strlen(pattern));

	CHECK(got == error, "<%s>: %d, wanted %d", pattern, got, error);
}

static void test_guide(void)
{
	matches("^WIFI CONNECTED\r\n", "WIFI CONNECTED\r\n", 0, 16);
	matches("^WIFI CONNECTED\r\n", "WIFI GOT IP\r\n", -1, 0);
	matches("^+HTTPCGET:[0-9]*,", "+HTTPCGET:512,\x89PNG", 0, 14);
	matches("^+HTTPCGET:[0-9]*,", " +HTTPCGET:512,", -1, 0);
	matches("\r\n$", "\x89PNG\r\nabc\r\n", 9, 11);
	matches("\r\nOK\r\n$", "\r\nOK\r\n", 0, 6);
	matches("\r\nOK\r\n$", "\r\nERROR\r\n", -1, 0);
}

static void test_rules(void)
{
	matches("", "abc", 0, 0);
	matches("b", "abc", 1, 2);
	matches("a*", "baa", 0, 0);
	matches("aa*", "baaab", 1, 4);
	matches("a.c", "xabc", 1, 4);
	matches("a.c", "a\nc", 0, 3);
	matches("^a", "ba", -1, 0);
	matches("^a", "b\na", -1, 0); /* a line feed begins nothing */
	matches("a$", "a\nb", -1, 0);
	matches("a^b$c", "xa^b$c", 1, 6);
	matches("*a", "b*a", 1, 3);
	matches("^*a", "*a", 0, 2);
	matches("\\(*a\\)", "x*a", 1, 3);
	matches("\\(^a\\)b", "ab", 0, 2);
	matches("a\\(b$\\)", "ab", 0, 2);
	matches("x\\(^a\\)", "xa", -1, 0);
	matches("^$", "", 0, 0);
	matches("^$", "a", -1, 0);
	matches("\\(ab\\)*c", "xababc", 1, 6);
	matches("\\(a*\\)*b", "aab", 0, 3);
	matches("\\(a*b*\\)*c", "aabbabc", 0, 7);
	matches("a\\{3\\}", "aaaa", 0, 3);
	matches("a\\{2,\\}", "baaaab", 1, 5);
	matches("a\\{1,3\\}", "aaaaa", 0, 3);
	matches("a\\{0,2\\}b", "aaab", 1, 4);
	matches("a\\{0\\}b", "ab", 1, 2);
	matches("\\(ab\\)\\{2\\}", "ababab", 0, 4);
	matches("\\(a\\{2\\}b\\)\\{1,2\\}c", "aabaabc", 0, 7);
	matches("[0-9]\\{1,255\\}", "x1234567890y", 1, 11);
	matches("a+b?c|(d){1}", "xa+b?c|(d){1}", 1, 13);
	matches("\\+\\?\\|", "a+?|", 1, 4); /* not the operators of GNU */
	matches("\\.\\*\\[\\]\\^\\$\\\\", ".*[]^$\\", 0, 7);
	/* Of several the leftmost, of these the longest. */
	matches("b*\\(ab\\)*", "abab", 0, 4);
	matches("x*yz*", "ayzzxyz", 1, 4);
	matches("\\(a\\{1,2\\}\\)\\{2\\}", "aaaaa", 0, 4);
}

static void test_brackets(void)
{
	matches("[abc]*", "cabd", 0, 3);
	matches("[^abc]", "abcd", 3, 4);
	matches("[]a]*", "]a]b", 0, 3);
	matches("[^]a]", "]ab", 2, 3);
	matches("[a-]*", "-a-b", 0, 3);
	matches("[-a]*", "a-ab", 0, 3);
	matches("[+--]*", "+,-.", 0, 3);
	matches("[a\\]*", "\\a]", 0, 2);
	matches("[.*]", "a*", 1, 2);
	matches("[[:digit:]x]*", "12x3y", 0, 4);
	matches("[[:upper:][:lower:]]*", "aZ0", 0, 2);
	matches("[^[:alnum:]]", "aZ0-", 3, 4);
	matches("[[.-.]x]*", "x-y", 0, 2);
	matches("[[=a=]]", "ba", 1, 2);
	matches("[[.a.]-c]*", "abcd", 0, 3);
	matches("[\x80-\xff]*",
	        "\x80\xfe\xff"
	        "a",
	        0, 3);
	for (int byte = 0; byte < 256; byte++) {
		char text = (char)byte;
		bool control = byte < 32 || byte == 127;

		matches_bytes("[[:cntrl:]]", 11, &text, 1, control ? 0 : -1, 1);
		matches_bytes("[^[:cntrl:]]", 12, &text, 1, control ? -1 : 0, 1);
	}
	matches_bytes("a\0[\0b]c", 7, "xa\0\0c", 5, 1, 5);
	matches_bytes("\0*$", 3, "a\0\0", 3, 1, 3);
}

static void test_refusals(void)
{
	static const char *const bad[] = {
		"\\(",
		"\\)",
		"a\\",
		"\\(a",
		"a\\)",
		"\\{1\\}",
		"^\\{1\\}",
		"\\(\\{1\\}a\\)",
		"a\\{",
		"a\\{1",
		"a\\{1,",
		"a\\{1,2",
		"a\\{1,2}",
		"a\\{2,1\\}",
		"a\\{,2\\}",
		"a\\{x\\}",
		"a\\}",
		"[",
		"[a",
		"[]",
		"[^]",
		"[b-a]",
		"[a-c-e]",
		"[[:foo:]]",
		"[[:digit",
		"[[:digit:]",
		"[a-[:digit:]]",
		"[[=a=]-c]",
		"[[.ab.]]",
		"[[..]]",
		"[a-",
		"[[.a",
		"\\(\\(a\\)",
		"a**",
		"a\\{2\\}*",
		"a*\\{2\\}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i], BRE_MALFORMED);
	refused("\\(a\\)\\1", BRE_BACK_REFERENCE);
	refused("\\9", BRE_BACK_REFERENCE);
	refused("a\\{256\\}", BRE_TOO_LARGE);
	refused("a\\{1,256\\}", BRE_TOO_LARGE);
	refused("a\\{99999999999999999999\\}", BRE_TOO_LARGE);
	refused("\\(\\(x\\{1,255\\}\\)\\{1,255\\}\\)\\{1,9\\}", BRE_TOO_LARGE);
	refused("\\(\\(\\(\\(x*\\)\\{9\\}\\)\\{9\\}\\)\\{9\\}\\)\\{9\\}", BRE_TOO_LARGE);
	for (size_t size = 0; size <= BRE_PATTERN_MAX + 1; size++) {
		char pattern[BRE_PATTERN_MAX + 1];

		memset(pattern, 'a', sizeof(pattern));
		CHECK(error_of(pattern, size) == (size > BRE_PATTERN_MAX ? BRE_TOO_LARGE : BRE_OK), "%zu bytes", size);
		memset(pattern, '[', sizeof(pattern));
		for (size_t i = 2; i < size; i += 3)
			pattern[i] = ']';
		error_of(pattern, size <= BRE_PATTERN_MAX ? size : 0);
	}
}

/* The worst that 64 bytes can ask for: within the states, and each byte of the text costs at most a visit of each. */
static void test_bounds(void)
{
	static const char *const greedy[] = {
		"\\([ab]*\\)\\{40\\}c",
		"\\(a*a*a*a*a*a*a*a*a*a*\\)*c",
		"\\(\\(a*\\)*\\)*c",
		"\\(.*a\\)\\{60\\}c",
		"a\\{0,255\\}c",
		"\\(.\\{15\\}\\)\\{16\\}c$",
		".*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*c",
	};
	static char text[4096];

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(greedy) / sizeof(*greedy); i++) {
		uint32_t steps = UINT32_MAX, few = 5000;
		int from, to;
		bre *re;

		CHECK(bre_compile((const uint8_t *)greedy[i], strlen(greedy[i]), &re) == BRE_OK, "<%s>", greedy[i]);
		if (!re)
			continue;
		CHECK(re->count <= BRE_STATES, "%u states", re->count);
		CHECK(search_cut(re, text, sizeof(text), 0, &steps, &from, &to) == BRE_NO_MATCH, "<%s>", greedy[i]);
		CHECK(steps <= (sizeof(text) + 1) * (re->count + 1u), "<%s>: %u steps, %u states", greedy[i], steps, re->count);
		CHECK(search_cut(re, text, sizeof(text), 0, &few, &from, &to) == BRE_GIVEN_UP && few == 5000,
		      "and no step more than allowed");
		platform_free(re);
	}
}

/* What can tell at once costs nothing on a long text. */
static void test_quick(void)
{
	static char text[1440];
	static const struct {
		const char *pattern;
		uint32_t steps;
	} quick[] = { { "^+IPD", 10 }, { "^WIFI [A-Z]*\r\n", 10 }, { "\r\n$", 4 } };

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(quick) / sizeof(*quick); i++) {
		uint32_t steps = STEPS;
		int from, to;
		bre *re;

		bre_compile((const uint8_t *)quick[i].pattern, strlen(quick[i].pattern), &re);
		search_cut(re, text, sizeof(text), 700, &steps, &from, &to);
		CHECK(steps <= quick[i].steps, "<%s>: %u steps", quick[i].pattern, steps);
		platform_free(re);
	}
}

int main(void)
{
	test_guide();
	test_rules();
	test_brackets();
	test_refusals();
	test_bounds();
	test_quick();
	return check_report();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Random expressions on random texts: what matches, and where, must be what the C library's regexec() says. */
#include <locale.h>
#include <regex.h>

#include "bre-play.h"
#include "check.h"

#define RANDOM_PATTERNS 120000
#define TEXTS_EACH 8

static uint32_t seed = 20251121;

static unsigned below(unsigned n)
{
	return test_random(&seed) % n;
}

static char a_byte(void)
{
	return "aaabbc\n-]0:"[below(11)];
}

typedef struct {
	char text[BRE_PATTERN_MAX + 1];
	size_t size;
} pattern;

static void add(pattern *p, const char *text)
{
	size_t size = strlen(text);

	if (p->size + size > BRE_PATTERN_MAX)
		return;
	memcpy(p->text + p->size, text, size);
	p->size += size;
}

static void add_bracket(pattern *p)
{
	static const char *const members[] = { "a",   "b",  "c",         "ab",        "a-c",   "[:digit:]", "[:alpha:]",
		                                   "0-9", "\n", "[:space:]", "[:punct:]", "[.-.]", "[=b=]",     "\\" };

	add(p, below(3) ? "[" : "[^");
	if (!below(6))
		add(p, "]");
	if (!below(8))
		add(p, "-");
	for (unsigned n = 1 + below(3); n--;)
		add(p, members[below(sizeof(members) / sizeof(*members))]);
	if (!below(8))
		add(p, "-");
	add(p, "]");
}

static void add_branch(pattern *p, unsigned depth)
{
	static const char *const repetitions[] = { "*",        "*",         "*",       "\\{2\\}", "\\{0,1\\}",
		                                       "\\{1,\\}", "\\{1,3\\}", "\\{0\\}", "\\{0,\\}" };

	if (!below(8))
		add(p, "^");
	for (unsigned n = 1 + below(4); n--;) {
		char byte[2] = { a_byte(), 0 };

		switch (below(9)) {
		case 0:
			add(p, ".");
			break;
		case 1:
			add_bracket(p);
			break;
		case 2:
		case 3:
			if (depth < 3) {
				add(p, "\\(");
				add_branch(p, depth + 1);
				add(p, "\\)");
			}
			break;
		case 4:
			add(p, (const char *[]){ "\\.", "\\*", "\\[", "\\]", "\\^", "\\$", "\\\\", "\\-" }[below(8)]);
			break;
		default:
			add(p, byte);
		}
		if (!below(3))
			add(p, repetitions[below(sizeof(repetitions) / sizeof(*repetitions))]);
	}
	if (!below(8))
		add(p, "$");
}

/* Where POSIX leaves the meaning open and we do not follow glibc. */
static bool is_open(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p != '\\')
			continue;
		p++;
		if (!*p)
			return false;
		if (strchr("+?|wWsSbB<>'`}123456789", *p) || (*p == '{' && p[1] == ','))
			return true;
	}
	return false;
}

/* At an anchor inside the expression glibc takes a line feed for an end of the text, which POSIX does not say. */
static bool has_inner_anchor(const char *text)
{
	return strstr(text, "\\(^") || strstr(text, "$\\)");
}

static void compare_on(const pattern *p, const bre *ours, const regex_t *theirs)
{
	bool one_line = has_inner_anchor(p->text);

	for (int i = 0; i < TEXTS_EACH; i++) {
		char text[40];
		size_t size = below(sizeof(text));
		uint32_t steps = STEPS;
		int from, to;
		regmatch_t match;
		bool found;

		for (size_t k = 0; k < size; k++) {
			text[k] = a_byte();
			if (one_line && text[k] == '\n')
				text[k] = 'c';
		}
		text[size] = 0;
		found = !regexec(theirs, text, 1, &match, 0);
		REQUIRE((search_cut(ours, text, size, below((unsigned)size + 1), &steps, &from, &to) == BRE_MATCH) == found,
		        "<%s> on <%s>: the library says %d", p->text, text, found);
		if (found)
			REQUIRE(from == match.rm_so && to == match.rm_eo, "<%s> on <%s>: [%d, %d), the library [%d, %d)", p->text,
			        text, from, to, match.rm_so, match.rm_eo);
	}
}

static void test_random_patterns(void)
{
	unsigned compared = 0, refusals = 0;

	setlocale(LC_ALL, "C");
	for (int i = 0; i < RANDOM_PATTERNS; i++) {
		pattern p = { .size = 0 };
		regex_t theirs;
		bre *ours;
		bre_error error;
		int their_error;

		add_branch(&p, 0);
		if (!below(4) && p.size) /* something broken, perhaps */
			p.text[below((unsigned)p.size)] = "\\[](){}*^$-,:a1"[below(15)];
		p.text[p.size] = 0;
		if (is_open(p.text))
			continue;
		error = bre_compile((const uint8_t *)p.text, p.size, &ours);
		if (error == BRE_TOO_LARGE)
			continue;
		their_error = regcomp(&theirs, p.text, 0);
		REQUIRE(!error == !their_error, "<%s>: we say %d, the library %d", p.text, error, their_error);
		refusals += error != BRE_OK;
		if (!error && !their_error) {
			compare_on(&p, ours, &theirs);
			compared++;
		}
		if (!their_error)
			regfree(&theirs);
		platform_free(ours);
	}
	CHECK(compared > RANDOM_PATTERNS / 3, "%u expressions compared", compared);
	CHECK(refusals > 500, "%u refused by both", refusals);
	printf("%u expressions on %u texts as glibc, %u refused by both\n", compared, compared * TEXTS_EACH, refusals);
}

int main(void)
{
	test_random_patterns();
	return check_report();
}

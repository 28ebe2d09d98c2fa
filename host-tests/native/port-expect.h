/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the port say often. */
#ifndef XS_AT_PORT_EXPECT_H
#define XS_AT_PORT_EXPECT_H

#include <stdlib.h>

#include "check.h"
#include "port-play.h"

#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"
#define BUSY "\r\nbusy p...\r\n"
#define PROMPT "\r\nOK\r\n\r\n>"

/* What the host gets for what it sends. */
static inline void expect(const char *sent, const char *wanted)
{
	const char *got = play_say(sent);

	CHECK(!strcmp(got, wanted), "<%s> gave <%s>, wanted <%s>", sent, got, wanted);
	CHECK(!play.stuck, "<%s>: the tasks wake each other for nothing", sent);
}

static inline void echo(bool on)
{
	FAKE_CALL(&play.machine, xs_port_echo, FAKE_BOOL(on));
}

static inline void error_numbers(bool on)
{
	FAKE_CALL(&play.machine, xs_port_errorNumbers, FAKE_BOOL(on));
}

static inline unsigned occurrences(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
		n++;
	return n;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host receives, cut into messages: answers in the order in which they are owed, frames, events, and bytes of
 * the network in passthrough. None may be split by another, missing or said twice. Of port-model.c.
 */
#ifndef XS_AT_FUZZ_PORT_OUTPUT_H
#define XS_AT_FUZZ_PORT_OUTPUT_H

#include "fuzz.h"

/** How every event of port-model.c begins. */
#define OUTPUT_EVENT "\r\n*EVENT:"

void output_start(void);

/** Takes over what was put into the transmit ring since; what has left it must be what was put. */
void output_collect(void);
/** Cuts off all messages that are whole. */
void output_parse(void);
/** Nothing is left but the beginning of an answer that is owed. */
void output_require_parsed(void);

/** An answer that is owed next. */
void output_expect(const char *text);
void output_expect_bytes(const void *bytes, size_t size);
void output_expect_format(const char *format, unsigned number);
void output_expect_echo(const uint8_t *text, size_t size);
/** That of AT+LONG. */
void output_expect_long(void);
/** The result of a data phase, with the busy for surplus before it. */
void output_expect_result(bool of_sink);
/** That of AT+SENDL, with its reports before it. */
void output_expect_long_result(bool cancelled);
/** AT+SENDL begins: of so many bytes, which are those of the host from `from` on. */
void output_reports(size_t from, size_t size);
/** Whether it has come, told once; which, and how often busy was said before it. */
bool output_result(bool *good, unsigned *busy);
bool output_owed(void);

/** Nothing but answers may come. */
void output_exclusive(bool on);

void output_fill(uint8_t *payload, size_t size, unsigned number);
void output_net(size_t size);

#endif

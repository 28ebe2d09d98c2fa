/* SPDX-License-Identifier: Apache-2.0 */
/* Data phases and passthrough of port-model.c: what the sink must get, and when a phase may end. */
#ifndef XS_AT_FUZZ_PORT_DATA_MODEL_H
#define XS_AT_FUZZ_PORT_DATA_MODEL_H

#include "port-model.h"

extern struct data_model {
	size_t consumed_before; /* of the stream, at the last sync: also what was dropped behind data */
	size_t kept_before;     /* surplus that was not, although nothing was being said */
	uint32_t pass_since;
	uint32_t last_full;  /* when the port was last seen without room, */
	size_t full_read;    /* and what it had read by then */
	uint32_t free_since; /* since when the network takes all */
	size_t pass_read;    /* what came later than AT+PASS's answer */
	uint32_t leaving_since;
	unsigned escapes;
	uint32_t dropped;
	struct {
		uint8_t bytes[MODEL_STREAM_MAX];
		size_t size, checked;
	} sink;         /* what it must get */
	bool cancelled; /* AT+SENDL, by +++ */
	/* AT+SENDEX: the next byte to look at, whether the last one was a backslash, and what it has come to */
	size_t expand_at, expanded_size;
	bool backslash, expanded, told;
	uint8_t expansion[MODEL_DATA_MAX];
} data;

void data_expect_in_sink(size_t from, size_t to);
void data_check_sink(void);

void data_begin(void);
/** More has been read: with AT+SENDEX the end may be here. */
void data_expand(void);
/** What is to come has come, and gone to the sink or into memory; or, of a short one to the sink, is all here. */
bool data_is_taken(void);
void data_end(void);
/** With AT+SENDL, once a turn. */
void data_check_long(void);
/** The result is here: what was dropped before it is surplus, what comes now is a line. */
void data_result_told(bool good, unsigned busy);

void data_begin_passthrough(void);
void data_escaped(void);
/** By the rule it was a +++, all the time the port was reading, and it had its turns. */
bool data_missed_escape(void);
/** The network takes all, and yet a byte waits for longer than its interval, and the time that +++ may hold it back. */
bool data_is_late(void);
void data_left(void);

#endif

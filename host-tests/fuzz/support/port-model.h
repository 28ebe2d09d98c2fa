/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host may expect of the port (wire-format.md), followed turn by turn: each byte that it sends belongs to a
 * line, to a data phase, to passthrough or to the surplus behind a data phase, and each byte that it receives to one
 * answer, frame or event. What the commands of native/port-play.h answer is known here; where a turn's outcome is free
 * (when a line is taken, how much surplus is still dropped) the port is asked, and then held to it.
 */
#ifndef XS_AT_FUZZ_PORT_MODEL_H
#define XS_AT_FUZZ_PORT_MODEL_H

#include "fuzz.h"
#include "port-play.h"

/** Bytes that a host may send in one input, and how many of them are kept for leading it to its end. */
#define MODEL_STREAM_MAX 200000u
#define MODEL_STREAM_RESERVE 20000u
#define MODEL_DATA_MAX 10000u
#define MODEL_EVENTS_MAX 4096u

typedef enum {
	MODEL_LINES,   /* lines are taken */
	MODEL_HANDED,  /* a command is in hand; `next` comes with its answer */
	MODEL_PENDING, /* AT+SLOW or AT+LATE waits: lines are answered busy */
	MODEL_DATA,    /* bytes up to data_end are collected, or fewer (AT+SENDL, AT+SENDEX) */
	MODEL_RESULT,  /* they are all here; what comes before the result is surplus */
	MODEL_PASS,
	MODEL_LEAVING, /* +++ was seen */
	MODEL_RESTART, /* AT+RST was answered */
} model_state;

extern struct model {
	model_state state, next;
	uint8_t stream[MODEL_STREAM_MAX]; /* what the host has sent */
	uint32_t read_time[MODEL_STREAM_MAX];
	size_t sent, read, judged;
	unsigned wanted; /* bytes of the data phase, or that the pending AT+LATE wants; 0: it is AT+SLOW */
	bool to_memory;  /* AT+MEM: not to the sink */
	bool streams;    /* AT+STREAM, AT+SENDL: to the sink as it comes */
	bool is_long;    /* AT+SENDL: and until +++ */
	bool expands;    /* AT+SENDEX */
	bool endless;    /* and more than an input may have: this one ends here */
	size_t data_end;
	uint32_t dirty;               /* when the port last did not read, was full, or time passed it by */
	bool sink_trouble;            /* the sink was broken or away since the last answer about data */
	unsigned configured, actions; /* AT+UART, AT+THEN: ordered */
	unsigned events_issued, events_seen;
	bool event_optional[MODEL_EVENTS_MAX]; /* not told in passthrough */
	bool filtering;
	/* while the event was on its way: the filter was on at some time, off at some time */
	bool event_filtered[MODEL_EVENTS_MAX], event_passed[MODEL_EVENTS_MAX];
} model;

/** Behind play_start(): nothing sent, nothing received, no echo. */
void model_start(void);
/** Behind xs_port_startPassing(): and in passthrough, without a sink. */
void model_start_passing(void);
/** The host sends; false when that is more than an input may. */
bool model_send(const void *bytes, size_t size);
/** After every turn: takes note of what was consumed and said, and checks it. */
void model_sync(void);

/** The pending AT+SLOW ends, or AT+LATE asks for its data. Any time while MODEL_PENDING. */
void model_finish(int kind, uint32_t number, const char *before);
void model_prompt(void);
/** An event of some size comes up; false while another waits. */
bool model_event(size_t size, bool in_passthrough);
/** The text of an event. @return its size */
size_t model_event_text(char *text, size_t room, unsigned id, size_t size);
/** The filter that takes some events out as a whole. */
void model_filter(bool on);
/** Whether an event may be missing, or be seen. */
bool model_may_miss(unsigned event);
bool model_may_see(unsigned event);
void model_echo(bool on);
void model_error_numbers(bool on);
/** What frame n holds. */
void model_fill(uint8_t *payload, size_t size, unsigned number);
/** The network has n bytes more for passthrough. */
void model_net(size_t size);

/** The port has restarted: it must have been told to, and everything said before unless the host did not read. */
void model_restarted(void);

/** Everything is settled and nothing is blocked: then nothing may be owed. */
void model_require_settled(void);

#endif

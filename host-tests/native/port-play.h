/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port with both its halves in one task, as the tests drive it: a host, a network, a few commands, and a scheduler
 * that runs each task exactly when something would wake it. So what is lost is lost here too, and a task that is woken
 * for nothing, over and over, is found.
 *
 * Commands: AT, AT+TEXT (one line of answer), AT+SLOW (ends with play_finish()), AT+TELL (the same, behind a line),
 * AT+MEM=<n> (data to memory), AT+SEND=<n> (to the sink), AT+STREAM=<n> (the same, as it comes), AT+LATE=<n> (the same,
 * asked for later, by play_prompt()), AT+SENDL=<n> (as AT+CIPSENDL), AT+SENDEX=<n> (as AT+CIPSENDEX), AT+READ=<n> (as
 * AT+CIPRECVDATA: an answer of n bytes that the I/O task gives; of a multiple of 16 there are none), AT+BRIEF (waits
 * for the I/O task's next turn, as AT+CIPRECVLEN), AT+PASS (passthrough), AT+LONG (an answer of many lines in
 * portions), AT+RST, AT+UART, AT+THEN (port_then()); anything else is an error 0x01090000.
 */
#ifndef XS_AT_PORT_PLAY_H
#define XS_AT_PORT_PLAY_H

#include "fake-platform.h"
#include "port-state.h"
#include "xsmc.h"

#define PLAY_LONG_LINES 400
#define PLAY_LONG_LINE 24 /* bytes of each */

typedef enum { PLAY_NO_ANSWER, PLAY_READ, PLAY_BRIEF } play_answer;

typedef struct {
	port_sink sink;
	uint8_t bytes[FAKE_LINE];
	size_t size;
	size_t room;  /* bytes it takes before it says 0 */
	size_t limit; /* bytes it takes at a time, 0: all */
	bool broken;
	unsigned asked;
} play_sink;

extern struct play {
	xsMachine machine;
	play_sink sink;
	uint16_t interval; /* of AT+PASS and AT+SENDL */
	uint16_t block;    /* of AT+SENDL */
	uint32_t report;

	/* from the network */
	uint8_t net[FAKE_LINE];
	size_t net_head, net_tail;
	unsigned frames; /* to be sent, of frame_size bytes */
	size_t frame_size;
	unsigned frames_sent;

	/* XS's side */
	unsigned lines, data, data_failed, escaped, drained, room;
	char memory[1 << 16]; /* what the last AT+MEM collected */
	size_t memory_size;
	unsigned long_line; /* of AT+LONG */
	const char *unsaid; /* an answer's line that waits for room */
	struct {
		bool waits;
		int kind;
		uint32_t number;
		const char *before;
	} late;               /* the result behind it */
	char answer[1 << 14]; /* of AT+READ, without its OK */
	size_t answer_size, answer_given;
	play_answer answering; /* what the I/O task is asked for */
	bool answered;         /* and has done */
	bool expanding;        /* AT+SENDEX collects */
	const char *event;     /* one that waits for room */
	bool event_in_passthrough;
	unsigned events_told;
	unsigned actions;      /* of port_then() */
	void (*between)(void); /* called once after the next turn of XS, before its promise jobs */
	void (*watch)(void);   /* called after every turn of either task */
	void (*fill)(uint8_t *payload, size_t size, unsigned number); /* what frames hold, NULL: number signs */
	bool races; /* the test acts between a decision of the network and what it does about it */

	unsigned io_turns, xs_turns;
	bool stuck; /* the tasks went on waking each other */
} play;

/** Everything anew, in command mode and with `ready` said and received. */
void play_start(uint32_t now);
/** The same, but still starting. */
void play_boot(uint32_t now);

/** Runs both tasks until neither has a reason to. */
void play_settle(void);
/** One turn of the I/O task, whether it has a reason or not. */
void play_io(void);
/** One turn of XS with its promise jobs. */
void play_xs(void);
bool play_xs_has_reason(void);
/** Lets time pass, 1 ms after the other. */
void play_pass(uint32_t ms);

/** The host sends text and all is settled. @return what it has received since the last call */
const char *play_say(const char *text);

void play_finish(int kind, uint32_t number, const char *before);
void play_prompt(unsigned size);
/** An unsolicited message. @return false when it waits; it is told as soon as there is room */
bool play_event(const char *text, bool in_passthrough);

/** Of port-play.c: binds the commands to the port; ends the one that waited for the I/O task. */
void play_bind(void);
void play_answered(void);

void xs_port(xsMachine *the);
void xs_port_start(xsMachine *the);
void xs_port_write(xsMachine *the);
void xs_port_event(xsMachine *the);
void xs_port_result(xsMachine *the);
void xs_port_call(xsMachine *the);
void xs_port_pend(xsMachine *the);
void xs_port_hold(xsMachine *the);
void xs_port_release(xsMachine *the);
void xs_port_prompt(xsMachine *the);
void xs_port_data(xsMachine *the);
void xs_port_pass(xsMachine *the);
void xs_port_claim(xsMachine *the);
void xs_port_stream(xsMachine *the);
void xs_port_expand(xsMachine *the);
void xs_port_dataSize(xsMachine *the);
void xs_port_forward(xsMachine *the);
void xs_port_startPassing(xsMachine *the);
void xs_port_echo(xsMachine *the);
void xs_port_errorNumbers(xsMachine *the);
void xs_port_open(xsMachine *the);
void xs_port_configure(xsMachine *the);
void xs_port_restart(xsMachine *the);
void xs_port_addFilter(xsMachine *the);
void xs_port_removeFilter(xsMachine *the);
void xs_port_clearFilters(xsMachine *the);
void xs_port_filterText(xsMachine *the);
void xs_port_filter(xsMachine *the);
void xs_port_filters(xsMachine *the);
void xs_port_wakeHost(xsMachine *the);
void xs_port_hostSleeps(xsMachine *the);

/* As in port.ts. */
enum { PLAY_OK, PLAY_ERROR, PLAY_SEND_OK, PLAY_SEND_FAIL, PLAY_NONE, PLAY_CANCELLED };
enum { PLAY_EXECUTE, PLAY_SET, PLAY_QUERY, PLAY_TEST };

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The state that the two halves of the port share: port-io.c runs on the I/O task, port.c on the XS task. */
#ifndef XS_AT_PORT_STATE_H
#define XS_AT_PORT_STATE_H

#include <stdatomic.h>

#include "escape.h"
#include "filter.h"
#include "line.h"
#include "platform.h"
#include "port.h"
#include "ring.h"
#include "wake.h"

#define PORT_RECEIVE_RING 8192
#define PORT_TRANSMIT_RING 4096
#define PORT_TRANSMIT_MARK 3072 /* above it no new line is handed over */
#define PORT_RESULT_RESERVE 96  /* room that only results may use */
#define PORT_RESULT_MAX 32      /* the longest result, with its number */
#define PORT_REPORT_RESERVE 40  /* and that frames leave to AT+CIPSENDL's reports while there are some */
#define PORT_SINKS (PORT_SINK_FLASH + 1)
#define PORT_LEAVE_TIME 500  /* ms that +++ waits for a stalled network; hosts wait 1,000 */
#define PORT_DRAIN_TIME 500  /* ms that a restart or a new baud rate waits for a host that does not read */
#define PORT_PASS_BLOCK 2920 /* passthrough: full blocks go at once (guide, AT+TRANSINTVL) */

/*
 * Who decides what happens to received bytes. A line hands the port to XS (HANDED) and XS hands it back by setting
 * another mode; all other changes are the I/O task's.
 */
typedef enum {
	PORT_BOOT,        /* input is dropped until `ready` */
	PORT_COMMAND,     /* lines are assembled */
	PORT_HANDED,      /* XS has a line; nothing is consumed */
	PORT_PENDING,     /* an asynchronous command runs; lines are answered busy */
	PORT_DATA,        /* exactly data_left bytes are collected */
	PORT_SENDING,     /* they are all here and go to the sink */
	PORT_LEAVING,     /* +++ was seen; what came before it still goes to the sink */
	PORT_SURPLUS,     /* the data is taken, its command goes on; what comes is surplus */
	PORT_PASSTHROUGH, /* until +++ */
	PORT_STREAMING,   /* data_left bytes go to the sink as they come, or until +++ */
} port_mode;

/* What the I/O task tells XS. */
enum {
	PORT_EVENT_LINE = 1 << 0,
	PORT_EVENT_DATA = 1 << 1,
	PORT_EVENT_DATA_FAILED = 1 << 2,
	PORT_EVENT_ESCAPED = 1 << 3,
	PORT_EVENT_DRAINED = 1 << 4,
	PORT_EVENT_ROOM = 1 << 5,
	PORT_EVENT_CANCELLED = 1 << 6,
};

/* What XS wants done when everything written so far has left the pin. */
enum {
	PORT_THEN_CONFIGURE = 1 << 0,
	PORT_THEN_RESTART = 1 << 1,
	PORT_THEN_ACT = 1 << 2,
};

typedef struct {
	platform_lock lock; /* guards transmit, mode changes that go with it, claimed, filters and wake */
	_Atomic port_mode mode;
	atomic_uint events;
	atomic_uint then;

	ring receive;
	ring transmit;
	atomic_bool claimed;       /* XS is in the middle of a response: no frame, echo or busy may come between */
	size_t event_size;         /* bytes that the waiting event wants */
	atomic_bool event_waiting; /* an event found no room; XS wants to know when there is some */
	atomic_bool drain_waiting; /* XS wants to know when transmit is low again */

	bool filtering; /* filters are enabled, and there are some */
	filter_table filters;
	host_wake wake;

	line_buffer line;
	bool echo;
	bool error_numbers; /* AT+SYSLOG=1 */

	/* data phase */
	uint32_t data_left;
	uint32_t data_size;
	uint8_t *memory; /* collects here, or */
	port_sink *sink; /* goes there */
	bool broken;     /* the sink that streams is; what still comes is dropped */
	bool announce;   /* Recv n bytes */
	bool delivered;  /* all of it went to the sink: SEND OK is due */
	bool surplus_told;
	bool expands;      /* AT+CIPSENDEX: backslashes mean something */
	bool backslash;    /* the last byte was one */
	uint32_t expanded; /* bytes that it has come to */

	/* AT+CIPSENDL */
	uint32_t report, reported; /* bytes */
	uint32_t lost;             /* that came when the sink was broken */
	bool cancelled;

	/* passthrough */
	escape_detector escape;
	uint16_t guard;
	uint16_t interval; /* AT+TRANSINTVL, ms */
	uint16_t block;    /* so many bytes go at once */
	uint32_t oldest;   /* when the first byte not yet sent came */
	uint32_t leaving_since;
	bool sink_blocked;

	port_sink *sinks[PORT_SINKS];
	uart_config uart; /* as the hardware has it */
	uart_config wanted;
	bool then_seen;      /* I/O task: `then` waits */
	uint32_t then_since; /* since when, or since some of what it waits for has left */
	uint32_t then_left;  /* bytes of `transmit` that it waits for */
	void (*then_action)(void);

	/* statistics */
	uint32_t lines, busy, errors, escapes;
	uint32_t dropped; /* bytes that no sink took in time when passthrough was left */
} port_state;

extern port_state port;

/** Copies text into the transmit ring; false when there is less than its size and reserve left. Lock held. */
bool port_put(const void *text, size_t size, size_t reserve);

/**
 * Events come between messages, not into what the host sends or awaits. AT+CIPSENDL reports while it sends, and that
 * its link is gone is what a host ends it for (guide 3.3.10).
 */
static inline bool port_tells_events(port_mode mode)
{
	return mode != PORT_BOOT && mode != PORT_DATA && mode != PORT_LEAVING;
}

/** Sets bits for XS and wakes it. */
void port_tell(unsigned events);

void port_state_init(void);

#define PORT_BUSY "\r\nbusy p...\r\n"

extern const char port_ok[], port_error[], port_prompt[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The state that the two halves of a link share: link-io.c runs on the I/O task, link.c on the XS task. */
#ifndef XS_AT_LINK_STATE_H
#define XS_AT_LINK_STATE_H

#include <stdatomic.h>

#include "link.h"
#include "net.h"
#include "platform.h"
#include "port.h"

#define LINK_HOST 64            /* longest host name (guide, CIPSTART) */
#define LINK_CONNECT_TIME 10000 /* ms for a connection when the command names no timeout, as lwIP gives up its SYN */
#define LINK_SEGMENT 1440       /* payload of one +IPD (wire-format.md) */

typedef enum {
	LINK_FREE,
	LINK_RESOLVING,
	LINK_CONNECTING,
	LINK_CONNECTED, /* waits for XS to have told the host */
	LINK_OPEN,
} link_state;

/* From the XS task, one outstanding at a time. */
enum { LINK_ORDER_CONNECT = 1, LINK_ORDER_START, LINK_ORDER_START_PASSING, LINK_ORDER_CLOSE };

/* To the XS task. */
enum {
	LINK_EVENT_CONNECTED = 1 << 0,
	LINK_EVENT_FAILED = 1 << 1,
	LINK_EVENT_CLOSED = 1 << 2, /* by the peer, or because it broke */
	LINK_EVENT_ENDED = 1 << 3,  /* the close that XS ordered is done */
};

/* Why a connection failed; the extension of the error number 0x010a.... */
enum {
	LINK_ERROR_DNS = 1,
	LINK_ERROR_TIMEOUT = 2,
	LINK_ERROR_REFUSED = 3,
	LINK_ERROR_UNREACHABLE = 4,
	LINK_ERROR_LOCAL_ADDRESS = 5,
	LINK_ERROR_OTHER = 6,
};

enum { RESOLVE_RUNNING, RESOLVE_DONE, RESOLVE_ORPHANED };

/* A name resolution; freed by whoever comes last, for the link may have given up waiting. */
typedef struct {
	platform_job job;
	atomic_int progress;
	bool found;
	uint8_t ip[4];
	char host[LINK_HOST + 1];
} link_resolution;

typedef struct {
	port_sink sink;
	atomic_int state;
	atomic_int order;
	atomic_uint events;
	atomic_int error;

	/* the order to connect, written by XS before it orders */
	char host[LINK_HOST + 1];
	net_address remote;
	bool has_local;
	uint8_t local[4];
	uint16_t keep_alive;
	uint32_t timeout;

	/* the I/O task's */
	int fd;
	uint32_t since;
	int local_port;
	bool unsendable; /* broken for sending; reading will find the end, after what had come before */
	link_resolution *resolution;
} link_record;

extern link_record links[LINK_COUNT];

/* How +IPD looks; set by XS. */
extern atomic_bool link_multiple, link_show_remote;

#endif

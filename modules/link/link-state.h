/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state that the two halves of a link share. On the I/O task: link-io.c (the loop, orders), link-connect.c (from an
 * order to an open link), link-data.c (bytes), link-read.c (reading on demand), link-server.c (the listener); on the XS
 * task: link.c.
 */
#ifndef XS_AT_LINK_STATE_H
#define XS_AT_LINK_STATE_H

#include <stdatomic.h>

#include "link.h"
#include "net.h"
#include "platform.h"
#include "port.h"

#define LINK_HOST 64            /* longest host name (guide, CIPSTART) */
#define LINK_CONNECT_TIME 10000 /* ms for a connection when the command names no timeout, as lwIP gives up its SYN */
#define LINK_SEGMENT 1440       /* payload of one +IPD of a stream (wire-format.md) */
#define LINK_PIECE 2920         /* of one +IPD of a datagram: the most that the guide gives (CIPRECVTYPE) */
#define LINK_DATAGRAM 8192      /* the longest that is sent or received */
#define LINK_WINDOW 5760        /* bytes of a stream that wait for a host that reads when it likes (CIPRECVTYPE) */
#define LINK_HEADER 96          /* room for that of a frame: \r\n+IPD,4,1440,"<IPv6 address>",65535: */
#define LINK_NO_LINGER (-1)

typedef enum {
	LINK_FREE,
	LINK_RESOLVING,
	LINK_CONNECTING,
	LINK_CONNECTED, /* waits for XS to have told the host */
	LINK_OPEN,
	LINK_CLOSING, /* what was sent is still on its way (so_linger) */
} link_state;

/* From the XS task, one outstanding at a time. */
enum {
	LINK_ORDER_CONNECT = 1,
	LINK_ORDER_ADOPT, /* the connection that waits at the server */
	LINK_ORDER_START,
	LINK_ORDER_START_PASSING,
	LINK_ORDER_READ,
	LINK_ORDER_RESOLVE, /* the host of one datagram */
	LINK_ORDER_CLOSE,
};

/* To the XS task. */
enum {
	LINK_EVENT_CONNECTED = 1 << 0,
	LINK_EVENT_FAILED = 1 << 1,
	LINK_EVENT_CLOSED = 1 << 2, /* by the peer, or because it broke, or was silent for too long */
	LINK_EVENT_ENDED = 1 << 3,  /* the close that XS ordered is done */
	LINK_EVENT_READ = 1 << 4,   /* the answer to CIPRECVDATA is written */
	LINK_EVENT_EMPTY = 1 << 5,  /* there is nothing to read */
	LINK_EVENT_RESOLVED = 1 << 6,
	LINK_EVENT_COUNTED = 1 << 7, /* told by link 0 for all: `available` is of now */
};

/* Why a connection failed; the extension of the error number 0x010a.... */
enum {
	LINK_ERROR_DNS = 1,
	LINK_ERROR_TIMEOUT = 2,
	LINK_ERROR_REFUSED = 3,
	LINK_ERROR_UNREACHABLE = 4,
	LINK_ERROR_LOCAL_ADDRESS = 5,
	LINK_ERROR_OTHER = 6,
	LINK_ERROR_MEMORY = 7,
};

/* When the remote of a datagram link becomes that of a sender (guide, CIPSTART). */
enum { LINK_REMOTE_FIXED, LINK_REMOTE_ONCE, LINK_REMOTE_LAST };

enum { RESOLVE_RUNNING, RESOLVE_DONE, RESOLVE_ORPHANED };

/* A name resolution; freed by whoever comes last, for the link may have given up waiting. */
typedef struct {
	platform_job job;
	atomic_int progress;
	bool found;
	net_family family;
	net_address address;
	char host[LINK_HOST + 1];
} link_resolution;

/* Bytes in hand that go to the host as soon as there is room. */
typedef struct {
	uint8_t *bytes; /* NULL: none */
	size_t size, given;
} link_held;

typedef struct {
	port_sink sink;
	atomic_int state;
	atomic_int order;
	atomic_uint events;
	atomic_int error;

	/* with an order, written by XS before it */
	bool is_datagrams;
	char host[LINK_HOST + 1];
	net_family family;
	uint16_t remote_port;
	bool has_local;
	net_address local;
	uint16_t wanted_port; /* local, 0 for any */
	uint8_t remote_mode;
	uint32_t timeout;
	uint32_t read_size;
	uint32_t datagram_size; /* what one CIPSEND sends, 0 for passthrough: every block is one */

	/* set by XS at any time */
	atomic_int linger;
	atomic_bool no_delay;
	atomic_uint send_timeout;
	atomic_uint keep_alive;
	atomic_bool options_changed;
	atomic_bool passive;

	/* under link_lock: read by XS, changed by I/O */
	net_address remote;
	atomic_int local_port;
	atomic_uint available; /* bytes that can be read, as of LINK_EVENT_COUNTED */

	/* the I/O task's */
	int fd;
	bool is_child;     /* of the server */
	bool remote_taken; /* LINK_REMOTE_ONCE has happened */
	bool unsendable;   /* broken for sending; reading will find the end, after what had come before */
	bool announced;    /* a passive link's +IPD is told; nothing more until it is read */
	uint32_t since;    /* when the state began */
	uint32_t active;   /* when bytes last moved */
	uint32_t stalled;  /* since when nothing could be sent; valid with is_stalled */
	bool is_stalled;
	link_held held;    /* a datagram */
	net_address from;  /* its sender */
	link_held answer;  /* to CIPRECVDATA, with its header */
	uint8_t *datagram; /* being collected, of datagram_size */
	uint32_t collected;
	net_address to; /* of this datagram */
	link_resolution *resolution;
} link_record;

extern link_record links[LINK_COUNT];
extern platform_lock link_lock;

/* How +IPD looks, and how long children may be silent (s, 0: for ever); set by XS. */
extern atomic_bool link_multiple, link_show_remote;
extern atomic_bool link_count_wanted;
extern atomic_uint link_server_timeout;

/* Datagrams that were longer than any can be, or found no memory. */
extern atomic_uint link_lost;

/* --- among the I/O task's files --- */

void link_tell(link_record *link, unsigned events);
void link_release(link_record *link);
void link_fail(link_record *link, int error);
/** The peer has closed it, or it is broken. */
void link_broken(link_record *link);

void link_begin(link_record *link, uint32_t now);
void link_adopt(link_record *link, uint32_t now);
void link_resolve_again(link_record *link, uint32_t now);
void link_apply_options(link_record *link);
/** What a link does that is neither open nor free. */
void link_connect_prepare(link_record *link, io_wait *wait);
void link_connect_perform(link_record *link, const io_wait *wait);

int link_take(port_sink *sink, const void *data, size_t size);
void link_data_prepare(link_record *link, io_wait *wait);
void link_data_perform(link_record *link, const io_wait *wait);
void link_forget(link_held *held);

/** Bytes that can be read now. */
size_t link_available(link_record *link);
/** LINK_ORDER_READ: collects the answer; with nothing to read LINK_EVENT_EMPTY is all that comes. */
void link_read(link_record *link);
/** To the host, as far as it has room; LINK_EVENT_READ at the end. */
void link_give_answer(link_record *link);

/* --- the server --- */

typedef enum { SERVER_OFF, SERVER_LISTENING, SERVER_WAITING } server_state;
enum { SERVER_ORDER_LISTEN = 1, SERVER_ORDER_REFUSE, SERVER_ORDER_STOP };
enum { SERVER_EVENT_LISTENING = 1, SERVER_EVENT_FAILED = 2, SERVER_EVENT_STOPPED = 4, SERVER_EVENT_WAITING = 8 };

typedef struct {
	atomic_int order;
	atomic_uint events;
	bool v6; /* with the order to listen */
	uint16_t port;
	/* the I/O task's */
	int listeners[NET_LISTENERS];
	unsigned count;
	int ready; /* of SERVER_WAITING: the listener that has a connection */
	server_state state;
} server_record;

extern server_record link_server;

void link_server_prepare(io_wait *wait);
void link_server_perform(const io_wait *wait);
/** @return descriptor of the connection that waits, -1 when it has gone */
int link_server_take(net_address *remote);

#endif

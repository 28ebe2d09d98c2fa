/* SPDX-License-Identifier: Apache-2.0 */
/* A network of one socket and one server, which a test plays the other side of. */
#ifndef XS_AT_FAKE_NET_H
#define XS_AT_FAKE_NET_H

#include "net.h"
#include "platform.h"

#define FD 900       /* a number for the sets, no descriptor */
#define LISTENER 901 /* of the server */

typedef struct {
	uint8_t bytes[9000];
	size_t size;
	net_address address; /* to or from */
} fake_datagram;

typedef struct {
	char in[1 << 16]; /* what the peer has sent */
	size_t in_size, in_taken;
	bool ended, send_broken;
	size_t out_size, out_room;
	int connect_result, opened, closed, resets, finished;
	bool unflushed;
	unsigned receives;
	unsigned keep_alive, no_delay;
	void (*meanwhile)(void); /* what XS does while bytes are copied; once */
	platform_job *job;

	fake_datagram datagrams[8]; /* to us */
	unsigned datagram_head, datagram_tail;
	fake_datagram sent[8];
	unsigned sent_count;

	unsigned clients; /* that wait at the server */
	bool listening, listen_refused;
} fake_network;

extern fake_network net;

void fake_net_start(void);
void fake_net_datagram(const char *text, size_t size, uint8_t last, uint16_t port);
/** Whether select() would find it readable. */
bool fake_net_readable(int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets, as far as lwIP and Linux agree: non-blocking, waited for with select(). Called by the I/O task, except
 * net_resolve (worker). Functions that can fail return -1 and leave the reason in errno.
 */
#ifndef XS_AT_NET_H
#define XS_AT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_TEXT 16 /* "255.255.255.255" and its NUL */

/* IPv4; the bytes in network order. */
typedef struct {
	uint8_t ip[4];
	uint16_t port;
} net_address;

/** A TCP socket that connects from a local address (NULL: the station's). @return descriptor or -1 */
int net_connect(const net_address *remote, const uint8_t *local_ip);

/** After a connecting socket became writable: 0, or the errno that ended the attempt. */
int net_connect_result(int fd);

/** @return bytes sent, 0 when there is no room now, -1 when the connection is broken */
int net_send(int fd, const void *data, size_t size);

/** @return bytes read, 0 when there is nothing now, -1 at the end of the stream or when it is broken */
int net_receive(int fd, void *buffer, size_t size);

/** Milliseconds for which a socket is not to be read although it may be readable; always 0 on a real network. */
uint32_t net_delay(int fd);

/** Seconds until the first keep-alive probe, 0 for none; then one a second, three in all (guide, CIPSTART). */
int net_keep_alive(int fd, unsigned seconds);

int net_local_port(int fd);
void net_close(int fd);

/** Name or dotted address to an address. Blocks: worker only. */
bool net_resolve(const char *host, uint8_t ip[4]);

/** Dotted address to bytes, without any look-up. */
bool net_parse(const char *text, uint8_t ip[4]);
void net_print(const uint8_t ip[4], char text[NET_TEXT]);

/** The station's address, all zero when it has none: client sockets leave from it. */
void net_set_station(const uint8_t ip[4]);

#endif

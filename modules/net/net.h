/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets, as far as lwIP and Linux agree: non-blocking, waited for with select(). Called by the I/O task, except
 * net_resolve (worker). Functions that can fail return -1 and leave the reason in errno.
 *
 * Where the two differ, and what is done about it:
 * - FIONREAD of a datagram socket is the next datagram's size on Linux and the sum of all on lwIP: net_pending() is for
 *   streams only, and datagrams are read to learn their size.
 * - Linux resets a connection that is closed with bytes unread: there net_close() reads them first.
 * - A non-blocking socket knows neither a linger nor a send timeout: both are the links' own timers.
 */
#ifndef XS_AT_NET_H
#define XS_AT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_TEXT 46 /* the longest IPv6 address and its NUL */

/** An address; its bytes in network order, of IPv4 the first four. */
typedef struct {
	uint8_t ip[16];
	uint16_t port;
	bool v6;
} net_address;

/** Which addresses a name may have. */
typedef enum { NET_PREFER_V4, NET_V4, NET_V6 } net_family;

/* --- making sockets; @return descriptor or -1 --- */

/** A stream that connects, from a local address (NULL: the station's). */
int net_connect(const net_address *remote, const net_address *local);

/** After a connecting socket became writable: 0, or the errno that ended the attempt. */
int net_connect_result(int fd);

/**
 * Datagrams from and to anybody; of a multicast or broadcast remote those that go there as well.
 *
 * @param local its address or NULL for the station's @param port 0: any
 */
int net_datagrams(const net_address *remote, const net_address *local, uint16_t port);

#define NET_LISTENERS 2

/**
 * A server on the addresses that this device has now. Of the listeners of before those stay whose address is still one
 * of them, with the clients that wait there; the others are closed.
 *
 * @param count how many there are @return how many there are now; 0 when there were none and one cannot be had
 */
unsigned net_listen(bool v6, uint16_t port, int listeners[NET_LISTENERS], unsigned count);

/** @return the next connection, -1 with EAGAIN when there is none */
int net_accept(int listener, net_address *remote);

void net_close(int fd);

/** Ends a connection by a reset: the peer learns at once, and what is unsent is lost (SO_LINGER with 0 seconds). */
void net_reset(int fd);

/* --- bytes --- */

/** @return bytes sent, 0 when there is no room now, -1 when the connection is broken */
int net_send(int fd, const void *data, size_t size);

/** @return bytes read, 0 when there is nothing now, -1 at the end of the stream or when it is broken */
int net_receive(int fd, void *buffer, size_t size);

/** Bytes of a stream that can be read now. */
size_t net_pending(int fd);

/** Of a stream that is readable without pending bytes: whether it has ended or is broken. */
bool net_ended(int fd);

/** Of a stream: whether all that was sent has been acknowledged, as far as the system tells. */
bool net_flushed(int fd);

/** Sends nothing more; the peer sees the end of the stream. */
void net_finish(int fd);

/** One datagram. @return 1 when it was taken, 0 when there is no room now, -1 when it cannot be sent */
int net_send_to(int fd, const void *data, size_t size, const net_address *to);

/** One datagram, the rest of which is lost when the buffer is too small. @return its size, -1 when there is none */
int net_receive_from(int fd, void *buffer, size_t size, net_address *from);

/** Milliseconds for which a socket is not to be read although it may be readable; always 0 on a real network. */
uint32_t net_delay(int fd);

/* --- options --- */

/** Seconds until the first keep-alive probe, 0 for none; then one a second, three in all (guide, CIPSTART). */
int net_keep_alive(int fd, unsigned seconds);
int net_no_delay(int fd, bool on);

int net_local_port(int fd);

/* --- addresses --- */

/** Name or address to an address. Blocks: worker only. */
bool net_resolve(const char *host, net_family family, net_address *found);

#define NET_SERVERS 3

/** The name servers to ask instead of those that the network named; none: those again. Any task. */
void net_set_servers(const net_address *servers, unsigned count);

/** The name servers in force. @return how many, 0 when that is not known */
unsigned net_get_servers(net_address servers[NET_SERVERS]);

/** The text of an address to its bytes, without any look-up; the port stays. */
bool net_parse(const char *text, net_address *address);
void net_print(const net_address *address, char text[NET_TEXT]);
bool net_is_multicast(const net_address *address);
bool net_is_broadcast(const net_address *address);
bool net_same(const net_address *a, const net_address *b);

/* --- echo requests (ICMP); worker --- */

/**
 * A socket for them. @param raw whether what is received begins with a header of IPv4
 * @return descriptor or -1; EPERM or EACCES: the permission is missing
 */
int net_echo_socket(bool v6, bool *raw);

/** Waits until a datagram can be received. */
bool net_wait(int fd, uint32_t ms);

/** The least time that an answer takes, in ms: 0 on a real network. */
uint32_t net_least_trip(void);

/* --- this device's own addresses of IPv4 (net.c); any task --- */

/** The station's address, all zero when it has none. */
void net_set_station(const uint8_t ip[4]);

/** The SoftAP's, all zero while it is off. */
void net_set_access_point(const uint8_t ip[4], const uint8_t netmask[4]);

/** @return false when there is none */
bool net_station(net_address *address);
bool net_access_point(net_address *address);

/** Whether a peer is in the subnet of the SoftAP. */
bool net_is_by_access_point(const net_address *remote);

/** The address from which a peer is reached. @return false when there is no way */
bool net_own(const net_address *remote, net_address *own);

/** Implemented by each platform: the device's addresses have just changed. */
void net_station_changed(void);

#endif

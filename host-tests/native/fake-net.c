/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fake-platform.h"

fake_network net;

void fake_net_start(void)
{
	memset(&net, 0, sizeof(net));
	net.out_room = SIZE_MAX;
}

bool fake_net_readable(int fd)
{
	if (fd == LISTENER)
		return net.clients > 0;
	return net.in_taken < net.in_size || net.ended || net.send_broken || net.datagram_tail < net.datagram_head;
}

static int open_socket(const net_address *remote)
{
	if (remote->ip[0] == 0) {
		errno = ENETUNREACH;
		return -1;
	}
	net.opened++;
	return FD;
}

int net_connect(const net_address *remote, const net_address *local)
{
	(void)local;
	return open_socket(remote);
}

int net_datagrams(const net_address *remote, const net_address *local, uint16_t port)
{
	(void)local, (void)port;
	return open_socket(remote);
}

int net_connect_result(int fd)
{
	CHECK(fd == FD, "descriptor %d", fd);
	return net.connect_result;
}

unsigned net_listen(bool v6, uint16_t port, int listeners[NET_LISTENERS], unsigned count)
{
	CHECK(!v6 && port == 80 && !count, "port %u, %u listeners", port, count);
	net.listening = !net.listen_refused;
	errno = EADDRINUSE;
	listeners[0] = LISTENER;
	return net.listening;
}

int net_accept(int listener, net_address *remote)
{
	CHECK(listener == LISTENER, "descriptor %d", listener);
	if (!net.clients) {
		errno = EAGAIN;
		return -1;
	}
	net.clients--;
	net.opened++;
	*remote = (net_address){ .ip = { 10, 0, 0, 7 }, .port = 1234 };
	return FD;
}

int net_send(int fd, const void *data, size_t size)
{
	CHECK(fd == FD && data, "descriptor %d", fd);
	if (net.send_broken)
		return -1;
	size = size < net.out_room ? size : net.out_room;
	net.out_room -= size;
	net.out_size += size;
	return (int)size;
}

int net_send_to(int fd, const void *data, size_t size, const net_address *to)
{
	fake_datagram *it = &net.sent[net.sent_count % 8];

	CHECK(fd == FD, "descriptor %d", fd);
	if (net.send_broken)
		return -1;
	if (!net.out_room)
		return 0;
	net.sent_count++;
	memcpy(it->bytes, data, size);
	it->size = size;
	it->address = *to;
	return 1;
}

/* As recv() behaves: a request for nothing looks like the end of the stream. */
int net_receive(int fd, void *buffer, size_t size)
{
	size_t left = net.in_size - net.in_taken, n = size < left ? size : left;
	void (*meanwhile)(void) = net.meanwhile;

	CHECK(fd == FD && size > 0, "descriptor %d, room for %zu", fd, size);
	net.receives++;
	net.meanwhile = NULL;
	memcpy(buffer, net.in + net.in_taken, n / 2);
	if (meanwhile)
		fake_meanwhile(meanwhile);
	memcpy((uint8_t *)buffer + n / 2, net.in + net.in_taken + n / 2, n - n / 2);
	net.in_taken += n;
	if (!n)
		return size == 0 || net.ended ? -1 : 0;
	return (int)n;
}

size_t net_pending(int fd)
{
	return fd == FD ? net.in_size - net.in_taken : 0;
}

bool net_ended(int fd)
{
	return fd == FD && net.in_taken == net.in_size && net.ended;
}

void fake_net_datagram(const char *text, size_t size, uint8_t last, uint16_t port)
{
	fake_datagram *it = &net.datagrams[net.datagram_head++ % 8];

	memcpy(it->bytes, text, size);
	it->size = size;
	it->address = (net_address){ .ip = { 10, 0, 0, last }, .port = port };
}

int net_receive_from(int fd, void *buffer, size_t size, net_address *from)
{
	fake_datagram *it = &net.datagrams[net.datagram_tail % 8];

	CHECK(fd == FD, "descriptor %d", fd);
	if (net.datagram_tail == net.datagram_head)
		return -1;
	net.datagram_tail++;
	net.receives++;
	if (size > it->size)
		size = it->size;
	memcpy(buffer, it->bytes, size);
	*from = it->address;
	return (int)size;
}

uint32_t net_delay(int fd)
{
	return fd == FD ? 0 : 1;
}

int net_keep_alive(int fd, unsigned seconds)
{
	net.keep_alive = seconds;
	return fd == FD && seconds <= 7200 ? 0 : -1;
}

int net_no_delay(int fd, bool on)
{
	net.no_delay = on;
	return fd == FD ? 0 : -1;
}

bool net_flushed(int fd)
{
	return fd == FD && !net.unflushed;
}

void net_finish(int fd)
{
	CHECK(fd == FD, "descriptor %d", fd);
	net.finished++;
}

int net_local_port(int fd)
{
	return fd == FD ? 50000 : -1;
}

void net_close(int fd)
{
	CHECK(fd == FD || fd == LISTENER, "descriptor %d", fd);
	if (fd == LISTENER)
		net.listening = false;
	else
		net.closed++;
}

void net_reset(int fd)
{
	CHECK(fd == FD, "descriptor %d", fd);
	net.resets++;
}

bool net_resolve(const char *host, net_family family, net_address *found)
{
	memcpy(found->ip, (uint8_t[]){ 10, 0, 0, 9 }, 4);
	found->v6 = family == NET_V6;
	return !strcmp(host, "peer");
}

bool net_parse(const char *text, net_address *address)
{
	memcpy(address->ip, (uint8_t[]){ 10, 0, 0, 1 }, 4);
	address->v6 = strchr(text, ':') != NULL;
	if (!strcmp(text, "0.0.0.1"))
		address->ip[0] = 0;
	return text[0] >= '0' && text[0] <= '9';
}

void net_print(const net_address *address, char text[NET_TEXT])
{
	const uint8_t *ip = address->ip;

	snprintf(text, NET_TEXT, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

void platform_queue_job(platform_job *job)
{
	net.job = job;
}

void net_station_changed(void)
{
}

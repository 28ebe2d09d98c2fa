/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform.h"

/* Longer than the longest line that the world accepts, so that it is the world that refuses. */
#define LINE_MAX_BYTES (3 * 16384 + 64)

typedef struct {
	int connection, fd;
	char *line;
	size_t length;
	bool overflow;
	char *out; /* what the client has not taken yet */
	size_t out_length;
} client;

static client clients[CONTROL_CLIENTS];
static int listener = -1;
static int next_connection = 1;

static client *add(int fd, int connection)
{
	for (client *it = clients; it < clients + CONTROL_CLIENTS; it++)
		if (it->connection == 0) {
			*it = (client){ .connection = connection, .fd = fd, .line = malloc(LINE_MAX_BYTES + 1) };
			return it;
		}
	return NULL;
}

/* Removes the socket that an earlier twin left; one that is listened at, and anything else, is not ours to remove. */
static bool clear_way(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat old;
	bool used;
	int fd;

	if (lstat(path, &old))
		return true;
	if (!S_ISSOCK(old.st_mode)) {
		fprintf(stderr, "xs-at: --control %s: exists, and is no socket\n", path);
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	used = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN;
	close(fd);
	if (used) {
		fprintf(stderr, "xs-at: --control %s: in use by another process\n", path);
		return false;
	}
	unlink(path);
	return true;
}

bool control_open(const char *path, const handover *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	for (int i = 0; i < state->connections; i++) {
		add(state->connection[i].fd, state->connection[i].connection);
		if (state->connection[i].connection >= next_connection)
			next_connection = state->connection[i].connection + 1;
	}
	listener = state->control;
	if (listener >= 0 || !path)
		return true;
	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "xs-at: --control: path too long: %s\n", path);
		return false;
	}
	strcpy(address.sun_path, path);
	if (!clear_way(&address))
		return false;
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 8)) {
		fprintf(stderr, "xs-at: --control %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

int control_poll_set(struct pollfd *set)
{
	int count = 0;

	set[count++] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (client *it = clients; it < clients + CONTROL_CLIENTS; it++)
		if (it->connection)
			set[count++] = (struct pollfd){ .fd = it->fd, .events = POLLIN | (it->out_length ? POLLOUT : 0) };
	return count;
}

static void drop(client *it, void (*closed)(int connection))
{
	int connection = it->connection;

	close(it->fd);
	free(it->line);
	free(it->out);
	*it = (client){ 0 };
	closed(connection);
}

/* XS takes UTF-8 on trust, so what is none becomes a question mark. */
static void make_valid(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p) {
		int more = *p < 0x80                 ? 0
		           : *p >= 0xc2 && *p < 0xe0 ? 1
		           : *p >= 0xe0 && *p < 0xf0 ? 2
		           : *p >= 0xf0 && *p < 0xf5 ? 3
		                                     : -1;
		int good = more >= 0;

		for (int i = 1; i <= more; i++)
			if ((p[i] & 0xc0) != 0x80)
				good = 0;
		if (good)
			p += more + 1;
		else
			*p++ = '?';
	}
}

static void take(client *it, const char *bytes, size_t size, void (*line)(int connection, const char *text))
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n') {
			if (it->length < LINE_MAX_BYTES && bytes[i])
				it->line[it->length++] = bytes[i];
			continue;
		}
		it->line[it->length] = 0;
		if (it->length && it->line[it->length - 1] == '\r')
			it->line[it->length - 1] = 0;
		it->length = 0;
		make_valid(it->line);
		if (*it->line)
			line(it->connection, it->line);
	}
}

static void flush(client *it)
{
	while (it->out_length) {
		ssize_t sent = send(it->fd, it->out, it->out_length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent <= 0)
			return;
		it->out_length -= (size_t)sent;
		memmove(it->out, it->out + sent, it->out_length);
	}
}

void control_ready(const struct pollfd *set, int count, void (*line)(int connection, const char *text),
                   void (*closed)(int connection))
{
	for (int i = 1; i < count; i++)
		for (client *it = clients; it < clients + CONTROL_CLIENTS; it++) {
			char bytes[4096];
			ssize_t got;

			if (!it->connection || it->fd != set[i].fd)
				continue;
			if (set[i].revents & POLLOUT)
				flush(it);
			if (!(set[i].revents & (POLLIN | POLLHUP | POLLERR)))
				continue;
			got = recv(it->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
			if (got > 0)
				take(it, bytes, (size_t)got, line);
			else if (got == 0 || (errno != EAGAIN && errno != EINTR))
				drop(it, closed);
		}
	if (set[0].revents & POLLIN) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0 && !add(fd, next_connection++))
			close(fd);
	}
}

void control_send(int connection, const char *text)
{
	size_t size = strlen(text);

	for (client *it = clients; it < clients + CONTROL_CLIENTS; it++) {
		if (it->connection != connection || !connection)
			continue;
		it->out = realloc(it->out, it->out_length + size + 1);
		memcpy(it->out + it->out_length, text, size);
		it->out[it->out_length + size] = '\n';
		it->out_length += size + 1;
		flush(it);
		return;
	}
}

void control_save(handover *state)
{
	state->control = listener;
	for (client *it = clients; it < clients + CONTROL_CLIENTS; it++) {
		if (!it->connection)
			continue;
		flush(it);
		state->connection[state->connections++] = (handover_connection){ it->connection, it->fd };
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pump LINK PORT`: a pseudo-terminal made as the twin makes it, and a TCP connection to 127.0.0.1:PORT; bytes go from
 * each to the other through one 4 KB buffer a direction. The least that passthrough can cost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define BUFFER 4096

typedef struct {
	int from, to;
	size_t begin, end;
	char bytes[BUFFER];
} direction;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int make_terminal(const char *link)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	struct termios raw;
	char path[64];
	int slave;

	if (master < 0 || grantpt(master) || unlockpt(master) || ptsname_r(master, path, sizeof(path)))
		die("pseudo-terminal");
	slave = open(path, O_RDWR | O_NOCTTY);
	if (slave < 0 || tcgetattr(slave, &raw))
		die(path);
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	unlink(link);
	if (symlink(path, link))
		die(link);
	return master;
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void drain(direction *d)
{
	ssize_t sent = write(d->to, d->bytes + d->begin, d->end - d->begin);

	if (sent > 0)
		d->begin += (size_t)sent;
	else if (errno != EAGAIN)
		die("write");
	if (d->begin == d->end)
		d->begin = d->end = 0;
}

/* False at the end of what it reads from. */
static bool fill(direction *d)
{
	ssize_t got = read(d->from, d->bytes, BUFFER);

	if (got > 0) {
		d->end = (size_t)got;
		drain(d);
	}
	return got > 0 || (got < 0 && errno == EAGAIN);
}

int main(int argc, char **argv)
{
	static direction up, down;
	int port = argc == 3 ? atoi(argv[2]) : 0;

	if (!port)
		return fprintf(stderr, "usage: pump LINK PORT\n"), 2;
	up.from = down.to = make_terminal(argv[1]);
	up.to = down.from = connect_to(port);
	for (;;) {
		struct pollfd wait[] = {
			{ .fd = up.from, .events = (short)((up.end ? 0 : POLLIN) | (down.end ? POLLOUT : 0)) },
			{ .fd = up.to, .events = (short)((down.end ? 0 : POLLIN) | (up.end ? POLLOUT : 0)) },
		};

		if (poll(wait, 2, -1) < 0)
			die("poll");
		if (up.end && wait[1].revents & POLLOUT)
			drain(&up);
		if (down.end && wait[0].revents & POLLOUT)
			drain(&down);
		if (!up.end && wait[0].revents & POLLIN && !fill(&up))
			return 0;
		if (!down.end && wait[1].revents & (POLLIN | POLLHUP) && !fill(&down))
			return 0;
	}
}

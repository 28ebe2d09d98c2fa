/* SPDX-License-Identifier: Apache-2.0 */
#include "echo.h"

#include <errno.h>
#include <string.h>

#include "platform.h"

#define V4_REQUEST 8
#define V4_ANSWER 0
#define V6_REQUEST 128
#define V6_ANSWER 129

#define HEADER 8
#define PAYLOAD 32
#define SIZE (HEADER + PAYLOAD)
#define IP_HEADER_MAX 60
#define CHECKSUM 2 /* offset of */
#define IDENTIFIER 4
#define SEQUENCE 6

/* RFC 1071. The system does it for ICMPv6. */
static void put_checksum(uint8_t *packet)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < SIZE; i += 2)
		sum += (uint32_t)packet[i] << 8 | packet[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	packet[CHECKSUM] = (uint8_t)(~sum >> 8);
	packet[CHECKSUM + 1] = (uint8_t)~sum;
}

static void build(uint8_t *packet, bool v6, uint16_t mark)
{
	memset(packet, 0, HEADER);
	packet[0] = v6 ? V6_REQUEST : V4_REQUEST;
	packet[IDENTIFIER] = (uint8_t)(mark >> 8);
	packet[IDENTIFIER + 1] = (uint8_t)mark;
	packet[SEQUENCE + 1] = 1;
	/* The identifier may be changed by the system; this is not. */
	for (unsigned i = 0; i < PAYLOAD; i++)
		packet[HEADER + i] = (uint8_t)(mark * (i + 1) >> (i & 7));
	if (!v6)
		put_checksum(packet);
}

static bool is_answer(const uint8_t *packet, int size, const uint8_t *request, bool v6, bool raw)
{
	int header = raw && size > 0 ? (packet[0] & 0x0f) * 4 : 0;

	if (size - header < SIZE)
		return false;
	packet += header;
	return packet[0] == (v6 ? V6_ANSWER : V4_ANSWER) && !memcmp(packet + HEADER, request + HEADER, PAYLOAD);
}

static echo_result wait_for_answer(int fd, const uint8_t *request, const net_address *to, bool raw, uint32_t ms,
                                   uint32_t *elapsed)
{
	uint8_t packet[IP_HEADER_MAX + SIZE];
	uint32_t since = platform_now();
	net_address from;

	while ((*elapsed = platform_now() - since) < ms && net_wait(fd, ms - *elapsed)) {
		int got = net_receive_from(fd, packet, sizeof(packet), &from);

		*elapsed = platform_now() - since;
		if (got > 0 && is_answer(packet, got, request, to->v6, raw)) {
			if (*elapsed < net_least_trip())
				*elapsed = net_least_trip();
			return ECHO_ANSWERED;
		}
	}
	return ECHO_TIMEOUT;
}

echo_result echo(const net_address *to, uint32_t ms, uint32_t *elapsed)
{
	uint8_t request[SIZE];
	net_address address = *to;
	echo_result result = ECHO_UNREACHABLE;
	bool raw;
	int fd = net_echo_socket(to->v6, &raw);

	*elapsed = 0;
	if (fd < 0) {
		if (errno != EPERM && errno != EACCES)
			return ECHO_UNREACHABLE;
		platform_log("ping: no permission for ICMP: CAP_NET_RAW, or this group in net.ipv4.ping_group_range");
		return ECHO_NOT_PERMITTED;
	}
	build(request, to->v6, (uint16_t)platform_random());
	address.port = 0;
	if (net_send_to(fd, request, SIZE, &address) > 0)
		result = wait_for_answer(fd, request, to, raw, ms, elapsed);
	net_close(fd);
	return result;
}

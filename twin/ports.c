/* SPDX-License-Identifier: Apache-2.0 */
/* Local ports that the host refused, and what stands in for them: the answer to port.list, and an event each. */
#include <pthread.h>
#include <stdio.h>

#include "twin-net.h"
#include "twin.h"

#define MAPPED_MAX 16

static struct {
	uint16_t wanted, actual;
} mapped[MAPPED_MAX];

static unsigned count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void net_port_mapped(uint16_t wanted, uint16_t actual)
{
	char text[80];

	pthread_mutex_lock(&lock);
	/* The oldest are told of long ago. */
	mapped[count++ % MAPPED_MAX].wanted = wanted;
	mapped[(count - 1) % MAPPED_MAX].actual = actual;
	pthread_mutex_unlock(&lock);
	snprintf(text, sizeof(text), "{\"event\":\"port\",\"wanted\":%u,\"actual\":%u}", wanted, actual);
	world_answer("event", 0, text);
}

void ports_answer(int id)
{
	char text[16 + MAPPED_MAX * 36];
	unsigned first;
	int length = snprintf(text, sizeof(text), "{\"ports\":[");

	pthread_mutex_lock(&lock);
	first = count > MAPPED_MAX ? count - MAPPED_MAX : 0;
	for (unsigned i = first; i < count; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s{\"wanted\":%u,\"actual\":%u}",
		                   i > first ? "," : "", mapped[i % MAPPED_MAX].wanted, mapped[i % MAPPED_MAX].actual);
	pthread_mutex_unlock(&lock);
	snprintf(text + length, sizeof(text) - (size_t)length, "]}");
	world_answer("port", id, text);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names and the text of addresses. The host's resolver knows names, unless servers were named: those are asked. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <stdlib.h>

#include "net-trips.h"
#include "socket-address.h"
#include "twin-net.h"

#define ANSWER_MAX 4096
#define TRY_SECONDS 2
#define TRIES 2

static struct {
	net_address list[NET_SERVERS];    /* AT+CIPDNS */
	net_address offered[NET_SERVERS]; /* DHCP */
	unsigned count, offers;
	uint16_t port;
} servers = { .port = NS_DEFAULTPORT };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void net_set_servers(const net_address *list, unsigned count)
{
	pthread_mutex_lock(&lock);
	memcpy(servers.list, list, count * sizeof(*list));
	servers.count = count;
	pthread_mutex_unlock(&lock);
}

void net_offer_servers(const net_address *list, unsigned count)
{
	pthread_mutex_lock(&lock);
	memcpy(servers.offered, list, count * sizeof(*list));
	servers.offers = count;
	pthread_mutex_unlock(&lock);
}

unsigned net_get_servers(net_address list[NET_SERVERS])
{
	unsigned count;

	pthread_mutex_lock(&lock);
	count = servers.count ? servers.count : servers.offers;
	memcpy(list, servers.count ? servers.list : servers.offered, sizeof(servers.list));
	pthread_mutex_unlock(&lock);
	return count;
}

void net_set_server_port(uint16_t port)
{
	pthread_mutex_lock(&lock);
	servers.port = port;
	pthread_mutex_unlock(&lock);
}

static unsigned prepare(struct __res_state *state)
{
	net_address list[NET_SERVERS];
	unsigned count = net_get_servers(list);

	if (!count || res_ninit(state))
		return 0;
	state->retrans = TRY_SECONDS;
	state->retry = TRIES;
	state->options &= ~(u_long)(RES_DEFNAMES | RES_DNSRCH);
	for (unsigned i = 0; i < count; i++) {
		socket_address address;
		struct sockaddr_in6 *v6;

		list[i].port = servers.port;
		address = to_system(&list[i]);
		memset(&state->nsaddr_list[i], 0, sizeof(state->nsaddr_list[i]));
		if (!list[i].v6) {
			state->nsaddr_list[i] = address.v4;
			continue;
		}
		/* As the system's own configuration keeps them; res_nclose() frees it. */
		v6 = malloc(sizeof(*v6));
		if (!v6)
			abort();
		*v6 = address.v6;
		state->_u._ext.nsaddrs[i] = v6;
	}
	state->nscount = (int)count;
	return count;
}

/* The first address of an answer. */
static bool read_answer(const uint8_t *answer, int size, int type, net_address *found)
{
	size_t wanted = type == ns_t_a ? 4 : 16;
	ns_msg message;
	ns_rr record;

	if (size > ANSWER_MAX || ns_initparse(answer, size, &message))
		return false;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		if (ns_parserr(&message, ns_s_an, i, &record))
			return false;
		if ((int)ns_rr_type(record) != type || ns_rr_rdlen(record) != wanted)
			continue;
		memcpy(found->ip, ns_rr_rdata(record), wanted);
		found->v6 = type == ns_t_aaaa;
		return true;
	}
	return false;
}

/* @return -1 when no servers are named */
static int ask_servers(const char *host, int family, net_address *found)
{
	struct __res_state state = { 0 };
	uint8_t answer[ANSWER_MAX];
	int type = family == AF_INET ? ns_t_a : ns_t_aaaa, size;

	if (!prepare(&state))
		return -1;
	size = res_nquery(&state, host, ns_c_in, type, answer, sizeof(answer));
	res_nclose(&state);
	return size > 0 && read_answer(answer, size, type, found);
}

/* Whether somebody can be asked for a name. The host's resolver stands for servers on the internet. */
static bool is_anybody_in_reach(void)
{
	net_address list[NET_SERVERS];
	unsigned count = net_get_servers(list);

	if (!net_is_offline())
		return true;
	for (unsigned i = 0; i < count; i++)
		if (net_reachable(&list[i]))
			return true;
	return false;
}

static bool look_up(const char *host, int family, net_address *found)
{
	bool can_ask = is_anybody_in_reach();
	struct addrinfo hints = { .ai_family = family,
		                      .ai_socktype = SOCK_STREAM,
		                      .ai_flags = can_ask ? 0 : AI_NUMERICHOST };
	struct addrinfo *list;
	socket_address first = { 0 };
	uint16_t port = found->port;
	int asked = can_ask ? ask_servers(host, family, found) : -1;

	if (asked >= 0)
		return asked;
	if (getaddrinfo(host, NULL, &hints, &list))
		return false;
	first.size = list->ai_addrlen;
	memcpy(&first.any, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	*found = from_system(&first);
	found->port = port;
	return true;
}

bool net_resolve(const char *host, net_family family, net_address *found)
{
	if (family != NET_V6 && look_up(host, AF_INET, found))
		return true;
	return family != NET_V4 && look_up(host, AF_INET6, found);
}

bool net_parse(const char *text, net_address *address)
{
	bool v4 = inet_pton(AF_INET, text, address->ip) == 1;

	address->v6 = !v4 && inet_pton(AF_INET6, text, address->ip) == 1;
	return v4 || address->v6;
}

void net_print(const net_address *address, char text[NET_TEXT])
{
	inet_ntop(address->v6 ? AF_INET6 : AF_INET, address->ip, text, NET_TEXT);
}

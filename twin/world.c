/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The radio world and the control protocol run in a machine and on a thread of their own. Everything for them goes
 * through one queue; what they want goes through the natives at the end of this file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "flash-image.h"
#include "net.h"
#include "platform.h"
#include "twin-net.h"
#include "twin-platform.h"
#include "twin-wifi.h"
#include "twin.h"
#include "world-host.h"
#include "xsmc.h"

typedef enum { MESSAGE_RADIO, MESSAGE_ANSWER } message_kind;

typedef struct message {
	struct message *next;
	message_kind kind;
	int id;
	char name[16];
	char text[];
} message;

static struct {
	xsMachine *the;
	xsSlot entries; /* the entry points of boot.ts */
	pthread_mutex_t lock;
	message *first, **last;
	bool alarm;
	uint32_t alarm_at;
	atomic_bool resetting;
	atomic_bool pin;        /* by the reset pin */
	_Atomic int64_t asleep; /* until, HANDOVER_AWAKE for none */
	int instance;
	char **argv;
	char *station_ip;
} world = { .lock = PTHREAD_MUTEX_INITIALIZER, .last = &world.first, .asleep = HANDOVER_AWAKE };

static machine_host host = { .name = "world" };

/* --- into the world --- */

typedef struct {
	const char *function;
	int count;
	const char *texts[3];
	double number;
	bool numeric[3];
	char *result;
	bool failed;
} call;

static void enter(call *it)
{
	xsBeginHost(world.the);
	{
		xsTry
		{
			xsmcVars(5);
			for (int i = 0; i < it->count; i++) {
				if (it->numeric[i])
					xsmcSetNumber(xsVar(1 + i), it->number);
				else
					xsmcSetString(xsVar(1 + i), (xsStringValue)it->texts[i]);
			}
			xsmcGet(xsVar(0), world.entries, xsID(it->function));
			switch (it->count) {
			case 0:
				xsVar(4) = xsCallFunction0(xsVar(0), world.entries);
				break;
			case 1:
				xsVar(4) = xsCallFunction1(xsVar(0), world.entries, xsVar(1));
				break;
			case 2:
				xsVar(4) = xsCallFunction2(xsVar(0), world.entries, xsVar(1), xsVar(2));
				break;
			default:
				xsVar(4) = xsCallFunction3(xsVar(0), world.entries, xsVar(1), xsVar(2), xsVar(3));
				break;
			}
			if (xsmcTypeOf(xsVar(4)) == xsStringType || xsmcTypeOf(xsVar(4)) == xsStringXType)
				it->result = strdup(xsmcToString(xsVar(4)));
		}
		xsCatch
		{
			it->failed = true;
			platform_log("world: %s", xsmcToString(xsException));
		}
	}
	xsEndHost(world.the);
	machine_jobs(world.the);
}

static char *enter0(const char *function)
{
	call it = { .function = function };

	enter(&it);
	return it.result;
}

static void on_line(int connection, const char *text)
{
	call it = {
		.function = "onControl", .count = 2, .number = connection, .numeric = { true }, .texts = { NULL, text }
	};

	enter(&it);
}

static void on_closed(int connection)
{
	call it = { .function = "onControlClosed", .count = 1, .number = connection, .numeric = { true } };

	enter(&it);
}

static void deliver(const message *it)
{
	call request = { .function = "onRadio", .count = 1, .texts = { it->text } };
	call answer = { .function = "onAnswer",
		            .count = 3,
		            .number = it->id,
		            .numeric = { false, true },
		            .texts = { it->name, NULL, it->text } };

	enter(it->kind == MESSAGE_RADIO ? &request : &answer);
}

/* --- the queue --- */

static void post(message_kind kind, const char *name, int id, const char *text)
{
	size_t size = strlen(text) + 1;
	message *it = malloc(sizeof(*it) + size);

	it->next = NULL;
	it->kind = kind;
	it->id = id;
	snprintf(it->name, sizeof(it->name), "%s", name);
	memcpy(it->text, text, size);
	pthread_mutex_lock(&world.lock);
	*world.last = it;
	world.last = &it->next;
	pthread_mutex_unlock(&world.lock);
	wake(CLOCK_WORLD);
}

void wifi_radio_request(const char *json)
{
	post(MESSAGE_RADIO, "", 0, json);
}

void world_answer(const char *kind, int id, const char *json)
{
	post(MESSAGE_ANSWER, kind, id, json);
}

static void deliver_all(void)
{
	for (;;) {
		message *it;

		pthread_mutex_lock(&world.lock);
		it = world.first;
		if (it && !(world.first = it->next))
			world.last = &world.first;
		pthread_mutex_unlock(&world.lock);
		if (!it)
			return;
		deliver(it);
		free(it);
	}
}

/* --- reset --- */

void world_reset(void)
{
	atomic_store(&world.resetting, true);
	wake(CLOCK_WORLD);
}

void world_reset_pin(void)
{
	atomic_store(&world.pin, true);
	world_reset();
}

void world_sleep(uint32_t until)
{
	atomic_store(&world.asleep, until);
	world_reset();
}

static _Noreturn void reset(void)
{
	bool pin = atomic_load(&world.pin);
	handover state = { .instance = world.instance,
		               .wall = pin ? -clock_elapsed() : platform_wall_offset(),
		               .sleep = pin ? HANDOVER_AWAKE : atomic_load(&world.asleep) };

	state.world = enter0("save");
	uart_descriptors(&state.master, &state.slave);
	state.diverted = uart_diverted();
	state.flash = flash_hand_over();
	state.clock = platform_clock_base();
	state.listen = listen_descriptor();
	control_save(&state);
	handover_execute(&state, world.argv);
}

/* --- the thread --- */

static uint32_t alarm_due(void)
{
	int32_t left = (int32_t)(world.alarm_at - platform_now());

	if (!world.alarm)
		return UINT32_MAX;
	return left < 0 ? 0 : (uint32_t)left;
}

static void ring_alarm(void)
{
	call it = { .function = "onAlarm", .count = 1, .number = platform_now(), .numeric = { true } };

	if (!world.alarm || alarm_due() > 0)
		return;
	world.alarm = false;
	enter(&it);
}

static void *run(void *unused)
{
	struct pollfd set[CONTROL_POLL + 2];

	(void)unused;
	pthread_setname_np(pthread_self(), "world");
	machine_adopt(world.the);
	for (;;) {
		int count;

		set[0] = (struct pollfd){ .fd = wake_descriptor(CLOCK_WORLD), .events = POLLIN };
		set[1] = (struct pollfd){ .fd = listen_descriptor(), .events = POLLIN };
		count = 2 + control_poll_set(set + 2);
		poll(set, (nfds_t)count, clock_wait(CLOCK_WORLD, alarm_due()));
		clock_woken(CLOCK_WORLD);
		if (set[0].revents)
			wake_clear(CLOCK_WORLD);
		if (atomic_load(&world.resetting))
			reset();
		if (set[1].revents)
			listen_accept();
		/* What the firmware did before a client asked about it comes first. */
		deliver_all();
		control_ready(set + 2, count - 2, on_line, on_closed);
		ring_alarm();
	}
	return NULL;
}

static char *read_file(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	errno = 0;
	file = fopen(path, "r");
	if (!file || getdelim(&text, &size, '\0', file) < 0) {
		fprintf(stderr, "xs-at: --radio %s: %s\n", path, errno ? strerror(errno) : "is empty");
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

/* JSON of a string that is JSON itself. */
static char *quote(const char *text)
{
	char *quoted = malloc(strlen(text) * 6 + 3);
	char *p = quoted;

	*p++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*p++ = '\\';
		if ((unsigned char)*text < ' ')
			p += sprintf(p, "\\u%04x", *text);
		else
			*p++ = *text;
	}
	*p++ = '"';
	*p = 0;
	return quoted;
}

/* Its process id spreads twins over the instances; a clash only means that two share their addresses. */
static int choose_instance(const handover *state)
{
	return state->restored ? state->instance : (int)(getpid() % 16384);
}

/* @param json from "softap":{"ip":…,"gateway":…,"netmask":…} on */
static void set_softap(const char *json)
{
	char ip[16], gateway[16], netmask[16];
	wifi_address address;

	if (!json || sscanf(json, "\"softap\":{\"ip\":\"%15[0-9.]\",\"gateway\":\"%15[0-9.]\",\"netmask\":\"%15[0-9.]", ip,
	                    gateway, netmask) != 3)
		return;
	address = world_address(ip, gateway, netmask);
	wifi_radio_told_default_address(&address);
}

bool world_start(const twin_options *options, const handover *state, char **argv)
{
	char *radio = options->radio ? read_file(options->radio) : strdup("");
	char *restored = state->world && *state->world ? quote(state->world) : NULL;
	char *configuration, *settings;
	pthread_t thread;
	call it = { .function = "start", .count = 2 };
	const char *port;

	if (!radio)
		return false;
	world.argv = argv;
	world.instance = choose_instance(state);
	wifi_radio_prepare((unsigned)world.instance);
	net_set_instance((unsigned)world.instance);
	world.the = machine_create(&host);
	if (!world.the || !machine_run(world.the, "world/boot"))
		return false;
	if (asprintf(&settings, "{\"instance\":%d,\"seed\":%llu,\"sleeping\":%s%s%s}", world.instance,
	             (unsigned long long)(options->seed ? options->seed : platform_random()),
	             state->sleep == HANDOVER_AWAKE ? "false" : "true", restored ? ",\"restored\":" : "",
	             restored ? restored : "") < 0)
		return false;
	it.texts[0] = radio;
	it.texts[1] = settings;
	enter(&it);
	free(radio);
	free(restored);
	free(settings);
	if (it.failed) {
		if (options->radio)
			fprintf(stderr, "xs-at: --radio %s: not used, see above\n", options->radio);
		return false;
	}
	pins_start();
	configuration = enter0("configuration");
	net_set_isolated(configuration && strstr(configuration, "\"isolated\""));
	port = configuration ? strstr(configuration, "\"dns_port\":") : NULL;
	if (port)
		net_set_server_port((uint16_t)strtoul(port + strlen("\"dns_port\":"), NULL, 10));
	if (configuration)
		set_softap(strstr(configuration, "\"softap\":"));
	free(configuration);
	pthread_create(&thread, NULL, run, NULL);
	pthread_detach(thread);
	return true;
}

/* --- natives of host-native.ts --- */

void xs_world_destructor(void *data)
{
	(void)data;
}

void xs_world(xsMachine *the)
{
	world.entries = xsArg(0);
	xsRemember(world.entries);
}

void xs_world_now(xsMachine *the)
{
	xsmcSetNumber(xsResult, platform_now());
}

void xs_world_alarm(xsMachine *the)
{
	double deadline = xsmcToNumber(xsArg(0));

	world.alarm = deadline > 0;
	world.alarm_at = (uint32_t)deadline;
}

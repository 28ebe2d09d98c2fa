/* SPDX-License-Identifier: Apache-2.0 */
/* The twin: the firmware's tasks as threads, on the operating system's sockets, a flash image and a radio world. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control.h"
#include "factory.h"
#include "flash-image.h"
#include "io.h"
#include "ota-slots.h"
#include "platform.h"
#include "port-state.h"
#include "services.h"
#include "statistics.h"
#include "twin-platform.h"
#include "twin-power.h"
#include "twin.h"

static twin_options options;
static handover before;

static void *io_thread(void *unused)
{
	struct sched_param priority = { .sched_priority = 1 };

	(void)unused;
	pthread_setname_np(pthread_self(), "io");
	/* A UART's interrupt is never late for long; where the system allows it, nor is this. Guard times depend on it. */
	if (pthread_setschedparam(pthread_self(), SCHED_RR, &priority))
		setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -10);
	io_run();
	return NULL;
}

/* A start that failed leaves no link to a port that is not there. */
static _Noreturn void give_up(void)
{
	if (!before.restored)
		unlink(options.uart);
	_exit(1);
}

static bool was_ready;

static void ready(void)
{
	was_ready = true;
	ota_slots_ready();
}

/*
 * What the engine cannot go on from: the chip's abort hook restarts, and so does the twin, unless it was never ready:
 * it would begin the same again, for ever.
 */
static void machine_aborted(xsMachine *the, int status, const char *why)
{
	(void)the;
	if (!was_ready && !before.restored) {
		platform_log("xs-at: cannot start: %s", why);
		give_up();
	}
	platform_log("abort %d: %s; restarting", status, why);
	platform_restart();
}

static machine_host host = { .name = "firmware", .firmware = true, .abort = machine_aborted };

static _Noreturn void run_machine(xsMachine *the)
{
	for (;;) {
		wake_sleep(CLOCK_XS, services_due(platform_now()));
		services_run(the);
		machine_jobs(the);
		statistics_service(the);
	}
}

static void lose_power(void)
{
	world_reset_pin();
	for (;;)
		pause();
}

static bool open_flash(void)
{
	if (before.flash >= 0 ? !flash_adopt(before.flash) : !flash_open(options.flash, options.factory)) {
		fprintf(stderr, "xs-at: %s\n", flash_error());
		return false;
	}
	flash_on_power_cut(lose_power);
	return !flash_is_new() || factory_write() >= 0;
}

static void make_folder_of(const char *path)
{
	char folder[512];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = 0;
	mkdir(folder, 0777);
}

static void *wait_for_end(void *data)
{
	sigset_t *set = data;
	int number;

	sigwait(set, &number);
	if (options.uart)
		unlink(options.uart);
	if (options.control)
		unlink(options.control);
	_exit(0);
}

static void restart_or_wait(void)
{
	world_reset();
	for (;;)
		pause();
}

/* Deep sleep: the firmware does not run, and the port, which is still starting, drops what the host sends. */
static void sleep_through(const char *path)
{
	int32_t left;

	if (before.sleep == HANDOVER_AWAKE)
		return;
	if (options.console)
		console_attach(path);
	while ((left = (int32_t)((uint32_t)before.sleep - platform_now())) > 0)
		wake_sleep(CLOCK_XS, (uint32_t)left);
	world_answer("event", 0, "{\"event\":\"start\"}");
}

static void catch_signals(void)
{
	static sigset_t set;
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* Blocked before any other thread exists, so that only the one that waits for them gets them. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	pthread_create(&thread, NULL, wait_for_end, &set);
	pthread_detach(thread);
}

int main(int argc, char **argv)
{
	uart_options uart;
	pthread_t thread;
	const char *path;
	xsMachine *the;

	options_parse(argc, argv, &options);
	handover_read(&before);
	catch_signals();
	make_folder_of(options.uart);
	make_folder_of(options.flash);
	platform_init(options.heap + machine_excess(), options.seed, options.manual_clock, before.clock);
	platform_restore_wall_offset(before.wall);
	platform_restart_hook = restart_or_wait;
	platform_ready_hook = ready;
	power_deep_sleep_hook = world_sleep;
	if (!open_flash())
		return 1;
	uart = (uart_options){ .master = before.master,
		                   .slave = before.slave,
		                   .link = before.restored ? NULL : options.uart,
		                   .trace = options.trace,
		                   .pace = options.pace };
	path = uart_prepare(&uart);
	if (!path)
		return 1;
	if (!control_open(options.control, &before) || !listen_open(options.listen, &before))
		give_up();
	port_state_init();
	if (!world_start(&options, &before, argv))
		give_up();
	pthread_create(&thread, NULL, io_thread, NULL);
	pthread_detach(thread);
	sleep_through(path);
	if (ota_slots_boot() < 0)
		platform_log("flash image: otadata, ota_0 or ota_1 is missing in its partition table");
	the = machine_clone(&host);
	if (!the || !machine_run(the, "main"))
		give_up();
	if (!before.restored) {
		printf("flash image: %s\nAT port: %s\n", options.flash, options.uart);
		fflush(stdout);
	}
	if (options.console && before.sleep == HANDOVER_AWAKE)
		console_attach(path);
	run_machine(the);
}

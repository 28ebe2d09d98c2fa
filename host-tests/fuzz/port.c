/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole port under a schedule: a host that sends lines, data and +++ in any pieces, a network that stalls, breaks
 * and sends, a host that stops reading, time, and two tasks that take turns in any order or step in between each
 * other's decisions. After every turn support/port-model.c says what may have happened.
 *
 * Input: the time to start at, then operations of a byte each with what they need; see operate().
 *
 * Sources: modules/port/port-io.c modules/port/port-data.c modules/port/port-pass.c modules/port/port.c
 * modules/port/port-call.c modules/port/port-phases.c modules/port/port-settings.c
 * Sources: modules/port/line.c modules/port/params.c modules/port/escape.c modules/port/port-messages.c
 * Sources: modules/port/filter.c modules/port/bre.c modules/port/bre-search.c modules/port/wake.c
 * Sources: modules/platform/binary.c modules/platform/services.c host-tests/native/fake-xs/fake-xs.c
 * Sources: host-tests/native/fake-platform.c host-tests/native/port-play.c host-tests/native/port-play-commands.c
 * Sources: host-tests/fuzz/support/port-model.c host-tests/fuzz/support/port-wake-model.c
 * Sources: host-tests/fuzz/support/port-host.c
 * Sources: host-tests/fuzz/support/port-data-model.c host-tests/fuzz/support/port-output.c
 * host-tests/fuzz/support/port-commands.c Sources: host-tests/fuzz/support/reference.c
 */
#include "fuzz.h"
#include "port-host.h"
#include "port-model.h"
#include "port-wake-model.h"

const unsigned fuzz_rounds = 8000;

#define OPERATIONS_MAX 600u
#define OUTPUT_MAX 1500000u /* what the host gets in one input; the fake UART has room for more */
#define GUARD 20u
#define DRAIN_TIME 500u

static jmp_buf restart;
static bool passing; /* from the start */

/* --- the other task, in between --- */

static void event_now(void)
{
	model_sync();
	model_event(10, true);
}

static void finish_now(void)
{
	model_finish(PLAY_OK, 0, "+TEXT:1\r\n");
}

static void prompt_now(void)
{
	model_prompt();
}

static void turn(fuzz_input *input)
{
	static void (*const others[])(void) = { event_now, finish_now, prompt_now, NULL };
	unsigned how = fuzz_byte(input);

	if (how & 1) {
		fake.before_lock = others[how / 2 % 4];
		play_io();
	} else {
		/* not twice: a restart would leave a turn that is not over */
		if (how & 2 && !(atomic_load(&port.then) & PORT_THEN_RESTART))
			*(how & 4 ? &fake.before_lock : &fake.meanwhile) = play_io;
		play_xs();
	}
	fake.before_lock = fake.meanwhile = NULL;
}

/* --- time --- */

static void pass(uint32_t ms)
{
	play_settle();
	while (ms--) {
		fake.now++;
		play_settle();
	}
}

/* --- the schedule --- */

static void set_network(fuzz_input *input)
{
	unsigned how = fuzz_byte(input);

	play.sink.limit = how & 1 ? 1 + how / 2 : 0;
	play.sink.room = how & 0x80 ? SIZE_MAX : how / 2 * 40;
	play.sink.broken = how % 16 == 15;
	model.sink_trouble |= play.sink.broken;
	if (how % 16 == 14 && model.state == MODEL_PASS) {
		port_detach(&play.sink.sink);
		model.sink_trouble = true;
	} else if (how % 16 == 14 && model.state == MODEL_DATA && model.is_long) {
		port_detach(&play.sink.sink);
		model.sink_trouble = true;
	} else if (model.state == MODEL_PASS)
		port_attach(&play.sink.sink);
	play_io(); /* as a link does that notices */
}

static void receive(fuzz_input *input)
{
	unsigned count = fuzz_byte(input), size = fuzz_byte(input);

	if (model.state == MODEL_PASS)
		model_net(count * 16u + size);
	else if (!play.frames) {
		play.frame_size = 1 + size * 8u;
		play.frames = count % 8;
	}
	play_io();
}

static void set_port(fuzz_input *input)
{
	unsigned how = fuzz_byte(input);

	switch (how % 5) {
	case 0:
		model_echo(how & 0x40);
		break;
	case 1:
		model_error_numbers(how & 0x40);
		break;
	case 2:
		play.sink.sink.whole = how & 0x40; /* a link of datagrams */
		break;
	case 3:
		play.block = how & 0x80 ? PORT_PASS_BLOCK : (uint16_t)(1 + how * 11);
		play.report = 100 + how * 8u;
		break;
	default:
		play.interval = (uint16_t)(how / 4);
	}
}

static void set_waking(fuzz_input *input)
{
	unsigned how = fuzz_byte(input);

	if (how & 1)
		model_host_sleeps(how & 2, 1u << how / 4 % 3);
	else
		model_wake(how / 2 % 3, fuzz_byte(input) % 100, how / 8 % 8);
}

static void operate(fuzz_input *input)
{
	uint8_t raw[32];
	size_t size;

	switch (fuzz_byte(input) % 23) {
	case 0:
	case 1:
		host_send_line(input);
		break;
	case 2:
		size = fuzz_byte(input) % sizeof raw;
		for (size_t i = 0; i < size; i++)
			raw[i] = fuzz_byte(input);
		host_send(raw, size);
		break;
	case 3:
		size = fuzz_word(input);
		host_send_noise(size % 9000, size & 0x4000 ? 200 : 4);
		break;
	case 4:
	case 5:
		host_send_rest(input);
		break;
	case 6:
		pass(fuzz_byte(input) % 64);
		break;
	case 7: /* nobody gets to do anything */
		fake.now += fuzz_byte(input);
		model.dirty = fake.now;
		break;
	case 8:
	case 9:
		turn(input);
		break;
	case 10:
		play_settle();
		break;
	case 11:
		size = fuzz_byte(input);
		fake.output_room = size & 0x80 ? SIZE_MAX : size * 32;
		fake.write_limit = size & 1 ? size * 4 : 0;
		break;
	case 12:
		size = fuzz_byte(input);
		fake.read_limit = size & 1 ? size : 0;
		break;
	case 13:
		set_network(input);
		break;
	case 14:
		receive(input);
		break;
	case 15:
		size = fuzz_byte(input);
		model_event(size * 7 % 1300, size & 1);
		break;
	case 16:
		if (fuzz_byte(input) & 1)
			model_finish(PLAY_ERROR, 0x010a0000, "");
		else
			model_finish(PLAY_OK, 0, "");
		break;
	case 17:
		model_prompt();
		break;
	case 18:
		pass(GUARD + 1);
		host_send_text("+++");
		pass(fuzz_byte(input) % 40);
		break;
	case 19:
		set_port(input);
		break;
	case 20:
		host_send_escapes(fuzz_byte(input) % 64);
		break;
	case 21:
		set_waking(input);
		break;
	default:
		model_filter(fuzz_byte(input) & 1);
	}
	model_sync();
}

/* --- the end: whatever happened, the documented ways lead back to command mode --- */

static void unblock(void)
{
	fake.output_room = play.sink.room = SIZE_MAX;
	fake.write_limit = fake.read_limit = play.sink.limit = 0;
	play.sink.broken = false;
	model_wake(WAKE_OFF, 0, 0);
	if (model.state == MODEL_PASS)
		port_attach(&play.sink.sink);
	play_io();
	pass(2);
}

static void cancel(void)
{
	pass(play.interval + GUARD + 3u);
	host_send_text("+++");
	pass(GUARD + 3);
}

static void lead_back(void)
{
	switch (model.state) {
	case MODEL_PENDING:
		model_finish(PLAY_OK, 0, "");
		break;
	case MODEL_DATA:
		if (model.is_long && model.data_end - model.judged > MODEL_DATA_MAX)
			cancel();
		else if (model.sent < model.data_end)
			host_send_noise(model.data_end - model.sent, 8);
		break;
	case MODEL_PASS:
		/* what is on its way, then the host */
		pass(play.interval + GUARD + 2);
		FUZZ_REQUIRE(play.net_tail == play.net_head, "bytes of the network are left");
		host_send_text("+++");
		pass(GUARD + 3);
		FUZZ_REQUIRE(model.state != MODEL_PASS, "not left");
		break;
	case MODEL_RESTART:
		pass(DRAIN_TIME + 2);
		FUZZ_REQUIRE(false, "no restart");
		break;
	default:
		pass(20);
	}
	pass(1);
}

static void lead_all_back(void)
{
	for (unsigned i = 0; i < 30000 && !model.endless; i++) {
		unblock();
		if (model.state == MODEL_LINES && model.judged == model.sent && !play.frames && !play.event)
			break;
		lead_back();
	}
}

static void finish(void)
{
	lead_all_back();
	/* the line that may be open can be any command */
	host_send_text("\r\n");
	lead_all_back();
	if (model.endless)
		return;
	pass(DRAIN_TIME); /* for a new configuration */
	host_send_text("AT\r\n");
	pass(1);
	model_require_settled();
}

/* The way AT+SAVETRANSLINK starts: no link is there yet. */
static void start_passing(uint32_t now)
{
	play_boot(now);
	FAKE_CALL(&play.machine, xs_port_startPassing, FAKE_INT(GUARD), FAKE_INT(play.interval));
	play_settle();
}

static void start(uint32_t now)
{
	host.finishing = false;
	play.watch = NULL;
	if (passing)
		start_passing(now);
	else
		play_start(now);
	play.watch = model_sync;
	play.fill = model_fill;
	play.races = true;
	play.sink.sink.whole = play.sink.sink.streams = false;
	fake.restart = &restart;
	fake.before_lock = fake.meanwhile = NULL;
	model_start();
	model_echo(false);
	if (passing)
		model_start_passing();
}

/* As after AT+RST: everything anew, but the time goes on. */
static void run(fuzz_input *input)
{
	static unsigned operations;

	if (setjmp(restart)) {
		model_restarted();
		start(fake.now);
	} else
		operations = 0;
	while (fuzz_more(input) && !model.endless && operations++ < OPERATIONS_MAX && fake.output_size < OUTPUT_MAX)
		operate(input);
	host.finishing = true;
	if (!model.endless)
		finish();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static fuzz_input input;

	input = (fuzz_input){ data, data + size };
	host.noise = fuzz_byte(&input);
	host.long_answers = 0;
	passing = host.noise % 8 == 7;
	start(host.noise & 1 ? UINT32_MAX - host.noise : host.noise);
	run(&input);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Both halves of the port in one task: lines, errors, busy, restart and new configuration (wire-format.md). */
#include "port-expect.h"

static void test_start(void)
{
	play_boot(7);
	fake_send("AT\r\ngarbage", 11);
	play_settle();
	CHECK(!*fake_received() && play.lines == 0, "input is dropped before ready, silently");
	FAKE_CALL(&play.machine, xs_port_start, FAKE_INT(0));
	play_settle();
	CHECK(!strcmp(fake_received(), "\r\nready\r\n"), "ready and nothing but it");
	expect("AT\r\n", "AT\r\n" OK);
}

static void test_lines(void)
{
	play_start(0);
	expect("AT\r\n", "AT\r\n" OK);
	expect("\r\n \n\rAT\r\n", "AT\r\n" OK);
	expect("AT+TEXT\r\n", "AT+TEXT\r\n+TEXT:1\r\n" OK);
	expect("at\r\n", "at\r\n" ERROR);
	expect("A\r\n", "A\r\n" ERROR);
	expect("AT+NONE\r\nAT\r\n", "AT+NONE\r\n" ERROR "AT\r\n" OK);
	expect("A", "");
	expect("T\r", "");
	expect("\n", "AT\r\n" OK);
	expect("AT+THROW\r\n", "AT+THROW\r\n" ERROR);
	CHECK(fake.logs == 1, "an exception is logged, and the command has its answer");
	expect("AT+MEM=0\r\n", "AT+MEM=0\r\n" ERROR);
	echo(false);
	expect("AT\r\nxyz\r\n", OK ERROR);
	error_numbers(true);
	expect("AT\rX\r\n", "ERR CODE:0x01090000\r\n" ERROR);
	expect("xyz\r\n", "ERR CODE:0x01030000\r\n" ERROR);
	expect("AT+NONE\r\n", "ERR CODE:0x01090000\r\n" ERROR);
	expect("AT+MEM=99999\r\n", "ERR CODE:0x01070000\r\n" ERROR);
	expect("AT+MEM=\"1\"\r\n", "ERR CODE:0x01050000\r\n" ERROR);
	expect("AT+MEM=1,2\r\n", "ERR CODE:0x01060102\r\n" ERROR);
}

static void test_long_line(void)
{
	static char line[300];

	play_start(0);
	echo(false);
	error_numbers(true);
	memcpy(line, "AT", 2);
	memset(line + 2, 'x', 254);
	strcpy(line + 256, "\r\n");
	expect(line, "ERR CODE:0x01090000\r\n" ERROR);
	strcpy(line + 256, "x\r\n");
	line[256] = 'x';
	expect(line, "ERR CODE:0x01040000\r\n" ERROR);
	echo(true);
	line[256] = 0;
	for (int i = 0; i < 4096; i++)
		CHECK(!*play_say(line), "no answer before the end");
	fake_send("\r\nAT\r\n", 6);
	play_settle();
	CHECK(occurrences(fake_received(), "ERROR") == 1 && port.lines == 4, "1 MB without an end is one ERROR");
	expect("AT\r\n", "AT\r\n" OK);
}

static void test_busy(void)
{
	play_start(0);
	echo(false);
	expect("AT+SLOW\r\nAT\r\n", BUSY);
	expect("AT\r\n\r\n \r\n", BUSY);
	expect("xyz\r\n", BUSY);
	error_numbers(true);
	expect("AT\r\n", "ERR CODE:0x010b0000\r\n" BUSY);
	play_finish(PLAY_OK, 0, "+SLOW:1\r\n");
	play_settle();
	CHECK(!strcmp(fake_received(), "+SLOW:1\r\n" OK), "the slow command's answer");
	expect("AT\r\n", OK);
	expect("AT+SLOW\r\nA", "");
	play_finish(PLAY_ERROR, 0x010a0001, "");
	play_settle();
	CHECK(!strcmp(fake_received(), "ERR CODE:0x010a0001\r\n" ERROR), "ended inside a line");
	expect("T\r\n", OK);
}

/* Many commands in one write, all answered; with a slow one first, OK and busy make the rest. */
static void test_many(void)
{
	static char many[10000 * 4 + 1];
	const char *got;
	unsigned ok, busy = 0;

	for (unsigned i = 0; i < 10000; i++)
		memcpy(many + 4 * i, "AT\r\n", 4);
	for (unsigned limit = 0; limit < 300; limit += 37) {
		play_start(0);
		fake.read_limit = limit;
		fake.write_limit = limit * 2;
		got = play_say(many);
		CHECK(occurrences(got, "AT\r\n" OK) == 10000 && !play.stuck, "reads of %u", limit);
	}
	play_start(0);
	echo(false);
	fake_send("AT+SLOW\r\n", 9);
	fake_send(many, 4 * 9999);
	for (int i = 0; i < 10; i++)
		play_io(), play_xs();
	play_finish(PLAY_OK, 0, "+SLOW:1\r\n");
	play_settle();
	got = fake_received();
	ok = occurrences(got, OK);
	busy = occurrences(got, BUSY);
	CHECK(occurrences(got, "+SLOW:1") == 1 && ok + busy == 10000 && ok > 1 && busy > 1, "%u OK, %u busy", ok, busy);
}

static void test_reset(void)
{
	jmp_buf restart;

	for (volatile int pending = 0; pending < 2; pending++) {
		play_start(1000 + (uint32_t)pending);
		fake.restart = &restart;
		if (pending)
			play_say("AT+SLOW\r\n");
		if (!setjmp(restart)) {
			fake_send("AT+RST\r\nAT\r\n", 12);
			play_pass(5);
		}
		CHECK(fake.restarts == 1, "restarted");
		CHECK(!strcmp(fake_received(), "AT+RST\r\n" OK), "OK, never busy, and nothing after it");
	}
}

/* OK at the old rate, drained, then the change; also when nobody reads. At every millisecond of the clock. */
static void test_configure(void)
{
	jmp_buf restart;

	for (volatile uint32_t now = UINT32_MAX - 3; now != 4; now++) {
		play_start(now);
		echo(false);
		fake.busy = true;
		fake_send("AT+UART\r\nAT\r\n", 13);
		play_pass(100);
		CHECK(!strcmp(fake_received(), OK) && !fake.configurations, "clock %u: not before the last bit is out", now);
		fake.busy = false;
		play_pass(2);
		CHECK(fake.configurations == 1 && fake.configured.baud == 9600, "clock %u: changed", now);
		CHECK(!strcmp(fake_received(), OK), "and the next line is taken");
		play_start(now);
		fake.output_room = 0;
		fake_send("AT+UART\r\n", 9);
		play_pass(PORT_DRAIN_TIME - 2);
		CHECK(!fake.configurations, "clock %u: waits for a host that does not read", now);
		play_pass(4);
		CHECK(fake.configurations == 1, "clock %u: but not for ever", now);
		play_start(now);
		fake.restart = &restart;
		fake.output_room = 3;
		if (!setjmp(restart)) {
			fake_send("AT+RST\r\n", 8);
			play_pass(10);
			fake.output_room = SIZE_MAX;
			play_pass(10);
			CHECK(false, "no restart");
		}
		CHECK(!strcmp(fake_received(), "AT+RST\r\n" OK), "clock %u: a restart cuts no OK", now);
	}
}

/* Finding of the second reader: while bytes leave, however slowly, the host reads, and all of its answer is waited for.
 */
static void test_slow_line(void)
{
	for (volatile uint32_t now = UINT32_MAX - 3; now != 4; now++) {
		play_start(now);
		echo(false);
		fake_send("AT+UART\r\n", 9);
		fake.output_room = 0;
		for (size_t i = 0; i < strlen(OK); i++) {
			CHECK(!fake.configurations, "clock %u: byte %zu has not left", now, i);
			play_pass(PORT_DRAIN_TIME - 2);
			fake.output_room = 1;
			play_pass(1);
		}
		play_pass(2);
		CHECK(fake.configurations == 1, "clock %u: all have left", now);
		CHECK(!strcmp(fake_received(), OK), "clock %u: whole", now);
	}
}

/* An action has the same way: once, when its OK is out, and before the next line. */
static void test_then(void)
{
	for (uint32_t now = UINT32_MAX - 3; now != 4; now++) {
		play_start(now);
		echo(false);
		fake.busy = true;
		fake_send("AT+THEN\r\nAT\r\n", 13);
		play_pass(100);
		CHECK(!strcmp(fake_received(), OK) && !play.actions, "clock %u: not before the last bit is out", now);
		fake.busy = false;
		play_pass(2);
		CHECK(play.actions == 1 && !fake.configurations, "clock %u: done", now);
		CHECK(!strcmp(fake_received(), OK), "and the next line is taken");
		play_pass(PORT_DRAIN_TIME + 2);
		CHECK(play.actions == 1, "clock %u: once", now);
		play_start(now);
		fake.output_room = 0;
		fake_send("AT+THEN\r\n", 9);
		play_pass(PORT_DRAIN_TIME - 2);
		CHECK(!play.actions, "clock %u: waits for a host that does not read", now);
		play_pass(4);
		CHECK(play.actions == 1, "clock %u: but not for ever", now);
	}
}

int main(void)
{
	test_start();
	test_lines();
	test_long_line();
	test_busy();
	test_many();
	test_reset();
	test_configure();
	test_slow_line();
	test_then();
	return check_report();
}

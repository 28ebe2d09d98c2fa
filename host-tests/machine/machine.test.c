/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of preloading (design: a preloaded module holds no mutable state), on the engine that the twin runs: what
 * the chip refuses at its link or in its flash must fail here too. Each case is a process of its own, because the root
 * machine is made once.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../twin/machine-internal.h"
#include "platform.h"
#include "services.h"
#include "twin-platform.h"

/* The table that machine.c reads; each case fills it before it makes its root. */
static machine_module table[3];
const machine_module *machine_modules = table;

const machine_creation machine_firmware_creation = {
	.chunk = 12288, .heap = 1600, .stack = 320, .keys = 96, .names = 53, .symbols = 3
};

static void poke(txMachine *the)
{
	(void)the;
}

static void call_poke(txMachine *the)
{
	if (machine_is_preparing)
		machine_native_during_preload(the);
	poke(the);
}

const machine_native machine_natives[] = { { "poke", call_poke, NULL }, { 0 } };

static machine_host host = { .name = "test", .firmware = true };

/* @return 0 when main() ran, 1 when it threw, 2 when the root could not be made */
static int run(const char *preloaded, const char *main_source)
{
	txMachine *the;

	table[0] = (machine_module){ "preloaded", preloaded, strlen(preloaded), true };
	table[1] = (machine_module){ "main", main_source, strlen(main_source), true };
	platform_init(200 * 1024 + machine_excess(), 1, false, 0);
	the = machine_clone(&host);
	if (!the)
		return 2;
	return machine_run(the, "main") ? 0 : 1;
}

/* The exit code of a case in a child, or minus the signal that ended it. What it says goes to text. */
static int in_child(const char *preloaded, const char *main_source, char *text, size_t size)
{
	int channel[2], status;
	ssize_t got = 0, n;
	pid_t child;

	if (pipe(channel))
		return -1;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		alarm(10); /* a case that hangs is a failure, not a wait */
		dup2(channel[1], STDERR_FILENO);
		_exit(run(preloaded, main_source));
	}
	close(channel[1]);
	while ((n = read(channel[0], text + got, size - 1 - (size_t)got)) > 0)
		got += n;
	text[got] = 0;
	close(channel[0]);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int passed, failed;

static void expect(const char *name, const char *preloaded, const char *main_source, int code, const char *says)
{
	char text[2048];
	int got = in_child(preloaded, main_source, text, sizeof(text));

	if (got == code && (!says || strstr(text, says))) {
		passed++;
		return;
	}
	failed++;
	printf("%s: expected %d \"%s\", got %d: %s\n", name, code, says ? says : "", got, text);
}

#define USE(body) "import * as it from 'preloaded'; export default function () { " body " }"

int main(void)
{
	const char *none = "export const one = 1;";

	expect("reads what was preloaded", "export const map = new Map([['a', 1]]);",
	       USE("if (it.map.get('a') !== 1) throw new Error('lost');"), 0, NULL);
	expect("a Map throws on change", "export const map = new Map([['a', 1]]);", USE("it.map.set('b', 2);"), 1,
	       "read-only");
	expect("a Set throws on change", "export const set = new Set([1]);", USE("it.set.add(2);"), 1, "read-only");
	expect("a typed array throws on change", "export const bytes = new Uint8Array(4);", USE("it.bytes[0] = 1;"), 1,
	       NULL);
	expect("an ArrayBuffer throws on change", "export const buffer = new ArrayBuffer(4);",
	       USE("new Uint8Array(it.buffer)[0] = 1;"), 1, NULL);
	expect("a DataView throws on change", "export const view = new DataView(new ArrayBuffer(4));",
	       USE("it.view.setUint8(0, 1);"), 1, NULL);
	expect("a frozen object throws on change", "export const object = Object.freeze({ a: 1 });",
	       USE("it.object.a = 2;"), 1, NULL);
	expect("a prototype throws on change", none, USE("Array.prototype.more = 1;"), 1, NULL);
	expect("a function throws on change", "export function f() {}", USE("it.f.x = 1;"), 1, NULL);
	/* What is neither frozen nor of those kinds gets a shadow in RAM: an alias, which lint forbids for `let`. */
	expect("a mutable object is aliased, not lost", "export const object = { a: 1 };",
	       USE("it.object.a = 2; if (it.object.a !== 2) throw new Error('lost');"), 0, NULL);
	expect("a native during preload throws", "class X { static poke() @ \"poke\"; } X.poke();", USE(""), 2,
	       "native called during preload");
	expect("the same native runs later", "export class X { static poke() @ \"poke\"; }", USE("it.X.poke();"), 0, NULL);
	expect("a native that is missing is an error", "class X { static f() @ \"missing\"; }", USE(""), 2,
	       "no native missing");
	expect("a syntax error names its module", "export const = 1;", USE(""), 2, "preloaded");
	expect("no eval", none, USE("eval('1');"), 1, NULL);
	expect("no Function constructor", none, USE("new Function('return 1')();"), 1, NULL);
	expect("endless recursion ends the machine", none, USE("function f() { return f() + 1; } f();"), -SIGABRT,
	       "stack overflow");
	expect("an exhausted heap ends the machine", none, USE("const a = []; for (;;) a.push({});"), -SIGABRT,
	       "heap exhausted");
	expect("exhausted keys end the machine", none,
	       USE("const o = {}; for (let i = 0; i < 2000; i++) { o['k' + i] = 1; delete o['k' + i]; }"), -SIGABRT,
	       "keys exhausted");
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}

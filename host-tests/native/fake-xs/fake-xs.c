/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "xsmc.h"

void fake_machine_init(xsMachine *the)
{
	memset(the, 0, sizeof(*the));
	the->stack = the->memory + FAKE_STACK;
}

void fake_enter(xsMachine *the, fake_frame *frame)
{
	frame->outer = the->frame;
	frame->catchers = the->caught;
	the->frame = frame;
}

/* Leaves the innermost frame, whoever catches stays. */
static void drop_frame(xsMachine *the)
{
	fake_frame *frame = the->frame;

	while (frame->texts) {
		fake_text *text = frame->texts;

		frame->texts = text->next;
		free(text);
	}
	the->frame = frame->outer;
}

void fake_leave(xsMachine *the)
{
	the->caught = the->frame->catchers;
	drop_frame(the);
}

jmp_buf *fake_try(xsMachine *the)
{
	if (the->caught == FAKE_CATCHERS)
		abort();
	the->catching[the->caught] = the->frame;
	return &the->catchers[the->caught++];
}

_Noreturn void fake_throw(xsMachine *the, const char *text)
{
	if (!the->caught) {
		printf("uncaught: %s\n", text);
		abort();
	}
	the->exception = text;
	the->caught--;
	while (the->frame != the->catching[the->caught])
		drop_frame(the);
	longjmp(the->catchers[the->caught], 1);
}

char *fake_string(xsMachine *the, const char *bytes, size_t size)
{
	fake_text *text = malloc(sizeof(*text) + size + 1);

	text->next = the->frame->texts;
	the->frame->texts = text;
	if (bytes)
		memcpy(text->bytes, bytes, size);
	text->bytes[size] = 0;
	return text->bytes;
}

char *fake_to_string(xsMachine *the, xsSlot *slot)
{
	char text[24];

	if (slot->type == FAKE_STRING)
		return slot->text;
	return fake_string(the, text, (size_t)snprintf(text, sizeof(text), "%d", slot->integer));
}

xsSlot fake_call(xsMachine *the, xsSlot *function, int count, const xsSlot *arguments)
{
	fake_frame frame = { 0 };

	fake_enter(the, &frame);
	for (int i = 0; i < count; i++)
		frame.arguments[i] = arguments[i];
	function->function(the, count, frame.arguments);
	fake_leave(the);
	return (xsSlot){ 0 }; /* undefined: the functions of the tests call xs_port_result themselves */
}

/* The stack holds this, function and arguments; what comes back stands in their place. */
void fake_run(xsMachine *the, int count)
{
	xsSlot arguments[FAKE_STACK], function = the->stack[count];

	for (int i = 0; i < count; i++)
		arguments[i] = the->stack[count - 1 - i];
	the->stack += count + 1;
	function.function(the, count, arguments);
	*the->stack = xsUndefined;
}

bool fake_native(xsMachine *the, void (*native)(xsMachine *the), int count, const xsSlot *arguments, xsSlot *result)
{
	fake_frame frame = { 0 };
	volatile bool done = false;

	fake_enter(the, &frame);
	for (int i = 0; i < count; i++)
		frame.arguments[i] = arguments[i];
	if (!setjmp(*fake_try(the))) {
		native(the);
		done = true;
	}
	*result = frame.result;
	fake_leave(the);
	return done;
}

int32_t fake_integer(xsMachine *the, void (*native)(xsMachine *the), int count, const xsSlot *arguments)
{
	xsSlot result;

	if (!fake_native(the, native, count, arguments, &result)) {
		printf("a native threw: %s\n", the->exception);
		abort();
	}
	return result.integer;
}

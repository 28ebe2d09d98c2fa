/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of XS as the XS halves of our modules use, without the engine: so that the tests of the port run port.c
 * itself, under every sanitizer. Functions of JavaScript are C functions; slots are plain values.
 */
#ifndef XS_AT_FAKE_XS_H
#define XS_AT_FAKE_XS_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct fake_machine xsMachine;
typedef struct fake_slot xsSlot;
typedef int32_t xsIntegerValue;
typedef double xsNumberValue;
typedef char *xsStringValue;
typedef void (*fake_function)(xsMachine *the, int count, xsSlot *arguments);

typedef enum {
	FAKE_UNDEFINED,
	FAKE_BOOLEAN,
	FAKE_INTEGER,
	FAKE_NUMBER,
	FAKE_STRING,
	FAKE_FUNCTION,
	FAKE_ARRAY
} fake_type;

struct fake_slot {
	fake_type type;
	int32_t integer;
	double number;
	char *text; /* lives as long as the frame in which it was made */
	fake_function function;
};

#define FAKE_ARGUMENTS 8
#define FAKE_VARIABLES 4
#define FAKE_STACK 64
#define FAKE_CATCHERS 8

typedef struct fake_text {
	struct fake_text *next;
	char bytes[];
} fake_text;

typedef struct fake_frame {
	struct fake_frame *outer;
	unsigned catchers;
	xsSlot arguments[FAKE_ARGUMENTS], variables[FAKE_VARIABLES], result;
	fake_text *texts;
} fake_frame;

struct fake_machine {
	fake_frame *frame;
	xsSlot memory[FAKE_STACK], *stack;
	jmp_buf catchers[FAKE_CATCHERS];
	fake_frame *catching[FAKE_CATCHERS]; /* the frame to which each goes back */
	unsigned caught;
	const char *exception;
};

void fake_machine_init(xsMachine *the);
void fake_enter(xsMachine *the, fake_frame *frame);
void fake_leave(xsMachine *the);
jmp_buf *fake_try(xsMachine *the);
_Noreturn void fake_throw(xsMachine *the, const char *text);
/** Memory for a string's bytes, until the frame is left. */
char *fake_string(xsMachine *the, const char *bytes, size_t size);
char *fake_to_string(xsMachine *the, xsSlot *slot);
xsSlot fake_call(xsMachine *the, xsSlot *function, int count, const xsSlot *arguments);
void fake_run(xsMachine *the, int count);

/** Calls a native as JavaScript would; arguments are set by the variants. @return its result, false when it threw */
bool fake_native(xsMachine *the, void (*native)(xsMachine *the), int count, const xsSlot *arguments, xsSlot *result);
/** The same, when it must not throw and what it returns is an integer, a boolean or nothing. */
int32_t fake_integer(xsMachine *the, void (*native)(xsMachine *the), int count, const xsSlot *arguments);

#define FAKE_CALL(the, native, ...) \
	fake_integer(the, native, (int)(sizeof((xsSlot[]){ __VA_ARGS__ }) / sizeof(xsSlot)), (xsSlot[]){ __VA_ARGS__ })
#define FAKE_INT(value)                          \
	{                                            \
		.type = FAKE_INTEGER, .integer = (value) \
	}
#define FAKE_BOOL(value)                         \
	{                                            \
		.type = FAKE_BOOLEAN, .integer = (value) \
	}
#define FAKE_TEXT(value)                             \
	{                                                \
		.type = FAKE_STRING, .text = (char *)(value) \
	}
#define FAKE_CODE(value)                           \
	{                                              \
		.type = FAKE_FUNCTION, .function = (value) \
	}

#define xsArg(index) (the->frame->arguments[index])
#define xsVar(index) (the->frame->variables[index])
#define xsResult (the->frame->result)
#define xsUndefined ((xsSlot){ .type = FAKE_UNDEFINED })
#define xsException ((xsSlot){ .type = FAKE_STRING, .text = (char *)the->exception })
#define xsRemember(slot) ((void)(slot))

#define xsBeginHost(THE)             \
	{                                \
		fake_frame fake_own = { 0 }; \
		fake_enter(THE, &fake_own);
#define xsEndHost(THE) \
	fake_leave(THE);   \
	}
#define xsTry if (!setjmp(*fake_try(the)))
#define xsCatch else

#define xsRangeError(text) fake_throw(the, text)
#define xsUnknownError(text) fake_throw(the, text)

#define xsIntegerType FAKE_INTEGER
#define xsmcTypeOf(slot) ((slot).type)
#define xsmcVars(count) ((void)(count))
#define xsmcToString(slot) \
	fake_to_string(the, &(xsSlot){ (slot).type, (slot).integer, (slot).number, (slot).text, NULL })
#define xsmcToInteger(slot) ((slot).integer)
#define xsmcToBoolean(slot) ((slot).integer != 0)
#define xsmcSetUndefined(slot) ((slot) = xsUndefined)
#define xsmcSetInteger(slot, value) ((slot) = (xsSlot){ .type = FAKE_INTEGER, .integer = (value) })
#define xsmcSetNumber(slot, value) ((slot) = (xsSlot){ .type = FAKE_NUMBER, .number = (value) })
#define xsmcSetBoolean(slot, value) ((slot) = (xsSlot){ .type = FAKE_BOOLEAN, .integer = (value) })
#define xsmcSetNewArray(slot, count) ((slot) = (xsSlot){ .type = FAKE_ARRAY, .integer = (int32_t)(count) })
#define xsmcSetIndex(slot, index, value) ((void)(slot), (void)(index), (void)(value))
#define xsmcSetStringBuffer(slot, bytes, size) \
	((slot) = (xsSlot){ .type = FAKE_STRING, .text = fake_string(the, bytes, (size_t)(size)) })

#define xsCallFunction1(function, self, a) fake_call(the, &(function), 1, (xsSlot[]){ a })
#define xsCallFunction2(function, self, a, b) fake_call(the, &(function), 2, (xsSlot[]){ a, b })

/* What xs_port_call does on the engine's own stack. */
#define XS_FRAME_COUNT 6
#define xsOverflow(count) ((void)(count))
#define fxPush(slot) (*--the->stack = (slot))
#define fxPop() (*the->stack++)
#define fxCall(the) ((void)(the))
#define fxRunCount(the, count) fake_run(the, count)

#endif

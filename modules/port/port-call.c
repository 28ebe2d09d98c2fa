/* SPDX-License-Identifier: Apache-2.0 */
/* Native of port.ts: the parameters of a set command, checked, as the arguments of its handler. */
#include "binary.h"
#include "params.h"
#include "port-xs.h"
#include "xsmc.h"

port_parameter_text port_parameters;

static void set_value(xsMachine *the, xsSlot *slot, const param_value *value)
{
	switch (value->kind) {
	case PARAM_OMITTED:
		xsmcSetUndefined(*slot);
		break;
	case PARAM_INTEGER:
		if (value->integer == (int32_t)value->integer)
			xsmcSetInteger(*slot, (int32_t)value->integer);
		else
			xsmcSetNumber(*slot, (xsNumberValue)value->integer);
		break;
	case PARAM_STRING:
		binary_set(the, slot, value->text, value->length);
		break;
	}
}

/* call(descriptor, handler, at, mux): checks the parameters, then calls handler(at, ...values). */
void xs_port_call(xsMachine *the)
{
	param_value given[PARAMS_MAX];
	params checked;
	int count = params_split(port_parameters.text, port_parameters.size, given);
	uint32_t error;
	unsigned plain;

	if (count < 0)
		error = PARAM_COUNT | PARAMS_MAX << 8 | (PARAMS_MAX + 1);
	else
		error = params_check(xsmcToString(xsArg(0)), xsmcToBoolean(xsArg(3)), given, (unsigned)count, &checked);
	if (error) {
		xsmcSetInteger(xsResult, (xsIntegerValue)error);
		return;
	}
	xsmcVars(2);
	plain = checked.count - checked.repeated;
	xsOverflow(-(XS_FRAME_COUNT + PARAMS_MAX + 4));
	fxPush(xsUndefined);
	fxPush(xsArg(1));
	fxCall(the);
	fxPush(xsArg(2));
	for (unsigned i = 0; i < plain; i++) {
		fxPush(xsUndefined);
		set_value(the, the->stack, &checked.values[i]);
	}
	if (checked.repeats) {
		xsmcSetNewArray(xsVar(0), checked.repeated);
		for (unsigned i = 0; i < checked.repeated; i++) {
			set_value(the, &xsVar(1), &checked.values[plain + i]);
			xsmcSetIndex(xsVar(0), i, xsVar(1));
		}
		fxPush(xsVar(0));
	}
	fxRunCount(the, (xsIntegerValue)(1 + plain + checked.repeats));
	xsResult = fxPop();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules of the twin: embedded JavaScript, compiled when it is first imported. Byte code is treated as the SDK's
 * tools treat it for flash: names resolved once, code and string literals used in place and never copied to the heap.
 */
#include "machine-internal.h"

#include "platform.h"

extern void fxRemapIDs(txMachine *the, txByte *codeBuffer, txSize codeSize, txID *theIDs);

static const machine_module *find_module(const char *specifier)
{
	for (const machine_module *module = machine_modules; module->specifier; module++)
		if (!strcmp(module->specifier, specifier))
			return module;
	return NULL;
}

txID fxFindModule(txMachine *the, txSlot *realm, txID moduleID, txSlot *slot)
{
	char name[256];

	(void)realm;
	(void)moduleID;
	fxToStringBuffer(the, slot, name, sizeof(name));
	return find_module(name) ? fxNewNameC(the, name) : XS_NO_ID;
}

/* eval and the Function constructor end here: a chip has no parser. */
txScript *fxParseScript(txMachine *the, void *stream, txGetter getter, txUnsigned flags)
{
	(void)stream;
	(void)getter;
	(void)flags;
	mxUnknownError("no parser");
	return NULL;
}

static txScript *parse(txMachine *the, const machine_module *module)
{
	txParser parser;
	txParserJump jump;
	txStringCStream stream = { .buffer = (txString)module->source, .offset = 0, .size = (txSize)module->length };
	txScript *volatile script = NULL;

	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, (txString)module->specifier);
		fxParserTree(&parser, &stream, fxStringCGetter, mxCFlag | mxStrictFlag, NULL);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	if (parser.errorCount) {
		platform_log("%s: %s", module->specifier, parser.errorMessage ? parser.errorMessage : "syntax error");
		script = NULL;
	}
	fxTerminateParser(&parser);
	return script;
}

/* CODE_n and STRING_n copy into the heap, their ARCHIVE forms refer to the byte code where it lies. */
static void archive_code(txByte *code, txSize size)
{
	static const struct {
		txU1 from, to;
	} forms[] = {
		{ XS_CODE_CODE_1, XS_CODE_CODE_ARCHIVE_1 },     { XS_CODE_CODE_2, XS_CODE_CODE_ARCHIVE_2 },
		{ XS_CODE_CODE_4, XS_CODE_CODE_ARCHIVE_4 },     { XS_CODE_STRING_1, XS_CODE_STRING_ARCHIVE_1 },
		{ XS_CODE_STRING_2, XS_CODE_STRING_ARCHIVE_2 }, { XS_CODE_STRING_4, XS_CODE_STRING_ARCHIVE_4 },
	};
	txByte *p = code;
	txByte *end = code + size;

	while (p < end) {
		txU1 op = *(txU1 *)p;
		txS1 length = gxCodeSizes[op];

		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
			if (op == forms[i].from)
				*(txU1 *)p = forms[i].to;
		if (length > 0)
			p += length;
		else if (length == 0)
			p += 1 + sizeof(txID);
		else {
			uint32_t n = 0;

			memcpy(&n, p + 1, (size_t)-length);
			p += 1 - length + n;
		}
	}
}

static void resolve_names(txMachine *the, txScript *script)
{
	txByte *p = script->symbolsBuffer;
	txID count, *ids;

	mxDecodeID(p, count);
	ids = malloc(count * sizeof(txID));
	ids[0] = XS_NO_ID;
	for (txID i = 1; i < count; i++) {
		ids[i] = fxNewNameC(the, (txString)p);
		p += strlen((char *)p) + 1;
	}
	fxRemapIDs(the, script->codeBuffer, script->codeSize, ids);
	free(ids);
	script->symbolsBuffer = NULL; /* fxRunScript now neither copies nor frees the code */
}

static const machine_native *find_native(const char *name)
{
	for (const machine_native *native = machine_natives; native->name; native++)
		if (!strcmp(native->name, name))
			return native;
	return NULL;
}

typedef struct {
	txInteger count;
	txHostFunctionBuilder builders[];
} host_functions;

static _Thread_local host_functions *building;

static void build_hosts(txMachine *the)
{
	fxBuildHosts(the, building->count, building->builders);
	mxPullSlot(mxResult);
}

static host_functions *hosts_of(txMachine *the, const char *specifier, txScript *script)
{
	txByte *p = script->hostsBuffer;
	txID count;
	host_functions *functions;
	size_t size;

	mxDecodeID(p, count);
	size = sizeof(*functions) + count * sizeof(functions->builders[0]);
	functions = malloc(size);
	functions->count = count;
	for (txID i = 0; i < count; i++) {
		txHostFunctionBuilder *builder = &functions->builders[i];
		const machine_native *native;
		txID id;

		builder->length = *(signed char *)p++;
		mxDecodeID(p, id);
		builder->id = id;
		native = find_native((char *)p);
		if (!native)
			mxReferenceError("%s: no native %s", specifier, (char *)p);
		if (builder->length < 0)
			builder->callback = (txCallback)(void *)native->destructor;
		else
			builder->callback = native->callback;
		p += strlen((char *)p) + 1;
	}
	return functions;
}

_Thread_local bool machine_is_preparing;

/* xsl has no natives to call either. */
void machine_native_during_preload(txMachine *the)
{
	mxUnknownError("native called during preload");
}

void fxLoadModule(txMachine *the, txSlot *module, txID moduleID)
{
	const machine_module *source = find_module(fxGetKeyName(the, moduleID));
	txScript *script = source ? parse(the, source) : NULL;

	if (!script)
		mxSyntaxError("%s: no module", fxGetKeyName(the, moduleID));
	archive_code(script->codeBuffer, script->codeSize);
	if (script->hostsBuffer) {
		/* Ids in the hosts table are indexes of the symbols table, so they come before the names are resolved. */
		txByte *p = script->symbolsBuffer;
		txID count;

		building = hosts_of(the, source->specifier, script);
		mxDecodeID(p, count);
		for (txInteger i = 0; i < building->count; i++) {
			txHostFunctionBuilder *builder = &building->builders[i];
			const char *name = (const char *)p;

			if (builder->id == XS_NO_ID || builder->id == 0 || builder->id >= count) {
				builder->id = XS_NO_ID;
				continue;
			}
			for (txID n = 1; n < builder->id; n++)
				name += strlen(name) + 1;
			builder->id = fxNewNameC(the, (txString)name);
		}
		script->callback = build_hosts;
	}
	resolve_names(the, script);
	fxResolveModule(the, module, moduleID, script, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the SDK's linker does to a preloaded heap, done to the root machine: intrinsics, functions and the kinds that
 * cannot be aliased are frozen; everything that XS would write to in a shared slot is turned into its constant form.
 */
#include "machine-internal.h"

void machine_freeze_intrinsics(txMachine *the)
{
	txSlot *freeze;

	mxTemporary(freeze);
	mxPush(mxObjectConstructor);
	fxGetID(the, mxID(_freeze));
	mxPullSlot(freeze);
	for (int index = mxInstanceInspectorsStackIndex + 1; index < mxEmptyCodeStackIndex; index++) {
		txSlot *slot = &the->stackTop[-1 - index];

		if (index == mxHookInstanceIndex || index == mxCompartmentGlobalStackIndex)
			continue;
		if (slot->kind != XS_REFERENCE_KIND)
			continue;
		mxPush(mxObjectConstructor);
		mxPushSlot(freeze);
		mxCall();
		mxPushSlot(slot);
		mxRunCount(1);
		mxPop();
	}
	mxPop();
}

static void freeze_instance(txSlot *instance)
{
	for (txSlot *property = instance->next; property; property = property->next) {
		if (property->kind != XS_ACCESSOR_KIND)
			property->flag |= XS_DONT_SET_FLAG;
		property->flag |= XS_DONT_DELETE_FLAG;
	}
	instance->flag |= XS_DONT_PATCH_FLAG;
}

static bool is_code(const txSlot *slot)
{
	return slot->kind == XS_CALLBACK_KIND || slot->kind == XS_CALLBACK_X_KIND || slot->kind == XS_CODE_KIND ||
	       slot->kind == XS_CODE_X_KIND;
}

static void freeze_function(txMachine *the, txSlot *instance)
{
	(void)the;
	freeze_instance(instance);
	if (!(instance->flag & XS_CAN_CONSTRUCT_FLAG))
		return;
	for (txSlot *property = instance->next; property; property = property->next)
		if (property->ID == mxID(_prototype) && property->kind == XS_REFERENCE_KIND)
			freeze_instance(property->value.reference);
}

/* The kinds whose instances the chip finds read-only: xsl cannot make an alias of them. */
static bool is_unaliased(const txSlot *internal)
{
	switch (internal->kind) {
	case XS_MAP_KIND:
	case XS_SET_KIND:
	case XS_WEAK_MAP_KIND:
	case XS_WEAK_SET_KIND:
	case XS_WEAK_REF_KIND:
	case XS_ARRAY_BUFFER_KIND:
	case XS_DATA_VIEW_KIND:
	case XS_TYPED_ARRAY_KIND:
	case XS_PROMISE_KIND:
	case XS_PROXY_KIND:
	case XS_REGEXP_KIND:
		return true;
	case XS_CLOSURE_KIND:
		return internal->value.closure->kind == XS_FINALIZATION_REGISTRY_KIND;
	default:
		return internal->ID == XS_ENVIRONMENT_BEHAVIOR;
	}
}

/* A constant closure of a function is no alias on the chip. */
static void freeze_closure(txSlot *closure)
{
	if (closure->kind == XS_REFERENCE_KIND) {
		const txSlot *internal = closure->value.reference->next;

		if (internal && is_code(internal))
			closure->flag |= XS_DONT_SET_FLAG;
	} else if (closure->kind == XS_HOST_FUNCTION_KIND)
		closure->flag |= XS_DONT_SET_FLAG;
}

static void make_constant(txSlot *slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND:
		slot->kind = XS_STRING_X_KIND;
		break;
	case XS_BIGINT_KIND:
		slot->kind = XS_BIGINT_X_KIND;
		break;
	case XS_CODE_KIND:
		slot->kind = XS_CODE_X_KIND;
		break;
	case XS_CALLBACK_KIND:
		slot->kind = XS_CALLBACK_X_KIND;
		break;
	case XS_KEY_KIND:
		slot->kind = XS_KEY_X_KIND;
		break;
	case XS_GLOBAL_KIND: {
		/* A cache of globals, which every machine that looks one up fills: the only part that stays writable. */
		size_t size = (size_t)slot->value.table.length * sizeof(txSlot *);
		txSlot **cache = malloc(size);

		memcpy(cache, slot->value.table.address, size);
		slot->value.table.address = cache;
		break;
	}
	default:
		break;
	}
}

static void for_each_slot(txMachine *the, void (*visit)(txMachine *, txSlot *))
{
	for (txSlot *heap = the->firstHeap; heap; heap = heap->next)
		for (txSlot *slot = heap + 1; slot < heap->value.reference; slot++)
			visit(the, slot);
}

static void visit_before_share(txMachine *the, txSlot *slot)
{
	if (slot->kind == XS_CLOSURE_KIND && slot->value.closure)
		freeze_closure(slot->value.closure);
	if (slot->kind != XS_INSTANCE_KIND)
		return;
	txSlot *internal = slot->next;

	if (!internal || !(internal->flag & XS_INTERNAL_FLAG))
		return;
	if (is_code(internal))
		freeze_function(the, slot);
	else if (is_unaliased(internal)) {
		freeze_instance(slot);
		if (internal->kind == XS_PROMISE_KIND && internal->next && internal->next->kind == XS_REFERENCE_KIND)
			freeze_instance(internal->next->value.reference);
	}
}

static void visit_after_share(txMachine *the, txSlot *slot)
{
	(void)the;
	make_constant(slot);
}

void machine_freeze_functions(txMachine *the)
{
	for_each_slot(the, visit_before_share);
}

void machine_freeze_heap(txMachine *the)
{
	for_each_slot(the, visit_after_share);
}

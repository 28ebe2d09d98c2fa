/* SPDX-License-Identifier: Apache-2.0 */
/* The one question that xs.h has no answer to, in a file of its own because xsAll.h and xs.h exclude each other. */
#include "xsAll.h"

#include "chip.h"

bool chip_jobs_pending(void *machine)
{
	txMachine *the = machine;

	return mxPendingJobs.value.reference->next != NULL;
}

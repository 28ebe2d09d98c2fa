/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What XS asks of its host (XSPLATFORM): the C library it may use, which of its default hooks to take, and the
 * fields a machine carries for us. Included by every XS source and, through xsmc.h, by our natives.
 */
#ifndef XS_AT_XS_PLATFORM_H
#define XS_AT_XS_PLATFORM_H

#undef mxLinux
#define mxLinux 1

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define mxFallThrough __attribute__((fallthrough))
#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultSharedChunks 1

/* The SDK's natives are named through this on the chip; the twin calls them as they are. */
#define mxMachinePlatform      \
	struct machine_host *host; \
	int promiseJobs;           \
	void *waiterCondition;     \
	void *waiterData;          \
	void *waiterLink;

#endif

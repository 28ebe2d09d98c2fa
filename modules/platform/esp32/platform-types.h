/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_AT_PLATFORM_TYPES_H
#define XS_AT_PLATFORM_TYPES_H

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

/* A mutex with priority inheritance: whoever copies under it is soon done, whatever its priority. */
typedef struct {
	SemaphoreHandle_t handle;
	StaticSemaphore_t memory;
} platform_lock;

#endif

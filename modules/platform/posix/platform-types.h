/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_AT_PLATFORM_TYPES_H
#define XS_AT_PLATFORM_TYPES_H

#include <pthread.h>

typedef pthread_mutex_t platform_lock;

#endif

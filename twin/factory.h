/* SPDX-License-Identifier: Apache-2.0 */
/* The manufacturing data of a new flash image: scripts/partitions.mjs makes it from partitions/. */
#ifndef XS_AT_TWIN_FACTORY_H
#define XS_AT_TWIN_FACTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flash-image.h"
#include "store.h"

typedef struct {
	const char *name_space;
	const char *key;
	store_type type;
	const void *value; /* numbers little-endian */
	size_t size;
} factory_value;

/** The manufacturing data in the order of mfg_nvs.csv, closed by an entry whose namespace is NULL. */
extern const factory_value factory_data[];

/** Writes the manufacturing data to a new image. A negative store_error when it cannot. */
int factory_write(void);

#endif

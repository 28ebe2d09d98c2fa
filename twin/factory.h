/* SPDX-License-Identifier: Apache-2.0 */
/* What a new flash image holds: scripts/partitions.mjs makes these tables from partitions/. */
#ifndef XS_AT_TWIN_FACTORY_H
#define XS_AT_TWIN_FACTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

#define MANUFACTURING_PARTITION "mfg_nvs"

/** The binary tables, without the 0xFF behind them. */
extern const uint8_t partition_table[];
extern const size_t partition_table_size;
extern const uint8_t customize_table[];
extern const size_t customize_table_size;

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

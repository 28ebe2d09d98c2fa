/* SPDX-License-Identifier: Apache-2.0 */
#include "factory.h"

int factory_write(void)
{
	for (const factory_value *it = factory_data; it->name_space; it++) {
		int error = store_set(STORE_MANUFACTURING, it->name_space, it->key, it->type, it->value, it->size);

		if (error)
			return error;
	}
	return STORE_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h on the chip: the IDF's NVS. A partition of the secondary table is not known to it and cannot be registered,
 * since it lies inside at_customize; it is given to NVS as a partition of our own making.
 */
#include "store.h"

#include <stdatomic.h>

#include "esp_partition.h"
#include "nvs_flash/include/nvs.h"
#include "nvs_flash/include/nvs_flash.h"
#include "partitions.h"

static int store_error_of(esp_err_t error)
{
	switch (error) {
	case ESP_OK:
		return STORE_OK;
	case ESP_ERR_NVS_NOT_FOUND:
		return STORE_NOT_FOUND;
	case ESP_ERR_NVS_NOT_ENOUGH_SPACE:
		return STORE_FULL;
	case ESP_ERR_NVS_INVALID_NAME:
	case ESP_ERR_NVS_KEY_TOO_LONG:
		return STORE_BAD_NAME;
	case ESP_ERR_NVS_INVALID_LENGTH:
	case ESP_ERR_NVS_VALUE_TOO_LONG:
		return STORE_TOO_LONG;
	case ESP_ERR_NVS_TYPE_MISMATCH:
		return STORE_TYPE;
	default:
		return STORE_IO;
	}
}

/* --- partitions --- */

/* NVS keeps the pointer, so these live for ever; `mfg_nvs`, and one of a user's own. */
static esp_partition_t secondary[2];

static const esp_partition_t *secondary_partition(const char *label)
{
	const esp_partition_t *table = esp_partition_find_first((esp_partition_type_t)PARTITION_TYPE_CUSTOM,
	                                                        (esp_partition_subtype_t)PARTITION_SUBTYPE_CUSTOMIZE, NULL);
	partition_entry entry;
	size_t free_one = 0;
	esp_partition_t *made;

	while (free_one < sizeof secondary / sizeof *secondary && secondary[free_one].size) {
		if (strcmp(secondary[free_one].label, label) == 0)
			return &secondary[free_one];
		free_one++;
	}
	if (!table || free_one == sizeof secondary / sizeof *secondary || !partition_find_user(0, label, &entry) ||
	    entry.type != PARTITION_TYPE_DATA || entry.subtype != PARTITION_SUBTYPE_NVS)
		return NULL;
	made = &secondary[free_one];
	*made = *table; /* chip, erase size */
	made->type = ESP_PARTITION_TYPE_DATA;
	made->subtype = ESP_PARTITION_SUBTYPE_DATA_NVS;
	made->address = entry.offset;
	memcpy(made->label, entry.label, sizeof made->label);
	made->size = entry.size;
	return made;
}

static const esp_partition_t *partition_of(const char *label)
{
	const esp_partition_t *found =
		esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, label);

	return found ? found : secondary_partition(label);
}

/* The label of the partition that nobody may use, NULL for none. */
static _Atomic(const char *) closed;

static bool is_closed(const char *label)
{
	const char *without = atomic_load(&closed);

	return without && strcmp(without, label) == 0;
}

/* Costs a look-up once the partition is mounted. */
static esp_err_t mount(const char *label)
{
	esp_err_t error;

	if (is_closed(label))
		return ESP_ERR_INVALID_STATE;
	error = nvs_flash_init_partition(label);
	if (error == ESP_ERR_NOT_FOUND) {
		const esp_partition_t *partition = secondary_partition(label);

		if (partition)
			error = nvs_flash_init_partition_ptr(partition);
	}
	return error;
}

static int open_namespace(const char *partition, const char *name_space, nvs_open_mode_t mode, nvs_handle_t *handle)
{
	if (!store_name_valid(name_space))
		return STORE_BAD_NAME;
	if (!partition || mount(partition) != ESP_OK)
		return STORE_IO;
	return store_error_of(nvs_open_from_partition(partition, name_space, mode, handle));
}

/* --- values --- */

static esp_err_t get_number(nvs_handle_t handle, const char *key, store_type type, void *value)
{
	switch (type) {
	case STORE_U8:
		return nvs_get_u8(handle, key, value);
	case STORE_I8:
		return nvs_get_i8(handle, key, value);
	case STORE_U16:
		return nvs_get_u16(handle, key, value);
	case STORE_I16:
		return nvs_get_i16(handle, key, value);
	case STORE_U32:
		return nvs_get_u32(handle, key, value);
	case STORE_I32:
		return nvs_get_i32(handle, key, value);
	case STORE_U64:
		return nvs_get_u64(handle, key, value);
	default:
		return nvs_get_i64(handle, key, value);
	}
}

static int get(nvs_handle_t handle, const char *key, store_type *type, void *value, size_t *size)
{
	nvs_type_t stored;
	uint64_t number; /* aligned, whatever value is */
	size_t room = *size;
	esp_err_t error = nvs_find_key(handle, key, &stored);

	if (error != ESP_OK)
		return store_error_of(error);
	if (*type != STORE_ANY && *type != (store_type)stored)
		return STORE_TYPE;
	*type = (store_type)stored;
	if (*type == STORE_STRING)
		return store_error_of(nvs_get_str(handle, key, value, size));
	if (!store_type_is_number(*type)) {
		*type = STORE_BLOB; /* as the IDF tells its index or an old blob otherwise */
		return store_error_of(nvs_get_blob(handle, key, value, size));
	}
	*size = (size_t)*type & 0x0f;
	if (!value)
		return STORE_OK;
	if (room < *size)
		return STORE_TOO_LONG;
	error = get_number(handle, key, *type, &number);
	if (error == ESP_OK)
		memcpy(value, &number, *size);
	return store_error_of(error);
}

int store_get(const char *partition, const char *name_space, const char *key, store_type *type, void *value,
              size_t *size)
{
	nvs_handle_t handle;
	int error = store_name_valid(key) ? open_namespace(partition, name_space, NVS_READONLY, &handle) : STORE_BAD_NAME;

	if (error)
		return error;
	error = get(handle, key, type, value, size);
	nvs_close(handle);
	return error;
}

static esp_err_t set(nvs_handle_t handle, const char *key, store_type type, const void *value, size_t size)
{
	uint64_t number = 0; /* little-endian, as the chip: the low bytes are the value */

	if (type == STORE_STRING)
		return nvs_set_str(handle, key, value);
	if (type == STORE_BLOB)
		return nvs_set_blob(handle, key, value ? value : "", size);
	memcpy(&number, value, size);
	switch (type) {
	case STORE_U8:
		return nvs_set_u8(handle, key, (uint8_t)number);
	case STORE_I8:
		return nvs_set_i8(handle, key, (int8_t)number);
	case STORE_U16:
		return nvs_set_u16(handle, key, (uint16_t)number);
	case STORE_I16:
		return nvs_set_i16(handle, key, (int16_t)number);
	case STORE_U32:
		return nvs_set_u32(handle, key, (uint32_t)number);
	case STORE_I32:
		return nvs_set_i32(handle, key, (int32_t)number);
	case STORE_U64:
		return nvs_set_u64(handle, key, number);
	default:
		return nvs_set_i64(handle, key, (int64_t)number);
	}
}

int store_set(const char *partition, const char *name_space, const char *key, store_type type, const void *value,
              size_t size)
{
	nvs_handle_t handle;
	esp_err_t written;
	int error = store_value_check(type, value, size);

	if (!store_name_valid(key))
		return STORE_BAD_NAME;
	if (!error)
		error = open_namespace(partition, name_space, NVS_READWRITE, &handle);
	if (error)
		return error;
	written = set(handle, key, type, value, size);
	if (written == ESP_OK)
		written = nvs_commit(handle);
	nvs_close(handle);
	return store_error_of(written);
}

int store_erase(const char *partition, const char *name_space, const char *key)
{
	nvs_handle_t handle;
	esp_err_t erased;
	size_t used = 0;
	int error = key && !store_name_valid(key) ? STORE_BAD_NAME : STORE_OK;

	/* NVS_READWRITE would make the namespace */
	if (!error)
		error = open_namespace(partition, name_space, NVS_READONLY, &handle);
	if (error)
		return error;
	erased = nvs_get_used_entry_count(handle, &used);
	nvs_close(handle);
	if (erased != ESP_OK)
		return store_error_of(erased);
	if (used == 0)
		return STORE_NOT_FOUND;
	error = open_namespace(partition, name_space, NVS_READWRITE, &handle);
	if (error)
		return error;
	erased = key ? nvs_erase_key(handle, key) : nvs_erase_all(handle);
	if (erased == ESP_OK)
		erased = nvs_commit(handle);
	nvs_close(handle);
	return store_error_of(erased);
}

/* Not nvs_flash_erase_partition_ptr(): in v6.0 it looks for the label in the primary table. */
int store_erase_all(const char *label)
{
	const esp_partition_t *partition = label ? partition_of(label) : NULL;

	if (!partition || is_closed(label))
		return STORE_IO;
	store_unmount(label);
	return store_error_of(esp_partition_erase_range(partition, 0, partition->size));
}

void store_unmount(const char *partition)
{
	nvs_flash_deinit_partition(partition);
}

void store_close(const char *partition)
{
	static char label[STORE_LABEL_MAX + 1];

	atomic_store(&closed, NULL);
	strlcpy(label, partition, sizeof label);
	atomic_store(&closed, label);
	store_unmount(partition);
}

void store_reopen(void)
{
	atomic_store(&closed, NULL);
}

/* --- what there is --- */

static int fill_entry(const char *partition, const nvs_entry_info_t *info, store_entry *entry)
{
	*entry = (store_entry){ .type = STORE_ANY };
	memcpy(entry->name_space, info->namespace_name, sizeof entry->name_space);
	memcpy(entry->key, info->key, sizeof entry->key);
	return store_get(partition, entry->name_space, entry->key, &entry->type, NULL, &entry->size);
}

int store_iterate(const char *partition, const char *name_space, bool (*visit)(void *context, const store_entry *entry),
                  void *context)
{
	nvs_iterator_t iterator = NULL;
	nvs_entry_info_t info;
	store_entry entry;
	esp_err_t error;
	int count = 0;

	if (name_space && !store_name_valid(name_space))
		return STORE_BAD_NAME;
	if (!partition || mount(partition) != ESP_OK)
		return STORE_IO;
	error = nvs_entry_find(partition, name_space, NVS_TYPE_ANY, &iterator);
	while (error == ESP_OK) {
		/* an entry whose namespace has no name cannot be read, and is left out */
		if (nvs_entry_info(iterator, &info) == ESP_OK && fill_entry(partition, &info, &entry) == STORE_OK) {
			count++;
			if (!visit(context, &entry))
				break;
		}
		error = nvs_entry_next(&iterator);
	}
	nvs_release_iterator(iterator);
	return error == ESP_OK || error == ESP_ERR_NVS_NOT_FOUND ? count : STORE_IO;
}

int store_get_statistics(const char *partition, store_statistics *statistics)
{
	nvs_stats_t stats;

	if (!partition || mount(partition) != ESP_OK || nvs_get_stats(partition, &stats) != ESP_OK)
		return STORE_IO;
	*statistics = (store_statistics){
		.used = stats.used_entries,
		.free = stats.free_entries,
		.available = stats.available_entries,
		.total = stats.total_entries,
		.namespaces = stats.namespace_count,
	};
	return STORE_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* store.h on the twin: NVS in the flash image, one caller at a time. */
#define _GNU_SOURCE
#include "store.h"

#include <pthread.h>
#include <stdio.h>

#include "nvs.h"
#include "partitions.h"

/* `nvs` and `mfg_nvs`, and two of a user's own. */
#define PARTITIONS_MAX 4

static struct {
	char label[STORE_LABEL_MAX + 1]; /* "": unused */
	nvs store;
} mounted[PARTITIONS_MAX];

static char closed[STORE_LABEL_MAX + 1]; /* "": none */

/* Recursive: who iterates may read. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static bool find(const char *label, partition_entry *entry)
{
	return label && *label && partition_find(PARTITION_TYPE_DATA, PARTITION_SUBTYPE_NVS, label, entry);
}

/* The mounted partition, or NULL. */
static nvs *mount(const char *label)
{
	partition_entry entry;

	if (!label || !*label || strcmp(label, closed) == 0)
		return NULL;
	for (int at = 0; at < PARTITIONS_MAX; at++)
		if (strcmp(mounted[at].label, label) == 0)
			return &mounted[at].store;
	if (!find(label, &entry))
		return NULL;
	for (int at = 0; at < PARTITIONS_MAX; at++) {
		if (mounted[at].label[0])
			continue;
		if (nvs_mount(&mounted[at].store, entry.offset, entry.size) != STORE_OK)
			return NULL;
		memcpy(mounted[at].label, entry.label, sizeof mounted[at].label);
		return &mounted[at].store;
	}
	return NULL;
}

static nvs *take(const char *partition)
{
	nvs *store;

	pthread_mutex_lock(&lock);
	store = mount(partition);
	if (!store)
		pthread_mutex_unlock(&lock);
	return store;
}

static int give(int result)
{
	pthread_mutex_unlock(&lock);
	return result;
}

int store_get(const char *partition, const char *name_space, const char *key, store_type *type, void *value,
              size_t *size)
{
	nvs *store = take(partition);

	return store ? give(nvs_get(store, name_space, key, type, value, size)) : STORE_IO;
}

int store_set(const char *partition, const char *name_space, const char *key, store_type type, const void *value,
              size_t size)
{
	nvs *store = take(partition);

	return store ? give(nvs_set(store, name_space, key, type, value, size)) : STORE_IO;
}

int store_erase(const char *partition, const char *name_space, const char *key)
{
	nvs *store = take(partition);

	return store ? give(nvs_erase(store, name_space, key)) : STORE_IO;
}

int store_iterate(const char *partition, const char *name_space, bool (*visit)(void *context, const store_entry *entry),
                  void *context)
{
	nvs *store = take(partition);

	return store ? give(nvs_iterate(store, name_space, visit, context)) : STORE_IO;
}

int store_get_statistics(const char *partition, store_statistics *statistics)
{
	nvs *store = take(partition);

	if (!store)
		return STORE_IO;
	nvs_get_statistics(store, statistics);
	return give(STORE_OK);
}

void store_unmount(const char *partition)
{
	pthread_mutex_lock(&lock);
	for (int at = 0; at < PARTITIONS_MAX; at++)
		if (strcmp(mounted[at].label, partition) == 0)
			mounted[at].label[0] = 0;
	pthread_mutex_unlock(&lock);
}

void store_close(const char *partition)
{
	pthread_mutex_lock(&lock);
	snprintf(closed, sizeof closed, "%s", partition);
	store_unmount(partition);
	pthread_mutex_unlock(&lock);
}

void store_reopen(void)
{
	pthread_mutex_lock(&lock);
	closed[0] = 0;
	pthread_mutex_unlock(&lock);
}

int store_erase_all(const char *partition)
{
	partition_entry entry;

	if (!find(partition, &entry))
		return STORE_IO;
	pthread_mutex_lock(&lock);
	if (strcmp(partition, closed) == 0)
		return give(STORE_IO);
	store_unmount(partition);
	nvs_erase_all(entry.offset, entry.size);
	return give(STORE_OK);
}

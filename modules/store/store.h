/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that outlive a reset: by partition, namespace and key, as the IDF's NVS keeps them. On the chip these
 * functions call it; the twin (posix/) reads and writes the same format in its flash image. A value is either the old
 * or the new one, wherever the power is cut; setting what is already there writes nothing.
 *
 * Partitions are named by their label ("nvs", "mfg_nvs") and mounted at their first use. Every function may be called
 * by any task; each returns 0 or more when it did what it says, else a negative store_error.
 */
#ifndef XS_AT_STORE_H
#define XS_AT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Longest name of a namespace and of a key, in bytes; shortest: 1. Of a partition: 1 to 16. */
#define STORE_NAME_MAX 15
#define STORE_LABEL_MAX 16

/** The partitions of what the user has stored, and of manufacturing data. */
#define STORE_USER "nvs"
#define STORE_MANUFACTURING "mfg_nvs"

/** Bytes of the longest string with its terminating zero. A blob may have 4000 bytes for each page but one. */
#define STORE_STRING_MAX 4000

/** Types with their codes in NVS: the low half of a number's code is its size in bytes. */
typedef enum {
	STORE_U8 = 0x01,
	STORE_I8 = 0x11,
	STORE_U16 = 0x02,
	STORE_I16 = 0x12,
	STORE_U32 = 0x04,
	STORE_I32 = 0x14,
	STORE_U64 = 0x08,
	STORE_I64 = 0x18,
	STORE_STRING = 0x21,
	STORE_BLOB = 0x42,
	STORE_ANY = 0xff, /* when asking: whatever is stored */
} store_type;

typedef enum {
	STORE_OK = 0,
	STORE_NOT_FOUND = -1, /* no such namespace or key */
	STORE_FULL = -2,      /* no room; nothing has changed */
	STORE_BAD_NAME = -3,  /* a namespace or key of no or of more than 15 bytes */
	STORE_TOO_LONG = -4,  /* the value is longer than can be stored, or than the caller's room */
	STORE_TYPE = -5,      /* stored with another type, or the value does not suit its type */
	STORE_IO = -6,        /* no such partition, one that holds no NVS of this version, or the flash failed */
} store_error;

typedef struct {
	char name_space[STORE_NAME_MAX + 1];
	char key[STORE_NAME_MAX + 1];
	store_type type;
	size_t size; /* bytes; of a string with its zero */
} store_entry;

/** In entries of 32 bytes, as nvs_get_stats() counts them. */
typedef struct {
	size_t used;
	size_t free;      /* with the page that NVS keeps for itself */
	size_t available; /* for values, with their overhead of one entry for strings and two for blobs */
	size_t total;
	size_t namespaces;
} store_statistics;

/**
 * Reads a value. Numbers are in the byte order of the machine.
 *
 * @param type in: the type wanted or STORE_ANY, else STORE_TYPE is the answer; out: the type stored
 * @param value NULL to learn type and size only
 * @param size in: room in bytes; out: the size of the value, also with STORE_TOO_LONG. A string's counts its zero
 * @return STORE_OK, STORE_NOT_FOUND, STORE_TOO_LONG, STORE_TYPE, STORE_BAD_NAME, STORE_IO
 */
int store_get(const char *partition, const char *name_space, const char *key, store_type *type, void *value,
              size_t *size);

/**
 * Stores a value and replaces the one of that key, of whatever type. There must be room for both at a time.
 *
 * @param type not STORE_ANY
 * @param size 1, 2, 4 or 8 as the type has it; of a string with the zero at its end, the only one in it, at most
 *   STORE_STRING_MAX; of a blob from 0
 * @return STORE_OK, STORE_FULL, STORE_TOO_LONG, STORE_TYPE, STORE_BAD_NAME, STORE_IO
 */
int store_set(const char *partition, const char *name_space, const char *key, store_type type, const void *value,
              size_t size);

/**
 * Erases one value, or with a key of NULL all of a namespace: one by one, a cut may leave some of them.
 *
 * @return STORE_OK, STORE_NOT_FOUND (nothing to erase), STORE_BAD_NAME, STORE_IO
 */
int store_erase(const char *partition, const char *name_space, const char *key);

/**
 * Erases the partition, also one that cannot be mounted; a cut may leave some values, each as it was. Takes some 30 ms
 * for each 4 KB on the chip.
 *
 * @return STORE_OK, STORE_IO
 */
int store_erase_all(const char *partition);

/**
 * Erases all of STORE_USER: the old values are there or none, wherever the power is cut, after store_resume_reset().
 * In a partition without room for one more value a cut may leave some values.
 *
 * @return STORE_OK, STORE_IO
 */
int store_reset(void);

/** Ends a store_reset() that a power cut has interrupted. Before anything is read. */
void store_resume_reset(void);

/**
 * Calls visit for each value of a namespace, or of all with a namespace of NULL, until it returns false. It may read
 * the store but not change it. The order is none that can be relied on.
 *
 * @return how many were visited, STORE_BAD_NAME, STORE_IO
 */
int store_iterate(const char *partition, const char *name_space, bool (*visit)(void *context, const store_entry *entry),
                  void *context);

/** @return STORE_OK, STORE_IO */
int store_get_statistics(const char *partition, store_statistics *statistics);

/** Forgets what is known of a partition: for who has written to its flash by another way. It is mounted anew when used.
 */
void store_unmount(const char *partition);

/**
 * Until store_reopen() nobody may use a partition: every function answers STORE_IO. For who writes its flash by another
 * way while others are not to see it, and repair it, half written. One partition at a time. XS task.
 */
void store_close(const char *partition);
void store_reopen(void);

/* --- for the two implementations --- */

static inline bool store_name_valid(const char *name)
{
	return name && *name && strlen(name) <= STORE_NAME_MAX;
}

static inline bool store_type_is_number(store_type type)
{
	return type == STORE_U8 || type == STORE_I8 || type == STORE_U16 || type == STORE_I16 || type == STORE_U32 ||
	       type == STORE_I32 || type == STORE_U64 || type == STORE_I64;
}

/** Whether a value suits its type: STORE_OK, STORE_TYPE or STORE_TOO_LONG. */
static inline int store_value_check(store_type type, const void *value, size_t size)
{
	if (!value && size)
		return STORE_TYPE;
	if (store_type_is_number(type))
		return size == ((size_t)type & 0x0f) ? STORE_OK : STORE_TYPE;
	if (type == STORE_STRING) {
		if (size > STORE_STRING_MAX)
			return STORE_TOO_LONG;
		return size && memchr(value, 0, size) == (const char *)value + size - 1 ? STORE_OK : STORE_TYPE;
	}
	return type == STORE_BLOB ? STORE_OK : STORE_TYPE;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the user has stored is erased, or nothing (AT+RESTORE). Erasing the partition takes a while, and page
 * by page: a cut would leave any mixture. So a mark is stored first, then the values are erased one by one, and the
 * partition last, when there is nothing in it any more. Who finds the mark at a start goes on.
 */
#include "store.h"

static const char mark_space[] = "at", mark_key[] = "reset";

static bool is_mark(const store_entry *entry)
{
	return !strcmp(entry->name_space, mark_space) && !strcmp(entry->key, mark_key);
}

static bool take_first(void *context, const store_entry *entry)
{
	if (is_mark(entry))
		return true;
	*(store_entry *)context = *entry;
	return false;
}

static int finish(void)
{
	for (;;) {
		store_entry first = { 0 };
		int visited = store_iterate(STORE_USER, NULL, take_first, &first);

		/* one that cannot be erased goes with the partition */
		if (visited < 0 || !*first.key || store_erase(STORE_USER, first.name_space, first.key) != STORE_OK)
			break;
	}
	return store_erase_all(STORE_USER);
}

int store_reset(void)
{
	uint8_t on = 1;

	/* Without room for the mark, or in a partition that is none, it goes without. */
	store_set(STORE_USER, mark_space, mark_key, STORE_U8, &on, sizeof on);
	return finish();
}

void store_resume_reset(void)
{
	store_type type = STORE_ANY;
	size_t size = 0;

	if (store_get(STORE_USER, mark_space, mark_key, &type, NULL, &size) == STORE_OK)
		finish();
}

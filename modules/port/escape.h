/* SPDX-License-Identifier: Apache-2.0 */
/* Detection of the +++ that leaves a data mode (wire-format.md, rule 7). Pure: time comes in as a parameter. */
#ifndef XS_AT_ESCAPE_H
#define XS_AT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
	ESCAPE_DATA, /* everything seen so far is data */
	ESCAPE_HELD, /* the last `held` bytes are withheld, everything before them is data */
	ESCAPE_DONE, /* three plus signs with their guard times: the data mode is left */
	ESCAPE_NONE, /* nothing to do */
} escape_verdict;

typedef struct {
	uint16_t guard;       /* ms of quiet before and after, and the most between two signs */
	uint8_t held;         /* plus signs at the end of the data that are not judged yet: 0..3 */
	uint32_t quiet_since; /* the last byte, or the last time when the port could not read */
	uint32_t last_plus;
} escape_detector;

/** Starts anew: quiet is counted from now. */
void escape_init(escape_detector *e, uint16_t guard, uint32_t now);

/** The port could not read: whatever was quiet until now does not count, neither before three signs nor after. */
void escape_disturbed(escape_detector *e, uint32_t now);

/** Judges a chunk as it was read: ESCAPE_DATA or ESCAPE_HELD. */
escape_verdict escape_feed(escape_detector *e, uint32_t now, const uint8_t *data, size_t size);

/** Judges by time alone: ESCAPE_DONE, ESCAPE_DATA (what was held is data now) or ESCAPE_NONE. */
escape_verdict escape_poll(escape_detector *e, uint32_t now);

/** Milliseconds until escape_poll has something to judge, UINT32_MAX for never. */
uint32_t escape_due(const escape_detector *e, uint32_t now);

#endif

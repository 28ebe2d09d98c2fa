/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of system messages (AT+SYSMSGFILTER, guide 3.1.16 and 3.1.17). A message is what the port puts into its
 * transmit ring in one piece: a line of an answer, a result, an echo, a prompt, an event, a frame of received data with
 * its header, or in passthrough what one read from the network gave. Of a message that matches the head and the tail of
 * a filter, what they matched is taken out and the rest is sent; then no other filter is asked.
 *
 * The XS task changes the table, under the port's lock, under which both tasks judge messages.
 */
#ifndef XS_AT_FILTER_H
#define XS_AT_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bre.h"

#define FILTERS_MAX 16

/*
 * Steps (bre.h) that one message may cost, since it is judged under the port's lock: eight for each byte of a full
 * ring, 1.8 million instructions of the chip's core at the most, about 8 ms. A message that would cost more is sent as
 * it is.
 * `^+IPD,[0-9]*:` costs 10 steps, `\r\n$` none but a search for CR, `^#.*$` 7,200 on a segment of 1,440 bytes.
 */
#define FILTER_STEPS 32768

typedef struct filter filter;

typedef struct {
	bool enabled;
	unsigned count;
	filter *list;
	bre_scratch *scratch; /* large enough for every expression of the list */
	uint32_t given_up;    /* messages that would have cost too many steps */
} filter_table;

/* The numbers are those of port.ts. */
typedef enum {
	FILTER_OK,
	FILTER_MALFORMED,
	FILTER_BACK_REFERENCE,
	FILTER_TOO_LARGE,
	FILTER_NO_ROOM, /* FILTERS_MAX, or the memory is exhausted */
} filter_error;

/** Adds a filter; a size of 0 leaves that side out. One that is there already stays as it is. XS task. */
filter_error filter_add(const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size);

/** @return false when there is no such filter. XS task */
bool filter_remove(const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size);

void filter_clear(void);
void filter_enable(bool on);

/** The text of one side of the index-th filter, NULL when there are fewer. XS task. */
const uint8_t *filter_text(unsigned index, bool tail, size_t *size);

/** Takes out of a message what is filtered. @return the bytes that are left, in their order. Lock held */
size_t filter_message(bre_text *message);

#endif

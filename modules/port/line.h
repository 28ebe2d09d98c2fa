/* SPDX-License-Identifier: Apache-2.0 */
/* The line assembler: bytes in, command lines out (wire-format.md, rules 1 and 3). */
#ifndef XS_AT_LINE_H
#define XS_AT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest line of any dialect; the limit in force is a setting of the port. */
#define LINE_CAPACITY 256

typedef enum {
	LINE_OPEN,     /* everything was consumed, the line goes on */
	LINE_COMPLETE, /* text and length hold a line without its CR LF */
	LINE_TOO_LONG, /* its end was found, but only the first limit bytes were kept */
} line_status;

typedef struct {
	uint16_t limit;  /* bytes without CR LF */
	uint16_t length; /* bytes kept */
	bool carriage;   /* the last byte was CR */
	bool overflow;
	uint8_t text[LINE_CAPACITY + 2];
} line_buffer;

void line_init(line_buffer *line, uint16_t limit);

/** Forgets the line, for the next one. */
void line_reset(line_buffer *line);

/**
 * Takes bytes up to the end of one line. Between lines CR, LF, blanks and tabs are dropped.
 * @return bytes consumed; status tells whether a line ended with the last of them
 */
size_t line_feed(line_buffer *line, const uint8_t *data, size_t size, line_status *status);

#endif

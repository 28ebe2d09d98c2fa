/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

void line_init(line_buffer *line, uint16_t limit)
{
	line->limit = limit;
	line_reset(line);
}

void line_reset(line_buffer *line)
{
	line->length = 0;
	line->carriage = false;
	line->overflow = false;
}

static bool is_blank(uint8_t byte)
{
	return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t';
}

size_t line_feed(line_buffer *line, const uint8_t *data, size_t size, line_status *status)
{
	const uint8_t *p = data;
	const uint8_t *end = data + size;

	*status = LINE_OPEN;
	if (line->length == 0 && !line->overflow)
		while (p < end && is_blank(*p))
			p++;
	while (p < end) {
		uint8_t byte = *p++;

		if (byte == '\n' && line->carriage) {
			/* The CR was kept as text, for it might have been a bare one. */
			if (!line->overflow)
				line->length--;
			*status = line->overflow || line->length > line->limit ? LINE_TOO_LONG : LINE_COMPLETE;
			if (line->length > line->limit)
				line->length = line->limit;
			return (size_t)(p - data);
		}
		line->carriage = byte == '\r';
		if (line->length <= line->limit)
			line->text[line->length++] = byte;
		else
			line->overflow = true;
	}
	return (size_t)(p - data);
}

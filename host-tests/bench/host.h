/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the host know of each other. */
#ifndef XS_AT_BENCH_HOST_H
#define XS_AT_BENCH_HOST_H

#include <stdbool.h>
#include <stddef.h>

#define PATTERN 65521 /* prime, so that no block size divides it */
#define SLICE 65536

extern int terminal, peer;
extern char pattern[PATTERN + SLICE];

_Noreturn void fail(const char *what);
double now_ms(void);
void write_all(int fd, const char *bytes, size_t size);
size_t read_some(int fd, char *bytes, size_t size);
void expect(const char *answer, size_t size);

/** Reads from a descriptor and compares with the pattern; when all but the last tail bytes were there. */
double read_pattern(int fd, size_t from, size_t size, size_t tail);

/** A thread that writes the pattern, or bytes. */
typedef struct {
	int fd;
	const char *bytes;
	size_t size, block;
	bool patterned;
} stream;

void *write_stream(void *data);

/* host-links.c; orders as in host.c */
bool obey_links(char **fields, int count);

#endif

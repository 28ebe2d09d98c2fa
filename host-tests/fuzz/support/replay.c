/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target without libFuzzer, for npm test and for looking at a finding with gcc and gdb:
 *
 * 	fuzz-NAME [--rounds N] [--seed N] [--keep FILE] PATH...
 *
 * Runs the inputs in the files and folders, then N inputs (the target's own number by default) that it makes of them,
 * the same ones each time. With --keep the input that failed is left in FILE.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <fcntl.h>

#include "fuzz.h"
#include "check.h"

#define INPUT_MAX 4096u

void __sanitizer_set_death_callback(void (*callback)(void));

typedef struct {
	uint8_t *bytes;
	size_t size;
} input;

static input *inputs;
static unsigned input_count;

static struct {
	const char *name;
	const uint8_t *bytes;
	size_t size;
	const char *keep;
} running;

/* Also after a signal: nothing but what may be called there. */
static void tell(void)
{
	static const char prefix[] = "the input that failed: ";
	int file;

	if (!running.name)
		return;
	if (write(STDOUT_FILENO, prefix, sizeof prefix - 1) < 0 ||
	    write(STDOUT_FILENO, running.name, strlen(running.name)) < 0 || write(STDOUT_FILENO, "\n", 1) < 0)
		return;
	running.name = NULL;
	if (!running.keep || (file = open(running.keep, O_WRONLY | O_CREAT | O_TRUNC, 0666)) < 0)
		return;
	if (write(file, running.bytes, running.size) == (ssize_t)running.size)
		close(file);
}

static void on_abort(int signal)
{
	(void)signal;
	tell();
}

static void run(const char *name, const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1); /* of its very size, for ASan */

	memcpy(exact, bytes, size);
	running.name = name;
	running.bytes = exact;
	running.size = size;
	LLVMFuzzerTestOneInput(exact, size);
	running.name = NULL;
	free(exact);
	passed++;
}

static bool load_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	input it = { .bytes = malloc(INPUT_MAX) };

	if (!file) {
		free(it.bytes);
		return false;
	}
	it.size = fread(it.bytes, 1, INPUT_MAX, file);
	if (fgetc(file) != EOF) {
		printf("%s: longer than %u bytes\n", path, INPUT_MAX);
		failed++;
	}
	fclose(file);
	inputs = realloc(inputs, (input_count + 1) * sizeof *inputs);
	inputs[input_count++] = it;
	run(path, it.bytes, it.size);
	return true;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void load(const char *path)
{
	struct dirent **names;
	int count = scandir(path, &names, visible, alphasort);

	if (count < 0) {
		if (errno == ENOENT || (errno == ENOTDIR && load_file(path)))
			return;
		printf("%s: %s\n", path, strerror(errno));
		failed++;
		return;
	}
	for (int i = 0; i < count; i++) {
		char name[512];

		snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
		if (!load_file(name)) {
			printf("%s: cannot be read\n", name);
			failed++;
		}
		free(names[i]);
	}
	free(names);
}

static size_t change(uint8_t *bytes, size_t size, uint32_t *random)
{
	size_t at = size ? test_random(random) % size : 0, n = 1 + test_random(random) % 8;

	switch (test_random(random) % 6) {
	case 0:
		if (size)
			bytes[at] = (uint8_t)test_random(random);
		return size;
	case 1:
		if (size)
			bytes[at] ^= (uint8_t)(1 << test_random(random) % 8);
		return size;
	case 2: /* away with some */
		if (n > size - at)
			n = size - at;
		memmove(bytes + at, bytes + at + n, size - at - n);
		return size - n;
	case 3: /* some more */
		if (size + n > INPUT_MAX)
			return size;
		memmove(bytes + at + n, bytes + at, size - at);
		for (size_t i = 0; i < n; i++)
			bytes[at + i] = (uint8_t)test_random(random);
		return size + n;
	case 4: { /* the end of another */
		const input *other = &inputs[test_random(random) % input_count];
		size_t from = other->size ? test_random(random) % other->size : 0;

		n = other->size - from;
		if (n > INPUT_MAX - at)
			n = INPUT_MAX - at;
		memcpy(bytes + at, other->bytes + from, n);
		return at + n;
	}
	default: /* some again */
		n = size - at < 64 ? size - at : 64;
		if (size + n > INPUT_MAX)
			return size;
		memmove(bytes + at + n, bytes + at, size - at);
		return size + n;
	}
}

static void make(uint32_t *random)
{
	static uint8_t bytes[INPUT_MAX];
	size_t size = 0;

	if (test_random(random) % 4) {
		const input *from = &inputs[test_random(random) % input_count];

		memcpy(bytes, from->bytes, size = from->size);
	} else
		for (size = test_random(random) % 400; size < 400 && test_random(random) % 300; size++)
			bytes[size] = (uint8_t)test_random(random);
	for (unsigned n = test_random(random) % 8; n; n--)
		size = change(bytes, size, random);
	run("made by replay.c", bytes, size);
}

int main(int count, char **arguments)
{
	uint32_t random = 88172645;
	unsigned rounds = fuzz_rounds;

	signal(SIGABRT, on_abort);
	__sanitizer_set_death_callback(tell);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < count; i++) {
		bool more = i + 1 < count;

		if (more && !strcmp(arguments[i], "--rounds"))
			rounds = (unsigned)atoi(arguments[++i]);
		else if (more && !strcmp(arguments[i], "--seed"))
			random = (uint32_t)atoi(arguments[++i]) | 1;
		else if (more && !strcmp(arguments[i], "--keep"))
			running.keep = arguments[++i];
		else
			load(arguments[i]);
	}
	if (!input_count) {
		printf("no inputs\n");
		failed++;
		rounds = 0;
	}
	for (; rounds; rounds--)
		make(&random);
	for (unsigned i = 0; i < input_count; i++)
		free(inputs[i].bytes);
	free(inputs);
	return check_report();
}

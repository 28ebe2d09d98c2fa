/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "flash-image.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "partitions.h"

static struct {
	uint8_t *image;
	int descriptor;
	bool is_new;
	uint32_t operations;
	uint32_t until_cut; /* operations, 0: no cut */
	flash_tear tear;
	void (*power_cut)(void);
	char error[512];
} flash = { .descriptor = -1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- the file --- */

static bool failed(const char *path, const char *what)
{
	snprintf(flash.error, sizeof flash.error, "flash image %s: %s", path, what);
	if (flash.descriptor >= 0)
		close(flash.descriptor);
	flash.descriptor = -1;
	return false;
}

/*
 * flock() is what keeps a second twin out: it belongs to the open file, so it lasts through execv(). It does not tell
 * who has it; a record lock does, which is taken for that alone.
 */
static bool lock_image(const char *path)
{
	struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (flock(flash.descriptor, LOCK_EX | LOCK_NB) == 0) {
		fcntl(flash.descriptor, F_SETLK, &record);
		return true;
	}
	if (errno != EWOULDBLOCK)
		return failed(path, strerror(errno));
	if (fcntl(flash.descriptor, F_GETLK, &record) == 0 && record.l_type != F_UNLCK && record.l_pid > 0) {
		char what[64];

		snprintf(what, sizeof what, "in use by another twin, process %ld", (long)record.l_pid);
		return failed(path, what);
	}
	return failed(path, "in use by another process");
}

static bool map_image(const char *path)
{
	void *image = mmap(NULL, FLASH_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, flash.descriptor, 0);

	if (image == MAP_FAILED)
		return failed(path, strerror(errno));
	flash.image = image;
	return true;
}

/* The file grows to its full size as it is written, so one that a crash left unfinished is known by its size. */
static bool make_image(const char *path)
{
	uint8_t *image = malloc(FLASH_SIZE);
	size_t done = 0;

	if (!image)
		return failed(path, strerror(ENOMEM));
	memset(image, 0xff, FLASH_SIZE);
	memcpy(image + PARTITION_TABLE_OFFSET, partition_table, partition_table_size);
	for (size_t at = 0; at < partition_table_size; at += PARTITION_ENTRY_SIZE) {
		partition_entry entry;

		if (partition_entry_parse(partition_table + at, &entry) && entry.type == PARTITION_TYPE_CUSTOM &&
		    entry.subtype == PARTITION_SUBTYPE_CUSTOMIZE)
			memcpy(image + entry.offset, customize_table, customize_table_size);
	}
	while (done < FLASH_SIZE) {
		ssize_t written = pwrite(flash.descriptor, image + done, FLASH_SIZE - done, (off_t)done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			break;
		done += (size_t)written;
	}
	free(image);
	if (done < FLASH_SIZE)
		return failed(path, strerror(errno));
	flash.is_new = true;
	return true;
}

bool flash_open(const char *path, bool factory)
{
	struct stat status;

	flash_close();
	flash.descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (flash.descriptor < 0)
		return failed(path, strerror(errno));
	if (!lock_image(path))
		return false;
	if (fstat(flash.descriptor, &status) < 0)
		return failed(path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return failed(path, "not a file");
	if (factory && status.st_size && ftruncate(flash.descriptor, 0) < 0)
		return failed(path, strerror(errno));
	if (factory || status.st_size == 0) {
		if (!make_image(path))
			return false;
	} else if (status.st_size != FLASH_SIZE) {
		return failed(path, "not 4 MB long; --factory makes a new one");
	}
	return map_image(path);
}

bool flash_adopt(int descriptor)
{
	struct stat status;

	flash_close();
	flash.descriptor = descriptor;
	if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0 || fstat(descriptor, &status) < 0)
		return failed("handed over", strerror(errno));
	if (status.st_size != FLASH_SIZE)
		return failed("handed over", "not 4 MB long");
	return map_image("handed over");
}

int flash_hand_over(void)
{
	fcntl(flash.descriptor, F_SETFD, 0);
	return flash.descriptor;
}

void flash_close(void)
{
	if (flash.image)
		munmap(flash.image, FLASH_SIZE);
	if (flash.descriptor >= 0)
		close(flash.descriptor);
	flash.image = NULL;
	flash.descriptor = -1;
	flash.is_new = false;
	flash.until_cut = 0;
}

const char *flash_error(void)
{
	return flash.error;
}

bool flash_is_new(void)
{
	return flash.is_new;
}

/* --- the power cut --- */

static uint32_t scramble(uint32_t value)
{
	value = (value ^ value >> 16) * 0x7feb352du;
	value = (value ^ value >> 15) * 0x846ca68bu;
	return value ^ value >> 16;
}

/* Which bits of a byte the torn operation still reached; depends on nothing but place and count. */
static uint8_t reached(uint32_t address, size_t at, size_t size)
{
	switch (flash.tear) {
	case FLASH_TEAR_ANY:
		if (size == FLASH_SECTOR)
			return scramble(address + (uint32_t)(at / FLASH_PAGE) + scramble(flash.operations)) & 1 ? 0xff : 0x00;
		return (uint8_t)scramble(address + (uint32_t)at + scramble(flash.operations));
	case FLASH_TEAR_BITS:
		if (at == size / 2)
			return flash.operations & 1 ? 0x55 : 0xaa;
		/* fall through */
	default:
		return at < size / 2 ? 0xff : 0x00;
	}
}

/* One operation, data NULL to erase. False when the power went in it. */
static bool operate(uint32_t address, const uint8_t *data, size_t size)
{
	bool cut = flash.until_cut && --flash.until_cut == 0;
	uint8_t *cell = flash.image + address;

	flash.operations++;
	if (!cut && !data) {
		memset(cell, 0xff, size);
		return true;
	}
	for (size_t at = 0; at < size; at++) {
		uint8_t done = data ? cell[at] & data[at] : 0xff;
		uint8_t mask = cut ? reached(address, at, size) : 0xff;

		cell[at] = (uint8_t)((cell[at] & ~mask) | (done & mask));
	}
	return !cut;
}

static bool inside(uint32_t address, size_t size)
{
	return flash.image && address <= FLASH_SIZE && size <= FLASH_SIZE - address;
}

static void powered(bool still)
{
	pthread_mutex_unlock(&lock);
	if (still)
		return;
	if (flash.power_cut)
		flash.power_cut();
	abort(); /* there is no life after a power cut */
}

void flash_cut_at(uint32_t n, flash_tear tear)
{
	pthread_mutex_lock(&lock);
	flash.until_cut = n;
	flash.tear = tear;
	pthread_mutex_unlock(&lock);
}

void flash_on_power_cut(void (*power_cut)(void))
{
	flash.power_cut = power_cut;
}

/* --- operations --- */

bool flash_read(uint32_t address, void *buffer, size_t size)
{
	if (!inside(address, size))
		return false;
	pthread_mutex_lock(&lock);
	memcpy(buffer, flash.image + address, size);
	pthread_mutex_unlock(&lock);
	return true;
}

bool flash_program(uint32_t address, const void *data, size_t size)
{
	const uint8_t *from = data;
	bool still = true;

	if (!inside(address, size))
		return false;
	pthread_mutex_lock(&lock);
	while (still && size) {
		size_t chunk = FLASH_PAGE - address % FLASH_PAGE;

		if (chunk > size)
			chunk = size;
		still = operate(address, from, chunk);
		address += (uint32_t)chunk;
		from += chunk;
		size -= chunk;
	}
	powered(still);
	return true;
}

bool flash_erase(uint32_t address, size_t size)
{
	bool still = true;

	if (!inside(address, size) || address % FLASH_SECTOR || size % FLASH_SECTOR)
		return false;
	pthread_mutex_lock(&lock);
	for (; still && size; address += FLASH_SECTOR, size -= FLASH_SECTOR)
		still = operate(address, NULL, FLASH_SECTOR);
	powered(still);
	return true;
}

uint32_t flash_operations(void)
{
	return flash.operations;
}

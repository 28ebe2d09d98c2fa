/* SPDX-License-Identifier: Apache-2.0 */
/* The twin's flash and store. It re-executes itself to show that image and lock go along. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "factory.h"
#include "flash-image.h"
#include "partitions.h"
#include "store-test.h"

unsigned passed, failed;

static void test_nor_rules(void)
{
	static uint8_t sector[FLASH_SECTOR];
	uint32_t at = 0x3d000, before;
	uint8_t byte = 0xf0;

	CHECK(flash_erase(at, FLASH_SECTOR), "erase");
	before = flash_operations();
	CHECK(flash_program(at + 1, &byte, 1), "program");
	byte = 0x3c;
	CHECK(flash_program(at + 1, &byte, 1), "program again");
	CHECK(flash_read(at + 1, &byte, 1) && byte == 0x30, "programming only clears bits: %02x", byte);
	CHECK(flash_operations() - before == 2, "two operations");
	before = flash_operations();
	CHECK(flash_program(at + 0xf0, sector, 0x210), "program over pages");
	CHECK(flash_operations() - before == 3, "one operation for each flash page");
	CHECK(flash_erase(at, FLASH_SECTOR) && flash_read(at, sector, sizeof sector), "erase");
	for (size_t i = 0; i < sizeof sector; i++)
		CHECK(sector[i] == 0xff, "erased at %zu", i);
	CHECK(!flash_erase(at + 1, FLASH_SECTOR) && !flash_erase(at, 100), "only whole sectors");
	CHECK(!flash_read(FLASH_SIZE, &byte, 1) && !flash_program(FLASH_SIZE - 1, sector, 2), "outside");
	CHECK(!flash_read(1, sector, SIZE_MAX), "far outside");
}

static void test_partitions(void)
{
	partition_entry entry;
	unsigned count = 0;

	CHECK(partition_find(PARTITION_TYPE_DATA, PARTITION_SUBTYPE_NVS, "nvs", &entry) && entry.offset == 0x12000 &&
	          entry.size == 0xe000,
	      "nvs");
	CHECK(partition_find(PARTITION_ANY, PARTITION_ANY, "mfg_nvs", &entry) && entry.offset == 0x21000 &&
	          entry.size == 0x1c000,
	      "mfg_nvs, of the secondary table");
	CHECK(partition_find(0x40, 1, NULL, &entry) && !strcmp(entry.label, "xs") && entry.offset == 0x3d000, "xs");
	CHECK(partition_find(PARTITION_TYPE_DATA, 0xff, "fs_storage", &entry) && entry.size == 0x90000, "fs_storage");
	CHECK(!partition_find(PARTITION_TYPE_DATA, PARTITION_ANY, "none", &entry), "none");
	while (partition_find_user(count, NULL, &entry))
		count++;
	CHECK(count == 2, "%u user partitions", count);
}

static int run(pid_t child)
{
	int status = -1;

	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In a child: the image must be refused with the owner's process number. */
static int refused(const char *path, pid_t owner)
{
	char wanted[40];

	snprintf(wanted, sizeof wanted, "process %ld", (long)owner);
	if (flash_open(path, true) || !strstr(flash_error(), wanted)) {
		printf("not refused as it should be: %s\n", flash_error());
		return 1;
	}
	return 0;
}

static int after_exec(const char *path, int descriptor)
{
	uint8_t byte;
	pid_t child;

	if (!flash_adopt(descriptor) || flash_is_new() || !flash_read(0x3d000, &byte, 1) || byte != 0xa5)
		return 1;
	child = fork();
	if (child == 0) {
		close(descriptor);
		_exit(refused(path, getppid()));
	}
	return run(child);
}

static void test_image_file(const char *path)
{
	char other[300];
	FILE *file;
	pid_t child = fork();

	if (child == 0)
		_exit(refused(path, getppid()));
	CHECK(run(child) == 0, "a second twin is refused with the first one's pid");

	snprintf(other, sizeof other, "%s.other", path);
	child = fork();
	if (child == 0) {
		uint8_t byte = 0xa5;
		char number[12];

		if (!flash_open(other, false) || !flash_is_new() || !flash_program(0x3d000, &byte, 1))
			_exit(2);
		snprintf(number, sizeof number, "%d", flash_hand_over());
		execl("/proc/self/exe", "store-test", "--adopt", other, number, (char *)NULL);
		_exit(3);
	}
	CHECK(run(child) == 0, "image and lock go through execv()");

	child = fork();
	if (child == 0) {
		uint8_t byte = 0;

		if (!flash_open(other, false) || flash_is_new() || !flash_read(0x3d000, &byte, 1) || byte != 0xa5)
			_exit(1);
		if (!flash_open(other, true) || !flash_is_new() || !flash_read(0x3d000, &byte, 1) || byte != 0xff)
			_exit(2);
		_exit(0);
	}
	CHECK(run(child) == 0, "the image lasts, and factory makes it anew");

	file = fopen(other, "w");
	CHECK(file && fputs("short", file) >= 0 && fclose(file) == 0, "short file");
	child = fork();
	if (child == 0)
		_exit(flash_open(other, false) || !strstr(flash_error(), "4 MB"));
	CHECK(run(child) == 0, "a file of another size is refused");
	unlink(other);
}

int main(int count, char **arguments)
{
	char directory[] = "/tmp/xs-at-store-XXXXXX", path[64];

	if (count == 4 && strcmp(arguments[1], "--adopt") == 0)
		return after_exec(arguments[2], atoi(arguments[3]));
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof path, "%s/flash.bin", directory);
	if (!flash_open(path, false)) {
		printf("%s\n", flash_error());
		return 1;
	}
	CHECK(flash_is_new(), "made when missing");
	CHECK(factory_write() == STORE_OK, "manufacturing data");
	test_image_file(path);
	test_nor_rules();
	test_partitions();
	test_format();
	test_store();
	test_power_cut();
	test_reset();
	flash_close();
	unlink(path);
	rmdir(directory);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}

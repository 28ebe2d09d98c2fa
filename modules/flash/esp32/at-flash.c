/* SPDX-License-Identifier: Apache-2.0 */
/* flash.h on the chip: the IDF's driver, as one partition that is the whole flash. */
#include "flash.h"

#include "esp_partition.h"

/* No chip is the one that the app was started from. */
static const esp_partition_t whole = { .size = FLASH_SIZE, .erase_size = FLASH_SECTOR };

bool flash_read(uint32_t address, void *buffer, size_t size)
{
	return esp_partition_read(&whole, address, buffer, size) == ESP_OK;
}

/* The driver ends the app that writes where boot loader, table or app are; partitions.h lets nobody come there. */
bool flash_program(uint32_t address, const void *data, size_t size)
{
	return esp_partition_write(&whole, address, data, size) == ESP_OK;
}

bool flash_erase(uint32_t address, size_t size)
{
	return esp_partition_erase_range(&whole, address, size) == ESP_OK;
}

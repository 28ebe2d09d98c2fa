/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SDK's app_main() aborts when the partition nvs cannot be mounted, which a module taken over from other firmware
 * can meet: it would restart for ever. This runs before, from modPrelaunch(): the manifest defines startup.delayms, an
 * expression that the SDK evaluates there, as a call of it (no linker option gets from a manifest into the IDF's
 * build).
 */
#include "chip.h"
#include "nvs_flash/include/nvs_flash.h"

static esp_err_t repaired;

/** @return the milliseconds to delay the start: none */
int chip_before_start(void);

int chip_before_start(void)
{
	esp_err_t error = nvs_flash_init();

	/* The two errors that the IDF wants answered with an erasure. Any other is app_main()'s to judge. */
	if (error == ESP_ERR_NVS_NO_FREE_PAGES || error == ESP_ERR_NVS_NEW_VERSION_FOUND) {
		repaired = error;
		error = nvs_flash_erase();
		if (error == ESP_OK)
			nvs_flash_init();
	}
	return 0;
}

esp_err_t chip_nvs_error(void)
{
	return repaired;
}

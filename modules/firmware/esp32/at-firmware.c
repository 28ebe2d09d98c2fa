/* SPDX-License-Identifier: Apache-2.0 */
/* firmware.h on the IDF, whose boot loader has roll-back on: it starts a new choice once, on trial until `ready`. */
#include "firmware.h"

#include "app_update/include/esp_ota_ops.h"
#include "chip.h"

/*
 * Not esp_ota_mark_app_invalid_rollback(): that would strike out the firmware that runs, so that there would be no way
 * back, and it knows the other one only if it was put there by OTA.
 */
bool firmware_select_other(void)
{
	const esp_partition_t *other = esp_ota_get_next_update_partition(NULL);

	return other && chip_ok("esp_ota_set_boot_partition", esp_ota_set_boot_partition(other));
}

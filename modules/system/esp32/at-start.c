/* SPDX-License-Identifier: Apache-2.0 */
/* What twin/main.c is for the twin: starts the tasks beside XS, which the SDK has started. */
#include "chip.h"
#include "io.h"
#include "platform.h"
#include "port-state.h"

void platform_start(void *machine)
{
	chip_log_open();
	if (chip_nvs_error() != ESP_OK)
		platform_log("nvs: erased, for it could not be mounted: %s", esp_err_to_name(chip_nvs_error()));
	port_state_init();
	/* Without these there is no AT port, and nobody to tell: what made them fail may be gone after a restart. */
	if (!chip_machine_start(machine) || !chip_worker_start() || !chip_io_start(io_run)) {
		platform_log("start: out of memory");
		platform_restart();
	}
	/* Timers that main() starts after this are seen when it has returned. */
	platform_wake_xs();
}

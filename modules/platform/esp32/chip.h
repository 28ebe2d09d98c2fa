/* SPDX-License-Identifier: Apache-2.0 */
/* What only the chip's platform has: shared by the files of the esp32 folders. */
#ifndef XS_AT_CHIP_H
#define XS_AT_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"

/*
 * Tasks above these, which are the IDF's: lwIP 18, events 20, esp_timer 22, Wi-Fi 23. XS is the SDK's own, 4.
 * I/O is above XS, since guard times and throughput depend on it; the UART's is just below I/O, which looks at the UART
 * in every turn by itself and wants to be told only while it waits; the worker has what nobody else needs.
 */
#define CHIP_IO_PRIORITY 10
#define CHIP_UART_PRIORITY 9
#define CHIP_WORKER_PRIORITY 3

/*
 * Bytes of stack. I/O: decrypts TLS records and sends through lwIP; 6 KB is what ESP-AT gives its socket task.
 * UART: takes an event off a queue and writes an eventfd. Worker: handshake steps and certificate checks (design.md,
 * section 4).
 */
#define CHIP_IO_STACK 6144
#define CHIP_UART_STACK 2048
#define CHIP_WORKER_STACK 8192

/** True for ESP_OK; logs any other error with the name of what failed. Any task. */
bool chip_ok(const char *what, esp_err_t error);

/** Opens the log port. XS task, once, when NVS can be read. */
void chip_log_open(void);

/** Whether promise jobs wait for their message. XS task. */
bool chip_jobs_pending(void *machine);

/** Lets services run on the machine from now on. XS task, once. */
bool chip_machine_start(void *machine);

/** Starts the worker, and the I/O task, which runs io. XS task, once. */
bool chip_worker_start(void);
bool chip_io_start(void (*io)(void));

/** What repairing NVS before the start came to: the IDF's error that made it necessary, or ESP_OK. */
esp_err_t chip_nvs_error(void);

#endif

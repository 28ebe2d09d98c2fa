/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The I/O task's wait: VFS select() over sockets and one eventfd. lwip_select() alone would not see the eventfd, and
 * the UART has no descriptor here: its driver's events reach the eventfd by way of its own task (at-uart.c), since
 * writing one is no work for an interrupt that must run while the flash is busy.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "chip.h"
#include "esp_task_wdt.h"
#include "vfs/include/esp_vfs_eventfd.h"
#include "freertos/task.h"
#include "platform.h"

#if !CONFIG_VFS_SUPPORT_SELECT
#error sdkconfig.defaults: CONFIG_VFS_SUPPORT_SELECT=y
#endif

#if CONFIG_ESP_TASK_WDT_EN
#define LONGEST_WAIT (CONFIG_ESP_TASK_WDT_TIMEOUT_S * 1000u / 2)
#else
#define LONGEST_WAIT UINT32_MAX
#endif
#define FAILED_WAIT 10 /* ms */

static struct {
	int wake;          /* the eventfd */
	atomic_bool woken; /* it is readable, or will be at once */
	void (*run)(void);
} io = { .wake = -1 };

void platform_wake_io(void)
{
	static const uint64_t one = 1;

	if (io.wake < 0 || atomic_exchange(&io.woken, true))
		return;
	if (write(io.wake, &one, sizeof(one)) < 0)
		atomic_store(&io.woken, false);
}

int platform_wake_fd(void)
{
	return io.wake;
}

/* In this order: who finds itself not needed to write has changed its state before the turn that follows. */
void platform_wake_clear(void)
{
	uint64_t count;

	if (read(io.wake, &count, sizeof(count)) < 0)
		platform_log("eventfd: cannot be read");
	atomic_store(&io.woken, false);
}

bool platform_wait(int highest, fd_set *read, fd_set *write, uint32_t due)
{
	uint32_t wait = due < LONGEST_WAIT ? due : LONGEST_WAIT;
	struct timeval limit = { .tv_sec = (time_t)(wait / 1000), .tv_usec = (suseconds_t)(wait % 1000 * 1000) };
	int ready;

#if CONFIG_ESP_TASK_WDT_EN
	esp_task_wdt_reset();
#endif
	ready = select(highest + 1, read, write, NULL, wait == UINT32_MAX ? NULL : &limit);
	/* It allocates, so it fails when the heap is exhausted; turning at once would then keep everybody from freeing. */
	if (ready < 0)
		vTaskDelay(pdMS_TO_TICKS(FAILED_WAIT));
	return ready >= 0;
}

static void io_task(void *unused)
{
	(void)unused;
#if CONFIG_ESP_TASK_WDT_EN
	chip_ok("esp_task_wdt_add", esp_task_wdt_add(NULL));
#endif
	io.run();
}

bool chip_io_start(void (*run)(void))
{
	const esp_vfs_eventfd_config_t config = { .max_fds = 1 };

	if (!chip_ok("esp_vfs_eventfd_register", esp_vfs_eventfd_register(&config)))
		return false;
	io.run = run;
	io.wake = eventfd(0, 0);
	return io.wake >= 0 && xTaskCreate(io_task, "io", CHIP_IO_STACK, NULL, CHIP_IO_PRIORITY, NULL) == pdPASS;
}

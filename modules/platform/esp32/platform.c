/* SPDX-License-Identifier: Apache-2.0 */
/* Time, memory, locks, the worker and the rest of platform.h on the chip; waiting is in io-task.c and xs-task.c. */
#include "platform.h"

#include <sys/time.h>
#include <time.h>

#include "app_update/include/esp_ota_ops.h"
#include "chip.h"
#include "esp_heap_caps.h"
#include "esp_idf_version.h"
#include "esp_random.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/task.h"

/* --- time --- */

uint32_t platform_now(void)
{
	return (uint32_t)(esp_timer_get_time() / 1000);
}

int64_t platform_wall_clock(void)
{
	return time(NULL);
}

void platform_set_wall_clock(int64_t seconds)
{
	const struct timeval now = { .tv_sec = (time_t)seconds };

	settimeofday(&now, NULL);
}

/* --- memory: the heap of everybody, Wi-Fi and lwIP included --- */

void *platform_alloc(size_t size)
{
	return heap_caps_calloc(1, size, MALLOC_CAP_DEFAULT);
}

void platform_free(void *memory)
{
	heap_caps_free(memory);
}

void platform_memory(uint32_t *available, uint32_t *minimum)
{
	*available = esp_get_free_heap_size();
	*minimum = esp_get_minimum_free_heap_size();
}

/* --- locks --- */

void platform_lock_init(platform_lock *lock)
{
	lock->handle = xSemaphoreCreateMutexStatic(&lock->memory);
}

void platform_lock_take(platform_lock *lock)
{
	xSemaphoreTake(lock->handle, portMAX_DELAY);
}

void platform_lock_give(platform_lock *lock)
{
	xSemaphoreGive(lock->handle);
}

/* --- the worker --- */

static struct {
	platform_lock lock;
	platform_job *first, **last;
	TaskHandle_t task;
} jobs = { .last = &jobs.first };

static void work(void *unused)
{
	(void)unused;
	for (;;) {
		platform_job *job;

		platform_lock_take(&jobs.lock);
		job = jobs.first;
		if (job && !(jobs.first = job->next))
			jobs.last = &jobs.first;
		platform_lock_give(&jobs.lock);
		if (job)
			job->run(job);
		else
			ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
	}
}

void platform_queue_job(platform_job *job)
{
	job->next = NULL;
	platform_lock_take(&jobs.lock);
	*jobs.last = job;
	jobs.last = &job->next;
	platform_lock_give(&jobs.lock);
	xTaskNotifyGive(jobs.task);
}

bool chip_worker_start(void)
{
	platform_lock_init(&jobs.lock);
	return xTaskCreate(work, "worker", CHIP_WORKER_STACK, NULL, CHIP_WORKER_PRIORITY, &jobs.task) == pdPASS;
}

/* --- the rest --- */

_Noreturn void platform_restart(void)
{
	esp_restart();
}

/* Truly random once the radio is on, which every use of it that matters implies. */
uint32_t platform_random(void)
{
	return esp_random();
}

/* A bootloader with rollback starts the old firmware again unless the new one says that it is good. */
void platform_ready(void)
{
	chip_ok("ota: mark valid", esp_ota_mark_app_valid_cancel_rollback());
}

const char *platform_version(void)
{
	return esp_get_idf_version();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware image as esptool makes it (esp_app_format.h): the check of one, and the smallest that passes it. */
#ifndef XS_AT_APP_IMAGE_H
#define XS_AT_APP_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APP_IMAGE_TEXT 32

typedef struct {
	char version[APP_IMAGE_TEXT + 1];
	char project[APP_IMAGE_TEXT + 1];
} app_description;

/**
 * Checks header, segments and checksum of the image at an address of the flash. A SHA-256 behind it is not looked at.
 *
 * @param room bytes of the slot
 * @return false when a chip would not start it
 */
bool app_image_check(uint32_t address, uint32_t room, app_description *description);

/** Bytes of app_image_make(). */
#define APP_IMAGE_SIZE 304u

/** The smallest image: one segment, which is the description. */
void app_image_make(uint8_t image[APP_IMAGE_SIZE], const app_description *description);

#endif

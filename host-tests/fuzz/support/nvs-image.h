/* SPDX-License-Identifier: Apache-2.0 */
/* NVS images made of fuzz inputs: whole, damaged, and such as nobody would write. */
#ifndef XS_AT_FUZZ_NVS_IMAGE_H
#define XS_AT_FUZZ_NVS_IMAGE_H

#include "fuzz.h"

/** Namespaces and keys of which images and operations have few, so that they meet. */
#define NVS_IMAGE_NAMES 4u
extern const char *const nvs_image_names[NVS_IMAGE_NAMES];

/**
 * Writes pages into a memory that is all ones. For each page a byte: 0 blank, 1 to 15 bytes that make no header, else
 * header and entries with right checksums around any fields, which get further. Then bytes that are hit.
 */
void nvs_image_make(fuzz_input *input, uint8_t *image, unsigned pages);

#endif

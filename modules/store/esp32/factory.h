/* SPDX-License-Identifier: Apache-2.0 */
/* Manufacturing data that C needs by itself: namespace factory_param of mfg_nvs (User Guide 6.6). */
#ifndef XS_AT_FACTORY_H
#define XS_AT_FACTORY_H

#include <stddef.h>
#include <stdint.h>

/** A number of at most 32 bits; otherwise what is there when it is missing or something else. Any task. */
int32_t factory_integer(const char *key, int32_t otherwise);

/** A string with its NUL; otherwise when it is missing, something else or too long for size bytes. Any task. */
void factory_text(const char *key, char *text, size_t size, const char *otherwise);

#endif

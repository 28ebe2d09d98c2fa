/* SPDX-License-Identifier: Apache-2.0 */
/* The pins of the ESP32-S2, on the chip and on the twin alike. */
#ifndef XS_AT_PINS_H
#define XS_AT_PINS_H

#include <stdbool.h>
#include <stdint.h>

#define PIN_COUNT 47

/* GPIO22 to GPIO25 do not exist, GPIO27 to GPIO32 are the flash's. */
#define PINS_ABSENT (UINT64_C(0xf) << 22)
#define PINS_FLASH (UINT64_C(0x3f) << 27)
#define PINS_INPUT_ONLY (UINT64_C(1) << 46)

/** Whether a pin can be driven by us, as far as the chip alone tells. */
static inline bool pin_is_output(unsigned pin)
{
	return pin < PIN_COUNT && !((PINS_ABSENT | PINS_FLASH | PINS_INPUT_ONLY) >> pin & 1);
}

#endif

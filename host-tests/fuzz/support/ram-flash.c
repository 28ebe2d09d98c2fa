/* SPDX-License-Identifier: Apache-2.0 */
#include "ram-flash.h"

#include "fuzz.h"

uint8_t ram_flash[RAM_FLASH_SIZE];

static struct {
	uint32_t seed, operations, until_cut;
	flash_tear tear;
	void (*power_cut)(void);
} state;

void ram_flash_reset(uint32_t seed)
{
	void (*power_cut)(void) = state.power_cut;

	memset(&state, 0, sizeof state);
	state.seed = seed;
	state.power_cut = power_cut;
	memset(ram_flash, 0xff, sizeof ram_flash);
}

FUZZ_UNTRACED static uint32_t scramble(uint32_t value)
{
	value = (value ^ value >> 16) * 0x7feb352du;
	return value ^ value >> 15;
}

/* The bits of a byte that the torn operation reached. */
FUZZ_UNTRACED static uint8_t reached(uint32_t at, uint32_t size)
{
	uint32_t random = scramble(state.seed + state.operations * 0x9e3779b9u + at);

	switch (state.tear) {
	case FLASH_TEAR_ANY:
		if (size == FLASH_SECTOR) /* of an erasure some flash pages */
			return scramble(state.seed + state.operations + at / FLASH_PAGE) & 1 ? 0xff : 0;
		return (uint8_t)random;
	case FLASH_TEAR_BITS:
		if (size == FLASH_SECTOR) /* some bits from somewhere on: what is before looks as if nothing had happened */
			return at < scramble(state.seed + state.operations) % size ? 0 : (uint8_t)random;
		if (at == size / 2)
			return (uint8_t)random;
		/* fall through */
	default:
		return at < size / 2 ? 0xff : 0;
	}
}

FUZZ_UNTRACED static void operate(uint32_t address, const uint8_t *data, uint32_t size)
{
	bool cut = state.until_cut && --state.until_cut == 0;

	state.operations++;
	for (uint32_t at = 0; at < size; at++) {
		uint8_t *cell = &ram_flash[address + at], mask = cut ? reached(at, size) : 0xff;

		*cell = (uint8_t)((*cell & ~mask) | ((data ? *cell & data[at] : 0xff) & mask));
	}
	if (cut)
		state.power_cut();
}

/* Outside is not refused as on the twin: nobody has a reason to go there. */
static void check(uint32_t address, size_t size)
{
	if (address > RAM_FLASH_SIZE || size > RAM_FLASH_SIZE - address)
		abort();
}

bool flash_read(uint32_t address, void *buffer, size_t size)
{
	check(address, size);
	memcpy(buffer, ram_flash + address, size);
	return true;
}

bool flash_program(uint32_t address, const void *data, size_t size)
{
	const uint8_t *from = data;

	check(address, size);
	while (size) {
		uint32_t part = FLASH_PAGE - address % FLASH_PAGE;

		if (part > size)
			part = (uint32_t)size;
		operate(address, from, part);
		address += part;
		from += part;
		size -= part;
	}
	return true;
}

bool flash_erase(uint32_t address, size_t size)
{
	check(address, size);
	if (address % FLASH_SECTOR || size % FLASH_SECTOR)
		abort();
	for (; size; address += FLASH_SECTOR, size -= FLASH_SECTOR)
		operate(address, NULL, FLASH_SECTOR);
	return true;
}

uint32_t flash_operations(void)
{
	return state.operations;
}

void flash_cut_at(uint32_t n, flash_tear tear)
{
	state.until_cut = n;
	state.tear = tear;
}

void flash_on_power_cut(void (*power_cut)(void))
{
	state.power_cut = power_cut;
}

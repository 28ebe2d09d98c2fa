// SPDX-License-Identifier: Apache-2.0
/** Time of day, firmware slots and registers (guide 3.1.22, 3.1.23, 3.1.27). */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, optional, params } from "core/command";
import { failed, invalid, tooFew } from "core/errors";
import { isRegister } from "registers/registers";

const UINT32_MAX = 0xffffffff;

/** guide 3.1.23. Unsigned 32 bits last until 2106; the guide names no bound. */
const timeStamp = command("AT+SYSTIMESTAMP", {
	query: it => it.reply(it.capabilities.system.time()),
	set: params(int("Unix_timestamp", 0, UINT32_MAX)).run((it, time) => it.capabilities.system.setTime(time)),
});

/** guide 3.1.22: the firmware of the other slot starts, whichever is the newer. */
const rollBack = command("AT+SYSROLLBACK", {
	async execute(it) {
		if (!(await it.capabilities.firmware.rollBack())) throw failed();
		it.after(() => it.port.restart());
	},
});

const READ = 0;
const WRITE = 1;

/** guide 3.1.27. The value is for a write, and needed there. Read values are hexadecimal, as the addresses are. */
function accessRegister(it: At, direct: number, address: number, value: number | undefined): void {
	const { registers } = it.capabilities;
	if (direct === READ && value !== undefined) throw invalid(2);
	if (direct === WRITE && value === undefined) throw tooFew(3, 2);
	if (!isRegister(address)) throw invalid(1);
	if (value === undefined) it.reply(`0x${registers.read(address).toString(16)}`);
	else if (!registers.write(address, value)) throw failed();
}

const register = command("AT+SYSREG", {
	set: params(
		int("direct", READ, WRITE),
		int("address", 0, UINT32_MAX),
		optional(int("write value", 0, UINT32_MAX)),
	).run(accessRegister),
});

export const device: readonly Command[] = Object.freeze([timeStamp, rollBack, register]);

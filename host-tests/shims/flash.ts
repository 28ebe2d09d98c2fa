// SPDX-License-Identifier: Apache-2.0

import { type Flash, FLASH_SECTOR, FlashResult, type Partition } from "flash/flash";
import { Background } from "./background";
import type { FakePort } from "./port";
import type { Sink } from "./port-io";

type FlashNatives = { [K in keyof Flash]: Flash[K] };

/** The user partitions of partitions/at_customize.csv: what outlives a restart. */
export class FlashChip {
	readonly partitions: Partition[] = [
		["mfg_nvs", 1, 2, 0x21000, 0x1c000],
		["fs_storage", 1, 0xff, 0x70000, 0x90000],
	];
	/** By label. */
	readonly bytes = new Map(this.partitions.map(([label, , , , size]) => [label, Buffer.alloc(size, 0xff)]));
	/** True: nothing is erased or programmed any more. */
	broken = false;
}

/** The natives of flash.ts, as modules/flash/flash-native.c has them, without portions. */
export class FakeFlash implements FlashNatives, Sink {
	readonly streams = true;
	readonly work: Background;
	readonly #chip: FlashChip;
	readonly #port: () => FakePort;
	#chosen = "";
	#offset = 0;
	#result: number = FlashResult.done;

	constructor(chip: FlashChip, port: () => FakePort, wake: () => void) {
		this.#chip = chip;
		this.#port = port;
		this.work = new Background(wake);
	}
	serve(onDone: (result: number) => void): this {
		this.work.serve(onDone);
		return this;
	}
	get #bytes(): Buffer {
		return this.#chip.bytes.get(this.#chosen) ?? Buffer.alloc(0);
	}
	at(index: number): Partition | undefined {
		return this.#chip.partitions[index];
	}
	choose(label: string): Partition | undefined {
		this.work.check();
		this.#chosen = label;
		return this.#chip.partitions.find(it => it[0] === label);
	}
	erase(offset: number, size: number): void {
		this.work.start(() => {
			if (this.#chip.broken || offset % FLASH_SECTOR || size % FLASH_SECTOR) return FlashResult.failed;
			this.#bytes.fill(0xff, offset, offset + size);
			return FlashResult.done;
		});
	}
	write(offset: number): void {
		this.work.check();
		this.#offset = offset;
		this.#result = FlashResult.done;
	}
	take(data: string): number {
		if (this.#result !== FlashResult.done) return -1;
		const bytes = Buffer.from(data, "latin1");
		const there = this.#bytes.subarray(this.#offset, this.#offset + bytes.length);
		if (this.#chip.broken) this.#result = FlashResult.failed;
		else if (bytes.some((byte, i) => byte & ~(there[i] ?? 0))) this.#result = FlashResult.notErased;
		else bytes.copy(there);
		this.#offset += bytes.length;
		return bytes.length;
	}
	endWrite(): void {
		this.work.start(() => this.#result);
	}
	send(offset: number, size: number): number {
		const part = Math.min(size, this.#port().writeRoom());
		this.#port().write(this.#bytes.toString("latin1", offset, offset + part));
		return part;
	}
}

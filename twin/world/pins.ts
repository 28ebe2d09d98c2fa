// SPDX-License-Identifier: Apache-2.0

import { Fields, type Json, type JsonObject } from "world/fields";
import type { WorldHost } from "world/host";

/** GPIO numbers of the ESP32-S2 go up to this one. */
export const PIN_MAX = 46;

/** Pins that somebody outside drives: what they are does not end with a reset of the firmware. */
export class Pins {
	readonly #levels = new Map<number, number>();

	/** @param saved what `save` gave before a reset, which the firmware's side is told again */
	constructor(host: WorldHost, saved: Json | undefined) {
		if (saved === undefined) return;
		for (const [json, path] of new Fields({ pins: saved }, "restored").array("pins", PIN_MAX + 1) ?? []) {
			const fields = new Fields(json, path, ["pin", "level"]);
			const pin = fields.integer("pin", 0, PIN_MAX);
			const level = fields.integer("level", 0, 1);
			this.#levels.set(pin, level);
			host.request("pin", 0, `${pin} ${level}`);
		}
	}
	set(pin: number, level: number): void {
		this.#levels.set(pin, level);
	}
	save(): JsonObject[] {
		return [...this.#levels].map(([pin, level]) => ({ pin, level }));
	}
}

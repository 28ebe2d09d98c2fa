// SPDX-License-Identifier: Apache-2.0

import { INSTANCES } from "world/address";
import { Fields, parseJson } from "world/fields";

/** What the twin's command line and its own start-up tell the world. */
export interface WorldOptions {
	/** 0 to 4294967295 */
	readonly seed: number;
	/** Which twin of this machine it is: 0 to 16383, picks its addresses. */
	readonly instance: number;
	/** What `save()` gave before a reset; undefined at power-on. */
	readonly restored: string | undefined;
	/** The firmware is in deep sleep, and starts later. */
	readonly sleeping: boolean;
}

export function parseOptions(text: string): WorldOptions {
	const fields = new Fields(parseJson(text, "options"), "options", ["seed", "instance", "restored", "sleeping"]);
	// Not repeatable is what one gets without a seed; with one, nothing here is left to the engine.
	const seed = fields.integer("seed", 0, 0xffffffff, Math.floor(Math.random() * 4294967296));
	const instance = fields.integer("instance", 0, INSTANCES - 1);
	const restored = fields.has("restored") ? fields.string("restored") : undefined;
	return { seed, instance, restored, sleeping: fields.boolean("sleeping", false) };
}

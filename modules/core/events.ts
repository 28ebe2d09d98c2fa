// SPDX-License-Identifier: Apache-2.0

import type { Settings } from "core/settings";
import { settings } from "core/settings";

/** Bits of AT+SYSMSG (guide 3.1.15). */
export const SystemMessage = Object.freeze({ quit: 1, linkDetail: 2, inPassthrough: 4 });

interface EventPort {
	event(text: string, inPassthrough: boolean): boolean;
}

interface Held {
	readonly key: string;
	readonly text: string;
}

/**
 * Unsolicited messages. One that finds no room, or a data phase, is held and told later. Of the held ones only the
 * newest of a kind is kept, so that a host that stops reading costs a bounded amount of memory.
 */
export class Events {
	readonly #port: EventPort;
	readonly #settings: Settings;
	#held: Held[] = [];

	constructor(port: EventPort, values: Settings) {
		this.#port = port;
		this.#settings = values;
	}
	/** @param key the kind of message: a held one of the same key is replaced */
	post(key: string, text: string): void {
		if (this.#held.length === 0 && this.#tell(text)) return;
		this.#held = this.#held.filter(it => it.key !== key);
		this.#held.push({ key, text });
	}
	/** There is room again. */
	flush(): void {
		while (this.#held.length > 0 && this.#tell((this.#held[0] as Held).text)) this.#held.shift();
	}
	#tell(text: string): boolean {
		const inPassthrough = (this.#settings.get(settings.sysmsg) & SystemMessage.inPassthrough) !== 0;
		return this.#port.event(text, inPassthrough);
	}
}

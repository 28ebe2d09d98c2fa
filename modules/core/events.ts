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
	readonly then: (() => void) | undefined;
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
	/**
	 * @param key the kind of message: a held one of the same key is replaced
	 * @param then called when it has been told, or is replaced: what must not come before it
	 */
	post(key: string, text: string, then?: () => void): void {
		if (this.#held.length === 0 && this.#tell(text)) {
			then?.();
			return;
		}
		const replaced = this.#held.find(it => it.key === key);
		this.#held = this.#held.filter(it => it.key !== key);
		this.#held.push({ key, text, then });
		replaced?.then?.();
	}
	/** Held ones that are not true any more. @param keys as post() had them */
	forget(...keys: string[]): void {
		const forgotten = this.#held.filter(it => keys.includes(it.key));
		this.#held = this.#held.filter(it => !keys.includes(it.key));
		for (const it of forgotten) it.then?.();
	}
	/** There is room again. */
	flush(): void {
		while (this.#held.length > 0 && this.#tell((this.#held[0] as Held).text)) this.#held.shift()?.then?.();
	}
	#tell(text: string): boolean {
		const inPassthrough = (this.#settings.get(settings.sysmsg) & SystemMessage.inPassthrough) !== 0;
		return this.#port.event(text, inPassthrough);
	}
}

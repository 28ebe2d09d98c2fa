// SPDX-License-Identifier: Apache-2.0

import type { Events } from "core/events";
import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { ServerEvent } from "link/link-native";
import type { Links, LinkType } from "link/link";
import { LINK_COUNT } from "link/link";

/** The server (guide 3.3.16): one at most. Its clients become links, and stay when it is gone. */
export class Server {
	readonly #links: Links;
	readonly #events: Events;
	readonly #settings: Settings;
	#type: LinkType | undefined = undefined;
	#port = 0;
	#settle: ((done: boolean) => void) | undefined = undefined;

	constructor(links: Links, events: Events, values: Settings) {
		this.#links = links;
		this.#events = events;
		this.#settings = values;
		links.onServer = bits => this.#event(bits);
		this.setSilence(values.get(settings.serverTimeout));
	}
	/** Undefined: there is none. */
	get type(): LinkType | undefined {
		return this.#type;
	}
	get port(): number {
		return this.#port;
	}
	/** @returns false when the port cannot be had */
	async listen(type: LinkType, port: number): Promise<boolean> {
		const done = await this.#ask(() => this.#links.io.listen(type.endsWith("v6"), port));
		if (done) {
			this.#type = type;
			this.#port = port;
		}
		return done;
	}
	async stop(): Promise<void> {
		await this.#ask(() => this.#links.io.stopListening());
		this.#type = undefined;
	}
	/** @param seconds after which a silent client is thrown out, 0: never */
	setSilence(seconds: number): void {
		this.#links.io.silence(seconds);
	}
	#ask(order: () => void): Promise<boolean> {
		return new Promise(resolve => {
			this.#settle = resolve;
			order();
		});
	}
	#event(bits: number): void {
		if (bits & (ServerEvent.listening | ServerEvent.failed | ServerEvent.stopped)) {
			const settle = this.#settle;
			this.#settle = undefined;
			settle?.((bits & ServerEvent.failed) === 0);
		}
		if (bits & ServerEvent.waiting && this.#type !== undefined) this.#admit(this.#type);
	}
	#admit(type: LinkType): void {
		const id = this.#links.freeId();
		const children = this.#links.children();
		if (id !== undefined && children < Math.min(LINK_COUNT, this.#settings.get(settings.serverMaximum))) {
			this.#links.adopt(id, type);
			return;
		}
		this.#links.io.refuse();
		this.#events.post("Have Connections", `Have ${children} Connections\r\n`);
	}
}

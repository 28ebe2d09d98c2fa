// SPDX-License-Identifier: Apache-2.0

import type { Events } from "core/events";
import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { ServerEvent } from "link/link-native";
import type { Links, LinkType } from "link/link";
import { LINK_COUNT } from "link/link";
import { log } from "system/log";

/** The server (guide 3.3.16): one at most. Its clients become links, and stay when it is gone. */
export class Server {
	readonly #links: Links;
	readonly #events: Events;
	readonly #settings: Settings;
	#type: LinkType | undefined = undefined;
	#port = 0;
	#last: Promise<unknown> = Promise.resolve();
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
	/** Without a network it listens as soon as there is one. @returns false when the port cannot be had */
	async listen(type: LinkType, port: number): Promise<boolean> {
		this.#type = type;
		this.#port = port;
		if (!this.#links.online || (await this.#listen(type, port))) return true;
		this.#type = undefined;
		return false;
	}
	async stop(): Promise<void> {
		this.#type = undefined;
		await this.#ask(() => this.#links.io.stopListening());
	}
	/** There is a network, whose address may be another than before, or one is gone: who waits at the other stays. */
	async networkChanged(): Promise<void> {
		const type = this.#type;
		if (type === undefined) return;
		if (!this.#links.online) await this.#ask(() => this.#links.io.stopListening());
		else if (!(await this.#listen(type, this.#port))) log(`server: no port ${this.#port}`);
	}
	#listen(type: LinkType, port: number): Promise<boolean> {
		return this.#ask(() => this.#links.io.listen(type.endsWith("v6"), port));
	}
	/** @param seconds after which a silent client is thrown out, 0: never */
	setSilence(seconds: number): void {
		this.#links.io.silence(seconds);
	}
	/** One order after the other: the network may come while a command is at it. */
	#ask(order: () => void): Promise<boolean> {
		const turn = this.#last.then(
			() =>
				new Promise<boolean>(resolve => {
					this.#settle = resolve;
					order();
				}),
		);
		this.#last = turn;
		return turn;
	}
	#event(bits: number): void {
		if (bits & (ServerEvent.listening | ServerEvent.failed | ServerEvent.stopped)) {
			const settle = this.#settle;
			this.#settle = undefined;
			settle?.((bits & ServerEvent.failed) === 0);
		}
		/* Not while it is being stopped: to refuse would take the place of that order. */
		if (bits & ServerEvent.waiting && this.#type !== undefined && this.#settle === undefined)
			this.#admit(this.#type);
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

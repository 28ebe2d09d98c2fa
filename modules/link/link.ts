// SPDX-License-Identifier: Apache-2.0

import type { Events } from "core/events";
import { SystemMessage } from "core/events";
import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { LinkEvent, LinkNative } from "link/link-native";
import { Timer } from "system/timers";

export const LINK_COUNT = 5;

/** What a link was asked to connect to, for as long as it exists. */
export interface Destination {
	readonly type: "TCP";
	readonly host: string;
	readonly port: number;
	readonly keepAlive: number;
	readonly local: string | undefined;
	readonly timeout: number;
}

interface Link {
	readonly to: Destination;
	/** False while it is being connected, for the first time or anew. */
	open: boolean;
	/** Settles what a command awaits: 0, or why it failed. */
	settle: ((error: number) => void) | undefined;
}

/** Connections: their state, their messages, and the reconnection that passthrough asks for (guide 3.3.8, 9). */
export class Links {
	readonly #native: LinkNative;
	readonly #events: Events;
	readonly #settings: Settings;
	readonly #links: (Link | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
	readonly #timer: Timer;
	/** The link in passthrough, -1 for none. */
	#passing = -1;
	#online = false;

	constructor(events: Events, values: Settings) {
		this.#events = events;
		this.#settings = values;
		this.#native = new LinkNative((id, bits, error) => this.#event(id, bits, error));
		this.#timer = new Timer(() => this.#reconnect());
	}

	isOpen(id: number): boolean {
		return this.#links[id]?.open === true;
	}
	isUsed(id: number): boolean {
		return this.#links[id] !== undefined;
	}
	anyUsed(): boolean {
		return this.#links.some(it => it !== undefined);
	}
	isAddress(text: string): boolean {
		return this.#native.isAddress(text);
	}
	/** +IPD follows the settings. */
	format(): void {
		const values = this.#settings;
		this.#native.format(values.multiple, values.get(settings.showRemote) === 1);
	}

	/**
	 * Connects. The message is given to the caller, who says it with the result and then calls start().
	 * @returns 0, or why it failed: 1 name not found, 2 timeout, 3 refused, 4 unreachable, 5 local address, 6 other
	 */
	async connect(id: number, to: Destination): Promise<number> {
		const link: Link = { to, open: false, settle: undefined };
		this.#links[id] = link;
		let error = -1;
		try {
			error = await this.#attempt(id, link);
		} finally {
			if (error !== 0) this.#links[id] = undefined;
		}
		return error;
	}
	#attempt(id: number, link: Link): Promise<number> {
		const { host, port, keepAlive, local, timeout } = link.to;
		return new Promise(resolve => {
			link.settle = resolve;
			this.#native.connect(id, host, port, keepAlive, local, timeout);
		});
	}
	/** Data flows: after the host was told that the link is there. */
	start(id: number): void {
		(this.#links[id] as Link).open = true;
		this.#native.start(id, id === this.#passing);
	}
	/** Closes. The message is given to the caller. */
	async close(id: number): Promise<void> {
		const link = this.#links[id] as Link;
		/* The peer may be closing, too: then its event is not told, for this close is. */
		link.open = false;
		await new Promise<number>(resolve => {
			link.settle = resolve;
			this.#native.close(id);
		});
		this.#links[id] = undefined;
	}

	/** `CONNECT`, or with SYSMSG bit 1 `+LINK_CONN:` (wire-format.md). @param status 0 connected, 1 failed */
	connectMessage(id: number, to: Destination, status: number): string {
		if ((this.#settings.get(settings.sysmsg) & SystemMessage.linkDetail) === 0)
			return status === 0 ? `${this.#prefix(id)}CONNECT\r\n` : "";
		const remote = this.#native.remote(id);
		const local = status === 0 ? this.#native.localPort(id) : 0;
		return `+LINK_CONN:${status},${id},"${to.type}",0,"${remote}",${to.port},${local}\r\n`;
	}
	closeMessage(id: number): string {
		return `${this.#prefix(id)}CLOSED\r\n`;
	}
	#prefix(id: number): string {
		return this.#settings.multiple ? `${id},` : "";
	}

	/** From now on this link is in passthrough: when it breaks it is connected anew, until passthroughLeft(). */
	passthroughEntered(id: number): void {
		this.#passing = id;
	}
	/** The same with a link that is still to be connected, when there is a network (guide 3.1.9). */
	passFromStart(id: number, to: Destination): void {
		this.#links[id] = { to, open: false, settle: undefined };
		this.#passing = id;
	}
	passthroughLeft(): void {
		const id = this.#passing;
		this.#passing = -1;
		this.#timer.stop();
		const link = this.#links[id];
		if (link !== undefined && !link.open) this.#discard(id, link);
	}
	/** Closes without a word; the id is free again when that is done. */
	#discard(id: number, link: Link): void {
		link.open = false;
		link.settle = () => {
			this.#links[id] = undefined;
		};
		this.#native.close(id);
	}
	/** There is a network. */
	networkUp(): void {
		this.#online = true;
		const link = this.#links[this.#passing];
		if (link !== undefined && !link.open && link.settle === undefined) this.#reconnect();
	}
	/** The station has no network any more: every link is closed and told so. */
	networkLost(): void {
		this.#online = false;
		for (let id = 0; id < LINK_COUNT; id++) {
			const link = this.#links[id];
			if (!link?.open) continue;
			this.#events.post(`${id},CLOSED`, this.closeMessage(id));
			if (id === this.#passing) {
				link.open = false;
				link.settle = () => this.#reconnect();
				this.#native.close(id);
			} else this.#discard(id, link);
		}
	}

	#event(id: number, bits: number, error: number): void {
		const link = this.#links[id];
		if (link === undefined) return;
		const settle = link.settle;
		if (bits & (LinkEvent.connected | LinkEvent.failed | LinkEvent.ended)) {
			link.settle = undefined;
			settle?.(bits & LinkEvent.failed ? error : 0);
		}
		if (bits & LinkEvent.closed && link.open) this.#gone(id);
	}
	#gone(id: number): void {
		const link = this.#links[id] as Link;
		this.#events.post(`${id},CLOSED`, this.closeMessage(id));
		if (id !== this.#passing) {
			this.#links[id] = undefined;
			return;
		}
		link.open = false;
		this.#retryLater();
	}
	#retryLater(): void {
		this.#timer.start(this.#settings.get(settings.linkReconnectInterval) * 100);
	}
	#reconnect(): void {
		const id = this.#passing;
		const link = this.#links[id];
		this.#timer.stop();
		/* Without a network networkUp() comes back to it: a name could not be looked up now, and would take long. */
		if (link === undefined || !this.#online) return;
		this.#attempt(id, link).then(error => {
			if (this.#links[id] !== link || this.#passing !== id) return;
			if (error !== 0) {
				this.#retryLater();
				return;
			}
			this.#events.post(`${id},CONNECT`, this.connectMessage(id, link.to, 0));
			this.start(id);
		});
	}
}

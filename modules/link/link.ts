// SPDX-License-Identifier: Apache-2.0

import type { Events } from "core/events";
import { SystemMessage } from "core/events";
import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { Family, LinkEvent, LinkNative } from "link/link-native";
import { TcpOptions } from "link/tcp-options";
import { Timer } from "system/timers";

export const LINK_COUNT = 5;

/** Why a connection failed: extensions of the error number 0x010a....; as in link-state.h. */
export const LinkError = Object.freeze({
	name: 1,
	timeout: 2,
	refused: 3,
	unreachable: 4,
	localAddress: 5,
	other: 6,
	memory: 7,
});

export type LinkType = "TCP" | "TCPv6" | "UDP" | "UDPv6";

/** What a link was asked to connect to, for as long as it exists. */
export interface Destination {
	readonly type: LinkType;
	readonly host: string;
	readonly port: number;
	/** Address to leave from; undefined: the station's. */
	readonly local: string | undefined;
	/** Of datagrams, 0: any. */
	readonly localPort: number;
	/** Of datagrams: when the remote becomes that of a sender, 0..2 (guide 3.3.6). */
	readonly mode: number;
	/** ms, 0: the default */
	readonly timeout: number;
}

interface Link {
	readonly type: LinkType;
	/** Undefined: a client of the server. */
	readonly to: Destination | undefined;
	/** False while it is being connected, for the first time or anew. */
	open: boolean;
	/** Settles what a command awaits: 0, or why it failed. */
	settle: ((error: number) => void) | undefined;
}

/** What AT+CIPSTATE? tells of an open link. */
export interface LinkState {
	readonly id: number;
	readonly type: LinkType;
	readonly remote: readonly [address: string, port: number];
	readonly localPort: number;
	readonly isServer: boolean;
}

export function isDatagrams(type: LinkType): boolean {
	return type.startsWith("UDP");
}

/** Connections: their state, their messages, and the reconnection that passthrough asks for (guide 3.3.8, 9). */
export class Links {
	readonly io: LinkNative;
	readonly options: TcpOptions;
	readonly #events: Events;
	readonly #settings: Settings;
	readonly #links: (Link | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
	/** A bit for each link that is read on demand. */
	#passive = 0;
	readonly #timer: Timer;
	/** The link in passthrough, -1 for none. */
	#passing = -1;
	#online = false;
	/** Settles what a command awaits of an open link: whether it was done. */
	#answer: ((done: boolean) => void) | undefined = undefined;
	/** There are connections again that were all gone: AT+CIPSTATUS tells. */
	hadLinks = false;
	/** What the server (link/server.ts) is told. */
	onServer: (events: number) => void = () => {};

	constructor(events: Events, values: Settings) {
		this.#events = events;
		this.#settings = values;
		this.io = new LinkNative(
			(id, bits, error) => this.#event(id, bits, error),
			bits => this.onServer(bits),
		);
		this.options = new TcpOptions(values, this.io);
		this.#timer = new Timer(() => this.#reconnect());
	}

	/** Whether there is a network. */
	get online(): boolean {
		return this.#online;
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
	/** The lowest id that is free, or undefined. */
	freeId(): number | undefined {
		const id = this.#links.indexOf(undefined);
		return id < 0 ? undefined : id;
	}
	/** @returns undefined when it is not open */
	destination(id: number): Destination | undefined {
		const link = this.#links[id];
		return link?.open ? link.to : undefined;
	}
	type(id: number): LinkType | undefined {
		return this.#links[id]?.type;
	}
	isChild(id: number): boolean {
		const link = this.#links[id];
		return link !== undefined && link.to === undefined;
	}
	/** How many links are the server's. */
	children(): number {
		return this.#links.filter(it => it !== undefined && it.to === undefined).length;
	}
	/** The open ones. */
	states(): LinkState[] {
		const states: LinkState[] = [];
		for (const [id, link] of this.#links.entries())
			if (link?.open)
				states.push({
					id,
					type: link.type,
					remote: this.io.remote(id),
					localPort: this.io.localPort(id),
					isServer: link.to === undefined,
				});
		return states;
	}
	/** +IPD follows the settings. */
	format(): void {
		const values = this.#settings;
		this.io.format(values.multiple, values.get(settings.showRemote) === 1);
	}

	/**
	 * Connects. The message is given to the caller, who says it with the result and then calls start().
	 * @returns 0 or a LinkError
	 */
	async connect(id: number, to: Destination): Promise<number> {
		const link: Link = { type: to.type, to, open: false, settle: undefined };
		this.#links[id] = link;
		let error = -1;
		try {
			error = await this.#attempt(id, link, to);
		} finally {
			if (error !== 0) this.#links[id] = undefined;
		}
		return error;
	}
	#attempt(id: number, link: Link, to: Destination): Promise<number> {
		this.options.apply(id, id === this.#passing);
		return new Promise(resolve => {
			link.settle = resolve;
			const { type, host, port, local, localPort, mode, timeout } = to;
			const family = type.endsWith("v6") ? Family.v6 : Family.v4;
			this.io.connect(id, isDatagrams(type), family, host, port, local, localPort, mode, timeout);
		});
	}
	/** The connection that waits at the server becomes this link; the host is told, then data flows. */
	adopt(id: number, type: LinkType): void {
		const link: Link = { type, to: undefined, open: false, settle: undefined };
		this.#links[id] = link;
		this.options.apply(id, id === this.#passing);
		link.settle = error => {
			if (error !== 0) {
				this.#links[id] = undefined;
				return;
			}
			this.#events.post(`${id},CONNECT`, this.connectMessage(id, type, 0), () => {
				if (this.#links[id] === link) this.start(id);
			});
		};
		this.io.adopt(id);
	}
	/** Data flows: after the host was told that the link is there. */
	start(id: number): void {
		const link = this.#links[id] as Link;
		link.open = true;
		this.hadLinks = true;
		if (id === this.#passing && isDatagrams(link.type)) this.io.datagram(id, 0, false);
		this.io.start(id, id === this.#passing);
	}
	/** Closes. The message is given to the caller. */
	async close(id: number): Promise<void> {
		const link = this.#links[id] as Link;
		/* The peer may be closing, too: then its event is not told, for this close is. */
		link.open = false;
		await new Promise<number>(resolve => {
			link.settle = resolve;
			this.io.close(id);
		});
		this.#links[id] = undefined;
	}

	/** `CONNECT`, or with SYSMSG bit 1 `+LINK_CONN:` (wire-format.md). @param status 0 connected, 1 failed */
	connectMessage(id: number, type: LinkType, status: number): string {
		if ((this.#settings.get(settings.sysmsg) & SystemMessage.linkDetail) === 0)
			return status === 0 ? `${this.#prefix(id)}CONNECT\r\n` : "";
		const [address, port] = this.io.remote(id);
		const local = status === 0 ? this.io.localPort(id) : 0;
		const terminal = this.isChild(id) ? 1 : 0;
		return `+LINK_CONN:${status},${id},"${type}",${terminal},"${address}",${port},${local}\r\n`;
	}
	closeMessage(id: number): string {
		return `${this.#prefix(id)}CLOSED\r\n`;
	}
	#prefix(id: number): string {
		return this.#settings.multiple ? `${id},` : "";
	}

	/* --- reading on demand, and datagrams to somebody else --- */

	isPassive(id: number): boolean {
		return (this.#passive & (1 << id)) !== 0;
	}
	setPassive(id: number, on: boolean): void {
		this.#passive = on ? this.#passive | (1 << id) : this.#passive & ~(1 << id);
		this.io.passive(id, on);
	}
	/** Answers with what there is, in C. @returns false when there is nothing */
	read(id: number, size: number): Promise<boolean> {
		return this.#ask(() => this.io.read(id, size));
	}
	/** Where the datagram goes that was announced by native.datagram(). @returns false for no such host */
	sendTo(id: number, host: string, port: number): Promise<boolean> {
		return this.#ask(() => this.io.sendTo(id, host, port));
	}
	/** The bytes that can be read, of each link: -1 for one that is not open. */
	async lengths(): Promise<number[]> {
		await this.#ask(() => this.io.count());
		return this.#links.map((it, id) => (it?.open ? this.io.available(id) : -1));
	}
	#ask(order: () => void): Promise<boolean> {
		return new Promise(resolve => {
			this.#answer = resolve;
			order();
		});
	}

	/* --- passthrough --- */

	/** From now on this link is in passthrough: when it breaks it is connected anew, until passthroughLeft(). */
	passthroughEntered(id: number): void {
		this.#passing = id;
		this.options.apply(id, true);
		const link = this.#links[id];
		if (link !== undefined && isDatagrams(link.type)) this.io.datagram(id, 0, false);
	}
	/** The same with a link that is still to be connected, when there is a network (guide 3.1.9). */
	passFromStart(id: number, to: Destination): void {
		this.#links[id] = { type: to.type, to, open: false, settle: undefined };
		this.#passing = id;
	}
	passthroughLeft(): void {
		const id = this.#passing;
		this.#passing = -1;
		this.#timer.stop();
		if (id >= 0) this.options.apply(id);
		const link = this.#links[id];
		if (link !== undefined && !link.open) this.#discard(id, link);
	}
	/** Closes without a word; the id is free again when that is done. */
	#discard(id: number, link: Link): void {
		link.open = false;
		link.settle = () => {
			this.#links[id] = undefined;
		};
		this.io.close(id);
	}
	/** There is a network. */
	networkUp(): void {
		this.#online = true;
		const link = this.#links[this.#passing];
		if (link !== undefined && !link.open && link.settle === undefined) this.#reconnect();
	}
	/**
	 * A network is gone: every link over it is closed and told so. With the last one all go: a link to everybody
	 * (255.255.255.255) or to a group belongs to neither.
	 * @param bySoftAp the SoftAP's, else the station's @param online there is still the other one
	 */
	networkLost(bySoftAp: boolean, online: boolean): void {
		this.#online = online;
		for (let id = 0; id < LINK_COUNT; id++) {
			const link = this.#links[id];
			if (!link?.open || (online && this.io.isBySoftAp(id) !== bySoftAp)) continue;
			this.#events.post(`${id},CLOSED`, this.closeMessage(id));
			if (id === this.#passing && link.to !== undefined) {
				link.open = false;
				link.settle = () => this.#reconnect();
				this.io.close(id);
			} else this.#discard(id, link);
		}
	}

	#event(id: number, bits: number, error: number): void {
		if (bits & (LinkEvent.read | LinkEvent.resolved | LinkEvent.counted)) this.#answered(true);
		if (bits & LinkEvent.empty) this.#answered(false);
		const link = this.#links[id];
		if (link === undefined) return;
		const settle = link.settle;
		if (bits & LinkEvent.failed && link.open) this.#answered(false);
		else if (bits & (LinkEvent.connected | LinkEvent.failed | LinkEvent.ended)) {
			link.settle = undefined;
			settle?.(bits & LinkEvent.failed ? error : 0);
		}
		if (bits & LinkEvent.closed && link.open) this.#gone(id, link);
	}
	#answered(done: boolean): void {
		const answer = this.#answer;
		this.#answer = undefined;
		answer?.(done);
	}
	#gone(id: number, link: Link): void {
		this.#events.post(`${id},CLOSED`, this.closeMessage(id));
		if (id !== this.#passing || link.to === undefined) {
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
		if (link?.to === undefined || !this.#online) return;
		this.#attempt(id, link, link.to).then(error => {
			if (this.#links[id] !== link || this.#passing !== id) return;
			if (error !== 0) {
				this.#retryLater();
				return;
			}
			this.#events.post(`${id},CONNECT`, this.connectMessage(id, link.type, 0));
			this.start(id);
		});
	}
}

// SPDX-License-Identifier: Apache-2.0

import { LinkEvent, type LinkNative } from "link/link-native";
import { binary, cText } from "./binary";
import { Connection, type Network, type Peer } from "./network";
import type { FakePort } from "./port";
import type { Sink } from "./port-io";

/* As in modules/link/link-state.h and link-io.c. */
const COUNT = 5;
const HOST_MAX = 64;
const ADDRESS_MAX = 15;
const CONNECT_TIME = 10_000;
const SEGMENT = 1440;
const HEADER_ROOM = 64;
const LinkError = Object.freeze({ dns: 1, timeout: 2, refused: 3, unreachable: 4, localAddress: 5 });

/** The station's without a network. */
const NO_ADDRESS = "0.0.0.0";
const NUMBER = "(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
const ADDRESS = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}\\.${NUMBER}$`);

interface Order {
	readonly host: string;
	readonly port: number;
	readonly keepAlive: number;
	readonly local: string | undefined;
	readonly timeout: number;
}

type Simple = "start" | "start passing" | "close";

/** One link: the I/O task's half, and what XS orders. */
class Link implements Sink {
	state: "free" | "connecting" | "connected" | "open" = "free";
	order: Order | Simple | undefined;
	events = 0;
	error = 0;
	remote = "0.0.0.0";
	remotePort = 0;
	connection: Connection | undefined;
	/** While connecting: who answers when, and when it is given up. */
	peer: Peer | undefined;
	answers = Infinity;
	expires = Infinity;

	take(data: string): number {
		if (this.state !== "open" || !this.connection || this.connection.broken) return -1;
		if (this.connection.blocked) return 0;
		this.connection.received += data;
		return data.length;
	}
	release(): void {
		if (this.connection) this.connection.open = false;
		this.connection = undefined;
		this.answers = this.expires = Infinity;
		this.state = "free";
	}
	fail(error: number): void {
		this.release();
		this.error = error;
		this.events |= LinkEvent.failed;
	}
}

/** The links of one run of the firmware: the natives of link-native.ts over a fake network. */
export class FakeLinks implements Record<keyof LinkNative, unknown> {
	readonly links: readonly Link[] = Array.from({ length: COUNT }, () => new Link());
	readonly #net: Network;
	readonly #now: () => number;
	readonly #wake: () => void;
	/** The station's address. */
	readonly #own: () => string;
	#onEvent: (id: number, events: number, error: number) => void = () => {};
	#multiple = false;
	#showRemote = false;
	#nextPort = 50_000;

	constructor(net: Network, own: () => string, now: () => number, wake: () => void) {
		this.#net = net;
		this.#own = own;
		this.#now = now;
		this.#wake = wake;
	}
	serve(onEvent: (id: number, events: number, error: number) => void): this {
		this.#onEvent = onEvent;
		return this;
	}

	/* --- natives --- */

	#link(id: number): Link {
		const link = this.links[id];
		if (link === undefined) throw new RangeError("no such link");
		return link;
	}
	connect(
		id: number,
		host: string,
		port: number,
		keepAlive: number,
		local: string | undefined,
		timeout: number,
	): void {
		const link = this.#link(id);
		if (link.state !== "free" || link.order !== undefined) throw new Error("link in use");
		cText(host, HOST_MAX);
		if (local !== undefined && !this.isAddress(cText(local, ADDRESS_MAX))) throw new RangeError("no address");
		link.order = { host, port, keepAlive, local, timeout };
	}
	start(id: number, passing: boolean): void {
		this.#link(id).order = passing ? "start passing" : "start";
	}
	close(id: number): void {
		this.#link(id).order = "close";
	}
	remote(id: number): string {
		return this.#link(id).remote;
	}
	localPort(id: number): number {
		return this.#link(id).connection?.localPort ?? 0;
	}
	isAddress(text: string): boolean {
		return ADDRESS.test(binary(text));
	}
	format(multiple: boolean, showRemote: boolean): void {
		this.#multiple = multiple;
		this.#showRemote = showRemote;
	}

	/* --- the I/O task --- */

	/** @returns whether there was something to do */
	io(port: FakePort): boolean {
		let worked = false;
		for (const [id, link] of this.links.entries()) {
			const { order } = link;
			link.order = undefined;
			if (order !== undefined) this.#obey(link, order, port);
			const moved =
				link.state === "connecting"
					? this.#connecting(link)
					: link.state === "open" && this.#receive(id, link, port);
			worked ||= order !== undefined || moved;
		}
		return worked;
	}
	due(): number {
		return Math.min(...this.links.map(it => Math.min(it.answers, it.expires)));
	}
	#obey(link: Link, order: Order | Simple, port: FakePort): void {
		if (order === "close") {
			port.detach(link);
			link.release();
			link.events |= LinkEvent.ended;
		} else if (typeof order === "object") this.#begin(link, order);
		else if (link.state === "connected") {
			link.state = "open";
			if (order === "start passing") port.attach(link);
		}
	}
	#begin(link: Link, { host, port, keepAlive, local, timeout }: Order): void {
		const address = this.isAddress(host) ? host : this.#net.names.get(host);
		if (address === undefined) return link.fail(LinkError.dns);
		link.remote = address;
		link.remotePort = port;
		if (local !== undefined && local !== this.#own()) return link.fail(LinkError.localAddress);
		if (this.#own() === NO_ADDRESS || this.#net.unreachable.has(address)) return link.fail(LinkError.unreachable);
		const peer = this.#net.peer(address, port);
		if (peer === undefined) return link.fail(LinkError.refused);
		link.state = "connecting";
		link.peer = peer;
		link.answers = this.#now() + peer.delay;
		link.expires = this.#now() + (timeout || CONNECT_TIME);
		link.connection = new Connection(this.#own(), this.#nextPort++, keepAlive, this.#wake);
	}
	#connecting(link: Link): boolean {
		if (this.#now() >= link.answers) {
			if (link.connection) link.peer?.connections.push(link.connection);
			link.answers = link.expires = Infinity;
			link.state = "connected";
			link.events |= LinkEvent.connected;
			return true;
		}
		if (this.#now() < link.expires) return false;
		link.fail(LinkError.timeout);
		return true;
	}
	/** One piece of what the peer has sent, or its end. */
	#receive(id: number, link: Link, port: FakePort): boolean {
		const { connection } = link;
		const passing = port.passing(link);
		const room = port.room(passing ? 0 : HEADER_ROOM);
		if (!connection || room < (passing ? 1 : SEGMENT / 2) || (connection.toDevice === "" && !connection.ended))
			return false;
		const data = connection.toDevice.slice(0, passing ? room : Math.min(room, SEGMENT));
		connection.toDevice = connection.toDevice.slice(data.length);
		if (data === "") {
			port.detach(link);
			link.release();
			link.events |= LinkEvent.closed;
		} else if (passing) port.put(data);
		else {
			const which = this.#multiple ? `${id},` : "";
			const from = this.#showRemote ? `,"${link.remote}",${link.remotePort}` : "";
			port.put(`\r\n+IPD,${which}${data.length}${from}:${data}`);
		}
		return true;
	}

	/* --- the XS task --- */

	/** @returns whether there was something to do */
	xs(enter: (body: () => void) => void): boolean {
		let worked = false;
		for (const [id, link] of this.links.entries()) {
			const { events, error } = link;
			link.events = 0;
			if (events === 0) continue;
			worked = true;
			enter(() => this.#onEvent(id, events, error));
		}
		return worked;
	}
	/** The power is gone: peers see their connections end. */
	cut(): void {
		for (const link of this.links) link.release();
	}
}

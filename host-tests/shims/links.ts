// SPDX-License-Identifier: Apache-2.0

import { Family, LinkEvent, type LinkNative, ServerEvent } from "link/link-native";
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
/** What a passive link tells at most. */
const WINDOW = 5760;

interface Order {
	readonly datagrams: boolean;
	readonly family: number;
	readonly host: string;
	readonly port: number;
	readonly local: string | undefined;
	readonly timeout: number;
}

type Simple = "start" | "start passing" | "close" | "adopt" | { read: number } | { sendTo: string };

/** One link: the I/O task's half, and what XS orders. */
class Link implements Sink {
	state: "free" | "connecting" | "connected" | "open" = "free";
	keepAlive = 0;
	passive = false;
	announced = false;
	/** What of the answer to a reading command has found no room yet. */
	answer = "";
	available = 0;
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
	#onServer: (events: number) => void = () => {};
	#multiple = false;
	#showRemote = false;
	#nextPort = 50_000;

	constructor(net: Network, own: () => string, now: () => number, wake: () => void) {
		this.#net = net;
		this.#own = own;
		this.#now = now;
		this.#wake = wake;
	}
	serve(onEvent: (id: number, events: number, error: number) => void, onServer: (events: number) => void): this {
		this.#onEvent = onEvent;
		this.#onServer = onServer;
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
		datagrams: boolean,
		family: number,
		host: string,
		port: number,
		local: string | undefined,
		_localPort: number,
		_mode: number,
		timeout: number,
	): void {
		const link = this.#link(id);
		if (link.state !== "free" || link.order !== undefined) throw new Error("link in use");
		cText(host, HOST_MAX);
		if (local !== undefined && this.family(cText(local, ADDRESS_MAX)) === 0) throw new RangeError("no address");
		link.order = { datagrams, family, host, port, local, timeout };
	}
	adopt(id: number): void {
		this.#link(id).order = "adopt";
	}
	start(id: number, passing: boolean): void {
		this.#link(id).order = passing ? "start passing" : "start";
	}
	close(id: number): void {
		this.#link(id).order = "close";
	}
	options(id: number, _linger: number, _noDelay: boolean, _sendTimeout: number, keepAlive: number): void {
		this.#link(id).keepAlive = keepAlive;
	}
	passive(id: number, on: boolean): void {
		const link = this.#link(id);
		link.passive = on;
		link.announced = false;
	}
	read(id: number, size: number): void {
		this.#link(id).order = { read: size };
	}
	datagram(id: number, size: number): boolean {
		return this.#link(id) !== undefined && size <= 8192;
	}
	sendTo(id: number, host: string, _port: number): void {
		this.#link(id).order = { sendTo: cText(host, HOST_MAX) };
	}
	count(): void {
		for (const link of this.links)
			link.available = link.state === "open" ? Math.min(WINDOW, link.connection?.toDevice.length ?? 0) : 0;
		this.#link(0).events |= LinkEvent.counted;
	}
	available(id: number): number {
		return this.#link(id).available;
	}
	/** Nobody joins a SoftAP's network here. */
	isBySoftAp(_id: number): boolean {
		return false;
	}
	remote(id: number): [string, number] {
		const { remote, remotePort } = this.#link(id);
		return [remote, remotePort];
	}
	localPort(id: number): number {
		return this.#link(id).connection?.localPort ?? 0;
	}
	family(text: string): number {
		if (ADDRESS.test(binary(text))) return 4;
		return text.includes(":") ? 6 : 0;
	}
	format(multiple: boolean, showRemote: boolean): void {
		this.#multiple = multiple;
		this.#showRemote = showRemote;
	}

	/* --- the server --- */

	#listening = 0;
	#serverEvents = 0;
	#told = false;
	readonly #clients: Connection[] = [];

	/** A client connects to the server. @returns its side, undefined when nobody listens on the port */
	client(port: number): Connection | undefined {
		if (port !== this.#listening) return undefined;
		const connection = new Connection(this.#own(), port, 0, this.#wake);
		this.#clients.push(connection);
		this.#wake();
		return connection;
	}
	listen(_v6: boolean, port: number): void {
		this.#listening = port;
		this.#serverEvents |= ServerEvent.listening;
	}
	refuse(): void {
		const client = this.#clients.shift();
		if (client) client.open = false;
		this.#told = false;
	}
	stopListening(): void {
		this.#listening = 0;
		this.#serverEvents |= ServerEvent.stopped;
	}
	silence(_seconds: number): void {}
	#adopt(link: Link): void {
		const client = this.#clients.shift();
		this.#told = false;
		if (client === undefined) {
			link.fail(LinkError.refused);
			return;
		}
		link.connection = client;
		link.remote = "127.0.0.1";
		link.remotePort = 1024;
		link.state = "connected";
		link.events |= LinkEvent.connected;
	}

	/* --- the I/O task --- */

	/** @returns whether there was something to do */
	io(port: FakePort): boolean {
		let worked = false;
		if (this.#clients.length > 0 && !this.#told) {
			this.#told = worked = true;
			this.#serverEvents |= ServerEvent.waiting;
		}
		for (const [id, link] of this.links.entries()) {
			const { order } = link;
			link.order = undefined;
			if (order !== undefined) this.#obey(link, order, port);
			const moved =
				link.state === "connecting"
					? this.#connecting(link)
					: link.state === "open" && this.#receive(id, link, port);
			worked ||= order !== undefined || moved || this.#answer(link, port);
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
		} else if (order === "adopt") this.#adopt(link);
		else if (typeof order === "object") {
			if ("read" in order) this.#read(link, order.read);
			else if ("sendTo" in order)
				link.events |= this.#address(order.sendTo, Family.v4) ? LinkEvent.resolved : LinkEvent.failed;
			else this.#begin(link, order);
		} else if (link.state === "connected") {
			link.state = "open";
			if (order === "start passing") port.attach(link);
		}
	}
	/** What CIPRECVDATA gets. */
	#read(link: Link, size: number): void {
		const { connection } = link;
		const data = connection?.toDevice.slice(0, Math.min(size, WINDOW)) ?? "";
		link.announced = false;
		if (connection === undefined || data === "") {
			link.events |= LinkEvent.empty;
			return;
		}
		connection.toDevice = connection.toDevice.slice(data.length);
		const from = this.#showRemote ? `"${link.remote}",${link.remotePort},` : "";
		link.answer = `+CIPRECVDATA:${data.length},${from}${data}`;
	}
	/** @returns whether more of an answer was written */
	#answer(link: Link, port: FakePort): boolean {
		if (link.answer === "") return false;
		const given = port.answer(link.answer);
		link.answer = link.answer.slice(given);
		if (link.answer === "") link.events |= LinkEvent.read;
		return given > 0;
	}
	#address(host: string, family: number): string | undefined {
		const literal = this.family(host);
		if (literal !== 0) return literal === (family === Family.v6 ? 6 : 4) ? host : undefined;
		return this.#net.names.get(host);
	}
	#begin(link: Link, { datagrams, family, host, port, local, timeout }: Order): void {
		const address = this.#address(host, family);
		if (address === undefined) return link.fail(LinkError.dns);
		link.remote = address;
		link.remotePort = port;
		if (local !== undefined && local !== this.#own()) return link.fail(LinkError.localAddress);
		if (this.#own() === NO_ADDRESS || this.#net.unreachable.has(address)) return link.fail(LinkError.unreachable);
		const peer = this.#net.peer(address, port);
		link.announced = false;
		if (datagrams) {
			link.connection = new Connection(this.#own(), this.#nextPort++, 0, this.#wake);
			peer?.connections.push(link.connection);
			link.state = "connected";
			link.events |= LinkEvent.connected;
			return;
		}
		if (peer === undefined) return link.fail(LinkError.refused);
		link.state = "connecting";
		link.peer = peer;
		link.answers = this.#now() + peer.delay;
		link.expires = this.#now() + (timeout || CONNECT_TIME);
		link.connection = new Connection(this.#own(), this.#nextPort++, link.keepAlive, this.#wake);
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
		if (link.passive && !passing && connection && connection.toDevice !== "") {
			if (link.announced || port.room(HEADER_ROOM) < 1) return false;
			link.announced = true;
			const length = Math.min(WINDOW, connection.toDevice.length);
			port.put(`\r\n+IPD,${this.#multiple ? `${id},` : ""}${length}\r\n`);
			return true;
		}
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
		if (this.#serverEvents !== 0) {
			const events = this.#serverEvents;
			this.#serverEvents = 0;
			worked = true;
			enter(() => this.#onServer(events));
		}
		return worked;
	}
	/** The power is gone: peers see their connections end. */
	cut(): void {
		for (const link of this.links) link.release();
	}
}

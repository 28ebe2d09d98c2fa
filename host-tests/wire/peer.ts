// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Bytes, ByteReader, delay, type Journal, SLOW, visible, wire } from "./bytes.ts";

/** One TCP connection of a peer: the other end of a link. */
export class PeerSocket {
	readonly socket: Socket;
	readonly reader: ByteReader;
	readonly #journal: Journal;
	readonly #name: string;
	/** Set when the twin closed its side. */
	#ended = false;
	#closed = false;
	#wake: (() => void) | undefined;

	constructor(socket: Socket, journal: Journal, name: string) {
		this.socket = socket;
		this.#journal = journal;
		this.#name = name;
		this.reader = new ByteReader(`${name} <-`, journal);
		// Segments as the test sends them, not as Nagle's algorithm joins them.
		socket.setNoDelay(true);
		socket.on("data", (chunk: Buffer) => this.reader.push(chunk));
		socket.on("end", () => {
			this.#ended = true;
			this.#wake?.();
		});
		socket.on("error", error => journal.note(`${name}: ${error.message}`));
		socket.on("close", () => {
			this.#closed = true;
			this.reader.fail(new Error(`${name}: the connection is closed`));
			this.#wake?.();
		});
	}

	/** Bytes received so far. */
	get received(): number {
		return this.reader.received;
	}

	get remote(): { address: string; port: number } {
		return { address: this.socket.remoteAddress ?? "", port: this.socket.remotePort ?? 0 };
	}

	/** Resolves when the kernel has taken the bytes. */
	send(data: Bytes): Promise<void> {
		const bytes = wire(data);
		if (bytes.length <= 8192) this.#journal.add(`${this.#name} ->`, bytes);
		else this.#journal.note(`${this.#name} -> ${bytes.length} bytes`);
		return new Promise((resolve, reject) => {
			this.socket.write(bytes, error => (error ? reject(error) : resolve()));
		});
	}

	expect(wanted: Bytes, timeout = 2_000): Promise<void> {
		return this.reader.expect(wanted, timeout);
	}

	expectNothing(ms: number): Promise<void> {
		return this.reader.expectNothing(ms);
	}

	/** Stops reading: what the twin sends piles up, first in this socket, then in the twin. */
	pause(): void {
		this.socket.pause();
	}

	resume(): void {
		this.socket.resume();
	}

	/** Closes this side (FIN). */
	end(): void {
		this.socket.end();
	}

	/** Aborts (RST). */
	reset(): void {
		this.socket.resetAndDestroy();
	}

	/** The twin closed its side (FIN or RST), and no byte was left unread. */
	async expectEnd(timeout = 2_000): Promise<void> {
		const end = performance.now() + timeout * SLOW;
		while (!this.#ended && !this.#closed) {
			const left = end - performance.now();
			if (left <= 0)
				throw new Error(`${this.#name}: not closed after ${timeout * SLOW} ms\n${this.#journal.toString()}`);
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, left);
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
		if (this.reader.unread.length > 0) await this.reader.expectNothing(0);
	}
}

/** A TCP server on loopback for the twin to connect to. */
export class TcpPeer {
	readonly host: string;
	readonly port: number;
	readonly #server: Server;
	readonly #journal: Journal;
	readonly #sockets: Socket[] = [];
	readonly #waiting: PeerSocket[] = [];
	#wake: (() => void) | undefined;
	#count = 0;

	private constructor(server: Server, journal: Journal, host: string) {
		this.#server = server;
		this.#journal = journal;
		this.host = host;
		this.port = (server.address() as AddressInfo).port;
		server.on("connection", socket => {
			this.#sockets.push(socket);
			this.#waiting.push(new PeerSocket(socket, journal, `peer${++this.#count}`));
			this.#wake?.();
		});
	}

	static listen(journal: Journal, host = "127.0.0.1", port = 0): Promise<TcpPeer> {
		return new Promise((resolve, reject) => {
			// Half open: a test decides when its side is closed.
			const server = createServer({ allowHalfOpen: true });
			server.once("error", reject);
			server.listen(port, host, () => resolve(new TcpPeer(server, journal, host)));
		});
	}

	/** Connections since the start. */
	get connections(): number {
		return this.#count;
	}

	/** The next connection, in the order in which they came. */
	async accept(timeout = 2_000): Promise<PeerSocket> {
		const end = performance.now() + timeout * SLOW;
		for (;;) {
			const socket = this.#waiting.shift();
			if (socket) return socket;
			const left = end - performance.now();
			if (left <= 0) throw new Error(`no connection after ${timeout * SLOW} ms\n${this.#journal.toString()}`);
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, left);
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
	}
}

/** A UDP socket on loopback. */
export class UdpPeer {
	readonly host: string;
	readonly port: number;
	readonly #socket: UdpSocket;
	readonly #journal: Journal;
	readonly #waiting: { data: Buffer; from: RemoteInfo }[] = [];
	#wake: (() => void) | undefined;

	private constructor(socket: UdpSocket, journal: Journal, host: string) {
		this.host = host;
		this.port = socket.address().port;
		this.#socket = socket;
		this.#journal = journal;
		socket.on("message", (data, from) => {
			this.#journal.add("udp <-", data);
			this.#waiting.push({ data, from });
			this.#wake?.();
		});
	}

	static open(journal: Journal, host = "127.0.0.1", bindTo = host, port = 0): Promise<UdpPeer> {
		return new Promise((resolve, reject) => {
			const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", reuseAddr: port !== 0 });
			socket.once("error", reject);
			socket.bind(port, bindTo, () => resolve(new UdpPeer(socket, journal, host)));
		});
	}

	get socket(): UdpSocket {
		return this.#socket;
	}

	send(data: Bytes, port: number, host: string): Promise<void> {
		const bytes = wire(data);
		this.#journal.add("udp ->", bytes);
		return new Promise((resolve, reject) => {
			this.#socket.send(bytes, port, host, error => (error ? reject(error) : resolve()));
		});
	}

	/** The next datagram. */
	async receive(timeout = 2_000): Promise<{ data: Buffer; from: RemoteInfo }> {
		const end = performance.now() + timeout * SLOW;
		for (;;) {
			const it = this.#waiting.shift();
			if (it) return it;
			const left = end - performance.now();
			if (left <= 0) throw new Error(`no datagram after ${timeout * SLOW} ms\n${this.#journal.toString()}`);
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, left);
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	async expectNothing(ms: number): Promise<void> {
		await delay(ms);
		if (this.#waiting.length > 0) throw new Error(`a datagram came\n${this.#journal.toString()}`);
	}

	/** The next datagram must be exactly this. @returns who sent it */
	async expect(wanted: Bytes, timeout = 2_000): Promise<RemoteInfo> {
		const { data, from } = await this.receive(timeout);
		if (!data.equals(wire(wanted)))
			throw new Error(
				`datagram: expected ${visible(wire(wanted))}, got ${visible(data)}\n${this.#journal.toString()}`,
			);
		return from;
	}

	close(): void {
		this.#socket.close();
	}
}

/** Connects to a server of the twin. @param from the address it comes from; none: the system's choice */
export function connectTo(
	journal: Journal,
	host: string,
	port: number,
	name = "client",
	from?: string,
): Promise<PeerSocket> {
	return new Promise((resolve, reject) => {
		const socket = connect({ port, host, allowHalfOpen: true, ...(from && { localAddress: from }) });
		socket.once("error", reject);
		socket.once("connect", () => {
			socket.off("error", reject);
			resolve(new PeerSocket(socket, journal, name));
		});
	});
}

/** A port of 127.0.0.1 where nobody listens. */
export async function unusedPort(journal: Journal): Promise<number> {
	const peer = await TcpPeer.listen(journal);
	peer.close();
	return peer.port;
}

/**
 * A listener of 127.0.0.1 that answers no further connection: as a host behind a dead link. Its queue is full, and its
 * process does not run.
 */
export async function deadPort(cleanup: (end: () => void) => void): Promise<number> {
	const script =
		'require("net").createServer().listen({port:0,host:"127.0.0.1",backlog:1},function(){console.log(this.address().port)})';
	const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
	const sockets: Socket[] = [];
	cleanup(() => {
		for (const socket of sockets) socket.destroy();
		child.kill("SIGKILL");
	});
	const [first] = (await once(child.stdout, "data")) as [Buffer];
	const port = Number(first.toString());
	child.kill("SIGSTOP");
	for (let i = 0; i < 10; i++) {
		const socket = connect(port, "127.0.0.1");
		sockets.push(socket);
		socket.on("error", () => {});
		const connected = once(socket, "connect").then(() => true);
		if (!(await Promise.race([connected, delay(300).then(() => false)]))) return port;
	}
	throw new Error("the listener's queue does not fill up");
}

// SPDX-License-Identifier: Apache-2.0

/** The network beyond the device: peers that listen, names, what is out of reach. No real sockets. */

export interface PeerOptions {
	/** ms until a connection is made; Infinity: the peer never answers. */
	delay?: number;
}

/** A peer that takes connections; each is there from the moment when it is made. */
export class Peer {
	readonly address: string;
	readonly port: number;
	readonly delay: number;
	readonly connections: Connection[] = [];

	constructor(address: string, port: number, delay: number) {
		this.address = address;
		this.port = port;
		this.delay = delay;
	}
	/** The newest connection. */
	get connection(): Connection {
		const it = this.connections.at(-1);
		if (it === undefined) throw new Error(`nobody connected to ${this.address}:${this.port}`);
		return it;
	}
}

/** A connection as its peer sees it. Strings are binary strings. */
export class Connection {
	/** All that the device has sent. */
	received = "";
	/** False when the device has closed it. */
	open = true;
	/** True: the peer stops reading, and the device's send buffer is full. */
	blocked = false;
	readonly localAddress: string;
	readonly localPort: number;
	/** s, 0 for none */
	readonly keepAlive: number;
	/** What the device has not read yet. */
	toDevice = "";
	ended = false;
	broken = false;
	readonly #wake: () => void;

	constructor(localAddress: string, localPort: number, keepAlive: number, wake: () => void) {
		this.localAddress = localAddress;
		this.localPort = localPort;
		this.keepAlive = keepAlive;
		this.#wake = wake;
	}
	/** The peer sends. */
	write(data: string): void {
		this.toDevice += data;
		this.#wake();
	}
	/** The peer closes, after what it has written; what the device sends then is still taken. */
	end(): void {
		this.ended = true;
		this.#wake();
	}
	/** The peer resets the connection: what is under way is lost, and the device cannot send. */
	reset(): void {
		this.toDevice = "";
		this.broken = this.ended = true;
		this.#wake();
	}
	/** The peer reads on, after `blocked`. */
	resume(): void {
		this.blocked = false;
		this.#wake();
	}
}

export class Network {
	/** What the name server knows. */
	readonly names = new Map<string, string>();
	/** Addresses to which there is no route. */
	readonly unreachable = new Set<string>();
	readonly #peers = new Map<string, Peer>();

	/** A peer listens; connections to any other address and port are refused. */
	listen(address: string, port: number, { delay = 0 }: PeerOptions = {}): Peer {
		const peer = new Peer(address, port, delay);
		this.#peers.set(`${address}:${port}`, peer);
		return peer;
	}
	/** Nobody listens there any more. */
	unlisten(peer: Peer): void {
		this.#peers.delete(`${peer.address}:${peer.port}`);
	}
	peer(address: string, port: number): Peer | undefined {
		return this.#peers.get(`${address}:${port}`);
	}
}

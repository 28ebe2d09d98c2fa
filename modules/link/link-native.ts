// SPDX-License-Identifier: Apache-2.0

/** Bits of `onEvent`; as in link-state.h. */
export const LinkEvent = Object.freeze({
	connected: 1,
	failed: 2,
	/** By the peer, or because it broke, or was silent for too long. */
	closed: 4,
	/** close() is done. */
	ended: 8,
	/** read() is done: the answer is written. */
	read: 16,
	/** There was nothing to read. */
	empty: 32,
	/** sendTo() has its address; `failed` otherwise. */
	resolved: 64,
	/** count() is done. */
	counted: 128,
});

/** Bits of `onServer`; as in link-state.h. */
export const ServerEvent = Object.freeze({ listening: 1, failed: 2, stopped: 4, waiting: 8 });

/** Which addresses a name may have; as in net.h. */
export const Family = Object.freeze({ preferV4: 0, v4: 1, v6: 2 });

/** The links' half in C (link.c): five connections by id, 0..4, and one server. */
export class LinkNative extends Native("xs_link_destructor") {
	/**
	 * @param onEvent called with bits of LinkEvent; error says why it failed (link.ts)
	 * @param onServer called with bits of ServerEvent
	 */
	constructor(onEvent: (id: number, events: number, error: number) => void, onServer: (events: number) => void) {
		super();
		native("xs_link").call(this, onEvent, onServer);
	}
	/**
	 * Looks up and connects.
	 * @param local the address to leave from, undefined for the station's
	 * @param localPort of datagrams, 0 for any @param mode of datagrams, 0..2 (guide 3.3.6)
	 * @param timeout ms, 0 for the default @throws RangeError for an address that is none
	 */
	connect(
		id: number,
		datagrams: boolean,
		family: number,
		host: string,
		port: number,
		local: string | undefined,
		localPort: number,
		mode: number,
		timeout: number,
	): void {
		return native("xs_link_connect").call(this, id, datagrams, family, host, port, local, localPort, mode, timeout);
	}
	/** Makes a link of the connection that waits at the server. */
	adopt(id: number): void {
		return native("xs_link_adopt").call(this, id);
	}
	/** After `connected`: data flows from now on. @param passing in a passthrough that is on */
	start(id: number, passing: boolean): void {
		return native("xs_link_start").call(this, id, passing);
	}
	close(id: number): void {
		return native("xs_link_close").call(this, id);
	}
	/** @param linger s, -1 off @param sendTimeout ms, 0 none @param keepAlive s, 0 off */
	options(id: number, linger: number, noDelay: boolean, sendTimeout: number, keepAlive: number): void {
		return native("xs_link_options").call(this, id, linger, noDelay, sendTimeout, keepAlive);
	}
	passive(id: number, on: boolean): void {
		return native("xs_link_passive").call(this, id, on);
	}
	/** Answers with what there is, at most size bytes. The port is claimed. */
	read(id: number, size: number): void {
		return native("xs_link_read").call(this, id, size);
	}
	/**
	 * The next data phase is one datagram of this size, 0: every block is one.
	 * @param keep where sendTo() said the last one goes, else to the link's remote @returns false without memory
	 */
	datagram(id: number, size: number, keep: boolean): boolean {
		return native("xs_link_datagram").call(this, id, size, keep);
	}
	/** After datagram(): where it goes, instead of to the link's remote. */
	sendTo(id: number, host: string, port: number): void {
		return native("xs_link_sendTo").call(this, id, host, port);
	}
	/** Counts the bytes that can be read: then available() is of now. */
	count(): void {
		return native("xs_link_count").call(this);
	}
	available(id: number): number {
		return native("xs_link_available").call(this, id);
	}
	/** Of the peer, all zero before it is looked up. */
	remote(id: number): [address: string, port: number] {
		return native("xs_link_remote").call(this, id);
	}
	/** Whether the peer is in the SoftAP's network. */
	isBySoftAp(id: number): boolean {
		return native("xs_link_isBySoftAp").call(this, id);
	}
	localPort(id: number): number {
		return native("xs_link_localPort").call(this, id);
	}
	/** @returns 4 or 6 for the text of an address, else 0 */
	family(text: string): number {
		return native("xs_link_family").call(this, text);
	}
	format(multiple: boolean, showRemote: boolean): void {
		return native("xs_link_format").call(this, multiple, showRemote);
	}
	listen(v6: boolean, port: number): void {
		return native("xs_link_listen").call(this, v6, port);
	}
	/** Closes the connection that waits. */
	refuse(): void {
		return native("xs_link_refuse").call(this);
	}
	stopListening(): void {
		return native("xs_link_stopListening").call(this);
	}
	/** @param seconds that a server's link may be silent, 0 for ever */
	silence(seconds: number): void {
		return native("xs_link_silence").call(this, seconds);
	}
}

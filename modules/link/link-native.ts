// SPDX-License-Identifier: Apache-2.0

/** Bits of `onEvent`. */
export const LinkEvent = Object.freeze({
	connected: 1,
	/** The connection could not be made; the error tells why. */
	failed: 2,
	/** The peer closed, or the connection broke. */
	closed: 4,
	/** close() is done. */
	ended: 8,
});

/** Sockets and frames of the links 0..4 (link.c, link-io.c). One order at a time for each. */
export class LinkNative extends Native("xs_link_destructor") {
	/** @param onEvent called with the link's id, bits of LinkEvent and, with `failed`, LINK_ERROR_... */
	constructor(onEvent: (id: number, events: number, error: number) => void) {
		super();
		native("xs_link").call(this, onEvent);
	}
	/**
	 * Opens a TCP connection; `connected` or `failed` follows.
	 * @param keepAlive seconds, 0 for none @param local own address, or undefined @param timeout ms, 0 for 10 s
	 * @throws RangeError for a host of more than 64 bytes or an address that is none
	 */
	connect(
		id: number,
		host: string,
		port: number,
		keepAlive: number,
		local: string | undefined,
		timeout: number,
	): void {
		return native("xs_link_connect").call(this, id, host, port, keepAlive, local, timeout);
	}
	/** After `connected`: data flows from now on. @param passing in a passthrough that is on */
	start(id: number, passing: boolean): void {
		return native("xs_link_start").call(this, id, passing);
	}
	close(id: number): void {
		return native("xs_link_close").call(this, id);
	}
	/** The peer's address. */
	remote(id: number): string {
		return native("xs_link_remote").call(this, id);
	}
	localPort(id: number): number {
		return native("xs_link_localPort").call(this, id);
	}
	/** Whether a text is an IPv4 address. */
	isAddress(text: string): boolean {
		return native("xs_link_isAddress").call(this, text);
	}
	/** How +IPD looks from now on: with the link's id, with the peer's address. */
	format(multiple: boolean, showRemote: boolean): void {
		return native("xs_link_format").call(this, multiple, showRemote);
	}
}

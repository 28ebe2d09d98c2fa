// SPDX-License-Identifier: Apache-2.0

/** As in echo.h. */
export const Echo = Object.freeze({ answered: 0, timeout: 1, unreachable: 2, notPermitted: 3 });

/** Look-ups and echo requests, one at a time, on the worker; name servers (network.c). */
export class NetworkNative extends Native("xs_network_destructor") {
	/** @param onDone called with the address, "" for none, an Echo and ms */
	constructor(onDone: (address: string, echo: number, elapsed: number) => void) {
		super();
		native("xs_network").call(this, onDone);
	}
	/**
	 * @param host a name or an address, at most 255 bytes @param family one of link-native.ts's Family
	 * @param echoTime ms to wait for an echo, 0: none is asked for @returns false without memory
	 */
	inquire(host: string, family: number, echoTime: number): boolean {
		return native("xs_network_inquire").call(this, host, family, echoTime);
	}
	/** Nobody waits any more; onDone is not called. */
	forget(): void {
		return native("xs_network_forget").call(this);
	}
	/** Texts of addresses, "" for none; none at all: those that the network names. */
	setServers(first: string, second: string, third: string): void {
		return native("xs_network_setServers").call(this, first, second, third);
	}
	/** The name servers in force, as far as they are known. */
	servers(): string[] {
		return native("xs_network_servers").call(this);
	}
}

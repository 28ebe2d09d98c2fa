// SPDX-License-Identifier: Apache-2.0

import { Echo, type NetworkNative } from "net/network-native";
import { cText } from "./binary";
import type { Network } from "./network";

const HOST_MAX = 255;
const IS_ADDRESS = /^(\d+\.){3}\d+$|:/;

/** Look-ups in the names of the fake network; every address that can be reached answers an echo request after 7 ms. */
export class FakeNames implements Record<keyof NetworkNative, unknown> {
	readonly #net: Network;
	#servers: string[] = [];
	#asked: { host: string; echo: boolean } | undefined = undefined;
	#onDone: (address: string, echo: number, elapsed: number) => void = () => {};

	constructor(net: Network) {
		this.#net = net;
	}
	serve(onDone: (address: string, echo: number, elapsed: number) => void): this {
		this.#onDone = onDone;
		return this;
	}
	inquire(host: string, _family: number, echoTime: number): boolean {
		if (this.#asked !== undefined) throw new Error("an inquiry is under way");
		this.#asked = { host: cText(host, HOST_MAX), echo: echoTime > 0 };
		return true;
	}
	forget(): void {
		this.#asked = undefined;
	}
	setServers(...list: string[]): void {
		this.#servers = list.filter(it => it !== "");
	}
	servers(): string[] {
		return this.#servers;
	}
	/** @returns whether there was something to do */
	xs(enter: (body: () => void) => void): boolean {
		const asked = this.#asked;
		if (asked === undefined) return false;
		this.#asked = undefined;
		const address = IS_ADDRESS.test(asked.host) ? asked.host : (this.#net.names.get(asked.host) ?? "");
		const reachable = address !== "" && !this.#net.unreachable.has(address);
		enter(() => this.#onDone(address, reachable ? Echo.answered : Echo.timeout, asked.echo && reachable ? 7 : 0));
		return true;
	}
}

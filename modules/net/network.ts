// SPDX-License-Identifier: Apache-2.0

import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { NetworkNative } from "net/network-native";
import { Timer } from "system/timers";

/** What came of an inquiry. */
export interface Answer {
	/** "" for none */
	readonly address: string;
	/** One of Echo, when one was asked for. */
	readonly echo: number;
	/** ms */
	readonly elapsed: number;
	readonly timeout: boolean;
}

const NO_TIME: Answer = Object.freeze({ address: "", echo: 0, elapsed: 0, timeout: true });

/** What AT+CIPDNS shows where the network names no servers (guide 3.3.37). */
const DEFAULT_SERVERS = Object.freeze(["208.67.222.222", "8.8.8.8"]);

/** Names, name servers and echo requests. */
export class Network {
	readonly #native: NetworkNative;
	readonly #settings: Settings;
	readonly #timer: Timer;
	#settle: ((answer: Answer) => void) | undefined = undefined;

	constructor(values: Settings) {
		this.#settings = values;
		this.#native = new NetworkNative((address, echo, elapsed) =>
			this.#done({ address, echo, elapsed, timeout: false }),
		);
		this.#timer = new Timer(() => {
			this.#native.forget();
			this.#done(NO_TIME);
		});
		this.useServers();
	}
	/** @param timeout ms for all of it @param echoTime ms to wait for an echo, 0: none is asked for */
	inquire(host: string, family: number, timeout: number, echoTime: number): Promise<Answer> {
		return new Promise(resolve => {
			if (!this.#native.inquire(host, family, echoTime)) {
				resolve(NO_TIME);
				return;
			}
			this.#settle = resolve;
			this.#timer.start(timeout);
		});
	}
	/** The servers of the settings are asked from now on, or those that the network names. */
	useServers(): void {
		const [first = "", second = "", third = ""] = this.#chosen();
		this.#native.setServers(first, second, third);
	}
	/** Those in force. */
	servers(): readonly string[] {
		const chosen = this.#chosen();
		if (chosen.length > 0) return chosen;
		const known = this.#native.servers();
		return known.length > 0 ? known : DEFAULT_SERVERS;
	}
	#chosen(): readonly string[] {
		if (this.#settings.get(settings.dnsManual) === 0) return [];
		const list = this.#settings.get(settings.dnsServers);
		return list === "" ? DEFAULT_SERVERS : list.split(",");
	}
	#done(answer: Answer): void {
		const settle = this.#settle;
		this.#settle = undefined;
		this.#timer.stop();
		settle?.(answer);
	}
}

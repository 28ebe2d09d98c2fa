// SPDX-License-Identifier: Apache-2.0

import type { Events } from "core/events";
import type { Settings } from "core/settings";
import { settings } from "core/settings";
import { NO_IPV4 } from "net/ipv4";
import { log } from "system/log";
import { Timer } from "system/timers";
import { Interface, JoinError, WifiEvent, WifiNative } from "wifi/wifi-native";

/** As AT+CWSTATE? tells it (guide 3.2.4). */
export const StationState = Object.freeze({
	idle: 0,
	noAddress: 1,
	connected: 2,
	connecting: 3,
	disconnected: 4,
});

/** Of 2.4 GHz, in any country. */
export const CHANNELS = 14;

/** The station: its state, its messages, joining and reconnection. */
export class Station {
	readonly radio: WifiNative;
	readonly #events: Events;
	readonly #settings: Settings;
	/** Of the join in hand, then of the next reconnection. */
	readonly #timer: Timer;
	#state: number = StationState.idle;
	#ssid = "";
	/** Settles what AT+CWJAP awaits: 0 or a JoinError. */
	#settle: ((error: number) => void) | undefined = undefined;
	#attempts = 0;
	/** The timer runs for the next attempt, not for one in hand. */
	#retrying = false;
	/** Of the address that was told last. */
	#ip = "";
	/** False after AT+CWINIT=0. */
	hasDriver = true;
	/** Called when there is an address, and when the network is gone. */
	onAddress: () => void = () => {};
	onLost: () => void = () => {};
	/** What the scan (wifi/scan.ts) and the SoftAP (wifi/softap.ts) are told. */
	onScanned: () => void = () => {};
	onClients: () => void = () => {};

	constructor(events: Events, values: Settings) {
		this.#events = events;
		this.#settings = values;
		this.radio = new WifiNative((bits, reason) => this.#event(bits, reason));
		this.#timer = new Timer(() => this.#timeout());
		this.#configure(values);
	}
	/** What is stored, as far as it is not what the radio does anyway. */
	#configure(values: Settings): void {
		const { radio } = this;
		const mac = values.get(settings.stationMac);
		if (mac !== "") radio.setMac(Interface.station, mac);
		const protocol = values.get(settings.stationProtocol);
		if (protocol !== settings.stationProtocol.initial) radio.setProtocol(Interface.station, protocol);
		if (values.get(settings.ipv6) === 1) radio.setIPv6(true);
		this.#useFactoryCountry(values);
		this.useAddress();
	}
	/** That of the manufacturing data (User Guide 6.7); where they have none, or no possible one, that of a MINI. */
	#useFactoryCountry(values: Settings): void {
		const [code, first, count] = ["country_code", "start_channel", "channel_num"].map(key => values.factory(key));
		const isCountry =
			typeof code === "string" &&
			(code.length === 2 || code.length === 3) &&
			typeof first === "number" &&
			typeof count === "number" &&
			first >= 1 &&
			count >= 1 &&
			first + count - 1 <= CHANNELS;
		if (!isCountry || !this.radio.setCountry(true, code, first, count)) this.radio.setCountry(true, "CN", 1, 13);
	}
	/** The static address of the settings, one by DHCP, or none. @returns false when the radio refuses */
	useAddress(): boolean {
		const none = this.#settings.get(settings.dhcp) & Interface.station ? "" : NO_IPV4;
		const [ip = none, gateway = none, netmask = none] = this.staticAddress();
		return this.radio.setAddress(ip, gateway, netmask);
	}
	/** [] without one */
	staticAddress(): readonly string[] {
		const address = this.#settings.get(settings.stationAddress);
		return address === "" ? [] : address.split(",");
	}

	get state(): number {
		return this.#state;
	}
	/** Of the access point in hand, or the last one. */
	get ssid(): string {
		return this.#ssid;
	}
	get isJoined(): boolean {
		return this.#state === StationState.noAddress || this.#state === StationState.connected;
	}
	accessPoint(): [bssid: string, channel: number, rssi: number] {
		return this.radio.accessPoint();
	}
	address(): [ip: string, gateway: string, netmask: string, linkLocal: string, global: string] {
		return this.radio.address();
	}

	/** @param mode 0 off, bit 0 station, bit 1 access point. @returns false when the radio refuses */
	setMode(mode: number): boolean {
		if (!this.radio.start(mode)) return false;
		if ((mode & Interface.station) === 0) {
			this.#forget();
			if (this.isJoined) this.#lost();
			this.#state = StationState.idle;
		}
		return true;
	}
	/**
	 * Joins the access point of the settings; while joined to one, that is left first.
	 * @param timeout ms @returns 0 or a JoinError
	 */
	join(timeout: number): Promise<number> {
		this.#forget();
		if (this.isJoined) this.#lost();
		this.#attempts = 0;
		return new Promise(resolve => {
			this.#settle = resolve;
			this.#attempt(timeout);
		});
	}
	/** Leaves the access point, and ends every attempt to join one. */
	leave(): void {
		this.#forget();
		this.radio.leave();
		if (this.isJoined) this.#lost();
		else if (this.#state === StationState.connecting) this.#state = StationState.disconnected;
	}
	/** Joins in the background, as at power-up: nobody waits, the messages tell. */
	joinLater(): void {
		if (this.#settings.get(settings.ssid) === "") return;
		this.#attempts = 0;
		this.#attempt(this.#settings.get(settings.joinTimeout) * 1000);
	}

	/** The radio's station has restarted, and forgotten what it was at: a join in hand begins anew. */
	restarted(): void {
		if (this.#state === StationState.connecting && !this.#retrying)
			this.#attempt(this.#settings.get(settings.joinTimeout) * 1000);
	}
	/** AT+CWRECONNCFG has changed: an attempt that it does not want any more is not made. */
	reconnectionChanged(): void {
		if (!this.#retrying || this.#settings.get(settings.reconnectInterval) !== 0) return;
		this.#forget();
		this.#state = StationState.disconnected;
	}

	#attempt(timeout: number): void {
		const values = this.#settings;
		this.#ssid = values.get(settings.ssid);
		this.#state = StationState.connecting;
		this.#retrying = false;
		this.#timer.start(timeout);
		try {
			this.radio.join(
				this.#ssid,
				values.get(settings.password),
				values.get(settings.bssid),
				values.get(settings.pciEnabled),
				values.get(settings.listenInterval),
				values.get(settings.scanMode),
				values.get(settings.pmf),
			);
		} catch (error) {
			/* What is stored may be another firmware's, and impossible. */
			log(`join: ${error}`);
			this.#failed(JoinError.failed);
		}
	}
	/** Ends the wait of whoever waits. */
	#forget(): void {
		this.#retrying = false;
		this.#timer.stop();
		this.#done(JoinError.failed);
	}
	#done(error: number): void {
		const settle = this.#settle;
		this.#settle = undefined;
		settle?.(error);
	}

	#event(bits: number, reason: number): void {
		if (bits & WifiEvent.scanned) this.onScanned();
		if (bits & WifiEvent.client) this.onClients();
		if (bits & WifiEvent.lost && this.isJoined) {
			this.#timer.stop();
			this.#done(JoinError.failed);
			this.#lost();
			this.#retryLater();
		}
		if (bits & WifiEvent.failed && this.#state === StationState.connecting) this.#failed(reason);
		if (bits & WifiEvent.associated && this.#state === StationState.connecting) {
			this.#state = StationState.noAddress;
			this.#events.post("WIFI CONNECTED", "WIFI CONNECTED\r\n");
		}
		if (bits & WifiEvent.addressed && this.isJoined) this.#addressed();
		if (bits & WifiEvent.linkLocal && this.isJoined) this.#events.post("WIFI GOT IPv6 LL", "WIFI GOT IPv6 LL\r\n");
		if (bits & WifiEvent.global && this.isJoined) this.#events.post("WIFI GOT IPv6 GL", "WIFI GOT IPv6 GL\r\n");
	}
	#addressed(): void {
		const before = this.#state === StationState.connected ? this.#ip : "";
		this.#ip = this.address()[0];
		this.#state = StationState.connected;
		this.#timer.stop();
		this.#attempts = 0;
		/* What was connected from another address is dead. */
		if (before !== "" && before !== this.#ip) this.onLost();
		this.#events.post("WIFI GOT IP", "WIFI GOT IP\r\n");
		this.onAddress();
		this.#done(0);
	}
	#lost(): void {
		this.#state = StationState.disconnected;
		/* Or a host that did not read would be told of them as if they came after this. */
		this.#events.forget("WIFI CONNECTED", "WIFI GOT IP", "WIFI GOT IPv6 LL", "WIFI GOT IPv6 GL");
		this.#events.post("WIFI DISCONNECT", "WIFI DISCONNECT\r\n");
		this.onLost();
	}
	#failed(reason: number): void {
		this.#timer.stop();
		this.#state = StationState.disconnected;
		if (this.#settle) this.#done(reason);
		else this.#retryLater();
	}
	/** guide 3.2.6: AT+CWRECONNCFG says whether, after how long and how often. */
	#retryLater(): void {
		const values = this.#settings;
		const interval = values.get(settings.reconnectInterval);
		const count = values.get(settings.reconnectCount);
		if (interval === 0 || (count !== 0 && this.#attempts >= count)) return;
		this.#attempts++;
		this.#state = StationState.connecting;
		this.#retrying = true;
		this.#timer.start(interval * 1000);
	}
	#timeout(): void {
		if (this.#retrying) {
			this.#attempt(this.#settings.get(settings.joinTimeout) * 1000);
			return;
		}
		/* Associated but never given an address, or not even that. */
		const joined = this.isJoined;
		this.radio.leave();
		if (joined) this.#lost();
		this.#failed(JoinError.timeout);
	}
}

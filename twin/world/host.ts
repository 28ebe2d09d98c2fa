// SPDX-License-Identifier: Apache-2.0

/**
 * What the simulated radio world needs from the process around it. The twin implements this in C; unit tests have a
 * fake. Nothing else reaches outside, so the world runs in any XS machine and under Node.
 *
 * Strings are of two kinds. "Text" is any JavaScript string; what the world sends is JSON in pure ASCII (`\uXXXX` for
 * the rest), so it has one byte per character. SSIDs and passwords inside are binary strings: one character U+0000 to
 * U+00FF per byte.
 */

/** Why a join failed: the numbers of `+CWJAP:<n>`. 1, timeout, is the firmware's own: the world never gives it. */
export type JoinFailure = 2 | 3 | 4;

/** What the world asks of C. */
export type RequestKind =
	/** `"1"` = collect garbage first, `"0"`; answer: a JSON object, handed to the client as it is. */
	| "statistics"
	/** Milliseconds, decimal; answer: `{"now": <ms>}`, or `{"error": …}` when the clock is not manual. */
	| "advance"
	/** `"n"`, n > 0: cut the power at the n-th flash operation from now, answer `{}` when armed. `"0"`: cut it now. */
	| "cut"
	/** `""`; answer: `{"ports": […]}`, the local ports that the host refused and what stands in for them. */
	| "port"
	/** `""` or one pin's number; answer: `{"pins": [{"pin", "level"}, …]}`, those that are driven, or that one. */
	| "outputs"
	/** `""`: reset as by the reset pin. */
	| "reset"
	/** `"<number> <level>"`: somebody outside drives a pin; answer `{}` when what it wakes is awake. */
	| "pin"
	/** `""`; answer: `{"running": <label>, "slots": […]}`, the firmware in flash. */
	| "firmware"
	/** `"<channel> <rssi> <rtt ms>"` of the access point the station is associated with; never has an answer. */
	| "signal"
	/** The name servers that DHCP named, separated by blanks, "" for none; never has an answer. */
	| "dns"
	/** `"1"`: the network of the access point leads everywhere; `"0 <netmask>"`: no further; never has an answer. */
	| "internet"
	/** A line for the twin's log; never has an answer. */
	| "log";

export interface WorldHost {
	/** Milliseconds of the twin's clock (`platform_now()`), 0 to 4294967295, never falling. */
	now(): number;
	/** Call `onAlarm` once when the clock is at `deadline` (it may have passed). Replaces the last one; 0 cancels. */
	alarm(deadline: number): void;
	/** One line (ASCII JSON, without its newline) to a control client. A connection that is gone is ignored. */
	send(connection: number, line: string): void;

	/** The station is associated: join request, `xx:xx:xx:xx:xx:xx`, channel, dBm. */
	associated(joinId: number, bssid: string, channel: number, rssi: number): void;
	/** The country of the access point, which is the station's until `disconnected`. */
	country(code: string, first: number, count: number): void;
	/** The station has an address: three dotted addresses, and the join they belong to. */
	address(ip: string, gateway: string, netmask: string, joinId: number): void;
	joinFailed(joinId: number, reason: JoinFailure): void;
	/** The association of that join ended; `reason` is the IDF's wifi_err_reason_t. */
	disconnected(reason: number, joinId: number): void;

	/** The station has an IPv6 address: the link-local one, or that of its network. */
	address6(global: boolean, ip: string): void;

	/** A search has found an access point: ssid (a binary string), its bssid, and what AT+CWLAP tells, as numbers. */
	found(
		scanId: number,
		ssid: string,
		bssid: string,
		channel: number,
		rssi: number,
		ecn: number,
		pairwise: number,
		group: number,
		protocol: number,
		wps: boolean,
	): void;
	/** A search is over; not complete: the radio could not. */
	scanned(scanId: number, complete: boolean): void;

	/** A station of the SoftAP: `xx:xx:xx:xx:xx:xx`; it has joined, got an address of DHCP, or left. */
	clientJoined(mac: string): void;
	clientAddressed(mac: string, ip: string): void;
	clientLeft(mac: string): void;

	/** Where on this machine an address of the radio world is. */
	actual(ip: string): string;

	/**
	 * Asks for something. Later, never from inside this call, C answers `onAnswer(kind, id, json)`; `{"error": "…"}`
	 * when it cannot or does not know the kind. With id 0 it does not answer.
	 */
	request(kind: RequestKind, id: number, argument: string): void;
}

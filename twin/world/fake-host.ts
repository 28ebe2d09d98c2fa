// SPDX-License-Identifier: Apache-2.0

import type { Json, JsonObject } from "world/fields";
import type { WorldHost } from "world/host";
import { World } from "world/main";

/**
 * The process around the world for unit tests, which import it by its path: it is no module of the twin. Its clock
 * starts at 1000 and moves when `pass` says so; what the world does is logged.
 */
export class FakeHost implements WorldHost {
	time = 1000;
	deadline = 0;
	/** Station events in order, as "<ms since the start> <name> <arguments>". */
	readonly log: string[] = [];
	readonly lines: [connection: number, line: JsonObject][] = [];
	readonly requests: [kind: string, id: number, argument: string][] = [];

	now(): number {
		return this.time;
	}
	alarm(deadline: number): void {
		this.deadline = deadline;
	}
	send(connection: number, line: string): void {
		if (/[^\x20-\x7e]/.test(line)) throw new Error(`not printable ASCII: ${line}`);
		this.lines.push([connection, JSON.parse(line) as JsonObject]);
	}
	associated(...values: (number | string)[]): void {
		this.#note("associated", values);
	}
	address(...values: (number | string)[]): void {
		this.#note("address", values);
	}
	joinFailed(...values: number[]): void {
		this.#note("joinFailed", values);
	}
	disconnected(...values: number[]): void {
		this.#note("disconnected", values);
	}
	country(...values: (number | string)[]): void {
		this.#note("country", values);
	}
	address6(global: boolean, ip: string): void {
		this.#note(global ? "global" : "linkLocal", [ip]);
	}
	found(...values: (number | string | boolean)[]): void {
		this.#note("found", values);
	}
	scanned(...values: (number | boolean)[]): void {
		this.#note("scanned", values);
	}
	clientJoined(mac: string): void {
		this.#note("clientJoined", [mac]);
	}
	clientAddressed(mac: string, ip: string): void {
		this.#note("clientAddressed", [mac, ip]);
	}
	clientLeft(mac: string): void {
		this.#note("clientLeft", [mac]);
	}
	/** This machine has 127/8; 192.168.x.y is at 127.200.x.y. */
	actual(ip: string): string {
		return ip.replace(/^192\.168\./, "127.200.");
	}
	request(kind: string, id: number, argument: string): void {
		this.requests.push([kind, id, argument]);
	}

	/** Lets time pass, alarm by alarm. */
	pass(ms: number, onAlarm: (now: number) => void): void {
		const end = this.time + ms;
		while (this.deadline !== 0 && this.deadline <= end) {
			this.time = Math.max(this.time, this.deadline);
			this.deadline = 0;
			onAlarm(this.time);
		}
		this.time = end;
	}

	#note(name: string, values: readonly (number | string | boolean)[]): void {
		this.log.push(`${this.time - 1000} ${name} ${values.join(" ")}`);
	}
}

/** No chance, so that times are exact: scan 60 (fast on channel 6: 28), association 30, DHCP 20. */
const EXACT = JSON.stringify({ timing: { jitter_ms: 0 } });
const MAC = "7c:df:a1:00:00:01";

/** A world on a fake host, and short words for what tests do to it. */
export class Fixture {
	readonly host = new FakeHost();
	readonly world = new World();
	constructor(radio = EXACT, options: JsonObject = { seed: 1, instance: 258 }) {
		this.world.start(this.host, radio, JSON.stringify(options));
	}
	pass(ms: number): void {
		this.host.pass(ms, now => this.world.onAlarm(now));
	}
	/** What connection 1 is answered at once. */
	ask(request: Json): JsonObject | undefined {
		this.host.lines.length = 0;
		this.world.onControl(1, typeof request === "string" ? request : JSON.stringify(request));
		return this.#answer();
	}
	/** The answer to a request that must succeed. */
	ok(request: JsonObject): JsonObject {
		const answer = this.ask(request);
		if (answer?.ok !== true) throw new Error(`not ok: ${JSON.stringify(answer)}`);
		return answer;
	}
	/** The error of a request that must fail. */
	error(request: Json): string {
		const answer = this.ask(request);
		if (answer?.ok !== false) throw new Error(`no error: ${JSON.stringify(answer)}`);
		return String(answer.error);
	}
	radio(request: JsonObject): void {
		this.world.onRadio(JSON.stringify(request));
	}
	on(mode = 1): void {
		this.radio({ op: "start", mode, mac: MAC, apmac: "7c:df:a1:00:00:02" });
	}
	/** Starts a join and lets it end; gives the log of it without its times. */
	join(fields: JsonObject, ms = 1000): string[] {
		this.host.log.length = 0;
		this.radio({ op: "join", id: 7, pci_en: 0, pmf: 1, scan_mode: 0, listen_interval: 3, ...fields });
		this.pass(ms);
		return this.host.log.map(line => line.slice(line.indexOf(" ") + 1));
	}
	/** A request that is answered after some time; gives that answer. */
	wait(request: JsonObject, ms = 1000): JsonObject {
		this.ask(request);
		this.pass(ms);
		const answer = this.#answer();
		if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(request)}`);
		return answer;
	}
	#answer(): JsonObject | undefined {
		return this.host.lines.find(([, line]) => line.ok !== undefined)?.[1];
	}
	/** What has happened since the last call, without its times. */
	events(): string[] {
		return this.host.log.splice(0).map(line => line.slice(line.indexOf(" ") + 1));
	}
	joined(): this {
		this.on();
		const events = this.join({ ssid: "twin-ap", password: "12345678" });
		if (events.length !== 2) throw new Error(`not joined: ${events.join()}`);
		this.host.log.length = 0;
		return this;
	}
	state(): JsonObject {
		return this.ok({ cmd: "station.state" }).station as JsonObject;
	}
	aps(): JsonObject[] {
		return this.ok({ cmd: "ap.list" }).access_points as JsonObject[];
	}
}

// SPDX-License-Identifier: Apache-2.0

/**
 * Replays the examples of the guide (../shared/spec: transcripts.json, chapter3-examples.json) against a twin. The
 * conventions are those of the files' `meta`, read strictly: every byte counts, blank lines too. What an example says
 * in a way that this replayer does not know is an error, never passed over.
 */

import { readFileSync } from "node:fs";
import {
	type Wire,
	delay,
	type PeerSocket,
	SLOW,
	TcpPeer,
	type UdpPeer,
	visible,
	wire,
	type WireTestOptions,
} from "./harness.ts";

interface Item {
	readonly re?: string;
	readonly bind?: readonly string[];
	readonly optional?: boolean;
	readonly repeat?: boolean;
	readonly bytes?: string;
	readonly bytesRe?: string;
}

interface Peer {
	readonly role: string;
	readonly action: string;
	readonly host?: string;
	readonly port?: string | number;
	readonly data?: string;
	readonly exact?: boolean;
	/** Of a datagram: address and port. */
	readonly to?: string;
	readonly ms?: number;
}

interface Step {
	readonly send?: string;
	readonly sendRaw?: string;
	readonly length?: number;
	readonly expect?: readonly (string | Item)[];
	readonly partial?: boolean;
	readonly unordered?: boolean;
	readonly timeout_ms?: number;
	readonly expectNone?: readonly string[];
	readonly ms?: number;
	readonly plusplusplus?: boolean;
	readonly guard_ms?: number;
	readonly wait?: number;
	readonly advanceTime?: number;
	readonly peer?: Peer;
}

export interface Example {
	readonly id: string;
	readonly title: string;
	readonly needs?: readonly string[];
	readonly steps: readonly Step[];
}

/** Of the certificate in 3.1.19, in bytes, and the partition mfg_nvs. */
const CERTIFICATE_SIZE = 1164;
const MFG_NVS = { offset: 0x21000, size: 0x1c000 };

/** An example uses a convention that the replayer does not implement yet. */
export class Unsupported extends Error {}

/** Keys of a step by what it does; the rest of each set qualifies it. */
const STEPS: Readonly<Record<string, ReadonlySet<string>>> = {
	send: new Set(["send"]),
	sendRaw: new Set(["sendRaw", "length"]),
	// "exact" (nothing else before) and "loose" ask for nothing here: all is exact, and what varies is an expression.
	expect: new Set(["expect", "partial", "unordered", "timeout_ms", "exact", "loose", "implied"]),
	expectNone: new Set(["expectNone", "ms"]),
	plusplusplus: new Set(["plusplusplus", "guard_ms"]),
	wait: new Set(["wait"]),
	advanceTime: new Set(["advanceTime"]),
	peer: new Set(["peer"]),
};
/** For people: where a step comes from and what the document printed. */
const REMARKS = new Set(["note", "doc", "doc_values", "derived", "added"]);
const ITEM_KEYS = new Set(["re", "bind", "optional", "repeat", "bytes", "bytesRe", "note", "loose"]);
const PEER_KEYS = new Set(["role", "action", "host", "port", "data", "exact", "added", "note", "to", "ms"]);

/**
 * spec/README.md, item 7: these examples are printed without the blank line before OK, and wire-format.md wins. (Of
 * AT+CIPRECVDATA, which the item names too, wire-format.md has none either.)
 */
const BLANK_BEFORE_OK = /^AT\+(CIPSNTPTIME|CIPRECVLEN|CWJAP)\?/;

/** The radio world, and how the twin is started, for what an example needs. */
export function twinFor(example: Example): WireTestOptions {
	const accessPoints = [];
	for (const need of example.needs ?? []) {
		const [kind, value] = split(need, ":");
		if (kind === "ap") accessPoints.push(accessPoint(value));
		else if (!KNOWN_NEEDS.has(kind)) throw new Unsupported(`needs "${need}"`);
	}
	if (accessPoints.length === 0 && example.needs?.includes("station-ip")) accessPoints.push({ ssid: JOINED });
	const options: WireTestOptions = { echo: true, radio: { access_points: accessPoints } };
	return example.needs?.includes("virtual-time") ? { ...options, clock: "manual" } : options;
}

/** The access point of an example that supposes a station with an address. */
const JOINED = "joined before";

const KNOWN_NEEDS = new Set([
	"dhcp",
	"tcp-server",
	"tcp-client",
	"udp-peer",
	"udp-peer2",
	"station-ip",
	"ipv6",
	"uart",
	"gpio",
	"station-mode",
	"virtual-time",
	"after",
	"destructive",
	"pki-defaults",
]);

/** `ssid=…,pwd=…[,bssid=…][,pmf=required][,channel=…]`; a comma in the ssid is no separator. */
function accessPoint(text: string): Record<string, unknown> {
	const ap: Record<string, unknown> = {};
	for (const part of text.split(/,(?=(?:pwd|bssid|pmf|channel)=)/)) {
		const [key, value] = split(part, "=");
		if (key === "ssid") ap["ssid"] = value;
		else if (key === "pwd") ap["password"] = value;
		else if (key === "bssid") ap["bssid"] = value;
		else if (key === "channel") ap["channel"] = Number(value);
		else if (key === "pmf" && value === "required") ap["pmf"] = 3;
		else throw new Unsupported(`needs "ap:${text}"`);
	}
	return ap;
}

function split(text: string, separator: string): [string, string] {
	const at = text.indexOf(separator);
	return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** An example with those before it that it says it goes on from. */
export function whole(example: Example, all: readonly Example[]): Example {
	const need = example.needs?.find(it => it.startsWith("after:"));
	if (need === undefined) return example;
	const before = all.find(({ id }) => `after:${id}` === need);
	if (before === undefined) throw new Unsupported(`needs "${need}"`);
	return { ...example, steps: [...whole(before, all).steps, ...example.steps] };
}

/** Replays one example on a fresh twin. @throws when a byte differs, and Unsupported */
export async function replay(w: Wire, example: Example): Promise<void> {
	const player = new Player(w);
	for (const step of example.steps) check(step);
	if (!example.steps.some(step => step.send?.startsWith("AT+CWMODE=")) && needsStation(example))
		await player.command("AT+CWMODE=1\r\n", ["", "OK"]);
	if (example.needs?.includes("station-ip") && !example.needs.some(need => need.startsWith("ap:"))) {
		await player.command("AT+CWMODE=1\r\n", ["", "OK"]);
		await player.command(`AT+CWJAP="${JOINED}"\r\n`, ["WIFI CONNECTED", "WIFI GOT IP", "", "OK"]);
	}
	if (example.needs?.includes("ipv6")) await player.command("AT+CIPV6=1\r\n", ["", "OK"]);
	if (example.needs?.includes("pki-defaults")) await player.storeCertificates();
	for (const [index, step] of example.steps.entries()) {
		try {
			await player.run(step);
		} catch (error) {
			if (error instanceof Error) error.message = `step ${index + 1}, ${JSON.stringify(step)}: ${error.message}`;
			throw error;
		}
	}
}

/** Chapter 3 prints a command alone; that a station joins supposes station mode. */
function needsStation(example: Example): boolean {
	return (example.needs ?? []).some(need => need === "station-mode" || need.startsWith("ap:"));
}

function check(step: Step): void {
	const kinds = Object.keys(STEPS).filter(kind => kind in step);
	const known = kinds.length === 1 ? STEPS[kinds[0] ?? ""] : undefined;
	if (known === undefined) throw new Unsupported(`step ${JSON.stringify(step)}`);
	for (const key of Object.keys(step)) {
		if (!known.has(key) && !REMARKS.has(key)) throw new Unsupported(`"${key}" in step ${JSON.stringify(step)}`);
	}
	for (const item of step.expect ?? []) {
		if (typeof item === "string") continue;
		for (const key of Object.keys(item)) {
			if (!ITEM_KEYS.has(key)) throw new Unsupported(`"${key}" in item ${JSON.stringify(item)}`);
		}
	}
	for (const key of Object.keys(step.peer ?? {})) {
		if (!PEER_KEYS.has(key)) throw new Unsupported(`"${key}" in peer ${JSON.stringify(step.peer)}`);
	}
}

class Player {
	readonly #w: Wire;
	readonly #names = new Map<string, string>([
		["peer_host", "127.0.0.1"],
		["peer2_host", "127.0.0.1"],
	]);
	readonly #udp = new Map<string, UdpPeer>();
	#echo = true;
	#lastCommand = "";
	#server: TcpPeer | undefined;
	#accepted: PeerSocket | undefined;

	constructor(w: Wire) {
		this.#w = w;
	}

	async command(send: string, expect: readonly string[]): Promise<void> {
		await this.run({ send });
		await this.run({ expect });
	}

	/** What ESP-AT's firmware brings along in mfg_nvs, as far as examples read it: the two client certificates. */
	async storeCertificates(): Promise<void> {
		for (const key of ["client_cert.0", "client_cert.1"]) {
			await this.run({ send: `AT+SYSMFG=2,"client_cert","${key}",8,${CERTIFICATE_SIZE}\r\n` });
			await this.run({ expect: ["", "OK", "", ">"], partial: true });
			await this.run({ sendRaw: "${client_cert_pem_1164}" });
			await this.run({ expect: ["", "OK"] });
		}
	}

	async run(step: Step): Promise<void> {
		const { at } = this.#w;
		if (step.send !== undefined) await this.#send(this.#filled(step.send));
		else if (step.sendRaw !== undefined) await this.#sendRaw(step, this.#filled(step.sendRaw));
		else if (step.expect) await this.#expect(step, step.expect);
		else if (step.expectNone) await this.#expectNone(step.expectNone, step.ms ?? 0);
		else if (step.wait !== undefined) await delay(step.wait);
		else if (step.advanceTime !== undefined)
			await this.#w.control.request("clock.advance", { ms: step.advanceTime });
		else if (step.peer) await this.#peer(step.peer);
		else if (step.plusplusplus) {
			const guard = step.guard_ms ?? 20;
			await delay(5 * guard);
			await at.send("+++");
			await delay(5 * guard);
		}
	}

	async #send(command: string): Promise<void> {
		this.#lastCommand = command;
		await this.#w.at.send(command);
		if (this.#echo) await this.#w.at.expect(command);
		if (command === "ATE0\r\n") this.#echo = false;
		if (command === "ATE1\r\n" || /^AT\+(RST|RESTORE)\r\n/.test(command)) this.#echo = true;
	}

	async #sendRaw(step: Step, data: string): Promise<void> {
		if (step.length !== undefined && wire(data).length !== step.length)
			throw new Error(`${wire(data).length} bytes to send, but "length" says ${step.length}`);
		await this.#w.at.send(data);
	}

	async #expect(step: Step, items: readonly (string | Item)[]): Promise<void> {
		const timeout = step.timeout_ms ?? 2_000;
		if (step.unordered) {
			await this.#expectUnordered(items, timeout);
			return;
		}
		const lines = new Lines(this.#w, timeout);
		let blank = false;
		for (const [index, item] of items.entries()) {
			const last = index === items.length - 1;
			if (item === "OK" && !blank && BLANK_BEFORE_OK.test(this.#lastCommand)) await lines.literal("");
			blank = item === "";
			if (typeof item !== "string") await this.#item(lines, item, last);
			else if (last && step.partial) await lines.bytes(this.#filled(item));
			else await lines.literal(this.#filled(item));
		}
		lines.finish();
	}

	async #item(lines: Lines, item: Item, last: boolean): Promise<void> {
		if (item.bytes !== undefined) await lines.bytes(this.#filled(item.bytes));
		else if (item.bytesRe !== undefined) await lines.bytesMatch(item.bytesRe);
		else if (item.re !== undefined) {
			const groups = await lines.match(new RegExp(`^(?:${item.re})$`), item, last);
			item.bind?.forEach((name, i) => {
				const value = groups?.[i + 1];
				if (value !== undefined) this.#names.set(name, value);
			});
		} else throw new Unsupported(`item ${JSON.stringify(item)}`);
	}

	/** Lines that may come in any order; of blank ones, which such an example does not print, one before each. */
	async #expectUnordered(items: readonly (string | Item)[], timeout: number): Promise<void> {
		const missing = items.map(item => {
			if (typeof item !== "string" || item === "") throw new Unsupported(`unordered ${JSON.stringify(item)}`);
			return this.#filled(item);
		});
		while (missing.length > 0) {
			const [, line] = await this.#w.at.expectMatch(/(?:\r\n)?([^\r\n]+)\r\n/, timeout);
			const index = missing.indexOf(line ?? "");
			if (index < 0)
				throw new Error(`"${line}" is none of ${JSON.stringify(missing)}\n${this.#w.journal.toString()}`);
			missing.splice(index, 1);
		}
	}

	async #expectNone(texts: readonly string[], ms: number): Promise<void> {
		await delay(ms);
		const unread = this.#w.at.reader.unread.toString("latin1");
		for (const text of texts) {
			if (unread.includes(text))
				throw new Error(`"${text}" came: ${visible(unread)}\n${this.#w.journal.toString()}`);
		}
	}

	async #peer(peer: Peer): Promise<void> {
		const what = `${peer.role} ${peer.action}`;
		if (peer.role.startsWith("udp")) return this.#udpPeer(peer, what);
		if (peer.role === "tcp-client" && peer.action === "connect") {
			this.#accepted = await this.#w.client(this.#filled(peer.host ?? ""), this.#port(peer.port));
			return;
		}
		if (peer.role !== "tcp-server" && peer.role !== "tcp-client") throw new Unsupported(`peer ${what}`);
		if (peer.action === "listen") {
			this.#server = await this.#w.listen(this.#filled(peer.host ?? "${peer_host}"), this.#port(peer.port));
			this.#names.set("peer_port", String(this.#server.port));
			return;
		}
		if (peer.action === "accept") {
			this.#accepted = await this.#server?.accept();
			return;
		}
		const socket = this.#accepted;
		if (socket === undefined) throw new Error(`${what}: there is no connection`);
		if (peer.action === "send") await socket.send(this.#filled(peer.data ?? ""));
		else if (peer.action === "expect") {
			await socket.expect(this.#filled(peer.data ?? ""));
			// What comes too much comes with the next segment.
			if (peer.exact) await socket.expectNothing(200 * SLOW);
		} else throw new Unsupported(`peer ${what}`);
	}

	/** `udp` and `udp2` are two hosts. */
	async #udpPeer(peer: Peer, what: string): Promise<void> {
		if (peer.action === "bind") {
			const bound = await this.#w.udp();
			this.#udp.set(peer.role, bound);
			this.#names.set(peer.role === "udp" ? "peer_port" : "peer2_port", String(bound.port));
			return;
		}
		const socket = this.#udp.get(peer.role);
		if (socket === undefined) throw new Error(`${what}: it is not bound`);
		if (peer.action === "send") {
			const [host = "", port = ""] = this.#filled(peer.to ?? "").split(":");
			await socket.send(this.#filled(peer.data ?? ""), Number(port), host);
		} else if (peer.action === "expect") await socket.expect(this.#filled(peer.data ?? ""));
		else if (peer.action === "expectNothing") await socket.expectNothing(peer.ms ?? 0);
		else throw new Unsupported(`peer ${what}`);
	}

	/** A placeholder that nobody bound leaves the choice of the port to the system. */
	#port(port: string | number | undefined): number {
		if (typeof port === "number") return port;
		return port === undefined || port === "${peer_port}" ? Number(this.#names.get("peer_port") ?? 0) : Number(port);
	}

	/** The files of the document. */
	#file(name: string): string | undefined {
		if (name === "client_cert_pem_1164") return "any data 12\n".repeat(CERTIFICATE_SIZE / 12);
		if (name !== "mfg_nvs_bin") return undefined;
		// The partition as it is: the example erases only some of what it writes.
		const { offset, size } = MFG_NVS;
		return readFileSync(this.#w.twin.flash).toString("latin1", offset, offset + size);
	}

	#filled(text: string): string {
		return text.replace(/\$\{([^}:]+)(?::([^}]*))?\}/g, (all, name: string, fallback: string | undefined) => {
			const value = this.#names.get(name) ?? this.#file(name) ?? fallback;
			if (value === undefined) throw new Unsupported(`placeholder ${all}`);
			return value;
		});
	}
}

/** The lines of one expect step. A line that an optional or repeated item did not take is the next item's. */
class Lines {
	readonly #w: Wire;
	readonly #timeout: number;
	#ahead: string | undefined;

	constructor(w: Wire, timeout: number) {
		this.#w = w;
		this.#timeout = timeout;
	}

	async literal(wanted: string): Promise<void> {
		if (this.#ahead === undefined) {
			await this.#w.at.expect(`${wanted}\r\n`, this.#timeout);
			return;
		}
		if (this.#ahead !== wanted) throw this.#error(`"${wanted}"`);
		this.#ahead = undefined;
	}

	async match(pattern: RegExp, item: Item, last: boolean): Promise<RegExpExecArray | undefined> {
		let found: RegExpExecArray | undefined;
		for (;;) {
			// Whether something optional comes at the end shows only by waiting a little.
			const mayBeAbsent = item.optional === true || found !== undefined;
			if (mayBeAbsent && last && !(await this.#moreComes())) return found;
			this.#ahead ??= await this.#line();
			const match = pattern.exec(this.#ahead);
			if (match === null) {
				if (mayBeAbsent) return found;
				throw this.#error(String(pattern));
			}
			found = match;
			this.#ahead = undefined;
			if (!item.repeat) return found;
		}
	}

	async bytes(wanted: string): Promise<void> {
		if (this.#ahead !== undefined) throw this.#error(visible(wanted));
		await this.#w.at.expect(wanted, this.#timeout);
	}

	/** In `(\d+),([\s\S]{\1})` the first group counts what the second one has, which JavaScript cannot say. */
	async bytesMatch(source: string): Promise<void> {
		const [head = "", tail] = source.split("([\\s\\S]{\\1})");
		if (this.#ahead !== undefined) throw this.#error(source);
		const [, count] = await this.#w.at.expectMatch(new RegExp(head), this.#timeout);
		if (tail !== undefined) await this.#w.at.expectMatch(new RegExp(`[\\s\\S]{${count}}${tail}`), this.#timeout);
	}

	finish(): void {
		if (this.#ahead !== undefined) throw this.#error("nothing more");
	}

	async #line(): Promise<string> {
		const [, line] = await this.#w.at.expectMatch(/([^]*?)\r\n/, this.#timeout);
		return line ?? "";
	}

	async #moreComes(): Promise<boolean> {
		if (this.#ahead !== undefined) return true;
		await delay(200 * SLOW);
		return this.#w.at.reader.unread.length > 0;
	}

	#error(wanted: string): Error {
		return new Error(`expected ${wanted}, got "${visible(this.#ahead ?? "")}"\n${this.#w.journal.toString()}`);
	}
}

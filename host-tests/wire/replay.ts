// SPDX-License-Identifier: Apache-2.0

/**
 * Replays the examples of the guide (../shared/spec: transcripts.json, chapter3-examples.json) against a twin. The
 * conventions are those of the files' `meta`, read strictly: every byte counts, blank lines too. What an example says
 * in a way that this replayer does not know is an error, never passed over.
 */

import { readFileSync } from "node:fs";
import { NAME_SERVER } from "../internet/addresses.ts";
import { check, type Example, type Item, needsInternet, type Peer, type Step, Unsupported } from "./examples.ts";
import { type Wire, delay, type PeerSocket, SLOW, TcpPeer, type UdpPeer, visible, wire } from "./harness.ts";
import { joinSoftAp, softApState } from "./radio.ts";
import { Lines } from "./replay-lines.ts";
import { JOINED, LINK_0, split } from "./replay-needs.ts";

const LINKS = 5;

/** Of the certificate in 3.1.19, in bytes, and the partition mfg_nvs. */
const CERTIFICATE_SIZE = 1164;
const MFG_NVS = { offset: 0x21000, size: 0x1c000 };

/**
 * spec/README.md, item 7: these examples are printed without the blank line before OK, and wire-format.md wins. (Of
 * AT+CIPRECVDATA, which the item names too, wire-format.md has none either.)
 */
const BLANK_BEFORE_OK = /^AT\+(CIPSNTPTIME|CIPRECVLEN|CWJAP)\?/;

/**
 * 3.3.34 mixes the form of a single connection with a link id; as the note in the specification says, it is replayed
 * with CIPMUX=1.
 */
const MULTIPLE_FORM: Readonly<Record<string, string>> = { "AT+CIPRECVTYPE=1\r\n": "AT+CIPRECVTYPE=0,1\r\n" };

/** A note of the specification at a command (3.3.5). */
const NEEDS_IPV6 = "needs AT+CIPV6=1";

/** Replays one example on a fresh twin. @throws when a byte differs, and Unsupported */
export async function replay(w: Wire, example: Example): Promise<void> {
	const player = new Player(w);
	for (const step of example.steps) check(step);
	const mode = neededMode(example);
	if (!example.steps.some(step => step.send?.startsWith("AT+CWMODE=")) && mode !== undefined)
		await player.command(`AT+CWMODE=${mode}\r\n`, ["", "OK"]);
	if (example.needs?.includes("station-ip") && !example.needs.some(need => need.startsWith("ap:"))) {
		await player.command("AT+CWMODE=1\r\n", ["", "OK"]);
		await player.command(`AT+CWJAP="${JOINED}"\r\n`, ["WIFI CONNECTED", "WIFI GOT IP", "", "OK"]);
	}
	if (example.needs?.includes("ipv6")) await enableIPv6(w, player);
	if (needsInternet(example)) await player.command(`AT+CIPDNS=1,"${NAME_SERVER}"\r\n`, ["", "OK"]);
	if (example.needs?.includes("pki-defaults")) await player.storeCertificates();
	for (const need of example.needs ?? []) {
		const [kind, value] = split(need, ":");
		if (kind === "tcp-server" && value !== "") await player.openLinks(Number(LINK_0.exec(value)?.[1] ?? 0));
	}
	for (const [index, step] of example.steps.entries()) {
		try {
			if (step.note === NEEDS_IPV6) await enableIPv6(w, player);
			await player.run(example.id === "3.3.34" ? inMultipleForm(step) : step);
		} catch (error) {
			if (error instanceof Error) error.message = `step ${index + 1}, ${JSON.stringify(step)}: ${error.message}`;
			throw error;
		}
	}
}

/** A station that has joined tells its address. */
async function enableIPv6(w: Wire, player: Player): Promise<void> {
	const { station } = (await w.control.request("station.state")) as { station: { state: string } };
	const told = station.state === "addressed" ? ["WIFI GOT IPv6 LL"] : [];
	await player.command("AT+CIPV6=1\r\n", ["", "OK", ...told]);
}

function inMultipleForm(step: Step): Step {
	const send = MULTIPLE_FORM[step.send ?? ""];
	return send === undefined ? step : { ...step, send };
}

/** Chapter 3 prints a command alone; that a station joins supposes station mode. */
function neededMode({ needs = [] }: Example): number | undefined {
	if (needs.some(need => need === "station-mode" || need.startsWith("ap:"))) return 1;
	return needs.includes("softap") ? 2 : undefined;
}

class Player {
	readonly #w: Wire;
	readonly #names = new Map<string, string>([
		["peer_host", "127.0.0.1"],
		["peer2_host", "127.0.0.1"],
	]);
	/** Where addresses of the SoftAP's network are on this machine. */
	readonly #hosts = new Map<string, string>();
	/** Of its station. */
	#from: string | undefined;
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

	/**
	 * CIPMUX=1 and link 0 to the server; when bytes of it wait to be read, the other links are there too, with none: of
	 * a link that is not open wire-format.md shows -1, and 3.3.35 has no such.
	 */
	async openLinks(pending: number): Promise<void> {
		await this.command("AT+CIPMUX=1\r\n", ["", "OK"]);
		if (pending > 0) await this.command("AT+CIPRECVTYPE=5,1\r\n", ["", "OK"]);
		this.#server = await this.#w.listen();
		for (let id = 0; id < (pending > 0 ? LINKS : 1); id++) {
			const { host, port } = this.#server;
			await this.command(`AT+CIPSTART=${id},"TCP","${host}",${port}\r\n`, [`${id},CONNECT`, "", "OK"]);
			const accepted = await this.#server.accept();
			if (id === 0) this.#accepted = accepted;
		}
		if (pending === 0) return;
		await this.#accepted?.send("x".repeat(pending));
		await this.run({ expect: ["", `+IPD,0,${pending}`] });
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
			const host = this.#host(this.#filled(peer.host ?? ""));
			this.#accepted = await this.#w.client(host, this.#port(peer.port), undefined, this.#from);
			return;
		}
		if (peer.role === "station" && peer.action === "joinAp") return this.#joinSoftAp(peer);
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
		} else if (peer.action === "expectClose") await socket.expectEnd();
		else throw new Unsupported(`peer ${what}`);
	}

	/** `udp` and `udp2` are two hosts. */
	async #udpPeer(peer: Peer, what: string): Promise<void> {
		if (peer.action === "bind") {
			const bound = await this.#w.udp(this.#hosts.get(this.#filled(peer.host ?? "")));
			this.#udp.set(peer.role, bound);
			this.#names.set(peer.role === "udp" ? "peer_port" : "peer2_port", String(bound.port));
			return;
		}
		const socket = this.#udp.get(peer.role);
		if (socket === undefined) throw new Error(`${what}: it is not bound`);
		if (peer.action === "send") {
			const [host = "", port = ""] = this.#filled(peer.to ?? "").split(":");
			await socket.send(this.#filled(peer.data ?? ""), Number(port), this.#host(host));
		} else if (peer.action === "expect") await socket.expect(this.#filled(peer.data ?? ""));
		else if (peer.action === "expectNothing") await socket.expectNothing(peer.ms ?? 0);
		else throw new Unsupported(`peer ${what}`);
	}

	async #joinSoftAp({ ssid, pwd }: Peer): Promise<void> {
		const it = await joinSoftAp(this.#w, { ssid, password: pwd });
		const { address, host } = await softApState(this.#w);
		this.#from = it.host;
		this.#hosts.set(address.ip, host);
		if (it.ip !== undefined && it.host !== undefined) this.#hosts.set(it.ip, it.host);
	}

	#host(address: string): string {
		return this.#hosts.get(address) ?? address;
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

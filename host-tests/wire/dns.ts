// SPDX-License-Identifier: Apache-2.0

import { createSocket, type Socket } from "node:dgram";

const HEADER = 12;
const TYPE = { 1: "A", 28: "AAAA" } as const;

/** Names with their addresses; a name that is not here does not exist. */
export type Zone = Readonly<Record<string, { readonly A?: string; readonly AAAA?: string }>>;

/** A name server, on loopback unless it is told otherwise, that knows a few names. */
export class DnsPeer {
	readonly port: number;
	/** What was asked, as "A name". */
	readonly questions: string[] = [];
	/** Answers nothing while true. */
	silent = false;
	readonly #socket: Socket;

	private constructor(socket: Socket, zone: Zone) {
		this.#socket = socket;
		this.port = socket.address().port;
		socket.on("message", (query, from) => {
			const { name, type, end } = question(query);
			const kind = TYPE[type as keyof typeof TYPE];
			this.questions.push(`${kind ?? type} ${name}`);
			if (this.silent) return;
			const address = kind && zone[name]?.[kind];
			socket.send(answer(query.subarray(0, end), name in zone, type, address), from.port, from.address);
		});
	}
	static open(zone: Zone, host = "127.0.0.1", port = 0): Promise<DnsPeer> {
		return new Promise((resolve, reject) => {
			const socket = createSocket("udp4");
			socket.once("error", reject);
			socket.bind(port, host, () => resolve(new DnsPeer(socket, zone)));
		});
	}
	close(): void {
		this.#socket.close();
	}
}

function question(query: Buffer): { name: string; type: number; end: number } {
	const labels: string[] = [];
	let at = HEADER;
	for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
		labels.push(query.toString("latin1", at + 1, at + 1 + length));
		at += 1 + length;
	}
	return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The bytes of an IPv6 address that has all its groups or one `::`. */
function v6(text: string): number[] {
	const [head = "", tail = ""] = text.split("::");
	const groups = (part: string): number[] => (part === "" ? [] : part.split(":").map(it => parseInt(it, 16)));
	const [a, b] = [groups(head), groups(tail)];
	const all = text.includes("::") ? [...a, ...Array<number>(8 - a.length - b.length).fill(0), ...b] : a;
	return all.flatMap(it => [it >> 8, it & 0xff]);
}

function answer(query: Buffer, exists: boolean, type: number, address: string | undefined): Buffer {
	const reply = Buffer.from(query);
	const NAME_ERROR = 3;
	reply.writeUInt16BE(0x8180 | (exists ? 0 : NAME_ERROR), 2);
	reply.writeUInt16BE(address === undefined ? 0 : 1, 6);
	reply.writeUInt32BE(0, 8);
	if (address === undefined) return reply;
	const bytes = address.includes(":") ? v6(address) : address.split(".").map(Number);
	const record = [0xc0, HEADER, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes];
	return Buffer.concat([reply, Buffer.from(record)]);
}

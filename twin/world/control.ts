// SPDX-License-Identifier: Apache-2.0

import { COMMANDS, type Shape } from "world/commands";
import { Fields, type Json, type JsonObject, isObject, parseJson, shorten } from "world/fields";
import type { WorldState } from "world/file";
import type { Finish } from "world/guests";
import type { RequestKind, WorldHost } from "world/host";
import type { Pins } from "world/pins";
import type { Radio } from "world/radio";
import type { Random } from "world/random";
import type { Script } from "world/script";
import { asciiJson } from "world/text";

/** Longest request; the answer repeats its id. */
const LINE_MAX = 16384;
/** Who a step of the script answers: no client has this number. */
const SCRIPT = 0;
/** Its levels: fewer than everywhere else, since its id goes into what `save` makes. */
const LEVELS_MAX = 16;

/** One request of a client, as its command sees it. */
export interface Call {
	readonly fields: Fields;
	readonly host: WorldHost;
	readonly pins: Pins;
	readonly radio: Radio;
	readonly random: Random;
	readonly script: Script;
	readonly world: WorldState;
	/** Answers with `"ok": true` and these fields. */
	reply(fields: JsonObject): void;
	/** Asks C, and answers with what `shape` makes of its answer. */
	ask(kind: RequestKind, argument: string, shape: Shape): void;
	/** Answers later, when what this returns is called. */
	readonly later: () => Finish;
	/** Lets time pass until the clock shows `until`, and answers with the new time. */
	advance(until: number): void;
	/** Sends this client events from now on: those named, or all. */
	subscribe(events: readonly string[] | undefined): void;
	unsubscribe(): void;
}

export interface ControlParts {
	readonly host: WorldHost;
	readonly pins: Pins;
	readonly radio: Radio;
	readonly random: Random;
	readonly script: Script;
	readonly world: WorldState;
}

/** Whose answer it is: `id` is the client's, which it may omit. */
interface Client {
	readonly connection: number;
	readonly id: Json | undefined;
}

interface Pending {
	readonly client: Client;
	readonly shape: Shape;
	/** Of an advance: when it ends. */
	readonly until: number | undefined;
}

/** The control socket's protocol: JSON lines, described in docs/control.md. */
export class Control {
	readonly #parts: ControlParts;
	/** By the id under which C was asked. */
	readonly #pending = new Map<number, Pending>();
	/** Event names by connection; undefined: all. */
	readonly #subscribers = new Map<number, readonly string[] | undefined>();
	#lastId = 0;

	constructor(parts: ControlParts) {
		this.#parts = parts;
	}

	/** One line of a client. Whatever it holds, it gets one answer (an empty line none) and harms nothing. */
	line(connection: number, line: string): void {
		let client: Client = { connection, id: undefined };
		try {
			if (line.length > LINE_MAX) throw new Error(`the request: longer than ${LINE_MAX} characters`);
			if (line.trim() === "") return;
			const request = parseJson(line, "the request", LEVELS_MAX);
			if (!isObject(request)) throw new Error("a request is a JSON object");
			client = { connection, id: new Fields(request, "").get("id") };
			this.#run(client, request);
		} catch (error) {
			this.#refuse(client, error);
		}
	}

	/** A step of the script; how it went is an event. */
	step(request: JsonObject): void {
		const client: Client = { connection: SCRIPT, id: request };
		try {
			this.#run(client, request);
		} catch (error) {
			this.#refuse(client, error);
		}
	}

	closed(connection: number): void {
		this.#subscribers.delete(connection);
		for (const [id, { client }] of [...this.#pending]) {
			if (client.connection === connection) this.#pending.delete(id);
		}
	}

	/** The answer of C to what was asked under an id; one that nobody waits for any more is ignored. */
	answer(id: number, text: string): void {
		const pending = this.#pending.get(id);
		if (pending === undefined) return;
		try {
			const answer = parseJson(text, "the twin's answer");
			if (!isObject(answer)) throw new Error("the twin's answer: expected an object");
			if (answer.error !== undefined) throw new Error(String(answer.error));
			this.#finish(id, pending.shape(answer));
		} catch (error) {
			this.#finish(id, error instanceof Error ? error : new Error(String(error)));
		}
	}

	#finish(id: number, outcome: JsonObject | Error): void {
		const pending = this.#pending.get(id);
		if (pending === undefined) return;
		this.#pending.delete(id);
		if (outcome instanceof Error) this.#refuse(pending.client, outcome);
		else this.#reply(pending.client, outcome);
	}

	/** An event for those who subscribed to it. */
	tell(event: JsonObject): void {
		if (this.#subscribers.size === 0) return;
		const { host } = this.#parts;
		const line = asciiJson({ ...event, now: event.now ?? host.now() });
		for (const [connection, events] of this.#subscribers) {
			if (events === undefined || events.includes(String(event.event))) host.send(connection, line);
		}
	}

	/** Connections outlive a reset of the firmware, and so do subscriptions and what was asked for. */
	save(): JsonObject {
		return {
			subscribers: [...this.#subscribers].map(([connection, events]): JsonObject =>
				events === undefined ? { connection } : { connection, events: [...events] },
			),
			pending: [...this.#pending.values()].map(({ client: { connection, id }, until }): JsonObject => {
				const saved: JsonObject = { connection };
				if (id !== undefined) saved.id = id;
				if (until !== undefined) saved.until = until;
				return saved;
			}),
		};
	}

	/**
	 * Takes what `save` gave. An advance goes on to where it was to end; other requests cannot.
	 * @param sleeping the firmware does not start yet, but sleeps deeply
	 */
	restore(saved: Fields, sleeping: boolean): void {
		for (const [json, path] of saved.array("subscribers", Infinity) ?? []) {
			const fields = new Fields(json, path);
			const events = fields.array("events", Infinity)?.map(([event]) => String(event));
			this.#subscribers.set(fields.integer("connection", 0, 0xffffffff), events);
		}
		this.tell(sleeping ? { event: "sleep", state: "deep" } : { event: "start" });
		for (const [json, path] of saved.array("pending", Infinity) ?? []) {
			const fields = new Fields(json, path);
			const client = { connection: fields.integer("connection", 0, 0xffffffff), id: fields.get("id") };
			if (fields.has("until")) this.#advance(client, fields.integer("until", 0, Number.MAX_SAFE_INTEGER));
			else this.#refuse(client, new Error("interrupted by a reset"));
		}
	}

	#run(client: Client, request: JsonObject): void {
		const name = new Fields(request, "").string("cmd");
		const command = COMMANDS.find(known => known.name === name);
		if (command === undefined)
			throw new Error(
				`unknown command "${shorten(name)}"; known are ${COMMANDS.map(known => known.name).join(", ")}`,
			);
		command.run({
			...this.#parts,
			fields: new Fields(request, "", ["id", "cmd", ...command.fields]),
			reply: fields => this.#reply(client, fields),
			ask: (kind, argument, shape) => this.#ask(kind, argument, { client, shape, until: undefined }),
			later: () => {
				const id = ++this.#lastId;
				this.#pending.set(id, { client, shape: answer => answer, until: undefined });
				return outcome => this.#finish(id, outcome);
			},
			advance: until => this.#advance(client, until),
			subscribe: events => {
				this.#subscribers.set(client.connection, events);
			},
			unsubscribe: () => {
				this.#subscribers.delete(client.connection);
			},
		});
	}

	#ask(kind: RequestKind, argument: string, pending: Pending): void {
		const id = ++this.#lastId;
		this.#pending.set(id, pending);
		this.#parts.host.request(kind, id, argument);
	}

	#advance(client: Client, until: number): void {
		const { host } = this.#parts;
		const shape: Shape = answer => ({ now: answer.now ?? host.now() });
		this.#ask("advance", String(Math.max(0, until - host.now())), { client, shape, until });
	}

	#reply(client: Client, fields: JsonObject): void {
		this.#send(client, { ok: true, ...fields });
	}

	#refuse(client: Client, error: unknown): void {
		this.#send(client, { ok: false, error: error instanceof Error ? error.message : String(error) });
	}

	#send({ connection, id }: Client, answer: JsonObject): void {
		if (connection === SCRIPT) {
			this.#tellStep(id ?? null, answer.error);
			return;
		}
		this.#parts.host.send(connection, asciiJson(id === undefined ? answer : { id, ...answer }));
	}

	#tellStep(step: Json, error: Json | undefined): void {
		const event: JsonObject = { event: "script", step };
		if (error === undefined) {
			this.tell(event);
			return;
		}
		this.tell({ ...event, error });
		this.#parts.host.request("log", 0, `script: ${asciiJson(step)}: ${String(error)}`);
	}
}

// SPDX-License-Identifier: Apache-2.0

/** The examples of the guide as ../shared/spec has them: what a step is, and which are known here. */

export interface Item {
	readonly re?: string;
	readonly bind?: readonly string[];
	readonly optional?: boolean;
	readonly repeat?: boolean;
	readonly bytes?: string;
	readonly bytesRe?: string;
}

export interface Peer {
	readonly role: string;
	readonly action: string;
	readonly host?: string;
	readonly port?: string | number;
	readonly data?: string;
	readonly exact?: boolean;
	/** Of a datagram: address and port. */
	readonly to?: string;
	readonly ms?: number;
	/** Of a station that joins the SoftAP. */
	readonly ssid?: string;
	readonly pwd?: string;
}

export interface Step {
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
	readonly note?: string;
}

export interface Example {
	readonly id: string;
	readonly title: string;
	readonly needs?: readonly string[];
	readonly steps: readonly Step[];
}

/** An example uses a convention that the replayer does not implement yet. */
export class Unsupported extends Error {}

/** Keys of a step by what it does; the rest of each set qualifies it. */
const STEPS: Readonly<Record<string, ReadonlySet<string>>> = {
	send: new Set(["send"]),
	sendRaw: new Set(["sendRaw", "length"]),
	// "exact" (nothing else before) and "loose" ask for nothing here: all is exact, and what varies is an expression.
	// Nor does "ci" (any case): ours are lower case as the expressions.
	expect: new Set(["expect", "partial", "unordered", "timeout_ms", "exact", "loose", "implied", "ci"]),
	expectNone: new Set(["expectNone", "ms"]),
	plusplusplus: new Set(["plusplusplus", "guard_ms"]),
	wait: new Set(["wait"]),
	advanceTime: new Set(["advanceTime"]),
	peer: new Set(["peer"]),
};
/** For people: where a step comes from and what the document printed. */
const REMARKS = new Set(["note", "doc", "doc_values", "derived", "added"]);
const ITEM_KEYS = new Set(["re", "bind", "optional", "repeat", "bytes", "bytesRe", "note", "loose"]);
const PEER_KEYS = new Set([
	"role",
	"action",
	"host",
	"port",
	"data",
	"exact",
	"added",
	"note",
	"to",
	"ms",
	"ssid",
	"pwd",
]);

/** Whether an example names hosts of the internet: host-tests/internet/ has one for it. */
export function needsInternet(example: Example): boolean {
	return example.needs?.includes("dns") === true;
}

/** An example with those before it that it says it goes on from. */
export function whole(example: Example, all: readonly Example[]): Example {
	const need = example.needs?.find(it => it.startsWith("after:"));
	if (need === undefined) return example;
	const before = all.find(({ id }) => `after:${id}` === need);
	if (before === undefined) throw new Unsupported(`needs "${need}"`);
	return { ...example, steps: [...whole(before, all).steps, ...example.steps] };
}

/** @throws Unsupported when the step says something that the replayer does not know */
export function check(step: Step): void {
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

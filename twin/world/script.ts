// SPDX-License-Identifier: Apache-2.0

import { Fields, type Json, type JsonObject } from "world/fields";
import type { WorldHost } from "world/host";
import type { Timer, Timers } from "world/timers";

/** Steps that wait at once, and the latest of them: a day. */
const STEPS_MAX = 1000;
const AT_MAX = 86_400_000;

/** A command, as in a request to the control socket, that runs by itself. */
export interface Step {
	/** On the world's clock, in ms. */
	readonly time: number;
	/** `cmd` and its fields. */
	readonly request: JsonObject;
}

/**
 * Reads `[{"at": ms, "cmd": …}, …]`.
 *
 * @param now what `at` is relative to
 * @param check throws for a request that cannot be one
 */
export function readSteps(fields: Fields, name: string, now: number, check: (request: Fields) => void): Step[] {
	return (fields.array(name, STEPS_MAX) ?? []).map(([json, path]) => {
		const step = new Fields(json, path);
		const at = step.integer("at", 0, AT_MAX);
		const { at: _, ...request } = json as JsonObject;
		check(new Fields(request, path));
		return { time: now + at, request };
	});
}

/** What is to happen in the world at its time. */
export class Script {
	readonly #host: WorldHost;
	readonly #timers: Timers;
	readonly #run: (request: JsonObject) => void;
	/** By time; those of one time in the order in which they were given. */
	#steps: Step[] = [];
	#next: Timer | undefined;

	constructor(host: WorldHost, timers: Timers, run: (request: JsonObject) => void) {
		this.#host = host;
		this.#timers = timers;
		this.#run = run;
	}

	/** @throws Error when there would be too many. @returns how many wait now */
	add(steps: readonly Step[]): number {
		if (this.#steps.length + steps.length > STEPS_MAX) throw new Error(`more than ${STEPS_MAX} steps`);
		this.#steps = [...this.#steps, ...steps].sort((a, b) => a.time - b.time);
		this.#arm();
		return this.#steps.length;
	}

	/** @returns how many are forgotten */
	clear(): number {
		const count = this.#steps.length;
		this.#steps = [];
		this.#arm();
		return count;
	}

	/** Those that wait, as `readSteps` reads them at this moment. */
	json(): Json[] {
		const now = this.#host.now();
		return this.#steps.map(({ time, request }) => ({ at: Math.max(0, time - now), ...request }));
	}

	#arm(): void {
		this.#timers.clear(this.#next);
		const [first] = this.#steps;
		const delay = first && Math.max(0, first.time - this.#host.now());
		this.#next = delay === undefined ? undefined : this.#timers.set(delay, () => this.#step());
	}

	#step(): void {
		this.#next = undefined;
		const step = this.#steps.shift();
		// Before it runs: it may end the twin, and must not run again after that.
		this.#arm();
		if (step) this.#run(step.request);
	}
}

// SPDX-License-Identifier: Apache-2.0

import { binary, cText } from "./binary";
import { StoreError, ValueType } from "store/manufacturing";
import type { Store } from "store/store";

const NAME_MAX = 15;

type Contents = Record<string, Record<string, number | string>>;

/** One of the manufacturing data. */
export interface Manufactured {
	readonly space: string;
	readonly key: string;
	/** ValueType */
	readonly type: number;
	readonly value: number | string;
}

/** What outlives a restart: namespaces of keys, as in NVS. */
export class Storage {
	/** True: whatever is stored finds no room. */
	full = false;
	/** Entries that are free; a value that replaces another needs one for a moment. */
	room = Infinity;
	/** How many more operations until the power is cut before the next. */
	cut = Infinity;
	/** How often a value was stored that was not there before. */
	writes = 0;
	readonly #user = new Map<string, number | string>();
	readonly #factory = new Map<string, Manufactured>();
	#closed = false;

	/** @param factory manufacturing data: integers as i32, strings as strings */
	constructor(user: Contents = {}, factory: Contents = {}) {
		for (const [space, values] of Object.entries(user))
			for (const [key, value] of Object.entries(values)) this.#user.set(name(space, key), value);
		for (const [space, values] of Object.entries(factory))
			for (const [key, value] of Object.entries(values))
				this.manufacture(space, key, typeof value === "number" ? ValueType.i32 : ValueType.string, value);
	}
	get(space: string, key: string): number | string | undefined {
		return this.#user.get(name(space, key));
	}
	/** @returns false when there is no room for it */
	set(space: string, key: string, value: number | string): boolean {
		const at = name(space, key);
		this.#tick();
		if (typeof value === "string") binary(value);
		if (space === "" || key === "" || this.full || this.room <= 0) return false;
		if (!this.#user.has(at)) this.room--;
		/* Integers are kept as i32. */
		const stored = typeof value === "number" ? value | 0 : value;
		if (this.#user.get(at) !== stored) this.writes++;
		this.#user.set(at, stored);
		return true;
	}
	erase(space: string, key: string): void {
		this.#tick();
		if (!this.#user.delete(name(space, key))) return;
		this.writes++;
		this.room++;
	}
	#tick(): void {
		if (this.cut-- <= 0) throw new Error("power cut");
	}
	/** Erases what the user has stored; manufacturing data stays. */
	clear(): void {
		this.#user.clear();
	}
	factory(space: string, key: string): number | string | undefined {
		return this.#closed ? undefined : this.#factory.get(name(space, key))?.value;
	}
	close(partition: string): void {
		this.#closed = partition === "mfg_nvs";
	}
	reopen(): void {
		this.#closed = false;
	}
	/** Manufacturing data in the order in which they came; undefined while they are closed. */
	manufacturing(): Manufactured[] | undefined {
		return this.#closed ? undefined : [...this.#factory.values()];
	}
	/** Stores a value of manufacturing data. @returns 0 or a StoreError */
	manufacture(space: string, key: string, type: number, value: number | string): number {
		if (this.#closed) return StoreError.io;
		if (this.full) return StoreError.full;
		this.#factory.delete(name(space, key));
		this.#factory.set(name(space, key), { space, key, type, value });
		return 0;
	}
	/** Erases a value of manufacturing data, or with "" all of a namespace. @returns 0 or a StoreError */
	scrap(space: string, key: string): number {
		if (this.#closed) return StoreError.io;
		let result: number = StoreError.notFound;
		for (const [at, it] of this.#factory)
			if (it.space === space && (key === "" || it.key === key)) {
				this.#factory.delete(at);
				result = 0;
			}
		return result;
	}
	/** All that the user has stored, by "namespace.key". */
	contents(): Record<string, number | string> {
		return Object.fromEntries(this.#user);
	}
}

function name(space: string, key: string): string {
	return `${cText(space, NAME_MAX)}.${cText(key, NAME_MAX)}`;
}

/** The compiler's proof that every native of the store is here. */
export const asStore = (storage: Storage): { [K in keyof Store]: Store[K] } => storage;

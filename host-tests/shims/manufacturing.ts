// SPDX-License-Identifier: Apache-2.0

import { type Manufacturing, StoreError, ValueType } from "store/manufacturing";
import { Background } from "./background";
import type { FakePort } from "./port";
import type { Storage } from "./storage";

type ManufacturingNatives = { [K in keyof Manufacturing]: Manufacturing[K] };

/** The natives of manufacturing.ts, as modules/store/manufacturing-native.c has them. */
export class FakeManufacturing implements ManufacturingNatives {
	readonly work: Background;
	readonly #storage: Storage;
	readonly #port: () => FakePort;
	#list: [string, number][] = [];
	#read: [type: number, value: number | string] = [0, 0];

	constructor(storage: Storage, port: () => FakePort, wake: () => void) {
		this.#storage = storage;
		this.#port = port;
		this.work = new Background(wake);
	}
	serve(onDone: (result: number) => void): this {
		this.work.serve(onDone);
		return this;
	}
	list(space: string): void {
		this.work.start(() => {
			const entries = this.#storage.manufacturing();
			if (entries === undefined) return StoreError.io;
			this.#list =
				space === ""
					? [...new Set(entries.map(it => it.space))].map(it => [it, 0])
					: entries.filter(it => it.space === space).map(it => [it.key, it.type]);
			return 0;
		});
	}
	next(): [name: string, type: number] | undefined {
		this.work.check();
		return this.#list.shift();
	}
	read(space: string, key: string): void {
		this.work.start(() => {
			const entries = this.#storage.manufacturing();
			const found = entries?.find(it => it.space === space && it.key === key);
			if (found === undefined) return entries === undefined ? StoreError.io : StoreError.notFound;
			this.#read = [found.type, found.value];
			return 0;
		});
	}
	value(): [type: number, number: number] {
		const [type, value] = this.#read;
		return [type, typeof value === "number" ? value : value.length];
	}
	send(offset: number, size: number): number {
		const part = Math.min(size, this.#port().writeRoom());
		this.#port().write(String(this.#read[1]).slice(offset, offset + part));
		return part;
	}
	forget(): void {
		this.work.check();
		this.#list = [];
	}
	write(space: string, key: string, type: number, value: number): void {
		this.work.start(() => this.#storage.manufacture(space, key, type, value));
	}
	writeData(space: string, key: string, type: number): void {
		const data = this.#port().data();
		this.work.start(() => {
			if (type === ValueType.string && data.includes("\0")) return StoreError.type;
			return this.#storage.manufacture(space, key, type, data);
		});
	}
	erase(space: string, key: string): void {
		this.work.start(() => this.#storage.scrap(space, key));
	}
}

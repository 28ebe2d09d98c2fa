// SPDX-License-Identifier: Apache-2.0

import type { Storage } from "core/settings";

/** Stored values (store-native.c, over store.h). */
export class Store extends Native("xs_store_destructor") implements Storage {
	constructor() {
		super();
		native("xs_store").call(this);
	}
	/** @returns undefined when there is no such value. Strings are binary strings. */
	get(space: string, key: string): number | string | undefined {
		return native("xs_store_get").call(this, space, key);
	}
	/** @returns false when there is no room */
	set(space: string, key: string, value: number | string): boolean {
		return native("xs_store_set").call(this, space, key, value);
	}
	erase(space: string, key: string): void {
		return native("xs_store_erase").call(this, space, key);
	}
	/** Erases everything the user has stored; manufacturing data stays. */
	clear(): void {
		return native("xs_store_clear").call(this);
	}
	/** Manufacturing data, read only: namespace factory_param and others of the same partition. */
	factory(space: string, key: string): number | string | undefined {
		return native("xs_store_factory").call(this, space, key);
	}
	/** Until reopen() the partition of that label is as one that is not there. One at a time. */
	close(partition: string): void {
		return native("xs_store_close").call(this, partition);
	}
	reopen(): void {
		return native("xs_store_reopen").call(this);
	}
}

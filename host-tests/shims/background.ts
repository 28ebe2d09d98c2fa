// SPDX-License-Identifier: Apache-2.0

/** A job of the worker whose end JavaScript is told, as modules/platform/background.c has it. */
export class Background {
	readonly #wake: () => void;
	#onDone: (result: number) => void = () => {};
	#body: (() => number) | undefined;

	constructor(wake: () => void) {
		this.#wake = wake;
	}
	serve(onDone: (result: number) => void): void {
		this.#onDone = onDone;
	}
	/** @throws Error while a job runs */
	check(): void {
		if (this.#body !== undefined) throw new Error("the job before is not done");
	}
	start(body: () => number): void {
		this.check();
		this.#body = body;
		this.#wake();
	}
	/** The worker's turn and XS's. @returns whether there was something to do */
	xs(enter: (body: () => void) => void): boolean {
		const body = this.#body;
		if (body === undefined) return false;
		const result = body();
		this.#body = undefined;
		enter(() => this.#onDone(result));
		return true;
	}
}

// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { cpus } from "node:os";

/** Keeps every processor busy until stopped. */
export class CpuLoad {
	readonly #children: ChildProcess[] = [];

	constructor(processes = cpus().length) {
		for (let i = 0; i < processes; i++)
			this.#children.push(spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
	}

	stop(): void {
		for (const child of this.#children) child.kill("SIGKILL");
	}
}

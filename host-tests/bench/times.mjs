// SPDX-License-Identifier: Apache-2.0

/** Times on the 64-bit twin: to `ready`, of one command, and of many in one go. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../../scripts/build.mjs";
import { Host, median, OK } from "./host.mjs";

const STARTS = 9;
const COMMANDS = 10_000;

/** @returns ms from the start of the process, and from AT+RST, to `ready` on the port: the median, and all */
export async function timeToReady() {
	const folder = mkdtempSync(join(tmpdir(), "xs-at-bench-"));
	const host = new Host();
	const uart = join(folder, "uart1");
	const options = ["--no-console", "--uart", uart, "--flash", join(folder, "flash.bin")];
	const starts = [];
	const resets = [];
	try {
		/* The first one, which is not counted, makes the flash image. */
		for (let i = 0; i <= STARTS; i++) {
			const started = await host.order("spawn", uart, binary(), ...options, "--control", join(folder, "control"));
			const reset = await host.order("chat", "AT+RST\r\n", "\r\nready\r\n");
			await host.order("end");
			if (i === 0) continue;
			starts.push(started.ms);
			resets.push(reset.ms);
		}
	} finally {
		await host.close();
		rmSync(folder, { recursive: true, force: true });
	}
	return {
		start: { value: median(starts), values: starts },
		reset: { value: median(resets), values: resets },
	};
}

/** @returns the latency of one AT in microseconds, and commands per second without waiting for answers */
export async function commandTimes(start) {
	const twin = await start();
	const host = new Host();
	try {
		await host.attach(twin.path);
		const one = await host.order("repeat", COMMANDS, "AT\r\n", OK);
		const all = await host.order("pipeline", COMMANDS, "AT\r\n", OK);
		return { median: one.median_us, p99: one.p99_us, pipelined: (COMMANDS / all.ms) * 1000 };
	} finally {
		await host.close();
		await twin.stop();
	}
}

// SPDX-License-Identifier: Apache-2.0

/**
 * The power is cut in the middle of each program and each erase that a few stored settings make: after every one the
 * machine starts with the old values or the new, and with all others as they were.
 */

import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OK, type Wire, withTwin } from "./harness.ts";

/** `nvs` of partitions.csv. */
const NVS = { offset: 0x12000, size: 0xe000 };

interface Step {
	readonly line: string;
	/** A query and what it may answer, before and after. */
	readonly query: string;
	readonly before: string;
	readonly after: string;
}

/** One entry, and five that belong together. */
const STEPS: readonly Step[] = [
	{ line: "AT+SYSMSG=3", query: "AT+SYSMSG?", before: "+SYSMSG:7", after: "+SYSMSG:3" },
	{
		line: "AT+UART_DEF=9600,7,3,2,1",
		query: "AT+UART_DEF?",
		before: "+UART_DEF:115200,8,1,0,0",
		after: "+UART_DEF:9600,7,3,2,1",
	},
];

async function withImage(body: (copy: (name: string) => Promise<string>) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "xs-at-cut-"));
	const image = join(folder, "flash.bin");
	try {
		await withTwin({ flash: image, factory: true }, fill);
		await body(async name => {
			const to = join(folder, name);
			await copyFile(image, to);
			return to;
		});
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** The old values, and so many entries that the next ones need a page to be collected and erased. */
async function fill({ at }: Wire): Promise<void> {
	await at.chat("AT+UART_DEF=115200,8,1,0,0␍␊AT+CWMODE=1␍␊", OK + OK);
	const entries = (NVS.size / 4096 - 1) * 126;
	for (let written = 18; written < entries; written += 2) await at.chat("AT+SYSMSG=1␍␊AT+SYSMSG=7␍␊", OK + OK);
}

/** Bits of the partition that went from 0 to 1, which only an erase does. */
async function erased(before: string, after: string): Promise<boolean> {
	const [a, b] = await Promise.all([before, after].map(async it => (await readFile(it)).subarray(NVS.offset)));
	for (let i = 0; i < NVS.size; i++) if (~(a?.[i] ?? 0) & (b?.[i] ?? 0)) return true;
	return false;
}

describe("the power is cut while settings are stored", () => {
	it("at every program and erase: old or new, the rest intact", async function () {
		this.timeout(300_000);
		await withImage(async copy => {
			const whole = await copy("whole.bin");
			await withTwin({ flash: whole }, async ({ at }) => {
				for (const { line } of STEPS) await at.chat(`${line}␍␊`, OK);
			});
			assert.ok(await erased(await copy("before.bin"), whole), "the scenario erases no page");

			const image = await copy("cut.bin");
			let cuts = 0;
			for (let done = false; !done; cuts++) {
				await copy("cut.bin");
				await withTwin({ flash: image }, async w => {
					done = await cutAt(w, cuts + 1);
					await check(w, done);
				});
				/* And what was put right is right for good. */
				if (cuts % 10 === 0) await withTwin({ flash: image }, w => check(w, false));
			}
			assert.ok(cuts > 30, `only ${cuts} operations`);
		});
	});
});

/** @returns true when everything was stored before the n-th operation */
async function cutAt({ at, control }: Wire, n: number): Promise<boolean> {
	await control.request("power.cut", { after: n });
	for (const { line } of STEPS) {
		await at.send(`${line}␍␊`);
		const [answer] = await at.expectMatch(/␍␊(?:OK|ready)␍␊/, 5_000);
		if (!answer.includes("OK")) {
			await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			return false;
		}
	}
	return true;
}

async function check({ at }: Wire, all: boolean): Promise<void> {
	let olds = 0;
	for (const { query, before, after } of STEPS) {
		await at.send(`${query}␍␊`);
		const [answer] = await at.expectMatch(/[^]*?␍␊OK␍␊/);
		assert.ok(
			[before, after].some(it => answer === `${it}␍␊${OK}`.replaceAll("␍", "\r").replaceAll("␊", "\n")),
			answer,
		);
		const isNew = answer.startsWith(after);
		if (!isNew) olds++;
		/* In order: none that came later is new when one before is old. */
		assert.ok(!(isNew && olds > 0), answer);
	}
	if (all) assert.equal(olds, 0);
	await at.chat("AT+CWMODE?␍␊", `+CWMODE:1␍␊${OK}`);
}

// SPDX-License-Identifier: Apache-2.0

/**
 * Random sequences of Wi-Fi commands and events of the radio world, by the manual clock, against a model: every answer
 * is the expected one, no message is out of order, and when all has come to rest the firmware, the model and the world
 * agree. What one sequence leaves behind is the next one's beginning, except after AT+RESTORE; so a failure names its
 * seed and the first one of its twin, which `XS_AT_SEED=first XS_AT_SEQUENCES=250` plays again.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { OK, type Wire, withTwin } from "./harness.ts";
import { softApState } from "./radio.ts";
import { Listener, Model } from "./wifi-model.ts";
import { NET, Player } from "./wifi-player.ts";

const SEED = Number(process.env["XS_AT_SEED"] ?? 1);
const SEQUENCES = Number(process.env["XS_AT_SEQUENCES"] ?? 1000);
/** Sequences of one twin. */
const ROUND = 250;
const STEPS = 16;

const radio = { access_points: [NET], timing: { jitter_ms: 0 } };
/** Slots of the heap by which the state after one and the same command differs. */
const NOISE = 16;

/** Plays sequences on one twin. @param after what comes between two of them */
async function play(
	w: Wire,
	first: number,
	count: number,
	after: (player: Player, n: number) => Promise<void>,
): Promise<void> {
	const model = new Model();
	const listener = new Listener();
	const { address } = await softApState(w);
	for (let n = 0; n < count; n++) {
		const seed = first + n;
		const player = new Player(w, model, listener, address.ip, seed);
		try {
			await player.begin();
			for (let step = 0; step < STEPS; step++) await player.step();
			await player.settle();
			await after(player, n);
		} catch (error) {
			throw new Error(`seed ${seed}, after those from ${first} on: ${String(error)}\n${player.history}`, {
				cause: error,
			});
		}
	}
}

interface Statistics {
	readonly heap: { used: number };
	readonly chunks: { used: number };
	readonly arena: { used: number };
	readonly javascript: { exceptions: number; rejections: number };
}

async function level({ control, twin, at }: Wire): Promise<Record<string, number>> {
	const { statistics } = (await control.request("statistics", { collect: true })) as unknown as {
		statistics: Statistics;
	};
	const [free] = await at.ask("AT+SYSRAM?␍␊", /\+SYSRAM:(\d+),\d+␍␊␍␊OK␍␊/);
	return {
		heap: statistics.heap.used,
		chunks: statistics.chunks.used,
		arena: statistics.arena.used,
		exceptions: statistics.javascript.exceptions,
		rejections: statistics.javascript.rejections,
		free: Number(free),
		descriptors: readdirSync(`/proc/${twin.pid}/fd`).length,
	};
}

describe("a model of the Wi-Fi set", () => {
	const quarter = Math.min(ROUND, SEQUENCES);
	for (let first = 0; first < SEQUENCES - quarter || first === 0; first += quarter) {
		it(`agrees over resets, seeds ${SEED + first} to ${SEED + first + quarter - 1}`, async function () {
			this.timeout(300_000);
			await withTwin({ radio, clock: "manual", seed: SEED + first, limit: 290_000 }, async w => {
				await play(w, SEED + first, quarter, async (player, n) => {
					const line = (["AT+RESTORE", "AT+RST", undefined] as const)[n % 3];
					if (line !== undefined) await player.restart(line);
				});
				assert.deepEqual((await level(w)).exceptions, 0);
			});
		});
	}
	it("loses nothing while nobody resets it", async function () {
		this.timeout(300_000);
		await withTwin({ radio, clock: "manual", seed: SEED, limit: 290_000 }, async w => {
			const levels: Record<string, number>[] = [];
			await play(w, SEED + SEQUENCES, quarter, async (player, n) => {
				await player.tidy();
				await player.pass(1_000);
				if (n === 20 || n === quarter - 1) levels.push(await level(w));
			});
			await w.at.chat("AT␍␊", OK);
			const [before = {}, after = {}] = levels;
			const { heap: slots = 0, ...rest } = after;
			const { heap: slotsBefore = 0, ...restBefore } = before;
			assert.deepEqual(rest, restBefore);
			assert.ok(slots - slotsBefore < NOISE, `${slots} slots, ${slotsBefore} before`);
		});
	});
});

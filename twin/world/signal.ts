// SPDX-License-Identifier: Apache-2.0

import type { Fields, JsonObject } from "world/fields";

/** A signal strength over time: points in rising order of the clock's time, in ms, and dBm, with lines between them. */
export type Signal = readonly (readonly [time: number, rssi: number])[];

const POINTS_MAX = 256;
const TIME_MAX = 86_400_000;
const RSSI_MIN = -127;

/** dBm, an integer. */
export function readRssi(fields: Fields, fallback: number): number {
	return fields.integer("rssi", RSSI_MIN, 0, fallback);
}

/** `"signal": [[ms, dBm], …]`, the times relative to `now`; null or [] for none. */
export function readSignal(fields: Fields, now: number): Signal {
	if (fields.get("signal") === null) return [];
	const points: [number, number][] = [];
	const wrong = (i: number, expected: string): Error => fields.wrong("signal", `${expected} at [${i}]`);
	for (const [i, [point]] of (fields.array("signal", POINTS_MAX) ?? []).entries()) {
		if (!Array.isArray(point) || point.length !== 2) throw wrong(i, "[ms, dBm]");
		const [time, rssi] = point;
		const before = points.at(-1)?.[0] ?? -Infinity;
		if (!isInteger(time, -TIME_MAX, TIME_MAX) || now + time <= before)
			throw wrong(i, `milliseconds up to ${TIME_MAX}, more than before,`);
		if (!isInteger(rssi, RSSI_MIN, 0)) throw wrong(i, `dBm from ${RSSI_MIN} to 0`);
		points.push([now + time, rssi]);
	}
	return points;
}

function isInteger(value: unknown, least: number, most: number): value is number {
	return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/** What is still to come of it, as `readSignal` reads it at that moment. */
export function signalJson(signal: Signal, now: number): JsonObject {
	if (signal.length === 0) return {};
	const rest = signal.slice(Math.max(0, lastPoint(signal, now)));
	// Over: only the strength at which it ended counts.
	return { signal: rest.map(([time, rssi]) => [rest.length === 1 && time < now ? 0 : time - now, rssi]) };
}

/** dBm at a moment, rounded; `constant` without points. */
export function strengthAt(signal: Signal, constant: number, now: number): number {
	return Math.round(exactAt(signal, constant, now));
}

/** When `strengthAt` may next be another; undefined when it stays. */
export function nextChange(signal: Signal, now: number): number | undefined {
	const at = lastPoint(signal, now);
	const [before, next] = [signal[at], signal[at + 1]];
	if (next === undefined) return undefined;
	const [end, last] = next;
	if (before === undefined) return end;
	const [start, first] = before;
	if (first === last) return end;
	const current = Math.round(exactAt(signal, first, now));
	// Where the rounded value changes: halfway to the next, and never now.
	const border = current + (last > first ? 0.5 : -0.5);
	const crossed = Math.ceil(start + ((border - first) / (last - first)) * (end - start));
	return Math.min(end, Math.max(now + 1, crossed));
}

/** Index of the last point that has come, -1 before the first. */
function lastPoint(signal: Signal, now: number): number {
	let at = -1;
	while (at + 1 < signal.length && (signal[at + 1]?.[0] ?? Infinity) <= now) at++;
	return at;
}

function exactAt(signal: Signal, constant: number, now: number): number {
	const at = lastPoint(signal, now);
	const [before, next] = [signal[at], signal[at + 1]];
	if (before === undefined) return next?.[1] ?? constant;
	if (next === undefined) return before[1];
	return before[1] + ((next[1] - before[1]) * (now - before[0])) / (next[0] - before[0]);
}

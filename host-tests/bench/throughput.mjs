// SPDX-License-Identifier: Apache-2.0

/**
 * Passthrough on the 64-bit twin against a bare pump and against socat: the same program at both ends, the same bytes,
 * in pairs one after the other, so that what else the machine does hits both. A figure is the median of the ratios.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { compile, Host, median, OK } from "./host.mjs";

const PAIRS = 7;
/** Both of a pair take turns, slice by slice; its ratio is that of their median slices. */
const SLICES = 16;
const SLICE = 2 << 20;
/** A host writes what its buffer takes; the network's end is no bottleneck. */
const BLOCK = { up: 4096, down: 65536 };

/** The twin in passthrough. */
async function openTwin(start) {
	const twin = await start();
	const host = new Host();
	await host.attach(twin.path);
	await host.connect();
	await host.passthrough();
	return {
		host,
		statistics: async () => (await twin.control.request("statistics")).statistics,
		close: async () => {
			await host.close();
			await twin.stop();
		},
	};
}

/** @param command makes argv from the path of a link to the pty that is to be made and the port to connect to */
async function openProgram(command) {
	const folder = mkdtempSync(join(tmpdir(), "xs-at-bench-"));
	const link = join(folder, "pty");
	const host = new Host();
	const { port } = await host.order("listen");
	const [program, ...args] = command(link, port);
	const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
	await host.order("accept");
	while (!existsSync(link)) await delay(5);
	await host.order("open", link);
	return {
		host,
		close: async () => {
			child.kill("SIGKILL");
			await host.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function rate({ host }, direction) {
	const { ms } = await host.order(direction, SLICE, BLOCK[direction], 0);
	return SLICE / ms / 1000;
}

/** @returns MB/s of both */
async function pair(twin, other, direction) {
	const rates = new Map([
		[twin, []],
		[other, []],
	]);
	for (let i = 0; i < SLICES; i++)
		for (const it of i % 2 ? [other, twin] : [twin, other]) rates.get(it).push(await rate(it, direction));
	return [median(rates.get(twin)), median(rates.get(other))];
}

async function compare(twin, other) {
	const results = {};
	for (const direction of ["up", "down"]) {
		const pairs = [];
		await pair(twin, other, direction);
		for (let i = 0; i < PAIRS; i++) pairs.push(await pair(twin, other, direction));
		const ratios = pairs.map(([own, its]) => own / its);
		results[direction] = {
			value: median(ratios),
			values: ratios,
			own: median(pairs.map(([own]) => own)),
			its: median(pairs.map(([, its]) => its)),
		};
	}
	return results;
}

const PARTNERS = {
	pump: (link, port) => [compile("pump"), link, String(port)],
	socat: (link, port) => ["socat", `PTY,raw,echo=0,link=${link}`, `TCP:127.0.0.1:${port}`],
};

/**
 * @param partners names of PARTNERS
 * @returns ratios and MB/s by partner and direction, and `entries`: how often JavaScript was entered while data flowed
 */
export async function throughput(start, partners) {
	const twin = await openTwin(start);
	const results = {};
	try {
		const before = await twin.statistics();
		for (const name of partners) {
			const other = await openProgram(PARTNERS[name]);
			try {
				results[name] = await compare(twin, other);
			} finally {
				await other.close();
			}
		}
		const after = await twin.statistics();
		results.entries = after.javascript.entries - before.javascript.entries;
	} finally {
		await twin.close();
	}
	return results;
}

/** The ways of the links that are no passthrough: MB/s of one slice. */
const WAYS = {
	"CIPSEND of 8,192 bytes": { host: "up", run: host => host.order("send", SLICE, 8192) },
	CIPSENDL: { host: "up", run: host => host.order("long", SLICE) },
	"+IPD, active": { host: "down", run: host => host.order("frames", SLICE) },
	"CIPRECVDATA, passive": { host: "down", mode: 1, run: host => host.order("on-demand", SLICE) },
};
const DATAGRAMS = 2_000;
const DATAGRAM = 1024;

/** @returns by way: the ratio to the bare pump, MB/s of both, and JavaScript entries per MB */
export async function links(start) {
	const twin = await start();
	const host = new Host();
	const results = {};
	const entries = async () => (await twin.control.request("statistics")).statistics.javascript.entries;
	try {
		await host.attach(twin.path);
		await host.connect();
		await host.command("AT+CIPSENDLCFG=1048576");
		const pump = await openProgram(PARTNERS.pump);
		try {
			for (const [name, { host: direction, mode = 0, run }] of Object.entries(WAYS)) {
				await host.command(`AT+CIPRECVTYPE=${mode}`);
				await run(host);
				const before = await entries();
				const pairs = [];
				for (let i = 0; i < PAIRS; i++)
					pairs.push([SLICE / (await run(host)).ms / 1000, await rate(pump, direction)]);
				const ratios = pairs.map(([own, its]) => own / its);
				results[name] = {
					value: median(ratios),
					values: ratios,
					own: median(pairs.map(([own]) => own)),
					its: median(pairs.map(([, its]) => its)),
					entries: ((await entries()) - before) / ((PAIRS * SLICE) / (1 << 20)),
				};
			}
		} finally {
			await pump.close();
		}
		results["UDP"] = await datagrams(host, entries);
	} finally {
		await host.close();
		await twin.stop();
	}
	return results;
}

/** Datagrams there and back, one by one: how many a second. */
async function datagrams(host, entries) {
	await host.command("AT+CIPRECVTYPE=0");
	await host.command("AT+CIPCLOSE", `CLOSED\r\n${OK}`);
	const { port } = await host.order("udp");
	await host.command(`AT+CIPSTART="UDP","127.0.0.1",${port}`, `CONNECT\r\n${OK}`);
	await host.command("AT+TRANSINTVL=0");
	await host.passthrough();
	const before = await entries();
	const { ms } = await host.order("datagrams", DATAGRAMS, DATAGRAM);
	const megabytes = (2 * DATAGRAMS * DATAGRAM) / (1 << 20);
	return { perSecond: (1000 * DATAGRAMS) / ms, entries: ((await entries()) - before) / megabytes };
}

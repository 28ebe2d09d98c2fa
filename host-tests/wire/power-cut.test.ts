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
	readonly lines: readonly string[];
	/** What tells all that belongs together, and these lines before or those after. */
	readonly queries: readonly string[];
	readonly before: readonly string[];
	readonly after: readonly string[];
}

interface Scenario {
	readonly title: string;
	/** Stores the old values. */
	readonly prepare: readonly string[];
	/** Entries of NVS that are written until the steps begin, so that they fill a page that must be collected. */
	readonly entries: number;
	readonly steps: readonly Step[];
}

const RESULT = "\r\nOK\r\n";

/** Of all pages but the one that NVS keeps free. */
const ALL_ENTRIES = (NVS.size / 4096 - 1) * 126;

function address(name: string, ip: string, gateway: string, netmask: string): string[] {
	return [`+${name}:ip:"${ip}"`, `+${name}:gateway:"${gateway}"`, `+${name}:netmask:"${netmask}"`];
}

const SCENARIOS: readonly Scenario[] = [
	{
		title: "one entry, and five that belong together",
		prepare: ["AT+UART_DEF=115200,8,1,0,0", "AT+CWMODE=1"],
		entries: ALL_ENTRIES - 18,
		steps: [
			{ lines: ["AT+SYSMSG=3"], queries: ["AT+SYSMSG?"], before: ["+SYSMSG:7"], after: ["+SYSMSG:3"] },
			{
				lines: ["AT+UART_DEF=9600,7,3,2,1"],
				queries: ["AT+UART_DEF?"],
				before: ["+UART_DEF:115200,8,1,0,0"],
				after: ["+UART_DEF:9600,7,3,2,1"],
			},
		],
	},
	{
		title: "a SoftAP, addresses and DHCP",
		prepare: [
			"AT+CWMODE=3",
			'AT+CWSAP="old name","old password",1,2,2,0',
			'AT+CIPAP="192.168.4.1"',
			'AT+CWDHCPS=1,3,"192.168.4.10","192.168.4.15"',
			"AT+CWMODE=1",
		],
		entries: ALL_ENTRIES - 50,
		steps: [
			{
				lines: ['AT+CIPSTA="192.168.6.100","192.168.6.1","255.255.0.0"'],
				queries: ["AT+CIPSTA?", "AT+CWDHCP?"],
				before: [...address("CIPSTA", "0.0.0.0", "0.0.0.0", "0.0.0.0"), "+CWDHCP:3"],
				after: [...address("CIPSTA", "192.168.6.100", "192.168.6.1", "255.255.0.0"), "+CWDHCP:2"],
			},
			/* The mode is not stored; what follows needs the SoftAP. */
			{
				lines: ["AT+CWMODE_CUR=3", 'AT+CWSAP="new name","new password",6,3,5,1'],
				queries: ["AT+CWSAP?"],
				before: ['+CWSAP:"old name","old password",1,2,2,0'],
				after: ['+CWSAP:"new name","new password",6,3,5,1'],
			},
			{
				lines: ['AT+CIPAP="192.168.5.1","192.168.5.2","255.255.255.128"'],
				queries: ["AT+CIPAP?", "AT+CWDHCPS?"],
				before: [
					...address("CIPAP", "192.168.4.1", "192.168.4.1", "255.255.255.0"),
					'+CWDHCPS:3,"192.168.4.10","192.168.4.15"',
				],
				after: [
					...address("CIPAP", "192.168.5.1", "192.168.5.2", "255.255.255.128"),
					'+CWDHCPS:120,"192.168.5.2","192.168.5.101"',
				],
			},
		],
	},
];

async function withImage(
	{ prepare, entries }: Scenario,
	body: (copy: (name: string) => Promise<string>) => Promise<void>,
): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "xs-at-cut-"));
	const image = join(folder, "flash.bin");
	try {
		await withTwin({ flash: image, factory: true }, async ({ at }) => {
			for (const line of prepare) await at.chat(`${line}␍␊`, OK);
			for (let i = 0; i < entries; i += 2) await at.chat("AT+SYSMSG=1␍␊AT+SYSMSG=7␍␊", OK + OK);
		});
		await body(async name => {
			const to = join(folder, name);
			await copyFile(image, to);
			return to;
		});
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Bits of the partition that went from 0 to 1, which only an erase does. */
async function erased(before: string, after: string): Promise<boolean> {
	const [a, b] = await Promise.all([before, after].map(async it => (await readFile(it)).subarray(NVS.offset)));
	for (let i = 0; i < NVS.size; i++) if (~(a?.[i] ?? 0) & (b?.[i] ?? 0)) return true;
	return false;
}

describe("the power is cut while settings are stored", () => {
	for (const scenario of SCENARIOS) {
		it(`${scenario.title}, at every program and erase: old or new, the rest intact`, async function () {
			this.timeout(600_000);
			await withImage(scenario, async copy => {
				const { steps } = scenario;
				const whole = await copy("whole.bin");
				await withTwin({ flash: whole }, async ({ at }) => {
					for (const line of steps.flatMap(({ lines }) => lines)) await at.chat(`${line}␍␊`, OK);
				});
				assert.ok(await erased(await copy("before.bin"), whole), "the scenario erases no page");

				const image = await copy("cut.bin");
				let cuts = 0;
				for (let done = false; !done; cuts++) {
					await copy("cut.bin");
					await withTwin({ flash: image }, async w => {
						done = await cutAt(w, cuts + 1, steps);
						await check(w, done, steps);
					});
					/* And what was put right is right for good. */
					if (cuts % 10 === 0) await withTwin({ flash: image }, w => check(w, false, steps));
				}
				assert.ok(cuts > 30, `only ${cuts} operations`);
			});
		});
	}
});

/** @returns true when everything was stored before the n-th operation */
async function cutAt({ at, control }: Wire, n: number, steps: readonly Step[]): Promise<boolean> {
	await control.request("power.cut", { after: n });
	for (const line of steps.flatMap(({ lines }) => lines)) {
		await at.send(`${line}␍␊`);
		const [answer] = await at.expectMatch(/␍␊(?:OK|ready)␍␊/, 5_000);
		if (!answer.includes("OK")) {
			await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			return false;
		}
	}
	return true;
}

async function check({ at }: Wire, all: boolean, steps: readonly Step[]): Promise<void> {
	let olds = 0;
	for (const { queries, before, after } of steps) {
		let heard = "";
		for (const query of queries) {
			await at.send(`${query}␍␊`);
			const [answer] = await at.expectMatch(/[^]*?␍␊OK␍␊/);
			heard += answer.slice(0, -RESULT.length);
		}
		const [old, now] = [before, after].map(lines => lines.map(line => `${line}\r\n`).join(""));
		assert.ok(heard === old || heard === now, heard);
		if (heard === old) olds++;
		/* In order: none that came later is new when one before is old. */
		else assert.equal(olds, 0, heard);
	}
	if (all) assert.equal(olds, 0);
	else await at.chat("AT+CWMODE?␍␊", `+CWMODE:1␍␊${OK}`);
}

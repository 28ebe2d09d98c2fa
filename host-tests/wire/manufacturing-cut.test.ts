// SPDX-License-Identifier: Apache-2.0

/**
 * The power is cut in the middle of each program and each erase that AT+SYSMFG and AT+SYSFLASH make: a value of
 * manufacturing data is then the old one or the new, a raw partition has bytes of neither anywhere but where it was
 * being written, and everything else in the flash is as it was.
 */

import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OK, type Wire, withTwin, wire } from "./harness.ts";

const PROMPT = "␍␊OK␍␊␍␊>";
const MFG_NVS = { offset: 0x21000, size: 0x1c000 };
const FS_STORAGE = { offset: 0x70000, size: 0x90000 };
const BLOB = 4000;

/** Each starts one from this image. */
async function withImage(
	fill: (w: Wire) => Promise<void>,
	body: (image: string, anew: () => Promise<void>) => Promise<void>,
): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "xs-at-cut-"));
	const [made, image] = [join(folder, "made.bin"), join(folder, "cut.bin")];
	try {
		await withTwin({ flash: made, factory: true, limit: 60_000 }, fill);
		await body(image, () => copyFile(made, image));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** What came instead of OK when the power was cut. */
async function survives({ at }: Wire): Promise<boolean> {
	const [answer] = await at.expectMatch(/␍␊(?:OK|ready)␍␊/, 5_000);
	if (answer.includes("OK")) return true;
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
	return false;
}

async function writeData({ at }: Wire, key: string, data: Buffer): Promise<void> {
	await at.chat(`AT+SYSMFG=2,"cut","${key}",8,${data.length}␍␊`, PROMPT);
	await at.chat(data, OK, 5_000);
}

function blob(seed: number): Buffer {
	return Buffer.from(Array.from({ length: BLOB }, (_, i) => (i * 11 + (i >> 8) + seed) & 0xff));
}

/** A line of AT+SYSMFG=1 for a value, without what frames it. */
async function valueOf({ at }: Wire, key: string): Promise<Buffer> {
	const [, text] = await at.expectMatch(
		new RegExp(`\\+SYSMFG:"cut","${key}",\\d,\\d+,([^]*)␍␊␍␊OK␍␊`.replaceAll("␍", "\\r").replaceAll("␊", "\\n")),
	);
	return Buffer.from(text ?? "", "latin1");
}

/** A write of a value, with what it is before and after. */
interface Step {
	readonly key: string;
	readonly line: string;
	readonly data?: Buffer;
	readonly before: Buffer;
	readonly after: Buffer;
}

const STEPS: readonly Step[] = [
	{
		key: "number",
		line: 'AT+SYSMFG=2,"cut","number",6,-5',
		before: Buffer.from("123456"),
		after: Buffer.from("-5"),
	},
	{
		key: "blob",
		line: `AT+SYSMFG=2,"cut","blob",8,${BLOB}`,
		data: blob(2),
		before: blob(1),
		after: blob(2),
	},
];

/** The old values, beside so many that the new ones need a page to be collected and erased. */
async function fill(w: Wire): Promise<void> {
	await w.at.chat('AT+SYSMFG=2,"cut","number",6,123456␍␊', OK);
	for (let i = 0; i < 24; i++) await writeData(w, `other${i}`, blob(i + 10));
	for (const seed of [7, 8, 9, 1]) await writeData(w, "blob", blob(seed));
}

/** @returns whether all steps were done before the n-th operation */
async function cutAt(w: Wire, n: number): Promise<boolean> {
	await w.control.request("power.cut", { after: n });
	for (const { line, data } of STEPS) {
		await w.at.send(`${line}␍␊`);
		if (data !== undefined) {
			await w.at.expect(PROMPT);
			await w.at.send(data);
		}
		if (!(await survives(w))) return false;
	}
	return true;
}

async function check(w: Wire, all: boolean): Promise<void> {
	let olds = 0;
	for (const { key, before, after } of STEPS) {
		await w.at.send(`AT+SYSMFG=1,"cut","${key}"␍␊`);
		const value = await valueOf(w, key);
		assert.ok(value.equals(before) || value.equals(after), `${key} is neither the old nor the new value`);
		if (value.equals(before)) olds++;
		else assert.equal(olds, 0, `${key} is new, but one before it is not`);
	}
	if (all) assert.equal(olds, 0);
	for (let i = 0; i < 24; i++) {
		await w.at.send(`AT+SYSMFG=1,"cut","other${i}"␍␊`);
		assert.ok((await valueOf(w, `other${i}`)).equals(blob(i + 10)), `other${i}`);
	}
	await w.at.ask("AT+GMR␍␊", /[^]*\(MINI\)␍␊␍␊OK␍␊/);
}

describe("the power is cut while AT+SYSMFG writes", () => {
	it("at every program and erase: the old value or the new, the rest intact", async function () {
		this.timeout(300_000);
		await withImage(fill, async (image, anew) => {
			await anew();
			const before = (await readFile(image)).subarray(MFG_NVS.offset, MFG_NVS.offset + MFG_NVS.size);
			await withTwin({ flash: image }, w => cutAt(w, 1_000_000_000).then(done => check(w, done)));
			const after = (await readFile(image)).subarray(MFG_NVS.offset, MFG_NVS.offset + MFG_NVS.size);
			assert.ok(
				before.some((byte, i) => ~byte & (after[i] ?? 0)),
				"the scenario erases no page",
			);
			let cuts = 0;
			for (let done = false; !done; cuts++) {
				await anew();
				await withTwin({ flash: image }, async w => {
					done = await cutAt(w, cuts + 1);
					await check(w, done);
				});
			}
			assert.ok(cuts > 20, `only ${cuts} operations`);
		});
	});
	it("while a namespace is erased: what is left is as it was", async function () {
		this.timeout(300_000);
		const keys = Array.from({ length: 6 }, (_, i) => `key${i}`);
		const fillKeys = async ({ at }: Wire): Promise<void> => {
			for (const key of keys) await at.chat(`AT+SYSMFG=2,"cut","${key}",1,7␍␊`, OK);
		};
		await withImage(fillKeys, async (image, anew) => {
			let cuts = 0;
			for (let done = false; !done; cuts++) {
				await anew();
				await withTwin({ flash: image }, async w => {
					await w.control.request("power.cut", { after: cuts + 1 });
					await w.at.send('AT+SYSMFG=0,"cut"␍␊');
					done = await survives(w);
					for (const key of keys) {
						await w.at.send(`AT+SYSMFG=1,"cut","${key}"␍␊`);
						const [answer] = await w.at.expectMatch(/[^]*?␍␊(?:OK|ERROR)␍␊/);
						if (answer.includes("OK")) assert.ok(answer.includes(`"${key}",1,1,7\r\n`), answer);
						if (done) assert.ok(answer.includes("ERROR"), answer);
					}
					await w.at.ask("AT+GMR␍␊", /[^]*\(MINI\)␍␊␍␊OK␍␊/);
				});
			}
			assert.ok(cuts > 5, `only ${cuts} operations`);
		});
	});
});

describe("the power is cut while AT+SYSFLASH writes", () => {
	const RANGE = { offset: 4096, size: 8192 };
	const DATA = Buffer.concat([blob(3), blob(4)]);
	const at = FS_STORAGE.offset + RANGE.offset;

	it("at every program and erase: nothing beside it has changed", async function () {
		this.timeout(300_000);
		const fillPartition = async (w: Wire): Promise<void> => {
			await w.at.chat(`AT+SYSFLASH=1,"fs_storage",0,0x4000␍␊`, PROMPT);
			await w.at.chat(Buffer.alloc(0x4000, 0x5a), OK);
		};
		await withImage(fillPartition, async (image, anew) => {
			let cuts = 0;
			for (let done = false; !done; cuts++) {
				await anew();
				const before = await readFile(image);
				await withTwin({ flash: image }, async w => {
					await w.control.request("power.cut", { after: cuts + 1 });
					await w.at.send(`AT+SYSFLASH=0,"fs_storage",${RANGE.offset},${RANGE.size}␍␊`);
					done = (await survives(w)) && (await writeRange(w));
					await w.at.chat('AT+SYSMFG=1,"factory_param","module_name"␍␊', moduleName());
				});
				const after = await readFile(image);
				if (done) assert.ok(after.subarray(at, at + DATA.length).equals(DATA));
				before.copy(after, at, at, at + RANGE.size);
				assert.ok(after.equals(before), `cut ${cuts}`);
			}
			// Two sectors to erase, and 8,000 bytes in pages of 256 to program.
			assert.ok(cuts > 2 + 31, `only ${cuts} operations`);
		});
	});

	/** The host sends on when nobody is there any more: those bytes are nobody's. */
	async function writeRange(w: Wire): Promise<boolean> {
		await w.at.chat(`AT+SYSFLASH=1,"fs_storage",${RANGE.offset},${DATA.length}␍␊`, PROMPT);
		await w.at.send(DATA);
		const [answer] = await w.at.expectMatch(/␍␊(?:OK|ready)␍␊/, 5_000);
		if (answer.includes("OK")) return true;
		// A line ends what came of the data after the restart.
		await w.at.send("␍␊ATE0␍␊");
		await w.at.expectMatch(/[^]*ATE0␍␊␍␊OK␍␊/, 5_000);
		return false;
	}
	function moduleName(): Buffer {
		return wire(`+SYSMFG:"factory_param","module_name",7,4,MINI␍␊${OK}`);
	}
});

describe("a flash image with manufacturing data of other tools", () => {
	it("that is no NVS at all does not keep the module from starting", async () => {
		await withImage(
			async () => {},
			async (image, anew) => {
				await anew();
				const bytes = await readFile(image);
				for (let i = 0; i < MFG_NVS.size; i++) bytes[MFG_NVS.offset + i] = (i * 37) & 0xff;
				await writeFile(image, bytes);
				await withTwin({ flash: image }, async w => {
					await w.at.ask("AT+GMR␍␊", /[^]*\(MINI\)␍␊␍␊OK␍␊/);
					await w.at.chat('AT+SYSFLASH=0,"mfg_nvs"␍␊', OK);
					await w.at.chat('AT+SYSMFG=2,"own","key",1,1␍␊', OK);
				});
			},
		);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** The firmware slots: SYSROLLBACK (guide 3.1.22), and what the boot loader makes of otadata. */

import assert from "node:assert/strict";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { answer, errorNumber, OK, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest();

const FAILED = 0x010a0000;
const BLANK = 2 ** 32 - 1;

const OTADATA = 0x10000;
const SECTOR = 0x1000;
const SLOTS = [0x100000, 0x280000] as const;
const IMAGE_SIZE = 304;
/** The IDF's CRC of a sequence number, as in otadata that its tools make. */
const CRC_OF = new Map([
	[1, 0x4743989a],
	[2, 0x55f63774],
]);
const NEW = 0;
const PENDING = 1;
const VALID = 2;
const ABORTED = 4;

/** The flash image is the running twin's own memory: what a file says of it changes at once. */
class Flash {
	readonly #path: string;
	constructor({ twin }: Wire) {
		this.#path = twin.flash;
	}
	read(at: number, size: number): Buffer {
		const bytes = Buffer.alloc(size);
		const file = openSync(this.#path, "r");
		readSync(file, bytes, 0, size, at);
		closeSync(file);
		return bytes;
	}
	write(at: number, bytes: Uint8Array): void {
		const file = openSync(this.#path, "r+");
		writeSync(file, bytes, 0, bytes.length, at);
		closeSync(file);
	}
	/** Puts the image of the first slot into the second, under another version. */
	copyImage(): void {
		const image = this.read(SLOTS[0], IMAGE_SIZE);
		this.write(SLOTS[1], renamed(image, "other"));
	}
	/** Sequence and state of an entry of otadata, whose sum must be right. */
	entry(index: number): [sequence: number, state: number] {
		const bytes = this.read(OTADATA + index * SECTOR, 32);
		const sequence = bytes.readUInt32LE(0);
		if (sequence === BLANK) assert.deepEqual(bytes, Buffer.alloc(32, 0xff));
		else assert.equal(bytes.readUInt32LE(28), CRC_OF.get(sequence) ?? bytes.readUInt32LE(28));
		return [sequence, bytes.readUInt32LE(24)];
	}
	setEntry(index: number, sequence: number, state: number): void {
		const bytes = Buffer.alloc(32, 0xff);
		bytes.writeUInt32LE(sequence, 0);
		bytes.writeUInt32LE(state, 24);
		bytes.writeUInt32LE(CRC_OF.get(sequence) as number, 28);
		this.write(OTADATA + index * SECTOR, bytes);
	}
}

/** An image with another version, and the checksum that goes with it. */
function renamed(image: Buffer, version: string): Buffer {
	const changed = Buffer.from(image);
	changed.fill(0, 48, 80).write(version, 48, "latin1");
	changed[IMAGE_SIZE - 1] = changed.subarray(32, 288).reduce((sum, byte) => sum ^ byte, 0xef);
	return changed;
}

interface Slot {
	label: string;
	image: boolean;
	version: string;
	project: string;
	state: string;
}

async function firmware({ control }: Wire): Promise<{ running: string; slots: Slot[] }> {
	return (await control.request("firmware.list")) as unknown as { running: string; slots: Slot[] };
}

async function running(w: Wire): Promise<string> {
	return (await firmware(w)).running;
}

async function rollBack({ at }: Wire): Promise<void> {
	await at.chat("AT+SYSROLLBACK␍␊", OK + READY, 4_000);
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
}

async function reset({ at, control }: Wire): Promise<void> {
	await control.request("reset");
	await at.expect(READY, 4_000);
	await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
}

describe("AT+SYSROLLBACK", () => {
	test("there is one firmware at first, and nothing to go back to", async w => {
		const { running: slot, slots } = await firmware(w);
		assert.equal(slot, "ota_0");
		const [first, second] = slots as [Slot, Slot];
		assert.deepEqual([first.label, first.image, first.project, first.state], ["ota_0", true, "xs-at", "valid"]);
		assert.match(first.version, /^[0-9a-f]{7}$/);
		assert.deepEqual(second, { label: "ota_1", image: false, version: "", project: "", state: "undefined" });
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		await w.at.chat("AT+SYSROLLBACK␍␊", errorNumber(FAILED));
		assert.deepEqual(await firmware(w), { running: slot, slots });
		await w.at.chat("AT␍␊", OK);
	});
	test("starts the other slot's, which is good when it is ready; and back again, as often as one likes", async w => {
		const flash = new Flash(w);
		flash.copyImage();
		await w.at.chat("AT+SYSMSG=1␍␊", OK);
		for (const [slot, entries] of [
			[
				1,
				[
					[1, VALID],
					[2, VALID],
				],
			],
			[
				0,
				[
					[3, VALID],
					[2, VALID],
				],
			],
			[
				1,
				[
					[3, VALID],
					[4, VALID],
				],
			],
		] as const) {
			await rollBack(w);
			const { running: label, slots } = await firmware(w);
			assert.equal(label, `ota_${slot}`);
			assert.deepEqual(
				slots.map(it => [it.state, it.version === "other"]),
				[
					["valid", false],
					["valid", true],
				],
			);
			assert.deepEqual([flash.entry(0), flash.entry(1)], entries);
		}
		await w.at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:1"));
	});
	test("an image with one wrong bit is none", async w => {
		const flash = new Flash(w);
		flash.copyImage();
		const good = flash.read(SLOTS[1], IMAGE_SIZE);
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [at, what] of [
			[0, "magic"],
			[1, "number of segments"],
			[12, "chip"],
			[29, "length of the segment"],
			[34, "magic of the description"],
			[200, "a byte of the segment"],
			[IMAGE_SIZE - 1, "checksum"],
		] as const) {
			const bad = Buffer.from(good);
			bad[at] = (bad[at] as number) ^ 0x40;
			flash.write(SLOTS[1], bad);
			await w.at.chat("AT+SYSROLLBACK␍␊", errorNumber(FAILED)).catch((error: unknown) => {
				throw new Error(`${what}: ${String(error)}`);
			});
		}
		assert.equal(await running(w), "ota_0");
		flash.write(SLOTS[1], good);
		await rollBack(w);
		assert.equal(await running(w), "ota_1");
	});
	test("a power cut at any of its flash operations leaves one of the two, and the way to the other", async w => {
		const flash = new Flash(w);
		flash.copyImage();
		let seen = "";
		for (let n = 1; n <= 4; n++) {
			const before = await running(w);
			await w.control.request("power.cut", { after: n });
			await w.at.send("AT+SYSROLLBACK␍␊");
			// Cut before OK was said, after it, or not at all: that is one with the next command.
			await w.at.expectMatch(/^(?:␍␊OK␍␊)?␍␊ready␍␊/, 4_000);
			await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			const after = await running(w);
			assert.ok(["ota_0", "ota_1"].includes(after));
			seen += after === before ? "o" : "n";
			// Whatever was cut, the next one works. An armed cut that did not come is no more after a restart.
			await rollBack(w);
			assert.notEqual(await running(w), after);
		}
		assert.match(seen, /^o+n+$/, "old until a certain operation, then new");
	});
	test("a firmware that did not get ready is given up at the next start", async w => {
		const flash = new Flash(w);
		flash.copyImage();
		// On trial, and restarted before `ready`.
		flash.setEntry(1, 2, PENDING);
		await reset(w);
		assert.equal(await running(w), "ota_0");
		assert.deepEqual(
			[flash.entry(0), flash.entry(1)],
			[
				[1, VALID],
				[2, ABORTED],
			],
		);
		assert.equal((await firmware(w)).slots[1]?.state, "aborted");
		await rollBack(w);
		assert.equal(await running(w), "ota_1");
	});
	test("the newest entry starts, on trial until ready, as an update leaves it", async w => {
		const flash = new Flash(w);
		flash.copyImage();
		flash.setEntry(1, 2, NEW);
		await reset(w);
		assert.equal(await running(w), "ota_1");
		assert.deepEqual(flash.entry(1), [2, VALID]);
	});
	test("an entry whose sum is wrong does not count; with none left the first slot starts", async w => {
		const flash = new Flash(w);
		flash.copyImage();
		flash.setEntry(1, 2, VALID);
		const entry = flash.read(OTADATA + SECTOR, 32);
		entry[28] = (entry[28] as number) ^ 1;
		flash.write(OTADATA + SECTOR, entry);
		await reset(w);
		assert.equal(await running(w), "ota_0");
		flash.write(OTADATA, Buffer.alloc(2 * SECTOR, 0xff));
		await reset(w);
		assert.equal(await running(w), "ota_0");
		assert.deepEqual(
			[flash.entry(0), flash.entry(1)],
			[
				[1, VALID],
				[BLANK, BLANK],
			],
		);
	});
	test("a chosen slot without an image is passed over; a flash without any gets the twin's", async w => {
		const flash = new Flash(w);
		flash.setEntry(1, 2, VALID);
		await reset(w);
		assert.equal(await running(w), "ota_0");
		flash.write(SLOTS[0], Buffer.alloc(IMAGE_SIZE, 0xff));
		await reset(w);
		const { running: slot, slots } = await firmware(w);
		assert.deepEqual([slot, slots.map(it => it.image)], ["ota_0", [true, false]]);
	});
	test("has no other form", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+SYSROLLBACK?␍␊", errorNumber(0x010c0000));
		await at.chat("AT+SYSROLLBACK=1␍␊", errorNumber(0x010c0000));
	});
});

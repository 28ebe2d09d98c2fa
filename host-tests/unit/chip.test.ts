// SPDX-License-Identifier: Apache-2.0

/** What the chip is built from, as far as it can be judged without an SDK: scripts/chip/mcconfig.mjs has the rest. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "mocha";

const root = resolve(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(resolve(root, name), "utf8");

interface Partition {
	name: string;
	type: number;
	subtype: number;
	offset: number;
	size: number;
}
const { readPartitions, SECONDARY_OFFSET } = (await import(`${root}/scripts/partitions.mjs`)) as {
	readPartitions: (csv: string, tableOffset?: number) => Partition[];
	SECONDARY_OFFSET: number;
};
const { readSdkconfig } = (await import(`${root}/scripts/chip/mcconfig.mjs`)) as {
	readSdkconfig: (text: string) => Map<string, string>;
};

const SLOT = 16;
const KILOBYTE = 1024;

describe("the manifest", () => {
	const manifest = JSON.parse(read("manifest.json"));
	const { chunk, heap, keys, stack, static: fixed, main } = manifest.creation;

	it("creates a machine within the budget of 40 KB, that never grows", () => {
		assert.ok(chunk.initial + heap.initial * SLOT <= 40 * KILOBYTE);
		assert.deepEqual([chunk.incremental, heap.incremental, keys.incremental, fixed], [0, 0, 0, 0]);
		assert.ok(stack > 0);
		assert.equal(main, "main");
	});
	it("is for the ESP32-S2, with our configuration and our partitions", () => {
		const { ESP32_SUBCLASS, SDKCONFIGPATH, PARTITIONS_FILE } = manifest.build;
		assert.equal(ESP32_SUBCLASS, "esp32s2");
		assert.equal(SDKCONFIGPATH, "./");
		assert.equal(PARTITIONS_FILE, "./partitions/partitions.csv");
	});
	it("names what is stripped: with * a mod would miss whatever the firmware itself does not use", () => {
		assert.ok(Array.isArray(manifest.strip) && !manifest.strip.includes("*"));
	});
	it("has mods, a queue that does not fill, an abort hook and strict TypeScript", () => {
		assert.equal(manifest.defines.XS_MODS, 1);
		assert.ok(manifest.defines.task.queueLength >= 32);
		assert.equal(manifest.defines.xs.abortHook, 1);
		const { strict, target, lib } = manifest.typescript.tsconfig.compilerOptions;
		assert.deepEqual([strict, target, lib], [true, "ES2022", ["ES2022"]]);
	});
	it("asks nothing of the SDK that starts Wi-Fi on its own", () => {
		for (const include of manifest.include) assert.doesNotMatch(include, /manifest_net|modules\/io\/manifest/);
	});
});

describe("the partitions", () => {
	const primary = readPartitions(read("partitions/partitions.csv"));
	const secondary = readPartitions(read("partitions/at_customize.csv"), SECONDARY_OFFSET);
	const shape = ({ name, type, subtype, offset, size }: Partition): [string, number, number, number, number] => [
		name,
		type,
		subtype,
		offset,
		size,
	];
	const find = (table: Partition[], name: string): Partition => {
		const found = table.find(it => it.name === name);
		assert.ok(found, `no partition ${name}`);
		return found;
	};

	it("are ESP-AT's for what both have", () => {
		const shared = ["phy_init", "otadata", "nvs", "ota_0", "ota_1"].map(it => shape(find(primary, it)));
		assert.deepEqual(shared, [
			["phy_init", 1, 1, 0xf000, 0x1000],
			["otadata", 1, 0, 0x10000, 0x2000],
			["nvs", 1, 2, 0x12000, 0xe000],
			["ota_0", 0, 0x10, 0x100000, 0x180000],
			["ota_1", 0, 0x11, 0x280000, 0x180000],
		]);
		assert.deepEqual(secondary.map(shape), [
			["mfg_nvs", 1, 2, 0x21000, 0x1c000],
			["fs_storage", 1, 0xff, 0x70000, 0x90000],
		]);
	});
	it("cut ESP-AT's at_customize in three, without a gap", () => {
		assert.deepEqual(
			["at_customize", "xs", "at_storage"].map(it => shape(find(primary, it))),
			[
				["at_customize", 0x40, 0, 0x20000, 0x1d000],
				["xs", 0x40, 1, 0x3d000, 0x33000],
				["at_storage", 0x40, 2, 0x70000, 0x90000],
			],
		);
	});
	it("give each secondary partition a primary one to lie in", () => {
		for (const { name, offset, size } of secondary)
			assert.ok(
				primary.some(it => it.type === 0x40 && it.offset <= offset && offset + size <= it.offset + it.size),
				name,
			);
	});
	it("end with the 4 MB of flash", () => {
		const last = primary.at(-1);
		assert.equal(last && last.offset + last.size, 4 * KILOBYTE * KILOBYTE);
	});
});

describe("sdkconfig.defaults", () => {
	const text = `${read("sdkconfig.defaults")}\n${read("sdkconfig.defaults.release")}`;
	const lines = text.split("\n");
	const values = readSdkconfig(text);

	it("has only what mcconfig reads: # lines, and options with one =", () => {
		for (const line of lines) assert.match(line, /^$|^# |^CONFIG_[A-Z0-9_]+=(y|n|\d+|0x[0-9a-f]+)$/i);
		/* mcconfig takes a line that starts with # for a comment: this one would do nothing. */
		for (const line of lines) assert.doesNotMatch(line, /^# CONFIG_\w+ is not set/);
	});
	it("says each option once", () => {
		const names = lines.filter(it => it.startsWith("CONFIG_")).map(it => it.split("=")[0]);
		assert.equal(new Set(names).size, names.length);
		assert.equal(values.size, names.length);
	});
	it("gives a reason above each line, or group of lines", () => {
		for (const [index, line] of lines.entries()) {
			if (!line.startsWith("CONFIG_")) continue;
			let above = index - 1;
			while (lines[above]?.startsWith("CONFIG_")) above--;
			assert.match(lines[above] ?? "", /^# \w/, line);
		}
	});
	it("holds what the code relies on", () => {
		const wanted = {
			CONFIG_PARTITION_TABLE_MD5: "n",
			CONFIG_PARTITION_TABLE_OFFSET: "0x8000",
			CONFIG_UART_ISR_IN_IRAM: "y",
			CONFIG_VFS_SUPPORT_SELECT: "y",
			CONFIG_LWIP_SO_RCVBUF: "y",
			CONFIG_LWIP_SO_LINGER: "y",
			CONFIG_MBEDTLS_THREADING_C: "y",
		};
		for (const [name, value] of Object.entries(wanted)) assert.equal(values.get(name), value, name);
	});
	it("has mailboxes for a whole window", () => {
		const number = (name: string): number => Number(values.get(name));
		const segments = number("CONFIG_LWIP_TCP_WND_DEFAULT") / number("CONFIG_LWIP_TCP_MSS");
		assert.ok(Number.isInteger(segments));
		assert.ok(number("CONFIG_LWIP_TCP_RECVMBOX_SIZE") >= segments + 2);
	});
});

describe("readSdkconfig", () => {
	it("reads both ways to say no", () => {
		const values = readSdkconfig("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\n# a remark\nCONFIG_D=0x8000\n");
		assert.deepEqual(Object.fromEntries(values), {
			CONFIG_A: "y",
			CONFIG_B: "n",
			CONFIG_C: "n",
			CONFIG_D: "0x8000",
		});
	});
});

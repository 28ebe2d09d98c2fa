// SPDX-License-Identifier: Apache-2.0

/** Policies, what is stored and what is in force (guide 3.1.26). */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { change, ownSetting, type Setting, Settings, settings } from "core/settings";
import { Storage } from "../shims/storage";

const all = Object.entries(settings) as [string, Setting<number | string>][];

describe("the list of settings", () => {
	it("gives each its own place in NVS, with names that fit", () => {
		const places = all.map(([, { space, key }]) => `${space}.${key}`);
		assert.equal(new Set(places).size, places.length);
		for (const [name, { space, key }] of all)
			for (const part of [space, key]) assert.ok(part.length >= 1 && part.length <= 15, name);
	});
	it("has ESP-AT's places for the UART, which a module taken over has stored", () => {
		const places = ["uartRate", "uartDataBits", "uartStopBits", "uartParity", "uartFlow"] as const;
		assert.deepEqual(
			places.map(it => `${settings[it].space}.${settings[it].key}`),
			["UART.rate", "UART.databits", "UART.stopbits", "UART.parity", "UART.flow_ctrl"],
		);
	});
	it("is frozen, as flash is", () => {
		assert.ok(Object.isFrozen(settings));
		for (const [name, it] of all) assert.ok(Object.isFrozen(it), name);
	});
});

describe("a setting of a custom command", () => {
	const speed = ownSetting("speed", 5);
	const name = ownSetting("name", "none", "sysstore");
	const count = ownSetting("count", 0, "never");

	it("is its initial value until it is set, and stored over restarts", () => {
		const storage = new Storage();
		const values = new Settings(storage);
		assert.deepEqual([values.get(speed), values.get(name), values.get(count)], [5, "none", 0]);
		assert.deepEqual(storage.contents(), {});
		values.setAll(change(speed, 9), change(name, "n"), change(count, 3));
		assert.deepEqual([values.get(speed), values.get(name), values.get(count)], [9, "n", 3]);
		assert.deepEqual(storage.contents(), { "custom.speed": 9, "custom.name": "n" });
		const again = new Settings(storage);
		assert.deepEqual([again.get(speed), again.get(name), again.get(count)], [9, "n", 0]);
	});
	it("is in force without being stored while SYSSTORE=0, also when that is its initial value", () => {
		const storage = new Storage({ custom: { name: "n" } });
		const values = new Settings(storage);
		values.set(settings.sysstore, 0);
		values.set(name, "none");
		assert.equal(values.get(name), "none");
		assert.equal(new Settings(storage).get(name), "n");
	});
	it("of another type in flash is its initial value", () => {
		assert.equal(new Settings(new Storage({ custom: { speed: "fast" } })).get(speed), 5);
	});
	it("has a key that fits", () => {
		for (const key of ["", "0123456789abcdef"]) assert.throws(() => ownSetting(key, 0), RangeError);
	});
});

describe("a value", () => {
	it("is its initial one until it is set, and takes no room in flash", () => {
		const storage = new Storage();
		const values = new Settings(storage);
		for (const [name, it] of all) assert.equal(values.get(it), it.initial, name);
		assert.deepEqual(storage.contents(), {});
	});
	it("with the policy always is stored, whatever SYSSTORE says", () => {
		const storage = new Storage();
		const values = new Settings(storage);
		values.set(settings.sysstore, 0);
		values.command = "AT+CWAUTOCONN";
		assert.equal(values.set(settings.autoConnect, 0), true);
		assert.equal(values.get(settings.autoConnect), 0);
		assert.deepEqual(storage.contents(), { "at.autoconn": 0 });
	});
	it("with the policy sysstore is stored while SYSSTORE=1", () => {
		const storage = new Storage();
		const values = new Settings(storage);
		assert.equal(values.set(settings.sysmsg, 1), true);
		values.set(settings.sysstore, 0);
		values.command = "AT+SYSMSG";
		assert.equal(values.set(settings.sysmsg, 2), true);
		assert.equal(values.get(settings.sysmsg), 2, "in force");
		assert.deepEqual(storage.contents(), { "at.sysmsg": 1 }, "stored");
		assert.equal(new Settings(storage).get(settings.sysmsg), 1, "after a restart");
	});
	it("with the policy sysstore is stored by names in _DEF and not by names in _CUR, whatever SYSSTORE says", () => {
		const storage = new Storage();
		const values = new Settings(storage);
		values.command = "AT+CWMODE_CUR";
		assert.equal(values.set(settings.wifiMode, 1), true);
		assert.deepEqual(storage.contents(), {});
		values.set(settings.sysstore, 0);
		values.command = "AT+CWMODE_DEF";
		assert.equal(values.set(settings.wifiMode, 2), true);
		assert.deepEqual(storage.contents(), { "at.cwmode": 2 });
	});
	it("with the policy never is not stored, and not read when something is", () => {
		const storage = new Storage({ at: { cipmode: 1, sysstore: 0 } });
		const values = new Settings(storage);
		assert.equal(values.get(settings.transmissionMode), 0);
		assert.equal(values.get(settings.sysstore), 1);
		assert.equal(values.set(settings.transmissionMode, 1), true);
		assert.deepEqual(storage.contents(), { "at.cipmode": 1, "at.sysstore": 0 });
	});
	it("that goes back to its initial one is stored too: the old one is", () => {
		const storage = new Storage({ at: { sysmsg: 7 } });
		const values = new Settings(storage);
		assert.equal(values.get(settings.sysmsg), 7);
		values.set(settings.sysmsg, 0);
		assert.equal(new Settings(storage).get(settings.sysmsg), 0);
	});
	it("of another type in flash is ignored", () => {
		const values = new Settings(new Storage({ at: { sysmsg: "7", ssid: 5 }, UART: { rate: "9600" } }));
		assert.equal(values.get(settings.sysmsg), 0);
		assert.equal(values.get(settings.ssid), "");
		assert.equal(values.get(settings.uartRate), 115200);
	});
	it("may be a string of any bytes", () => {
		const storage = new Storage();
		new Settings(storage).set(settings.ssid, "\0caf\xc3\xa9\xff");
		assert.equal(new Settings(storage).get(settings.ssid), "\0caf\xc3\xa9\xff");
	});
	it("that finds no room stays as it was, and its setter says so", () => {
		const storage = new Storage();
		const values = new Settings(storage);
		storage.full = true;
		assert.equal(values.set(settings.sysmsg, 1), false);
		assert.equal(values.get(settings.sysmsg), 0);
		assert.equal(values.set(settings.syslog, 1), true, "this one is never stored");
	});
});

describe("stored and in force", () => {
	it("are told apart, as AT+UART_DEF? and AT+UART_CUR? are", () => {
		const values = new Settings(new Storage({ UART: { rate: 9600 } }));
		assert.equal(values.storeAll(change(settings.uartRate, 19200)), true);
		assert.equal(values.stored(settings.uartRate), 19200);
		assert.equal(values.get(settings.uartRate), 9600);
		assert.equal(values.stored(settings.uartParity), 0, "nothing stored: the initial one");
	});
});

describe("several values at once", () => {
	const rate = change(settings.uartRate, 9600);
	const bits = change(settings.uartDataBits, 7);
	const name = change(settings.ssid, 'a"\\,\0\xff');
	const before = { "UART.rate": 19200, "at.ssid": "old" };
	const after = { "UART.rate": 9600, "UART.databits": 7, "at.ssid": 'a"\\,\0\xff' };
	const make = () => new Storage({ UART: { rate: 19200 }, at: { ssid: "old" } });

	it("are stored and in force", () => {
		const storage = make();
		const values = new Settings(storage);
		assert.equal(values.setAll(rate, bits, name), true);
		assert.equal(values.get(settings.uartDataBits), 7);
		assert.deepEqual(storage.contents(), after);
	});
	it("that are there already are not written again", () => {
		const storage = make();
		new Settings(storage).setAll(rate, bits, name);
		const { writes } = storage;
		new Settings(storage).setAll(rate, bits, name);
		assert.equal(storage.writes, writes);
	});
	it("are all old or all new, wherever the power is cut", () => {
		const seen = new Set<string>();
		for (let cut = 0; ; cut++) {
			const storage = make();
			const values = new Settings(storage);
			storage.cut = cut;
			let done = false;
			try {
				values.setAll(rate, bits, name);
				done = true;
			} catch (error) {
				assert.equal(String(error), "Error: power cut");
			}
			/* And again while it is put right. */
			storage.cut = cut % 3;
			try {
				new Settings(storage);
			} catch (error) {
				assert.equal(String(error), "Error: power cut");
			}
			storage.cut = Infinity;
			const restarted = new Settings(storage);
			const isNew = restarted.get(settings.uartRate) === 9600;
			assert.deepEqual(storage.contents(), isNew ? after : before, `cut ${cut}`);
			seen.add(isNew ? "new" : "old");
			if (done) break;
			assert.ok(cut < 20);
		}
		assert.deepEqual([...seen], ["old", "new"]);
	});
	it("are all as before when there is no room for the last", () => {
		for (let room = 0; room < 3; room++) {
			const storage = make();
			const values = new Settings(storage);
			storage.room = room;
			assert.equal(values.setAll(rate, bits, name), false, `room ${room}`);
			storage.room = Infinity;
			assert.deepEqual(storage.contents(), before, `room ${room}`);
			assert.equal(values.get(settings.uartRate), 19200);
		}
	});
	it("that are stored under sysstore only when that is on", () => {
		const storage = make();
		const values = new Settings(storage);
		values.set(settings.sysstore, 0);
		assert.equal(values.setAll(rate, name), true);
		assert.deepEqual(storage.contents(), { "UART.rate": 9600, "at.ssid": "old" });
		assert.equal(values.get(settings.ssid), name[1]);
	});
	it("of a journal that cannot be read are forgotten", () => {
		for (const journal of ["", "[", "null", "[[1,2]]", 5]) {
			const storage = new Storage({ at: { journal, sysmsg: 3 } });
			assert.equal(new Settings(storage).get(settings.sysmsg), 3);
			assert.deepEqual(storage.contents(), { "at.sysmsg": 3 });
		}
	});
});

describe("restore", () => {
	it("erases all that is stored, and leaves manufacturing data", () => {
		const storage = new Storage(
			{ at: { sysmsg: 7, other: 1 }, mine: { x: "y" } },
			{ factory_param: { module: 3 } },
		);
		new Settings(storage).restore();
		assert.deepEqual(storage.contents(), {});
		assert.equal(new Settings(storage).get(settings.sysmsg), 0);
		assert.equal(storage.factory("factory_param", "module"), 3);
	});
});

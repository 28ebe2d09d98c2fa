// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { ACCESS_POINT_FIELDS } from "world/access-point";
import type { Json, JsonObject } from "world/fields";
import { VISITOR_FIELDS } from "world/visitor";
import { Fixture } from "../../twin/world/fake-host";

const AP = { ssid: "twin-ap" };
const EXACT = { jitter_ms: 0 };

describe("docs/radio.md", () => {
	const text = readFileSync(new URL("../../docs/radio.md", import.meta.url), "utf8");
	const worlds = text.split("```json\n").slice(1);
	for (const [i, rest] of worlds.entries()) {
		it(`has a world ${i + 1} that runs`, () => {
			const t = new Fixture(rest.split("```")[0]);
			t.radio({ op: "softap", ssid: "setup", password: "12345678", channel: 1, security: 3, maximum: 4 });
			t.radio({ op: "leases", minutes: 60, first: "127.66.2.2", last: "127.66.2.9" });
			t.on(3);
			t.ok({ cmd: "subscribe", events: ["script"] });
			t.pass(100_000);
			for (const [, line] of t.host.lines) assert.equal(line.error, undefined, JSON.stringify(line));
			assert.deepEqual((t.ok({ cmd: "world.get" }).world as JsonObject).script, []);
		});
	}
	it("names every field of an access point and of a station", () => {
		for (const name of [...ACCESS_POINT_FIELDS, ...VISITOR_FIELDS])
			assert.ok(name.endsWith("_hex") || text.includes(`| \`${name}\` |`), name);
		assert.ok(worlds.length >= 4);
	});
});

describe("world: a script", () => {
	/** The world of docs/radio.md in which the access point vanishes for 20 seconds. */
	const VANISHING = {
		access_points: [{ ssid: "home", password: "12345678" }],
		script: [
			{ at: 5000, cmd: "ap.set", ssid: "home", present: false },
			{ at: 25000, cmd: "ap.set", ssid: "home", present: true },
		],
		timing: EXACT,
	};
	const HOME = { ssid: "home", password: "12345678" };

	it("makes an access point vanish and come back", () => {
		const t = new Fixture(JSON.stringify(VANISHING));
		t.ok({ cmd: "subscribe", events: ["script"] });
		t.on();
		assert.equal(t.join(HOME, 4999).length, 2);
		t.pass(51);
		assert.deepEqual(t.events().slice(2), ["disconnected 200 7"]);
		t.host.lines.length = 0;
		assert.deepEqual(t.join(HOME, 19_949), ["joinFailed 7 3"]);
		t.pass(1);
		const step = { cmd: "ap.set", ssid: "home", present: true };
		assert.deepEqual(t.host.lines, [[1, { event: "script", step, now: 26_000 }]]);
		assert.equal(t.join(HOME).length, 2);
		assert.deepEqual((t.ok({ cmd: "world.get" }).world as JsonObject).script, []);
	});
	it("is added to and cleared while the world runs, its times from then on", () => {
		const t = new Fixture(JSON.stringify({ timing: EXACT, script: [{ at: 300, cmd: "station.drop" }] }));
		t.pass(100);
		const steps: JsonObject[] = [
			{ at: 250, cmd: "ap.set", ...AP, rssi: -1 },
			{ at: 0, cmd: "ap.set", ...AP, rssi: -2 },
			{ at: 0, cmd: "ap.set", ...AP, channel: 3 },
		];
		assert.equal(t.ok({ cmd: "script.add", steps }).steps, 4);
		t.pass(0);
		assert.deepEqual([t.aps()[1]?.rssi, t.aps()[1]?.channel], [-2, 3]);
		const { script } = t.ok({ cmd: "world.get" }).world as JsonObject;
		assert.deepEqual(script, [
			{ at: 200, cmd: "station.drop" },
			{ at: 250, cmd: "ap.set", ...AP, rssi: -1 },
		]);
		assert.equal(t.ok({ cmd: "script.clear" }).cleared, 2);
		t.pass(1000);
		assert.equal(t.aps()[1]?.rssi, -2);
	});
	it("tells and logs what failed, and goes on", () => {
		const script = [
			{ at: 10, cmd: "station.drop" },
			{ at: 10, cmd: "ap.set", ...AP, channel: 99 },
			{ at: 10, cmd: "ap.set", ...AP, channel: 9 },
		];
		const t = new Fixture(JSON.stringify({ script }));
		t.ok({ cmd: "subscribe" });
		t.host.lines.length = 0;
		t.pass(10);
		const errors = t.host.lines.map(([, line]) => line.error);
		assert.deepEqual(errors, [
			"the station is not associated",
			"channel: expected an integer from 1 to 14, got 99",
			undefined,
		]);
		assert.deepEqual(t.host.requests[0], [
			"log",
			0,
			'script: {"cmd":"station.drop"}: the station is not associated',
		]);
		assert.equal(t.host.requests.length, 2);
		assert.equal(t.aps()[1]?.channel, 9);
	});
	it("runs whatever a client can ask for that changes something", () => {
		const t = new Fixture();
		const steps: JsonObject[] = [
			{ at: 1, cmd: "pin.set", pin: 3, level: 1 },
			{ at: 2, cmd: "softap.join", ssid: "mine", mac: "02:00:00:00:00:0a" },
			{ at: 100, cmd: "softap.leave", mac: "02:00:00:00:00:0a" },
		];
		t.ok({ cmd: "script.add", steps });
		t.radio({ op: "softap", ssid: "mine", channel: 1, security: 0, maximum: 1 });
		t.on(2);
		t.ok({ cmd: "subscribe", events: ["script"] });
		t.host.lines.length = 0;
		t.pass(1000);
		assert.deepEqual(t.events(), ["clientJoined 02:00:00:00:00:0a", "clientLeft 02:00:00:00:00:0a"]);
		assert.equal(t.host.requests[0]?.[0], "pin");
		t.world.onAnswer("pin", t.host.requests[0]?.[1] ?? 0, "{}");
		assert.deepEqual(
			t.host.lines.map(([, { step }]) => (step as JsonObject).cmd),
			["softap.join", "softap.leave", "pin.set"],
			"each when it is done",
		);
	});
	it("goes on over a reset without what it has done", () => {
		const t = new Fixture(JSON.stringify({ ...VANISHING, script: [...VANISHING.script, { at: 1, cmd: "reset" }] }));
		t.pass(2000);
		assert.deepEqual(t.host.requests, [["reset", 0, ""]]);
		const again = new Fixture("", { instance: 0, restored: t.world.save() });
		again.host.time = t.host.time;
		again.pass(2999);
		assert.equal(again.aps()[0]?.present, true);
		again.pass(1);
		assert.deepEqual([again.aps()[0]?.present, again.host.requests], [false, []]);
	});
	it("is complained about by path", () => {
		const wrong: [Json, RegExp][] = [
			[7, /^Error: script: expected an array of at most 1000, got 7/],
			[[7], /^Error: script\[0\]: expected an object, got 7/],
			[[{ cmd: "reset" }], /^Error: script\[0\]\.at: expected an integer from 0 to 86400000, got nothing/],
			[[{ at: -1, cmd: "reset" }], /^Error: script\[0\]\.at: expected/],
			[[{ at: 1 }], /^Error: script\[0\]\.cmd: expected a string, got nothing/],
			[
				[{ at: 1, cmd: "ap.list" }],
				/^Error: script\[0\]\.cmd: expected one of ap\.add, ap\.set, .*got "ap\.list"/,
			],
			[[{ at: 1, cmd: "ap.set", chanel: 3 }], /^Error: script\[0\]\.chanel: unknown field; known are address/],
			[[{ at: 1, cmd: "reset", id: 1 }], /^Error: script\[0\]\.id: unknown field; known are cmd/],
		];
		for (const [script, message] of wrong) assert.throws(() => new Fixture(JSON.stringify({ script })), message);
		const t = new Fixture();
		assert.match(t.error({ cmd: "script.add" }), /^steps: expected an array of steps, got nothing/);
		const step = { at: 1, cmd: "station.drop" };
		assert.match(t.error({ cmd: "script.add", steps: [step, { at: 1 }] }), /^steps\[1\]\.cmd: expected/);
		assert.deepEqual((t.ok({ cmd: "world.get" }).world as JsonObject).script, [], "a mistake adds none");
		const many = new Fixture(JSON.stringify({ script: new Array<JsonObject>(1000).fill(step) }));
		assert.match(many.error({ cmd: "script.add", steps: [step] }), /^more than 1000 steps/);
	});
});

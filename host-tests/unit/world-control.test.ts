// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Json, JsonObject } from "world/fields";
import { Fixture } from "../../twin/world/fake-host";

function worldOf(...aps: JsonObject[]): string {
	return JSON.stringify({ access_points: aps, timing: { jitter_ms: 0 } });
}

describe("world: control", () => {
	it("answers whatever comes, and goes on", () => {
		const t = new Fixture();
		assert.deepEqual(t.ok({ id: [1, "é"], cmd: "clock.now" }), { id: [1, "é"], ok: true, now: 1000 });
		assert.match(t.error("{oops"), /^the request: not valid JSON/);
		assert.match(t.error("[".repeat(100_000)), /^the request: longer than 16384/);
		assert.match(t.error('{"id":' + "[".repeat(32)), /^the request: more than 16 levels/);
		assert.match(t.error({ cmd: '[{\\"'.repeat(40) }), /^unknown command ".{60}"; known/);
		assert.match(t.error("[]"), /^a request is a JSON object/);
		assert.match(t.error({}), /^cmd: expected a string, got nothing/);
		assert.match(t.error({ cmd: "ap.lsit" }), /^unknown command "ap.lsit"; known are help, ap.list/);
		assert.match(t.error({ cmd: "ap.list", x: 1 }), /^x: unknown field; known are cmd, id/);
		assert.match(t.error('{"cmd":"ap.list","__proto__":{}}'), /^__proto__: unknown field/);
		assert.equal(t.ask("  \r"), undefined);
		assert.deepEqual(t.ask({ id: 5, cmd: "ap.set" })?.id, 5);
		assert.ok((t.ok({ cmd: "help" }).commands as Json[]).length >= 16);
	});
	it("drives pins, and says which there are", () => {
		const t = new Fixture();
		t.ask({ id: 1, cmd: "pin.set", pin: 0, level: 1 });
		assert.deepEqual(t.host.requests, [["pin", 1, "0 1"]]);
		t.host.lines.length = 0;
		t.world.onAnswer("pin", 1, "{}");
		assert.deepEqual(t.host.lines, [[1, { id: 1, ok: true }]]);
		assert.match(t.error({ cmd: "pin.set", pin: 47, level: 1 }), /pin: expected an integer from 0 to 46/);
		assert.match(t.error({ cmd: "pin.set", pin: 1, level: 2 }), /level: expected an integer from 0 to 1/);
		assert.match(t.error({ cmd: "pin.set", level: 1 }), /pin/);
		assert.equal(t.host.requests.length, 1);
	});
	it("shows power and sleep of a radio that runs", () => {
		const t = new Fixture();
		t.radio({ op: "power", value: 60 });
		t.radio({ op: "sleep", mode: 3 });
		assert.equal(t.state().tx_power, undefined);
		t.on();
		assert.deepEqual([t.state().tx_power, t.state().sleep], [60, 3]);
	});
	it("adds, changes, renames and removes access points", () => {
		const t = new Fixture(worldOf());
		const added = t.ok({ cmd: "ap.add", ssid: "a", password: "12345678" }).access_point as JsonObject;
		assert.deepEqual([added.security, added.pmf, added.present, added.rtt_ms], ["wpa2_psk", 1, true, 2]);
		t.ok({ cmd: "ap.add", ssid: "a", bssid: "02:AA:00:00:00:01" });
		assert.match(t.error({ cmd: "ap.add", ssid: "b", bssid: "02:aa:00:00:00:01" }), /^bssid: .*no other/);
		assert.match(t.error({ cmd: "ap.add" }), /^ssid: expected a string of 1 to 32 bytes, got nothing/);
		assert.match(t.error({ cmd: "ap.set", ssid: "a", channel: 15 }), /^channel: .*from 1 to 14, got 15/);
		assert.match(t.error({ cmd: "ap.set", rssi: -1 }), /"ssid" or "bssid" must say/);
		assert.match(t.error({ cmd: "ap.set", ssid: "b", rssi: -1 }), /no such access point/);
		assert.match(t.error({ cmd: "ap.set", ssid: "a", new_bssid: added.bssid as string }), /^new_bssid/);
		const { access_points: both } = t.ok({ cmd: "ap.set", ssid: "a", present: false });
		assert.equal((both as Json[]).length, 2);
		t.ok({ cmd: "ap.set", bssid: "02:aa:00:00:00:01", password: "87654321", security: "wpa3_psk", new_ssid: "c" });
		const [a, c] = t.aps();
		assert.deepEqual([a?.ssid, a?.present, c?.ssid, c?.pmf], ["a", false, "c", 3]);
		t.ok({ cmd: "ap.set", ssid: "a", password: null });
		assert.deepEqual([t.aps()[0]?.security, t.aps()[0]?.pmf], ["open", 0]);
		assert.equal(t.ok({ cmd: "ap.remove", ssid: "c" }).removed, 1);
		assert.equal(t.aps().length, 1);
	});
	it("changes nothing when one of several cannot be changed", () => {
		const t = new Fixture(worldOf({ ssid: "a" }, { ssid: "a", password: "12345678" }));
		const before = t.aps();
		assert.match(t.error({ cmd: "ap.set", ssid: "a", rssi: -1, pmf: 3 }), /^pmf: expected 0 with/);
		assert.match(t.error({ cmd: "ap.set", ssid: "a", security: "wpa2_psk" }), /^password: expected 8 to 63/);
		assert.deepEqual(t.aps(), before);
	});
	it("asks C and passes on its answers, in any order and only to who waits", () => {
		const t = new Fixture();
		const sent = (): [number, JsonObject][] => t.host.lines.splice(0);
		t.world.onControl(1, '{"id":"a","cmd":"statistics","collect":true}');
		t.world.onControl(2, '{"id":"b","cmd":"clock.advance","ms":50}');
		t.world.onControl(3, '{"id":"c","cmd":"power.cut","after":3}');
		t.world.onControl(3, '{"id":"d","cmd":"port.list"}');
		t.world.onControl(4, '{"cmd":"statistics"}');
		const [a = 0, b = 0, c = 0, d = 0, e = 0] = t.host.requests.map(([, id]) => id);
		const asked = t.host.requests.map(([kind, , argument]) => `${kind} ${argument}`);
		assert.deepEqual(asked, ["statistics 1", "advance 50", "cut 3", "port ", "statistics 0"]);
		assert.deepEqual(sent(), []);
		t.world.onAnswer("cut", c, "{}");
		t.world.onAnswer("statistics", a, '{"heap":1,"id":9}');
		t.world.onAnswer("advance", b, '{"error":"the clock is not manual"}');
		t.world.onAnswer("port", d, "oops");
		t.world.onControlClosed(4);
		t.world.onAnswer("statistics", e, "{}");
		t.world.onAnswer("statistics", a, "{}");
		const [first, second, third, fourth, ...none] = sent();
		assert.deepEqual(first, [3, { id: "c", ok: true }]);
		assert.deepEqual(second, [1, { id: "a", ok: true, statistics: { heap: 1, id: 9 } }]);
		assert.deepEqual(third, [2, { id: "b", ok: false, error: "the clock is not manual" }]);
		assert.match(String(fourth?.[1].error), /^the twin's answer: not valid JSON/);
		assert.deepEqual(none, []);
		t.ok({ cmd: "power.cut" });
		t.ok({ cmd: "reset" });
		const last = t.host.requests.slice(5);
		assert.deepEqual(last.map(String), ["cut,0,0", "reset,0,"]);
		assert.match(t.error({ cmd: "power.cut", after: 0 }), /^after: expected/);
		assert.match(t.error({ cmd: "clock.advance", ms: -1 }), /^ms: expected/);
	});
	it("shows the pins that the firmware drives", () => {
		const t = new Fixture();
		t.world.onControl(1, '{"id":1,"cmd":"pin.get"}');
		t.world.onControl(1, '{"id":2,"cmd":"pin.get","pin":46}');
		const [all = 0, one = 0] = t.host.requests.map(([, id]) => id);
		assert.deepEqual(
			t.host.requests.map(([kind, , argument]) => [kind, argument]),
			[
				["outputs", ""],
				["outputs", "46"],
			],
		);
		t.world.onAnswer("pin", one, '{"pins":[{"pin":46,"level":null}]}');
		t.world.onAnswer("pin", all, '{"pins":[]}');
		assert.deepEqual(
			t.host.lines.map(([, line]) => line),
			[
				{ id: 2, ok: true, pins: [{ pin: 46, level: null }] },
				{ id: 1, ok: true, pins: [] },
			],
		);
		assert.match(t.error({ cmd: "pin.get", pin: 47 }), /^pin: expected/);
	});
	it("tells subscribers, and those only, what they asked for", () => {
		const t = new Fixture();
		t.ok({ cmd: "subscribe" });
		t.world.onControl(2, '{"cmd":"subscribe","events":["port"]}');
		t.host.lines.length = 0;
		t.joined();
		t.world.onAnswer("event", 0, '{"event":"port","requested":80}');
		t.pass(0);
		const mine = t.host.lines.filter(([to]) => to === 1).map(([, event]) => event);
		const states = mine.map(({ state }) => state);
		assert.deepEqual(states, ["idle", "joining", "associated", "addressed", undefined]);
		assert.deepEqual(mine[1], { event: "station", state: "joining", ssid: "twin-ap", now: 1000 });
		const port = { event: "port", requested: 80, now: 2000 };
		assert.deepEqual(mine[4], port);
		assert.deepEqual(
			t.host.lines.filter(([to]) => to === 2),
			[[2, port]],
		);
		t.ok({ cmd: "unsubscribe" });
		t.world.onControlClosed(2);
		t.ok({ cmd: "station.drop" });
		assert.equal(t.host.lines.length, 1);
		for (const events of [[1], ["stations"]])
			assert.match(t.error({ cmd: "subscribe", events }), /^events: expected an array of client, pin, port, /);
		assert.throws(() => t.world.onAnswer("event", 0, "{}"), /^Error: event: expected/);
	});
});

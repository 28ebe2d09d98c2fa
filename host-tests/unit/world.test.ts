// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Json, JsonObject } from "world/fields";
import WorldDefault, { World } from "world/main";
import { FakeHost, Fixture } from "../../twin/world/fake-host";

function worldOf(...aps: JsonObject[]): string {
	return JSON.stringify({ access_points: aps, timing: { jitter_ms: 0 } });
}

const AP = { ssid: "twin-ap" };
const GOOD = { ssid: "twin-ap", password: "12345678" };

describe("world: a join", () => {
	it("associates, then gets an address, in its time", () => {
		const t = new Fixture();
		assert.equal(WorldDefault, World);
		t.on();
		t.join(GOOD);
		const bssid = String(t.aps()[1]?.bssid);
		const address = "127.2.2.2 127.2.2.1 255.255.255.0 7";
		assert.deepEqual(t.host.log, [`58 associated 7 ${bssid} 6 -50`, `78 address ${address}`]);
		assert.deepEqual(t.host.requests, [["signal", 0, "6 -50 2"]]);
		const { state, ssid, channel, address: got } = t.state();
		assert.deepEqual([state, ssid, channel], ["addressed", "twin-ap", 6]);
		assert.deepEqual(got, { ip: "127.2.2.2", gateway: "127.2.2.1", netmask: "255.255.255.0" });
	});
	it("gives each failure its number", () => {
		const t = new Fixture();
		assert.deepEqual(t.join(GOOD), ["joinFailed 7 4"], "not started");
		t.on(2);
		assert.deepEqual(t.join(GOOD), ["joinFailed 7 4"], "no station in mode 2");
		t.on(3);
		assert.deepEqual(t.join({ ssid: "twin-ap", password: "123456789" }), ["joinFailed 7 2"]);
		assert.deepEqual(t.join({ ssid: "twin-ap", password: "" }), ["joinFailed 7 2"]);
		assert.deepEqual(t.join({ ssid: "nowhere", password: "" }), ["joinFailed 7 3"]);
		assert.deepEqual(t.join({ ssid: "", password: "" }), ["joinFailed 7 3"]);
		assert.deepEqual(t.join({ ssid: "twin-open", pci_en: 1 }), ["joinFailed 7 3"]);
		t.ok({ cmd: "ap.set", ...AP, refuse: true });
		assert.deepEqual(t.join(GOOD), ["joinFailed 7 4"]);
		t.ok({ cmd: "ap.set", ...AP, refuse: false, password: "another one" });
		assert.deepEqual(t.join(GOOD), ["joinFailed 7 2"]);
		t.ok({ cmd: "ap.set", ...AP, present: false });
		t.join(GOOD);
		assert.deepEqual(t.host.log.length, 1);
		assert.match(String(t.host.log[0]), /joinFailed 7 3$/);
		assert.equal(t.state().state, "idle");
		assert.equal(t.join({ ssid: "twin-open", password: "whatever" }).length, 2, "open takes any password");
	});
	it("fails when the access point goes during it", () => {
		const t = new Fixture();
		t.on();
		t.join(GOOD, 40);
		t.ok({ cmd: "ap.remove", ...AP });
		t.pass(1000);
		assert.deepEqual(t.host.log, ["58 joinFailed 7 3"]);
	});
	it("chooses by bssid, by channel or by strength", () => {
		const bssid = (n: number): string => `02:00:00:00:00:0${n}`;
		const t = new Fixture(
			worldOf(
				{ ssid: "x", bssid: bssid(1), channel: 11, rssi: -40 },
				{ ssid: "x", bssid: bssid(2), channel: 3, rssi: -80 },
				{ ssid: "x", bssid: bssid(3), channel: 3, rssi: -40, password: "12345678", pmf: 3 },
			),
		);
		t.on();
		const chosen = (fields: JsonObject): string => String(t.join({ ssid: "x", ...fields })[0]).split(" ")[2] ?? "";
		assert.equal(chosen({}), bssid(2));
		assert.equal(t.join({ ssid: "x" })[0], "disconnected 8 7", "a join ends the one before");
		t.radio({ op: "leave" });
		assert.equal(chosen({ scan_mode: 1, bssid: "" }), bssid(1));
		t.radio({ op: "leave" });
		assert.equal(chosen({ ssid: "", bssid: bssid(1) }), bssid(1));
		t.radio({ op: "leave" });
		assert.equal(chosen({ pci_en: 1, password: "12345678" }), bssid(3));
		t.radio({ op: "leave" });
		assert.deepEqual(t.join({ ssid: "x", bssid: bssid(3), pmf: 0, password: "12345678" }), ["joinFailed 7 3"]);
		assert.deepEqual(t.join({ ssid: "x", bssid: bssid(1), pmf: 3 }), ["joinFailed 7 3"]);
		assert.deepEqual(t.join({ ssid: "x", bssid: "02:00:00:00:00:09" }), ["joinFailed 7 3"]);
	});
	it("is given up by leave, stop and another join without a word", () => {
		const t = new Fixture();
		t.on();
		assert.deepEqual(t.join(GOOD, 40), []);
		t.radio({ op: "leave" });
		t.join(GOOD, 40);
		t.radio({ op: "stop" });
		t.on();
		t.join({ ssid: "nowhere" }, 10);
		assert.deepEqual(t.join({ ...GOOD, id: 8 }).length, 2);
		t.radio({ op: "stop" });
		assert.match(String(t.host.log[2]), /disconnected 8 8$/);
		assert.equal(t.state().state, "off");
		assert.equal(t.host.deadline, 0);
	});
	it("takes names and passwords byte for byte", () => {
		const t = new Fixture(
			worldOf(
				{ ssid: "café", password: "pässwörd\u{1f600}" },
				{ ssid_hex: "ff00fe", password_hex: "80".repeat(8) },
			),
		);
		t.on();
		const password = "p\xc3\xa4ssw\xc3\xb6rd\xf0\x9f\x98\x80";
		assert.equal(t.join({ ssid: "caf\xc3\xa9", password }).length, 2);
		assert.equal(t.state().ssid, "café");
		assert.equal(t.join({ ssid: "\xff\x00\xfe", password: "\x80".repeat(8) }).length, 3);
		assert.equal(t.state().ssid_hex, "ff00fe");
		assert.deepEqual(
			t.aps().map(ap => [ap.ssid ?? ap.ssid_hex, ap.password ?? ap.password_hex]),
			[
				["café", "pässwörd\u{1f600}"],
				["ff00fe", "80".repeat(8)],
			],
		);
		t.ok({ cmd: "ap.set", ssid_hex: "ff00fe", rssi: -1, new_ssid_hex: "ed9fbf" });
		assert.equal(t.aps()[1]?.ssid, "\ud7ff");
	});
	it("refuses a request it does not know", () => {
		const t = new Fixture();
		assert.throws(() => t.world.onRadio("{"), /radio request: not valid JSON/);
		assert.throws(() => t.radio({ op: "dance" }), /radio request.op: expected an operation of the driver: country/);
		assert.throws(() => t.radio({ op: "join" }), /radio request.id: expected an integer/);
		assert.throws(() => new World().save(), /not started/);
	});
});

describe("world: an association", () => {
	it("ends when the access point goes for longer than a beacon timeout", () => {
		const t = new Fixture().joined();
		t.ok({ cmd: "ap.set", ...AP, present: false });
		t.pass(49);
		t.ok({ cmd: "ap.set", ...AP, present: true });
		t.pass(1000);
		assert.deepEqual(t.host.log, []);
		t.ok({ cmd: "ap.remove", ...AP });
		t.pass(50);
		assert.deepEqual(t.host.log, ["2099 disconnected 200 7"]);
		t.ok({ cmd: "ap.add", ...GOOD });
		t.pass(10_000);
		assert.equal(t.host.log.length, 1, "nothing reconnects by itself");
	});
	it("ends by station.drop, leave, a rename and another MAC address", () => {
		const t = new Fixture();
		assert.match(t.error({ cmd: "station.drop" }), /not associated/);
		const ends: [() => void, number][] = [
			[() => t.ok({ cmd: "station.drop" }), 8],
			[() => t.ok({ cmd: "station.drop", reason: 2 }), 2],
			[() => t.radio({ op: "leave" }), 8],
			[() => t.radio({ op: "start", mode: 1, mac: "7c:df:a1:00:00:09", apmac: "" }), 8],
			[() => t.ok({ cmd: "ap.set", ...AP, new_ssid: "x", new_bssid: "02:00:00:00:00:01" }), 200],
		];
		for (const [end, reason] of ends) {
			t.joined();
			t.on(3);
			end();
			t.pass(50);
			assert.match(t.host.log.join(), new RegExp(`^\\d+ disconnected ${reason} 7$`));
		}
		assert.match(t.error({ cmd: "station.drop", reason: 0 }), /reason: expected an integer from 1 to 255/);
	});
	it("gets no address without DHCP, and one when that is switched on", () => {
		const t = new Fixture();
		t.on();
		t.ok({ cmd: "ap.set", ...AP, dhcp: false, address: { ip: "127.9.9.7" } });
		assert.equal(t.join(GOOD).length, 1);
		assert.equal(t.state().state, "associated");
		t.ok({ cmd: "ap.set", ...AP, dhcp: true, dhcp_delay_ms: 500 });
		t.pass(499);
		t.ok({ cmd: "ap.set", ...AP, dhcp: false });
		t.pass(1000);
		t.ok({ cmd: "ap.set", ...AP, dhcp: true });
		t.pass(500);
		assert.equal(t.host.log[1], "2999 address 127.9.9.7 127.9.9.1 255.255.255.0 7");
		assert.equal(t.host.log.length, 2);
	});
	it("tells the driver another signal", () => {
		const t = new Fixture().joined();
		t.ok({ cmd: "ap.set", ...AP, rssi: -80, rtt_ms: 40 });
		t.ok({ cmd: "ap.set", ...AP, hidden: true });
		t.ok({ cmd: "ap.set", ssid: "twin-open", rssi: -1 });
		assert.deepEqual(t.host.requests.slice(1), [["signal", 0, "6 -80 40"]]);
	});
});

describe("world: the file", () => {
	const start = (world: Json, instance: Json = 0): World => {
		const made = new World();
		made.start(new FakeHost(), JSON.stringify(world), JSON.stringify({ instance }));
		return made;
	};
	it("is complained about by path", () => {
		const ap = (fields: JsonObject): JsonObject => ({ access_points: [{ ssid: "a" }, { ssid: "b", ...fields }] });
		const wrong: [Json, RegExp][] = [
			[[], /^Error: the radio world: expected an object/],
			[{ aps: [] }, /aps: unknown field; known are access_points, address, dns_port, network, script, s/],
			[{ access_points: {} }, /access_points: expected an array/],
			[{ access_points: [7] }, /access_points\[0\]: expected an object, got 7/],
			[{ network: "lan" }, /network: expected one of "host", "isolated", got "lan"/],
			[{ timing: { scan_ms: 0.5 } }, /timing\.scan_ms: expected an integer/],
			[{ address: { ip: "127.0.0.2" } }, /address\.ip: .*outside 127\.0\.0\.0\/24/],
			[{ address: { ip: "127.1.01.2" } }, /address\.ip/],
			[{ address: { ip: "127.1.1.2", gateway: "127.1.2.1" } }, /address\.gateway: .*subnet/],
			[{ address: { ip: "127.1.1.2", netmask: "255.0.255.0" } }, /address\.netmask/],
			[ap({ ssid: "" }), /access_points\[1\]\.ssid: expected 1 to 32 bytes/],
			[ap({ ssid_hex: "00" }), /access_points\[1\]\.ssid_hex: give either/],
			[ap({ bssid: "01:00:00:00:00" }), /access_points\[1\]\.bssid: expected a MAC/],
			[ap({ password: "1234567" }), /access_points\[1\]\.password: expected 8 to 63 bytes/],
			[ap({ password_hex: "0" }), /password_hex: expected an even number/],
			[ap({ security: "wpa4" }), /security: expected one of "open"/],
			[ap({ security: "wep", password: "1234" }), /password: expected 5 or 13/],
			[ap({ security: "open", password: "12345678" }), /password: expected null/],
			[ap({ present: 1 }), /present: expected true or false, got 1/],
			[ap({ pmf: 2, password: "12345678" }), /pmf: expected 0, 1 or 3/],
			[ap({ address: { ip: "224.0.0.1" } }), /access_points\[1\]\.address\.ip/],
		];
		for (const [world, message] of wrong) assert.throws(() => start(world), message);
		assert.throws(
			() => new World().start(new FakeHost(), "{", '{"instance":0}'),
			/the radio world: not valid JSON/,
		);
		assert.throws(() => start({}, 16384), /options\.instance: expected an integer from 0 to 16383/);
	});
	it("gives C its configuration, each instance its own addresses", () => {
		const ip = (world: Json, instance: number): string => start(world, instance).configuration();
		const expected = (instance: number, station: string, softAp: string): string =>
			`{"network":"host","dns_port":53,"instance":${instance},` +
			`"address":{"ip":"${station}.2","gateway":"${station}.1","netmask":"255.255.255.0"},` +
			`"softap":{"ip":"${softAp}.1","gateway":"${softAp}.1","netmask":"255.255.255.0"}}`;
		assert.equal(ip({}, 0), expected(0, "127.1.0", "127.65.0"));
		assert.equal(ip({}, 16383), expected(16383, "127.64.255", "127.128.255"));
		const own = '"softap":{"ip":"192.168.4.1","gateway":"192.168.4.1","netmask":"255.255.0.0"}';
		assert.ok(ip({ softap: { address: { ip: "192.168.4.1", netmask: "255.255.0.0" } } }, 0).includes(own));
		assert.match(
			ip({ network: "isolated", address: { ip: "10.1.2.3" } }, 0),
			/^{"network":"isolated".*10\.1\.2\.1/,
		);
	});
	it("comes back from world.get as it is", () => {
		const address = { ip: "127.5.0.9", gateway: "127.5.0.1", netmask: "255.255.0.0" };
		const t = new Fixture(worldOf({ ssid: "é", address }, { ssid_hex: "ff", password: "12345678", pmf: 0 }));
		const { world } = t.ok({ cmd: "world.get" });
		assert.deepEqual(new Fixture(JSON.stringify(world)).ok({ cmd: "world.get" }).world, world);
	});
});

describe("world: chance and resets", () => {
	const start = (restored: string): void =>
		new World().start(new FakeHost(), "", JSON.stringify({ instance: 0, restored }));
	const script = (t: Fixture): Json => {
		t.on();
		for (let i = 0; i < 5; i++) t.join(GOOD, 300);
		return [...t.host.log, t.ok({ cmd: "ap.add", ssid: "new" })];
	};
	it("repeats itself with the same seed, and not with another", () => {
		const run = (seed: number): Json => script(new Fixture("", { seed, instance: 0 }));
		assert.deepEqual(run(5), run(5));
		assert.notDeepEqual(run(5), run(6));
		assert.equal(new Fixture("", { instance: 0 }).aps().length, 2);
	});
	it("goes on after a reset where it was, without the station", () => {
		const t = new Fixture("", { seed: 5, instance: 0 }).joined();
		t.ok({ cmd: "ap.add", ssid_hex: "ff", password: "12345678" });
		t.ok({ cmd: "ap.set", ssid: "twin-open", present: false });
		const again = new Fixture("not looked at", { instance: 0, restored: t.world.save() });
		assert.deepEqual(again.aps(), t.aps());
		assert.equal(again.state().state, "off");
		again.host.time = t.host.time;
		assert.equal(again.world.save(), t.world.save());
		t.radio({ op: "stop" });
		assert.deepEqual(script(again), script(t));
	});
	it("keeps subscriptions, ends advances in time and other requests with an error", () => {
		const t = new Fixture();
		t.world.onControl(2, '{"cmd":"subscribe","events":["start"]}');
		const deep = JSON.parse("[".repeat(15) + "]".repeat(15)) as Json;
		t.world.onControl(1, JSON.stringify({ id: deep, cmd: "clock.advance", ms: 500 }));
		t.world.onControl(1, '{"id":null,"cmd":"statistics"}');
		const host = new FakeHost();
		host.time = 1200;
		const again = new World();
		again.start(host, "", JSON.stringify({ instance: 0, restored: t.world.save() }));
		assert.deepEqual(host.lines.splice(0), [
			[2, { event: "start", now: 1200 }],
			[1, { id: null, ok: false, error: "interrupted by a reset" }],
		]);
		assert.deepEqual(host.requests, [["advance", 1, "300"]]);
		host.time = 1500;
		again.onAnswer("advance", 1, "{}");
		assert.deepEqual(host.lines, [[1, { id: deep, ok: true, now: 1500 }]]);
		assert.throws(() => start('{"version":1}'), /restored\.version: expected an integer from 2 to 2/);
	});
	it("tells of deep sleep in place of a start, and drives the pins again that were driven", () => {
		const t = new Fixture();
		t.world.onControl(2, '{"cmd":"subscribe"}');
		for (const level of [1, 0]) t.ask({ cmd: "pin.set", pin: 12, level });
		t.ask({ cmd: "pin.set", pin: 46, level: 1 });
		assert.deepEqual(
			t.host.requests.map(([kind, , argument]) => [kind, argument]),
			[
				["pin", "12 1"],
				["pin", "12 0"],
				["pin", "46 1"],
			],
		);
		const host = new FakeHost();
		const again = new World();
		again.start(host, "", JSON.stringify({ instance: 0, sleeping: true, restored: t.world.save() }));
		assert.deepEqual(host.requests, [
			["pin", 0, "12 0"],
			["pin", 0, "46 1"],
		]);
		assert.deepEqual(host.lines[0], [2, { event: "sleep", state: "deep", now: 1000 }]);
	});
});

// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Json, JsonObject } from "world/fields";
import { Fixture } from "../../twin/world/fake-host";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const MINUTE = 60_000;
const CONFIGURED = { op: "softap", ssid: "mine", password: "12345678", channel: 3, security: 3, maximum: 2 };
const JOIN = { cmd: "softap.join", ssid: "mine", password: "12345678" };

function leases(fields: JsonObject = {}): JsonObject {
	return { op: "leases", on: true, minutes: 10, first: "192.168.4.2", last: "192.168.4.3", ...fields };
}

/** A SoftAP "mine" at 192.168.4.1 that gives .2 and .3 for ten minutes. */
function fixture(world: JsonObject = {}, mode = 2): Fixture {
	const t = new Fixture(JSON.stringify({ timing: { jitter_ms: 0 }, ...world }));
	t.radio({ ...CONFIGURED });
	t.radio({ op: "softap_address", ip: "192.168.4.1", gateway: "192.168.4.1", netmask: "255.255.255.0" });
	t.radio(leases());
	t.on(mode);
	return t;
}

function state(t: Fixture): JsonObject {
	return t.ok({ cmd: "softap.state" }).softap as JsonObject;
}

/** "<end of the mac> <state> <ip>" of each station. */
function stations(t: Fixture): string[] {
	return (state(t).stations as JsonObject[]).map(it =>
		`${String(it.mac).slice(-1)} ${it.state} ${it.ip ?? ""}`.trim(),
	);
}

function join(t: Fixture, mac: string, fields: JsonObject = {}): Json {
	const answer = t.wait({ ...JOIN, mac, ...fields });
	return answer.ok === true ? (answer.station ?? null) : `${answer.error}`;
}

describe("world: the SoftAP", () => {
	it("is in the air in mode 2 and 3 once it has a name", () => {
		const t = new Fixture();
		t.on(2);
		assert.equal(state(t).state, "down");
		assert.match(t.error({ ...JOIN }), /^there is no SoftAP/);
		t.radio({ ...CONFIGURED, ssid: "\xff" });
		assert.equal(state(t).state, "up");
		assert.equal(state(t).ssid_hex, "ff");
		t.radio({ ...CONFIGURED, hidden: true });
		const expected = {
			state: "up",
			mac: "7c:df:a1:00:00:02",
			ssid: "mine",
			password: "12345678",
			channel: 3,
			security: "wpa2_psk",
			maximum: 2,
			hidden: true,
			protocol: 7,
			address: { ip: "127.66.2.1", gateway: "127.66.2.1", netmask: "255.255.255.0" },
			host: "127.66.2.1",
			dhcp: { on: false },
			leases: [],
			stations: [],
		};
		assert.deepEqual(state(t), expected);
		t.on(1);
		assert.equal(state(t).state, "down");
		t.on(3);
		assert.equal(state(t).state, "up");
		t.radio({ op: "protocol", interface: 2, protocol: 3 });
		t.radio({ op: "protocol", interface: 1, protocol: 1 });
		assert.equal(state(t).protocol, 3);
		assert.equal(t.state().protocol, 1);
		t.radio({ op: "stop" });
		assert.equal(state(t).state, "down");
		for (const security of [1, 5, 6, 10])
			assert.throws(() => t.radio({ ...CONFIGURED, security }), /security: expected one that a SoftAP can have/);
		assert.throws(() => t.radio({ ...CONFIGURED, maximum: 11 }), /maximum: expected an integer from 1 to 10/);
		assert.throws(() => t.radio(leases({ first: "1" })), /first: expected an IPv4/);
	});
	it("follows the channel of the station's access point", () => {
		const t = fixture({}, 3);
		t.ok({ cmd: "subscribe", events: ["softap"] });
		assert.equal(state(t).channel, 3);
		join(t, A);
		t.join({ ssid: "twin-ap", password: "12345678" });
		assert.equal(state(t).channel, 6);
		t.ok({ cmd: "ap.set", ssid: "twin-ap", channel: 9 });
		assert.equal(state(t).channel, 9);
		assert.deepEqual(stations(t), ["a addressed 192.168.4.2"], "and takes its stations along");
		t.ok({ cmd: "ap.set", ssid: "twin-ap", present: false });
		assert.equal(state(t).channel, 9, "where it was heard last");
		t.ok({ cmd: "ap.set", ssid: "twin-ap", present: true });
		t.host.lines.length = 0;
		t.radio({ op: "leave" });
		const [line] = t.host.lines;
		assert.deepEqual(line?.[1], { event: "softap", state: "up", ssid: "mine", channel: 3, now: t.host.time });
	});
});

describe("world: a station of the SoftAP", () => {
	it("joins, gets an address, and leaves", () => {
		const t = fixture();
		t.ok({ cmd: "subscribe", events: ["client"] });
		const request = { id: 1, ...JOIN, mac: A, host_name: "phone" };
		const station = { mac: A, state: "addressed", static: false, host_name: "phone", ip: "192.168.4.2" };
		assert.deepEqual(t.wait(request), { id: 1, ok: true, station: { ...station, host: "127.200.4.2" } });
		assert.deepEqual(t.host.log, [`30 clientJoined ${A}`, `50 clientAddressed ${A} 192.168.4.2`]);
		const told = t.host.lines.filter(([, line]) => line.event === "client").map(([, line]) => line);
		assert.deepEqual(
			told.map(it => [it.state, it.ip, it.now]),
			[
				["joined", undefined, 1030],
				["addressed", "192.168.4.2", 1050],
			],
		);
		const { leases: given } = state(t);
		assert.deepEqual(given, [{ mac: A, ip: "192.168.4.2", left_ms: 10 * MINUTE - 950 }]);
		t.events();
		t.ok({ cmd: "softap.leave", mac: A });
		assert.deepEqual(t.events(), [`clientLeft ${A}`]);
		assert.deepEqual(stations(t), []);
		assert.match(t.error({ cmd: "softap.leave", mac: A }), /^there is no station 02:/);
		assert.match(t.error({ cmd: "softap.leave" }), /^mac: expected the address of a station, got nothing/);
		assert.match(t.error({ cmd: "softap.renew", mac: A }), /^there is no station/);
	});
	it("draws its address, other than the others'", () => {
		const t = fixture();
		const { mac } = t.wait({ ...JOIN }).station as JsonObject;
		assert.match(String(mac), /^02(:[0-9a-f]{2}){5}$/);
		assert.notEqual((t.wait({ ...JOIN }).station as JsonObject).mac, mac);
	});
	it("is refused with the reason", () => {
		const t = fixture();
		assert.match(t.error({ ...JOIN, ssid: "other" }), /^ssid: the SoftAP has another name/);
		assert.match(t.error({ ...JOIN, password: "12345679" }), /^password: the SoftAP has another password/);
		assert.match(t.error({ cmd: "softap.join", ssid: "mine" }), /^password: the SoftAP has another/);
		assert.match(t.error({ cmd: "softap.join" }), /^ssid: expected the name of the SoftAP that it joins, got n/);
		assert.match(t.error({ ...JOIN, mac: "03:00:00:00:00:01" }), /^mac: expected the address of one station/);
		assert.match(t.error({ ...JOIN, ip: "192.168.5.7" }), /^ip: expected an address in the SoftAP's subnet/);
		assert.match(t.error({ ...JOIN, ip: "192.168.4.1" }), /^ip: expected an address in the SoftAP's subnet/);
		assert.match(t.error({ ...JOIN, ip: "192.168.4" }), /^ip: expected an IPv4 address/);
		assert.match(t.error({ ...JOIN, host_name: "x".repeat(64) }), /^host_name: expected at most 63/);
		assert.match(t.error({ ...JOIN, delay_ms: -1 }), /^delay_ms: expected an integer from 0 to 3600000/);
		assert.match(t.error({ ...JOIN, rejoin: 1 }), /^rejoin: expected true or false/);
		join(t, A);
		assert.match(t.error({ ...JOIN, mac: A }), /^mac: expected the address of one station, which no other has/);
		join(t, B);
		assert.match(t.error({ ...JOIN, mac: C }), /^the SoftAP has 2 stations and takes no more/);
		assert.equal(t.events().length, 4);
		t.radio({ ...CONFIGURED, security: 0, password: "" });
		assert.equal(typeof join(t, C), "object", "an open SoftAP takes any password");
	});
	it("learns on its way that things have changed", () => {
		const t = fixture();
		t.ask({ ...JOIN, mac: A });
		t.ask({ ...JOIN, mac: B });
		assert.match(String(join(t, C)), /^the SoftAP has 2 stations/, "the last of three places for two");
		t.ok({ cmd: "softap.leave", mac: A });
		t.ask({ ...JOIN, mac: A });
		t.radio({ ...CONFIGURED, password: "87654321" });
		assert.equal(t.host.lines[0]?.[1].error, "the SoftAP threw it out");
		t.ask({ ...JOIN, mac: A, password: "87654321" });
		t.pass(10);
		t.host.lines.length = 0;
		t.world.onControl(2, `{"cmd":"softap.leave","mac":"${A}"}`);
		assert.deepEqual(
			t.host.lines.map(([to, line]) => [to, line.ok, line.error]),
			[
				[1, false, "it left"],
				[2, true, undefined],
			],
		);
	});
	it("has a static address if it likes, of which DHCP knows nothing", () => {
		const t = fixture();
		const { ip, host, static: isStatic } = join(t, A, { ip: "192.168.4.2" }) as JsonObject;
		assert.deepEqual([ip, host, isStatic], ["192.168.4.2", "127.200.4.2", true]);
		assert.deepEqual(t.events(), [`clientJoined ${A}`]);
		assert.deepEqual(state(t).leases, []);
		assert.match(t.error({ ...JOIN, ip: "192.168.4.2" }), /^ip: another station has that address/);
		assert.equal((join(t, B) as JsonObject).ip, "192.168.4.3", "which DHCP's client finds in use");
		assert.match(t.error({ cmd: "softap.renew", mac: A }), /static address/);
	});
	it("is thrown out by what the contract names, and by nothing else", () => {
		const reasons: [string, JsonObject][] = [
			["name", { ...CONFIGURED, ssid: "yours" }],
			["password", { ...CONFIGURED, password: "87654321" }],
			["security", { ...CONFIGURED, security: 2 }],
			["channel", { ...CONFIGURED, channel: 4 }],
			["MAC", { op: "mac", interface: 2, mac: "02:00:00:00:00:77" }],
			["address", { op: "softap_address", ip: "10.0.0.1", gateway: "10.0.0.1", netmask: "255.255.255.0" }],
			["expelled", { op: "expel", mac: A }],
			["off", { op: "start", mode: 1, mac: "", apmac: "" }],
			["stop", { op: "stop" }],
		];
		for (const [name, request] of reasons) {
			const t = fixture();
			join(t, A);
			t.events();
			t.radio(request);
			assert.deepEqual([name, ...t.events()], [name, `clientLeft ${A}`]);
			t.pass(1000);
			assert.deepEqual(t.events(), [], "and does not come back");
		}
		const t = fixture();
		join(t, A);
		t.events();
		t.radio({ ...CONFIGURED, maximum: 1, hidden: true });
		t.on(3);
		t.radio({ op: "mac", interface: 1, mac: "02:00:00:00:00:77" });
		t.radio({ op: "expel", mac: B });
		t.radio(leases());
		t.pass(1000);
		assert.deepEqual(t.events(), []);
	});
});

describe("world: DHCP of the SoftAP", () => {
	it("gives the lowest free address, and the same one again", () => {
		const t = fixture();
		assert.equal((join(t, A) as JsonObject).ip, "192.168.4.2");
		assert.equal((join(t, B) as JsonObject).ip, "192.168.4.3");
		t.ok({ cmd: "softap.leave", mac: A });
		t.ok({ cmd: "softap.leave", mac: B });
		assert.equal((join(t, B) as JsonObject).ip, "192.168.4.3");
		t.ok({ cmd: "softap.leave", mac: B, release: true });
		assert.equal((join(t, C) as JsonObject).ip, "192.168.4.3", "A's is remembered, B's was given back");
	});
	it("has none left until a lease ends or somebody gives his back", () => {
		const t = fixture();
		t.radio({ ...CONFIGURED, maximum: 3 });
		join(t, A);
		join(t, B);
		assert.deepEqual((join(t, C) as JsonObject).state, "joined");
		t.events();
		t.ok({ cmd: "softap.leave", mac: B, release: true });
		t.pass(20);
		assert.deepEqual(t.events(), [`clientLeft ${B}`, `clientAddressed ${C} 192.168.4.3`]);

		// A leaves without a word: its lease is over ten minutes after it was last renewed.
		const end = t.host.time + Number((state(t).leases as JsonObject[])[0]?.left_ms);
		t.ok({ cmd: "softap.leave", mac: A });
		assert.equal((join(t, B) as JsonObject).state, "joined");
		t.pass(end - t.host.time + 19);
		assert.deepEqual(stations(t), ["c addressed 192.168.4.3", "b joined"]);
		t.pass(1);
		assert.deepEqual(stations(t), ["c addressed 192.168.4.3", "b addressed 192.168.4.2"]);
	});
	it("lets stations renew at half time, or when they are told to", () => {
		const t = fixture();
		join(t, A);
		const left = (): Json => (state(t).leases as JsonObject[])[0]?.left_ms ?? null;
		t.pass(5 * MINUTE - 951);
		assert.equal(left(), 5 * MINUTE + 1);
		t.pass(1);
		assert.equal(left(), 10 * MINUTE);
		t.pass(MINUTE);
		t.events();
		const { ip } = t.wait({ cmd: "softap.renew", mac: A }, 20).station as JsonObject;
		assert.deepEqual([ip, left()], ["192.168.4.2", 10 * MINUTE]);
		assert.deepEqual(t.events(), [], "nothing new");
		t.radio(leases({ first: "192.168.4.9", last: "192.168.4.9", minutes: 1 }));
		t.wait({ cmd: "softap.renew", mac: A });
		assert.deepEqual(t.events(), [`clientAddressed ${A} 192.168.4.9`]);
	});
	it("gives nothing while it is off, and a lease that cannot be renewed ends", () => {
		const t = fixture();
		join(t, A);
		t.radio(leases({ on: false }));
		assert.equal((join(t, B) as JsonObject).state, "joined");
		t.pass(10 * MINUTE - 1951);
		assert.deepEqual(stations(t), ["a addressed 192.168.4.2", "b joined"]);
		t.pass(1);
		assert.deepEqual(stations(t), ["a joined", "b joined"]);
		t.events();
		t.radio(leases({ first: "192.168.4.7", last: "192.168.4.8" }));
		t.pass(100);
		assert.deepEqual(t.events(), [`clientAddressed ${A} 192.168.4.7`, `clientAddressed ${B} 192.168.4.8`]);
	});
	it("forgets everything with another address and when the SoftAP goes", () => {
		const t = fixture();
		join(t, A);
		join(t, B);
		t.on(1);
		t.on(2);
		assert.deepEqual(state(t).leases, []);
		assert.equal((join(t, B) as JsonObject).ip, "192.168.4.2");
		t.radio({ op: "softap_address", ip: "192.168.4.2", gateway: "192.168.4.2", netmask: "255.255.255.0" });
		assert.deepEqual(state(t).leases, []);
		assert.equal((join(t, B) as JsonObject).ip, "192.168.4.3", "never the SoftAP's own");
	});
});

describe("world: stations of the world file", () => {
	const ONE = { ssid: "mine", password: "12345678", mac: A };
	it("join as soon as a SoftAP of their name appears", () => {
		const t = fixture({
			stations: [ONE, { ...ONE, mac: B, ssid: "yours", delay_ms: 100 }, { ...ONE, mac: C, password: "wrong" }],
		});
		t.ok({ cmd: "subscribe", events: ["client"] });
		t.pass(1000);
		assert.deepEqual(t.host.log, [`30 clientJoined ${A}`, `50 clientAddressed ${A} 192.168.4.2`]);
		const failed = t.host.lines.map(([, line]) => line).find(line => line.mac === C);
		assert.equal(failed?.error, "password: the SoftAP has another password");
		t.radio({ op: "expel", mac: A });
		t.pass(1000);
		assert.deepEqual(stations(t), [], "thrown out it stays away");
		t.on(1);
		t.on(2);
		t.pass(1000);
		assert.deepEqual(stations(t), ["a addressed 192.168.4.2"], "until the SoftAP appears anew");
		t.radio({ ...CONFIGURED, ssid: "yours" });
		t.pass(1000);
		assert.deepEqual(stations(t), ["b addressed 192.168.4.3"]);
		t.radio({ ...CONFIGURED });
		t.pass(1000);
		assert.deepEqual(stations(t), ["a addressed 192.168.4.2"], "another name is another SoftAP");
	});
	it("come back after being thrown out when they say so", () => {
		const t = fixture({ stations: [{ ...ONE, rejoin: true }] });
		t.pass(1000);
		t.events();
		t.radio({ op: "expel", mac: A });
		t.pass(1000);
		const again = [`clientLeft ${A}`, `clientJoined ${A}`, `clientAddressed ${A} 192.168.4.2`];
		assert.deepEqual(t.events(), again);
		t.radio({ ...CONFIGURED, channel: 11 });
		t.pass(1000);
		assert.deepEqual(t.events(), again);
		t.ok({ cmd: "softap.leave", mac: A });
		t.pass(1000);
		assert.deepEqual(t.events(), [`clientLeft ${A}`], "but not when it wanted to leave");
		join(t, B, { rejoin: true });
		t.events();
		t.radio({ op: "expel", mac: B });
		t.pass(1000);
		assert.equal(t.events().length, 3);
		const { stations: kept } = t.ok({ cmd: "world.get" }).world as JsonObject;
		assert.deepEqual(
			(kept as JsonObject[]).map(it => it.mac),
			[A, B],
		);
	});
	it("are complained about by path", () => {
		const wrong: [JsonObject, RegExp][] = [
			[{ stations: {} }, /stations: expected an array of at most 256/],
			[{ stations: [ONE, ONE] }, /stations\[1\]\.mac: expected the address of one station, which no other has/],
			[{ stations: [{}] }, /stations\[0\]\.ssid: expected the name/],
			[{ stations: [{ ssid: "x", ssid_hex: "00" }] }, /stations\[0\]\.ssid_hex: give either/],
			[{ stations: [{ ssid: "x", ip: "127.0.0.1" }] }, /stations\[0\]\.ip: expected an IPv4/],
			[{ softap: { ssid: "x" } }, /softap\.ssid: unknown field; known are address/],
			[{ softap: { address: { ip: "10.0.0.1", gateway: "10.0.1.1" } } }, /softap\.address\.gateway: .*subnet/],
		];
		for (const [world, message] of wrong) assert.throws(() => new Fixture(JSON.stringify(world)), message);
	});
	it("stay away from a firmware that was reset until its SoftAP is back", () => {
		const t = fixture({ stations: [ONE] });
		t.pass(1000);
		join(t, B);
		const again = new Fixture("", { instance: 0, restored: t.world.save() });
		assert.deepEqual([state(again).state, state(again).stations, state(again).leases], ["down", [], []]);
		again.radio({ ...CONFIGURED });
		again.radio(leases({ first: "127.65.0.2", last: "127.65.0.9" }));
		again.on(2);
		again.pass(1000);
		assert.deepEqual(again.events(), [`clientJoined ${A}`, `clientAddressed ${A} 127.65.0.2`]);
	});
});

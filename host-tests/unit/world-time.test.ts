// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Json, JsonObject } from "world/fields";
import { Fixture } from "../../twin/world/fake-host";

const AP = { ssid: "twin-ap" };
const GOOD = { ssid: "twin-ap", password: "12345678" };
const EXACT = { jitter_ms: 0 };

/** The strengths that the driver was told, with their times since `from`. */
function strengths(t: Fixture, ms: number): [time: number, rssi: number][] {
	const told: [number, number][] = [];
	for (let i = 0; i < ms; i++) {
		t.host.requests.length = 0;
		t.pass(1);
		for (const [kind, , argument] of t.host.requests)
			if (kind === "signal") told.push([i + 1, Number(argument.split(" ")[1])]);
	}
	return told;
}

describe("world: a signal over time", () => {
	it("changes in a line from point to point, and is told dBm by dBm", () => {
		const t = new Fixture().joined();
		const { access_points: set } = t.ok({
			cmd: "ap.set",
			...AP,
			signal: [
				[10, -50],
				[50, -54],
				[60, -54],
				[62, -50],
			],
		});
		assert.equal((set as JsonObject[])[0]?.rssi, -50);
		assert.deepEqual(strengths(t, 100), [
			[16, -51],
			[26, -52],
			[36, -53],
			[46, -54],
			[61, -52],
			[62, -50],
		]);
		assert.equal(t.state().rssi, -50);
		assert.equal(t.host.deadline, 0, "nothing more to wait for");
		assert.deepEqual(t.aps()[1]?.signal, [[0, -50]]);
	});
	it("shows what is still to come", () => {
		const t = new Fixture();
		t.ok({
			cmd: "ap.set",
			...AP,
			signal: [
				[0, -50],
				[100, -60],
				[200, -40],
			],
		});
		t.pass(50);
		const { rssi, signal } = t.aps()[1] ?? {};
		assert.deepEqual(
			[rssi, signal],
			[
				-55,
				[
					[-50, -50],
					[50, -60],
					[150, -40],
				],
			],
		);
		t.pass(75);
		assert.deepEqual(
			[t.aps()[1]?.rssi, t.aps()[1]?.signal],
			[
				-55,
				[
					[-25, -60],
					[75, -40],
				] as Json,
			],
		);
		t.ok({ cmd: "ap.set", ...AP, hidden: false });
		assert.equal(t.aps()[1]?.rssi, -55, "another change leaves it");
		t.ok({ cmd: "ap.set", ...AP, rssi: -33 });
		assert.deepEqual([t.aps()[1]?.rssi, t.aps()[1]?.signal], [-33, undefined]);
		t.ok({ cmd: "ap.set", ...AP, signal: [[0, -20]] });
		t.ok({ cmd: "ap.set", ...AP, signal: null });
		assert.equal(t.aps()[1]?.rssi, -33);
	});
	it("loses the station below -100 dBm, and is heard again above", () => {
		const t = new Fixture().joined();
		const signal = [
			[0, -90],
			[1000, -110],
			[2000, -90],
		];
		t.ok({ cmd: "ap.set", ...AP, signal });
		t.host.log.length = 0;
		// -101 is told to nobody: half a dBm below -100 is the border.
		t.pass(525 + 49);
		assert.deepEqual(t.host.log, []);
		t.pass(3);
		assert.deepEqual(t.events(), ["disconnected 200 7"]);
		assert.deepEqual(t.join(GOOD, 200), ["joinFailed 7 3"]);
		t.pass(1000);
		assert.equal(t.join(GOOD, 200).length, 2);
	});
	it("may dip for less than a beacon timeout", () => {
		const t = new Fixture().joined();
		const signal = [
			[0, -90],
			[10, -120],
			[40, -120],
			[50, -90],
		];
		t.ok({ cmd: "ap.set", ...AP, signal });
		t.host.log.length = 0;
		t.pass(1000);
		assert.deepEqual([t.host.log, t.state().rssi], [[], -90]);
	});
	it("decides which access point is the strongest now", () => {
		const bssid = (n: number): string => `02:00:00:00:00:0${n}`;
		const access_points = [
			{
				ssid: "x",
				bssid: bssid(1),
				signal: [
					[0, -30],
					[1000, -90],
				] as Json,
			},
			{ ssid: "x", bssid: bssid(2), rssi: -60 },
		];
		const t = new Fixture(JSON.stringify({ access_points, timing: EXACT }));
		t.on();
		const joined = (): string => String(t.join({ ssid: "x", scan_mode: 1 }, 200)[0]);
		assert.match(joined(), /associated 7 \S+:01 1 -35$/);
		t.radio({ op: "leave" });
		t.pass(400);
		assert.match(joined(), /associated 7 \S+:02 1 -60$/);
	});
	it("goes on over a reset", () => {
		const t = new Fixture();
		t.ok({
			cmd: "ap.set",
			...AP,
			signal: [
				[0, -30],
				[1000, -80],
			] as Json,
		});
		t.pass(500);
		const again = new Fixture("", { instance: 0, restored: t.world.save() });
		again.host.time = t.host.time + 100;
		assert.equal(again.aps()[1]?.rssi, -60);
	});
	it("is complained about", () => {
		const t = new Fixture();
		const wrong: [Json, RegExp][] = [
			[{}, /^signal: expected an array of at most 256, got {}/],
			[[1], /^signal: expected \[ms, dBm\] at \[0\], got \[1\]/],
			[[[0]], /^signal: expected \[ms, dBm\] at \[0\]/],
			[
				[
					[0, -50],
					[0, -60],
				] as Json,
				/^signal: expected milliseconds up to 86400000, more than before, at \[1\]/,
			],
			[[[86_400_001, -50]], /^signal: expected milliseconds up to/],
			[[[0.5, -50]], /^signal: expected milliseconds/],
			[[[0, 1]], /^signal: expected dBm from -127 to 0 at \[0\]/],
			[[["0", -1]], /^signal: expected milliseconds/],
		];
		for (const [signal, message] of wrong) assert.match(t.error({ cmd: "ap.set", ...AP, signal }), message);
		assert.throws(
			() => new Fixture('{"access_points":[{"ssid":"x","signal":7}]}'),
			/access_points\[0\]\.signal: expected an array/,
		);
	});
});

describe("world: the network behind an access point", () => {
	const asked = (t: Fixture, kind: string): string[] =>
		t.host.requests.filter(request => request[0] === kind).map(request => request[2]);

	it("names its servers by DHCP", () => {
		const t = new Fixture();
		t.ok({ cmd: "ap.set", ...AP, dns: ["127.0.0.1", "9.9.9.9"] });
		t.joined();
		assert.deepEqual(asked(t, "dns"), ["127.0.0.1 9.9.9.9"]);
		t.ok({ cmd: "ap.set", ...AP, dns: ["9.9.9.9"] });
		t.pass(19);
		assert.equal(asked(t, "dns").length, 1);
		t.pass(1);
		assert.deepEqual([asked(t, "dns")[1], t.events()], ["9.9.9.9", []], "the address is the same");
		t.radio({ op: "leave" });
		assert.equal(asked(t, "dns")[2], "");
		t.radio({ op: "station_address", ip: "10.0.0.2", gateway: "10.0.0.1", netmask: "255.255.255.0" });
		t.joined();
		assert.equal(asked(t, "dns").length, 3, "nobody names any to a static address");
		for (const dns of [["x"], [7], "9.9.9.9", ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"]] as Json[])
			assert.match(t.error({ cmd: "ap.set", ...AP, dns }), /^dns: expected an array of/);
	});
	it("may lead nowhere", () => {
		const t = new Fixture();
		t.ok({ cmd: "ap.set", ...AP, internet: false });
		t.joined();
		assert.equal(asked(t, "internet").at(-1), "0 255.255.255.0");
		t.ok({ cmd: "ap.set", ...AP, internet: true });
		assert.equal(asked(t, "internet").at(-1), "1");
		t.ok({ cmd: "ap.set", ...AP, internet: false });
		t.radio({ op: "leave" });
		assert.equal(asked(t, "internet").at(-1), "1");
		assert.match(t.error({ cmd: "ap.set", ...AP, internet: 0 }), /^internet: expected true or false, got 0/);
	});
	it("gives another address while joined when it has another to give", () => {
		const t = new Fixture().joined();
		t.ok({ cmd: "ap.set", ...AP, address: { ip: "127.9.9.7" } });
		t.pass(19);
		assert.deepEqual(t.events(), []);
		t.pass(1);
		assert.deepEqual(t.events(), ["address 127.9.9.7 127.9.9.1 255.255.255.0 7"]);
		t.ok({ cmd: "ap.set", ...AP, address: null });
		t.ok({ cmd: "ap.set", ...AP, address: { ip: "127.9.9.7" } });
		t.pass(1000);
		assert.deepEqual(t.events(), [], "back before it was asked for");
		t.ok({ cmd: "ap.set", ...AP, address: null, dhcp: false });
		t.pass(1000);
		assert.deepEqual(t.events(), [], "nobody gives one");
	});
});

describe("world: determinism", () => {
	const WORLD = JSON.stringify({
		access_points: [
			{
				ssid: "home",
				password: "12345678",
				signal: [
					[0, -40],
					[900, -105],
					[1800, -40],
				] as Json,
				ipv6: "fd00::/64",
			},
			{ ssid: "other", channel: 11 },
		],
		stations: [
			{ ssid: "mine", rejoin: true },
			{ ssid: "mine", delay_ms: 31 },
		],
		script: [
			{ at: 400, cmd: "ap.set", ssid: "other", present: false },
			{ at: 1700, cmd: "softap.join", ssid: "mine" },
		],
		timing: { jitter_ms: 40 },
	});
	/** A firmware that scans, joins, joins again when it is lost, and throws a station out. */
	const play = (seed: number, pieces: number): Json => {
		const t = new Fixture(WORLD, { seed, instance: 0 });
		t.ok({ cmd: "subscribe" });
		t.host.lines.length = 0;
		t.radio({ op: "ipv6", on: true });
		t.radio({ op: "softap", ssid: "mine", channel: 3, security: 0, maximum: 2 });
		t.radio({ op: "leases", minutes: 1, first: "127.65.0.2", last: "127.65.0.9" });
		t.on(3);
		t.radio({ op: "scan", id: 1 });
		const pass = (ms: number): void => {
			for (let i = 0; i < pieces; i++) t.pass(ms / pieces);
		};
		pass(200);
		for (const id of [2, 3, 4]) {
			t.radio({ op: "join", id, ssid: "home", password: "12345678" });
			pass(800);
			const [first] = (t.world.save(), t.host.log.filter(line => line.includes("clientJoined")));
			t.radio({ op: "expel", mac: first?.split(" ")[2] ?? "" });
		}
		pass(120_000);
		return [...t.host.log, ...t.host.lines.map(([, line]) => JSON.stringify(line))];
	};
	it("is that the same world, script and seed give the same events", () => {
		const events = play(5, 1) as string[];
		for (const name of ["found", "associated", "global", "disconnected", "clientAddressed", "clientLeft"])
			assert.ok(
				events.some(line => line.includes(` ${name} `)),
				name,
			);
		assert.deepEqual(play(5, 1), events);
		assert.deepEqual(play(5, 50), events, "however its clock is advanced");
		assert.notDeepEqual(play(6, 1), events);
	});
});

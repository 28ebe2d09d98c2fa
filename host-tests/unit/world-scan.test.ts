// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { JsonObject } from "world/fields";
import { Fixture } from "../../twin/world/fake-host";

const BSSID = "02:00:00:00:00:0";

/** Access points on channels 1, 6, 6 and 13; the times of a scan are multiples of 10 where `timing` says nothing else. */
function fixture(timing: JsonObject = {}): Fixture {
	const access_points = [
		{ ssid: "far", bssid: BSSID + "4", channel: 13, rssi: -90, protocol: 1, wps: true },
		{ ssid: "one", bssid: BSSID + "1", channel: 1, rssi: -40 },
		{ ssid: "two", bssid: BSSID + "2", channel: 6, rssi: -60, password: "12345678", security: "wpa_wpa2_psk" },
		{ ssid: "secret", bssid: BSSID + "3", channel: 6, rssi: -50, password: "12345678", hidden: true },
	];
	return new Fixture(JSON.stringify({ access_points, timing: { jitter_ms: 0, scan_ms: 140, ...timing } }));
}

/** The log of a scan, after the search's id. */
function scan(t: Fixture, fields: JsonObject = {}, ms = 100_000): string[] {
	t.host.log.length = 0;
	const start = t.host.time;
	t.radio({ op: "scan", id: 3, ssid: "", bssid: "", channel: 0, passive: false, least: 0, most: 0, ...fields });
	t.pass(ms);
	return t.host.log.map(line => {
		const [time, ...rest] = line.split(" ");
		return `${Number(time) - (start - 1000)} ${rest.join(" ")}`;
	});
}

describe("world: a scan", () => {
	it("finds each access point at the end of its channel, with what is known of it", () => {
		const t = fixture();
		t.on();
		assert.deepEqual(scan(t), [
			`10 found 3 one ${BSSID}1 1 -40 0 0 0 7 false`,
			`60 found 3 two ${BSSID}2 6 -60 4 5 3 7 false`,
			`130 found 3 far ${BSSID}4 13 -90 0 0 0 1 true`,
			"140 scanned 3 true",
		]);
		t.ok({ cmd: "ap.set", ssid: "one", present: false });
		t.ok({ cmd: "ap.set", ssid: "two", rssi: -101 });
		assert.deepEqual(
			scan(t).map(line => line.split(" ")[1]),
			["found", "scanned"],
			"neither one that is off nor one too weak",
		);
		t.ok({ cmd: "ap.set", ssid: "two", rssi: -100 });
		assert.match(String(scan(t)[0]), /found 3 two \S+ 6 -100 /);
	});
	it("tells the ciphers of each security", () => {
		const t = fixture();
		t.on();
		const expected: [JsonObject, string][] = [
			[{ security: "open", password: null }, "0 0 0"],
			[{ security: "wep", password: "12345" }, "1 1 1"],
			[{ security: "wep", password: "1234567890" }, "1 1 1"],
			[{ security: "wep", password: "1234567890123" }, "1 2 2"],
			[{ security: "wpa_psk", password: "12345678" }, "2 3 3"],
			[{ security: "wpa2_psk", password: "12345678" }, "3 4 4"],
			[{ security: "wpa_wpa2_psk", password: "12345678" }, "4 5 3"],
			[{ security: "wpa2_enterprise", password: null }, "5 4 4"],
			[{ security: "wapi_psk", password: "12345678" }, "8 7 7"],
			[{ security: "owe", password: null }, "9 4 4"],
			[{ security: "wpa3_psk", password: "12345678" }, "6 4 4"],
			[{ security: "wpa2_wpa3_psk", password: "12345678" }, "7 4 4"],
		];
		for (const [fields, numbers] of expected) {
			t.ok({ cmd: "ap.set", ssid: "one", ...fields });
			assert.equal(scan(t, { ssid: "one" })[0], `10 found 3 one ${BSSID}1 1 -40 ${numbers} 7 false`);
		}
	});
	it("looks for a name, an address or on one channel", () => {
		const t = fixture();
		t.on();
		const names = (fields: JsonObject): string[] =>
			scan(t, fields)
				.slice(0, -1)
				.map(line => line.split(" ")[3] ?? "");
		assert.deepEqual(names({ ssid: "two" }), ["two"]);
		assert.deepEqual(names({ ssid: "tw" }), []);
		assert.deepEqual(names({ bssid: BSSID + "4" }), ["far"]);
		assert.deepEqual(names({ bssid: BSSID + "4", ssid: "one" }), []);
		assert.deepEqual(names({ channel: 6 }), ["two"]);
		assert.deepEqual(scan(t, { channel: 2 }), ["10 scanned 3 true"], "one channel takes the time of one");
		assert.deepEqual(names({ ssid: "secret" }), ["secret"], "who hides its name answers to it");
		assert.deepEqual(names({ ssid: "secret", passive: true }), [], "and a passive search does not ask");
		assert.deepEqual(names({ bssid: BSSID + "3" }), []);
	});
	it("takes the time that is asked for", () => {
		const t = fixture();
		t.on();
		const ends = (fields: JsonObject): string => String(scan(t, fields).at(-1));
		assert.equal(ends({ most: 100 }), "1400 scanned 3 true");
		assert.equal(ends({ most: 1500, passive: true, least: 10 }), "21000 scanned 3 true");
		// Three channels of 14 hold something: one that shows itself, or that is not asked for.
		assert.equal(ends({ least: 20, most: 100 }), `${3 * 100 + 11 * 20} scanned 3 true`);
		assert.equal(ends({ least: 20 }), "280 scanned 3 true", "no less than the least");
		assert.equal(ends({ channel: 6, least: 20, most: 50, ssid: "one" }), "20 scanned 3 true");
	});
	it("takes real time in a world that wants that", () => {
		const t = fixture({ real: true });
		t.on();
		assert.equal(scan(t).at(-1), `${14 * 120} scanned 3 true`);
		assert.equal(scan(t, { passive: true, least: 500 }).at(-1), `${14 * 360} scanned 3 true`);
		assert.equal(scan(t, { channel: 6, least: 200 }).at(-1), "200 scanned 3 true");
		const { timing } = new Fixture('{"timing":{"real":true}}').ok({ cmd: "world.get" }).world as JsonObject;
		assert.deepEqual(timing, { scan_ms: 1560, beacon_timeout_ms: 6000, jitter_ms: 5, real: true });
	});
	it("keeps to the channels of the country, and so do joins", () => {
		const t = fixture();
		t.on();
		t.radio({ op: "country", code: "XX", first: 2, count: 11, manual: true });
		assert.deepEqual(scan(t), [`50 found 3 two ${BSSID}2 6 -60 4 5 3 7 false`, "110 scanned 3 true"]);
		assert.deepEqual(scan(t, { channel: 13 }), ["0 scanned 3 true"]);
		assert.deepEqual(t.join({ ssid: "far" }), ["joinFailed 7 3"]);
		t.radio({ op: "country", code: "XX", first: 13, count: 1, manual: true });
		assert.equal(t.join({ ssid: "far" }).length, 2);
		assert.deepEqual(t.state().country, { code: "XX", first: 13, count: 1 });
	});
	it("fails without a station and beside a join, and is ended by one", () => {
		const t = fixture();
		assert.deepEqual(scan(t), ["0 scanned 3 false"]);
		t.on(2);
		assert.deepEqual(scan(t), ["0 scanned 3 false"]);
		t.on(1);
		t.join({ ssid: "far" }, 1);
		assert.equal(scan(t, {}, 1)[0], "0 scanned 3 false");
		t.pass(1000);
		assert.equal(scan(t).length, 4, "an association does not matter");
		scan(t, {}, 15);
		t.radio({ op: "join", id: 8, ssid: "one" });
		assert.deepEqual(t.events().slice(0, 2), [`found 3 one ${BSSID}1 1 -40 0 0 0 7 false`, "scanned 3 false"]);
		t.pass(1000);
		scan(t, {}, 15);
		t.radio({ op: "stop" });
		assert.equal(t.events()[1], "scanned 3 false");
		t.on();
		scan(t, {}, 15);
		t.radio({ op: "scan", id: 4, channel: 1 });
		t.pass(1000);
		assert.deepEqual(t.events().slice(1), [`found 4 one ${BSSID}1 1 -40 0 0 0 7 false`, "scanned 4 true"]);
	});
});

// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Json, JsonObject } from "world/fields";
import { Fixture } from "../../twin/world/fake-host";

const AP = { ssid: "twin-ap" };
const GOOD = { ssid: "twin-ap", password: "12345678" };
const STATIC = { ip: "192.168.1.5", gateway: "192.168.1.1", netmask: "255.255.255.0" };
/** Of the fixture's MAC address, 7c:df:a1:00:00:01. */
const IDENTIFIER = "7edf:a1ff:fe00:1";

describe("world: the station's address", () => {
	it("is there at once when it is static, and tells where it really is", () => {
		const t = new Fixture();
		t.radio({ op: "station_address", ...STATIC });
		t.on();
		t.join(GOOD);
		assert.equal(t.host.log[1], "58 address 192.168.1.5 192.168.1.1 255.255.255.0 7");
		const { address, host, state } = t.state();
		assert.deepEqual([address, host, state], [STATIC, "127.200.1.5", "addressed"]);
		t.ok({ cmd: "ap.set", ...AP, dhcp: false });
		t.radio({ op: "station_address", ...STATIC, ip: "192.168.1.6" });
		assert.equal(t.host.log[2], "1000 address 192.168.1.6 192.168.1.1 255.255.255.0 7");
	});
	it("is none at all when it is all zero", () => {
		const t = new Fixture().joined();
		const none = { op: "station_address", ip: "0.0.0.0", gateway: "0.0.0.0", netmask: "0.0.0.0" };
		t.radio(none);
		t.pass(1000);
		assert.deepEqual([t.events(), t.state().state], [[], "associated"]);
		t.radio({ op: "leave" });
		t.on();
		assert.equal(t.join(GOOD).length, 1);
		t.radio({ op: "station_address", ...STATIC });
		t.radio({ op: "station_address", ...STATIC });
		assert.equal(t.events().filter(it => it === "address 192.168.1.5 192.168.1.1 255.255.255.0 7").length, 2);
	});
	it("is DHCP's again when that is wanted", () => {
		const t = new Fixture().joined();
		t.radio({ op: "station_address", ...STATIC });
		assert.deepEqual(t.events(), ["address 192.168.1.5 192.168.1.1 255.255.255.0 7"]);
		t.radio({ op: "station_address" });
		assert.equal(t.state().state, "associated");
		t.pass(20);
		assert.deepEqual(t.events(), ["address 127.2.2.2 127.2.2.1 255.255.255.0 7"]);
		t.radio({ op: "station_address" });
		t.radio({ op: "station_address", ...STATIC });
		t.pass(1000);
		assert.equal(t.events().length, 1, "the answer of DHCP that nobody waits for does not come");
		t.radio({ op: "leave" });
		t.radio({ op: "station_address", ...STATIC });
		assert.deepEqual(t.events(), ["disconnected 8 7"]);
		assert.throws(() => t.radio({ op: "station_address", ip: "1.2.3.4" }), /gateway: expected a string/);
	});
});

describe("world: the station's settings", () => {
	it("are shown", () => {
		const t = new Fixture();
		t.radio({ op: "host_name", name: "lamp" });
		t.radio({ op: "protocol", interface: 1, protocol: 3 });
		t.on();
		assert.deepEqual([t.state().host_name, t.state().protocol, t.state().country], ["lamp", 3, undefined]);
		t.radio({ op: "host_name", name: "" });
		assert.equal(t.state().host_name, undefined);
	});
	it("fit an access point's protocol, or it refuses", () => {
		const t = new Fixture();
		t.ok({ cmd: "ap.set", ...AP, protocol: 4 });
		t.radio({ op: "protocol", interface: 1, protocol: 3 });
		t.on();
		assert.deepEqual(t.join(GOOD), ["joinFailed 7 4"]);
		t.radio({ op: "protocol", interface: 1, protocol: 7 });
		assert.equal(t.join(GOOD).length, 2);
	});
	it("are not enough for an access point that wants a user, and too much for one that wants nothing", () => {
		const t = new Fixture();
		t.ok({ cmd: "ap.set", ...AP, security: "wpa2_enterprise", password: null });
		t.on();
		assert.deepEqual(t.join(GOOD), ["joinFailed 7 4"]);
		t.ok({ cmd: "ap.set", ...AP, security: "owe" });
		assert.equal(t.join(GOOD).length, 2);
		t.ok({ cmd: "ap.set", ...AP, security: "wapi_psk", password: "12345678" });
		assert.deepEqual(t.join({ ...GOOD, password: "x" }), ["disconnected 8 7", "joinFailed 7 2"]);
		assert.match(
			t.error({ cmd: "ap.set", ...AP, security: "owe", password: "12345678" }),
			/^password: expected null with security "owe"/,
		);
	});
	it("leave the access point with another MAC address", () => {
		const t = new Fixture().joined();
		t.radio({ op: "mac", interface: 2, mac: "02:00:00:00:00:02" });
		assert.deepEqual(t.events(), []);
		t.radio({ op: "mac", interface: 1, mac: "02:00:00:00:00:01" });
		assert.deepEqual(t.events(), ["disconnected 8 7"]);
		const { mac, ap_mac, state } = t.state();
		assert.deepEqual([mac, ap_mac, state], ["02:00:00:00:00:01", "02:00:00:00:00:02", "idle"]);
		t.radio({ op: "start", mode: 1, mac: "02:00:00:00:00:01", apmac: "02:00:00:00:00:02" });
		assert.equal(t.join(GOOD).length, 2);
	});
	it("take over the access point's country while joined, unless that is forbidden", () => {
		const t = new Fixture();
		t.ok({ cmd: "ap.set", ...AP, country: { code: "JP", first: 1, count: 14 } });
		t.radio({ op: "country", code: "DE", first: 1, count: 13, manual: false });
		t.on();
		assert.equal(t.join(GOOD)[0], "country JP 1 14");
		t.events();
		t.radio({ op: "leave" });
		assert.deepEqual(t.events(), ["disconnected 8 7"]);
		t.radio({ op: "country", code: "DE", first: 1, count: 13, manual: true });
		assert.match(String(t.join(GOOD)[0]), /^associated/);
		t.ok({ cmd: "ap.set", ...AP, country: null });
		assert.equal(t.aps()[1]?.country, undefined);
		assert.match(
			t.error({ cmd: "ap.set", ...AP, country: { code: "GER", first: 1, count: 13 } }),
			/^country\.code: expected two letters, got "GER"/,
		);
		assert.match(
			t.error({ cmd: "ap.set", ...AP, country: { code: "DE", first: 15, count: 1 } }),
			/^country\.first/,
		);
		assert.match(t.error({ cmd: "ap.set", ...AP, country: { code: "DE", first: 1 } }), /^country\.count/);
	});
});

describe("world: IPv6", () => {
	it("comes after the association: link-local, then of the network", () => {
		const t = new Fixture();
		t.ok({ cmd: "ap.set", ...AP, ipv6: "2001:db8:1::/64" });
		t.radio({ op: "ipv6", on: true });
		t.on();
		t.join(GOOD);
		assert.match(String(t.host.log[0]), /^58 associated/);
		assert.deepEqual(t.host.log.slice(1), [
			`68 linkLocal fe80::${IDENTIFIER}`,
			"78 address 127.2.2.2 127.2.2.1 255.255.255.0 7",
			`78 global 2001:db8:1:0:${IDENTIFIER}`,
		]);
		const expected: Json = { link_local: `fe80::${IDENTIFIER}`, global: `2001:db8:1:0:${IDENTIFIER}` };
		assert.deepEqual(t.state().ipv6, expected);
		t.radio({ op: "leave" });
		assert.equal(t.state().ipv6, undefined);
	});
	it("starts when it is switched on while joined, and ends when off", () => {
		const t = new Fixture().joined();
		t.pass(1000);
		assert.deepEqual(t.events(), []);
		t.radio({ op: "ipv6", on: true });
		t.pass(1000);
		assert.deepEqual(t.events(), [`linkLocal fe80::${IDENTIFIER}`], "no prefix, no global address");
		t.ok({ cmd: "ap.set", ...AP, ipv6: "fd00:0:0:7::/64" });
		t.pass(1000);
		assert.deepEqual(t.events(), [`global fd00::7:${IDENTIFIER}`]);
		t.radio({ op: "ipv6", on: false });
		t.pass(1000);
		assert.deepEqual([t.events(), t.state().ipv6], [[], undefined]);
		t.radio({ op: "ipv6", on: true });
		t.pass(5);
		t.radio({ op: "ipv6", on: false });
		t.pass(1000);
		assert.deepEqual(t.events(), []);
	});
	it("wants a prefix of 64 bits", () => {
		const t = new Fixture();
		const set = (ipv6: Json): JsonObject => ({ cmd: "ap.set", ...AP, ipv6 });
		const wrong = [
			"2001:db8::",
			"2001:db8::/48",
			"2001:db8:1:2:3::/64",
			"2001:db8::1/64",
			"fe80::/64",
			"ff02::/64",
		];
		for (const prefix of [...wrong, "::/64", "2001::db8::/64", "20012::/64", "2001:db8:1:2/64", "x::/64", 7])
			assert.match(t.error(set(prefix)), /^ipv6: expected null or a prefix of 64 bits as "2001:db8:1::\/64"/);
		for (const prefix of ["2001:db8:1:2::/64", "2001:db8:1:2:0:0:0:0/64", "fc00::/64"]) t.ok(set(prefix));
		t.ok(set(null));
		assert.equal(t.aps()[1]?.ipv6, undefined);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** The radio world of docs/radio.md on the wire: what a test of a host driver makes of it. */

import assert from "node:assert/strict";
import { DnsPeer } from "./dns.ts";
import { ERROR, OK, READY, type Wire, wireTest, withTwin } from "./harness.ts";

const radio = {
	access_points: [{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01", channel: 6 }],
	timing: { jitter_ms: 0 },
};
const MAC = "02:00:00:00:00:0a";
const PHONE = { ssid: "setup", password: "12345678", mac: MAC };
const test = wireTest({ radio });
const timed = wireTest({ radio, clock: "manual" });
const withPhone = wireTest({ radio: { ...radio, stations: [{ ...PHONE, rejoin: true }] } });

interface Station {
	readonly ip: string;
	readonly host: string;
}

async function openSoftAp({ at }: Wire): Promise<void> {
	await at.chat("AT+CWMODE=3␍␊", OK);
	await at.chat('AT+CWSAP="setup","12345678",1,3␍␊', OK);
}

describe("the radio world", () => {
	test("takes an access point away during a transfer, and brings it back", async w => {
		await w.join();
		await w.at.chat("AT+CWRECONNCFG=1,0␍␊", OK);
		const peer = await w.listen();
		await w.connect(peer);
		const steps = [
			{ at: 100, cmd: "ap.set", ssid: "net", present: false },
			{ at: 600, cmd: "ap.set", ssid: "net", present: true },
		];
		await w.control.request("script.add", { steps });
		await w.at.chat("AT+CIPSEND=5␍␊hello", `${OK}␍␊>␍␊Recv 5 bytes␍␊␍␊SEND OK␍␊`);
		const [told] = await w.at.expectMatch(/[^]*WIFI CONNECTED␍␊WIFI GOT IP␍␊/, 10_000);
		const visibly = told.replaceAll("\r\n", "|");
		assert.match(visibly, /^(CLOSED\|WIFI DISCONNECT|WIFI DISCONNECT\|CLOSED)\|WIFI CONNECTED\|WIFI GOT IP\|$/);
	});
	timed("weakens a signal as time goes, until it is lost", async w => {
		const { at, control } = w;
		await at.chat("AT+CWMODE=1␍␊", OK);
		await at.send('AT+CWJAP="net","12345678"␍␊');
		await control.request("clock.advance", { ms: 1000 });
		await at.expect(`WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		await control.request("ap.set", {
			ssid: "net",
			signal: [
				[0, -40],
				[30_000, -127],
			],
		});
		for (const rssi of [-43, -46, -49]) {
			await control.request("clock.advance", { ms: 1000 });
			await at.chat("AT+CWJAP?␍␊", `+CWJAP:"net","02:00:00:00:00:01",6,${rssi},0,1,3,0,1␍␊${OK}`);
		}
		await control.request("clock.advance", { ms: 20_000 });
		await at.expect("WIFI DISCONNECT␍␊");
	});
	test("lets a station of the SoftAP reach the firmware's server, and tells where it is", async w => {
		const { at, control } = w;
		await openSoftAp(w);
		await at.chat('AT+CIPAP="192.168.4.1"␍␊', OK);
		await at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		await assert.rejects(control.request("softap.join", { ...PHONE, password: "wrong one" }), /another password/);
		const { station } = (await control.request("softap.join", PHONE)) as unknown as { station: Station };
		assert.equal(station.ip, "192.168.4.2");
		assert.match(station.host, /^127\./);
		await at.expect(`+STA_CONNECTED:"${MAC}"␍␊+DIST_STA_IP:"${MAC}","192.168.4.2"␍␊`);
		await at.chat("AT+CWLIF␍␊", `+CWLIF:192.168.4.2,${MAC}␍␊${OK}`);
		const { softap } = (await control.request("softap.state")) as unknown as { softap: Station };
		const peer = await w.client(softap.host, 8080);
		await at.expect("0,CONNECT␍␊");
		await peer.send("hello");
		await at.expect("␍␊+IPD,0,5:hello");
		await control.request("softap.leave", { mac: MAC });
		await at.expect(`+STA_DISCONNECTED:"${MAC}"␍␊`);
	});
	withPhone("has stations that come back after a reset", async w => {
		const { at } = w;
		const here = `\\+STA_CONNECTED:"${MAC}"␍␊\\+DIST_STA_IP:"${MAC}","127[.\\d]+"␍␊`;
		await openSoftAp(w);
		await at.expectMatch(new RegExp(here));
		await at.send("AT+RST␍␊");
		await at.expectMatch(new RegExp(`${OK}[^]*?${READY}`));
		await at.expectMatch(new RegExp(here));
		await at.chat(`ATE0␍␊`, `ATE0␍␊${OK}`);
	});
	test("gives a SoftAP at most a hundred addresses on the larger side of its own, as the ESP-IDF does", async w => {
		const { at } = w;
		await openSoftAp(w);
		for (const [address, first, last] of [
			['"192.168.4.1"', "192.168.4.2", "192.168.4.101"],
			['"192.168.4.127"', "192.168.4.128", "192.168.4.227"],
			['"192.168.4.128"', "192.168.4.1", "192.168.4.100"],
			['"10.0.0.254"', "10.0.0.1", "10.0.0.100"],
			['"10.0.0.1","10.0.0.1","255.255.255.248"', "10.0.0.2", "10.0.0.6"],
		]) {
			await at.chat(`AT+CIPAP=${address}␍␊`, OK);
			await at.chat("AT+CWDHCPS?␍␊", `+CWDHCPS:120,"${first}","${last}"␍␊${OK}`);
		}
	});
	test("has networks that lead nowhere", async w => {
		const { at, control } = w;
		await control.request("ap.set", { ssid: "net", internet: false });
		await w.join();
		await at.chat('AT+CIPSTART="TCP","192.0.2.1",80␍␊', ERROR);
		await at.chat('AT+CIPDOMAIN="example.com"␍␊', ERROR);
		const peer = await w.listen();
		await w.connect(peer);
		await at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
	});
	it("has networks with name servers of their own", async () => {
		const dns = await DnsPeer.open({ "a.test": { A: "127.3.2.1" } });
		const [ap] = radio.access_points;
		const access_points = [{ ...ap, ssid: "net", internet: false, dns: ["127.0.0.1"] }];
		try {
			await withTwin({ radio: { ...radio, access_points, dns_port: dns.port } }, async w => {
				await w.join();
				await w.at.chat("AT+CIPDNS?␍␊", `+CIPDNS:0,"127.0.0.1"␍␊${OK}`);
				await w.at.chat('AT+CIPDOMAIN="a.test"␍␊', `+CIPDOMAIN:"127.3.2.1"␍␊${OK}`);
			});
		} finally {
			dns.close();
		}
	});
});

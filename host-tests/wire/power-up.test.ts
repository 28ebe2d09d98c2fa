// SPDX-License-Identifier: Apache-2.0

/** AT+SAVETRANSLINK: passthrough from power-up on, and the way out. */

import assert from "node:assert/strict";
import {
	answer,
	delay,
	ERROR,
	errorNumber,
	OK,
	type PeerSocket,
	READY,
	type TcpPeer,
	type Wire,
	unusedPort,
	wireTest,
} from "./harness.ts";

const test = wireTest();
const timed = wireTest({ clock: "manual" });
const READY_PASSING = `${READY}␍␊>`;

/** Joins, stores a link to a server of the test, and restarts. */
async function restart(w: Wire, more = ""): Promise<TcpPeer> {
	const server = await w.listen();
	await w.join();
	await w.at.chat(`AT+SAVETRANSLINK=1,"127.0.0.1",${server.port}${more}␍␊`, OK);
	await w.at.chat("AT+RST␍␊", OK + READY_PASSING, 4_000);
	return server;
}

/** Leaves by +++, and turns off the echo that is on after a start. */
async function leave(w: Wire, echo = "ATE0␍␊"): Promise<void> {
	await delay(100);
	await w.at.send("+++");
	await delay(200);
	await w.at.chat("ATE0␍␊", echo + OK);
}

async function talk(w: Wire, peer: PeerSocket): Promise<void> {
	await w.at.send("AT␍␊\x00\xff");
	await peer.expect("AT␍␊\x00\xff", 3_000);
	await peer.send("␍␊OK␍␊");
	await w.at.expect("␍␊OK␍␊");
}

describe("AT+SAVETRANSLINK", () => {
	test("takes the documented forms", async ({ at }) => {
		for (const rest of [
			'"192.168.6.110",1002',
			'"192.168.6.110",1002,"TCP"',
			'"192.168.6.110",1002,"TCP",0',
			'"192.168.6.110",1002,"TCP",7200',
			'"www.baidu.com",443,"SSL"',
			'"240e:3a1:2070:11c0:55ce:4e19:9649:b75",8080,"TCPv6"',
			'"240e:3a1:2070:11c0:55ce:4e19:9649:b75",8080,"SSLv6",10',
			'"192.168.6.110",1002,"UDP"',
			'"192.168.6.110",1,"UDP",1',
			'"240e:3a1:2070:11c0:55ce:4e19:9649:b75",65535,"UDPv6",65535',
			`"${"h".repeat(64)}",1002`,
		])
			await at.chat(`AT+SAVETRANSLINK=1,${rest}␍␊`, OK);
		await at.chat('AT+SAVETRANSLINK=0,"192.168.6.110",1002,"TCP"␍␊', OK);
		await at.chat("AT+SAVETRANSLINK=0␍␊", OK);
	});
	test("refuses what is wrong, with its number", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [rest, code] of [
			["2", 0x01070000],
			["1", 0x01060301],
			['1,"h"', 0x01060302],
			['1,"",1', 0x01040001],
			[`1,"${"h".repeat(65)}",1`, 0x01040001],
			['1,"h",0', 0x01070002],
			['1,"h",65536', 0x01070002],
			['1,"h",1,"TLS"', 0x01070003],
			['1,"h",1,"TCP",7201', 0x01070004],
			['1,"h",1,"UDP",0', 0x01070004],
			['1,"h",1,"UDP",65536', 0x01070004],
			['1,"h",1,"TCP",1,1', 0x01060506],
		] as [string, number][])
			await at.chat(`AT+SAVETRANSLINK=${rest}␍␊`, errorNumber(code));
		await at.chat("AT+SYSLOG=0␍␊AT+SAVETRANSLINK?␍␊AT+SAVETRANSLINK␍␊", OK + ERROR + ERROR);
	});
	test("changes nothing before the next start", async w => {
		await w.at.chat('AT+SAVETRANSLINK=1,"127.0.0.1",9␍␊AT+CIPMODE?␍␊', `${OK}+CIPMODE:0␍␊${OK}`);
	});
	test("is stored whatever SYSSTORE says", async w => {
		const server = await w.listen();
		await w.join();
		await w.at.chat(`AT+SYSSTORE=0␍␊AT+SAVETRANSLINK=1,"127.0.0.1",${server.port}␍␊`, OK + OK);
		await w.at.chat("AT+RST␍␊", OK + READY_PASSING, 4_000);
		await talk(w, await server.accept(5_000));
		await leave(w);
		await w.at.chat("AT+SAVETRANSLINK=0␍␊AT+RST␍␊", OK + OK + READY, 4_000);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
	});
	test("is erased by AT+RESTORE", async w => {
		await w.at.chat('AT+SAVETRANSLINK=1,"127.0.0.1",9␍␊AT+RESTORE␍␊', OK + OK + READY, 4_000);
	});
	test("of a kind of link that there is not yet starts in command mode", async w => {
		await w.at.chat('AT+SAVETRANSLINK=1,"127.0.0.1",9,"SSL"␍␊AT+RST␍␊', OK + OK + READY, 4_000);
		await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
	});
	for (const [store, keepAlive] of [
		[1, 200],
		[0, 100],
	])
		test(`SYSSTORE=${store}: its keep_alive and that of AT+CIPTCPOPT are one, the later one holds`, async w => {
			const { at } = w;
			await w.join();
			await at.chat('AT+SAVETRANSLINK=1,"127.0.0.1",9,"TCP",100␍␊', OK);
			await at.chat(`AT+SYSSTORE=${store}␍␊`, OK);
			await at.chat("AT+CIPTCPOPT=-1,0,0,200␍␊", OK);
			await at.chat("AT+RST␍␊", `${OK}${READY}␍␊>`, 4_000);
			await delay(100);
			await at.send("+++");
			await delay(200);
			await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
			await at.chat("AT+CIPTCPOPT?␍␊", answer(`+CIPTCPOPT:0,-1,0,0,${keepAlive}`));
		});
	test("a host with a NUL is none", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SAVETRANSLINK=1,"h\0x",80␍␊', errorNumber(0x01070001));
	});
});

describe("passthrough from power-up on", () => {
	test("data goes both ways, without a word about the network", async w => {
		const server = await restart(w);
		await talk(w, await server.accept(5_000));
	});
	test("what the host sends before there is a link waits for it", async w => {
		const server = await restart(w);
		const early = Buffer.from("early ".repeat(500));
		await w.at.send(early);
		const peer = await server.accept(5_000);
		await peer.expect(early, 5_000);
		await talk(w, peer);
	});
	test("the whole network is told of with SYSMSG bit 2", async w => {
		await w.at.chat("AT+SYSMSG=4␍␊", OK);
		const server = await restart(w);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
		await server.accept(5_000);
		await w.at.expect("CONNECT␍␊");
	});
	test("+++ leaves; the link stays, CIPSEND goes back", async w => {
		const server = await restart(w);
		const peer = await server.accept(5_000);
		await talk(w, peer);
		await leave(w);
		await w.at.chat("AT+CIPMODE?␍␊AT+CIPSEND␍␊", `+CIPMODE:1␍␊${OK + OK}␍␊>`);
		await talk(w, peer);
		await leave(w, "");
		await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
	});
	test("+++ leaves also while there is no access point, and another link can be made", async w => {
		const server = await w.listen();
		await w.join();
		await w.at.chat(`AT+SAVETRANSLINK=1,"127.0.0.1",${server.port}␍␊`, OK);
		await w.control.request("ap.set", { ssid: "net", present: false });
		await w.at.expect("WIFI DISCONNECT␍␊");
		await w.at.chat("AT+RST␍␊", OK + READY_PASSING, 4_000);
		await w.at.send("lost");
		await leave(w);
		await w.at.chat("AT␍␊", OK);
		await w.control.request("ap.set", { ssid: "net", present: true });
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 20_000);
		await w.at.chat("AT+CIPMODE=0␍␊", OK);
		await w.connect(server);
	});
	test("the peer that is not there is tried by CIPRECONNINTV until it is", async w => {
		const port = await unusedPort(w.journal);
		await w.join();
		await w.at.chat(`AT+SAVETRANSLINK=1,"127.0.0.1",${port}␍␊AT+RST␍␊`, OK + OK + READY_PASSING, 4_000);
		await delay(1_000);
		const server = await w.listen("127.0.0.1", port);
		await talk(w, await server.accept(5_000));
	});
	test("a broken link and a lost access point come back by themselves", async w => {
		const server = await restart(w);
		const first = await server.accept(5_000);
		await talk(w, first);
		first.end();
		const second = await server.accept(5_000);
		await talk(w, second);
		await w.control.request("station.drop");
		const third = await server.accept(5_000);
		await talk(w, third);
		await w.control.request("power.cut");
		await w.at.expect(READY_PASSING, 4_000);
		await talk(w, await server.accept(5_000));
	});
	timed("nothing is tried before there is a network", async w => {
		const advance = async (ms: number): Promise<void> => {
			await delay(30);
			await w.control.request("clock.advance", { ms });
		};
		const server = await w.listen();
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.send('AT+CWJAP="net","12345678"␍␊');
		await advance(1_000);
		await w.at.expect(`WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		await w.at.chat(`AT+SAVETRANSLINK=1,"127.0.0.1",${server.port}␍␊`, OK);
		await w.control.request("ap.set", { ssid: "net", delay_ms: 10_000 });
		await w.control.request("reset");
		await w.at.expect(READY_PASSING, 4_000);
		await advance(9_000);
		await delay(200);
		assert.equal(server.connections, 0);
		await advance(3_000);
		await server.accept(5_000);
	});
});

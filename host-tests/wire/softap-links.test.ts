// SPDX-License-Identifier: Apache-2.0

/** Links over the SoftAP, to real peers where its stations are, and beside those of the station. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { answer, errorNumber, OK, type Wire, wireTest } from "./harness.ts";
import { type Guest, guest, left, MINE, softAp, softApState } from "./radio.ts";

const radio = {
	access_points: [{ ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01" }],
	timing: { jitter_ms: 0 },
};
const test = wireTest({ radio });
/** TCP_LISTEN in /proc/net/tcp */
const LISTENING = "0A";
const A = { ...MINE, mac: "02:00:00:00:00:0a" };
const JOINED = `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`;

/** The addresses that links over the SoftAP can have: the twin's own, and one that this machine has not. */
const ADDRESSES = [undefined, "192.168.4.1"] as const;

interface Network {
	/** Where the SoftAP is on this machine. */
	readonly host: string;
	/** Its address as the AT port has it. */
	readonly ip: string;
	readonly station: Required<Guest>;
}

/** A SoftAP with one station. */
async function network(w: Wire, mode = 2, ip?: string): Promise<Network> {
	await softAp(w, mode);
	if (ip !== undefined) await w.at.chat(`AT+CIPAP="${ip}"␍␊`, OK);
	const { host, address } = await softApState(w);
	return { host, ip: address.ip, station: (await guest(w, A)) as Required<Guest> };
}

for (const ip of ADDRESSES) {
	describe(`a SoftAP at ${ip ?? "the twin's own address"}`, () => {
		test("has a server that its station reaches", async w => {
			const { host, station } = await network(w, 2, ip);
			if (ip !== undefined) assert.ok(host.startsWith("127."), host);
			await w.at.chat("AT+CIPMUX=1␍␊AT+CIPDINFO=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK + OK);
			const peer = await w.client(host, 8080, "client", station.host);
			await w.at.expect("0,CONNECT␍␊");
			await peer.send("hello");
			await w.at.expect(`␍␊+IPD,0,5,"${station.ip}",${peer.socket.localPort}:hello`);
			await w.at.chat("AT+CIPSEND=0,5␍␊", `${OK}␍␊>`);
			await w.at.chat("world", `␍␊Recv 5 bytes␍␊␍␊SEND OK␍␊`);
			await peer.expect("world");
			await w.at.ask(
				"AT+CIPSTATE?␍␊",
				new RegExp(`\\+CIPSTATE:0,"TCP","${station.ip.replaceAll(".", "\\.")}",\\d+,8080,1␍␊␍␊OK␍␊`),
			);
			await w.at.chat("AT+CIPCLOSE=0␍␊", `0,CLOSED␍␊${OK}`);
			await peer.expectEnd();
		});
		test("connects to a server of its station, which sees where from", async w => {
			const { host, station } = await network(w, 2, ip);
			const peer = await w.listen(station.host);
			await w.at.chat(`AT+CIPSTART="TCP","${station.ip}",${peer.port}␍␊`, `CONNECT␍␊${OK}`);
			const socket = await peer.accept();
			assert.equal(socket.remote.address, host);
			await socket.send("x");
			await w.at.expect("␍␊+IPD,1:x");
			socket.end();
			await w.at.expect("CLOSED␍␊");
		});
		test("takes and sends datagrams, and passes them through", async w => {
			const { host, station } = await network(w, 2, ip);
			const peer = await w.udp(station.host);
			await w.at.chat(`AT+CIPSTART="UDP","${station.ip}",${peer.port},2233,0␍␊`, `CONNECT␍␊${OK}`);
			await w.at.chat("AT+CIPSEND=3␍␊", `${OK}␍␊>`);
			await w.at.chat("abc", "␍␊Recv 3 bytes␍␊␍␊SEND OK␍␊");
			const from = await peer.expect("abc");
			assert.deepEqual([from.address, from.port], [host, 2233]);
			await peer.send("def", 2233, host);
			await w.at.expect("␍␊+IPD,3:def");
			await w.passthrough();
			await w.at.send("over and out");
			await peer.expect("over and out");
			await peer.send("from peer", 2233, host);
			await w.at.expect("from peer");
			await w.at.expectNothing(100);
			await w.at.send("+++");
			await w.at.expectNothing(100);
			await w.at.chat("AT+CIPMODE=0␍␊", OK);
			await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
		});
		test("passes TCP through", async w => {
			const { station } = await network(w, 2, ip);
			const peer = await w.listen(station.host);
			await w.at.chat(`AT+CIPSTART="TCP","${station.ip}",${peer.port}␍␊`, `CONNECT␍␊${OK}`);
			const socket = await peer.accept();
			await w.passthrough();
			const bytes = Buffer.alloc(20_000, "0123456789abcdef");
			await Promise.all([w.at.send(bytes), socket.expect(bytes, 5_000)]);
			await Promise.all([socket.send(bytes), w.at.expect(bytes, 5_000)]);
			await w.at.expectNothing(100);
			await w.at.send("+++");
			await w.at.expectNothing(100);
			await w.at.chat("AT+CIPMODE=0␍␊", OK);
		});
	});
}

describe("a SoftAP's links", () => {
	test("end with its address, and a server goes on at the next", async w => {
		const { host, station } = await network(w);
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		const peer = await w.client(host, 8080, "client", station.host);
		await w.at.expect("0,CONNECT␍␊");
		await w.at.send('AT+CIPAP="192.168.4.1"␍␊');
		await w.at.expectMatch(new RegExp(`0,CLOSED␍␊␍␊OK␍␊${left(station).replaceAll("+", "\\+")}`));
		await peer.expectEnd();
		const again = (await guest(w, A)) as Required<Guest>;
		const now = await softApState(w);
		assert.equal(again.ip, "192.168.4.2");
		await w.client(now.host, 8080, "client 2", again.host);
		await w.at.expect("0,CONNECT␍␊");
	});
	test("end with the mode, and a server is there again with it", async w => {
		const { host, station } = await network(w);
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		const peer = await w.client(host, 8080, "client", station.host);
		await w.at.expect("0,CONNECT␍␊");
		await w.at.chat("AT+CWMODE=0␍␊", `0,CLOSED␍␊${OK}${left(station)}`);
		await peer.expectEnd();
		await assert.rejects(w.client(host, 8080), /ECONNREFUSED/);
		await w.at.chat('AT+CIPSTART=0,"TCP","127.0.0.1",9␍␊', errorNumber(0x010a0010));
		await w.at.chat("AT+CWMODE=2␍␊AT␍␊", OK + OK);
		await w.client(host, 8080);
		await w.at.expect("0,CONNECT␍␊");
	});
	test("end with the last network, also those to everybody and to many", async w => {
		const { station } = await network(w);
		await w.at.chat("AT+CIPMUX=1␍␊", OK);
		await w.at.chat('AT+CIPSTART=0,"UDP","255.255.255.255",21950,21951␍␊', `0,CONNECT␍␊${OK}`);
		await w.at.chat('AT+CIPSTART=1,"UDP","239.1.2.3",21950,21952␍␊', `1,CONNECT␍␊${OK}`);
		await w.at.chat("AT+CWMODE=1␍␊", `0,CLOSED␍␊1,CLOSED␍␊${OK}${left(station)}`);
		await w.at.chat("AT+CIPSTATE?␍␊", OK);
	});
	test("end with AT+CWINIT=0", async w => {
		const { host, station } = await network(w);
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		const peer = await w.client(host, 8080, "client", station.host);
		await w.at.expect("0,CONNECT␍␊");
		await w.at.chat("AT+CWINIT=0␍␊", `0,CLOSED␍␊${OK}${left(station)}`);
		await peer.expectEnd();
		// The server listens again right after the answer.
		await w.at.chat("AT+CWINIT=1␍␊AT␍␊", OK + OK);
		await w.client(host, 8080);
		await w.at.expect("0,CONNECT␍␊");
	});
});

/** The kernel's number of the socket that listens at an address of this machine, undefined when there is none. */
function listener(host: string, port: number): string | undefined {
	const bytes = host.split(".").map(it => Number(it).toString(16).padStart(2, "0"));
	const name = `${bytes.reverse().join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
	for (const line of readFileSync("/proc/net/tcp", "latin1").split("\n")) {
		const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
		if (local === name && state === LISTENING) return inode;
	}
	return undefined;
}

describe("a server on both interfaces", () => {
	test("loses the one that goes, and nobody who waits at the other is turned away", async w => {
		const { host } = await network(w, 3);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', JOINED);
		const station = await w.address();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		const socket = listener(host, 8080);
		assert.ok(socket && listener(station, 8080));
		await w.at.chat("AT+CWQAP␍␊", `WIFI DISCONNECT␍␊${OK}`);
		await w.at.chat("AT+CIPSERVER?␍␊", answer('+CIPSERVER:1,8080,"TCP"'));
		assert.deepEqual([listener(host, 8080), listener(station, 8080)], [socket, undefined]);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', JOINED);
		await w.client(station, 8080);
		await w.at.expect("0,CONNECT␍␊");
		assert.equal(listener(host, 8080), socket);
	});
});

describe("links over both interfaces", () => {
	/** Link 0 over the SoftAP, link 1 over the station. */
	async function twoPeers(w: Wire) {
		const { host, station } = await network(w, 3);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', JOINED);
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		const peer = await w.client(host, 8080, "client", station.host);
		await w.at.expect("0,CONNECT␍␊");
		const far = await w.listen();
		await w.at.chat(`AT+CIPSTART=1,"TCP","${far.host}",${far.port}␍␊`, `1,CONNECT␍␊${OK}`);
		return { station, bySoftAp: peer, byStation: await far.accept() };
	}

	test("of the station go with its access point, those of the SoftAP stay", async w => {
		const { bySoftAp, byStation } = await twoPeers(w);
		await w.at.send("AT+CWQAP␍␊");
		await w.at.expectMatch(/WIFI DISCONNECT␍␊1,CLOSED␍␊␍␊OK␍␊/);
		await byStation.expectEnd();
		await bySoftAp.send("still here");
		await w.at.expect("␍␊+IPD,0,10:still here");
	});
	test("of the station go when it is thrown out, and it comes back", async w => {
		const { bySoftAp, byStation } = await twoPeers(w);
		await w.control.request("station.drop");
		await w.at.expect("WIFI DISCONNECT␍␊1,CLOSED␍␊");
		await byStation.expectEnd();
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 4_000);
		await bySoftAp.send("still here");
		await w.at.expect("␍␊+IPD,0,10:still here");
	});
	test("of the station go with AT+CWMODE=2", async w => {
		const { bySoftAp, byStation, station } = await twoPeers(w);
		await w.at.chat("AT+CWMODE=2␍␊", `WIFI DISCONNECT␍␊1,CLOSED␍␊${OK}`);
		await byStation.expectEnd();
		await bySoftAp.send("still here");
		await w.at.expect("␍␊+IPD,0,10:still here");
		await w.at.chat("AT+CWLIF␍␊", `+CWLIF:${station.ip},${station.mac}␍␊${OK}`);
	});
	test("of the SoftAP go with AT+CWMODE=1, those of the station stay", async w => {
		const { bySoftAp, byStation, station } = await twoPeers(w);
		await w.at.chat("AT+CWMODE=1␍␊", `0,CLOSED␍␊${OK}${left(station)}`);
		await bySoftAp.expectEnd();
		await byStation.send("still here");
		await w.at.expect("␍␊+IPD,1,10:still here");
	});
	test("of the SoftAP go with its address, those of the station stay", async w => {
		const { bySoftAp, byStation, station } = await twoPeers(w);
		await w.at.chat('AT+CIPAP="192.168.4.1"␍␊', `0,CLOSED␍␊${OK}${left(station)}`);
		await bySoftAp.expectEnd();
		await byStation.send("still here");
		await w.at.expect("␍␊+IPD,1,10:still here");
	});
	test("of the station go with its address, those of the SoftAP stay", async w => {
		const { bySoftAp, byStation } = await twoPeers(w);
		await w.at.send('AT+CIPSTA="127.99.98.97"␍␊');
		await w.at.expectMatch(/␍␊OK␍␊1,CLOSED␍␊WIFI GOT IP␍␊/);
		await byStation.expectEnd();
		await bySoftAp.send("still here");
		await w.at.expect("␍␊+IPD,0,10:still here");
	});
	test("both go with AT+CWINIT=0", async w => {
		const { bySoftAp, byStation, station } = await twoPeers(w);
		await w.at.send("AT+CWINIT=0␍␊");
		await w.at.expectMatch(
			new RegExp(`WIFI DISCONNECT␍␊1,CLOSED␍␊0,CLOSED␍␊␍␊OK␍␊${left(station).replaceAll("+", "\\+")}`),
		);
		await byStation.expectEnd();
		await bySoftAp.expectEnd();
		await w.at.chat('AT+CIPSTART=0,"TCP","127.0.0.1",9␍␊', errorNumber(0x010a0010));
	});
});

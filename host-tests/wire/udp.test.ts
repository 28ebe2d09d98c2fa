// SPDX-License-Identifier: Apache-2.0

/** UDP links: CIPSTART's modes, CIPSEND, +IPD by datagram, multicast, broadcast, passthrough. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { delay, ERROR, errorNumber, OK, READY, type UdpPeer, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const PROMPT = `${OK}␍␊>`;
const CONNECTED = `CONNECT␍␊${OK}`;

function sent(length: number): string {
	return `␍␊Recv ${length} bytes␍␊␍␊SEND OK␍␊`;
}

/** A link to a peer, and the port that the peer sees it come from. */
async function linked(w: Wire, more = ""): Promise<{ peer: UdpPeer; host: string; port: number }> {
	await w.join();
	const peer = await w.udp();
	await w.at.chat(`AT+CIPSTART="UDP","127.0.0.1",${peer.port}${more}␍␊`, CONNECTED);
	await w.at.chat("AT+CIPSEND=5␍␊", PROMPT);
	await w.at.chat("hello", sent(5));
	const { address, port } = await peer.expect("hello");
	return { peer, host: address, port };
}

describe("a UDP link", () => {
	test("datagrams both ways, one +IPD each", async w => {
		const { peer, host, port } = await linked(w);
		assert.equal(host, await w.address());
		await peer.send("one", port, host);
		await peer.send("two!", port, host);
		await w.at.expect("␍␊+IPD,3:one␍␊+IPD,4:two!");
		await w.at.chat("AT+CIPDINFO=1␍␊", OK);
		await peer.send("\x00\xff", port, host);
		await w.at.expect(`␍␊+IPD,2,"127.0.0.1",${peer.port}:\x00\xff`);
	});
	test("needs no peer that is there", async w => {
		await w.join();
		await w.at.chat('AT+CIPSTART="UDP","127.0.0.1",9␍␊', CONNECTED);
		for (let i = 0; i < 3; i++) {
			await w.at.chat("AT+CIPSEND=1␍␊", PROMPT);
			await w.at.chat("x", sent(1));
			await delay(20);
		}
		await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
	});
	for (const length of [1, 1472, 2920, 8192])
		test(`${length} bytes are one datagram, there and back`, async w => {
			const { peer, host, port } = await linked(w);
			const data = randomBytes(length);
			await w.at.chat(`AT+CIPSEND=${length}␍␊`, PROMPT);
			await w.at.send(data);
			await w.at.expect(sent(length));
			await peer.expect(data);
			await peer.send(data, port, host);
			for (let at = 0; at < length; at += 2920) {
				const piece = data.subarray(at, at + 2920);
				await w.at.expect(Buffer.concat([Buffer.from(`\r\n+IPD,${piece.length}:`), piece]));
			}
		});
	test("local port and CIPSTATE", async w => {
		const { peer, port } = await linked(w, ",21999");
		assert.equal(port, 21999);
		await w.at.chat("AT+CIPSTATE?␍␊", `+CIPSTATE:0,"UDP","127.0.0.1",${peer.port},21999,0␍␊${OK}`);
		await w.at.chat("AT+CIPSTATUS␍␊", `STATUS:2␍␊+CIPSTATUS:0,"UDP","127.0.0.1",${peer.port},21999,0␍␊${OK}`);
	});
	test("mode 0 without a local port is a link like any other", async w => {
		const { peer, host, port } = await linked(w, ",,0");
		const other = await w.udp();
		await other.send("one", port, host);
		await w.at.expect("␍␊+IPD,3:one");
		await w.at.chat("AT+CIPSEND=1␍␊", PROMPT);
		await w.at.chat("x", sent(1));
		await peer.expect("x");
		await w.at.chat("AT+CIPCLOSE␍␊AT+CIPMUX=1␍␊", `CLOSED␍␊${OK}${OK}`);
		await w.at.chat(`AT+CIPSTARTEX="UDP","127.0.0.1",${peer.port},,0␍␊`, `0,${CONNECTED}`);
	});
	test("the same local port twice is refused", async w => {
		await w.join();
		await w.at.chat("AT+CIPMUX=1␍␊AT+SYSLOG=1␍␊", OK + OK);
		await w.at.chat('AT+CIPSTART=0,"UDP","127.0.0.1",9,21998␍␊', `0,CONNECT␍␊${OK}`);
		await w.at.chat('AT+CIPSTART=1,"UDP","127.0.0.1",9,21998␍␊', errorNumber(0x010a0005));
	});
	test("one datagram to somebody else", async w => {
		const { peer } = await linked(w);
		const other = await w.udp();
		await w.at.chat(`AT+CIPSEND=3,"127.0.0.1",${other.port}␍␊`, PROMPT);
		await w.at.chat("abc", sent(3));
		await other.expect("abc");
		await w.at.chat(`AT+CIPSEND=3,"localhost",${other.port}␍␊`, PROMPT);
		await w.at.chat("def", sent(3));
		await other.expect("def");
		await w.at.chat("AT+CIPSEND=3␍␊", PROMPT);
		await w.at.chat("ghi", sent(3));
		await peer.expect("ghi");
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		await w.at.chat('AT+CIPSEND=3,"no.such.name.invalid",1␍␊', errorNumber(0x010a0001), 20_000);
		await w.at.chat('AT+CIPSEND=3,"127.0.0.1"␍␊', errorNumber(0x01060302));
	});
	for (const [mode, wanted] of [
		[0, ["first", "first", "first"]],
		[1, ["second", "second", "second"]],
		[2, ["second", "first", "third"]],
	] as const)
		test(`mode ${mode}: whose remote is whose`, async w => {
			const { peer: first, host, port } = await linked(w, `,21997,${mode}`);
			const peers = { first, second: await w.udp(), third: await w.udp() };
			for (const [index, from] of (["second", "first", "third"] as const).entries()) {
				await peers[from].send("x", port, host);
				await w.at.expect("␍␊+IPD,1:x");
				await w.at.chat("AT+CIPSEND=1␍␊", PROMPT);
				await w.at.chat("y", sent(1));
				await peers[wanted[index] as "first"].expect("y");
			}
		});
	test("multicast: sent and received", async w => {
		await w.join();
		const group = "239.1.2.3";
		const peer = await w.udp("127.0.0.1", "0.0.0.0", 21996);
		peer.socket.addMembership(group, "127.0.0.1");
		peer.socket.setMulticastInterface("127.0.0.1");
		await w.at.chat(`AT+CIPSTART="UDP","${group}",21996,21996␍␊`, CONNECTED);
		await w.at.chat("AT+CIPSEND=2␍␊", PROMPT);
		await w.at.send("to");
		await peer.expect("to");
		// Its own datagrams come back, as to every member on the same host.
		await w.at.expectMatch(/(?=[^]*SEND OK␍␊)(?=[^]*\+IPD,2:to)[^]{38}/);
		await peer.send("fro", 21996, group);
		await w.at.expect("␍␊+IPD,3:fro");
	});
	test("broadcast: sent and received", async w => {
		await w.join();
		const peer = await w.udp("127.0.0.1", "0.0.0.0", 21995);
		await w.at.chat('AT+CIPSTART="UDP","255.255.255.255",21995,21994␍␊', CONNECTED);
		await w.at.chat("AT+CIPSEND=2␍␊", PROMPT);
		await w.at.chat("to", sent(2));
		const { address } = await peer.expect("to");
		await peer.send("fro", 21994, address);
		await w.at.expect("␍␊+IPD,3:fro");
	});
	for (const remote of ["127.0.0.1", "0.0.0.0"])
		test(`a link to ${remote} reaches a group and everybody too`, async w => {
			await w.join();
			const peer = await w.udp("127.0.0.1", "0.0.0.0", 21993);
			peer.socket.addMembership("239.1.2.4", "127.0.0.1");
			await w.at.chat(`AT+CIPSTART="UDP","${remote}",21992,21992,2␍␊`, CONNECTED);
			for (const to of ["255.255.255.255", "239.1.2.4", "127.0.0.1"]) {
				await w.at.chat(`AT+CIPSEND=2,"${to}",21993␍␊`, PROMPT);
				await w.at.chat("to", sent(2));
				const { address, port } = await peer.expect("to");
				assert.equal(port, 21992);
				await peer.send("fro", port, address);
				await w.at.expect("␍␊+IPD,3:fro");
			}
		});
	test("IPv6 needs CIPV6=1", async w => {
		await w.join();
		const peer = await w.udp("::1");
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		await w.at.chat(`AT+CIPSTART="UDPv6","::1",${peer.port}␍␊`, errorNumber(0x010a0010));
		await w.enableIPv6();
		await w.at.chat(`AT+CIPSTART="UDPv6","::1",${peer.port}␍␊`, CONNECTED);
		await w.at.chat("AT+CIPSEND=1␍␊", PROMPT);
		await w.at.chat("6", sent(1));
		const { port } = await peer.expect("6");
		await peer.send("six", port, "::1");
		await w.at.expect("␍␊+IPD,3:six");
		await w.at.chat('AT+CIPCLOSE␍␊AT+CIPSTART="UDPv6","127.0.0.1",9␍␊', `CLOSED␍␊${OK}${errorNumber(0x010a0001)}`);
	});
	test("a flood of datagrams to a host that reads: none is torn, none merged", async w => {
		const { peer, host, port } = await linked(w);
		for (let i = 0; i < 200; i++) {
			const data = Buffer.alloc(100 + i, i);
			await peer.send(data, port, host);
			await w.at.expect(Buffer.concat([Buffer.from(`\r\n+IPD,${data.length}:`), data]));
		}
	});
});

describe("UDP passthrough", () => {
	async function passing(w: Wire): Promise<{ peer: UdpPeer; host: string; port: number }> {
		const it = await linked(w, ",21993,0");
		await w.passthrough();
		return it;
	}
	test("what the host sends in one go is one datagram, also across the ring's end", async w => {
		const { peer } = await passing(w);
		for (let i = 0; i < 60; i++) {
			const data = randomBytes(300 + i);
			await w.at.send(data);
			await peer.expect(data);
		}
	});
	test("blocks of 2920 bytes", async w => {
		const { peer } = await passing(w);
		const data = randomBytes(7_000);
		await w.at.send(data);
		for (const at of [0, 2920, 5840]) await peer.expect(data.subarray(at, at + 2920));
	});
	test("datagrams come as they are, +++ leaves", async w => {
		const { peer, host, port } = await passing(w);
		const data = randomBytes(5_000);
		await peer.send(data, port, host);
		await w.at.expect(data);
		await delay(100);
		await w.at.send("+++");
		await delay(200);
		await w.at.chat("AT␍␊", OK);
	});
	test("needs mode 0", async w => {
		await linked(w, ",21992,2");
		await w.at.chat("AT+CIPMODE=1␍␊AT+CIPSEND␍␊", OK + ERROR);
	});
	test("from power-up on", async w => {
		await w.join();
		const peer = await w.udp();
		await w.at.chat(`AT+SAVETRANSLINK=1,"127.0.0.1",${peer.port},"UDP",21991␍␊`, OK);
		await w.at.chat("AT+RST␍␊", `${OK}${READY}␍␊>`, 4_000);
		await w.at.send("up");
		const { address, port } = await peer.expect("up", 5_000);
		assert.equal(port, 21991);
		await peer.send("down", port, address);
		await w.at.expect("down");
	});
});

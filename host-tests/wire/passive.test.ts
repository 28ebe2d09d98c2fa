// SPDX-License-Identifier: Apache-2.0

/** CIPRECVTYPE, CIPRECVMODE, CIPRECVDATA, CIPRECVLEN: data that waits until the host asks for it. */

import { randomBytes } from "node:crypto";
import { delay, ERROR, errorNumber, OK, type PeerSocket, type Wire, wireTest } from "./harness.ts";

const test = wireTest();

async function linked(w: Wire): Promise<PeerSocket> {
	await w.join();
	await w.at.chat("AT+CIPRECVTYPE=1␍␊", OK);
	return w.connect(await w.listen());
}

describe("AT+CIPRECVTYPE", () => {
	test("one link: query and set, by both names", async ({ at }) => {
		await at.chat("AT+CIPRECVTYPE?␍␊", `+CIPRECVTYPE:0,0␍␊${OK}`);
		await at.chat("AT+CIPRECVTYPE=1␍␊AT+CIPRECVTYPE?␍␊", `${OK}+CIPRECVTYPE:0,1␍␊${OK}`);
		await at.chat("AT+CIPRECVMODE?␍␊AT+CIPRECVMODE=0␍␊", `+CIPRECVMODE:1␍␊${OK}${OK}`);
		await at.chat(
			"AT+CIPRECVTYPE?␍␊AT+CIPRECVTYPE=2␍␊AT+CIPRECVTYPE=0,1␍␊",
			`+CIPRECVTYPE:0,0␍␊${OK}${ERROR}${ERROR}`,
		);
	});
	test("many links: by id, 5 for all", async ({ at }) => {
		const all = (...modes: number[]): string => modes.map((it, id) => `+CIPRECVTYPE:${id},${it}␍␊`).join("") + OK;
		await at.chat("AT+CIPMUX=1␍␊AT+CIPRECVTYPE=2,1␍␊AT+CIPRECVTYPE?␍␊", OK + OK + all(0, 0, 1, 0, 0));
		await at.chat("AT+CIPRECVTYPE=5,1␍␊AT+CIPRECVTYPE?␍␊", OK + all(1, 1, 1, 1, 1));
		await at.chat("AT+CIPRECVMODE=0␍␊AT+CIPRECVTYPE?␍␊", OK + all(0, 0, 0, 0, 0));
		await at.chat("AT+CIPRECVMODE=3,1␍␊AT+CIPRECVTYPE?␍␊", OK + all(0, 0, 0, 1, 0));
		await at.chat("AT+CIPRECVTYPE=1␍␊AT+CIPRECVTYPE=6,1␍␊", ERROR + ERROR);
	});
	test("not in passthrough mode", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊AT+CIPMODE=1␍␊AT+CIPRECVTYPE=1␍␊", OK + OK + errorNumber(0x010a0013));
	});
});

describe("AT+CIPRECVDATA", () => {
	test("told once, read in parts, told again of the rest", async w => {
		const peer = await linked(w);
		await peer.send("test");
		await w.at.expect("␍␊+IPD,4␍␊");
		await peer.send("more");
		await w.at.expectNothing(200);
		await w.at.chat("AT+CIPRECVLEN?␍␊", `+CIPRECVLEN:8␍␊${OK}`);
		await w.at.chat("AT+CIPRECVDATA=5␍␊", `+CIPRECVDATA:5,testm${OK}␍␊+IPD,3␍␊`);
		await w.at.chat("AT+CIPDINFO=1␍␊", OK);
		await w.at.chat("AT+CIPRECVDATA=100␍␊", `+CIPRECVDATA:3,"127.0.0.1",${peer.socket.localPort},ore${OK}`);
		await w.at.chat("AT+CIPRECVLEN?␍␊", `+CIPRECVLEN:0␍␊${OK}`);
	});
	test("refuses what cannot be", async w => {
		await w.at.chat("AT+SYSLOG=1␍␊AT+CIPRECVDATA=1␍␊", OK + errorNumber(0x010a0012));
		const peer = await linked(w);
		await w.at.chat("AT+CIPRECVDATA=1␍␊", errorNumber(0x010a0015));
		await w.at.chat(
			"AT+CIPRECVDATA=0␍␊AT+CIPRECVDATA=2147483648␍␊",
			errorNumber(0x01070000) + errorNumber(0x01070000),
		);
		await w.at.chat("AT+CIPRECVTYPE=0␍␊AT+CIPRECVDATA=1␍␊", OK + errorNumber(0x010a0013));
		await peer.send("active");
		await w.at.expect("␍␊+IPD,6:active");
	});
	test("what waits is given out when the link becomes an active one", async w => {
		const peer = await linked(w);
		await peer.send("waits");
		await w.at.expect("␍␊+IPD,5␍␊");
		await w.at.chat("AT+CIPRECVTYPE=0␍␊", `${OK}␍␊+IPD,5:waits`);
	});
	test("nothing unread is lost when the peer closes, and CLOSED comes after the last byte", async w => {
		const peer = await linked(w);
		await peer.send("all of it");
		peer.end();
		await w.at.expect("␍␊+IPD,9␍␊");
		await w.at.expectNothing(300);
		await w.at.chat("AT+CIPRECVDATA=4␍␊", `+CIPRECVDATA:4,all ${OK}␍␊+IPD,5␍␊`);
		await w.at.chat("AT+CIPRECVDATA=100␍␊", `+CIPRECVDATA:5,of it${OK}CLOSED␍␊`);
	});
	test("a peer that closes with nothing unread", async w => {
		const peer = await linked(w);
		peer.end();
		await w.at.expect("CLOSED␍␊");
	});
	test("no more than 5,760 bytes are told, and the peer stalls", async w => {
		const peer = await linked(w);
		const data = randomBytes(400_000);
		void peer.send(data);
		await delay(500);
		await w.at.expectMatch(/␍␊\+IPD,\d+␍␊/);
		await w.at.chat("AT+CIPRECVLEN?␍␊", `+CIPRECVLEN:5760␍␊${OK}`);
		let read = 0;
		while (read < data.length) {
			await w.at.send("AT+CIPRECVDATA=2147483647␍␊");
			const [, digits] = await w.at.expectMatch(/(?:␍␊\+IPD,\d+␍␊)*\+CIPRECVDATA:(\d+),/);
			const length = Number(digits);
			await w.at.expect(data.subarray(read, read + length));
			await w.at.expect(OK);
			read += length;
			if (read < data.length) await w.at.expectMatch(/␍␊\+IPD,\d+␍␊/);
		}
	});
	test("five links, each its own", async w => {
		await w.join();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPRECVTYPE=5,1␍␊", OK + OK);
		const server = await w.listen();
		for (let id = 0; id < 5; id++) {
			await w.at.chat(`AT+CIPSTART=${id},"TCP","127.0.0.1",${server.port}␍␊`, `${id},CONNECT␍␊${OK}`);
			const peer = await server.accept();
			await peer.send("x".repeat(id + 1));
			await w.at.expect(`␍␊+IPD,${id},${id + 1}␍␊`);
		}
		await w.at.chat("AT+CIPRECVLEN?␍␊", `+CIPRECVLEN:1,2,3,4,5␍␊${OK}`);
		await w.at.chat("AT+CIPRECVDATA=3,9␍␊", `+CIPRECVDATA:4,xxxx${OK}`);
		await w.at.chat("AT+CIPCLOSE=1␍␊AT+CIPRECVLEN?␍␊", `1,CLOSED␍␊${OK}+CIPRECVLEN:1,-1,3,0,5␍␊${OK}`);
	});
	test("UDP: one datagram at a time, its border kept", async w => {
		await w.join();
		const peer = await w.udp();
		await w.at.chat(`AT+CIPRECVTYPE=1␍␊AT+CIPSTART="UDP","127.0.0.1",${peer.port},21990␍␊`, `${OK}CONNECT␍␊${OK}`);
		const host = await w.address();
		await peer.send("first", 21990, host);
		await peer.send("second", 21990, host);
		await w.at.expect("␍␊+IPD,5␍␊");
		await w.at.chat("AT+CIPRECVLEN?␍␊", `+CIPRECVLEN:5␍␊${OK}`);
		await w.at.chat("AT+CIPRECVDATA=100␍␊", `+CIPRECVDATA:5,first${OK}␍␊+IPD,6␍␊`);
		await w.at.chat("AT+CIPRECVDATA=3␍␊", `+CIPRECVDATA:3,sec${OK}␍␊+IPD,3␍␊`);
		await w.at.chat("AT+CIPRECVDATA=3␍␊", `+CIPRECVDATA:3,ond${OK}`);
	});
});

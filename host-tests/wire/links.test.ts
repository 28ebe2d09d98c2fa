// SPDX-License-Identifier: Apache-2.0

/** Several links: CIPSTARTEX, CIPSTATE, CIPSTATUS, CIPCLOSE=5, CIPTCPOPT, IPv6. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { answer, delay, ERROR, errorNumber, OK, READY, wireTest } from "./harness.ts";

const test = wireTest();
const PROMPT = `${OK}␍␊>`;

describe("AT+CIPSTARTEX", () => {
	test("takes the lowest id that is free, and says which", async w => {
		await w.join();
		await w.at.chat("AT+CIPMUX=1␍␊", OK);
		const server = await w.listen();
		const start = `AT+CIPSTARTEX="TCP","127.0.0.1",${server.port}␍␊`;
		for (let id = 0; id < 5; id++) await w.at.chat(start, `${id},CONNECT␍␊${OK}`);
		await w.at.chat(`AT+SYSLOG=1␍␊${start}`, OK + errorNumber(0x010a0011));
		await w.at.chat("AT+CIPCLOSE=3␍␊", `3,CLOSED␍␊${OK}`);
		await w.at.chat("AT+CIPCLOSE=1␍␊", `1,CLOSED␍␊${OK}`);
		await w.at.chat(start, `1,CONNECT␍␊${OK}`);
		await w.at.chat('AT+CIPSTARTEX="UDP","127.0.0.1",9,21980,2␍␊', `3,CONNECT␍␊${OK}`);
		await w.at.chat("AT+CIPCLOSE=5␍␊", `0,CLOSED␍␊1,CLOSED␍␊2,CLOSED␍␊3,CLOSED␍␊4,CLOSED␍␊${OK}`);
		await w.at.chat("AT+CIPCLOSE=5␍␊AT+CIPCLOSE=0␍␊", OK + errorNumber(0x010a0012));
	});
	test("needs CIPMUX=1", async w => {
		await w.join();
		await w.at.chat('AT+SYSLOG=1␍␊AT+CIPSTARTEX="TCP","127.0.0.1",9␍␊', OK + errorNumber(0x010a0013));
	});
});

describe("AT+CIPSTATE, AT+CIPSTATUS", () => {
	test("from nothing to links and back", async w => {
		await w.at.chat("AT+CIPSTATE?␍␊AT+CIPSTATUS␍␊", OK + answer("STATUS:0"));
		await w.at.chat("AT+CWMODE=1␍␊AT+CIPSTATUS␍␊", OK + answer("STATUS:1"));
		await w.join();
		await w.at.chat("AT+CIPSTATUS␍␊", answer("STATUS:2"));
		const server = await w.listen();
		const peer = await w.connect(server);
		const local = peer.remote.port;
		await w.at.chat("AT+CIPSTATE?␍␊", answer(`+CIPSTATE:0,"TCP","127.0.0.1",${server.port},${local},0`));
		await w.at.chat(
			"AT+CIPSTATUS␍␊",
			answer("STATUS:3", `+CIPSTATUS:0,"TCP","127.0.0.1",${server.port},${local},0`),
		);
		await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
		await w.at.chat("AT+CIPSTATUS␍␊AT+CIPSTATE?␍␊", answer("STATUS:4") + OK);
		await w.at.chat("AT+CWQAP␍␊", `WIFI DISCONNECT␍␊${OK}`);
		await w.at.chat("AT+CIPSTATUS␍␊", answer("STATUS:5"));
	});
});

describe("TCPv6", () => {
	test("with CIPV6=1, to an address", async w => {
		await w.join();
		const server = await w.listen("::1");
		const start = `AT+CIPSTART="TCPv6","::1",${server.port}␍␊`;
		await w.at.chat(`AT+SYSLOG=1␍␊${start}`, OK + errorNumber(0x010a0010));
		await w.enableIPv6();
		await w.at.chat(start, `CONNECT␍␊${OK}`);
		const peer = await server.accept();
		await peer.send("six");
		await w.at.expect("␍␊+IPD,3:six");
		await w.at.chat("AT+CIPDINFO=1␍␊", OK);
		await peer.send("more");
		await w.at.expect(`␍␊+IPD,4,"::1",${server.port}:more`);
		await w.at.chat("AT+CIPSTATE?␍␊", answer(`+CIPSTATE:0,"TCPv6","::1",${server.port},${peer.remote.port},0`));
	});
});

describe("AT+CIPTCPOPT", () => {
	const none = "-1,0,0,0";
	test("query and set, one link and many", async ({ at }) => {
		await at.chat("AT+CIPTCPOPT?␍␊", answer(`+CIPTCPOPT:0,${none}`));
		await at.chat("AT+CIPTCPOPT=2,1,5000,60␍␊AT+CIPTCPOPT?␍␊", OK + answer("+CIPTCPOPT:0,2,1,5000,60"));
		await at.chat("AT+CIPTCPOPT=,0,␍␊AT+CIPTCPOPT?␍␊", OK + answer("+CIPTCPOPT:0,2,0,5000,60"));
		await at.chat("AT+CIPMUX=1␍␊AT+CIPTCPOPT=3,,1␍␊", OK + OK);
		const lines = ["0,2,0,5000,60", `1,${none}`, `2,${none}`, "3,-1,1,0,0", `4,${none}`].map(
			it => `+CIPTCPOPT:${it}`,
		);
		await at.chat("AT+CIPTCPOPT?␍␊", answer(...lines));
		await at.chat(
			"AT+CIPTCPOPT=5,0,0,1,2␍␊AT+CIPTCPOPT?␍␊",
			OK + answer(...[0, 1, 2, 3, 4].map(id => `+CIPTCPOPT:${id},0,0,1,2`)),
		);
	});
	test("refuses what is out of range", async ({ at }) => {
		await at.chat(
			"AT+CIPTCPOPT=-2␍␊AT+CIPTCPOPT=0,2␍␊AT+CIPTCPOPT=0,0,-1␍␊AT+CIPTCPOPT=0,0,0,7201␍␊",
			ERROR.repeat(4),
		);
		await at.chat("AT+CIPMUX=1␍␊AT+CIPTCPOPT=6,0␍␊", OK + ERROR);
		await at.chat("AT+CIPMUX=0␍␊AT+CIPTCPOPT?␍␊", OK + answer(`+CIPTCPOPT:0,${none}`));
	});
	test("is stored with SYSSTORE=1; CIPSTART's keep-alive is shared, and not stored", async w => {
		await w.at.chat("AT+CIPTCPOPT=1,1,2,3␍␊", OK);
		await w.join();
		const server = await w.listen();
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${server.port},77␍␊`, `CONNECT␍␊${OK}`);
		await w.at.chat("AT+CIPTCPOPT?␍␊", answer("+CIPTCPOPT:0,1,1,2,77"));
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
		await w.at.chat("ATE0␍␊AT+CIPTCPOPT?␍␊", `ATE0␍␊${OK}${answer("+CIPTCPOPT:0,1,1,2,3")}`);
	});
	test("so_sndtimeo: a send that gets nowhere is SEND FAIL, and the link stays", async w => {
		await w.join();
		const peer = await w.connect(await w.listen());
		peer.pause();
		await w.at.chat("AT+CIPTCPOPT=,,400␍␊", OK);
		const data = randomBytes(8_192);
		let failed = false;
		for (let i = 0; i < 2_000 && !failed; i++) {
			await w.at.chat("AT+CIPSEND=8192␍␊", PROMPT);
			await w.at.send(data);
			await w.at.expect("␍␊Recv 8192 bytes␍␊");
			const [result] = await w.at.expectMatch(/␍␊SEND (?:OK|FAIL)␍␊/, 3_000);
			failed = result.includes("FAIL");
		}
		assert.ok(failed, "every send found room");
		await w.at.ask("AT+CIPSTATE?␍␊", /\+CIPSTATE:0,"TCP",[^]*?␍␊OK␍␊/);
		peer.resume();
	});
	test("so_linger 0: the peer sees a reset", async w => {
		await w.join();
		const peer = await w.connect(await w.listen());
		const errors: string[] = [];
		peer.socket.on("error", (error: NodeJS.ErrnoException) => errors.push(String(error.code)));
		await w.at.chat("AT+CIPTCPOPT=0␍␊AT+CIPCLOSE␍␊", `${OK}CLOSED␍␊${OK}`);
		await delay(200);
		assert.deepEqual(errors, ["ECONNRESET"]);
	});
	test("so_linger 2: CIPCLOSE waits until the peer has all", async w => {
		await w.join();
		const peer = await w.connect(await w.listen());
		await w.at.chat("AT+CIPTCPOPT=2␍␊", OK);
		await w.at.chat("AT+CIPSEND=4␍␊", PROMPT);
		await w.at.chat("last", "␍␊Recv 4 bytes␍␊␍␊SEND OK␍␊");
		await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`, 4_000);
		await peer.expect("last");
		await peer.expectEnd();
	});
});

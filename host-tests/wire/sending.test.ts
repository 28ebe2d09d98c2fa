// SPDX-License-Identifier: Apache-2.0

/** CIPSENDL, CIPSENDLCFG, CIPSENDEX: long data while they come, and data with an end of their own. */

import { randomBytes } from "node:crypto";
import { both, delay, ERROR, errorNumber, OK, type PeerSocket, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const big = wireTest({ limit: 120_000 });
const PROMPT = `${OK}␍␊>`;
const SENT = "␍␊SEND OK␍␊";

async function linked(w: Wire): Promise<PeerSocket> {
	await w.join();
	return w.connect(await w.listen());
}

describe("AT+CIPSEND", () => {
	test("SEND OK comes before the answer of a peer, however near that is", async w => {
		const peer = await linked(w);
		peer.socket.on("data", (bytes: Buffer) => peer.socket.write(bytes));
		for (let i = 0; i < 300; i++) {
			await w.at.chat("AT+CIPSEND=1␍␊", PROMPT);
			await w.at.chat("x", `␍␊Recv 1 bytes␍␊${SENT}␍␊+IPD,1:x`);
		}
	});
});

describe("AT+CIPSENDLCFG", () => {
	test("query, set, borders", async ({ at }) => {
		await at.chat("AT+CIPSENDLCFG?␍␊", `+CIPSENDLCFG:1024,2920␍␊${OK}`);
		await at.chat("AT+CIPSENDLCFG=100␍␊AT+CIPSENDLCFG?␍␊", `${OK}+CIPSENDLCFG:100,2920␍␊${OK}`);
		await at.chat("AT+CIPSENDLCFG=1048576,100␍␊AT+CIPSENDLCFG?␍␊", `${OK}+CIPSENDLCFG:1048576,100␍␊${OK}`);
		await at.chat(
			"AT+CIPSENDLCFG=99␍␊AT+CIPSENDLCFG=1048577␍␊AT+CIPSENDLCFG=100,99␍␊AT+CIPSENDLCFG=100,2921␍␊",
			ERROR.repeat(4),
		);
	});
});

describe("AT+CIPSENDL", () => {
	test("sends while data come, reports, and says SEND OK", async w => {
		const peer = await linked(w);
		const data = randomBytes(2_500);
		await w.at.chat("AT+CIPSENDLCFG=1000,500␍␊AT+CIPSENDL=2500␍␊", OK + PROMPT);
		await w.at.send(data.subarray(0, 1_000));
		await peer.expect(data.subarray(0, 1_000));
		await w.at.expect("+CIPSENDL:1000,1000␍␊");
		await w.at.send(data.subarray(1_000));
		await peer.expect(data.subarray(1_000));
		await w.at.expectMatch(/\+CIPSENDL:2000,2\d00␍␊\+CIPSENDL:2500,2500␍␊␍␊SEND OK␍␊/);
	});
	test("one byte; what is beyond the length is surplus", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDL=1␍␊", PROMPT);
		await w.at.chat("x", `+CIPSENDL:1,1␍␊${SENT}`);
		await peer.expect("x");
		await w.at.chat("AT+CIPSENDL=1␍␊", PROMPT);
		await w.at.chat("y␍␊", `+CIPSENDL:1,1␍␊${SENT}`);
		await w.at.chat("AT+CIPSENDL=1␍␊", PROMPT);
		await w.at.chat("zAT␍␊", `+CIPSENDL:1,1␍␊␍␊busy p...␍␊${SENT}`);
		await peer.expect("yz");
	});
	test("fewer than a block wait for TRANSINTVL, the last bytes do not", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+TRANSINTVL=1000␍␊AT+CIPSENDL=4␍␊", OK + PROMPT);
		await w.at.send("ab");
		await peer.expectNothing(300);
		await w.at.send("cd");
		await peer.expect("abcd", 400);
		await w.at.expect(`+CIPSENDL:4,4␍␊${SENT}`);
	});
	test("+++ cancels; as the last bytes it is data", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDL=100␍␊", PROMPT);
		await w.at.send("begun");
		await peer.expect("begun");
		await delay(100);
		await w.at.chat("+++", "+CIPSENDL:5,5␍␊␍␊SEND CANCELLED␍␊");
		await w.at.chat("AT+CIPSENDL=5␍␊", PROMPT);
		await w.at.send("ab");
		await delay(100);
		await w.at.chat("+++", `+CIPSENDL:5,5␍␊${SENT}`);
		await peer.expect("ab+++");
	});
	test("a link that breaks: the data are taken, none is a command, SEND FAIL", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDL=5000␍␊", PROMPT);
		await w.at.send("AT␍␊");
		await peer.expect("AT␍␊");
		peer.reset();
		await w.at.expect("CLOSED␍␊");
		await w.at.send("AT␍␊".repeat(1249));
		await w.at.expect(`+CIPSENDL:4,4␍␊␍␊SEND FAIL␍␊`, 4_000);
		await w.at.chat("AT␍␊", OK);
	});
	test("a link that breaks: +++ leads out", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDL=5000␍␊", PROMPT);
		peer.reset();
		await w.at.expect("CLOSED␍␊");
		await delay(100);
		await w.at.chat("+++", "␍␊SEND CANCELLED␍␊");
		await w.at.chat("AT␍␊", OK);
	});
	test("what the port has to say comes in between: +IPD, events", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDL=6␍␊", PROMPT);
		await peer.send("first");
		await w.at.expect("␍␊+IPD,5:first");
		await w.at.send("one");
		await peer.expect("one");
		await peer.send("second");
		await w.at.expect("␍␊+IPD,6:second");
		await w.at.chat("two", `+CIPSENDL:6,6␍␊${SENT}`);
		await peer.expect("two");
		await w.at.chat("AT+CIPSENDL=6␍␊", PROMPT);
		await w.control.request("ap.set", { ssid: "net", present: false });
		await w.at.expectMatch(/(?:WIFI DISCONNECT␍␊CLOSED␍␊|CLOSED␍␊WIFI DISCONNECT␍␊)/);
		await w.at.chat("failed", "␍␊SEND FAIL␍␊");
	});
	test("refuses what cannot be", async w => {
		await w.at.chat("AT+SYSLOG=1␍␊AT+CIPSENDL=1␍␊", OK + errorNumber(0x010a0012));
		await linked(w);
		await w.at.chat("AT+CIPSENDL=0␍␊AT+CIPSENDL=2147483648␍␊", errorNumber(0x01070000).repeat(2));
		await w.at.chat('AT+CIPSENDL=1,"127.0.0.1",1␍␊', errorNumber(0x01070001));
	});
	test("UDP: a datagram a block, also to somebody else", async w => {
		await w.join();
		const [peer, other] = [await w.udp(), await w.udp()];
		await w.at.chat(`AT+CIPSENDLCFG=1000,400␍␊AT+CIPSTART="UDP","127.0.0.1",${peer.port}␍␊`, `${OK}CONNECT␍␊${OK}`);
		const data = randomBytes(1_000);
		for (const [remote, to] of [
			["", peer],
			[`,"127.0.0.1",${other.port}`, other],
		] as const) {
			await w.at.chat(`AT+CIPSENDL=1000${remote}␍␊`, PROMPT);
			await w.at.send(data);
			for (const at of [0, 400, 800]) await to.expect(data.subarray(at, at + 400));
			await w.at.expect(`+CIPSENDL:1000,1000␍␊${SENT}`);
		}
	});
	big("20 MB, to a peer that stops for a while", async w => {
		const peer = await linked(w);
		const data = randomBytes(1 << 20);
		await w.at.chat(`AT+CIPSENDLCFG=1048576␍␊AT+CIPSENDL=${data.length * 20}␍␊`, OK + PROMPT);
		for (let i = 0; i < 20; i++) {
			if (i === 5) {
				peer.pause();
				setTimeout(() => peer.resume(), 1_000);
			}
			await both(w.at.send(data), peer.expect(data, 20_000));
			await w.at.expectMatch(new RegExp(`\\+CIPSENDL:${data.length * (i + 1)},\\d+␍␊`), 10_000);
		}
		await w.at.expect(SENT);
	});
});

describe("AT+CIPSENDEX", () => {
	test("by length", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDEX=5␍␊", PROMPT);
		await w.at.chat("hello", `␍␊Recv 5 bytes␍␊${SENT}`);
		await peer.expect("hello");
	});
	test("by \\0, and with escapes", async w => {
		const peer = await linked(w);
		for (const [typed, wanted] of [
			["abc\\0", "abc"],
			["a\\\\0b\\0", "a\\0b"],
			['\\a\\\\\\"\\,\\0', 'a\\",'],
			["␍␊\x00\xff\\0", "␍␊\x00\xff"],
		] as [string, string][]) {
			const length = wanted.replaceAll("␍", "").replaceAll("␊", "").length + (wanted.includes("␍") ? 2 : 0);
			await w.at.chat("AT+CIPSENDEX=8192␍␊", PROMPT);
			await w.at.chat(typed, `␍␊Recv ${length} bytes␍␊${SENT}`);
			await peer.expect(wanted);
		}
	});
	test("the length counts what is typed; a backslash at its end is one", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDEX=4␍␊", PROMPT);
		await w.at.chat("a\\bc", `␍␊Recv 3 bytes␍␊${SENT}`);
		await w.at.chat("AT+CIPSENDEX=2␍␊", PROMPT);
		await w.at.chat("a\\", `␍␊Recv 2 bytes␍␊${SENT}`);
		await peer.expect("abca\\");
	});
	test("nothing but \\0 sends nothing; what follows is surplus", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDEX=10␍␊", PROMPT);
		await w.at.chat("\\0␍␊", `␍␊Recv 0 bytes␍␊${SENT}`);
		await w.at.chat("AT+CIPSENDEX=10␍␊", PROMPT);
		await w.at.send("x\\0more");
		await w.at.expect(`␍␊Recv 1 bytes␍␊␍␊busy p...␍␊${SENT}`);
		await peer.expect("x");
	});
	test("8,192 bytes that are all escapes", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSENDEX=8192␍␊", PROMPT);
		await w.at.send("\\x".repeat(4_096));
		await w.at.expect(`␍␊Recv 4096 bytes␍␊${SENT}`);
		await peer.expect("x".repeat(4_096));
	});
	test("UDP: one datagram", async w => {
		await w.join();
		const [peer, other] = [await w.udp(), await w.udp()];
		await w.at.chat(`AT+CIPSTART="UDP","127.0.0.1",${peer.port}␍␊`, `CONNECT␍␊${OK}`);
		await w.at.chat("AT+CIPSENDEX=100␍␊", PROMPT);
		await w.at.chat("to peer\\0", `␍␊Recv 7 bytes␍␊${SENT}`);
		await peer.expect("to peer");
		await w.at.chat(`AT+CIPSENDEX=100,"127.0.0.1",${other.port}␍␊`, PROMPT);
		await w.at.chat("to other\\0", `␍␊Recv 8 bytes␍␊${SENT}`);
		await other.expect("to other");
	});
	test("refuses what cannot be", async w => {
		await w.at.chat("AT+CIPSENDEX=1␍␊AT+CIPSENDEX=0␍␊AT+CIPSENDEX=8193␍␊", ERROR.repeat(3));
	});
});

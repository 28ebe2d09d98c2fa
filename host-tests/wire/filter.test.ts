// SPDX-License-Identifier: Apache-2.0

/** AT+SYSMSGFILTER and AT+SYSMSGFILTERCFG (guide 3.1.16, 3.1.17 and the example 4.1.1). */

import { randomBytes } from "node:crypto";
import { answer, both, delay, ERROR, errorNumber, OK, type PeerSocket, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const echoed = wireTest({ echo: true });
const PROMPT = `${OK}␍␊>`;
/** Extensions of 0x010a, as in docs/commands.md. */
const MALFORMED = 0x010a0020;
const BACK_REFERENCE = 0x010a0021;
const TOO_LARGE = 0x010a0022;
const NO_ROOM = 0x010a0023;
const NO_FILTER = 0x010a0024;

/** The command that announces expressions, and those. */
function announced(operator: number, head: string, tail: string): [command: string, expressions: string] {
	const length = (text: string): number =>
		Buffer.byteLength(text.replaceAll("␍", "\r").replaceAll("␊", "\n"), "latin1");
	return [`AT+SYSMSGFILTERCFG=${operator},${length(head)},${length(tail)}␍␊`, head + tail];
}

async function add({ at }: Wire, head: string, tail = "", result = OK): Promise<void> {
	const [command, expressions] = announced(1, head, tail);
	await at.chat(command, PROMPT);
	await at.chat(expressions, result);
}

async function remove({ at }: Wire, head: string, tail = "", result = OK): Promise<void> {
	const [command, expressions] = announced(2, head, tail);
	await at.chat(command, PROMPT);
	await at.chat(expressions, result);
}

/** One filter, and filtering. */
async function filtered(w: Wire, head: string, tail = ""): Promise<void> {
	await add(w, head, tail);
	await w.at.chat("AT+SYSMSGFILTER=1␍␊", OK);
}

async function linked(w: Wire): Promise<PeerSocket> {
	await w.join();
	return w.connect(await w.listen());
}

describe("AT+SYSMSGFILTER", () => {
	test("is 0 at boot, and both values can be set and read", async ({ at }) => {
		await at.chat("AT+SYSMSGFILTER?␍␊", answer("+SYSMSGFILTER:0"));
		await at.chat("AT+SYSMSGFILTER=1␍␊", OK);
		await at.chat("AT+SYSMSGFILTER?␍␊", answer("+SYSMSGFILTER:1"));
		await at.chat("AT+SYSMSGFILTER=0␍␊", OK);
		await at.chat("AT+SYSMSGFILTER?␍␊", answer("+SYSMSGFILTER:0"));
	});
	test("refuses what is out of range", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+SYSMSGFILTER=2␍␊", errorNumber(0x01070000));
		await at.chat("AT+SYSMSGFILTER=-1␍␊", errorNumber(0x01070000));
		await at.chat('AT+SYSMSGFILTER="1"␍␊', errorNumber(0x01050000));
		await at.chat("AT+SYSMSGFILTER=1,1␍␊", errorNumber(0x01060102));
		await at.chat("AT+SYSMSGFILTER␍␊", errorNumber(0x010c0000));
		await at.chat("AT+SYSMSGFILTER?␍␊", answer("+SYSMSGFILTER:0"));
	});
	test("is gone after a restart, and the filters with it: ready is told", async w => {
		const { at } = w;
		await filtered(w, "ready");
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT+SYSMSGFILTER?␍␊", answer("+SYSMSGFILTER:0"));
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", OK);
	});
	test("lines behind it in one write find it on; its own OK is told", async w => {
		await add(w, "", "␍␊OK␍␊$");
		await w.at.chat("AT␍␊AT+SYSMSGFILTER=1␍␊AT␍␊AT␍␊AT+SYSMSGFILTER=0␍␊AT␍␊", OK + OK + OK + OK);
	});
});

describe("AT+SYSMSGFILTERCFG", () => {
	test("adds, tells, deletes and clears", async w => {
		const { at } = w;
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", OK);
		await add(w, "^WIFI CONNECTED␍␊");
		await add(w, "", "␍␊OK␍␊$");
		await add(w, '^"\\,', "\x00\xff");
		await at.chat(
			"AT+SYSMSGFILTERCFG?␍␊",
			answer(
				'+SYSMSGFILTERCFG:0,"^WIFI CONNECTED␍␊",""',
				'+SYSMSGFILTERCFG:1,"","␍␊OK␍␊$"',
				'+SYSMSGFILTERCFG:2,"^"\\,","\x00\xff"',
			),
		);
		await remove(w, "", "␍␊OK␍␊$");
		await at.chat(
			"AT+SYSMSGFILTERCFG?␍␊",
			answer('+SYSMSGFILTERCFG:0,"^WIFI CONNECTED␍␊",""', '+SYSMSGFILTERCFG:1,"^"\\,","\x00\xff"'),
		);
		await at.chat("AT+SYSMSGFILTERCFG=0␍␊", OK);
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", OK);
	});
	test("one that is not there cannot be deleted; one that is, is added once", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await remove(w, "^a", "", errorNumber(NO_FILTER));
		await add(w, "^a", "b$");
		await add(w, "^a", "b$");
		for (const [head, tail] of [
			["^a", ""],
			["", "b$"],
			["^ab", "$"],
			["^", "ab$"],
		] as const)
			await remove(w, head, tail, errorNumber(NO_FILTER));
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", answer('+SYSMSGFILTERCFG:0,"^a","b$"'));
		await remove(w, "^a", "b$");
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", OK);
	});
	test("refuses wrong parameters without a prompt", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [parameters, code] of [
			["3", 0x01070000],
			["-1", 0x01070000],
			["0,1,0", 0x01060103],
			["0,0", 0x01060102],
			["1", 0x01060301],
			["1,5", 0x01060302],
			["2", 0x01060301],
			["2,,5", 0x01060303],
			["1,0,0", 0x01070002],
			["2,0,0", 0x01070002],
			["1,65,0", 0x01070001],
			["1,0,65", 0x01070002],
			["1,-1,5", 0x01070001],
			['1,"5",0', 0x01050001],
			["1,5,0,0", 0x01060304],
		] as [string, number][])
			await at.chat(`AT+SYSMSGFILTERCFG=${parameters}␍␊`, errorNumber(code));
		await at.chat("AT+SYSMSGFILTERCFG␍␊", errorNumber(0x010c0000));
	});
	test("says what is wrong with an expression, and has not taken it", async w => {
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [expression, code] of [
			["\\(", MALFORMED],
			["a\\)", MALFORMED],
			["[a", MALFORMED],
			["[[:letter:]]", MALFORMED],
			["a\\{2", MALFORMED],
			["a\\{2,1\\}", MALFORMED],
			["a\\", MALFORMED],
			["\\(a\\)\\1", BACK_REFERENCE],
			["a\\{256\\}", TOO_LARGE],
			["\\(\\(\\(x\\{1,255\\}\\)\\{1,255\\}\\)\\{1,255\\}\\)\\{1,255\\}", TOO_LARGE],
		] as [string, number][]) {
			await add(w, expression, "", errorNumber(code));
			await add(w, "^good", expression, errorNumber(code));
		}
		await w.at.chat("AT+SYSMSGFILTERCFG?␍␊", OK);
	});
	test("sixteen of 64 and 64 bytes, all told; the seventeenth is refused, and clearing gives the memory back", async w => {
		const { at } = w;
		const free = async (): Promise<number> =>
			Number((await at.ask("AT+SYSRAM?␍␊", /\+SYSRAM:(\d+),\d+␍␊␍␊OK␍␊/))[0]);
		const before = await free();
		const expression = (i: number, end: string): string => `${i}`.padStart(62, "x") + `.${end}`;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (let i = 0; i < 16; i++) await add(w, expression(i, "h"), expression(i, "t"));
		await add(w, "^one more", "", errorNumber(NO_ROOM));
		const lines = Array.from(
			{ length: 16 },
			(_, i) => `+SYSMSGFILTERCFG:${i},"${expression(i, "h")}","${expression(i, "t")}"`,
		);
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", answer(...lines));
		await at.chat("AT+SYSMSGFILTERCFG=0␍␊", OK);
		const after = await free();
		if (after !== before) throw new Error(`${before - after} bytes are missing`);
	});
	test("takes exactly the bytes announced: no CR LF of theirs ends them, and one behind them is nothing", async w => {
		const { at } = w;
		await at.chat("AT+SYSMSGFILTERCFG=1,2,2␍␊", PROMPT);
		await at.send("␍␊");
		await at.expectNothing(50);
		await at.chat("AT␍␊", OK);
		await at.chat("AT+SYSMSGFILTERCFG?␍␊", answer('+SYSMSGFILTERCFG:0,"␍␊","AT"'));
		await at.chat("AT+SYSMSGFILTERCFG=1,1,1␍␊", PROMPT);
		await at.chat("abc", `␍␊busy p...␍␊${OK}`);
	});
});

describe("a filter's effect", () => {
	echoed("on an echo, which is a message of its own", async w => {
		await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await filtered(w, "^AT+SYSRAM?␍␊$");
		await w.at.chat("ATE1␍␊", OK);
		await w.at.ask("AT+SYSRAM?␍␊", /\+SYSRAM:\d+,\d+␍␊␍␊OK␍␊/);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("on OK, and not on ERROR", async w => {
		await filtered(w, "", "␍␊OK␍␊$");
		await w.at.send("AT␍␊");
		await w.at.expectNothing(50);
		await w.at.chat("AT+FAKE␍␊", ERROR);
		await w.at.chat("AT+SYSMSGFILTER?␍␊", "+SYSMSGFILTER:1␍␊");
		await w.at.chat("AT+SYSMSGFILTERCFG=1,3,0␍␊", "␍␊>");
		await w.at.send("xyz");
		await w.at.expectNothing(50); // its OK is not seen, and a line that comes before it is surplus
		await w.at.chat("AT+SYSMSGFILTERCFG=0␍␊", OK);
		await w.at.chat("AT␍␊", OK);
	});
	test("on ERROR, and not on its number", async w => {
		await filtered(w, "^␍␊ERROR␍␊$");
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		await w.at.chat("AT+FAKE␍␊", "ERR CODE:0x01090000␍␊");
	});
	test("on the line of an answer: what matched is taken out, the rest stays", async w => {
		await filtered(w, "^+CWMODE:", "␍␊$");
		await w.at.chat("AT+CWMODE?␍␊", `0${OK}`);
		await w.at.chat("AT+SYSMSGFILTER=0␍␊", OK);
		await w.at.chat("AT+CWMODE?␍␊", answer("+CWMODE:0"));
	});
	test("each line of an answer is a message", async w => {
		await filtered(w, "^SDK version:[^\r]*\r\n");
		await w.at.ask("AT+GMR␍␊", /AT version:[^\r]*␍␊compile time[^\r]*␍␊Bin version:[^\r]*␍␊␍␊OK␍␊/);
	});
	test("on events: the guide's example", async w => {
		await filtered(w, "^WIFI CONNECTED␍␊");
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', `WIFI GOT IP␍␊${OK}`, 5_000);
		await remove(w, "^WIFI CONNECTED␍␊");
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', `WIFI DISCONNECT␍␊WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`, 5_000);
	});
	test("on the prompt, Recv and SEND OK", async w => {
		const peer = await linked(w);
		await filtered(w, "^␍␊>$");
		await w.at.chat("AT+CIPSEND=3␍␊abc", `${OK}␍␊Recv 3 bytes␍␊␍␊SEND OK␍␊`);
		await peer.expect("abc");
		await w.at.chat("AT+SYSMSGFILTERCFG=0␍␊", OK);
		await add(w, "^␍␊Recv .* bytes␍␊");
		await add(w, "^␍␊SEND OK␍␊");
		await w.at.chat("AT+CIPSEND=3␍␊def", PROMPT);
		await peer.expect("def");
	});
	test("on received data: header and payload are one message", async w => {
		const { at } = w;
		const peer = await linked(w);
		await filtered(w, "^␍␊+IPD,[0-9]*:", "␍␊$");
		await peer.send("hello␍␊");
		await at.expect("hello");
		await peer.send("no end");
		await at.expect("␍␊+IPD,6:no end");
		await at.chat("AT+SYSMSGFILTER=0␍␊", OK);
		await peer.send("hello␍␊");
		await at.expect("␍␊+IPD,7:hello␍␊");
	});
	test("on passthrough: each read is a message", async w => {
		const { at } = w;
		const peer = await linked(w);
		await add(w, "^secret: ", ";$");
		await w.passthrough();
		await peer.send("secret: a;");
		await at.expect("secret: a;");
		await delay(50);
		await at.send("+++");
		await delay(100);
		await at.chat("AT+SYSMSGFILTER=1␍␊", OK);
		await at.chat("AT+CIPSEND␍␊", PROMPT);
		await peer.send("secret: a;");
		await at.expect("a");
		await delay(50);
		await peer.send("public");
		await at.expect("public");
		await at.send("secret: b;");
		await peer.expect("secret: b;");
	});
	test("busy, too, is a message", async w => {
		await filtered(w, "^␍␊busy p\\.\\.\\.␍␊$");
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊AT␍␊', `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`, 5_000);
	});
	test("the first of several that matches is the only one", async w => {
		await filtered(w, "^+CW", "x*");
		await add(w, "^+CWMODE:");
		await w.at.chat("AT+CWMODE?␍␊", `MODE:0␍␊${OK}`);
		await remove(w, "^+CW", "x*");
		await w.at.chat("AT+CWMODE?␍␊", `0␍␊${OK}`);
	});
	test("as in 4.1.1, here on +IPD: the host receives a file, and nothing but its bytes", async w => {
		const { at } = w;
		const peer = await linked(w);
		const file = randomBytes(200_000);
		await add(w, "^␍␊+IPD,[0-9]*:");
		await add(w, "", "␍␊OK␍␊$");
		await at.chat("AT+SYSMSGFILTER=1␍␊", OK);
		await both(peer.send(file), at.expect(file, 20_000));
		await at.chat("AT+FAKE␍␊", ERROR);
		await at.chat("AT+SYSMSGFILTERCFG=0␍␊", OK);
		await at.chat("AT+SYSMSGFILTER=0␍␊", OK);
	});
	test("an expression that would cost too much lets messages through as they are, and is told in the statistics", async w => {
		const { at } = w;
		const peer = await linked(w);
		await filtered(w, "\\([#x]*\\)\\{40\\}y");
		await peer.send("#".repeat(1_000));
		await at.expect(`␍␊+IPD,1000:${"#".repeat(1_000)}`);
		const { statistics } = (await w.control.request("statistics")) as {
			statistics: { port: { unfiltered: number } };
		};
		if (statistics.port.unfiltered !== 1) throw new Error(`unfiltered: ${statistics.port.unfiltered}`);
		await at.chat("AT␍␊", OK);
	});
});

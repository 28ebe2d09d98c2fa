// SPDX-License-Identifier: Apache-2.0

/** The AT port under what a host may send it: floods, noise, halves of lines (wire-format.md, rules 1 to 5). */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { both, delay, ERROR, OK, READY, type Wire, wireTest } from "./harness.ts";

const test = wireTest({ limit: 60_000 });
const echoed = wireTest({ echo: true });
const paced = wireTest({ pace: true, limit: 60_000 });
const JOINED = `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`;
const MANY = 10_000;

/** What must be the same before and after: live heap of JavaScript, its keys, the C arena; and nothing was thrown. */
async function memory({ control }: Wire): Promise<Record<string, number | undefined>> {
	const { statistics } = (await control.request("statistics", { collect: true })) as {
		statistics: Record<string, Record<string, number>>;
	};
	const now: Record<string, number | undefined> = {};
	for (const [group, name] of [
		["heap", "used"],
		["chunks", "used"],
		["keys", "used"],
		["arena", "used"],
		["javascript", "exceptions"],
		["javascript", "rejections"],
	] as const) {
		now[`${group}.${name}`] = statistics[group]?.[name];
		assert.equal(typeof statistics[group]?.[name], "number", `statistics: ${JSON.stringify(statistics)}`);
	}
	return now;
}

/** The same when nothing more is under way: twice alike, a little apart. */
async function settledMemory(w: Wire): Promise<Record<string, number | undefined>> {
	for (let last = await memory(w); ;) {
		await delay(50);
		const now = await memory(w);
		if (isDeepStrictEqual(now, last)) return now;
		last = now;
	}
}

/**
 * The body must leave the twin's memory as it found it. What the engine holds of the last thing it did differs by some
 * bytes from time to time; a leak grows every time.
 */
function memoryTest(title: string, body: (w: Wire) => Promise<void>): void {
	test(title, async w => {
		// Once for what is allocated at first use and kept.
		await body(w);
		const seen = [await settledMemory(w)];
		for (let i = 0; i < 3; i++) {
			await body(w);
			const before = seen.at(-1) ?? {};
			const now = await settledMemory(w);
			seen.push(now);
			if (Object.keys(now).every(name => (now[name] ?? Infinity) <= (before[name] ?? 0))) return;
		}
		assert.fail(`it grew each time: ${JSON.stringify(seen)}`);
	});
}

/** How many lines a stream of bytes holds, by rule 1. */
function countLines(data: string): number {
	let count = 0;
	for (let at = 0; ; count++) {
		while (at < data.length && "\r\n \t".includes(data.charAt(at))) at++;
		const end = data.indexOf("\r\n", at);
		if (end < 0) return count;
		at = end + 2;
	}
}

/** Repeatable bytes of an alphabet. */
function noise(length: number, alphabet: string, seed: number): string {
	let state = seed;
	let text = "";
	for (let i = 0; i < length; i++) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		text += alphabet.charAt((state >>> 16) % alphabet.length);
	}
	return text;
}

describe("floods", () => {
	memoryTest(`${MANY} AT in one write give ${MANY} OK`, async ({ at }) => {
		await at.chat("AT␍␊".repeat(MANY), OK.repeat(MANY), 30_000);
	});
	memoryTest(`${MANY} unknown commands in one write give ${MANY} ERROR`, async ({ at }) => {
		await at.chat("AT+FAKE␍␊".repeat(MANY), ERROR.repeat(MANY), 30_000);
	});
	memoryTest("no two of 10,000 names are known; none is remembered", async ({ at }) => {
		const lines = Array.from({ length: MANY }, (_, i) => `AT+F${i}␍␊`).join("");
		await at.chat(lines, ERROR.repeat(MANY), 30_000);
	});
	memoryTest(
		`a slow command and ${MANY - 1} AT in one write: its answer, and OK and busy make ${MANY - 1}`,
		async ({ at }) => {
			await at.chat("AT+CWMODE=1␍␊", OK);
			await at.send(`AT+CWJAP="net","12345678"␍␊${"AT␍␊".repeat(MANY - 1)}`);
			const came: string[] = [];
			// The join's own OK is one more.
			for (let results = 0; results < MANY;) {
				const [message] = await at.expectMatch(
					/␍␊OK␍␊|␍␊busy p\.\.\.␍␊|WIFI CONNECTED␍␊|WIFI GOT IP␍␊|WIFI DISCONNECT␍␊/,
					10_000,
				);
				came.push(message.trim());
				if (/OK|busy/.test(message)) results++;
			}
			const others = came.filter(message => message !== "busy p..." && message !== "OK");
			// Joined already when memoryTest does it the second time.
			assert.deepEqual(
				others.filter(message => message !== "WIFI DISCONNECT"),
				["WIFI CONNECTED", "WIFI GOT IP"],
			);
			assert.ok(came.includes("busy p..."));
			// Nothing is busy after the answer, and nothing OK before it.
			assert.ok(came.lastIndexOf("busy p...") < came.indexOf("OK"));
			assert.ok(came.indexOf("WIFI GOT IP") < came.indexOf("OK"));
		},
	);
	test("a host that sends and does not read is stopped, and loses nothing", async ({ at }) => {
		at.pause();
		// Far more than the buffers of a pty hold.
		const sending = at.send("AT␍␊".repeat(10 * MANY));
		assert.equal(await Promise.race([sending.then(() => "all taken"), delay(1_000)]), undefined);
		at.resume();
		await both(sending, at.expect(OK.repeat(10 * MANY), 30_000));
	});
	test("byte by byte", async ({ at }) => {
		for (let i = 0; i < 50; i++) for (const byte of "AT\r\n") await at.send(byte);
		await at.expect(OK.repeat(50));
	});
});

describe("a line without an end", () => {
	for (const [what, start] of [
		["of letters", "A"],
		["that begins as a command", "AT+CWJAP="],
		["of zeros", "\x00"],
	] as [string, string][]) {
		memoryTest(`1 MB ${what}: nothing until it ends, then exactly one ERROR`, async ({ at }) => {
			await at.send(Buffer.from(start + "\x00A\xff".repeat(350_000), "latin1"));
			await at.expectNothing(100);
			await at.chat("␍␊", ERROR);
			await at.chat("AT␍␊", OK);
		});
	}
	test("1 MB with lone CR and LF in it is one line", async ({ at }) => {
		await at.send("x" + "a␍b␊c␊␍d".repeat(130_000));
		await at.expectNothing(100);
		await at.chat("␍␊AT␍␊", ERROR + OK);
	});
});

describe("what is no line, and what is", () => {
	test("between commands CR, LF and blanks are ignored", async ({ at }) => {
		await at.send("␍␊␍␊ ␍␊\t␍␊␊␊␍␍");
		await at.expectNothing(100);
		for (const before of ["␍", "␊", "␍␊", "  ", "␊ ␍ \t"]) await at.chat(`${before}AT␍␊`, OK);
	});
	test("a blank line never makes busy, nor an answer", async ({ at }) => {
		await at.chat("␍␊AT␍␊␍␊AT␍␊ ␍␊", OK + OK);
	});
	test("inside a line a lone CR or LF is part of it, and wrong", async ({ at }) => {
		for (const line of ["AT␊␍␊", "AT␍␍␊", "A␊T␍␊", "A␍T␍␊", "AT␊␊AT␍␊"]) await at.chat(line, ERROR);
	});
	test("LF or CR alone end no line", async ({ at }) => {
		await at.send("AT␊");
		await at.expectNothing(50);
		await at.chat("␍␊", ERROR);
		await at.send("AT␍");
		await at.expectNothing(50);
		await at.chat("␊", OK);
	});
	test("lower case is no AT", async ({ at }) => {
		await at.chat("at␍␊At␍␊aT␍␊", ERROR + ERROR + ERROR);
	});
	test("NUL is a byte as any other", async ({ at, control }) => {
		await at.chat("\x00␍␊", ERROR);
		await at.chat("AT\x00␍␊", ERROR);
		await at.chat("\x00AT␍␊", ERROR);
		await at.chat("AT+SYSLOG=1\x00␍␊", ERROR);
		// Does not end a string: there is an "a", but no "a␀b".
		await control.request("ap.add", { ssid: "a", password: "12345678" });
		await at.chat("AT+CWMODE=1␍␊", OK);
		await at.chat('AT+CWJAP="a\x00b","12345678"␍␊', `+CWJAP:3␍␊${ERROR}`, 5_000);
		await at.chat('AT+CWJAP="a","12345678"␍␊', JOINED, 5_000);
	});
	for (const seed of [1, 2, 3]) {
		memoryTest(`noise ${seed}: one ERROR for each line in it`, async ({ at }) => {
			// No T, so that no line is a command.
			const data = noise(100_000, '\x00\x01\x7f\x80\xffA+"\\, \t\r\n\r\n\r\n', seed) + "x\r\n";
			const lines = countLines(data);
			assert.ok(lines > 100);
			await at.chat(Buffer.from(data, "latin1"), ERROR.repeat(lines), 30_000);
			await at.chat("AT␍␊", OK);
		});
	}
});

describe("echo", () => {
	echoed("comes when the line is complete, in one piece, before the answer", async ({ at }) => {
		await at.send("A");
		await at.expectNothing(50);
		await at.chat("T␍␊", `AT␍␊${OK}`);
	});
	echoed("is the line as it was received", async ({ at }) => {
		const line = 'AT+FAKE="\x01\x7f\x80\xff \t\\",1,,"␊"␍␊';
		await at.chat(line, line + ERROR);
	});
	echoed("of 1000 lines in one write stands before each answer", async ({ at }) => {
		await at.chat("AT␍␊".repeat(1_000), `AT␍␊${OK}`.repeat(1_000), 10_000);
	});
	echoed("is not torn by an event", async ({ at, control }) => {
		await at.chat("AT+CWMODE=1␍␊", `AT+CWMODE=1␍␊${OK}`);
		const join = 'AT+CWJAP="net","12345678"␍␊';
		await at.chat(join, join + JOINED);
		await at.send("AT+SYS");
		await control.request("station.drop");
		await at.expect("WIFI DISCONNECT␍␊WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
		await at.chat("MSG?␍␊", `AT+SYSMSG?␍␊+SYSMSG:0␍␊${OK}`);
	});
});

describe("a reset in the middle of a line", () => {
	for (const cmd of ["reset", "power.cut"]) {
		echoed(`${cmd}: the half is forgotten`, async ({ at, control }) => {
			await at.send("AT+SYSMSG");
			await delay(100);
			await control.request(cmd);
			await at.expect(READY, 4_000);
			await at.chat("?␍␊", `?␍␊${ERROR}`);
			await at.chat("AT␍␊", `AT␍␊${OK}`);
		});
	}
	test("what comes behind AT+RST before ready is dropped", async ({ at }) => {
		await at.chat(`AT+RST␍␊${"AT␍␊".repeat(1_000)}AT+SYS`, OK + READY, 4_000);
		await at.expectNothing(200);
		await at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("in the middle of data", async w => {
		await w.join();
		await w.connect(await w.listen());
		await w.at.chat("AT+CIPSEND=100␍␊", `${OK}␍␊>`);
		await w.at.send("half");
		await delay(100);
		await w.control.request("reset");
		await w.at.expect(READY, 4_000);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("in the middle of passthrough", async w => {
		await w.join();
		await w.connect(await w.listen());
		await w.passthrough();
		await w.at.send("half");
		await delay(100);
		await w.control.request("power.cut");
		await w.at.expect(READY, 4_000);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 3_000);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
});

describe("a slow line", () => {
	/** Sends at 80 baud, and expects all of the answer, then that the module is there again. */
	const slowly = (title: string, line: string, wanted: string): void =>
		paced(`80 baud: ${title}`, async ({ at }) => {
			await at.chat("AT+UART_CUR=80,8,1,0,0␍␊", OK);
			await delay(50);
			await at.chat(`${line}␍␊`, wanted, 15_000);
		});
	slowly("AT+RST", "AT+RST", OK + READY);
	slowly("AT+RESTORE", "AT+RESTORE", OK + READY);
	slowly("AT+GSLP", "AT+GSLP=100", `100␍␊${OK}${READY}`);
	paced("9,600 baud: what was asked before AT+RST is answered whole", async ({ at }) => {
		await at.chat("AT+UART_CUR=9600,8,1,0,0␍␊", OK);
		await delay(50);
		await at.send("AT+CMD?␍␊AT+RST␍␊");
		const [list] = await at.expectMatch(/(\+CMD:\d+,"[^"]+",[01],[01],[01],[01]␍␊)+␍␊OK␍␊␍␊OK␍␊␍␊ready␍␊/, 20_000);
		assert.ok(list.split("+CMD:").length > 90);
	});
	paced("4,800 baud: the new rate comes when all at the old one has left", async ({ at }) => {
		await at.chat("AT+UART_CUR=4800,8,1,0,0␍␊", OK);
		await delay(50);
		const begin = Date.now();
		await at.send("AT+CMD?␍␊AT+UART_CUR=115200,8,1,0,0␍␊");
		await at.expectMatch(/(\+CMD:\d+,"[^"]+",[01],[01],[01],[01]␍␊)+␍␊OK␍␊␍␊OK␍␊/, 20_000);
		/* 2,800 bytes at 4,800 baud take 5.8 s; at 115,200 what is left after half a second would be there at once. */
		assert.ok(Date.now() - begin > 5_000, `${Date.now() - begin} ms`);
		await at.chat("AT␍␊", OK);
	});
});

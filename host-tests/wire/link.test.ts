// SPDX-License-Identifier: Apache-2.0

/** One TCP link in single mode: CIPSTART, CIPSEND, +IPD, CIPCLOSE (guide, chapter 3.3). */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import {
	answer,
	both,
	deadPort,
	delay,
	errorNumber,
	ERROR,
	OK,
	type PeerSocket,
	READY,
	type Wire,
	wireTest,
	unusedPort,
} from "./harness.ts";

const test = wireTest();
const echoed = wireTest({ echo: true });
const PROMPT = `${OK}␍␊>`;
const CONNECTED = `CONNECT␍␊${OK}`;
const CLOSED = `CLOSED␍␊${OK}`;
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Joins and connects. */
async function linked(w: Wire): Promise<PeerSocket> {
	await w.join();
	return w.connect(await w.listen());
}

function sent(length: number): string {
	return `␍␊Recv ${length} bytes␍␊␍␊SEND OK␍␊`;
}

/** Reads +IPD frames until they hold `length` bytes. */
async function receive({ at }: Wire, length: number): Promise<{ data: Buffer; frames: number[] }> {
	const frames: number[] = [];
	const data: Buffer[] = [];
	for (let missing = length; missing > 0;) {
		const [, size] = await at.expectMatch(/␍␊\+IPD,(\d+):/);
		frames.push(Number(size));
		data.push(await at.reader.take(Number(size), 2_000));
		missing -= Number(size);
	}
	return { data: Buffer.concat(data), frames };
}

describe("AT+CIPSTART", () => {
	test("connects, and the peer sees the station's address", async w => {
		const peer = await linked(w);
		assert.equal(peer.remote.address, await w.address());
	});
	test("with every parameter, given, empty or omitted", async w => {
		await w.join();
		const ip = await w.address();
		const server = await w.listen();
		for (const rest of [
			"",
			",",
			",,",
			",,,",
			",0",
			",7200",
			",60,",
			`,60,"${ip}"`,
			`,,"${ip}"`,
			',,""',
			",,,0",
			",,,60000",
			",0,,5000",
			`,7200,"${ip}",60000`,
		]) {
			// prettier-ignore
			await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${server.port}${rest}␍␊`, CONNECTED);
			const peer = await server.accept();
			assert.equal(peer.remote.address, ip, rest);
			await w.at.chat("AT+CIPCLOSE␍␊", CLOSED);
			await peer.expectEnd();
		}
	});
	test("refuses what is out of range, naming the parameter", async w => {
		await w.join();
		const { port } = await w.listen();
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [parameters, code] of [
			[`"TCX","127.0.0.1",${port}`, 0x01070000],
			[`"tcp","127.0.0.1",${port}`, 0x01070000],
			[`TCP,"127.0.0.1",${port}`, 0x01050000],
			[`"TCP","${"h".repeat(65)}",${port}`, 0x01040001],
			[`"TCP",127,${port}`, 0x01050001],
			['"TCP","127.0.0.1",0', 0x01070002],
			['"TCP","127.0.0.1",65536', 0x01070002],
			['"TCP","127.0.0.1","80"', 0x01050002],
			[`"TCP","127.0.0.1",${port},-1`, 0x01070003],
			[`"TCP","127.0.0.1",${port},7201`, 0x01070003],
			[`"TCP","127.0.0.1",${port},,127`, 0x01050004],
			[`"TCP","127.0.0.1",${port},,,-1`, 0x01070005],
			[`"TCP","127.0.0.1",${port},,,60001`, 0x01070005],
		] as [string, number][])
			await w.at.chat(`AT+CIPSTART=${parameters}␍␊`, errorNumber(code));
		await w.at.ask('AT+CIPSTART="TCP"␍␊', /ERR CODE:0x0106[0-9a-f]{2}01␍␊␍␊ERROR␍␊/);
	});
	test("a local IP that is not ours: ERROR", async w => {
		await w.join();
		const { port } = await w.listen();
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${port},,"192.0.2.1"␍␊`, ERROR);
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${port}␍␊`, CONNECTED);
	});
	test("nobody listens: ERROR, and nothing else", async w => {
		await w.join();
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${await unusedPort(w.journal)}␍␊`, ERROR);
		await w.at.expectNothing(100);
	});
	test("already connected: ERROR, and the link goes on", async w => {
		await w.join();
		const server = await w.listen();
		const peer = await w.connect(server);
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${server.port}␍␊`, ERROR);
		assert.equal(server.connections, 1);
		await peer.send("still");
		await w.at.expect("␍␊+IPD,5:still");
	});
	test("without an access point: ERROR", async w => {
		const { port } = await w.listen();
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${port}␍␊`, ERROR);
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${port}␍␊`, ERROR);
	});
	test("resolves names", async w => {
		await w.join();
		const server = await w.listen();
		await w.at.chat(`AT+CIPSTART="TCP","localhost",${server.port}␍␊`, CONNECTED);
		await server.accept();
		await w.at.chat("AT+CIPCLOSE␍␊", CLOSED);
		await w.at.chat(`AT+CIPSTART="TCP","nobody.invalid",${server.port}␍␊`, ERROR, 20_000);
	});
	test("timeout: within its milliseconds, where the network would take minutes", async w => {
		await w.join();
		const port = await deadPort(end => w.after(end));
		const began = performance.now();
		await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${port},,,700␍␊`, ERROR);
		const took = performance.now() - began;
		assert.ok(took > 650 && took < 1_200, `${took} ms`);
	});
	test("while it waits, other lines are busy, and AT+RST is not", async w => {
		await w.join();
		const port = await deadPort(end => w.after(end));
		await w.at.send(`AT+CIPSTART="TCP","127.0.0.1",${port}␍␊AT␍␊`);
		await w.at.expect("␍␊busy p...␍␊");
		await w.at.chat("AT+SYSMSG?␍␊", "␍␊busy p...␍␊");
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊");
	});
	test("keep_alive sets the socket's, and is the default for the next link", async w => {
		await w.join();
		const server = await w.listen();
		for (const [given, seconds] of [
			[",100", 100],
			["", 100],
			[",,", 100],
			[",0", 0],
			["", 0],
		] as [string, number][]) {
			await w.at.chat(`AT+CIPSTART="TCP","127.0.0.1",${server.port}${given}␍␊`, CONNECTED);
			const { port } = (await server.accept()).remote;
			const left = keepAliveTimer(port, server.port);
			assert.ok(seconds === 0 ? left === 0 : left > seconds - 5 && left <= seconds, `"${given}": ${left} s`);
			await w.at.chat("AT+CIPCLOSE␍␊", CLOSED);
		}
	});
});

/** Seconds until the kernel's keep-alive timer of the connection between two ports fires; 0 = it has none. */
function keepAliveTimer(local: number, remote: number): number {
	const hex = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
	const sockets = readFileSync("/proc/net/tcp", "latin1")
		.split("\n")
		.map(line => line.trim().split(/\s+/));
	const fields = sockets.find(([, from, to]) => from?.endsWith(hex(local)) && to?.endsWith(hex(remote)));
	assert.ok(fields, `no connection between ports ${local} and ${remote}`);
	const [kind, when] = (fields[5] ?? "").split(":");
	// 02: keep-alive; the time is in 1/100 s.
	return kind === "02" ? parseInt(when ?? "", 16) / 100 : 0;
}

describe("AT+SYSMSG bit 1", () => {
	test("tells the whole of a connection instead of CONNECT", async w => {
		await w.join();
		await w.at.chat("AT+SYSMSG=2␍␊", OK);
		const server = await w.listen();
		const line = `"TCP",0,"127.0.0.1",${server.port}`;
		const ask = `AT+CIPSTART="TCP","127.0.0.1",${server.port}␍␊`;
		const [port] = await w.at.ask(ask, new RegExp(`\\+LINK_CONN:0,0,${line},(\\d+)␍␊␍␊OK␍␊`));
		assert.equal((await server.accept()).remote.port, Number(port));
		await w.at.chat("AT+CIPCLOSE␍␊", CLOSED);
	});
	test("a connection that fails has status 1", async w => {
		await w.join();
		await w.at.chat("AT+SYSMSG=2␍␊", OK);
		const port = await unusedPort(w.journal);
		const line = new RegExp(`\\+LINK_CONN:1,0,"TCP",0,"127.0.0.1",${port},\\d+␍␊␍␊ERROR␍␊`);
		await w.at.ask(`AT+CIPSTART="TCP","127.0.0.1",${port}␍␊`, line);
	});
});

describe("AT+CIPSEND=length", () => {
	for (const length of [1, 256, 1440, 2920, 8192]) {
		test(`${length} bytes of every value`, async w => {
			const peer = await linked(w);
			const data = Buffer.concat([ALL_BYTES, randomBytes(8192)]).subarray(0, length);
			await w.at.chat(`AT+CIPSEND=${length}␍␊`, PROMPT);
			await both(w.at.chat(data, sent(length)), peer.expect(data));
		});
	}
	test("takes 1 to 8192", async w => {
		await linked(w);
		await w.at.chat("AT+SYSLOG=1␍␊", OK);
		for (const length of [0, 8193, -1]) await w.at.chat(`AT+CIPSEND=${length}␍␊`, errorNumber(0x01070000));
		await w.at.chat('AT+CIPSEND="4"␍␊', errorNumber(0x01050000));
	});
	test("without a link: ERROR, and no prompt", async w => {
		await w.at.chat("AT+CIPSEND=4␍␊", ERROR);
		await w.join();
		await w.at.chat("AT+CIPSEND=4␍␊", ERROR);
		await w.at.chat("AT␍␊", OK);
	});
	test("data are data: commands, line ends and +++ in them too", async w => {
		const peer = await linked(w);
		const data = "AT␍␊+++AT+RST␍␊\x00␍␊␍␊";
		await w.at.chat(`AT+CIPSEND=${data.length}␍␊`, PROMPT);
		await both(w.at.chat(data, sent(data.length)), peer.expect(data));
	});
	test("data may come in pieces", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSEND=11␍␊", PROMPT);
		for (const piece of ["a", "bc", "+++", "d␍␊"]) {
			await w.at.send(piece);
			await w.at.expectNothing(50);
		}
		await w.at.chat("ef", sent(11));
		await peer.expect("abc+++d␍␊ef");
	});
	test("data right behind the command wait for the prompt", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSEND=4␍␊test", PROMPT + sent(4));
		await peer.expect("test");
	});
	echoed("data are not echoed, the command is", async w => {
		await w.at.chat("AT+CWMODE=1␍␊", `AT+CWMODE=1␍␊${OK}`);
		await w.at.chat('AT+CWJAP="net","12345678"␍␊', `AT+CWJAP="net","12345678"␍␊WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		const server = await w.listen();
		const start = `AT+CIPSTART="TCP","127.0.0.1",${server.port}␍␊`;
		await w.at.chat(start, start + CONNECTED);
		await w.at.chat("AT+CIPSEND=4␍␊", `AT+CIPSEND=4␍␊${PROMPT}`);
		await w.at.chat("test", sent(4));
		await (await server.accept()).expect("test");
	});
	test("more than announced: one busy for the burst, the rest is dropped", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSEND=4␍␊", PROMPT);
		await w.at.chat("testabcdAT␍␊", "␍␊Recv 4 bytes␍␊␍␊busy p...␍␊␍␊SEND OK␍␊");
		await peer.expect("test");
		await peer.expectNothing(100);
		await w.at.chat("AT␍␊", OK);
	});
	test("more than announced, but only CR, LF and blanks: dropped silently", async w => {
		const peer = await linked(w);
		for (const rest of ["␍␊", "␍", "␊␊ ␍␊", "   "]) {
			await w.at.chat("AT+CIPSEND=4␍␊", PROMPT);
			await w.at.chat(`test${rest}`, sent(4));
			await peer.expect("test");
			await w.at.chat("AT␍␊", OK);
		}
	});
	test("nothing else is sent from the prompt to the end of the data", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSEND=4␍␊", PROMPT);
		await peer.send("hello");
		await w.at.expectNothing(200);
		await w.at.send("test");
		await w.at.expectMatch(/␍␊Recv 4 bytes␍␊(?:␍␊SEND OK␍␊␍␊\+IPD,5:hello|␍␊\+IPD,5:hello␍␊SEND OK␍␊)/);
		await peer.expect("test");
	});
	test("the peer is gone when the data come: SEND FAIL", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPSEND=4␍␊", PROMPT);
		peer.reset();
		await w.at.expectNothing(200);
		await w.at.send("test");
		await w.at.expectMatch(/␍␊Recv 4 bytes␍␊(?:␍␊SEND FAIL␍␊CLOSED␍␊|CLOSED␍␊␍␊SEND FAIL␍␊)/);
		await w.at.chat("AT+CIPSEND=4␍␊", ERROR);
	});
	test("100 times 8192 bytes arrive in order", async w => {
		const peer = await linked(w);
		for (let i = 0; i < 100; i++) {
			const data = randomBytes(8192);
			await w.at.chat("AT+CIPSEND=8192␍␊", PROMPT);
			await both(w.at.chat(data, sent(8192)), peer.expect(data));
		}
	});
});

describe("+IPD", () => {
	test("has the length and the bytes, and nothing after them", async w => {
		const peer = await linked(w);
		await peer.send("x");
		await w.at.expect("␍␊+IPD,1:x");
		await peer.send(ALL_BYTES);
		await w.at.expect(Buffer.concat([Buffer.from("\r\n+IPD,256:"), ALL_BYTES]));
		await w.at.expectNothing(100);
	});
	test("holds 1440 bytes at most", async w => {
		const peer = await linked(w);
		for (const length of [1440, 1441, 2880, 100_000]) {
			const data = randomBytes(length);
			await peer.send(data);
			const got = await receive(w, length);
			assert.ok(got.data.equals(data));
			assert.equal(Math.max(...got.frames), 1440, `${length} bytes in frames of ${got.frames.join()}`);
		}
	});
	test("does not split an answer, nor an answer it", async w => {
		const peer = await linked(w);
		const data = randomBytes(200_000);
		const commands = 200;
		const line = "AT+SYSMSG?␍␊";
		await Promise.all([peer.send(data), w.at.send(line.repeat(commands))]);
		const text = answer("+SYSMSG:0");
		let answers = 0;
		const received: Buffer[] = [];
		for (let missing = data.length; missing > 0 || answers < commands;) {
			const [whole, size] = await w.at.expectMatch(new RegExp(`␍␊\\+IPD,(\\d+):|${text.replace("+", "\\+")}`));
			if (size === undefined) {
				assert.ok(whole.startsWith("+SYSMSG"));
				answers++;
				continue;
			}
			received.push(await w.at.reader.take(Number(size), 2_000));
			missing -= Number(size);
		}
		assert.equal(answers, commands);
		assert.ok(Buffer.concat(received).equals(data));
	});
	test("a host that does not read stops the peer; nothing is lost", async w => {
		const peer = await linked(w);
		w.at.pause();
		const data = randomBytes(8_000_000);
		const all = peer.send(data);
		assert.equal(await Promise.race([all.then(() => "sent"), delay(2_000)]), undefined, "the peer was not stopped");
		w.at.resume();
		const [, got] = await both(all, receive(w, data.length));
		assert.ok(got.data.equals(data));
	});
});

describe("the end of a link", () => {
	test("AT+CIPCLOSE: CLOSED before OK, and the peer sees it", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+CIPCLOSE␍␊", CLOSED);
		await peer.expectEnd();
		await w.at.chat("AT+CIPCLOSE␍␊", ERROR);
	});
	test("the peer closes: its last bytes, then CLOSED", async w => {
		const peer = await linked(w);
		await peer.send("bye");
		peer.end();
		await w.at.expect("␍␊+IPD,3:byeCLOSED␍␊");
		await w.at.chat("AT+CIPSEND=1␍␊", ERROR);
	});
	test("the peer aborts: CLOSED, and the next link works", async w => {
		const peer = await linked(w);
		peer.reset();
		await w.at.expect("CLOSED␍␊");
		await w.connect(await w.listen());
	});
	test("AT+RST closes it, and says only OK and ready", async w => {
		const peer = await linked(w);
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await peer.expectEnd();
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊");
		await w.at.chat("AT+CIPSEND=1␍␊", `AT+CIPSEND=1␍␊${ERROR}`);
	});
	test("the access point goes: WIFI DISCONNECT and CLOSED", async w => {
		await linked(w);
		await w.control.request("ap.set", { ssid: "net", present: false });
		await w.at.expectMatch(/(?:WIFI DISCONNECT␍␊CLOSED␍␊|CLOSED␍␊WIFI DISCONNECT␍␊)/);
		await w.at.chat("AT+CIPSEND=1␍␊", ERROR);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** TCP/IP commands in command mode (guide 3.3). Passthrough has passthrough.test.ts. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { BUSY, ERROR, errorNumber, OK, PROMPT } from "./answers";
import { online, PEER } from "./online";
import { boot } from "../shims/device";

const START = `AT+CIPSTART="TCP","${PEER}",80`;
const CONNECT = `CONNECT\r\n${OK}`;
const SEND_OK = "\r\nSEND OK\r\n";
const SEND_FAIL = "\r\nSEND FAIL\r\n";
const CLOSED = "CLOSED\r\n";

describe("AT+CIFSR", () => {
	it("tells what there is", async () => {
		const device = await online();
		const sta = '+CIFSR:STAIP,"192.168.1.2"\r\n+CIFSR:STAMAC,"7c:df:a1:00:00:01"\r\n';
		const ap = '+CIFSR:APIP,"192.168.4.1"\r\n+CIFSR:APMAC,"7c:df:a1:00:00:02"\r\n';
		assert.equal(await device.send("AT+CIFSR"), sta + OK);
		assert.equal(await device.send("AT+CWMODE=3"), OK);
		assert.equal(await device.send("AT+CIFSR"), `${ap}${sta}${OK}`);
		assert.equal(await boot().send("AT+CIFSR"), OK);
	});
});

describe("AT+CIPSTART", () => {
	it("connects: CONNECT, then OK", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(peer.connection.localAddress, "192.168.1.2");
		assert.equal(await device.send(START), errorNumber(0x010a0011), "the link is used");
		assert.equal(peer.connections.length, 1);
	});
	it("finds a name", async () => {
		const device = await online();
		device.net.listen(PEER, 80);
		device.net.names.set("www.example", PEER);
		assert.equal(await device.send('AT+CIPSTART="TCP","www.example",80'), CONNECT);
	});
	it("tells why it failed, as the error number", async () => {
		const device = await online();
		device.net.listen(PEER, 80);
		device.net.unreachable.add("10.0.0.1");
		for (const [line, number] of [
			['AT+CIPSTART="TCP","no.example",80', 0x010a0001],
			[`AT+CIPSTART="TCP","${PEER}",81`, 0x010a0003],
			['AT+CIPSTART="TCP","10.0.0.1",80', 0x010a0004],
			[`${START},,"192.168.9.9"`, 0x010a0005],
		] as const)
			assert.equal(await device.send(line), errorNumber(number), line);
		assert.equal(await device.send(START), CONNECT, "the link is free after each");
	});
	it("gives up after its timeout, 10 s by default; who asks meanwhile is told busy", async () => {
		const device = await online();
		device.net.listen(PEER, 80, { delay: Infinity });
		assert.equal(await device.send(START), "");
		assert.equal(await device.send("AT"), `ERR CODE:0x010b0000\r\n${BUSY}`);
		assert.equal(await device.advance(9_999), "");
		assert.equal(await device.advance(1), errorNumber(0x010a0002));
		assert.equal(await device.send(`${START},,,500`), "");
		assert.equal(await device.advance(499), "");
		assert.equal(await device.advance(1), errorNumber(0x010a0002));
	});
	it("takes keep-alive and the own address; without the first the last one holds", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(`${START},7200,"192.168.1.2"`), CONNECT);
		assert.equal(peer.connection.keepAlive, 7200);
		assert.equal(await device.send("AT+CIPCLOSE"), CLOSED + OK);
		assert.equal(await device.send(`${START},,""`), CONNECT);
		assert.equal(peer.connection.keepAlive, 7200);
	});
	it("needs a network", async () => {
		const device = boot();
		device.net.listen(PEER, 80);
		assert.equal(await device.send(START), ERROR);
	});
	it("refuses what cannot be", async () => {
		const device = await online();
		for (const [values, number] of [
			['"TLS","10.0.0.1",80', 0x01070000],
			['"UDP","10.0.0.1",80,0', 0x01070003],
			['"UDP","10.0.0.1",80,,1', 0x01070004],
			['"UDP","10.0.0.1",80,,2', 0x01070004],
			['"UDP","10.0.0.1",80,5,3', 0x01070004],
			['"UDP","10.0.0.1",80,5,0,1', 0x01050005],
			['"UDP","10.0.0.1",80,5,0,"10.0.0.2",60001', 0x01070006],
			['"TCP","10.0.0.1",80,,,1,1', 0x01070006],
			['"TCP","10.0.0.1",80,"x"', 0x01050003],
			['"TCP","10.0.0.1",80,,"::1"', 0x01070004],
			['"TCP","",80', 0x01040001],
			[`"TCP","${"h".repeat(65)}",80`, 0x01040001],
			['"TCP","10.0.0.1",0', 0x01070002],
			['"TCP","10.0.0.1",65536', 0x01070002],
			['"TCP","10.0.0.1",80,7201', 0x01070003],
			['"TCP","10.0.0.1",80,,"no address"', 0x01070004],
			['"TCP","10.0.0.1",80,,"1.2.3"', 0x01070004],
			['"TCP","10.0.0.1",80,,,60001', 0x01070005],
			['"TCP","10.0.0.1"', 0x01060302],
			['0,"TCP","10.0.0.1",80', 0x01050000],
		] as const)
			assert.equal(await device.send(`AT+CIPSTART=${values}`), errorNumber(number), values);
	});
	it("with a host name that holds a NUL fails, and the link stays free", async () => {
		const device = await online();
		device.net.listen(PEER, 80);
		assert.equal(await device.send('AT+CIPSTART="TCP","a\0b",80'), errorNumber(0x01070001));
		assert.equal(await device.send(START), CONNECT);
	});
});

describe("a host that holds a NUL", () => {
	it("is none for AT+PING, AT+CIPDOMAIN and a datagram", async () => {
		const device = await online();
		assert.equal(await device.send(`AT+PING="${PEER}\0"`), errorNumber(0x01070000));
		assert.equal(await device.send('AT+CIPDOMAIN="localhost\0x"'), errorNumber(0x01070000));
		assert.equal(await device.send(`AT+CIPSTART="UDP","${PEER}",80`), CONNECT);
		assert.equal(await device.send(`AT+CIPSEND=1,"${PEER}\0",80`), errorNumber(0x01070001));
	});
});

describe("AT+CIPSEND", () => {
	it("sends exactly the bytes that were announced", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(await device.send("AT+CIPSEND=6"), PROMPT);
		assert.equal(await device.write("a\r\n"), "");
		assert.equal(await device.write("\0+\xff"), `\r\nRecv 6 bytes\r\n${SEND_OK}`);
		assert.equal(peer.connection.received, "a\r\n\0+\xff");
	});
	it("waits for a peer that does not read; if that resets the connection, it fails", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		peer.connection.blocked = true;
		assert.equal(await device.write("AT+CIPSEND=1\r\n1"), `${PROMPT}\r\nRecv 1 bytes\r\n`);
		peer.connection.resume();
		assert.equal(await device.heard(), SEND_OK);
		peer.connection.blocked = true;
		assert.equal(await device.write("AT+CIPSEND=1\r\n2"), `${PROMPT}\r\nRecv 1 bytes\r\n`);
		peer.connection.reset();
		assert.equal(await device.heard(), `${SEND_FAIL}${CLOSED}`);
	});
	it("fails when the connection broke during the data; CLOSED comes after the result", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(await device.send("AT+CIPSEND=3"), PROMPT);
		peer.connection.reset();
		assert.equal(await device.heard(), "");
		assert.equal(await device.write("abc"), `\r\nRecv 3 bytes\r\n${SEND_FAIL}${CLOSED}`);
	});
	it("needs a link, and a length in range", async () => {
		const device = await online();
		assert.equal(await device.send("AT+CIPSEND=1"), errorNumber(0x010a0012));
		device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(await device.send("AT+CIPSEND=0"), errorNumber(0x01070000));
		assert.equal(await device.send("AT+CIPSEND=8193"), errorNumber(0x01070000));
		assert.equal(await device.send("AT+CIPSEND"), errorNumber(0x010a0013), "CIPMODE=0");
	});
});

describe("+IPD", () => {
	it("brings what the peer sends, at most 1,440 bytes at a time", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		peer.connection.write("\0\xff\r\n+++");
		assert.equal(await device.heard(), "\r\n+IPD,7:\0\xff\r\n+++");
		const [first, second] = ["x".repeat(1440), "y".repeat(60)];
		peer.connection.write(first + second);
		assert.equal(await device.heard(), `\r\n+IPD,1440:${first}\r\n+IPD,60:${second}`);
	});
	it("does not come into a data phase, but between Recv and the result", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(await device.send("AT+CIPSEND=1"), PROMPT);
		peer.connection.write("now");
		assert.equal(await device.heard(), "");
		const answer = await device.write("1");
		assert.equal(answer, `\r\nRecv 1 bytes\r\n${SEND_OK}\r\n+IPD,3:now`);
	});
	it("waits for a host that does not read", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		device.serial.pause();
		peer.connection.write("x".repeat(20_000));
		assert.equal(await device.heard(), "");
		assert.ok(peer.connection.toDevice.length > 15_000, "the window is closed");
		device.serial.resume();
		const text = await device.heard();
		assert.equal(text.replaceAll(/\r\n\+IPD,\d+:/g, ""), "x".repeat(20_000));
	});
});

describe("a connection that the peer ends", () => {
	it("is CLOSED, after its last bytes, and the link is free", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		peer.connection.write("bye");
		peer.connection.end();
		assert.equal(await device.heard(), `\r\n+IPD,3:bye${CLOSED}`);
		assert.equal(await device.send("AT+CIPSEND=1"), errorNumber(0x010a0012));
		assert.equal(await device.send(START), CONNECT);
	});
	it("while AT+CIPCLOSE comes is CLOSED once, and the command ends", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		peer.connection.end();
		assert.match(await device.send("AT+CIPCLOSE"), /^CLOSED\r\n(ERR CODE:0x010a0012\r\n\r\nERROR|\r\nOK)\r\n$/);
		assert.equal(await device.send("AT"), OK);
	});
});

describe("AT+CIPCLOSE", () => {
	it("closes: CLOSED, then OK", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(await device.send("AT+CIPCLOSE"), CLOSED + OK);
		assert.equal(peer.connection.open, false);
		assert.equal(await device.send("AT+CIPCLOSE"), errorNumber(0x010a0012));
	});
});

describe("CIPMUX=1", () => {
	it("gives links their ids, in commands and messages", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send("AT+CIPMUX=1"), OK);
		assert.equal(await device.send("AT+CIPMUX?"), `+CIPMUX:1\r\n${OK}`);
		assert.equal(await device.send(START), errorNumber(0x01060403));
		assert.equal(await device.send(`AT+CIPSTART=3,"TCP","${PEER}",80`), `3,${CONNECT}`);
		assert.equal(await device.send(`AT+CIPSTART=0,"TCP","${PEER}",80`), `0,${CONNECT}`);
		const [three, zero] = peer.connections;
		assert.ok(three && zero);
		assert.equal(await device.write("AT+CIPSEND=3,2\r\nto"), `${PROMPT}\r\nRecv 2 bytes\r\n${SEND_OK}`);
		assert.equal(three.received + zero.received, "to");
		zero.write("from 0");
		three.write("from 3");
		assert.equal(await device.heard(), "\r\n+IPD,0,6:from 0\r\n+IPD,3,6:from 3");
		zero.end();
		assert.equal(await device.heard(), `0,${CLOSED}`);
		assert.equal(await device.send("AT+CIPCLOSE"), errorNumber(0x010a0013));
		assert.equal(await device.send("AT+CIPCLOSE=3"), `3,${CLOSED}${OK}`);
		assert.equal(await device.send("AT+CIPCLOSE=3"), errorNumber(0x010a0012));
	});
	it("closes all with AT+CIPCLOSE=5", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send("AT+CIPMUX=1"), OK);
		for (const id of [0, 1, 2, 3, 4])
			assert.equal(await device.send(`AT+CIPSTART=${id},"TCP","${PEER}",80`), `${id},${CONNECT}`);
		assert.equal(
			await device.send("AT+CIPCLOSE=5"),
			`${[0, 1, 2, 3, 4].map(id => `${id},${CLOSED}`).join("")}${OK}`,
		);
		assert.ok(peer.connections.every(it => !it.open));
	});
	it("cannot be changed while there is a link, nor set in CIPMODE=1", async () => {
		const device = await online();
		device.net.listen(PEER, 80);
		assert.equal(await device.send(START), CONNECT);
		assert.equal(await device.send("AT+CIPMUX=1"), errorNumber(0x010a0011));
		assert.equal(await device.send("AT+CIPMUX=0"), OK, "as it is");
		assert.equal(await device.send("AT+CIPCLOSE"), CLOSED + OK);
		assert.equal(await device.send("AT+CIPMODE=1"), OK);
		assert.equal(await device.send("AT+CIPMUX=1"), errorNumber(0x010a0013));
		assert.equal(await device.send("AT+CIPMODE=0"), OK);
		assert.equal(await device.send("AT+CIPMUX=1"), OK);
		assert.equal(await device.send("AT+CIPMODE=1"), errorNumber(0x010a0013));
	});
	it("is refused for what has no ids: AT+CIPCLOSE=<id>", async () => {
		const device = await online();
		assert.equal(await device.send("AT+CIPCLOSE=0"), errorNumber(0x010a0013));
	});
});

describe("SYSMSG bit 1", () => {
	it("tells more of a connection, and of one that failed", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send("AT+SYSMSG=2"), OK);
		const answer = await device.send(START);
		assert.equal(answer, `+LINK_CONN:0,0,"TCP",0,"${PEER}",80,${peer.connection.localPort}\r\n${OK}`);
		assert.equal(await device.send("AT+CIPCLOSE"), CLOSED + OK);
		const failed = `+LINK_CONN:1,0,"TCP",0,"${PEER}",81,0\r\n${errorNumber(0x010a0003)}`;
		assert.equal(await device.send(`AT+CIPSTART="TCP","${PEER}",81`), failed);
	});
});

describe("when the network is lost", () => {
	it("every link is closed and told so", async () => {
		const device = await online();
		const peer = device.net.listen(PEER, 80);
		assert.equal(await device.send("AT+CIPMUX=1"), OK);
		for (const id of [1, 4])
			assert.equal(await device.send(`AT+CIPSTART=${id},"TCP","${PEER}",80`), `${id},${CONNECT}`);
		device.wifi.drop();
		assert.equal(await device.heard(), `WIFI DISCONNECT\r\n1,${CLOSED}4,${CLOSED}`);
		assert.ok(peer.connections.every(it => !it.open));
	});
});

describe("TCP options in a flash without room", () => {
	for (const line of ['AT+SAVETRANSLINK=1,"h",2,"TCP",300', "AT+CIPTCPOPT=-1,0,0,300", "AT+CIPTCPOPT=5,1,3000,300"])
		it(`${line} is refused, and what was in force still is`, async () => {
			const device = boot();
			assert.equal(await device.send("AT+CIPTCPOPT=2,0,3,4"), OK);
			device.storage.full = true;
			assert.equal(await device.send(line), ERROR);
			assert.equal(await device.send("AT+CIPTCPOPT?"), `+CIPTCPOPT:0,2,0,3,4\r\n${OK}`);
		});
});

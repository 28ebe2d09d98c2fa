// SPDX-License-Identifier: Apache-2.0

/** CIPSERVER, CIPSERVERMAXCONN, CIPSTO: clients become links, too many are refused, silent ones thrown out. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { delay, ERROR, errorNumber, OK, type PeerSocket, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const timed = wireTest({ clock: "manual" });
const PROMPT = `${OK}␍␊>`;

/** A server, its address, and as many clients. */
async function serving(w: Wire, port: number, clients = 0): Promise<{ host: string; peers: PeerSocket[] }> {
	await w.join();
	const host = await w.address();
	await w.at.chat(`AT+CIPMUX=1␍␊AT+CIPSERVER=1,${port}␍␊`, OK + OK);
	const peers: PeerSocket[] = [];
	for (let id = 0; id < clients; id++) {
		peers.push(await w.client(host, port, `client${id}`));
		await w.at.expect(`${id},CONNECT␍␊`);
	}
	return { host, peers };
}

/** A client that tries again for a while: the server is there soon after the network. */
async function arrive(w: Wire, host: string, port: number): Promise<PeerSocket> {
	for (let i = 0; ; i++) {
		try {
			return await w.client(host, port);
		} catch (error) {
			if (i === 100) throw error;
			await delay(20);
		}
	}
}

async function send(w: Wire, id: number, data: string): Promise<void> {
	await w.at.chat(`AT+CIPSEND=${id},${data.length}␍␊`, PROMPT);
	await w.at.chat(data, `␍␊Recv ${data.length} bytes␍␊␍␊SEND OK␍␊`);
}

describe("AT+CIPSERVER", () => {
	test("query, port by default, delete", async w => {
		await w.join();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER?␍␊", `${OK}+CIPSERVER:0␍␊${OK}`);
		await w.at.chat("AT+CIPSERVER=1␍␊AT+CIPSERVER?␍␊", `${OK}+CIPSERVER:1,333,"TCP"␍␊${OK}`);
		await w.at.chat("AT+CIPSERVER=0␍␊AT+CIPSERVER?␍␊", `${OK}+CIPSERVER:0␍␊${OK}`);
		await w.at.chat('AT+CIPSERVER=1,8080,"TCP"␍␊AT+CIPSERVER?␍␊', `${OK}+CIPSERVER:1,8080,"TCP"␍␊${OK}`);
	});
	test("refuses what cannot be", async w => {
		await w.at.chat("AT+SYSLOG=1␍␊AT+CIPSERVER=1␍␊", OK + errorNumber(0x010a0013));
		await w.at.chat("AT+CIPMUX=1␍␊", OK);
		for (const [rest, code] of [
			["2", 0x01070000],
			["1,0", 0x01070001],
			["1,65536", 0x01070001],
			['1,80,"UDP"', 0x01070002],
			['1,80,"TCPv6"', 0x010a0010],
			["0", 0x010a0013],
			["0,2", 0x01070001],
			['0,0,"TCP"', 0x01070002],
		] as [string, number][])
			await w.at.chat(`AT+CIPSERVER=${rest}␍␊`, errorNumber(code));
		await w.at.chat("AT+CIPSERVER=1,80␍␊AT+CIPSERVER=1,81␍␊", OK + errorNumber(0x010a0013));
		await w.at.chat("AT+CIPMUX=0␍␊", errorNumber(0x010a0014));
		await w.at.chat("AT+CIPSERVERMAXCONN=2␍␊", errorNumber(0x010a0014));
	});
	test("may be made before there is a network, and is there when it comes, and comes back", async w => {
		await w.at.chat(
			"AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊AT+CIPSERVER?␍␊",
			`${OK}${OK}+CIPSERVER:1,8080,"TCP"␍␊${OK}`,
		);
		await w.join();
		const host = await w.address();
		await arrive(w, host, 8080);
		await w.at.expect("0,CONNECT␍␊");
		await w.control.request("station.drop");
		await w.at.expectMatch(
			/(?:0,CLOSED␍␊WIFI DISCONNECT␍␊|WIFI DISCONNECT␍␊0,CLOSED␍␊)WIFI CONNECTED␍␊WIFI GOT IP␍␊/,
			4_000,
		);
		await arrive(w, await w.address(), 8080);
		await w.at.expect("0,CONNECT␍␊");
		await w.at.chat("AT+CIPSERVER=0,1␍␊", `0,CLOSED␍␊${OK}`);
		await assert.rejects(w.client(host, 8080));
	});
	test("a client becomes a link: both ways, state, close by either", async w => {
		const { host, peers } = await serving(w, 8080, 2);
		const [first, second] = peers as [PeerSocket, PeerSocket];
		await first.send("hello");
		await w.at.expect("␍␊+IPD,0,5:hello");
		await second.send("there");
		await w.at.expect("␍␊+IPD,1,5:there");
		await send(w, 1, "back");
		await second.expect("back");
		const ports = peers.map(it => it.socket.localPort);
		await w.at.chat(
			"AT+CIPSTATE?␍␊",
			`+CIPSTATE:0,"TCP","127.0.0.1",${ports[0]},8080,1␍␊+CIPSTATE:1,"TCP","127.0.0.1",${ports[1]},8080,1␍␊${OK}`,
		);
		assert.equal(first.remote.address, host);
		first.end();
		await w.at.expect("0,CLOSED␍␊");
		await w.at.chat("AT+CIPCLOSE=1␍␊", `1,CLOSED␍␊${OK}`);
		await second.expectEnd();
		await w.client(host, 8080);
		await w.at.expect("0,CONNECT␍␊");
	});
	test("what a client sends at once comes after its CONNECT", async w => {
		const { host } = await serving(w, 8080);
		const client = await w.client(host, 8080);
		await client.send("early");
		await w.at.expect("0,CONNECT␍␊␍␊+IPD,0,5:early");
	});
	test("five clients, the sixth is refused and told of", async w => {
		const { host } = await serving(w, 8080, 5);
		const sixth = await w.client(host, 8080);
		await sixth.expectEnd();
		await w.at.expect("Have 5 Connections␍␊");
	});
	test("CIPSERVERMAXCONN limits them; links of one's own take their place, too", async w => {
		await w.join();
		await w.at.chat("AT+CIPSERVERMAXCONN?␍␊", `+CIPSERVERMAXCONN:5␍␊${OK}`);
		await w.at.chat("AT+CIPSERVERMAXCONN=0␍␊AT+CIPSERVERMAXCONN=6␍␊", ERROR + ERROR);
		await w.at.chat("AT+CIPSERVERMAXCONN=1␍␊AT+CIPSERVERMAXCONN?␍␊", `${OK}+CIPSERVERMAXCONN:1␍␊${OK}`);
		const host = await w.address();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSERVER=1,8080␍␊", OK + OK);
		const peer = await w.listen();
		await w.at.chat(`AT+CIPSTART=0,"TCP","127.0.0.1",${peer.port}␍␊`, `0,CONNECT␍␊${OK}`);
		await w.client(host, 8080);
		await w.at.expect("1,CONNECT␍␊");
		const refused = await w.client(host, 8080);
		await refused.expectEnd();
		await w.at.expect("Have 1 Connections␍␊");
	});
	test("delete: connections stay, or go with 0,1", async w => {
		const { host, peers } = await serving(w, 8080, 2);
		await w.at.chat("AT+CIPSERVER=0␍␊", OK);
		await assert.rejects(w.client(host, 8080));
		await peers[1]?.send("still");
		await w.at.expect("␍␊+IPD,1,5:still");
		await w.at.chat("AT+CIPSERVER=1,8080␍␊", OK);
		await w.client(host, 8080);
		await w.at.expect("2,CONNECT␍␊");
		await w.at.chat("AT+CIPSERVER=0,1␍␊", `0,CLOSED␍␊1,CLOSED␍␊2,CLOSED␍␊${OK}`);
		for (const peer of peers) await peer.expectEnd();
	});
	test("of IPv6", async w => {
		await w.join();
		await w.enableIPv6();
		await w.at.chat("AT+CIPMUX=1␍␊", OK);
		await w.at.chat('AT+CIPSERVER=1,28080,"TCPv6"␍␊', OK);
		const client = await w.client("::1", 28080);
		await w.at.expect("0,CONNECT␍␊");
		await client.send("six");
		await w.at.expect("␍␊+IPD,0,3:six");
		await w.at.chat("AT+CIPSTATE?␍␊", `+CIPSTATE:0,"TCPv6","::1",${client.socket.localPort},28080,1␍␊${OK}`);
	});
	test("a port that the host refuses is mapped, and the control socket names it", async w => {
		const taken = await w.listen("::1");
		await w.control.request("subscribe", { events: ["port"] });
		await w.join();
		await w.enableIPv6();
		await w.at.chat("AT+CIPMUX=1␍␊", OK);
		await w.at.chat(`AT+CIPSERVER=1,${taken.port},"TCPv6"␍␊`, OK);
		const { ports } = (await w.control.request("port.list")) as {
			ports: { wanted: number; actual: number }[];
		};
		assert.equal(ports[0]?.wanted, taken.port);
		await w.client("::1", ports[0]?.actual as number);
		await w.at.expect("0,CONNECT␍␊");
	});
	test("SYSMSG bit 1: +LINK_CONN names it", async w => {
		const { host } = await serving(w, 8080);
		await w.at.chat("AT+SYSMSG=2␍␊", OK);
		const client = await w.client(host, 8080);
		await w.at.expect(`+LINK_CONN:0,0,"TCP",1,"127.0.0.1",${client.socket.localPort},8080␍␊`);
	});
	test("1,000 connects and closes leave nothing behind", async w => {
		const { host } = await serving(w, 8080);
		for (let i = 0; i < 1_000; i++) {
			const client = await w.client(host, 8080);
			await w.at.expect("0,CONNECT␍␊");
			if (i % 3 === 0) client.reset();
			else if (i % 3 === 1) client.end();
			else await w.at.chat("AT+CIPCLOSE=0␍␊", `0,CLOSED␍␊${OK}`);
			if (i % 3 !== 2) await w.at.expect("0,CLOSED␍␊");
			client.socket.destroy();
		}
		await w.at.chat("AT+CIPSTATE?␍␊", OK);
	});
});

describe("AT+CIPSTO", () => {
	test("query, set and its borders", async ({ at }) => {
		await at.chat("AT+CIPSTO?␍␊", `+CIPSTO:180␍␊${OK}`);
		await at.chat("AT+CIPSTO=7200␍␊AT+CIPSTO?␍␊", `${OK}+CIPSTO:7200␍␊${OK}`);
		await at.chat("AT+CIPSTO=-1␍␊AT+CIPSTO=7201␍␊AT+CIPSTO=0␍␊", ERROR + ERROR + OK);
	});
	timed("throws out who is silent for so long; speaking starts the time anew", async w => {
		const advance = async (ms: number): Promise<void> => {
			await delay(50);
			await w.control.request("clock.advance", { ms });
		};
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.send('AT+CWJAP="net","12345678"␍␊');
		await advance(1_000);
		await w.at.expect(`WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		const host = await w.address();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPSTO=10␍␊AT+CIPSERVER=1,8080␍␊", OK + OK + OK);
		const client = await w.client(host, 8080);
		await w.at.expect("0,CONNECT␍␊");
		await advance(9_900);
		await client.send("x");
		await advance(10);
		await w.at.expect("␍␊+IPD,0,1:x");
		await advance(9_900);
		await send(w, 0, "y");
		await client.expect("y");
		await advance(9_900);
		await w.at.expectNothing(50);
		await advance(200);
		await w.at.expect("0,CLOSED␍␊");
		await client.expectEnd();
	});
});

describe("passthrough with a server's client", () => {
	test("4.2.10; the next client takes over when the first goes", async w => {
		await w.join();
		const host = await w.address();
		await w.at.chat("AT+CIPMUX=1␍␊AT+CIPMODE=1␍␊", OK + ERROR);
		await w.at.chat("AT+CIPSERVERMAXCONN=1␍␊AT+CIPSERVER=1,8080␍␊AT+CIPMODE=1␍␊AT+CIPSEND␍␊", OK + OK + OK + ERROR);
		const client = await w.client(host, 8080);
		await w.at.expect("0,CONNECT␍␊");
		await w.at.chat("AT+CIPSEND␍␊", PROMPT);
		const data = randomBytes(2_000);
		await w.at.send(data);
		await client.expect(data);
		await client.send(data);
		await w.at.expect(data);
		client.end();
		client.socket.destroy();
		await delay(100);
		const second = await w.client(host, 8080);
		await w.at.send("again");
		await second.expect("again");
		await delay(100);
		await w.at.send("+++");
		await delay(200);
		await w.at.chat("AT+CIPMODE=0␍␊AT+CIPCLOSE␍␊", `${OK}0,CLOSED␍␊${OK}`);
	});
});

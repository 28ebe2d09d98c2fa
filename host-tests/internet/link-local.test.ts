// SPDX-License-Identifier: Apache-2.0

/** Link-local addresses of IPv6, for which AT names no interface; and a station whose address is one of this machine. */

import assert from "node:assert/strict";
import { ERROR, errorNumber, NET, OK, type Wire, withTwin } from "../wire/harness.ts";
import { DATAGRAMS_V6, NEIGHBOUR, NEIGHBOUR_V6, PEERS, STATION, STATION_V6 } from "./addresses.ts";
import { noInternet } from "./internet.ts";

const PROMPT = `${OK}␍␊>`;
const CONNECTED = `CONNECT␍␊${OK}`;

/** An address of the local network that nobody has. */
const NOBODY = "fe80::dead";

function test(title: string, body: (w: Wire) => Promise<void>): void {
	if (noInternet !== undefined) {
		it.skip(`${title} (${noInternet})`);
		return;
	}
	it(title, async function () {
		this.timeout(60_000);
		await withTwin({ radio: { ...NET, address: { ip: STATION } } }, async w => {
			await w.join();
			await w.enableIPv6();
			await body(w);
		});
	});
}

/** What a peer is told of the other's address, without the interface. */
function plain(address: string): string {
	return address.replace(/%.*/, "");
}

async function send({ at }: Wire, text: string): Promise<void> {
	await at.chat(`AT+CIPSEND=${text.length}␍␊`, PROMPT);
	await at.chat(text, `␍␊Recv ${text.length} bytes␍␊␍␊SEND OK␍␊`);
}

describe("link-local addresses", () => {
	for (const [title, local] of [
		["from an address of the station", STATION_V6[0]],
		["from its other one", STATION_V6[1]],
		["from any", undefined],
	])
		test(`TCPv6 ${title}`, async w => {
			const server = await w.listen(`${NEIGHBOUR_V6}%${PEERS}`);
			const rest = local === undefined ? "" : `,,"${local}"`;
			await w.at.chat(`AT+CIPSTART="TCPv6","${NEIGHBOUR_V6}",${server.port}${rest}␍␊`, CONNECTED);
			const peer = await server.accept();
			if (local !== undefined) assert.equal(plain(peer.remote.address), local);
			await send(w, "over");
			await peer.expect("over");
			await peer.send("back");
			await w.at.expect("␍␊+IPD,4:back");
			await w.at.ask(
				"AT+CIPSTATE?␍␊",
				new RegExp(`\\+CIPSTATE:0,"TCPv6","${NEIGHBOUR_V6}",${server.port},\\d+,0␍␊␍␊OK␍␊`),
			);
		});
	for (const [title, local] of [
		["from an address of the station", STATION_V6[1]],
		["from any", undefined],
	])
		test(`UDPv6 ${title}`, async w => {
			const peer = await w.udp(`${DATAGRAMS_V6}%${PEERS}`);
			const rest = local === undefined ? "" : `,,,"${local}"`;
			await w.at.chat(`AT+CIPSTART="UDPv6","${DATAGRAMS_V6}",${peer.port}${rest}␍␊`, CONNECTED);
			await send(w, "over");
			const from = await peer.expect("over");
			if (local !== undefined) assert.equal(plain(from.address), local);
			await peer.send("back", from.port, from.address);
			await w.at.expect("␍␊+IPD,4:back");
		});
	test("UDPv6: a second destination, given with the data", async w => {
		const first = await w.udp(`${DATAGRAMS_V6}%${PEERS}`);
		const second = await w.udp(`${NEIGHBOUR_V6}%${PEERS}`);
		await w.at.chat(`AT+CIPSTART="UDPv6","${DATAGRAMS_V6}",${first.port},21991,0,"${STATION_V6[1]}"␍␊`, CONNECTED);
		await w.at.chat(`AT+CIPSEND=3,"${NEIGHBOUR_V6}",${second.port}␍␊`, PROMPT);
		await w.at.chat("two", "␍␊Recv 3 bytes␍␊␍␊SEND OK␍␊");
		await second.expect("two");
	});
	test("AT+PING", async ({ at }) => {
		await at.ask(`AT+PING="${NEIGHBOUR_V6}"␍␊`, /\+PING:\d+␍␊␍␊OK␍␊/);
		await at.chat(`AT+PING="${NOBODY}"␍␊`, `+PING:TIMEOUT␍␊${ERROR}`, 8_000);
	});
	test("nobody is there: no answer in time; an address of nobody's to leave from is refused", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat(`AT+CIPSTART="TCPv6","${NOBODY}",1000,,,500␍␊`, errorNumber(0x010a0002));
		await at.chat(`AT+CIPSTART="TCPv6","${NEIGHBOUR_V6}",1000,,"${NOBODY}"␍␊`, errorNumber(0x010a0005));
	});
});

describe("a station with an address of this machine", () => {
	test("leaves from it, by TCP and UDP", async w => {
		const server = await w.listen(NEIGHBOUR);
		const peer = await w.connect(server);
		assert.equal(peer.remote.address, STATION);
		await w.at.chat("AT+CIPCLOSE␍␊", `CLOSED␍␊${OK}`);
		const udp = await w.udp(NEIGHBOUR);
		await w.at.chat(`AT+CIPSTART="UDP","${NEIGHBOUR}",${udp.port}␍␊`, CONNECTED);
		await send(w, "hello");
		assert.equal((await udp.expect("hello")).address, STATION);
	});
});

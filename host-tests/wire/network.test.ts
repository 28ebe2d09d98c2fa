// SPDX-License-Identifier: Apache-2.0

/** CIPV6, CIPDNS, CIPDOMAIN, PING: against a name server and ICMP of this machine. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { DnsPeer } from "./dns.ts";
import { answer, ERROR, errorNumber, NET, OK, READY, type Wire, withTwin, wireTest } from "./harness.ts";

const test = wireTest();

const ZONE = {
	"one.test": { A: "127.0.0.1" },
	"both.test": { A: "127.0.0.1", AAAA: "::1" },
	"six.test": { AAAA: "2001:db8::1" },
};

/** A twin whose name server is the test's. */
function named(title: string, body: (w: Wire, dns: DnsPeer) => Promise<void>): void {
	it(title, async function () {
		this.timeout(60_000);
		const dns = await DnsPeer.open(ZONE);
		try {
			await withTwin({ radio: { ...NET, dns_port: dns.port } }, async w => {
				await w.join();
				await w.at.chat('AT+CIPDNS=1,"127.0.0.1"␍␊', OK);
				await body(w, dns);
			});
		} finally {
			dns.close();
		}
	});
}

describe("AT+CIPV6", () => {
	test("is 0 from the factory, and stored", async ({ at }) => {
		await at.chat("AT+CIPV6?␍␊AT+CIPV6=2␍␊AT+CIPV6=1␍␊", `+CIPV6:0␍␊${OK}${ERROR}${OK}`);
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊AT+CIPV6?␍␊", `ATE0␍␊${OK}+CIPV6:1␍␊${OK}`);
	});
});

describe("AT+CIPDNS", () => {
	const byDefault = '"208.67.222.222","8.8.8.8"';
	test("query and set", async ({ at }) => {
		await at.chat("AT+CIPDNS?␍␊", answer(`+CIPDNS:0,${byDefault}`));
		await at.chat("AT+CIPDNS=1␍␊AT+CIPDNS?␍␊", OK + answer(`+CIPDNS:1,${byDefault}`));
		const three = '"240c::6666","114.114.114.114","8.8.4.4"';
		await at.chat(`AT+CIPDNS=1,${three}␍␊AT+CIPDNS?␍␊`, OK + answer(`+CIPDNS:1,${three}`));
		await at.chat('AT+CIPDNS=1,,"9.9.9.9"␍␊AT+CIPDNS?␍␊', OK + answer('+CIPDNS:1,"9.9.9.9"'));
		await at.chat("AT+CIPDNS=0␍␊AT+CIPDNS?␍␊", OK + answer(`+CIPDNS:0,${byDefault}`));
	});
	test("refuses what is no address, and the same twice", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [rest, code] of [
			["2", 0x01070000],
			['1,"x"', 0x01070001],
			['1,"1.2.3.4","1.2.3"', 0x01070002],
			['1,"1.2.3.4","1.2.3.4"', 0x01070001],
			['1,"1.2.3.4",,"1.2.3.4"', 0x01070001],
			[`1,"${"1".repeat(40)}"`, 0x01040001],
		] as [string, number][])
			await at.chat(`AT+CIPDNS=${rest}␍␊`, errorNumber(code));
		await at.chat("AT+CIPDNS?␍␊", answer(`+CIPDNS:0,${byDefault}`));
	});
	test("is stored with SYSSTORE=1, or by its _DEF name", async ({ at }) => {
		await at.chat('AT+CIPDNS_CUR=1,"1.1.1.1"␍␊AT+RST␍␊', OK + OK + READY, 4_000);
		await at.chat("ATE0␍␊AT+CIPDNS?␍␊", `ATE0␍␊${OK}${answer(`+CIPDNS:0,${byDefault}`)}`);
		await at.chat('AT+SYSSTORE=0␍␊AT+CIPDNS_DEF=1,"1.1.1.1"␍␊AT+RST␍␊', OK + OK + OK + READY, 4_000);
		await at.chat("ATE0␍␊AT+CIPDNS?␍␊", `ATE0␍␊${OK}${answer('+CIPDNS:1,"1.1.1.1"')}`);
	});
});

describe("AT+CIPDOMAIN", () => {
	named("asks the server of CIPDNS", async ({ at }, dns) => {
		await at.chat('AT+CIPDOMAIN="one.test"␍␊', answer('+CIPDOMAIN:"127.0.0.1"'));
		assert.deepEqual(dns.questions, ["A one.test"]);
		await at.chat('AT+CIPDOMAIN="10.1.2.3"␍␊', answer('+CIPDOMAIN:"10.1.2.3"'));
		assert.equal(dns.questions.length, 1);
	});
	named("IPv4 first, IPv4 only, IPv6 only", async w => {
		const { at } = w;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+CIPDOMAIN="six.test"␍␊', errorNumber(0x010a0001));
		await at.chat('AT+CIPDOMAIN="both.test",3␍␊', errorNumber(0x010a0010));
		await w.enableIPv6();
		await at.chat('AT+CIPDOMAIN="six.test"␍␊', answer('+CIPDOMAIN:"2001:db8::1"'));
		await at.chat('AT+CIPDOMAIN="both.test",1␍␊', answer('+CIPDOMAIN:"127.0.0.1"'));
		await at.chat('AT+CIPDOMAIN="both.test",2␍␊', answer('+CIPDOMAIN:"127.0.0.1"'));
		await at.chat('AT+CIPDOMAIN="both.test",3␍␊', answer('+CIPDOMAIN:"::1"'));
		await at.chat('AT+CIPDOMAIN="six.test",2␍␊', errorNumber(0x010a0001));
		await at.chat('AT+CIPDOMAIN="none.test",1␍␊', errorNumber(0x010a0001));
	});
	named("a silent server: the timeout of the command, and the next one works", async ({ at }, dns) => {
		dns.silent = true;
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+CIPDOMAIN="one.test",1,300␍␊', errorNumber(0x010a0002), 1_500);
		await at.chat("AT␍␊", OK);
		dns.silent = false;
		await at.chat('AT+CIPDOMAIN="one.test",1,20000␍␊', answer('+CIPDOMAIN:"127.0.0.1"'), 20_000);
	});
	test("needs a network, and refuses wrong parameters", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+CIPDOMAIN="one.test"␍␊', errorNumber(0x010a0010));
		await at.chat('AT+CIPDOMAIN="one.test",0␍␊AT+CIPDOMAIN="one.test",4␍␊', errorNumber(0x01070001).repeat(2));
		await at.chat(
			'AT+CIPDOMAIN="one.test",1,60001␍␊AT+CIPDOMAIN=""␍␊',
			errorNumber(0x01070002) + errorNumber(0x01040000),
		);
	});
	named("CIPSTART by name goes the same way", async w => {
		const server = await w.listen();
		await w.at.chat(`AT+CIPSTART="TCP","one.test",${server.port}␍␊`, `CONNECT␍␊${OK}`);
		await server.accept();
		await w.at.chat("AT+CIPCLOSE␍␊AT+SYSLOG=1␍␊", `CLOSED␍␊${OK}${OK}`);
		await w.at.chat('AT+CIPSTART="TCP","none.test",80␍␊', errorNumber(0x010a0001));
	});
});

/** Whether this machine lets us send echo requests: by datagram sockets, or raw ones. */
const mayPing =
	spawnSync("python3", [
		"-c",
		"import socket as s\ntry: s.socket(s.AF_INET,s.SOCK_DGRAM,s.IPPROTO_ICMP)\nexcept PermissionError: s.socket(s.AF_INET,s.SOCK_RAW,s.IPPROTO_ICMP)",
	]).status === 0;

describe("AT+PING", () => {
	const permitted = (title: string, body: (w: Wire, dns: DnsPeer) => Promise<void>): void => {
		if (mayPing) named(title, body);
		else it.skip(`${title} (this machine forbids ICMP: CAP_NET_RAW or net.ipv4.ping_group_range)`);
	};
	permitted("an address and a name, of IPv4 and IPv6", async w => {
		const { at } = w;
		await at.ask('AT+PING="127.0.0.1"␍␊', /\+PING:\d+␍␊␍␊OK␍␊/);
		await at.ask('AT+PING="one.test"␍␊', /\+PING:\d+␍␊␍␊OK␍␊/);
		await at.chat('AT+SYSLOG=1␍␊AT+PING="::1"␍␊', OK + errorNumber(0x010a0010));
		await w.enableIPv6();
		await at.ask('AT+PING="::1"␍␊', /\+PING:\d+␍␊␍␊OK␍␊/);
		await at.chat('AT+PING="none.test"␍␊', `+PING:TIMEOUT␍␊${errorNumber(0x010a0001)}`);
	});
	permitted("the access point's round-trip time is in it", async ({ at, control }) => {
		await control.request("ap.set", { ssid: "net", rtt_ms: 40 });
		const [time] = await at.ask('AT+PING="127.0.0.1"␍␊', /\+PING:(\d+)␍␊␍␊OK␍␊/);
		assert.ok(Number(time) >= 40, time);
	});
	test("needs a network", async ({ at }) => {
		await at.chat('AT+PING="127.0.0.1"␍␊AT+PING=""␍␊', ERROR + ERROR);
	});
});

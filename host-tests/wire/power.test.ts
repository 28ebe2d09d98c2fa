// SPDX-License-Identifier: Apache-2.0

/** Sleep: GSLP, SLEEP, SLEEPWKCFG (guide 3.1.6, 3.1.13, 3.1.25). */

import assert from "node:assert/strict";
import { answer, delay, errorNumber, ERROR, OK, READY, SLOW, type Wire, wireTest } from "./harness.ts";

const test = wireTest();
const timed = wireTest({ clock: "manual" });
const paced = wireTest({ pace: true });

const FAILED = 0x010a0000;
const LONGEST = 2 ** 31 - 1;

async function advance({ control }: Wire, ms: number): Promise<void> {
	await control.request("clock.advance", { ms });
}

/** The host drives a pin of the module; what that wakes is awake when this is done. */
async function drive({ control }: Wire, pin: number, level: number): Promise<void> {
	await control.request("pin.set", { pin, level });
}

interface Statistics {
	port: { lost: number; lines: number };
}

async function lost({ control }: Wire): Promise<number> {
	const { statistics } = (await control.request("statistics")) as unknown as { statistics: Statistics };
	return statistics.port.lost;
}

async function station({ control }: Wire): Promise<Record<string, unknown>> {
	return (await control.request("station.state"))["station"] as Record<string, unknown>;
}

/** Names of the events from now on, in order. */
async function listen({ control }: Wire, ...names: string[]): Promise<string[]> {
	const heard: string[] = [];
	control.on("event", event =>
		heard.push(event["state"] ? `${event["event"]} ${event["state"]}` : `${event["event"]}`),
	);
	await control.request("subscribe", { events: names });
	return heard;
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
	for (const end = performance.now() + 2_000 * SLOW; !condition(); await delay(5))
		assert.ok(performance.now() < end, what());
}

/** Sends what nobody hears, and makes sure that nobody heard it. */
async function unheard(w: Wire, text: string): Promise<void> {
	const before = await lost(w);
	await w.at.send(text);
	await w.at.expectNothing(100);
	assert.equal((await lost(w)) - before, text.replaceAll("␍", "\r").replaceAll("␊", "\n").length);
}

describe("AT+GSLP", () => {
	timed("says the time and OK, is silent for as long, then starts as from a reset", async w => {
		await w.at.chat("AT+SYSMSG=1␍␊AT+TRANSINTVL=7␍␊", OK + OK);
		await w.at.chat("AT+GSLP=60000␍␊", `60000␍␊${OK}`);
		await advance(w, 59_999);
		await w.at.expectNothing(50);
		await advance(w, 1);
		await w.at.expect(READY);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
		await w.at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await w.at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:1"));
		await w.at.chat("AT+TRANSINTVL?␍␊", answer("+TRANSINTVL:20"));
	});
	timed("what the host sends meanwhile is lost, and more than a pty holds does not block it", async w => {
		await w.at.chat("AT+GSLP=1000␍␊", `1000␍␊${OK}`);
		await w.at.send("AT␍␊".repeat(5_000));
		await advance(w, 500);
		await w.at.send("AT+SYSMSG=7␍␊");
		await w.at.expectNothing(50);
		await advance(w, 500);
		await w.at.expect(READY);
		await w.at.chat("AT+SYSMSG?␍␊", `AT+SYSMSG?␍␊${answer("+SYSMSG:0")}`);
	});
	timed("what came behind it in the same write is lost, too", async w => {
		await w.at.chat("AT+GSLP=1000␍␊AT␍␊", `1000␍␊${OK}`);
		await w.at.expectNothing(50);
		await advance(w, 1_000);
		await w.at.expect(READY);
	});
	timed("the reset pin ends it, another pin does not", async w => {
		const events = await listen(w, "sleep", "start");
		await w.at.chat("AT+SLEEPWKCFG=2,12,0␍␊AT+GSLP=3600000␍␊", `${OK}3600000␍␊${OK}`);
		await until(
			() => events.length === 1,
			() => events.join(),
		);
		await drive(w, 12, 0);
		await advance(w, 10_000);
		await w.at.expectNothing(50);
		await w.control.request("reset");
		await w.at.expect(READY, 4_000);
		assert.deepEqual(events, ["sleep deep", "start"]);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	timed("a power cut ends it", async w => {
		await w.at.chat("AT+GSLP=3600000␍␊", `3600000␍␊${OK}`);
		await w.at.expectNothing(50);
		await w.control.request("power.cut");
		await w.at.expect(READY, 4_000);
	});
	timed("start is told when it is over; links and the access point are gone", async w => {
		const events = await listen(w, "sleep", "start");
		await w.control.request("ap.set", { ssid: "net", delay_ms: 0, dhcp_delay_ms: 0 });
		await w.at.chat("AT+CWMODE=1␍␊", OK);
		await w.at.send('AT+CWJAP="net","12345678"␍␊');
		await advance(w, 1_000);
		await w.at.expect(`WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
		await w.at.chat("AT+GSLP=5000␍␊", `5000␍␊${OK}`);
		await until(
			() => events.length === 1,
			() => events.join(),
		);
		assert.equal((await station(w))["state"], "off");
		await advance(w, 4_999);
		assert.deepEqual(events, ["sleep deep"]);
		await advance(w, 1);
		await w.at.expect(READY);
		assert.deepEqual(events, ["sleep deep", "start"]);
		await advance(w, 1_000);
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊");
	});
	timed("as long as it may be: 24.8 days", async w => {
		await w.at.chat(`AT+GSLP=${LONGEST}␍␊`, `${LONGEST}␍␊${OK}`);
		await advance(w, LONGEST - 1);
		await w.at.expectNothing(50);
		await advance(w, 1);
		await w.at.expect(READY);
	});
	test("0 restarts right now", async ({ at }) => {
		await at.chat("AT+GSLP=0␍␊", `0␍␊${OK}${READY}`, 4_000);
		await at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("by the real clock, too", async ({ at }) => {
		const began = performance.now();
		await at.chat("AT+GSLP=300␍␊", `300␍␊${OK}`);
		await at.expect(READY, 4_000);
		assert.ok(performance.now() - began >= 300);
	});
	test("refuses other times and forms; nothing sleeps", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [line, number] of [
			["AT+GSLP=-1", 0x01070000],
			[`AT+GSLP=${LONGEST + 1}`, 0x01070000],
			['AT+GSLP="5"', 0x01050000],
			["AT+GSLP=", 0x01060100],
			["AT+GSLP=1,2", 0x01060102],
			["AT+GSLP", 0x010c0000],
			["AT+GSLP?", 0x010c0000],
		] as const)
			await at.chat(`${line}␍␊`, errorNumber(number));
		await at.chat("AT␍␊", OK);
	});
	timed("ends when it is due also after the clock has gone round", async ({ at, control }) => {
		await control.request("clock.advance", { ms: 2_147_483_647 });
		await control.request("clock.advance", { ms: 2_147_483_647 });
		await at.chat("AT+GSLP=2147483647␍␊", `2147483647␍␊${OK}`);
		await control.request("clock.advance", { ms: 2_147_483_646 });
		await at.expectNothing(100);
		await control.request("clock.advance", { ms: 1 });
		await at.expect(READY);
	});
});

describe("AT+SLEEP", () => {
	test("is 0 after a reset, and not stored", async w => {
		await w.at.chat("AT+SLEEP?␍␊", answer("+SLEEP:0"));
		await w.at.chat("AT+CWMODE=1␍␊AT+SLEEP=1␍␊AT+SLEEP?␍␊", OK + OK + answer("+SLEEP:1"));
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.chat("ATE0␍␊AT+SLEEP?␍␊", `ATE0␍␊${OK}${answer("+SLEEP:0")}`);
	});
	test("1 and 3 let the radio sleep, nothing else: the port goes on", async w => {
		await w.join();
		for (const mode of [1, 3, 0]) {
			await w.at.chat(`AT+SLEEP=${mode}␍␊`, OK);
			await w.at.chat("AT+SLEEP?␍␊", answer(`+SLEEP:${mode}`));
			assert.equal((await station(w))["sleep"], mode);
		}
	});
	test("needs a station without an access point; light sleep also goes with Wi-Fi off", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [wifi, mode, good] of [
			[0, 0, true],
			[0, 1, false],
			[0, 3, false],
			[1, 1, true],
			[1, 3, true],
			[2, 0, true],
			[2, 1, false],
			[2, 2, false],
			[2, 3, false],
			[3, 0, true],
			[3, 1, false],
			[3, 2, false],
			[3, 3, false],
		] as const) {
			await at.chat(`AT+CWMODE=${wifi}␍␊`, OK);
			await at.chat("AT+SLEEP=0␍␊", OK);
			await at.chat(`AT+SLEEP=${mode}␍␊`, good ? OK : errorNumber(FAILED));
			await at.chat("AT+SLEEP?␍␊", answer(`+SLEEP:${good ? mode : 0}`));
		}
	});
	test("an access point ends it; a radio that comes back goes on with it", async w => {
		await w.at.chat("AT+CWMODE=1␍␊AT+SLEEP=3␍␊AT+CWMODE=0␍␊AT+CWMODE=1␍␊", OK.repeat(4));
		await w.at.chat("AT+SLEEP?␍␊", answer("+SLEEP:3"));
		assert.equal((await station(w))["sleep"], 3);
		await w.at.chat("AT+CWMODE=3␍␊AT+SLEEP?␍␊", OK + answer("+SLEEP:0"));
		assert.equal((await station(w))["sleep"], 0);
	});
	test("refuses other modes and forms", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊AT+CWMODE=1␍␊", OK + OK);
		for (const [line, number] of [
			["AT+SLEEP=4", 0x01070000],
			["AT+SLEEP=-1", 0x01070000],
			['AT+SLEEP="1"', 0x01050000],
			["AT+SLEEP=", 0x01060100],
			["AT+SLEEP=1,1", 0x01060102],
			["AT+SLEEP", 0x010c0000],
		] as const)
			await at.chat(`${line}␍␊`, errorNumber(number));
		await at.chat("AT+SLEEP?␍␊", answer("+SLEEP:0"));
	});
});

describe("light sleep", () => {
	test("without a wake pin nothing is heard any more; the reset pin ends it", async w => {
		await w.at.chat("AT+SLEEP=2␍␊", OK);
		await unheard(w, "AT␍␊AT+SLEEP=0␍␊");
		await drive(w, 12, 0);
		await drive(w, 12, 1);
		await unheard(w, "AT␍␊");
		await w.control.request("reset");
		await w.at.expect(READY, 4_000);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("the wake pin at its level wakes, and keeps awake; away from it the module sleeps again", async w => {
		const events = await listen(w, "sleep");
		for (const level of [0, 1]) {
			const other = 1 - level;
			await drive(w, 12, other);
			await w.at.chat(`AT+SLEEPWKCFG=2,12,${level}␍␊`, OK);
			await w.at.chat("AT+SLEEP=2␍␊", OK);
			await unheard(w, "AT␍␊");
			await drive(w, 12, level);
			await w.at.chat("AT␍␊", OK);
			await w.at.chat("AT+SLEEP?␍␊", answer("+SLEEP:2"));
			await drive(w, 12, other);
			await unheard(w, "AT+SYSMSG=7␍␊");
			await drive(w, 13, level);
			await unheard(w, "AT␍␊");
			await drive(w, 12, level);
			await w.at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:0"));
			await w.at.chat("AT+SLEEP=0␍␊", OK);
			await drive(w, 12, other);
			await w.at.chat("AT␍␊", OK);
		}
		assert.deepEqual(events, Array(4).fill(["sleep light", "sleep awake"]).flat());
	});
	test("half a line before it and half after is one line: what was lost is lost", async w => {
		await w.at.chat("AT+SLEEPWKCFG=2,5,1␍␊AT+SLEEP=2␍␊", OK + OK);
		await drive(w, 5, 1);
		await w.at.send("AT+SYS");
		await w.at.expectNothing(50);
		await drive(w, 5, 0);
		await unheard(w, "NOISE");
		await drive(w, 5, 1);
		await w.at.ask("RAM?␍␊", /\+SYSRAM:\d+,\d+␍␊␍␊OK␍␊/);
	});
	test("a pin that is at its level already keeps the module from falling asleep", async w => {
		await drive(w, 7, 0);
		await w.at.chat("AT+SLEEPWKCFG=2,7,0␍␊AT+SLEEP=2␍␊", OK + OK);
		await w.at.chat("AT␍␊", OK);
	});
	test("a pin keeps its level over a reset", async w => {
		await drive(w, 7, 1);
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.chat("ATE0␍␊AT+SLEEPWKCFG=2,7,1␍␊AT+SLEEP=2␍␊", `ATE0␍␊${OK}${OK}${OK}`);
		await w.at.chat("AT␍␊", OK);
		await drive(w, 7, 0);
		await unheard(w, "AT␍␊");
	});
	test("the last pin named is the one that wakes", async w => {
		await w.at.chat("AT+SLEEPWKCFG=2,1,1␍␊AT+SLEEPWKCFG=2,2,1␍␊AT+SLEEP=2␍␊", OK.repeat(3));
		await drive(w, 1, 1);
		await unheard(w, "AT␍␊");
		await drive(w, 2, 1);
		await w.at.chat("AT␍␊", OK);
	});
	test("the network wakes: what comes is told, though the host is not heard", async w => {
		const peer = await w.listen();
		await w.join();
		const link = await w.connect(peer);
		await w.at.chat("AT+SLEEP=2␍␊", OK);
		await link.send("hello");
		await w.at.expect("␍␊+IPD,5:hello");
		await unheard(w, "AT␍␊");
		await w.control.request("station.drop");
		// In that order: the link is closed because the station is gone.
		await w.at.expect("WIFI DISCONNECT␍␊CLOSED␍␊");
		await w.at.expect("WIFI CONNECTED␍␊WIFI GOT IP␍␊", 5_000);
	});
	paced("is deaf at the UART's pace, too", async w => {
		await w.at.chat("AT+SLEEPWKCFG=2,5,1␍␊AT+SLEEP=2␍␊", OK + OK);
		// Of a paced UART the last byte is on its way for a while.
		await w.at.expectNothing(20);
		await unheard(w, "AT␍␊".repeat(50));
		await drive(w, 5, 1);
		await w.at.chat("AT␍␊", OK);
	});
	timed("holds for as long as it likes", async w => {
		await w.at.chat("AT+SLEEPWKCFG=2,5,1␍␊AT+SLEEP=2␍␊", OK + OK);
		await advance(w, 86_400_000);
		await unheard(w, "AT␍␊");
		await drive(w, 5, 1);
		await w.at.chat("AT␍␊", OK);
	});
	test("what came before it in one write is still done", async w => {
		await w.at.chat("AT+SLEEPWKCFG=2,5,1␍␊AT+SYSMSG=1␍␊AT+SLEEP=2␍␊", OK.repeat(3));
		await drive(w, 5, 1);
		await w.at.chat("AT+SYSMSG?␍␊", answer("+SYSMSG:1"));
	});
});

describe("AT+SLEEPWKCFG", () => {
	test("takes every pin that is free, and both levels", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		const taken = new Set([17, 19, 20, 21, 43]);
		for (let pin = 0; pin <= 46; pin++) {
			const free = !taken.has(pin) && (pin < 22 || pin > 32);
			await at.chat(`AT+SLEEPWKCFG=2,${pin},${pin % 2}␍␊`, free ? OK : errorNumber(0x01070001));
		}
	});
	test("knows no other source, and wants a level", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		for (const [line, number] of [
			["AT+SLEEPWKCFG=0,1000", 0x01070000],
			["AT+SLEEPWKCFG=1,1", 0x01070000],
			["AT+SLEEPWKCFG=3,1,1", 0x01070000],
			["AT+SLEEPWKCFG=2,12", 0x01060302],
			["AT+SLEEPWKCFG=2,12,", 0x01060302],
			["AT+SLEEPWKCFG=2,47,0", 0x01070001],
			["AT+SLEEPWKCFG=2,-1,0", 0x01070001],
			["AT+SLEEPWKCFG=2,12,2", 0x01070002],
			["AT+SLEEPWKCFG=2", 0x01060201],
			["AT+SLEEPWKCFG=2,12,0,0", 0x01060304],
			["AT+SLEEPWKCFG?", 0x010c0000],
			["AT+SLEEPWKCFG", 0x010c0000],
		] as const)
			await at.chat(`${line}␍␊`, errorNumber(number));
	});
	test("a wrong one leaves the pin that was there", async w => {
		await w.at.chat("AT+SLEEPWKCFG=2,5,1␍␊AT+SLEEPWKCFG=2,17,1␍␊AT+SLEEP=2␍␊", OK + ERROR + OK);
		await drive(w, 5, 1);
		await w.at.chat("AT␍␊", OK);
	});
	test("the pins of the AT port are those it was opened with, whatever AT+SYSMFG has written since", async ({
		at,
	}) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat('AT+SYSMFG=2,"factory_param","uart_tx_pin",6,5␍␊', OK);
		await at.chat("AT+SLEEPWKCFG=2,17,0␍␊", errorNumber(0x01070001));
		await at.chat("AT+SLEEPWKCFG=2,5,0␍␊", OK);
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		await at.chat("ATE0␍␊AT+SYSLOG=1␍␊", `ATE0␍␊${OK}${OK}`);
		await at.chat("AT+SLEEPWKCFG=2,5,0␍␊", errorNumber(0x01070001));
		await at.chat("AT+SLEEPWKCFG=2,17,0␍␊", OK);
	});
});

describe("pin.set", () => {
	test("names what is wrong", async ({ control }) => {
		for (const [fields, what] of [
			[{ pin: 47, level: 0 }, /pin: expected an integer from 0 to 46/],
			[{ pin: 1, level: 2 }, /level: expected an integer from 0 to 1/],
			[{ pin: 1 }, /level/],
		] as const)
			await assert.rejects(control.request("pin.set", fields), what);
	});
});

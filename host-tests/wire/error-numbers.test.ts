// SPDX-License-Identifier: Apache-2.0

/** AT+SYSLOG and the numbers it puts before ERROR (guide, 3.1.24; wire-format.md, rules 3, 6 and 9). */

import { answer, errorNumber, ERROR, OK, wireTest } from "./harness.ts";

const test = wireTest();

describe("AT+SYSLOG", () => {
	test("is 0 at boot, and both values can be set and read", async ({ at }) => {
		await at.chat("AT+SYSLOG?␍␊", answer("+SYSLOG:0"));
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+SYSLOG?␍␊", answer("+SYSLOG:1"));
		await at.chat("AT+SYSLOG=0␍␊", OK);
		await at.chat("AT+SYSLOG?␍␊", answer("+SYSLOG:0"));
	});
	test("1 puts the number before ERROR, 0 does not", async ({ at }) => {
		await at.chat("AT+FAKE␍␊", ERROR);
		await at.chat("AT+SYSLOG=1␍␊", OK);
		await at.chat("AT+FAKE␍␊", "ERR CODE:0x01090000␍␊␍␊ERROR␍␊");
		await at.chat("AT+SYSLOG=0␍␊", OK);
		await at.chat("AT+FAKE␍␊", ERROR);
	});
	for (const [what, line, code] of [
		["an unknown command", "AT+FAKE", 0x01090000],
		["an unknown command with parameters", 'AT+FAKE=1,"x"', 0x01090000],
		["a name that continues a known one", "AT+SYSLOGS=1", 0x01090000],
		["no AT", "OK", 0x01030000],
		["a string where a number belongs", 'AT+SYSLOG="1"', 0x01050000],
		["a word where a number belongs", "AT+SYSLOG=on", 0x01050000],
		["a string where the second number belongs", 'AT+UART_CUR=115200,"8",1,0,3', 0x01050001],
		["a number where a string belongs", "AT+CWJAP=1234,5678", 0x01050000],
		["a number where the second string belongs", 'AT+CWJAP="a",12345678', 0x01050001],
		["half a number", "AT+SYSLOG=1x", 0x01050000],
		["hexadecimal without digits", "AT+SYSLOG=0x", 0x01050000],
		["one parameter too many", "AT+SYSLOG=1,1", 0x01060102],
		["one parameter too few", "AT+UART_CUR=115200,8,1,0", 0x01060504],
		["four too few", "AT+UART_CUR=115200", 0x01060501],
		["one too many of five", "AT+UART_CUR=115200,8,1,0,3,0", 0x01060506],
		["a number above its range", "AT+SYSLOG=2", 0x01070000],
		["a number below its range", "AT+SYSLOG=-1", 0x01070000],
		["the third parameter out of range", "AT+UART_CUR=115200,8,4,0,3", 0x01070002],
		["a number beyond 32 bits", "AT+TRANSINTVL=4294967296", 0x01070000],
		["a string too long", `AT+CWJAP="${"s".repeat(33)}","12345678"`, 0x01040000],
		["the second string too long", `AT+CWJAP="s","${"p".repeat(65)}"`, 0x01040001],
		["a query that there is not", "AT+GMR?", 0x010c0000],
		["a set that there is not", "AT+GMR=1", 0x010c0000],
		["an execute that there is not", "AT+SYSLOG", 0x010c0000],
	] as [string, string, number][]) {
		test(`${what}: 0x0${code.toString(16)}`, async ({ at }) => {
			await at.chat("AT+SYSLOG=1␍␊", OK);
			await at.chat(`${line}␍␊`, errorNumber(code));
			await at.chat("AT␍␊", OK);
		});
	}
	test("a line of 256 bytes is read, one of 257 has number 4", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊", OK);
		const line = "AT+FAKE=".padEnd(256, "x");
		await at.chat(`${line}␍␊`, errorNumber(0x01090000));
		await at.ask(`${line}x␍␊`, /ERR CODE:0x0104[0-9a-f]{4}␍␊␍␊ERROR␍␊/);
		await at.chat("AT␍␊", OK);
	});
	test("a failure while running has number 10", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊AT+CWMODE=1␍␊", OK + OK);
		await at.ask('AT+CWJAP="nobody","12345678"␍␊', /\+CWJAP:3␍␊ERR CODE:0x010a[0-9a-f]{4}␍␊␍␊ERROR␍␊/, 5_000);
	});
	test("busy has number 11", async ({ at }) => {
		await at.chat("AT+SYSLOG=1␍␊AT+CWMODE=1␍␊", OK + OK);
		await at.send('AT+CWJAP="net","12345678"␍␊AT␍␊');
		await at.expect("ERR CODE:0x010b0000␍␊␍␊busy p...␍␊");
		await at.expect(`WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`);
	});
	test("numbers may be hexadecimal", async ({ at }) => {
		await at.chat("AT+TRANSINTVL=0x64␍␊", OK);
		await at.chat("AT+TRANSINTVL?␍␊", answer("+TRANSINTVL:100"));
	});
});

// SPDX-License-Identifier: Apache-2.0

/** The SoftAP and its stations: CWSAP, CWLIF, CWQIF (guide, 3.2.10 to 3.2.12), with stations that come and go. */

import assert from "node:assert/strict";
import { answer, errorNumber, OK, wireTest } from "./harness.ts";
import { connected, guest, joinSoftAp, left, MINE, mode, restart, softAp, softApState } from "./radio.ts";

const radio = { access_points: [], timing: { jitter_ms: 0 } };
const test = wireTest({ radio });

const WRONG_MODE = errorNumber(0x010a0013);
const FAILED = errorNumber(0x010a0000);
const WRONG_FORM = errorNumber(0x010c0000);
const A = { ...MINE, mac: "02:00:00:00:00:0a" };
const B = { ...MINE, mac: "02:00:00:00:00:0b" };

describe("AT+CWSAP", () => {
	test("is named after the MAC address at first, open and on channel 1", async w => {
		await mode(w, 2);
		const { mac, ...state } = await softApState(w);
		const ssid = `ESP_${mac.slice(9).replaceAll(":", "").toUpperCase()}`;
		await w.at.chat("AT+CWSAP?␍␊", answer(`+CWSAP:"${ssid}","",1,0,10,0`));
		assert.equal(state.ssid, ssid);
		assert.deepEqual([state.state, state.channel, state.security, state.maximum], ["up", 1, "open", 10]);
		await guest(w, { ssid });
	});
	test("is in the air as it was set: each security, to the borders", async w => {
		await mode(w, 3);
		for (const [values, security] of [
			['"ESP","1234567890",5,3,10,0', "wpa2_psk"],
			['"ESP","12345678",13,2,1,1', "wpa_psk"],
			[`"${"s".repeat(32)}","${"p".repeat(63)}",1,4,4,0`, "wpa_wpa2_psk"],
			['"E","",11,0,10,0', "open"],
		] as const) {
			await w.at.chat(`AT+CWSAP=${values}␍␊`, OK);
			await w.at.chat("AT+CWSAP?␍␊", answer(`+CWSAP:${values}`));
			const { ssid, password, channel, maximum, hidden, ...state } = await softApState(w);
			const shown = [`"${ssid}"`, `"${password ?? ""}"`, channel, values.split(",")[3], maximum, hidden ? 1 : 0];
			assert.equal(shown.join(","), values);
			assert.equal(state.security, security);
		}
	});
	test("names and passwords are bytes, whatever they are", async w => {
		await mode(w, 2);
		await w.at.chat('AT+CWSAP="\xff\xfe\x80 \xc3","\xff\x80\x81~}|{z",5,3␍␊', OK);
		await w.at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"\xff\xfe\x80 \xc3","\xff\x80\x81~}|{z",5,3,10,0'));
		assert.equal((await softApState(w)).ssid_hex, "fffe8020c3");
		await guest(w, { ssid_hex: "fffe8020c3", password_hex: "ff80817e7d7c7b7a" });
		await w.at.send('AT+CWSAP="a\\,b\\"c\\\\","1234567\\"\\\\",5,3␍␊');
		await w.at.expectMatch(/␍␊OK␍␊\+STA_DISCONNECTED:"[0-9a-f:]{17}"␍␊/);
		await w.at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"a,b"c\\","1234567"\\",5,3,10,0'));
		await guest(w, { ssid: 'a,b"c\\', password: '1234567"\\' });
	});
	test("lets in who knows the password, as many as it takes", async w => {
		await mode(w, 2);
		await w.at.chat('AT+CWSAP="mine","12345678",5,3,2␍␊', OK);
		await assert.rejects(joinSoftAp(w, { ...A, password: "87654321" }), /password/);
		await assert.rejects(joinSoftAp(w, { ...A, ssid: "other" }), /ssid/);
		await guest(w, A);
		const b = await guest(w, B);
		await assert.rejects(joinSoftAp(w, MINE), /no more/);
		await w.control.request("softap.leave", { mac: b.mac });
		await w.at.expect(left(b));
		await guest(w, MINE);
	});
	test("that changes throws its stations out, that stays the same does not", async w => {
		await softAp(w);
		const a = await guest(w, A);
		await w.at.chat('AT+CWSAP="mine","12345678",5,3␍␊', OK);
		await w.at.expectNothing(50);
		await w.at.chat('AT+CWSAP="mine","87654321",5,3␍␊', OK + left(a));
		await w.at.chat("AT+CWLIF␍␊", OK);
	});
	test("refuses what cannot be, and stays what it was", async w => {
		await softAp(w);
		const a = await guest(w, A);
		for (const [values, number] of [
			['"","12345678",5,3', 0x01040000],
			[`"${"s".repeat(33)}","12345678",5,3`, 0x01040000],
			['"ESP","1234567",5,3', 0x01040001],
			[`"ESP","${"p".repeat(64)}",5,3`, 0x01040001],
			['"ESP","12345678",0,3', 0x01070002],
			['"ESP","12345678",15,3', 0x01070002],
			['"ESP","12345678",5,1', 0x01070003],
			['"ESP","12345678",5,5', 0x01070003],
			['"ESP","12345678",5,3,11', 0x01070004],
			['"ESP","12345678",5,3,1,2', 0x01070005],
			['"ESP","12345678",5', 0x01060403],
			["ESP,,,", 0x01050000],
		] as const)
			await w.at.chat(`AT+CWSAP=${values}␍␊`, errorNumber(number));
		await w.at.chat("AT+CWSAP␍␊", WRONG_FORM);
		await w.at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"mine","12345678",5,3,10,0'));
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${a.ip},${a.mac}`));
	});
	test("needs the SoftAP", async w => {
		await mode(w, 1);
		await w.at.chat('AT+CWSAP="ESP","12345678",5,3␍␊', WRONG_MODE);
	});
	test("has no channel that the country has not", async w => {
		await mode(w, 2);
		await w.at.chat('AT+CWCOUNTRY=1,"US",1,11␍␊', OK);
		await w.at.chat('AT+CWSAP="ESP","12345678",12,3␍␊', FAILED);
		await w.at.chat('AT+CWSAP="ESP","12345678",11,3␍␊', OK);
		await w.at.chat('AT+CWCOUNTRY=1,"JP",1,14␍␊', OK);
		await w.at.chat('AT+CWSAP="ESP","12345678",14,3␍␊', OK);
		assert.equal((await softApState(w)).channel, 14);
	});
	test("is stored; as _CUR it is not, and as _DEF it is, whatever SYSSTORE says", async w => {
		const { at } = w;
		await mode(w, 2);
		await at.chat('AT+CWSAP="one","12345678",1,3␍␊AT+CWSAP_CUR="two","12345678",2,3␍␊', OK + OK);
		await at.chat("AT+CWSAP_CUR?␍␊", answer('+CWSAP_CUR:"two","12345678",2,3,10,0'));
		await restart(w);
		await at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"one","12345678",1,3,10,0'));
		assert.equal((await softApState(w)).ssid, "one");
		await at.chat('AT+SYSSTORE=0␍␊AT+CWSAP="two","12345678",2,3␍␊', OK + OK);
		await restart(w);
		await at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"one","12345678",1,3,10,0'));
		await at.chat('AT+SYSSTORE=0␍␊AT+CWSAP_DEF="two","12345678",2,4,3,1␍␊', OK + OK);
		await restart(w);
		await at.chat("AT+CWSAP?␍␊", answer('+CWSAP:"two","12345678",2,4,3,1'));
		await at.chat("AT+RESTORE␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.ask("AT+CWSAP?␍␊", /\+CWSAP:"ESP_[0-9A-F]{6}","",1,0,10,0␍␊␍␊OK␍␊/);
	});
});

describe("stations of the SoftAP", () => {
	test("are told as they come and go", async w => {
		await softAp(w);
		const a = await guest(w, A);
		const b = await guest(w, B);
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${a.ip},${a.mac}`, `+CWLIF:${b.ip},${b.mac}`));
		await w.control.request("softap.leave", { mac: a.mac });
		await w.at.expect(left(a));
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${b.ip},${b.mac}`));
		assert.equal((await guest(w, A)).ip, a.ip, "its lease holds");
	});
	test("with an address of their own are told, and have none by DHCP", async w => {
		await softAp(w);
		const { address } = await softApState(w);
		const ip = `${address.ip.slice(0, address.ip.lastIndexOf("."))}.200`;
		const a = await guest(w, { ...A, ip });
		assert.deepEqual([a.static, a.ip], [true, ip]);
		await w.at.chat("AT+CWLIF␍␊", OK);
		await w.at.chat(`AT+CWQIF="${a.mac}"␍␊`, OK + left(a));
	});
	test("ten of them, and their messages in order", async w => {
		await softAp(w);
		const guests = [];
		for (let i = 0; i < 10; i++) guests.push(await guest(w, MINE));
		await w.at.chat("AT+CWLIF␍␊", answer(...guests.map(({ ip, mac }) => `+CWLIF:${ip},${mac}`)));
		await assert.rejects(joinSoftAp(w, MINE), /10 stations/);
		await w.at.chat("AT+CWQIF␍␊", OK + guests.map(left).join(""));
		await w.at.chat("AT+CWLIF␍␊", OK);
	});
	test("that come and go while the host does not read are told later, in order", async w => {
		await softAp(w);
		await w.at.send('AT+SYSMFG=2,"space","key",7,3␍␊');
		await w.at.expect(`${OK}␍␊>`);
		let told = "";
		for (let round = 0; round < 5; round++) {
			const a = await joinSoftAp(w, A);
			await w.control.request("softap.leave", { mac: a.mac });
			told += connected(a) + left(a);
		}
		await w.at.expectNothing(50);
		await w.at.send("abc");
		await w.at.expectMatch(new RegExp(`${told}␍␊OK␍␊|␍␊OK␍␊${told}`.replaceAll("+", "\\+")));
	});
	test("of the world come by themselves, also after a reset", async w => {
		await mode(w, 2);
		const a = { ...A, rejoin: true };
		await w.at.chat('AT+CWSAP="mine","12345678",5,3␍␊', OK);
		const { ip } = await guest(w, a);
		await w.at.chat("AT+RST␍␊", `${OK}␍␊ready␍␊`, 4_000);
		await w.at.expect(`+STA_CONNECTED:"${a.mac}"␍␊+DIST_STA_IP:"${a.mac}","${ip}"␍␊`);
	});
});

describe("AT+CWLIF", () => {
	test("needs the SoftAP, and has one form", async w => {
		await mode(w, 1);
		await w.at.chat("AT+CWLIF␍␊", WRONG_MODE);
		await w.at.chat("AT+CWLIF?␍␊AT+CWLIF=1␍␊AT+CWLIF=?␍␊", WRONG_FORM + WRONG_FORM + WRONG_FORM);
	});
});

describe("AT+CWQIF", () => {
	test("throws out the one that is named, or all", async w => {
		await softAp(w);
		await w.at.chat("AT+CWQIF␍␊", OK);
		const [a, b] = [await guest(w, { ...MINE, mac: "02:ab:cd:ef:00:01" }), await guest(w, B)];
		await w.at.chat('AT+CWQIF="02:AB:CD:EF:00:01"␍␊', OK + left(a));
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${b.ip},${b.mac}`));
		await guest(w, A);
		await w.at.chat("AT+CWQIF␍␊", OK + left(A) + left(b));
		assert.deepEqual((await softApState(w)).stations, []);
	});
	test("refuses who is not there, and what is no MAC address", async w => {
		await softAp(w);
		const a = await guest(w, A);
		await w.at.chat(`AT+CWQIF="${B.mac}"␍␊`, FAILED);
		await w.at.chat('AT+CWQIF="02:00:00:00:00"␍␊', errorNumber(0x01070000));
		await w.at.chat('AT+CWQIF="02:00:00:00:00:0g"␍␊', errorNumber(0x01070000));
		await w.at.chat('AT+CWQIF="02:00:00:00:00:0a0"␍␊', errorNumber(0x01040000));
		await w.at.chat("AT+CWQIF=2␍␊AT+CWQIF?␍␊", errorNumber(0x01050000) + WRONG_FORM);
		await w.at.chat("AT+CWLIF␍␊", answer(`+CWLIF:${a.ip},${a.mac}`));
	});
	test("needs the SoftAP", async w => {
		await mode(w, 1);
		await w.at.chat(`AT+CWQIF␍␊AT+CWQIF="${A.mac}"␍␊`, WRONG_MODE + WRONG_MODE);
	});
});

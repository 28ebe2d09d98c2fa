// SPDX-License-Identifier: Apache-2.0

/** From a line to its handler, and from the handler's outcome to the result. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { bootOnly } from "./only";
import { BUSY, ERROR, errorNumber, OK, PROMPT } from "./answers";
import { boot, type Device } from "../shims/device";
import type { At } from "core/at";
import { command, type Forms, int, linkId, params, str } from "core/command";
import { AtError, failed, invalid } from "core/errors";
import { Result } from "port/port";
import { Timer } from "system/timers";

/** A device with one command, AT+DO, and error numbers told. */
function bootDoing(forms: Forms): ReturnType<typeof bootOnly> {
	const all = bootOnly([command("AT+DO", forms)], { quiet: true });
	all.at.port.errorNumbers(true);
	return all;
}

/** A promise, and what settles it. */
function later(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
	let resolve!: () => void;
	let reject!: (error: unknown) => void;
	const promise = new Promise<void>((yes, no) => {
		resolve = yes;
		reject = no;
	});
	return { promise, resolve, reject };
}

describe("a line", () => {
	it("that names no command has number 9", async () => {
		const { device } = bootDoing({});
		for (const line of [
			"AT+NO",
			"AT+NO?",
			"AT+NO=1",
			"AT+NO=?",
			"AT+do",
			"AT+DOX",
			"AT+D",
			"ATX",
			"AT+DO ",
			"AT+DO\r",
		])
			assert.equal(await device.send(line), errorNumber(0x01090000), line);
	});
	it("that asks for a form which the command has not has number 12", async () => {
		const { device } = bootDoing({});
		for (const line of ["AT+DO", "AT+DO?", "AT+DO=1", "AT+DO="])
			assert.equal(await device.send(line), errorNumber(0x010c0000), line);
		assert.equal(await device.send("AT+DO=?"), errorNumber(0x010c0000), "nothing to set");
	});
	it("comes to the handler of its form", async () => {
		const { device } = bootDoing({
			query: at => at.reply("query"),
			set: params(str("s", 9)).run((at, s) => at.reply(s)),
			execute: at => at.reply("execute"),
		});
		assert.equal(await device.send("AT+DO?"), `+DO:query\r\n${OK}`);
		assert.equal(await device.send("AT+DO"), `+DO:execute\r\n${OK}`);
		assert.equal(await device.send('AT+DO="?"'), `+DO:?\r\n${OK}`);
		assert.equal(await device.send("AT+DO=?"), `+DO:<"s">(0-9)\r\n${OK}`);
	});
	it("with bad parameters does not come to the handler", async () => {
		const seen: number[] = [];
		const { device } = bootDoing({ set: params(int("n", 0, 9)).run((_at, n) => void seen.push(n)) });
		for (const [line, number] of [
			["AT+DO=", 0x01060100],
			["AT+DO=1,2", 0x01060102],
			["AT+DO=10", 0x01070000],
			['AT+DO="1"', 0x01050000],
		] as [string, number][])
			assert.equal(await device.send(line), errorNumber(number), line);
		assert.equal(await device.send("AT+DO=3"), OK);
		assert.deepEqual(seen, [3]);
	});
	it("may come with thousands of others in one write: all are answered, in order", async () => {
		let count = 0;
		const { device } = bootDoing({ execute: at => at.reply(count++) });
		const answers = Array.from({ length: 2000 }, (_, i) => `+DO:${i}\r\n${OK}`);
		assert.equal(await device.write("AT+DO\r\n".repeat(2000)), answers.join(""));
	});
});

describe("an error", () => {
	it("that a handler throws is told with its number", async () => {
		const errors = [failed(), failed(0x12), invalid(3), new AtError(0x01020304)];
		const { device } = bootDoing({
			set: params(int("n", 0, 9)).run((_at, n) => {
				throw errors[n];
			}),
		});
		const numbers = [0x010a0000, 0x010a0012, 0x01070003, 0x01020304];
		for (const [i, number] of numbers.entries()) assert.equal(await device.send(`AT+DO=${i}`), errorNumber(number));
		assert.deepEqual(device.log, [], "nothing unforeseen");
	});
	it("leaves what was replied before it", async () => {
		const { device } = bootDoing({
			execute(at) {
				at.reply("half");
				at.last("+DO:end\r\n");
				throw failed();
			},
		});
		assert.equal(await device.send("AT+DO"), `+DO:half\r\n+DO:end\r\n${errorNumber(0x010a0000)}`);
		assert.equal(await device.send("AT+DO=1"), errorNumber(0x010c0000), "and nothing after it");
	});
	it("takes back endWith()", async () => {
		const { device } = bootDoing({
			execute(at) {
				at.endWith(Result.sendOk);
				throw failed();
			},
			query: () => {},
		});
		assert.equal(await device.send("AT+DO"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+DO?"), OK);
	});
	it("of the program is logged, the command gets ERROR, the server lives on", async () => {
		const { device } = bootDoing({
			execute: at => (at as unknown as { no: () => void }).no(),
			query: async at => (at as unknown as { no: () => void }).no(),
			set: params().run(at => at.reply("€")),
		});
		assert.equal(await device.send("AT+DO"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+DO?"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+DO="), errorNumber(0x010a0000));
		assert.equal(await device.send("ATE0"), OK);
		const what = "AT+DO: TypeError: at.no is not a function\n";
		assert.deepEqual(device.log, [what, what, "AT+DO: RangeError: character above U+00FF in a binary string\n"]);
	});
	it("when the answer is longer than what finds room or can wait for it", async () => {
		const { device } = bootDoing({
			execute(at) {
				for (let i = 0; i < 100; i++) at.write("x".repeat(100));
			},
		});
		const answer = await device.send("AT+DO");
		assert.match(answer, /^x{7900,8100}ERR CODE:0x010a0000\r\n\r\nERROR\r\n$/);
		assert.deepEqual(device.log, ["AT+DO: RangeError: await drained() in a long answer\n"]);
		assert.equal(await device.send("ATE0"), OK);
	});
});

describe("a handler that returns a promise", () => {
	it("is answered when that settles; lines meanwhile are busy", async () => {
		const { promise, resolve } = later();
		const { device } = bootDoing({ execute: () => promise });
		assert.equal(await device.send("AT+DO"), "");
		const busy = `ERR CODE:0x010b0000\r\n${BUSY}`;
		assert.equal(await device.send("ATE0"), busy);
		assert.equal(await device.send("no command at all"), busy);
		assert.equal(await device.write("\r\n\r\n \r\n"), "", "blank lines are not");
		resolve();
		assert.equal(await device.heard(), OK);
		assert.equal(await device.send("ATE0"), OK);
	});
	it("that settles at once makes nobody busy", async () => {
		const { device } = bootDoing({ execute: async () => {} });
		assert.equal(await device.write("AT+DO\r\n".repeat(3)), OK + OK + OK);
	});
	it("gets ERROR when it is rejected", async () => {
		const { promise, reject } = later();
		const { device } = bootDoing({ execute: () => promise });
		assert.equal(await device.send("AT+DO"), "");
		reject(failed(7));
		assert.equal(await device.heard(), errorNumber(0x010a0007));
		assert.equal(await device.send("ATE0"), OK);
	});
	it("gets ERROR when its last words cannot be said, and the server lives on", async () => {
		const { device } = bootDoing({ execute: async at => at.last("+DO:€\r\n") });
		assert.equal(await device.send("AT+DO"), errorNumber(0x010a0000));
		assert.equal(await device.send("ATE0"), OK);
	});
	it("gets ERROR when it ends with no known result, and the server lives on", async () => {
		const { device } = bootDoing({ execute: async at => at.endWith(99) });
		assert.equal(await device.send("AT+DO"), errorNumber(0x010a0000));
		assert.equal(await device.send("ATE0"), OK);
	});
});

describe("a handler that returns something else, past the type checker", () => {
	for (const value of [true, "text", null, {}, NaN])
		it(`${JSON.stringify(value)}: does not leave the server busy for ever`, async () => {
			const { device } = bootDoing({ execute: (() => value) as unknown as (at: At) => void });
			assert.match(await device.send("AT+DO"), /\r\n(OK|ERROR)\r\n$/);
			assert.equal(await device.send("ATE0"), OK);
		});
});

describe("an answer to a host that is behind with reading", () => {
	/** The transmit ring is as full as it may be when a line is taken. */
	async function behind(forms: Forms): Promise<{ device: Device; at: At; heard: (answer: string) => Promise<void> }> {
		const { device, at } = bootDoing(forms);
		device.serial.pause();
		const before = 3072;
		at.port.write("-".repeat(before));
		assert.equal(await device.send("AT+DO"), "");
		return {
			device,
			at,
			async heard(answer) {
				device.serial.resume();
				const all = await device.heard();
				assert.equal(all.slice(0, before), "-".repeat(before));
				assert.equal(all.slice(before), answer);
				assert.equal(await device.send("ATE0"), OK);
			},
		};
	}
	const LINES = Array.from({ length: 40 }, (_, i) => `+DO:${i}${"x".repeat(90)}\r\n`).join("");
	const say = (at: At): void => {
		for (let i = 0; i < 40; i++) at.reply(i + "x".repeat(90));
	};

	it("waits, whole, and nothing comes between", async () => {
		const { at, heard } = await behind({ execute: say });
		at.events.post("news", "+NEWS\r\n");
		await heard(`${LINES}${OK}+NEWS\r\n`);
	});
	it("waits when it ends with an error", async () => {
		const { heard } = await behind({
			execute(at) {
				say(at);
				throw failed(7);
			},
		});
		await heard(LINES + errorNumber(0x010a0007));
	});
	it("waits when it is a promise's", async () => {
		const { heard } = await behind({
			async execute(at) {
				await Promise.resolve();
				say(at);
			},
		});
		await heard(LINES + OK);
	});
	it("waits when it is one text of any length", async () => {
		const text = "0123456789".repeat(1000);
		const { heard } = await behind({ execute: at => at.write(text) });
		await heard(text + OK);
	});
	it("has its last words directly before the result", async () => {
		const { heard } = await behind({
			execute(at) {
				at.write("x".repeat(920));
				at.last(`${"y".repeat(100)}\r\n`);
			},
		});
		await heard(`${"x".repeat(920)}${"y".repeat(100)}\r\n${OK}`);
	});
	it("comes before the prompt of the same command", async () => {
		const { device, heard } = await behind({
			async execute(at) {
				say(at);
				at.reply(await at.prompt(3));
			},
		});
		await device.write("abc");
		await heard(`${LINES}${PROMPT}+DO:abc\r\n${OK}`);
	});
	it("holds up nothing else when it has been said, and the command goes on", async () => {
		const { promise, resolve } = later();
		const { device, at } = await behind({
			execute(it) {
				say(it);
				return promise;
			},
		});
		device.serial.resume();
		assert.equal((await device.heard()).slice(-LINES.length), LINES);
		at.events.post("news", "+NEWS\r\n");
		assert.equal(await device.heard(), "+NEWS\r\n");
		assert.equal(await device.send("ATE0"), `ERR CODE:0x010b0000\r\n${BUSY}`);
		resolve();
		assert.equal(await device.heard(), OK);
	});
	it("is refused at once for what no byte can be, and the rest is said", async () => {
		const { heard } = await behind({
			execute(at) {
				say(at);
				at.reply("€");
			},
		});
		await heard(LINES + errorNumber(0x010a0000));
	});
});

describe("a long answer", () => {
	const lines = async (at: At): Promise<void> => {
		for (let i = 0; i < 300; i++) {
			if (i % 20 === 19) await at.drained();
			at.reply("x".repeat(100));
		}
	};
	it("comes in parts, and no line comes between", async () => {
		const { device } = bootDoing({ execute: lines });
		const answer = `+DO:${"x".repeat(100)}\r\n`.repeat(300) + OK;
		assert.equal(await device.write("AT+DO\r\nAT+NO\r\n"), answer + errorNumber(0x01090000));
	});
	it("comes in parts, and no event comes between", async () => {
		const { device } = bootDoing({
			async execute(at) {
				new Timer(() => at.events.post("news", "+NEWS\r\n")).start(0);
				await lines(at);
			},
		});
		const answer = `+DO:${"x".repeat(100)}\r\n`.repeat(300) + OK;
		assert.equal(await device.send("AT+DO"), `${answer}+NEWS\r\n`);
	});
	it("waits for a host that stops reading", async () => {
		const { device } = bootDoing({ execute: lines });
		device.serial.pause();
		assert.equal(await device.send("AT+DO"), "");
		device.serial.resume();
		assert.equal((await device.heard()).length, 300 * 106 + OK.length);
	});
});

describe("a data phase", () => {
	const take: Forms = {
		set: params(int("size", 1, 5000)).run(async (at, size) => at.reply(await at.prompt(size))),
	};
	it("takes exactly the bytes asked for, whatever they are", async () => {
		const { device } = bootDoing(take);
		assert.equal(await device.send("AT+DO=8"), PROMPT);
		assert.equal(await device.write("AT\r\n"), "");
		assert.equal(await device.write("+++\0"), `+DO:AT\r\n+++\0\r\n${OK}`);
	});
	it("is there already: the data came with the line", async () => {
		const { device } = bootDoing(take);
		assert.equal(await device.write("AT+DO=3\r\nabc"), `${PROMPT}+DO:abc\r\n${OK}`);
	});
	it("drops what is too much: one busy, and nothing for line ends", async () => {
		const { device } = bootDoing(take);
		assert.equal(await device.write("AT+DO=3\r\nabc\r\n"), `${PROMPT}+DO:abc\r\n${OK}`);
		assert.equal(
			await device.write("AT+DO=3\r\nabcdef\r\nAT\r\n"),
			`${PROMPT}ERR CODE:0x010b0000\r\n${BUSY}+DO:abc\r\n${OK}`,
		);
		assert.equal(await device.send("ATE0"), OK);
	});
	it("says Recv when it is to, and holds events until it is over", async () => {
		const { device, at } = bootDoing({
			async execute(it) {
				await it.prompt(3, true);
				it.endWith(Result.sendOk);
			},
		});
		assert.equal(await device.send("AT+DO"), PROMPT);
		at.events.post("news", "+NEWS\r\n");
		assert.equal(await device.heard(), "");
		assert.equal(await device.write("abc"), "\r\nRecv 3 bytes\r\n+NEWS\r\n\r\nSEND OK\r\n");
	});
	it("of an impossible size is an error", async () => {
		const { device } = bootDoing({
			execute: async at => void (await at.prompt(0)),
			query: async at => void (await at.prompt(1 << 21)),
		});
		assert.equal(await device.send("AT+DO"), errorNumber(0x010a0000));
		assert.equal(await device.send("AT+DO?"), errorNumber(0x010a0000));
	});
});

describe("register", () => {
	const say = (name: string, what: string): ReturnType<typeof command> =>
		command(name, { execute: at => at.reply(what) });

	it("adds commands while the device runs", async () => {
		const { device, dispatcher } = bootOnly([say("AT+OLD", "old")]);
		assert.equal(await device.send("AT+NEW"), ERROR);
		dispatcher.registerCommands([say("AT+NEW", "new")]);
		assert.equal(await device.send("AT+NEW"), `+NEW:new\r\n${OK}`);
		assert.equal(await device.send("AT+OLD"), `+OLD:old\r\n${OK}`);
		assert.deepEqual(
			dispatcher.commands().map(it => it.name),
			["ATE0", "AT+OLD", "AT+NEW"],
		);
	});
	it("refuses a name that is taken, and then adds none of the set", async () => {
		const { device, dispatcher } = bootOnly([say("AT+OLD", "old")]);
		assert.throws(() => dispatcher.registerCommands([say("AT+NEW", "new"), say("AT+OLD", "2")]), /AT\+OLD exists/);
		assert.equal(await device.send("AT+NEW"), ERROR);
		dispatcher.registerCommands([say("AT+NEW", "1")]);
		assert.throws(() => dispatcher.registerCommands([say("AT+NEW", "2")]), /AT\+NEW exists/);
	});
	it("refuses a set that has a name twice", () => {
		const { dispatcher } = bootOnly([]);
		assert.throws(() => dispatcher.registerCommands([say("AT+NEW", "1"), say("AT+NEW", "2")]), /AT\+NEW/);
	});
	it("overrides when it is told to, and lists the name once", async () => {
		const { device, dispatcher } = bootOnly([say("AT+OLD", "old")]);
		dispatcher.registerCommands([say("AT+OLD", "new")], true);
		assert.equal(await device.send("AT+OLD"), `+OLD:new\r\n${OK}`);
		assert.deepEqual(
			dispatcher.commands().map(it => it.name),
			["ATE0", "AT+OLD"],
		);
	});
});

describe("CIPMUX", () => {
	it("decides whether a link id is read", async () => {
		const { device, at } = bootDoing({
			set: params(linkId(), int("n", 0, 9)).run((it, id, n) => it.reply(`${id} ${n}`)),
		});
		assert.equal(await device.send("AT+DO=7"), `+DO:0 7\r\n${OK}`);
		assert.equal(await device.send("AT+DO=2,7"), errorNumber(0x01060102));
		at.settings.multiple = true;
		assert.equal(await device.send("AT+DO=2,7"), `+DO:2 7\r\n${OK}`);
		assert.equal(await device.send("AT+DO=7"), errorNumber(0x01060201));
	});
});

describe("a command that is pending", () => {
	it("is ended by AT+RST, which is never busy", async () => {
		const device = boot({ accessPoints: [{ ssid: "slow", delay: 60_000 }] });
		assert.equal(await device.send("AT+CWMODE=1"), OK);
		assert.equal(await device.send('AT+CWJAP="slow"'), "");
		assert.equal(await device.send("AT"), BUSY);
		assert.equal(await device.send("AT+RST"), `${OK}\r\nready\r\n`);
		assert.equal(await device.send("AT"), `AT\r\n${OK}`);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** The twin as a program: its command line and start() (design.md, section 9). */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { start, TwinError } from "../../twin/start.ts";
import { answer, AtClient, delay, ERROR, Journal, OK, READY, SLOW, unusedPort, wireTest } from "./harness.ts";
import { ByteReader } from "./bytes.ts";

const test = wireTest();
const BINARY = process.env["XS_AT_TWIN"] ?? fileURLToPath(new URL("../../build/twin/xs-at", import.meta.url));

describe("the twin's command line", () => {
	let directory: string;
	beforeEach(async () => {
		directory = await mkdtemp(join(tmpdir(), "xs-at-test-"));
	});
	const children: ChildProcess[] = [];
	afterEach(async () => {
		for (const child of children.splice(0)) child.kill("SIGKILL");
		await rm(directory, { recursive: true, force: true });
	});

	/** Runs the binary by hand; its output so far is in the result. */
	function run(...args: string[]): {
		child: ReturnType<typeof spawn>;
		out: () => string;
		ended: Promise<number | null>;
	} {
		const child = spawn(BINARY, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
		let text = "";
		for (const stream of [child.stdout, child.stderr]) stream?.on("data", chunk => (text += String(chunk)));
		return { child, out: () => text, ended: once(child, "close").then(([code]) => code as number | null) };
	}

	async function until(condition: () => boolean, what: () => string): Promise<void> {
		for (const end = performance.now() + 5_000 * SLOW; !condition(); await delay(5))
			assert.ok(performance.now() < end, what());
	}

	it("prints the AT port and the flash, makes the symlink and the image, ends on SIGTERM", async () => {
		const uart = join(directory, "uart");
		const flash = join(directory, "flash.bin");
		const { child, out, ended } = run("--uart", uart, "--flash", flash, "--no-console");
		await until(() => out().includes("AT port: "), out);
		assert.match(out(), new RegExp(`^AT port: ${uart}\\n`, "m"));
		assert.ok(out().includes(flash), out());
		assert.ok(lstatSync(uart).isSymbolicLink());
		assert.ok(realpathSync(uart).startsWith("/dev/pts/"));
		assert.equal(statSync(flash).size, 4 << 20);
		child.kill("SIGTERM");
		assert.equal(await ended, 0);
		assert.ok(!existsSync(uart), "the symlink is left");
	});
	it("an unknown option, and one without its value, are named; nothing starts", async () => {
		for (const args of [["--frob"], ["--flash"], ["--seed", "x"], ["--clock", "sundial"]]) {
			const { out, ended } = run(...args);
			const code = await Promise.race([ended, delay(2_000 * SLOW).then(() => "still runs")]);
			assert.ok(typeof code === "number" && code > 0, `${args.join(" ")}: ${code}: ${out()}`);
			assert.ok(out().includes(args[0] ?? ""), out());
		}
	});
	/** A start that is refused: what it says, and no link is left. */
	async function refused(...args: string[]): Promise<string> {
		const { child, out, ended } = run("--uart", "u", "--flash", "f", "--no-console", ...args);
		const code = await Promise.race([ended, delay(2_000 * SLOW).then(() => "still runs")]);
		child.kill("SIGKILL");
		assert.ok(typeof code === "number" && code > 0, `${args.join(" ")}: ${code}: ${out()}`);
		assert.throws(() => lstatSync(join(directory, "u")), /ENOENT/);
		return out();
	}
	it("numbers that cannot be: what is wanted", async () => {
		for (const value of ["0", "-1", "4294967296", "1x", ""])
			assert.match(await refused("--seed", value), /^xs-at: --seed wants a number from 1 to 4294967295: /);
		assert.match(await refused("--listen", "127.0.0.1:65536"), /65536: a port is at most 65535/);
		assert.equal(await refused("--heap", "1000"), "xs-at: cannot start: heap exhausted\n");
	});
	it("a radio file that is missing, empty, no file or no world is named", async () => {
		writeFileSync(join(directory, "empty"), "");
		writeFileSync(join(directory, "torn"), '{"access_points":');
		assert.equal(await refused("--radio", "none"), "xs-at: --radio none: No such file or directory\n");
		assert.equal(await refused("--radio", "empty"), "xs-at: --radio empty: is empty\n");
		assert.equal(await refused("--radio", "."), "xs-at: --radio .: Is a directory\n");
		assert.match(
			await refused("--radio", "torn"),
			/not valid JSON[^]*\nxs-at: --radio torn: not used, see above\n$/,
		);
	});
	it("files in the way of the control socket and of the port's link stay", async () => {
		const file = join(directory, "notes");
		writeFileSync(file, "mine");
		assert.equal(await refused("--control", "notes"), "xs-at: --control notes: exists, and is no socket\n");
		symlinkSync("notes", join(directory, "link"));
		for (const [name, what] of [
			["notes", "File exists"],
			["link", "is a link to something else, and stays"],
		])
			assert.equal(await refused("--uart", name ?? ""), `xs-at: ${name}: ${what}\n`);
		assert.equal(readFileSync(join(directory, "link"), "utf8"), "mine");
	});
	it("a port, a control socket and a TCP port in use are refused, also after a reset; those of a dead twin are not", async () => {
		const tcp = `127.0.0.1:${await unusedPort(new Journal())}`;
		const names = ["--uart", join(directory, "uart"), "--control", "control", "--listen", tcp];
		const first = run("--flash", "first", "--no-console", ...names);
		await until(() => first.out().includes("AT port: "), first.out);
		const at = await AtClient.open(join(directory, "uart"));
		await at.expect(READY);
		for (let resets = 0; resets < 2; resets++) {
			assert.match(
				await refused(...names.slice(0, 2)),
				new RegExp(`in use by another twin, process ${first.child.pid}\\n`),
			);
			assert.match(await refused(...names.slice(2, 4)), /--control control: in use by another process/);
			assert.match(await refused(...names.slice(4)), /--listen \S+: Address already in use/);
			await at.chat("AT+RST␍␊", `AT+RST␍␊${OK}${READY}`, 4_000);
		}
		await at.close();
		first.child.kill("SIGKILL");
		await first.ended;
		assert.ok(lstatSync(join(directory, "uart")).isSymbolicLink());
		const second = run("--flash", "first", "--no-console", ...names);
		await until(() => second.out().includes("AT port: "), second.out);
		second.child.kill("SIGTERM");
		assert.equal(await second.ended, 0);
	});
	it("a radio world with a mistake: its path, and nothing starts", async () => {
		await assert.rejects(
			start({ binary: BINARY, radio: { access_points: [{ ssid: "x", channel: 99 }] } }),
			error => {
				assert.ok(error instanceof TwinError);
				assert.match(error.stderr, /access_points\[0\]\.channel/);
				return true;
			},
		);
	});
	it("a flash in use is refused with the pid of its twin", async () => {
		const flash = join(directory, "flash.bin");
		const first = await start({ binary: BINARY, flash });
		try {
			const { out, ended } = run("--uart", join(directory, "u2"), "--flash", flash, "--no-console");
			assert.notEqual(await ended, 0);
			assert.ok(out().includes(String(first.pid)), `${first.pid} is not in: ${out()}`);
		} finally {
			await first.stop();
		}
		const second = await start({ binary: BINARY, flash });
		await second.stop();
	});
	it("runs on as a background job of a terminal", async () => {
		const job = `${BINARY} --uart u --flash f & sleep ${SLOW}; jobs; kill %1`;
		const child = spawn("script", ["-qec", `bash -mc '${job}'`, "/dev/null"], { cwd: directory });
		let text = "";
		child.stdout.on("data", chunk => (text += String(chunk)));
		await once(child, "close");
		assert.match(text, /AT port: u/);
		assert.match(text, /\[1\].*Running/);
	});
	it("settings stay in the flash; --factory empties it", async () => {
		const flash = join(directory, "flash.bin");
		for (const [factory, expected] of [
			[false, "0"],
			[false, "2"],
			[true, "0"],
		] as [boolean, string][]) {
			const twin = await start({ binary: BINARY, flash, factory });
			const at = await AtClient.open(twin.path);
			await at.expect(READY);
			await at.chat("ATE0␍␊AT+CWMODE?␍␊", `ATE0␍␊${OK}${answer(`+CWMODE:${expected}`)}`);
			await at.chat("AT+CWMODE=2␍␊", OK);
			await at.close();
			await twin.stop();
		}
	});
	it("a second start is ready within 2 s", async () => {
		const flash = join(directory, "flash.bin");
		await (await start({ binary: BINARY, flash })).stop();
		const began = performance.now();
		const twin = await start({ binary: BINARY, flash });
		const took = performance.now() - began;
		await twin.stop();
		assert.ok(took < 2_000 * SLOW, `${took} ms`);
	});
	it("--listen offers the AT port over TCP, too", async () => {
		const port = await unusedPort(new Journal());
		const twin = await start({ binary: BINARY, listen: `127.0.0.1:${port}` });
		const journal = new Journal();
		const reader = new ByteReader("tcp", journal);
		const socket = connect(port, "127.0.0.1").on("data", chunk => reader.push(chunk));
		await once(socket, "connect");
		// Over the pty it was ready before anybody connected here.
		await delay(100);
		reader.discard();
		socket.write("AT\r\n");
		await reader.expect(`AT␍␊${OK}`, 2_000);
		socket.destroy();
		const at = await AtClient.open(twin.path);
		await delay(50);
		at.reader.discard();
		await at.chat("AT␍␊", `AT␍␊${OK}`);
		await at.close();
		await twin.stop();
	});
	it("--trace records both directions", async () => {
		const trace = join(directory, "trace");
		const twin = await start({ binary: BINARY, trace });
		const at = await AtClient.open(twin.path);
		await at.expect(READY);
		await at.chat("AT+FAKE␍␊", `AT+FAKE␍␊${ERROR}`);
		await at.close();
		await twin.stop();
		const text = readFileSync(trace, "latin1");
		assert.match(text, /AT\+FAKE[^]*AT\+FAKE[^]*ERROR/);
		assert.match(text, /ready/);
	});
	it("--pace: 960 bytes take a second at 9600 baud", async () => {
		const twin = await start({ binary: BINARY, pace: true });
		const at = await AtClient.open(twin.path);
		await at.expect(READY);
		await at.chat("ATE0␍␊", `ATE0␍␊${OK}`);
		await at.chat("AT+UART_CUR=9600,8,1,0,3␍␊", OK);
		const began = performance.now();
		// 160 answers of 6 bytes.
		await at.chat("AT␍␊".repeat(160), OK.repeat(160), 5_000);
		const took = performance.now() - began;
		await at.close();
		await twin.stop();
		assert.ok(took > 900 && took < 1_800 * SLOW, `${took} ms`);
	});
});

const NVS = { offset: 0x12000, size: 0xe000 };
const NVS_U8 = 0x01;
const NVS_STRING = 0x21;

/** CRC-32 as the ROM's, of several pieces. */
function crc(...pieces: Uint8Array[]): number {
	return pieces.reduce((value, it) => crc32(it, value), 0xffffffff);
}

function nvsEntry(space: number, type: number, span: number, key: string, data: Buffer): Buffer {
	const it = Buffer.alloc(32, 0xff);
	it.set([space, type, span]);
	it.fill(0, 8, 24).write(key, 8);
	data.copy(it, 24);
	it.writeUInt32LE(crc(it.subarray(0, 4), it.subarray(8)), 4);
	return it;
}

/** A partition `nvs` with one string of at most 31 bytes, in the IDF's format. */
function nvsWith(space: string, key: string, text: string): Buffer {
	const image = Buffer.alloc(NVS.size, 0xff);
	const value = Buffer.alloc(32, 0xff);
	const size = value.write(`${text}\0`);
	const about = Buffer.alloc(8, 0xff);
	about.writeUInt16LE(size);
	about.writeUInt32LE(crc(value.subarray(0, size)), 4);
	image.writeUInt32LE(0xfffffffe); // the page is active
	image.writeUInt32LE(0, 4);
	image[8] = 0xfe; // version 2
	image.writeUInt32LE(crc(image.subarray(4, 28)), 28);
	image[32] = 0b11101010; // three entries are written
	nvsEntry(0, NVS_U8, 1, space, Buffer.of(1)).copy(image, 64);
	nvsEntry(1, NVS_STRING, 2, key, about).copy(image, 96);
	value.copy(image, 128);
	return image;
}

describe("the twin's log", () => {
	it("tells what the firmware catches inside", async () => {
		const directory = await mkdtemp(join(tmpdir(), "xs-at-test-"));
		const flash = join(directory, "flash.bin");
		await (await start({ binary: BINARY, flash })).stop();
		const image = readFileSync(flash);
		nvsWith("at", "journal", "[[").copy(image, NVS.offset);
		writeFileSync(flash, image);
		const twin = await start({ binary: BINARY, flash });
		const at = await AtClient.open(twin.path);
		await at.expect(READY);
		await at.close();
		await twin.stop();
		await rm(directory, { recursive: true });
		assert.match(twin.stderr, /^journal: SyntaxError.*\n/m);
	});
});

describe("the twin's AT port", () => {
	test("is the same after AT+RST, for a client that stays and for one that comes", async w => {
		const before = realpathSync(w.twin.path);
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		assert.equal(realpathSync(w.twin.path), before);
		await w.at.close();
		const next = await AtClient.open(w.twin.path, w.journal);
		await next.chat("AT␍␊", `AT␍␊${OK}`);
		await next.close();
	});
	test("says ready within 500 ms of AT+RST", async ({ at }) => {
		const began = performance.now();
		await at.chat("AT+RST␍␊", OK + READY, 4_000);
		const took = performance.now() - began;
		assert.ok(took < 500 * SLOW, `${took} ms`);
	});
	test("has the pid it had, over resets", async w => {
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		await w.at.chat("AT+RST␍␊", `AT+RST␍␊${OK}${READY}`, 4_000);
		process.kill(w.twin.pid, 0);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
	test("control connections, subscriptions and access points outlive a reset", async w => {
		const events: unknown[] = [];
		w.control.on("event", event => events.push(event["event"]));
		await w.control.request("subscribe", { events: ["start"] });
		await w.control.request("ap.add", { ssid: "later", password: "12345678" });
		await w.at.chat("AT+RST␍␊", OK + READY, 4_000);
		const { access_points: aps } = (await w.control.request("ap.list")) as { access_points: { ssid: string }[] };
		assert.deepEqual(
			aps.map(({ ssid }) => ssid),
			["net", "later"],
		);
		assert.deepEqual(events, ["start"]);
		await w.at.chat("AT␍␊", `AT␍␊${OK}`);
	});
});

describe("the package", () => {
	const index = fileURLToPath(new URL("../../twin/index.mjs", import.meta.url));

	it("gives what the compiled start.ts has", async () => {
		const given = (await import(index)) as { start: typeof start; TwinError: typeof TwinError };
		const twin = await given.start();
		await twin.stop();
		await assert.rejects(given.start({ radio: "/no/such/file" }), given.TwinError);
	});
	it("says what to do when nothing is built", async () => {
		const folder = await mkdtemp(join(tmpdir(), "xs-at-index-"));
		await mkdir(join(folder, "twin"));
		await copyFile(index, join(folder, "twin/index.mjs"));
		await assert.rejects(import(join(folder, "twin/index.mjs")), {
			message: `xs-at is not built: npm run build in ${folder}/`,
		});
		await rm(folder, { recursive: true });
	});
});

describe("start()", () => {
	it("two twins run side by side, each with its own addresses", async () => {
		const twins = await Promise.all([start({ binary: BINARY }), start({ binary: BINARY })]);
		const seen = new Set<string>();
		for (const twin of twins) {
			const at = await AtClient.open(twin.path);
			await at.expect(READY);
			await at.chat("ATE0␍␊AT+CWMODE=1␍␊", `ATE0␍␊${OK}${OK}`);
			await at.chat('AT+CWJAP="twin-ap","12345678"␍␊', `WIFI CONNECTED␍␊WIFI GOT IP␍␊${OK}`, 5_000);
			const [ip] = await at.ask("AT+CIPSTA?␍␊", /\+CIPSTA:ip:"(127\.[\d.]+)"␍␊[^]*?␍␊OK␍␊/);
			seen.add(ip ?? "");
			await at.close();
		}
		await Promise.all(twins.map(twin => twin.stop()));
		assert.equal(seen.size, 2, [...seen].join());
	});
	it("removes its temporary files, and stop() may be called twice", async () => {
		const twin = await start({ binary: BINARY });
		assert.ok(existsSync(twin.flash));
		await twin.stop();
		await twin.stop();
		assert.ok(!existsSync(twin.directory));
		assert.deepEqual(await twin.exited, { code: 0, signal: null });
	});
	it("a twin that is killed shows: exited and stop() throw, what waits is rejected", async () => {
		const twin = await start({ binary: BINARY });
		const exited = assert.rejects(twin.exited, /SIGKILL/);
		const asked = assert.rejects(
			(async () => {
				for (;;) await twin.control.request("help");
			})(),
		);
		process.kill(twin.pid, "SIGKILL");
		await Promise.all([exited, asked]);
		await assert.rejects(twin.stop(), /SIGKILL/);
	});
	it("a C fault is not hidden by a restart", async () => {
		const twin = await start({ binary: BINARY });
		const exited = assert.rejects(twin.exited, TwinError);
		process.kill(twin.pid, "SIGSEGV");
		await exited;
		await assert.rejects(twin.stop(), TwinError);
	});
	it("a binary that is not there is named", async () => {
		await assert.rejects(start({ binary: "/nowhere/xs-at" }), /\/nowhere\/xs-at.*ENOENT/);
	});
	it("a binary that never gets ready: after the timeout, with what it said", async () => {
		await assert.rejects(start({ binary: "/bin/sleep", args: ["5"], timeout: 300 }), TwinError);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** Plays random Wi-Fi commands and events of the radio world on a twin, and compares it with the model. */

import assert from "node:assert/strict";
import type { Wire } from "./harness.ts";
import { advance, softApState, stationState } from "./radio.ts";
import { type Listener, type Model, Random, SOFTAP, STATION } from "./wifi-model.ts";

/** The access point. */
export const NET = { ssid: "net", password: "12345678", bssid: "02:00:00:00:00:01" };
const GOOD = { present: true, dhcp: true, delay_ms: 30, dhcp_delay_ms: 20 };
const SERVER_PORT = 8080;
const MACS = ["02:00:00:00:0a:01", "02:00:00:00:0a:02", "02:00:00:00:0a:03"];
/** The longest that a command may take, AT+CWJAP's timeout: ms */
const PATIENCE = 20_000;
const NO_ADDRESS = "0.0.0.0";

/** What a command answered: its lines without messages, the result as the last. */
type Answer = readonly string[];

export class Player {
	readonly #w: Wire;
	readonly #random: Random;
	readonly #listener: Listener;
	readonly #model: Model;
	/** The SoftAP's address from the factory. */
	readonly #softAp: string;
	readonly #steps: string[] = [];

	constructor(w: Wire, model: Model, listener: Listener, softAp: string, seed: number) {
		this.#softAp = softAp;
		this.#w = w;
		this.#model = model;
		this.#listener = listener;
		this.#random = new Random(seed);
	}
	get history(): string {
		return this.#steps.join("\n");
	}

	/** Sends a line; time passes while it pends. */
	async #ask(line: string): Promise<Answer> {
		const { at } = this.#w;
		const result = /[^]*?␍␊(?:OK|ERROR|busy p\.\.\.)␍␊/;
		this.#steps.push(line);
		await at.send(`${line}␍␊`);
		const isSlow = line.startsWith("AT+CWJAP") || line.startsWith("AT+CWLAP");
		for (let waited = 0; isSlow && !line.endsWith("?") && waited < PATIENCE; waited += 100) {
			if (/\r\n(?:OK|ERROR)\r\n/.test(at.reader.unread.toString("latin1"))) break;
			await advance(this.#w, 100);
		}
		const [text] = await at.expectMatch(result, 5_000);
		return text.split("\r\n").filter(it => it !== "" && !this.#listener.hear(it));
	}
	async #expect(line: string, ...lines: string[]): Promise<void> {
		assert.deepEqual(await this.#ask(line), lines, line);
	}
	/** OK or ERROR */
	async #try(line: string, succeeds: boolean): Promise<boolean> {
		await this.#expect(line, succeeds ? "OK" : "ERROR");
		return succeeds;
	}
	async #world(cmd: string, fields: Record<string, unknown> = {}): Promise<boolean> {
		this.#steps.push(`${cmd} ${JSON.stringify(fields)}`);
		return this.#w.control.request(cmd, fields).then(
			() => true,
			() => false,
		);
	}

	async restart(line: "AT+RST" | "AT+RESTORE"): Promise<void> {
		const { at } = this.#w;
		this.#steps.push(line);
		await at.send(`${line}␍␊`);
		await at.expectMatch(/[^]*?␍␊ready␍␊/, 10_000);
		this.#listener.reset();
		await this.#expect("ATE0", "ATE0", "OK");
		if (line === "AT+RST") this.#model.restart();
		else this.#model.restore();
	}

	/** A mode in which most commands do something. */
	async begin(): Promise<void> {
		const mode = this.#random.pick(1, 2, 3, 3);
		if (this.#random.chance(4) || !this.#model.driver) return;
		await this.#try(`AT+CWMODE=${mode}`, true);
		this.#model.setMode(mode, true);
	}
	async step(): Promise<void> {
		const random = this.#random;
		const model = this.#model;
		const { now } = model;
		switch (random.below(26)) {
			case 0:
			case 1: {
				const [mode, auto] = [random.below(4), random.pick("", ",0", ",1")];
				if (await this.#try(`AT+CWMODE=${mode}${auto}`, model.driver)) model.setMode(mode, auto !== ",0");
				return;
			}
			case 2:
			case 3:
				return this.#join(random.pick(NET.password, NET.password, "not this one"));
			case 4:
				return this.#joinAgain();
			case 5:
				if (await this.#try("AT+CWQAP", model.station)) model.trying = false;
				return;
			case 6:
				return this.#configureSoftAp();
			case 7: {
				const ip = random.pick(this.#softAp, "192.168.5.1", "192.168.4.1");
				if (await this.#try(`AT+CIPAP="${ip}"`, model.softAp))
					model.set({ softApAddress: ip, leases: "", dhcp: now.dhcp | SOFTAP });
				return;
			}
			case 8: {
				const ip = random.pick("192.168.6.6", "192.168.6.7");
				if (await this.#try(`AT+CIPSTA="${ip}"`, model.station))
					model.set({ fixed: ip, dhcp: now.dhcp & ~STATION });
				return;
			}
			case 9:
				return this.#setDhcp(random.below(2), 1 + random.below(3));
			case 10:
				return this.#setLeases(random.chance(3));
			case 11: {
				const answer = await this.#ask("AT+CWLAP");
				/* A station that is joining cannot look around. */
				if (!model.station) assert.deepEqual(answer, ["ERROR"]);
				else assert.match(answer.join(), /^(?:\+CWLAP:\(3,"net",[^)]+\),)?OK$|^ERROR$/);
				return;
			}
			case 12:
				await this.#try("AT+CWQIF", model.softAp);
				return;
			case 13:
				await this.#try("AT+CWRECONNCFG=1,0", true);
				return model.set({ interval: 1, count: 0 });
			case 14: {
				const on = random.below(2);
				await this.#try(`AT+CWAUTOCONN=${on}`, true);
				return model.setAutoConnect(on);
			}
			case 15: {
				const on = random.below(3) > 0;
				await this.#try(`AT+CWINIT=${on ? 1 : 0}`, true);
				return model.setDriver(on);
			}
			case 16: {
				const on = random.below(2);
				await this.#try(`AT+SYSSTORE=${on}`, true);
				model.storing = on === 1;
				return;
			}
			case 17: {
				const mac = random.pick("1a:00:00:00:00:01", "1a:00:00:00:00:02");
				if (await this.#try(`AT+CIPSTAMAC="${mac}"`, model.driver)) model.set({ stationMac: mac });
				return;
			}
			case 19: {
				const on = random.below(3) > 0;
				if (on && !model.serves) await this.#try("AT+CIPMUX=1", true);
				if (on !== model.serves) await this.#try(`AT+CIPSERVER=${on ? `1,${SERVER_PORT}` : "0,1"}`, true);
				model.serves = on;
				return;
			}
			case 18: {
				const mac = random.pick("1a:00:00:00:00:03", "1a:00:00:00:00:04");
				if (await this.#try(`AT+CIPAPMAC="${mac}"`, model.driver)) model.set({ softApMac: mac });
				return;
			}
			default:
				return this.#event();
		}
	}

	async #event(): Promise<void> {
		const random = this.#random;
		switch (random.below(7)) {
			case 0:
				return void (await this.#world("ap.set", { ssid: "net", present: random.chance(2) }));
			case 1:
				return void (await this.#world("ap.set", { ssid: "net", dhcp: random.chance(2) }));
			case 2:
				return void (await this.#world("ap.set", {
					...{ ssid: "net", delay_ms: random.below(300), dhcp_delay_ms: random.below(300) },
				}));
			case 3:
				return void (await this.#world("station.drop"));
			case 4:
				/* Answered when time has passed. */
				void this.#world("softap.join", {
					...{ ssid: this.#model.now.softApName || "nobody", password: "12345678" },
					...{ mac: random.pick(...MACS), delay_ms: random.below(200) },
				});
				return;
			case 5:
				return void (await this.#world("softap.leave", {
					mac: random.pick(...MACS),
					release: random.chance(2),
				}));
			default:
				return this.pass(random.pick(0, 1, 19, 51, 300, 1000));
		}
	}
	async pass(ms: number): Promise<void> {
		this.#steps.push(`… ${ms} ms`);
		await advance(this.#w, ms);
	}

	async #join(password: string): Promise<void> {
		const model = this.#model;
		const answer = await this.#ask(`AT+CWJAP="net","${password}",,,1,,,3`);
		if (!model.station) {
			assert.deepEqual(answer, ["ERROR"]);
			return;
		}
		model.set({ ssid: "net", password, interval: 1 });
		await this.#joined(answer);
	}
	async #joinAgain(): Promise<void> {
		const model = this.#model;
		const answer = await this.#ask("AT+CWJAP");
		if (!model.station || model.now.ssid === "") assert.deepEqual(answer, ["ERROR"]);
		else await this.#joined(answer);
	}
	/** What the access point in the air makes of it. */
	async #joined(answer: Answer): Promise<void> {
		const model = this.#model;
		const { access_points } = (await this.#w.control.request("ap.list")) as {
			access_points: { present: boolean; dhcp: boolean }[];
		};
		const [ap] = access_points;
		const { password, fixed, dhcp } = model.now;
		let code = 0;
		if (!ap?.present) code = 3;
		else if (password !== NET.password) code = 2;
		else if (fixed === "" && (!ap.dhcp || (dhcp & STATION) === 0)) code = 1;
		assert.deepEqual(answer, code === 0 ? ["OK"] : [`+CWJAP:${code}`, "ERROR"]);
		model.trying = code === 0;
	}

	async #configureSoftAp(): Promise<void> {
		const random = this.#random;
		const softApName = random.pick("mine", 'a,"b\\');
		const escaped = softApName.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
		const rest = `${1 + random.below(13)},3,${1 + random.below(10)},${random.below(2)}`;
		const line = `AT+CWSAP="${escaped}","12345678",${rest}`;
		if (await this.#try(line, this.#model.softAp))
			this.#model.set({ softAp: `"${softApName}","12345678",${rest}`, softApName });
	}
	async #setDhcp(on: number, bits: number): Promise<void> {
		const model = this.#model;
		const { dhcp } = model.now;
		const [, ip = ""] = /ip:"([^"]+)"/.exec((await this.#ask("AT+CIPSTA?")).join()) ?? [];
		if (!(await this.#try(`AT+CWDHCP=${on},${bits}`, model.driver))) return;
		model.set({ dhcp: on ? dhcp | bits : dhcp & ~bits });
		if (bits & STATION && on) model.set({ fixed: "" });
		else if (bits & STATION && dhcp & STATION && ip !== NO_ADDRESS) model.set({ fixed: ip });
	}
	async #setLeases(back: boolean): Promise<void> {
		const model = this.#model;
		const { softApAddress, dhcp } = model.now;
		const prefix = (softApAddress || this.#softAp).replace(/\d+$/, "");
		const range = `3,"${prefix}10","${prefix}11"`;
		if (await this.#try(`AT+CWDHCPS=${back ? 0 : `1,${range}`}`, model.softAp && (dhcp & SOFTAP) !== 0))
			model.set({ leases: back ? "" : range });
	}

	/** The access point is at its best, and all comes to rest: then everything must agree. */
	async settle(): Promise<void> {
		await this.#world("ap.set", { ssid: "net", ...GOOD });
		await this.pass(4_000);
		const model = this.#model;
		const { now } = model;
		await this.#expect("AT+CWMODE?", `+CWMODE:${now.mode}`, "OK");
		await this.#expect("AT+CWINIT?", `+CWINIT:${model.driver ? 1 : 0}`, "OK");
		await this.#expect("AT+CWRECONNCFG?", `+CWRECONNCFG:${now.interval},${now.count}`, "OK");
		await this.#expect("AT+CWAUTOCONN?", `+CWAUTOCONN:${now.autoConnect}`, "OK");
		await this.#expect("AT+CWDHCP?", `+CWDHCP:${now.dhcp}`, "OK");
		await this.#agreeOnStation();
		await this.#agreeOnSoftAp();
		await this.#agreeOnServer();
	}
	/** It is where there is a network, and nowhere else. */
	async #agreeOnServer(): Promise<void> {
		const { serves, softAp } = this.#model;
		const { host } = await softApState(this.#w);
		/* Of a SoftAP that is not there an address of another network has nothing that stands in for it. */
		if (softAp || host.startsWith("127."))
			assert.equal(await this.#reaches(host), serves && softAp, "the server over the SoftAP");
		const station = await stationState(this.#w);
		if (station.host !== undefined) assert.equal(await this.#reaches(station.host), serves, "over the station");
	}
	async #reaches(host: string): Promise<boolean> {
		const { at } = this.#w;
		const peer = await this.#w.client(host, SERVER_PORT).catch(() => undefined);
		if (peer === undefined) return false;
		await at.expect("0,CONNECT␍␊");
		peer.end();
		await at.expect("0,CLOSED␍␊");
		return true;
	}
	async #agreeOnStation(): Promise<void> {
		const model = this.#model;
		const { fixed, dhcp, password, stationMac } = model.now;
		const [state = ""] = await this.#ask("AT+CWSTATE?");
		const world = await stationState(this.#w);
		const number = Number(state.slice("+CWSTATE:".length, "+CWSTATE:".length + 1));
		const mayHaveAddress = fixed !== "" || (dhcp & STATION) !== 0;
		if (!model.trying) assert.ok(number === 0 || number === 4, `${state}: nobody wants it`);
		else if (password !== NET.password) assert.equal(number, 3, state);
		else if (!mayHaveAddress) assert.ok(number === 1 || number === 3, state);
		else assert.equal(number, 2, state);
		const inWorld = [["off", "idle"], ["associated"], ["addressed"], ["idle", "joining"], ["off", "idle"]][number];
		assert.ok(inWorld?.includes(world.state), `${state}, but in the world it is ${world.state}`);
		assert.equal(this.#listener.connected, number === 1 || number === 2, state);
		assert.equal(this.#listener.addressed, number === 2, state);
		const shown = fixed || world.address?.ip || NO_ADDRESS;
		const [ip = ""] = await this.#ask("AT+CIPSTA?");
		assert.equal(ip, `+CIPSTA:ip:"${shown}"`);
		if (number === 2) assert.equal(world.address?.ip, shown);
		const [joined = ""] = await this.#ask("AT+CWJAP?");
		assert.equal(joined.startsWith("+CWJAP:"), number === 1 || number === 2, joined);
		if (stationMac !== "") await this.#expect("AT+CIPSTAMAC?", `+CIPSTAMAC:"${stationMac}"`, "OK");
	}
	async #agreeOnSoftAp(): Promise<void> {
		const model = this.#model;
		const { softAp, softApAddress, leases, softApMac, softApName } = model.now;
		const world = await softApState(this.#w);
		assert.equal(world.state, model.softAp ? "up" : "down");
		const [configured = ""] = await this.#ask("AT+CWSAP?");
		if (softAp !== "") assert.equal(configured, `+CWSAP:${softAp}`);
		if (model.softAp && softApName !== "") assert.equal(world.ssid, softApName);
		if (softApMac !== "") await this.#expect("AT+CIPAPMAC?", `+CIPAPMAC:"${softApMac}"`, "OK");
		const [address = ""] = await this.#ask("AT+CIPAP?");
		assert.equal(address, `+CIPAP:ip:"${softApAddress || this.#softAp}"`);
		assert.equal(world.address.ip, softApAddress || this.#softAp);
		const [range = ""] = await this.#ask("AT+CWDHCPS?");
		if (leases !== "") assert.equal(range, `+CWDHCPS:${leases}`);
		const { first, last } = world.dhcp;
		if (world.dhcp.on) assert.equal(range, `+CWDHCPS:${world.dhcp.lease_minutes},"${first}","${last}"`);
		assert.deepEqual([...this.#listener.guests].sort(), world.stations.map(({ mac }) => mac).sort());
		const listed = await this.#ask("AT+CWLIF");
		const guests = world.stations.filter(({ ip }) => ip !== undefined).map(({ ip, mac }) => `+CWLIF:${ip},${mac}`);
		assert.deepEqual([...listed].sort(), model.softAp ? [...guests, "OK"].sort() : ["ERROR"]);
	}
	/** Always the same in the end, without a restart. */
	async tidy(): Promise<void> {
		const softAp = '"mine","12345678",1,3,10,0';
		const [stationMac, softApMac] = ["1a:00:00:00:00:01", "1a:00:00:00:00:03"];
		const { ssid, password } = NET;
		for (const mac of MACS) await this.#world("softap.leave", { mac });
		for (const line of [
			...["AT+SYSSTORE=1", "AT+CWINIT=1", "AT+CWMODE=3,0", "AT+CWDHCP=1,3", "AT+CWAUTOCONN=1"],
			...[`AT+CIPAP="${this.#softAp}"`, `AT+CWSAP=${softAp}`, `AT+CIPAPMAC="${softApMac}"`],
			...[`AT+CIPSTAMAC="${stationMac}"`, `AT+CWJAP="${ssid}","${password}",,,1,,,3`, "AT+CWMODE=0"],
		])
			await this.#try(line, true);
		const model = this.#model;
		model.storing = true;
		model.setDriver(true);
		model.setAutoConnect(1);
		model.setMode(3, false);
		model.set({ dhcp: 3, fixed: "", softApAddress: this.#softAp, leases: "", softAp, softApName: "mine" });
		model.set({ stationMac, softApMac, ssid, password, interval: 1 });
		model.setMode(0, false);
	}
}

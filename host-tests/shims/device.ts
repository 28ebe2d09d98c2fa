// SPDX-License-Identifier: Apache-2.0

import { setRunning } from "./natives";
/* After the natives, which its modules need while they are loaded. */
import firmware from "main";
import { Clock } from "./clock";
import { FakeFlash, FlashChip } from "./flash";
import { FakeLinks } from "./links";
import { FakeNames } from "./names";
import { Network } from "./network";
import { FakeManufacturing } from "./manufacturing";
import { FakePort } from "./port";
import { FakeFirmware, FakePower, FakeRegisters } from "./power";
import { FakeScan } from "./scan";
import { Serial } from "./serial";
import { FakeSoftAp } from "./softap";
import { Storage } from "./storage";
import { Timers } from "./timers";
import { type AccessPoint, Wifi } from "./wifi";

export interface BootOptions {
	/** What the flash holds: values by namespace and key. */
	storage?: Storage | Record<string, Record<string, number | string>>;
	accessPoints?: AccessPoint[];
	/** Leaves the echo on, and `ready` to be heard. Default: ATE0 was sent, and nothing was said. */
	echo?: boolean;
	/** What runs instead of main() of main.ts. */
	main?: () => void;
	/** Does not print the log port's lines to stderr. */
	quiet?: boolean;
}

const GREETING = "\r\nready\r\nATE0\r\n\r\nOK\r\n";

/** The firmware, running on fakes: real TypeScript from main() to the commands, and everything below it pretended. */
export class Device {
	readonly serial: Serial;
	readonly wifi: Wifi;
	/** Of the boot in hand. */
	scan!: FakeScan;
	softAp!: FakeSoftAp;
	readonly storage: Storage;
	readonly flash = new FlashChip();
	readonly net = new Network();
	readonly power = new FakePower();
	readonly firmware: FakeFirmware;
	readonly registers = new FakeRegisters();
	/** Seconds since 1970 when the clock stood at 0. */
	wallClock = 0;
	readonly clock: Clock;
	/** Lines of the log port, exceptions among them. */
	readonly log: string[] = [];
	readonly #options: BootOptions;
	#run!: Machine;
	#heard = "";
	#scheduled = false;
	#waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];

	constructor(options: BootOptions) {
		const now = (): number => this.clock.now;
		const wake = (): void => this.#wake();
		const { storage, accessPoints = [] } = options;
		this.#options = options;
		this.clock = new Clock({ due: () => this.#run.due() }, () => this.#settle());
		this.serial = new Serial(wake);
		this.serial.on("data", data => {
			this.#heard += data;
		});
		this.firmware = new FakeFirmware(wake);
		this.wifi = new Wifi(accessPoints, now, wake);
		this.storage = storage instanceof Storage ? storage : new Storage(storage);
		this.#power();
	}

	/** Sends a line with CR LF. @returns all that was said since the last time, when the device has come to rest */
	async send(line: string): Promise<string> {
		this.serial.write(`${line}\r\n`);
		return this.heard();
	}
	/** Sends bytes as they are, for a data phase. @returns as send() */
	async write(bytes: string): Promise<string> {
		this.serial.write(bytes);
		return this.heard();
	}
	/** @returns all that was said since the last time, when the device has come to rest */
	async heard(): Promise<string> {
		await this.#settle();
		const heard = this.#heard;
		this.#heard = "";
		return heard;
	}
	/** Lets time pass. @returns all that was said since the last time */
	async advance(ms: number): Promise<string> {
		await this.clock.advance(ms);
		return this.heard();
	}
	/** Cuts the power and boots anew: what is not in storage is gone. */
	restart(): void {
		this.#power();
	}

	#power(): void {
		this.#boot();
		if (this.#options.echo) return;
		this.serial.write("ATE0\r\n");
		while (this.#run.turn());
		if (!this.#heard.includes(GREETING)) throw new Error(`no ready, but ${JSON.stringify(this.#heard)}`);
		this.#heard = this.#heard.replace(GREETING, "");
	}
	#boot(): void {
		const run = new Machine(
			this,
			!this.#options.quiet,
			() => this.#boot(),
			() => this.#wake(),
		);
		this.wifi.cut();
		this.scan = new FakeScan(this.wifi);
		this.softAp = new FakeSoftAp(this.wifi);
		this.power.cut();
		(this.#run as Machine | undefined)?.cut();
		this.#run = run;
		setRunning(run);
		(this.#options.main ?? firmware)();
		this.#wake();
	}
	#wake(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		setImmediate(() => this.#turn());
	}
	/** Between two turns promise jobs run; a turn without work is the rest. */
	#turn(): void {
		const waiting = this.#waiting;
		this.#scheduled = false;
		setRunning(this.#run);
		try {
			if (this.#run.turn()) return this.#wake();
			this.#waiting = [];
			for (const { resolve } of waiting) resolve();
		} catch (error) {
			this.#waiting = [];
			for (const { reject } of waiting) reject(error);
		}
	}
	#settle(): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ resolve, reject });
			this.#wake();
		});
	}
}

/** From one boot to the next. */
class Machine {
	readonly #port: FakePort;
	readonly #links: FakeLinks;
	readonly #names: FakeNames;
	readonly #timers: Timers;
	readonly #flash: FakeFlash;
	readonly #manufacturing: FakeManufacturing;
	readonly #device: Device;
	readonly #print: boolean;
	#off = false;
	readonly makers;

	constructor(device: Device, print: boolean, onRestart: () => void, wake: () => void) {
		const { serial, clock, net, wifi, storage } = device;
		const now = (): number => clock.now;
		this.#device = device;
		this.#print = print;
		this.#links = new FakeLinks(net, () => wifi.address()[0], now, wake);
		this.#names = new FakeNames(net);
		const port = (): FakePort => this.#port;
		this.#flash = new FakeFlash(device.flash, port, wake);
		this.#manufacturing = new FakeManufacturing(storage, port, wake);
		this.#port = new FakePort(serial, now, [...this.#links.links, this.#flash], onRestart);
		this.#timers = new Timers(now);
		this.makers = {
			port: (...callbacks: Parameters<FakePort["serve"]>) => this.#port.serve(...callbacks),
			link: (...callbacks: Parameters<FakeLinks["serve"]>) => this.#links.serve(...callbacks),
			network: (...callbacks: Parameters<FakeNames["serve"]>) => this.#names.serve(...callbacks),
			wifi: (...callbacks: Parameters<Wifi["serve"]>) => wifi.serve(...callbacks),
			scan: () => device.scan,
			softap: () => device.softAp,
			timer: (callback: () => void) => this.#timers.make(callback),
			store: () => storage,
			power: () => device.power,
			firmware: () => device.firmware,
			registers: () => device.registers,
			flash: (onDone: (result: number) => void) => this.#flash.serve(onDone),
			manufacturing: (onDone: (result: number) => void) => this.#manufacturing.serve(onDone),
			system: () => ({
				memory: () => [150_000, 140_000],
				time: () => device.wallClock + Math.floor(now() / 1000),
				setTime: (time: number) => {
					device.wallClock = time - Math.floor(now() / 1000);
				},
				build: () => ["abcdef0", "Jan  1 2026 00:00:00", "fake"],
			}),
		};
	}
	log(text: string): void {
		this.#device.log.push(text);
		if (this.#print) process.stderr.write(text);
	}
	/** One turn of the I/O task, then one of XS. @returns whether there was something to do */
	turn(): boolean {
		const enter = (body: () => void): void => {
			try {
				body();
			} catch (error) {
				this.log(`exception: ${String(error)}\n`);
			}
		};
		const { firmware: slots, wifi } = this.#device;
		const io = [this.#links.io(this.#port), this.#port.io()];
		if (this.#off) return true;
		const xs = [
			this.#port.xs(enter),
			this.#links.xs(enter),
			this.#names.xs(enter),
			wifi.xs(enter),
			slots.xs(enter),
			this.#timers.turn(enter),
			this.#flash.work.xs(enter),
			this.#manufacturing.work.xs(enter),
		];
		return [...io, ...xs].includes(true);
	}
	due(): number {
		return Math.min(this.#port.due(), this.#links.due(), this.#device.wifi.due(), this.#timers.due());
	}
	cut(): void {
		this.#off = true;
		this.#links.cut();
	}
}

/** Powers a device up. @throws Error when it does not get ready */
export function boot(options: BootOptions = {}): Device {
	return new Device(options);
}

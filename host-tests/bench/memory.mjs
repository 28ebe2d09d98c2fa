// SPDX-License-Identifier: Apache-2.0

/** The memory of the machine on the 32-bit twin, at `ready` and over a session that uses every command there is. */

import { setTimeout as delay } from "node:timers/promises";
import { binary } from "../../scripts/build.mjs";
import { Host, OK } from "./host.mjs";

const ERROR = "\r\nERROR\r\n";
const ROUNDS = 2;
/** Quiet before `+++`: more than the 20 ms that it takes. */
const QUIET_MS = 60;

/** Commands with their result; what is not named ends with OK. */
const SIMPLE = [
	["AT"],
	["ATE1"],
	["ATE0"],
	["AT+GMR"],
	["AT+CMD?"],
	["AT+SYSLOG=1"],
	["AT+SYSLOG?"],
	["AT+SYSLOG=7", ERROR],
	["AT+SYSMSG=7"],
	["AT+SYSMSG?"],
	["AT+SYSMSG=1"],
	["AT+SYSSTORE=0"],
	["AT+SYSSTORE?"],
	["AT+SYSSTORE=1"],
	["AT+SYSRAM?"],
	["AT+UART_CUR?"],
	["AT+UART_CUR=115200,8,1,0,0"],
	["AT+UART_DEF=115200,8,1,0,0"],
	["AT+UART_DEF?"],
	["AT+UART?"],
	["AT+CWJAP=?"],
	["AT+CIPSTART=?"],
	["AT+NOTHING", ERROR],
	["AT+SYSFLASH?"],
	['AT+SYSFLASH=0,"fs_storage",0,4096'],
	['AT+SYSFLASH=2,"fs_storage",0,9000'],
	["AT+SYSMFG?"],
	['AT+SYSMFG=1,"factory_param"'],
	['AT+SYSMFG=1,"factory_param","module_name"'],
	['AT+SYSMFG=2,"bench","key",5,4294967295'],
	['AT+SYSMFG=0,"bench"'],
	["AT+CWMODE=3"],
	['AT+CWSAP="bench","12345678",5,3,4'],
	["AT+CWSAP?"],
	["AT+CWLIF"],
	['AT+CIPAP="192.168.4.1","192.168.4.1","255.255.255.0"'],
	["AT+CIPAP?"],
	['AT+CWDHCPS=1,3,"192.168.4.10","192.168.4.15"'],
	["AT+CWDHCPS?"],
	["AT+CWDHCP=0,3"],
	["AT+CWDHCP?"],
	["AT+CWDHCP=1,3"],
	["AT+CWAPPROTO=3"],
	["AT+CWSTAPROTO=7"],
	['AT+CIPAPMAC="18:fe:35:98:d3:7b"'],
	['AT+CIPSTAMAC="1a:fe:35:98:d3:7b"'],
	['AT+CWHOSTNAME="bench"'],
	['AT+CWCOUNTRY=1,"CN",1,13'],
	["AT+CWCOUNTRY?"],
	["AT+CWRECONNCFG=1,100"],
	["AT+CWAUTOCONN=1"],
	["AT+CWLAPOPT=1,31,-100,0xFFFF"],
	["AT+CWLAP"],
	['AT+CWLAP="twin-ap",,6,0,10,20'],
	['AT+CIPSTA="192.168.6.100","192.168.6.1","255.255.255.0"'],
	["AT+CWDHCP=1,1"],
	["AT+CWINIT=0"],
	["AT+CWINIT=1"],
	["AT+CWMODE=1"],
	["AT+CWMODE?"],
	["AT+CWJAP?"],
	['AT+CWJAP="nobody here","12345678",,,,,,3', ERROR],
	['AT+CWJAP="twin-ap","wrong password"', ERROR],
	['AT+CWJAP="twin-ap","12345678",,1,5'],
	["AT+CWJAP?"],
	["AT+CWSTATE?"],
	["AT+CIPSTA?"],
	["AT+CIFSR"],
	["AT+CIPMUX=1"],
	["AT+CIPMUX?"],
	["AT+CIPMUX=0"],
	["AT+TRANSINTVL=50"],
	["AT+TRANSINTVL?"],
	["AT+TRANSINTVL=20"],
	['AT+CIPSTART="TCP","127.0.0.1",1', ERROR],
	["AT+CIPDNS?"],
	['AT+CIPDNS=1,"127.0.0.1","127.0.0.2"'],
	["AT+CIPDNS=0"],
	['AT+CIPDOMAIN="localhost"'],
	["AT+CIPTCPOPT=2,1,5000,60"],
	["AT+CIPTCPOPT?"],
	["AT+CIPTCPOPT=-1,0,0,0"],
	["AT+SYSTIMESTAMP?"],
	["AT+RFPOWER?"],
	["AT+SLEEP?"],
	["AT+SYSREG=0,0x3f400000"],
	['AT+SAVETRANSLINK=1,"192.168.1.1",80,"TCP",60'],
	["AT+SAVETRANSLINK=0"],
];

/** Every link, the server and the filters at once. */
const FILTERS = 4;
const LINKS = 5;

class Session {
	live = 0;
	#last;

	constructor(host, twin, port) {
		this.host = host;
		this.twin = twin;
		this.port = port;
	}
	/** What lives now counts for the peak of what lives, also in the middle of a command. */
	async sample() {
		const { statistics } = await this.twin.control.request("statistics", { collect: true });
		this.#last = statistics;
		this.live = Math.max(this.live, statistics.bytes.used);
	}
	get statistics() {
		return this.#last;
	}
	async command(line, end = OK) {
		await this.host.command(line, /(?:)/, end);
		await this.sample();
	}
	async connect() {
		const link = `AT+CIPSTART="TCP","127.0.0.1",${this.port},60,"",10000`;
		await this.command(link);
		await this.host.order("accept");
	}
	async round() {
		const { host } = this;
		for (const [line, end] of SIMPLE) await this.command(line, end);

		await this.connect();
		await this.command("AT+CIPSEND=2048", ">");
		await host.order("chat", "x".repeat(2048), "\r\nSEND OK\r\n");
		await host.order("say", "hello");
		await host.order("chat", "", "+IPD,5:hello");
		await this.command("AT+CIPCLOSE");
		await host.order("hang-up");

		await this.connect();
		await this.command("AT+CIPMODE=1");
		await this.command("AT+CIPMODE?");
		await this.command("AT+CIPSEND", ">");
		await host.order("up", 100_000, 1024, 0);
		await host.order("down", 100_000, 1024, 0);
		await this.sample();
		await delay(QUIET_MS);
		await host.order("chat", "+++", "+QUITT\r\n");
		await this.command("AT+CIPMODE=0");
		await host.order("hang-up");
		await host.order("chat", "", "CLOSED\r\n");
		await this.everything();
		await this.command("AT+CWQAP");
	}
	/** Five links that are read on demand, with data waiting in each, a server, and message filters. */
	async everything() {
		const { host } = this;
		for (let i = 0; i < FILTERS; i++) {
			await this.command("AT+SYSMSGFILTERCFG=1,6,2", ">");
			await host.order("chat", `^+X${i}${i}:.$`, OK);
		}
		for (const line of ["AT+CIPMUX=1", "AT+CIPRECVTYPE=5,1", "AT+CIPDINFO=1", "AT+CIPSERVER=1,8080"])
			await this.command(line);
		for (let id = 0; id < LINKS; id++) {
			const link = `AT+CIPSTART=${id},"TCP","127.0.0.1",${this.port},60,"",10000`;
			await this.command(link);
			await host.order("accept");
			await host.order("say", "waits");
			await host.order("chat", "", `+IPD,${id},5\r\n`);
		}
		for (const line of ["AT+CIPSTATE?", "AT+CIPSTATUS", "AT+CIPRECVLEN?", "AT+CIPRECVDATA=3,5", "AT+CIPCLOSE=5"])
			await this.command(line);
		for (const line of ["AT+CIPSERVER=0,1", "AT+CIPDINFO=0", "AT+CIPRECVTYPE=5,0", "AT+CIPMUX=0"])
			await this.command(line);
		await this.command("AT+SYSMSGFILTERCFG=0");
	}
}

/** @returns `ready` and `session`: statistics of the control socket (docs/control.md), and `live`, a peak in bytes */
export async function memory(start) {
	const twin = await start({ binary: binary("twin32"), seed: 1 });
	const host = new Host();
	try {
		const { statistics: ready } = await twin.control.request("statistics", { collect: true });
		await host.attach(twin.path);
		const { port } = await host.order("listen");
		const session = new Session(host, twin, port);
		for (let i = 0; i < ROUNDS; i++) await session.round();
		const { statistics, live } = session;
		await host.command("AT+RESTORE", /OK/, "\r\nready\r\n");
		await host.command("AT+RST", /OK/, "\r\nready\r\n");
		return { ready, session: statistics, live };
	} finally {
		await host.close();
		await twin.stop();
	}
}

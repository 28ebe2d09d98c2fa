// SPDX-License-Identifier: Apache-2.0
/** Connections: made, told of, configured, closed (guide 3.3). */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, either, int, linkId, oneOf, optional, params, str } from "core/command";
import { AtError, errorNumber, failed, invalid, refuseNul, SubCode } from "core/errors";
import type { Change } from "core/settings";
import { change, settings } from "core/settings";
import type { Destination, LinkType } from "link/link";
import { isDatagrams, LINK_COUNT } from "link/link";
import { StationState } from "wifi/wifi";

/** Error numbers 0x010a.... of a link that cannot be used; those of a failed connection are link/link.ts's. */
export const Reason = Object.freeze({
	noNetwork: 0x10,
	linkUsed: 0x11,
	linkUnused: 0x12,
	wrongMode: 0x13,
	serverRuns: 0x14,
	nothingToRead: 0x15,
	/** The twin may not send ICMP: its log says what it lacks. */
	notPermitted: 0x16,
	/** AT+CWINIT=0 */
	noWifi: 0x17,
});

/** What stands for all links. */
export const ALL_LINKS = LINK_COUNT;

export function requireOpen(it: At, id: number): void {
	if (!it.links.isOpen(id)) throw failed(Reason.linkUnused);
}

export function requireNetwork(it: At): void {
	if (it.wifi.state !== StationState.connected && !it.softAp.isOn) throw failed(Reason.noNetwork);
}

/** Error number: a parameter is an integer where a text is wanted, or the other way round. */
function wrongType(index: number): AtError {
	return new AtError(errorNumber(SubCode.type, index));
}

/* --- AT+CIPMUX --- */

/** guide 3.3.15 */
const multiple = command("AT+CIPMUX", {
	query: it => it.reply(it.settings.multiple ? 1 : 0),
	set: params(int("mode", 0, 1)).run((it, mode) => {
		const { settings: values } = it;
		if ((mode === 1) === values.multiple) return;
		if (it.links.anyUsed()) throw failed(Reason.linkUsed);
		if (it.server.type !== undefined) throw failed(Reason.serverRuns);
		if (mode === 1 && values.get(settings.transmissionMode) === 1) throw failed(Reason.wrongMode);
		values.multiple = mode === 1;
		it.links.format();
	}),
});

/* --- AT+CIPSTART --- */

type Optional = number | string | undefined;

/** An integer of a parameter whose kind depends on others. @param index of the parameter, from 0 */
function integer(value: Optional, min: number, max: number, index: number): number | undefined {
	if (value === undefined) return undefined;
	if (typeof value !== "number") throw wrongType(index);
	if (value < min || value > max) throw invalid(index);
	return value;
}

/** The local address: none and "" leave it to the station. */
function localAddress(it: At, value: Optional, type: LinkType, index: number): string | undefined {
	if (value === undefined || value === "") return undefined;
	if (typeof value !== "string") throw wrongType(index);
	if (it.links.io.family(value) !== (type.endsWith("v6") ? 6 : 4)) throw invalid(index);
	return value;
}

const TIMEOUT_MAX = 60000;
const KEEP_ALIVE_MAX = 7200;
const PORT_MAX = 65535;

/** What comes behind the port depends on the type. @param first index of the first of them */
function destination(
	it: At,
	id: number,
	type: LinkType,
	host: string,
	port: number,
	rest: readonly Optional[],
	first: number,
): Destination {
	const [a, b, c, d] = rest;
	refuseNul(host, first - 2);
	if (isDatagrams(type)) {
		const localPort = integer(a, 1, PORT_MAX, first);
		const mode = integer(b, 0, 2, first + 1);
		/* guide 3.3.6: a mode needs a local port. 0, the default, asks for nothing: lwesp sends it with every link. */
		if (mode !== undefined && mode > 0 && localPort === undefined) throw invalid(first + 1);
		const local = localAddress(it, c, type, first + 2);
		const timeout = integer(d, 0, TIMEOUT_MAX, first + 3) ?? 0;
		return { type, host, port, local, localPort: localPort ?? 0, mode: mode ?? 0, timeout };
	}
	const keepAlive = integer(a, 0, KEEP_ALIVE_MAX, first);
	const local = localAddress(it, b, type, first + 1);
	const timeout = integer(c, 0, TIMEOUT_MAX, first + 2) ?? 0;
	if (d !== undefined) throw invalid(first + 3);
	/* Omitted, the last one holds, which AT+CIPTCPOPT shares. */
	it.links.options.change(id, [undefined, undefined, undefined, keepAlive]);
	return { type, host, port, local, localPort: 0, mode: 0, timeout };
}

async function start(it: At, id: number, to: Destination): Promise<void> {
	const { links } = it;
	requireNetwork(it);
	if (to.type.endsWith("v6") && it.settings.get(settings.ipv6) === 0) throw failed(Reason.noNetwork);
	const error = await links.connect(id, to);
	it.last(links.connectMessage(id, to.type, error === 0 ? 0 : 1));
	if (error !== 0) throw failed(error);
	/* A peer that speaks first is heard after the host knows the link. */
	it.after(() => links.start(id));
}

const TYPES = Object.freeze(["TCP", "TCPv6", "UDP", "UDPv6"] as const);

/** guide 3.3.6 */
const startLink = command("AT+CIPSTART", {
	set: params(
		linkId(),
		oneOf("type", ...TYPES),
		str("remote host", 64, 1),
		int("remote port", 1, PORT_MAX),
		optional(either("keep_alive or local port")),
		optional(either("local IP or mode")),
		optional(either("timeout or local IP")),
		optional(either("timeout")),
	).run((it, id, type, host, port, ...rest) => {
		if (it.links.isUsed(id)) throw failed(Reason.linkUsed);
		return start(it, id, destination(it, id, type, host, port, rest, it.settings.multiple ? 4 : 3));
	}),
});

/** guide 3.3.7: the lowest id that is free. */
const startAnyLink = command("AT+CIPSTARTEX", {
	set: params(
		oneOf("type", ...TYPES),
		str("remote host", 64, 1),
		int("remote port", 1, PORT_MAX),
		optional(either("keep_alive or local port")),
		optional(either("local IP or mode")),
		optional(either("timeout or local IP")),
		optional(either("timeout")),
	).run((it, type, host, port, ...rest) => {
		if (!it.settings.multiple) throw failed(Reason.wrongMode);
		const id = it.links.freeId();
		if (id === undefined) throw failed(Reason.linkUsed);
		return start(it, id, destination(it, id, type, host, port, rest, 3));
	}),
});

/* --- AT+CIPCLOSE --- */

async function close(it: At, id: number): Promise<void> {
	requireOpen(it, id);
	it.brief = it.links.options.get(id)[0] <= 0;
	await it.links.close(id);
	it.last(it.links.closeMessage(id));
}

/** guide 3.3.13 */
const closeLink = command("AT+CIPCLOSE", {
	set: params(int("link ID", 0, ALL_LINKS)).run(async (it, id) => {
		if (!it.settings.multiple) throw failed(Reason.wrongMode);
		if (id < LINK_COUNT) {
			await close(it, id);
			return;
		}
		for (let each = 0; each < LINK_COUNT; each++) if (it.links.isOpen(each)) await close(it, each);
	}),
	execute(it) {
		/* In multiple mode only where passthrough of a server's link was (ambiguities.md, B9). */
		if (it.settings.multiple && !(it.links.isChild(0) && it.settings.get(settings.serverMaximum) === 1))
			throw failed(Reason.wrongMode);
		return close(it, 0);
	},
});

/* --- state --- */

function tellStates(it: At): void {
	for (const { id, type, remote, localPort, isServer } of it.links.states())
		it.reply(`${id},"${type}","${remote[0]}",${remote[1]},${localPort},${isServer ? 1 : 0}`);
}

/** guide 3.3.3 */
const states = command("AT+CIPSTATE", { query: tellStates });

/** `STATUS:` of guide 3.3.4 */
function status(it: At): number {
	const { state } = it.wifi;
	if ((it.settings.get(settings.wifiMode) & 1) === 0) return 0;
	if (state === StationState.idle) return 1;
	if (state !== StationState.connected) return 5;
	if (it.links.states().some(({ type }) => !isDatagrams(type))) return 3;
	return it.links.hadLinks && !it.links.anyUsed() ? 4 : 2;
}

/** guide 3.3.4 */
const oldStates = command("AT+CIPSTATUS", {
	execute(it) {
		it.write(`STATUS:${status(it)}\r\n`);
		tellStates(it);
	},
});

/* --- options --- */

const NEVER = -1;

/** The link that AT+SAVETRANSLINK makes has this parameter too, and the later of both holds (guide 3.1.9). */
function sharedKeepAlive({ settings: values }: At, first: number, keepAlive: number | undefined): Change[] {
	/* That one is stored always, this one as AT+SYSSTORE says. */
	const shared = first === 0 && keepAlive !== undefined && values.get(settings.sysstore) === 1;
	return shared ? [change(settings.powerUpKeepAlive, keepAlive)] : [];
}

/** guide 3.3.39 */
const tcpOptions = command("AT+CIPTCPOPT", {
	query(it) {
		const last = it.settings.multiple ? LINK_COUNT : 1;
		for (let id = 0; id < last; id++) it.reply(`${id},${it.links.options.get(id).join(",")}`);
	},
	set: params(
		linkId(ALL_LINKS),
		optional(int("so_linger", NEVER, KEEP_ALIVE_MAX)),
		optional(int("tcp_nodelay", 0, 1)),
		optional(int("so_sndtimeo", 0, 0x7fffffff)),
		optional(int("keep_alive", 0, KEEP_ALIVE_MAX)),
	).run((it, id, ...changes) => {
		const { options } = it.links;
		const [first, last] = id === ALL_LINKS ? [0, LINK_COUNT - 1] : [id, id];
		if (!options.store(first, last, changes, sharedKeepAlive(it, first, changes[3]))) throw failed();
	}),
});

export const links: readonly Command[] = Object.freeze([
	multiple,
	startLink,
	startAnyLink,
	closeLink,
	states,
	oldStates,
	tcpOptions,
]);

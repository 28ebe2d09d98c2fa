// SPDX-License-Identifier: Apache-2.0
/** TCP/IP commands (guide 3.3). */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, linkId, oneOf, optional, params, str } from "core/command";
import { failed, invalid } from "core/errors";
import { settings } from "core/settings";
import type { Destination } from "link/link";
import { LINK_COUNT } from "link/link";
import { ESCAPE_GUARD, Result } from "port/port";
import { StationState } from "wifi/wifi";

/** Error numbers 0x010a.... of a link that cannot be used; those of a failed connection are link/link.ts's. */
const Reason = Object.freeze({ noNetwork: 0x10, linkUsed: 0x11, linkUnused: 0x12, wrongMode: 0x13 });

const SOFTAP = 2;
const STATION = 1;

/** guide 3.3.14: only what there is. */
const localAddresses = command("AT+CIFSR", {
	execute(it) {
		const mode = it.settings.get(settings.wifiMode);
		if (mode & STATION) {
			it.reply(`STAIP,"${it.wifi.address()[0]}"`);
			it.reply(`STAMAC,"${it.wifi.mac(0)}"`);
		}
		if (mode & SOFTAP) it.reply(`APMAC,"${it.wifi.mac(1)}"`);
	},
});

/** guide 3.3.15 */
const multiple = command("AT+CIPMUX", {
	query: it => it.reply(it.settings.multiple ? 1 : 0),
	set: params(int("mode", 0, 1)).run((it, mode) => {
		const { settings: values } = it;
		if ((mode === 1) === values.multiple) return;
		if (it.links.anyUsed()) throw failed(Reason.linkUsed);
		if (mode === 1 && values.get(settings.transmissionMode) === 1) throw failed(Reason.wrongMode);
		values.multiple = mode === 1;
		it.links.format();
	}),
});

const PASSTHROUGH = 1;

/** guide 3.3.18 */
const transmissionMode = command("AT+CIPMODE", {
	query: it => it.reply(it.settings.get(settings.transmissionMode)),
	set: params(int("mode", 0, 1)).run((it, mode) => {
		if (mode === PASSTHROUGH && it.settings.multiple) throw failed(Reason.wrongMode);
		it.settings.set(settings.transmissionMode, mode);
	}),
});

/** guide 3.1.10 */
const transmissionInterval = command("AT+TRANSINTVL", {
	query: it => it.reply(it.settings.get(settings.transmissionInterval)),
	set: params(int("interval", 0, 1000)).run((it, interval) => {
		it.settings.set(settings.transmissionInterval, interval);
	}),
});

/** guide 3.3.6, TCP */
async function start(
	it: At,
	id: number,
	type: "TCP",
	host: string,
	port: number,
	keepAlive: number | undefined,
	local: string | undefined,
	timeout = 0,
): Promise<void> {
	const { links, settings: values } = it;
	if (links.isUsed(id)) throw failed(Reason.linkUsed);
	if (it.wifi.state !== StationState.connected) throw failed(Reason.noNetwork);
	/* The value is shared with AT+CIPTCPOPT; omitted, the last one holds. */
	if (keepAlive !== undefined) values.set(settings.keepAlive, keepAlive);
	const to: Destination = {
		type,
		host,
		port,
		keepAlive: values.get(settings.keepAlive),
		local: local === "" ? undefined : local,
		timeout,
	};
	const error = await links.connect(id, to);
	it.last(links.connectMessage(id, to, error === 0 ? 0 : 1));
	if (error !== 0) throw failed(error);
	/* A peer that speaks first is heard after the host knows the link. */
	it.after(() => links.start(id));
}

const startLink = command("AT+CIPSTART", {
	set: params(
		linkId(),
		oneOf("type", "TCP"),
		str("remote host", 64, 1),
		int("remote port", 1, 65535),
		optional(int("keep_alive", 0, 7200)),
		optional(str("local IP", 39)),
		optional(int("timeout", 0, 60000)),
	).run((it, ...values) => {
		const local = values[5];
		if (local !== undefined && local !== "" && !it.links.isAddress(local))
			throw invalid(it.settings.multiple ? 5 : 4);
		return start(it, ...values);
	}),
});

function requireOpen(it: At, id: number): void {
	if (!it.links.isOpen(id)) throw failed(Reason.linkUnused);
}

/** Limit of the default dialect (dialects.md). */
const SEND_MAX = 8192;

/** guide 3.3.9 */
const send = command("AT+CIPSEND", {
	set: params(linkId(), int("length", 1, SEND_MAX)).run(async (it, id, length) => {
		requireOpen(it, id);
		const sent = await it.promptLink(id, length);
		it.endWith(sent ? Result.sendOk : Result.sendFail);
	}),
	execute(it) {
		const { settings: values } = it;
		if (values.get(settings.transmissionMode) !== PASSTHROUGH) throw failed(Reason.wrongMode);
		requireOpen(it, 0);
		it.links.passthroughEntered(0);
		it.port.pass(0, ESCAPE_GUARD, values.get(settings.transmissionInterval));
		it.endWith(Result.none);
	},
});

async function close(it: At, id: number): Promise<void> {
	requireOpen(it, id);
	await it.links.close(id);
	it.last(it.links.closeMessage(id));
}

/** guide 3.3.13 */
const closeLink = command("AT+CIPCLOSE", {
	set: params(int("link ID", 0, LINK_COUNT)).run(async (it, id) => {
		if (!it.settings.multiple) throw failed(Reason.wrongMode);
		if (id < LINK_COUNT) {
			await close(it, id);
			return;
		}
		for (let each = 0; each < LINK_COUNT; each++) if (it.links.isOpen(each)) await close(it, each);
	}),
	execute(it) {
		if (it.settings.multiple) throw failed(Reason.wrongMode);
		return close(it, 0);
	},
});

export const tcpip: readonly Command[] = Object.freeze([
	localAddresses,
	multiple,
	transmissionMode,
	transmissionInterval,
	startLink,
	send,
	closeLink,
]);

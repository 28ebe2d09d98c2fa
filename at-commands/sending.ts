// SPDX-License-Identifier: Apache-2.0
/** What the host sends on links, and passthrough (guide 3.3). */

import { Reason, requireOpen } from "at-commands/links";
import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, linkId, optional, params, str } from "core/command";
import { failed, invalid, refuseNul, tooFew } from "core/errors";
import { settings } from "core/settings";
import { isDatagrams, LINK_COUNT, LinkError } from "link/link";
import { ESCAPE_GUARD, Result } from "port/port";

const PASSTHROUGH = 1;

/** Passthrough in multiple mode is for the one client of a server (ambiguities.md, B9). */
function mayPass({ server, settings: values }: At): boolean {
	return !values.multiple || (server.type !== undefined && values.get(settings.serverMaximum) === 1);
}

/** guide 3.3.18 */
const transmissionMode = command("AT+CIPMODE", {
	query: it => it.reply(it.settings.get(settings.transmissionMode)),
	set: params(int("mode", 0, 1)).run((it, mode) => {
		if (mode === PASSTHROUGH && !mayPass(it)) throw failed(Reason.wrongMode);
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

/** guide 3.3.32 */
const reconnectInterval = command("AT+CIPRECONNINTV", {
	query: it => it.reply(it.settings.get(settings.linkReconnectInterval)),
	set: params(int("interval", 1, 36000)).run((it, interval) => {
		if (!it.settings.set(settings.linkReconnectInterval, interval)) throw failed();
	}),
});

/** Limit of the default dialect (dialects.md). */
const SEND_MAX = 8192;

/** The parameters of everything that sends: they say where a datagram goes, when not to the link's remote. */
const REMOTE = Object.freeze([optional(str("remote host", 64, 1)), optional(int("remote port", 1, 65535))] as const);

/**
 * Checks where data are to go, and asks for the address of a host that is named.
 * @param size of one datagram, 0: every block is one @returns whether they are datagrams
 */
async function address(it: At, id: number, size: number, host?: string, port?: number): Promise<boolean> {
	const first = it.settings.multiple ? 2 : 1;
	const type = it.links.type(id);
	if (type === undefined || !isDatagrams(type)) {
		if (host !== undefined || port !== undefined) throw invalid(first);
		return false;
	}
	if ((host === undefined) !== (port === undefined)) throw tooFew(first + 2, first + 1);
	refuseNul(host, first);
	if (!it.links.io.datagram(id, size, false)) throw failed(LinkError.memory);
	if (host !== undefined && port !== undefined && !(await it.links.sendTo(id, host, port)))
		throw failed(LinkError.name);
	return true;
}

/** guide 3.3.9 */
async function sendData(it: At, id: number, length: number, host?: string, port?: number): Promise<void> {
	requireOpen(it, id);
	await address(it, id, length, host, port);
	const sent = await it.promptLink(id, length);
	it.endWith(sent ? Result.sendOk : Result.sendFail);
}

/** guide 3.3.12 */
const sendExpanded = command("AT+CIPSENDEX", {
	set: params(linkId(), int("length", 1, SEND_MAX), ...REMOTE).run(async (it, id, length, host, port) => {
		requireOpen(it, id);
		const datagrams = await address(it, id, 0, host, port);
		const size = await it.promptExpanding(length);
		const ready = !datagrams || it.links.io.datagram(id, size, true);
		const sent = size === 0 || (ready && it.links.isOpen(id) && (await it.forward(id)));
		it.endWith(sent ? Result.sendOk : Result.sendFail);
	}),
});

/** guide 3.3.10 */
const sendLong = command("AT+CIPSENDL", {
	set: params(linkId(), int("length", 1, 0x7fffffff), ...REMOTE).run(async (it, id, length, host, port) => {
		const { settings: values } = it;
		requireOpen(it, id);
		await address(it, id, 0, host, port);
		it.links.options.apply(id, true);
		const sent = await it.stream(
			id,
			length,
			values.get(settings.sendBlock),
			values.get(settings.transmissionInterval),
			values.get(settings.sendReport),
		);
		it.links.options.apply(id);
		it.endWith(sent === undefined ? Result.sendCancelled : sent ? Result.sendOk : Result.sendFail);
	}),
});

/** guide 3.3.11 */
const sendLongSizes = command("AT+CIPSENDLCFG", {
	query: it => it.reply(`${it.settings.get(settings.sendReport)},${it.settings.get(settings.sendBlock)}`),
	set: params(int("report size", 100, 1048576), optional(int("transmit size", 100, 2920))).run(
		(it, report, block) => {
			it.settings.set(settings.sendReport, report);
			if (block !== undefined) it.settings.set(settings.sendBlock, block);
		},
	),
});

/** The link that passthrough would be with. */
function passingLink({ links, settings: values }: At): number {
	if (!values.multiple) return 0;
	for (let id = 0; id < LINK_COUNT; id++) if (links.isChild(id) && links.isOpen(id)) return id;
	throw failed(Reason.linkUnused);
}

/** guide 3.3.9 */
const send = command("AT+CIPSEND", {
	set: params(linkId(), int("length", 1, SEND_MAX), ...REMOTE).run(sendData),
	execute(it) {
		const { links, settings: values } = it;
		if (values.get(settings.transmissionMode) !== PASSTHROUGH || !mayPass(it)) throw failed(Reason.wrongMode);
		const id = passingLink(it);
		requireOpen(it, id);
		/* The remote may not change (guide 3.3.18), and nobody reads on demand. */
		if ((links.destination(id)?.mode ?? 0) !== 0 || links.isPassive(id)) throw failed(Reason.wrongMode);
		links.passthroughEntered(id);
		it.port.pass(id, ESCAPE_GUARD, values.get(settings.transmissionInterval));
		it.endWith(Result.none);
	},
});

export const sending: readonly Command[] = Object.freeze([
	transmissionMode,
	transmissionInterval,
	reconnectInterval,
	send,
	sendExpanded,
	sendLong,
	sendLongSizes,
]);

// SPDX-License-Identifier: Apache-2.0
/** The server (guide 3.3). */

import { Reason } from "at-commands/links";
import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, oneOf, optional, params } from "core/command";
import { failed, invalid } from "core/errors";
import { settings } from "core/settings";
import type { LinkType } from "link/link";
import { LINK_COUNT } from "link/link";

const DEFAULT_PORT = 333;

async function stop(it: At, closeAll: number): Promise<void> {
	const { links, server } = it;
	if (closeAll > 1) throw invalid(1);
	if (server.type === undefined) throw failed(Reason.wrongMode);
	it.brief = closeAll === 0;
	await server.stop();
	if (closeAll !== 1) return;
	for (let id = 0; id < LINK_COUNT; id++) {
		if (!links.isChild(id) || !links.isOpen(id)) continue;
		await links.close(id);
		it.last(links.closeMessage(id));
	}
}

async function listen(it: At, port: number, type: LinkType): Promise<void> {
	const { server, settings: values } = it;
	if (!values.multiple || server.type !== undefined) throw failed(Reason.wrongMode);
	if (port === 0) throw invalid(1);
	if (type.endsWith("v6") && values.get(settings.ipv6) === 0) throw failed(Reason.noNetwork);
	it.brief = true;
	if (!(await server.listen(type, port))) throw failed();
}

/** guide 3.3.16 */
const server = command("AT+CIPSERVER", {
	query(it) {
		const { type, port } = it.server;
		it.reply(type === undefined ? 0 : `1,${port},"${type}"`);
	},
	set: params(
		int("mode", 0, 1),
		optional(int("port or close all", 0, 65535)),
		optional(oneOf("type", "TCP", "TCPv6")),
		optional(int("CA enable", 0, 1)),
	).run((it, mode, value, type, authority) => {
		if (mode === 1) return listen(it, value ?? DEFAULT_PORT, type ?? "TCP");
		if (type !== undefined) throw invalid(2);
		if (authority !== undefined) throw invalid(3);
		return stop(it, value ?? 0);
	}),
});

/** guide 3.3.17 */
const maximum = command("AT+CIPSERVERMAXCONN", {
	query: it => it.reply(it.settings.get(settings.serverMaximum)),
	set: params(int("num", 1, LINK_COUNT)).run((it, number) => {
		if (it.server.type !== undefined) throw failed(Reason.serverRuns);
		it.settings.set(settings.serverMaximum, number);
	}),
});

/** guide 3.3.19 */
const timeout = command("AT+CIPSTO", {
	query: it => it.reply(it.settings.get(settings.serverTimeout)),
	set: params(int("time", 0, 7200)).run((it, seconds) => {
		it.settings.set(settings.serverTimeout, seconds);
		it.server.setSilence(seconds);
	}),
});

export const serving: readonly Command[] = Object.freeze([server, maximum, timeout]);

// SPDX-License-Identifier: Apache-2.0
/** Passthrough from power-up on (guide 3.1.9). */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, oneOf, optional, params, str } from "core/command";
import { failed, invalid, refuseNul, tooFew } from "core/errors";
import { change, settings } from "core/settings";
import type { LinkType } from "link/link";
import { ESCAPE_GUARD } from "port/port";
import { log } from "system/log";

const LINK = 0;
/** Index in LinkOptions. */
const KEEP_ALIVE = 3;
const PASSTHROUGH = 1;
const KEEP_ALIVE_MAX = 7200;
const MODE_1_PARAMETERS = 3;

/** The last parameter is the keep-alive time of TCP and TLS, the local port of UDP. */
function save(
	it: At,
	mode: number,
	host: string | undefined,
	port: number | undefined,
	type = "TCP",
	last: number | undefined,
): void {
	const { settings: values } = it;
	if (mode === 0) {
		if (!values.set(settings.powerUpPassthrough, 0)) throw failed();
		return;
	}
	if (host === undefined || port === undefined) throw tooFew(MODE_1_PARAMETERS, host === undefined ? 1 : 2);
	const isUdp = type.startsWith("UDP");
	if (last !== undefined && (isUdp ? last === 0 : last > KEEP_ALIVE_MAX)) throw invalid(4);
	refuseNul(host, 1);
	const { options } = it.links;
	/* Omitted, the last one holds, which AT+CIPTCPOPT shares. */
	const keepAlive = (isUdp ? undefined : last) ?? options.get(LINK)[KEEP_ALIVE];
	const stored = values.setAll(
		change(settings.powerUpPassthrough, mode),
		change(settings.powerUpHost, host),
		change(settings.powerUpPort, port),
		change(settings.powerUpType, type),
		change(settings.powerUpKeepAlive, keepAlive),
		change(settings.powerUpLocalPort, isUdp ? (last ?? 0) : 0),
	);
	if (!stored) throw failed();
	options.change(LINK, [undefined, undefined, undefined, keepAlive]);
}

const saveLink = command("AT+SAVETRANSLINK", {
	set: params(
		int("mode", 0, 1),
		optional(str("remote host", 64, 1)),
		optional(int("remote port", 1, 65535)),
		optional(oneOf("type", "TCP", "TCPv6", "SSL", "SSLv6", "UDP", "UDPv6")),
		optional(int("keep_alive or local port", 0, 65535)),
	).run(save),
});

/**
 * Says `ready`, and takes data for the stored link instead of commands: it waits in the port until there is a network
 * and the link. `+++` is the way out at any time.
 *
 * @returns false, and nothing is said, when there is no such link
 */
export function enterPassthrough({ settings: values, links, port }: At): boolean {
	if (values.get(settings.powerUpPassthrough) !== PASSTHROUGH) return false;
	const type = values.get(settings.powerUpType);
	if (type.startsWith("SSL")) {
		log(`SAVETRANSLINK: no ${type} links yet`);
		return false;
	}
	values.set(settings.transmissionMode, PASSTHROUGH);
	links.options.change(LINK, [undefined, undefined, undefined, values.get(settings.powerUpKeepAlive)]);
	links.passFromStart(LINK, {
		type: type as LinkType,
		host: values.get(settings.powerUpHost),
		port: values.get(settings.powerUpPort),
		local: undefined,
		localPort: values.get(settings.powerUpLocalPort),
		mode: 0,
		timeout: 0,
	});
	port.startPassing(ESCAPE_GUARD, values.get(settings.transmissionInterval));
	return true;
}

export const powerUp: readonly Command[] = Object.freeze([saveLink]);

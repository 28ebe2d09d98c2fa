// SPDX-License-Identifier: Apache-2.0
/** What arrives on links, and when the host gets it (guide 3.3). */

import { ALL_LINKS, Reason, requireOpen } from "at-commands/links";
import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, linkId, optional, params } from "core/command";
import { failed } from "core/errors";
import { settings } from "core/settings";
import { LINK_COUNT } from "link/link";

/** guide 3.3.25 */
const showRemote = command("AT+CIPDINFO", {
	query: it => it.reply(it.settings.get(settings.showRemote) === 1 ? "true" : "false"),
	set: params(int("mode", 0, 1)).run((it, mode) => {
		it.settings.set(settings.showRemote, mode);
		it.links.format();
	}),
});

function setType(it: At, id: number, mode: number): void {
	if (it.settings.get(settings.transmissionMode) === 1) throw failed(Reason.wrongMode);
	const [first, last] = id === ALL_LINKS ? [0, LINK_COUNT - 1] : [id, id];
	for (let each = first; each <= last; each++) it.links.setPassive(each, mode === 1);
}

/** guide 3.3.33 */
const receiveType = command("AT+CIPRECVTYPE", {
	query(it) {
		const last = it.settings.multiple ? LINK_COUNT : 1;
		for (let id = 0; id < last; id++) it.reply(`${id},${it.links.isPassive(id) ? 1 : 0}`);
	},
	set: params(linkId(ALL_LINKS), int("mode", 0, 1)).run(setType),
});

/** The name of older firmware (dialects.md), which has one type for all links; the new form is taken too. */
const receiveMode = command("AT+CIPRECVMODE", {
	query: it => it.reply(it.links.isPassive(0) ? 1 : 0),
	set: params(int("link ID or mode", 0, ALL_LINKS), optional(int("mode", 0, 1))).run((it, first, mode) => {
		if (mode !== undefined && !it.settings.multiple) throw failed(Reason.wrongMode);
		if (mode === undefined && first > 1) throw failed(Reason.wrongMode);
		setType(it, mode === undefined ? ALL_LINKS : first, mode ?? first);
	}),
});

/** guide 3.3.34 */
const receive = command("AT+CIPRECVDATA", {
	set: params(linkId(), int("len", 1, 0x7fffffff)).run(async (it, id, size) => {
		requireOpen(it, id);
		if (!it.links.isPassive(id)) throw failed(Reason.wrongMode);
		it.port.claim();
		it.brief = true;
		if (!(await it.links.read(id, size))) throw failed(Reason.nothingToRead);
	}),
});

/** guide 3.3.35 */
const lengths = command("AT+CIPRECVLEN", {
	async query(it) {
		it.brief = true;
		const all = await it.links.lengths();
		it.reply(it.settings.multiple ? all.join(",") : String(all[0]));
	},
});

export const receiving: readonly Command[] = Object.freeze([showRemote, receiveType, receiveMode, receive, lengths]);

// SPDX-License-Identifier: Apache-2.0
/** The filter of system messages (guide 3.1.16, 3.1.17); what it does to a message is in modules/port/filter.c. */

import type { At } from "core/at";
import type { Command } from "core/command";
import { command, int, optional, params } from "core/command";
import { AtError, errorNumber, failed, invalid, SubCode } from "core/errors";
import { FilterError, Result } from "port/port";

/** <operator> of AT+SYSMSGFILTERCFG. */
const Operator = Object.freeze({ clear: 0, add: 1, remove: 2 });

const EXPRESSION_MAX = 64;

/** Extensions of sub-code 0x0a: FilterError on from the first, then this. */
const REASON_FILTER = 0x20;
const REASON_NO_FILTER = REASON_FILTER + FilterError.noRoom;

/** The OK that turns filtering on is not filtered yet: the guide's example (4.1.1) awaits it. */
const enable = command("AT+SYSMSGFILTER", {
	query: it => it.reply(it.port.filters() ? 1 : 0),
	set: params(int("enable", 0, 1)).run((it, on) => {
		if (on === 0) return it.port.filter(false);
		it.write("\r\nOK\r\n");
		it.port.filter(true);
		it.endWith(Result.none);
	}),
});

/** How many filters of AT+SYSMSGFILTERCFG? are told before the transmit ring is looked at again: up to 155 bytes each. */
const FILTERS_AT_ONCE = 8;

/** The expressions stand there as they were given, whatever bytes they hold. */
async function list(it: At): Promise<void> {
	for (let index = 0; ; index++) {
		const head = it.port.filterText(index, false);
		if (head === undefined) return;
		if (index > 0 && index % FILTERS_AT_ONCE === 0) await it.drained();
		it.reply(`${index},"${head}","${it.port.filterText(index, true) ?? ""}"`);
	}
}

async function change(it: At, operator: number, headLength: number, tailLength: number): Promise<void> {
	const expressions = await it.prompt(headLength + tailLength);
	const head = expressions.slice(0, headLength);
	const tail = expressions.slice(headLength);
	if (operator === Operator.remove) {
		if (!it.port.removeFilter(head, tail)) throw failed(REASON_NO_FILTER);
		return;
	}
	const error = it.port.addFilter(head, tail);
	if (error !== FilterError.none) throw failed(REASON_FILTER + error - 1);
}

/** A number of parameters that the operator does not have. @param given up to the last one */
function wrongCount(needed: number, given: number): AtError {
	return new AtError(errorNumber(SubCode.count, (needed << 8) | given));
}

const configure = command("AT+SYSMSGFILTERCFG", {
	query: list,
	set: params(
		int("operator", Operator.clear, Operator.remove),
		optional(int("head_regexp_len", 0, EXPRESSION_MAX)),
		optional(int("tail_regexp_len", 0, EXPRESSION_MAX)),
	).run((it, operator, head, tail) => {
		const given = tail !== undefined ? 3 : head !== undefined ? 2 : 1;
		if (operator === Operator.clear) {
			if (given > 1) throw wrongCount(1, given);
			it.port.clearFilters();
			return;
		}
		if (head === undefined || tail === undefined) throw wrongCount(3, given);
		if (head + tail === 0) throw invalid(2);
		return change(it, operator, head, tail);
	}),
});

export const messageFilter: readonly Command[] = Object.freeze([enable, configure]);

// SPDX-License-Identifier: Apache-2.0

import type { Command } from "world/commands";
import type { Call } from "world/control";
import { VISITORS_MAX, VISITOR_FIELDS, readVisitor } from "world/visitor";

/** Commands of the stations that join the firmware's SoftAP. */
export const SOFTAP_COMMANDS: readonly Command[] = Object.freeze([
	{ name: "softap.state", fields: Object.freeze([]), run: softApState },
	{ name: "softap.join", fields: VISITOR_FIELDS, isStep: true, run: joinSoftAp },
	{ name: "softap.renew", fields: Object.freeze(["mac"]), isStep: true, run: renew },
	{ name: "softap.leave", fields: Object.freeze(["mac", "release"]), isStep: true, run: leave },
]);

function softApState(call: Call): void {
	call.reply({ softap: call.radio.softAp.state() });
}

function joinSoftAp(call: Call): void {
	const { stations } = call.world;
	const { guests } = call.radio.softAp;
	const visitor = readVisitor(call.fields, call.random, mac => guests.has(mac));
	const at = stations.findIndex(({ mac }) => mac === visitor.mac);
	if (visitor.rejoin && at < 0 && stations.length >= VISITORS_MAX)
		throw new Error(`there are ${VISITORS_MAX} stations already`);
	guests.join(visitor, call.later);
	// One that comes back belongs to the world, also after a reset.
	if (visitor.rejoin) stations.splice(at < 0 ? stations.length : at, 1, visitor);
}

function renew(call: Call): void {
	call.radio.softAp.guests.renew(which(call), call.later);
}

function leave(call: Call): void {
	const release = call.fields.boolean("release", false);
	call.radio.softAp.guests.leave(which(call), release);
	call.reply({});
}

function which(call: Call): string {
	const mac = call.fields.mac("mac");
	if (mac === undefined) throw call.fields.wrong("mac", "the address of a station");
	return mac;
}

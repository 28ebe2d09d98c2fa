// SPDX-License-Identifier: Apache-2.0

import {
	ACCESS_POINT_FIELDS,
	type AccessPoint,
	accessPointJson,
	changedAccessPoint,
	findBssid,
	newAccessPoint,
	readSsid,
} from "world/access-point";
import type { Call } from "world/control";
import type { Fields, JsonObject } from "world/fields";
import { ACCESS_POINTS_MAX, worldJson } from "world/file";
import { PIN_MAX } from "world/pins";
import { readSteps } from "world/script";
import { SOFTAP_COMMANDS } from "world/softap-commands";
import { REASON_ASSOC_LEAVE } from "world/station";

/** What the answer of C to a request becomes for the client. */
export type Shape = (answer: JsonObject) => JsonObject;

export interface Command {
	readonly name: string;
	/** What a request may hold besides `id` and `cmd`. */
	readonly fields: readonly string[];
	/** It changes something, and so may be a step of a script. */
	readonly isStep?: true;
	/** Replies, asks C, or throws an Error whose message is the answer. Changes nothing before it can fail no more. */
	readonly run: (call: Call) => void;
}

const NO_FIELDS: readonly string[] = Object.freeze([]);
const SELECTORS = Object.freeze(["ssid", "ssid_hex", "bssid"]);
const SET_FIELDS = Object.freeze([...ACCESS_POINT_FIELDS, "new_ssid", "new_ssid_hex", "new_bssid"]);

/** Longest advance, and most flash operations to wait for. */
const MILLISECONDS_MAX = 0xffffffff;
const OPERATIONS_MAX = 1_000_000_000;

export const COMMANDS: readonly Command[] = Object.freeze([
	{ name: "help", fields: NO_FIELDS, run: help },
	{ name: "ap.list", fields: NO_FIELDS, run: listAccessPoints },
	{ name: "ap.add", fields: ACCESS_POINT_FIELDS, isStep: true, run: addAccessPoint },
	{ name: "ap.set", fields: SET_FIELDS, isStep: true, run: setAccessPoints },
	{ name: "ap.remove", fields: SELECTORS, isStep: true, run: removeAccessPoints },
	{ name: "station.state", fields: NO_FIELDS, run: stationState },
	{ name: "station.drop", fields: Object.freeze(["reason"]), isStep: true, run: dropStation },
	...SOFTAP_COMMANDS,
	{ name: "power.cut", fields: Object.freeze(["after"]), isStep: true, run: cutPower },
	{ name: "reset", fields: NO_FIELDS, isStep: true, run: reset },
	{ name: "statistics", fields: Object.freeze(["collect"]), run: statistics },
	{ name: "firmware.list", fields: NO_FIELDS, run: listFirmware },
	{ name: "pin.set", fields: Object.freeze(["pin", "level"]), isStep: true, run: setPin },
	{ name: "port.list", fields: NO_FIELDS, run: listPorts },
	{ name: "pin.get", fields: Object.freeze(["pin"]), run: getPin },
	{ name: "clock.now", fields: NO_FIELDS, run: clockNow },
	{ name: "clock.advance", fields: Object.freeze(["ms"]), run: advanceClock },
	{ name: "script.add", fields: Object.freeze(["steps"]), run: addSteps },
	{ name: "script.clear", fields: NO_FIELDS, run: clearSteps },
	{ name: "world.get", fields: NO_FIELDS, run: getWorld },
	{ name: "subscribe", fields: Object.freeze(["events"]), run: subscribe },
	{ name: "unsubscribe", fields: NO_FIELDS, run: unsubscribe },
]);

/** @throws Error naming what is wrong with a request as a step of a script */
export function checkStep(request: Fields): void {
	const name = request.string("cmd");
	const command = COMMANDS.find(known => known.isStep && known.name === name);
	const known = COMMANDS.filter(({ isStep }) => isStep).map(({ name: other }) => other);
	if (command === undefined) throw request.wrong("cmd", `one of ${known.join(", ")}`);
	request.only(["cmd", ...command.fields]);
}

function help(call: Call): void {
	call.reply({ commands: COMMANDS.map(({ name, fields }) => ({ cmd: name, fields: [...fields] })) });
}

function listAccessPoints(call: Call): void {
	call.reply({ access_points: call.world.accessPoints.map(ap => accessPointJson(ap, call.host.now())) });
}

function addAccessPoint(call: Call): void {
	const { accessPoints } = call.world;
	if (accessPoints.length >= ACCESS_POINTS_MAX)
		throw new Error(`there are ${ACCESS_POINTS_MAX} access points already`);
	const ap = newAccessPoint(call.fields, accessPoints, call.random, call.host.now());
	accessPoints.push(ap);
	call.radio.refresh();
	call.reply({ access_point: accessPointJson(ap, call.host.now()) });
}

function setAccessPoints(call: Call): void {
	const { fields } = call;
	const selected = select(call.world.accessPoints, fields);
	const ssid = readSsid(fields, "new_ssid");
	const bssid = fields.mac("new_bssid");
	if (bssid !== undefined) {
		const taken = findBssid(call.world.accessPoints, bssid);
		if (selected.length > 1 || (taken !== undefined && taken !== selected[0]))
			throw fields.wrong("new_bssid", "an address for one access point that no other has");
	}
	// All are read before the first is changed: a mistake changes none.
	const changes = selected.map(ap => {
		const changed = changedAccessPoint(fields, ap, call.host.now());
		return { ...changed, ssid: ssid ?? ap.ssid, bssid: bssid ?? ap.bssid };
	});
	selected.forEach((ap, i) => Object.assign(ap, changes[i]));
	call.radio.refresh();
	call.reply({ access_points: selected.map(ap => accessPointJson(ap, call.host.now())) });
}

function removeAccessPoints(call: Call): void {
	const { accessPoints } = call.world;
	const selected = select(accessPoints, call.fields);
	for (const ap of selected) accessPoints.splice(accessPoints.indexOf(ap), 1);
	call.radio.refresh();
	call.reply({ removed: selected.length });
}

/** Those that the request's ssid, bssid or both name: at least one. */
function select(accessPoints: readonly AccessPoint[], fields: Fields): AccessPoint[] {
	const ssid = readSsid(fields, "ssid");
	const bssid = fields.mac("bssid");
	if (ssid === undefined && bssid === undefined) throw new Error(`"ssid" or "bssid" must say which access point`);
	const selected = accessPoints.filter(
		ap => (ssid === undefined || ap.ssid === ssid) && (bssid === undefined || ap.bssid === bssid),
	);
	if (selected.length === 0) throw new Error("there is no such access point");
	return selected;
}

function stationState(call: Call): void {
	call.reply({ station: call.radio.state() });
}

function dropStation(call: Call): void {
	call.radio.station.drop(call.fields.integer("reason", 1, 255, REASON_ASSOC_LEAVE));
	call.reply({});
}

function cutPower(call: Call): void {
	if (call.fields.has("after")) {
		call.ask("cut", String(call.fields.integer("after", 1, OPERATIONS_MAX)), () => ({}));
		return;
	}
	// Answered first: afterwards nobody is there to do it.
	call.reply({});
	call.host.request("cut", 0, "0");
}

function reset(call: Call): void {
	call.reply({});
	call.host.request("reset", 0, "");
}

function statistics(call: Call): void {
	const collect = call.fields.boolean("collect", false);
	call.ask("statistics", collect ? "1" : "0", answer => ({ statistics: answer }));
}

function listFirmware(call: Call): void {
	call.ask("firmware", "", answer => answer);
}

function setPin(call: Call): void {
	const pin = call.fields.integer("pin", 0, PIN_MAX);
	const level = call.fields.integer("level", 0, 1);
	call.pins.set(pin, level);
	call.ask("pin", `${pin} ${level}`, () => ({}));
}

function listPorts(call: Call): void {
	call.ask("port", "", answer => ({ ports: answer.ports ?? [] }));
}

function getPin(call: Call): void {
	const pin = call.fields.has("pin") ? call.fields.integer("pin", 0, PIN_MAX) : undefined;
	call.ask("outputs", pin === undefined ? "" : String(pin), answer => ({ pins: answer.pins ?? [] }));
}

function clockNow(call: Call): void {
	call.reply({ now: call.host.now() });
}

function advanceClock(call: Call): void {
	const ms = call.fields.integer("ms", 0, MILLISECONDS_MAX);
	call.advance(call.host.now() + ms);
}

function getWorld(call: Call): void {
	call.reply({ world: { ...worldJson(call.world, call.host.now()), script: call.script.json() } });
}

function addSteps(call: Call): void {
	if (!call.fields.has("steps")) throw call.fields.wrong("steps", "an array of steps");
	call.reply({ steps: call.script.add(readSteps(call.fields, "steps", call.host.now(), checkStep)) });
}

function clearSteps(call: Call): void {
	call.reply({ cleared: call.script.clear() });
}

/** All that clients are told (docs/control.md), by the world and by the twin in C. */
const EVENTS = Object.freeze(["client", "pin", "port", "script", "sleep", "softap", "start", "station"]);

function subscribe(call: Call): void {
	const events = call.fields.array("events", 100)?.map(([event]) => {
		if (typeof event !== "string" || !EVENTS.includes(event))
			throw call.fields.wrong("events", `an array of ${EVENTS.join(", ")}`);
		return event;
	});
	call.subscribe(events);
	call.reply({});
}

function unsubscribe(call: Call): void {
	call.unsubscribe();
	call.reply({});
}

// SPDX-License-Identifier: Apache-2.0

import { defaultAddress, defaultSoftApAddress } from "world/address";
import { checkStep } from "world/commands";
import { Control } from "world/control";
import { Fields, type Json, isObject, parseJson } from "world/fields";
import { type WorldState, parseWorld, readWorld, worldJson } from "world/file";
import type { WorldHost } from "world/host";
import { parseOptions } from "world/options";
import { Pins } from "world/pins";
import { Radio } from "world/radio";
import { Random } from "world/random";
import { asciiJson } from "world/text";
import { Script } from "world/script";
import { Timers } from "world/timers";

/** Of what `save` gives; it changes when an older one can no longer be read. */
const SAVE_VERSION = 2;

interface Parts {
	readonly control: Control;
	readonly host: WorldHost;
	readonly instance: number;
	readonly pins: Pins;
	readonly radio: Radio;
	readonly random: Random;
	readonly script: Script;
	readonly timers: Timers;
	readonly world: WorldState;
}

/**
 * The radio world of the twin: what C calls. It lives in a machine and a thread of its own, knows nothing of the
 * firmware, and reaches outside only through its host. No entry point may be called from inside one of the host's.
 */
export class World {
	#parts: Parts | undefined;

	/**
	 * Makes the world; once.
	 *
	 * @param radioJson the text of `--radio FILE`, "" for the default world; not looked at when restored
	 * @param optionsJson `{"instance": 0-16383, "seed"?: 0-4294967295, "restored"?: <what save() gave>}`
	 * @throws Error for the user: it names the path in the JSON and what was expected there
	 */
	start(host: WorldHost, radioJson: string, optionsJson: string): void {
		const options = parseOptions(optionsJson);
		const saved = options.restored === undefined ? undefined : readSaved(options.restored);
		const random = new Random(saved ? saved.integer("random", 0, 0xffffffff) : options.seed);
		const now = saved ? saved.integer("now", 0, Number.MAX_SAFE_INTEGER) : host.now();
		const beginning = { random, now, checkStep };
		const world = saved ? readWorld(saved.get("world"), beginning) : parseWorld(radioJson, beginning);
		const timers = new Timers(host);
		const { instance } = options;
		const radio = new Radio({ host, timers, random, world, instance, tell: event => control.tell(event) });
		const pins = new Pins(host, saved?.get("pins"));
		const script = new Script(host, timers, request => control.step(request));
		const control = new Control({ host, pins, radio, random, script, world });
		this.#parts = { control, host, instance, pins, radio, random, script, timers, world };
		script.add(world.steps);
		if (saved) control.restore(new Fields(saved.get("control"), "restored.control"), options.sleeping);
	}

	/**
	 * The world for a `start` after a reset: access points as they are, the state of chance, subscriptions and
	 * unanswered requests. Not the station: that is the firmware's, which starts afresh.
	 */
	save(): string {
		const { control, host, pins, random, script, world } = this.#started;
		const now = host.now();
		return asciiJson({
			version: SAVE_VERSION,
			now,
			random: random.state,
			world: { ...worldJson(world, now), script: script.json() },
			pins: pins.save(),
			control: control.save(),
		});
	}

	/** JSON: `{"network": "host"|"isolated", "dns_port": n, "instance": n, "address": {"ip", "gateway", "netmask"}, "softap": {…the same}}`. */
	configuration(): string {
		const { instance, world } = this.#started;
		return asciiJson({
			network: world.network,
			dns_port: world.dnsPort,
			instance,
			address: world.address ?? defaultAddress(instance),
			softap: world.softApAddress ?? defaultSoftApAddress(instance),
		});
	}

	/** One line of a control client, without its newline, as text. Always answered, by `host.send`. */
	onControl(connection: number, line: string): void {
		this.#started.control.line(connection, line);
	}

	onControlClosed(connection: number): void {
		this.#started.control.closed(connection);
	}

	/** The time that `host.alarm` asked for has come; earlier is harmless. */
	onAlarm(now: number): void {
		this.#started.timers.run(now);
	}

	/** A request of the Wi-Fi driver: JSON in which ssid and password are binary strings. @throws on any other */
	onRadio(request: string): void {
		this.#started.radio.request(request);
	}

	/**
	 * The answer to `host.request(kind, id, …)`, or with kind "event" (id 0) news for the control clients:
	 * `{"event": "<name>", …}`.
	 */
	onAnswer(kind: string, id: number, text: string): void {
		const { control } = this.#started;
		if (kind !== "event") {
			control.answer(id, text);
			return;
		}
		const event: Json = parseJson(text, "event");
		if (!isObject(event) || typeof event.event !== "string") throw new Error(`event: expected {"event": …}`);
		control.tell(event);
	}

	get #started(): Parts {
		if (this.#parts === undefined) throw new Error("the world was not started");
		return this.#parts;
	}
}

function readSaved(text: string): Fields {
	const saved = new Fields(parseJson(text, "restored"), "restored", [
		"version",
		"now",
		"random",
		"world",
		"pins",
		"control",
	]);
	saved.integer("version", SAVE_VERSION, SAVE_VERSION);
	return saved;
}

export default World;

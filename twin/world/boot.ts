// SPDX-License-Identifier: Apache-2.0

import { NativeHost } from "world/host-native";
import { World } from "world/main";

/** What the twin's world thread runs first: makes the world and gives C its entry points. */
export default function boot(): void {
	const world = new World();
	const host = new NativeHost({
		start: (radio: string, options: string) => world.start(host, radio, options),
		save: () => world.save(),
		configuration: () => world.configuration(),
		onControl: (connection: number, line: string) => world.onControl(connection, line),
		onControlClosed: (connection: number) => world.onControlClosed(connection),
		onAlarm: (now: number) => world.onAlarm(now),
		onRadio: (request: string) => world.onRadio(request),
		onAnswer: (kind: string, id: number, text: string) => world.onAnswer(kind, id, text),
	});
}

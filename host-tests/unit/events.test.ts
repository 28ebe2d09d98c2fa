// SPDX-License-Identifier: Apache-2.0

/** Unsolicited messages: said at once, or held until they can be said. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Events } from "core/events";
import { Settings, settings } from "core/settings";
import { Storage } from "../shims/storage";

/** A port that has room for so many messages. */
class RoomFor {
	readonly said: string[] = [];
	readonly values = new Settings(new Storage());
	readonly events = new Events(this, this.values);
	readonly asked: boolean[] = [];
	room: number;

	constructor(room: number) {
		this.room = room;
	}
	event(text: string, inPassthrough: boolean): boolean {
		this.asked.push(inPassthrough);
		if (this.room === 0) return false;
		this.room--;
		this.said.push(text);
		return true;
	}
}

describe("an event", () => {
	it("is said at once when there is room", () => {
		const port = new RoomFor(1);
		port.events.post("a", "A\r\n");
		assert.deepEqual(port.said, ["A\r\n"]);
	});
	it("is held when there is none, and said in order when there is again", () => {
		const port = new RoomFor(0);
		port.events.post("a", "A");
		port.events.post("b", "B");
		assert.deepEqual(port.said, []);
		port.room = 1;
		port.events.flush();
		assert.deepEqual(port.said, ["A"]);
		port.room = 9;
		port.events.flush();
		assert.deepEqual(port.said, ["A", "B"]);
		port.events.flush();
		assert.deepEqual(port.said, ["A", "B"], "once");
	});
	it("does not overtake those that are held", () => {
		const port = new RoomFor(0);
		port.events.post("a", "A");
		port.room = 9;
		port.events.post("b", "B");
		assert.deepEqual(port.said, []);
		port.events.flush();
		assert.deepEqual(port.said, ["A", "B"]);
	});
	it("replaces an older one of its kind that is held, in the order of the newest", () => {
		const port = new RoomFor(0);
		for (let i = 0; i < 1000; i++) {
			port.events.post("a", `A${i}`);
			port.events.post("b", `B${i}`);
		}
		port.events.post("a", "A!");
		port.room = 9999;
		port.events.flush();
		assert.deepEqual(port.said, ["B999", "A!"]);
	});
	it("goes into passthrough as bit 2 of SYSMSG says", () => {
		const port = new RoomFor(9);
		port.events.post("a", "A");
		port.values.set(settings.sysmsg, 3);
		port.events.post("a", "A");
		port.values.set(settings.sysmsg, 4);
		port.events.post("a", "A");
		assert.deepEqual(port.asked, [false, false, true]);
	});
});

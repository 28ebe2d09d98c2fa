// SPDX-License-Identifier: Apache-2.0

/** The guide's own examples that name hosts of the internet; and that they reached them. */

import assert from "node:assert/strict";
import { needsInternet } from "../wire/examples.ts";
import { replayExamples } from "../wire/guide.ts";
import { NEIGHBOUR, NEIGHBOUR_V6, STATION, STATION_V6 } from "./addresses.ts";
import { Internet, noInternet } from "./internet.ts";

/** Who is visited from where; an address of the station that nobody names is the system's choice in IPv6. */
const VISITS: Readonly<Record<string, readonly string[]>> = {
	"3.3.6-a": [
		`203.0.113.1 8000 from ${STATION}`,
		`${NEIGHBOUR} 1000 from ${STATION}`,
		`${NEIGHBOUR} 2500 from ${STATION}`,
		`${NEIGHBOUR} 1000 from ${STATION}`,
		`203.0.113.2 80 from ${STATION}`,
		"2001:db8::6 80 from 2001:db8::6",
		`${NEIGHBOUR_V6} 1000 from ${STATION_V6[0]}`,
		"2404:6800:4005:80b::2004 80 from 240e:3a1:2070:11c0:32ae:a4ff:fe80:65ac",
	],
};

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
	"3.3.5": ["A iot.espressif.cn", "A iot.espressif.cn", "AAAA ipv6.test-ipv6.com", "A ds.test-ipv6.com"],
	"3.3.6-a": ["A iot.espressif.cn", "A www.github.com", "AAAA test-ipv6.com"],
	"3.3.6-b": ["A pool.ntp.org"],
	"3.3.36": ["A www.baidu.com"],
};

describe("examples of the guide that need an internet", () => {
	const internet = new Internet();
	if (noInternet === undefined) {
		before(() => internet.open());
		after(() => internet.close());
	}
	replayExamples(needsInternet, noInternet, ({ id }) => {
		assert.deepEqual(internet.met(), VISITS[id] ?? []);
		assert.deepEqual(internet.questions(), QUESTIONS[id]);
	});
});

// SPDX-License-Identifier: Apache-2.0

/** The guide's own examples, except those that need an internet: they are host-tests/internet/examples.test.ts. */

import { needsInternet } from "./examples.ts";
import { replayExamples } from "./guide.ts";

describe("examples of the guide", () => replayExamples(example => !needsInternet(example)));

// SPDX-License-Identifier: Apache-2.0

/**
 * Tests that need an internet (host-tests/internet/) get one of their own: a network namespace with its addresses. Where
 * this machine allows none, each is skipped by name, and says why.
 *
 * 	node scripts/internet.mjs [MOCHA-OPTION...]
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const { interfaces } = JSON.parse(readFileSync(join(root, "host-tests/internet/addresses.json"), "utf8"));

/* Interfaces beside lo come in pairs, the ends of one cable each; the addresses are usable at once. */
const [station, peers] = Object.keys(interfaces).filter(it => it !== "lo");
const setUp = [
	`link add ${station} type veth peer name ${peers}`,
	...Object.entries(interfaces).flatMap(([name, addresses]) => [
		...(name === "lo" ? [] : [`link set ${name} addrgenmode none`]),
		`link set ${name} up`,
		...addresses.map(it => `addr add ${it} dev ${name}${it.includes(":") ? " nodad" : ""}`),
	]),
].join("\n");

/** A user who is not root may make a namespace only together with one of users; root, where those are forbidden, alone. */
const WAYS = [["--user", "--map-root-user", "--net"], ["--net"]];

function inNamespace(way, command, options) {
	const script = `ip -batch - <<'END' || exit 125\n${setUp}\nEND\nexec "$@"`;
	return spawnSync("unshare", [...way, "sh", "-c", script, "sh", ...command], { cwd: root, ...options });
}

function why({ error, stderr }) {
	if (error) return `unshare: ${error.code}; sudo apt-get install util-linux`;
	const text = stderr.trim().split("\n").at(-1);
	return /ip: not found/.test(text) ? "no ip; sudo apt-get install iproute2" : text;
}

let reason;
const way = WAYS.find(it => {
	const tried = inNamespace(it, ["true"], { encoding: "utf8" });
	if (tried.status === 0) return true;
	reason ??= why(tried);
	return false;
});
const mocha = ["node_modules/mocha/bin/mocha.js", "--no-color", "--config", "host-tests/internet.mocharc.json"];
const command = [process.execPath, ...mocha, ...process.argv.slice(2)];
const options = { stdio: ["ignore", "inherit", "inherit"] };
const { status } = way
	? inNamespace(way, command, options)
	: spawnSync(command[0], command.slice(1), {
			cwd: root,
			...options,
			env: { ...process.env, XS_AT_NO_INTERNET: reason },
		});
process.exit(status ?? 1);

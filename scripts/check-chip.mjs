// SPDX-License-Identifier: Apache-2.0

/**
 * `npm run check:chip`: proves the chip's side as far as it goes without a board, with the tools of an installed
 * Moddable SDK ($MODDABLE), and writes build/chip.json. A miss ends it with 1.
 *
 * Always: every TypeScript module with the SDK's settings, xsc, xsid and xsl as mcconfig calls them; each alias explained.
 * With mcconfig: it takes the manifest, and what it generates is what was checked.
 * With $IDF_PATH: each line of sdkconfig.defaults takes effect, the partition tables are the IDF's.
 * With XTENSA_CC as well: our C compiles without a warning, and its size.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPartitions, checkSdkconfig, idfVersion } from "./chip/idf.mjs";
import { checkImage } from "./chip/image.mjs";
import { readManifests } from "./chip/manifests.mjs";
import { checkMcconfig } from "./chip/mcconfig.mjs";
import { compileC } from "./chip/objects.mjs";
import { miss, report, root, skip, work } from "./chip/report.mjs";
import { findSdk } from "./chip/sdk.mjs";
import { writeCustom } from "./custom.mjs";

function clean() {
	rmSync(work, { recursive: true, force: true });
	mkdirSync(join(work, "ids"), { recursive: true });
}

function main() {
	const sdk = findSdk();
	if (!/^8\.2\./.test(sdk.version)) miss("xsc", `Moddable SDK ${sdk.version}; this firmware is for 8.2`);
	clean();
	writeCustom();
	const manifest = readManifests(sdk.moddable, join(root, "manifest.json"));
	report.sdk = { version: sdk.version, mcconfig: Boolean(sdk.tools.mcconfig) };
	const made = checkMcconfig(sdk, manifest, checkImage(sdk, manifest));
	const idf = process.env.IDF_PATH;
	if (!idf)
		skip("IDF_PATH is not set: effect of sdkconfig.defaults, gen_esp32part.py, our C against the IDF's headers");
	else {
		report.idf = idfVersion(idf);
		if (!/^6\.0\./.test(report.idf ?? ""))
			miss("mcconfig", `IDF_PATH: ESP-IDF ${report.idf ?? "not found"}, wanted v6.0`);
		else {
			checkPartitions(idf);
			const configured = made && checkSdkconfig(idf, made);
			if (!process.env.XTENSA_CC) skip("XTENSA_CC is not set: size of our objects");
			else if (configured) compileC(sdk, idf, manifest, made);
			else skip("without mcconfig and kconfgen there is no sdkconfig.h: size of our objects");
		}
	}
}

function summary() {
	const { slots, keys, aliases, romBytes, objects, image, engine, sdkconfig } = report;
	if (slots) {
		console.log(`ROM slots    ${slots.total} (ours ${slots.ours})`);
		console.log(`ROM keys     ${keys.total} (ours ${keys.ours})`);
		console.log(`aliases      ${aliases.total}, ${aliases.ramBytes} bytes of RAM`);
		for (const it of aliases.explained) console.log(`  ${String(it.count).padStart(3)} ${it.name}: ${it.why}`);
		console.log(`ROM bytes    ${romBytes.total} (ours ${romBytes.ours})`);
	}
	if (image) console.log(`mc.xs.c.o    ${image.text} text and constants, ${image.data} data, ${image.bss} bss`);
	if (objects)
		console.log(
			`our C        ${objects.text} text and constants, ${objects.data} data, ${objects.bss} bss, ${objects.files} files`,
		);
	if (engine) {
		console.log(
			`XS and SDK   ${engine.text} text and constants, ${engine.data} data, ${engine.bss} bss, ${engine.files} files`,
		);
		const sum = engine.text + image.text + objects.text;
		console.log(`sum          ${sum} bytes of flash, without ESP-IDF, before the linker drops what is unused`);
	}
	if (sdkconfig) console.log(`sdkconfig    ${sdkconfig.effective} of ${sdkconfig.lines} lines take effect`);
	console.log(`check:chip   ${report.misses.length} misses, ${report.skipped.length} parts skipped`);
}

if (process.argv[1] === import.meta.filename) {
	try {
		main();
	} catch (error) {
		report.misses.push(error.message);
		console.error(error.message);
	}
	mkdirSync(join(root, "build"), { recursive: true });
	writeFileSync(join(root, "build/chip.json"), `${JSON.stringify(report, null, "\t")}\n`);
	if (report.slots) summary();
	process.exit(report.misses.length ? 1 : 0);
}

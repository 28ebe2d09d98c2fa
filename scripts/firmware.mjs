// SPDX-License-Identifier: Apache-2.0

/**
 * `npm run firmware`: builds the firmware with an installed Moddable SDK and ESP-IDF, as `mcconfig -m -p esp32` does, and
 * says how large it is. `npm run firmware -- flash PORT [--factory]` builds and flashes. It fetches nothing.
 *
 * `--factory` also writes the secondary partition table and the manufacturing data from partitions/: for a new module.
 * One that came with ESP-AT has its own, which are kept.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { idfVersion, pythonCommand } from "./chip/idf.mjs";
import { imageFigures } from "./chip/image.mjs";
import { projectOf } from "./chip/mcconfig.mjs";
import { PLATFORM, SUBCLASS } from "./chip/report.mjs";
import { findSdk } from "./chip/sdk.mjs";
import { writeCustom } from "./custom.mjs";
import { partitionTable, readPartitions, SECONDARY_OFFSET } from "./partitions.mjs";

const root = resolve(import.meta.dirname, "..");
const work = join(root, "build/firmware");
const FLASH_BAUD = "921600";

const INSTALL_SDK = `
  The Moddable SDK 8.2, once:
    sudo apt-get install gcc git wget make libncurses-dev flex bison gperf libglib2.0-dev libgtk-3-dev
    git clone --branch 8.2.3 https://github.com/Moddable-OpenSource/moddable ~/Projects/moddable
    export MODDABLE=$HOME/Projects/moddable PATH=$PATH:$HOME/Projects/moddable/build/bin/lin/release
    make -C $MODDABLE/build/makefiles/lin
  (\`npx xs-dev setup\` installs the SDK too, in whatever version is its latest.)`;

const INSTALL_IDF = `
  ESP-IDF v6.0, once:
    sudo apt-get install git wget flex bison gperf python3 python3-pip python3-venv cmake ninja-build ccache libffi-dev libssl-dev dfu-util libusb-1.0-0
    git clone --branch v6.0 --recursive https://github.com/espressif/esp-idf.git ~/esp32/esp-idf-v6.0
    ~/esp32/esp-idf-v6.0/install.sh esp32s2
  and in each shell:
    export IDF_PATH=$HOME/esp32/esp-idf-v6.0 && . $IDF_PATH/export.sh
  (Not \`xs-dev setup --device esp32\`: 0.30.3 takes ESP-IDF v5.1.2, which the SDK 8.2 refuses.)`;

function stop(text, help = "") {
	console.error(`firmware: ${text}${help}`);
	process.exit(1);
}

function output(command, parameters) {
	const done = spawnSync(command, parameters, { encoding: "utf8" });
	return done.status === 0 ? done.stdout.trim() : undefined;
}

/** What is installed, or what to install. */
function requireTools() {
	let sdk;
	try {
		sdk = findSdk();
	} catch (error) {
		stop(error.message, process.env.MODDABLE ? "" : INSTALL_SDK + (process.env.IDF_PATH ? "" : INSTALL_IDF));
	}
	if (!/^8\.2\./.test(sdk.version)) stop(`Moddable SDK ${sdk.version} at ${sdk.moddable}; wanted 8.2`, INSTALL_SDK);
	if (!sdk.tools.mcconfig)
		stop("mcconfig is not built: sudo apt-get install libglib2.0-dev && make -C $MODDABLE/build/makefiles/lin");
	const idf = process.env.IDF_PATH;
	if (!idf) stop("IDF_PATH is not set", INSTALL_IDF);
	const version = idfVersion(idf);
	if (!/^6\.0\./.test(version ?? "")) stop(`IDF_PATH=${idf} is ${version ?? "no ESP-IDF"}; wanted v6.0`, INSTALL_IDF);
	/* The SDK's build asks git for the version and gives up when a shallow clone has no tag. */
	const tag = output("git", ["-C", idf, "describe", "--always", "--abbrev=0"]);
	if (!/^v6\.0(\.|$)/.test(tag ?? ""))
		stop(`git calls ${idf} "${tag}", not v6.0: git -C $IDF_PATH fetch --depth 1 origin tag v6.0`);
	for (const tool of ["idf.py", `xtensa-${SUBCLASS}-elf-gcc`])
		if (!output("sh", ["-c", `command -v ${tool}`]))
			stop(`no ${tool} on PATH: . $IDF_PATH/export.sh (after $IDF_PATH/install.sh ${SUBCLASS})`);
	return { sdk, idf, version };
}

function mcconfig(sdk, parameters) {
	const done = spawnSync(
		sdk.tools.mcconfig,
		[...parameters, "-p", PLATFORM, "-o", work, join(root, "manifest.json")],
		{ stdio: "inherit", env: { ...process.env, PATH: sdk.path } },
	);
	if (done.status !== 0) stop(`mcconfig ${parameters.join(" ")} failed`);
}

function build({ sdk, idf }) {
	mkdirSync(work, { recursive: true });
	writeCustom();
	const { folder, project } = projectOf(work);
	const image = join(project, "build/xs_esp32.bin");
	/* mcconfig's makefile goes on when the IDF fails, and would leave us the image of last time. */
	rmSync(image, { force: true });
	mcconfig(sdk, ["-m", "-t", "build"]);
	if (!existsSync(image)) stop("ESP-IDF made no image; what it said is above");

	const read = name => readFileSync(join(root, "partitions", name), "utf8");
	const primary = readPartitions(read("partitions.csv"));
	const secondary = readPartitions(read("at_customize.csv"), SECONDARY_OFFSET);
	/* Without MD5, as the app is configured and as ESP-AT's is. */
	writeFileSync(
		join(work, "at_customize.bin"),
		partitionTable(read("at_customize.csv"), { offset: SECONDARY_OFFSET, md5: false }),
	);
	const data = secondary.find(it => it.name === "mfg_nvs");
	const generator = join(idf, "components/nvs_flash/nvs_partition_generator/nvs_partition_gen.py");
	const made = spawnSync(
		pythonCommand(),
		[generator, "generate", join(root, "partitions/mfg_nvs.csv"), join(work, "mfg_nvs.bin"), String(data.size)],
		{ encoding: "utf8", cwd: join(root, "partitions") },
	);
	if (made.status !== 0) stop(`nvs_partition_gen.py: ${made.stdout}${made.stderr}`);
	return {
		folder,
		project,
		image,
		slot: primary.find(it => it.name === "ota_0"),
		factory: {
			[SECONDARY_OFFSET]: join(work, "at_customize.bin"),
			[data.offset]: join(work, "mfg_nvs.bin"),
		},
	};
}

function showSizes({ folder, image, slot }) {
	const { size } = statSync(image);
	const figures = imageFigures(join(folder, "mc.xs.c"));
	console.log(
		`image        ${size} of ${slot.size} bytes (${((100 * size) / slot.size).toFixed(1)} %): ${relative(root, image)}`,
	);
	console.log(`preloaded    ${figures.slots} slots, ${figures.keys} keys, ${figures.rom.total} bytes of flash`);
	console.log(`aliases      ${figures.aliasCount}, ${figures.aliasBytes} bytes of RAM`);
	if (size > slot.size) stop("the image does not fit its slot");
}

/** What `idf.py flash` runs, read from what the build left for it. */
function flash({ project, factory }, port, withFactory) {
	const folder = join(project, "build");
	const it = JSON.parse(readFileSync(join(folder, "flasher_args.json"), "utf8"));
	const files = { ...it.flash_files, ...(withFactory ? factory : {}) };
	const parameters = [
		...["-m", "esptool", "--chip", it.extra_esptool_args.chip, "--port", port, "--baud", FLASH_BAUD],
		...["--before", it.extra_esptool_args.before, "--after", it.extra_esptool_args.after],
		...["write-flash", ...it.write_flash_args],
		...Object.entries(files).flatMap(([offset, file]) => [
			`0x${Number(offset).toString(16)}`,
			resolve(folder, file),
		]),
	];
	console.log(`esptool ${parameters.slice(2).join(" ")}`);
	const done = spawnSync(pythonCommand(), parameters, { stdio: "inherit", cwd: folder });
	if (done.status !== 0)
		stop(`esptool failed; is ${port} the module, and is it in download mode (IO0 low at reset)?`);
}

const [what, ...rest] = process.argv.slice(2);
const port = rest.find(it => !it.startsWith("--"));
if (what !== undefined && (what !== "flash" || !port))
	stop("usage: npm run firmware | npm run firmware -- flash PORT [--factory]");
const made = build(requireTools());
showSizes(made);
if (what === "flash") flash(made, port, rest.includes("--factory"));

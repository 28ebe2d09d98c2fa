// SPDX-License-Identifier: Apache-2.0

/**
 * What the SDK's compiler and the twin's build bind at build time, bound at run time: `native("xs_port_write")` calls
 * write() of the fake port of the device that runs. To be imported before any module of the firmware.
 */

/** One run of the firmware, for its natives. */
export interface Run {
	/** By what follows `xs_`: makes the fake that serves the natives of one object. */
	readonly makers: Readonly<Record<string, (...parameters: never[]) => object>>;
	/** A line to the log port. */
	log(text: string): void;
}

let running: Run | undefined;
const served = new WeakMap<object, object>();

/** The device whose code runs from now on: objects with natives that it makes are its own. */
export function setRunning(run: Run): void {
	running = run;
}

function make(self: object, module: string, parameters: unknown[]): void {
	const maker = running?.makers[module] as ((...parameters: unknown[]) => object) | undefined;
	if (maker === undefined)
		throw new TypeError(`native xs_${module}: no fake for it in host-tests/shims/device.ts, or no boot() yet`);
	served.set(self, maker(...parameters));
}

function call(self: object, module: string, method: string, parameters: unknown[]): unknown {
	const fake = served.get(self) as Record<string, (...parameters: unknown[]) => unknown> | undefined;
	if (typeof fake?.[method] !== "function")
		throw new TypeError(`native xs_${module}_${method}: the fake of xs_${module} has no ${method}()`);
	return fake[method](...parameters);
}

/** The name's parts: `xs_port` makes, `xs_port_write` calls. */
function bind(name: string): (this: unknown, ...parameters: unknown[]) => unknown {
	if (name === "xs_log") return text => running?.log(`${String(text)}\n`);
	const [, module = "", method] = name.split("_");
	return function (...parameters) {
		return method === undefined
			? make(this as object, module, parameters)
			: call(this as object, module, method, parameters);
	};
}

Object.assign(globalThis, {
	native: bind,
	Native: () => class {},
});

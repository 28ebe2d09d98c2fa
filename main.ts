// SPDX-License-Identifier: Apache-2.0

import { enterPassthrough } from "at-commands/power-up";
import { table } from "at-commands/table";
import { startRadio } from "at-commands/wifi";
import { At } from "core/at";
import { Dispatcher } from "core/dispatcher";
import { Settings, settings } from "core/settings";
import { Firmware } from "firmware/firmware";
import { Flash } from "flash/flash";
import { Links } from "link/link";
import { Server } from "link/server";
import { Network } from "net/network";
import { Port } from "port/port";
import { Power } from "power/power";
import { Registers } from "registers/registers";
import { Manufacturing } from "store/manufacturing";
import { Store } from "store/store";
import { System } from "system/system";
import { Scan } from "wifi/scan";
import { SoftAp } from "wifi/softap";
import { Station, StationState } from "wifi/wifi";

/** The order of starting up: settings, port, commands, `ready`, network. All state hangs from what is made here. */
export default function main(): void {
	const system = new System();
	const store = new Store();
	const values = new Settings(store);

	const dispatcher = new Dispatcher(table);
	const port = new Port(dispatcher.line, dispatcher.event, dispatcher.fail, dispatcher);
	port.open(
		values.get(settings.uartRate),
		values.get(settings.uartDataBits),
		values.get(settings.uartStopBits),
		values.get(settings.uartParity),
		values.get(settings.uartFlow),
	);

	const at = new At(port, values);
	dispatcher.at = at;
	const wifi = new Station(at.events, values);
	const softAp = new SoftAp(at.events, values, wifi.radio);
	const scan = new Scan();
	const links = new Links(at.events, values);
	const server = new Server(links, at.events, values);
	const network = new Network(values);
	wifi.onAddress = softAp.onUp = () => {
		links.networkUp();
		void server.networkChanged();
	};
	wifi.onLost = () => {
		links.networkLost(false, softAp.isOn);
		void server.networkChanged();
	};
	softAp.onDown = () => {
		links.networkLost(true, wifi.state === StationState.connected);
		void server.networkChanged();
	};
	wifi.onClients = () => softAp.tellNews();
	wifi.onScanned = () => scan.ended();
	const resume = (result: number): void => at.resume(result);
	at.capabilities = {
		wifi,
		softAp,
		scan,
		links,
		server,
		network,
		system,
		power: new Power(),
		firmware: new Firmware(),
		registers: new Registers(),
		store,
		flash: new Flash(resume),
		manufacturing: new Manufacturing(resume),
		get commands() {
			return dispatcher.commands();
		},
		registerCommands: (set, override) => dispatcher.registerCommands(set, override),
	};

	if (!enterPassthrough(at)) port.start();

	startRadio(at);
}

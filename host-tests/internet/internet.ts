// SPDX-License-Identifier: Apache-2.0

import { createServer, type Server } from "node:net";
import { DnsPeer } from "../wire/dns.ts";
import { NAME_SERVER, NEIGHBOUR_V6, PEERS, SERVERS, ZONE } from "./addresses.ts";

const NAME_SERVER_PORT = 53;

/** Why there is none here: what scripts/internet.mjs was told when it wanted one. */
export const noInternet = process.env["XS_AT_NO_INTERNET"];

/** The servers of the internet of the examples, up between open() and close(). */
export class Internet {
	/** Who came, in this order: "server's address port from client's address". */
	visits: string[] = [];
	readonly #servers: Server[] = [];
	#dns: DnsPeer | undefined;

	async open(): Promise<void> {
		this.#dns = await DnsPeer.open(ZONE, NAME_SERVER, NAME_SERVER_PORT);
		for (const [host, port] of SERVERS) {
			const server = createServer(socket => {
				this.visits.push(`${host} ${port} from ${(socket.remoteAddress ?? "").replace(/%.*/, "")}`);
				socket.on("error", () => {});
				socket.resume();
			});
			this.#servers.push(server);
			await new Promise<void>((resolve, reject) => {
				server.once("error", reject);
				server.listen(port, host === NEIGHBOUR_V6 ? `${host}%${PEERS}` : host, resolve);
			});
		}
	}
	close(): void {
		this.#dns?.close();
		for (const server of this.#servers) server.close();
	}
	/** Those who came since it was asked last. */
	met(): string[] {
		return this.visits.splice(0);
	}
	/** The questions to the name server since it was asked last. */
	questions(): string[] {
		return this.#dns?.questions.splice(0) ?? [];
	}
}

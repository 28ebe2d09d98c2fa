// SPDX-License-Identifier: Apache-2.0

import type { JoinFailure, RequestKind, WorldHost } from "world/host";

/** WorldHost over the twin's C (twin/world.c). */
export class NativeHost extends Native("xs_world_destructor") implements WorldHost {
	/** @param world the object whose entry points C calls */
	constructor(world: object) {
		super();
		native("xs_world").call(this, world);
	}
	now(): number {
		return native("xs_world_now").call(this);
	}
	alarm(deadline: number): void {
		return native("xs_world_alarm").call(this, deadline);
	}
	send(connection: number, line: string): void {
		return native("xs_world_send").call(this, connection, line);
	}
	associated(joinId: number, bssid: string, channel: number, rssi: number): void {
		return native("xs_world_associated").call(this, joinId, bssid, channel, rssi);
	}
	address(ip: string, gateway: string, netmask: string, joinId: number): void {
		return native("xs_world_address").call(this, ip, gateway, netmask, joinId);
	}
	joinFailed(joinId: number, reason: JoinFailure): void {
		return native("xs_world_joinFailed").call(this, joinId, reason);
	}
	disconnected(reason: number, joinId: number): void {
		return native("xs_world_disconnected").call(this, reason, joinId);
	}
	country(code: string, first: number, count: number): void {
		return native("xs_world_country").call(this, code, first, count);
	}
	address6(global: boolean, ip: string): void {
		return native("xs_world_address6").call(this, global, ip);
	}
	found(
		scanId: number,
		ssid: string,
		bssid: string,
		channel: number,
		rssi: number,
		ecn: number,
		pairwise: number,
		group: number,
		protocol: number,
		wps: boolean,
	): void {
		// prettier-ignore
		return native("xs_world_found").call(this, scanId, ssid, bssid, channel, rssi, ecn, pairwise, group, protocol, wps);
	}
	scanned(scanId: number, complete: boolean): void {
		return native("xs_world_scanned").call(this, scanId, complete);
	}
	clientJoined(mac: string): void {
		return native("xs_world_clientJoined").call(this, mac);
	}
	clientAddressed(mac: string, ip: string): void {
		return native("xs_world_clientAddressed").call(this, mac, ip);
	}
	clientLeft(mac: string): void {
		return native("xs_world_clientLeft").call(this, mac);
	}
	actual(ip: string): string {
		return native("xs_world_actual").call(this, ip);
	}
	request(kind: RequestKind, id: number, argument: string): void {
		return native("xs_world_request").call(this, kind, id, argument);
	}
}

// SPDX-License-Identifier: Apache-2.0

export const version = Object.freeze({
	/** The level of ESP-AT's protocol that the default dialect speaks; host drivers branch on it. */
	protocol: "3.4.0.0",
	/** Our own. */
	firmware: "0.1.0",
});

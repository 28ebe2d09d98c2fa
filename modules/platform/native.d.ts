// SPDX-License-Identifier: Apache-2.0

/**
 * The binding of natives, as the SDK's compiler knows it (documentation/xs/XS in C.md): it and the twin's build turn
 * exactly this pattern into direct native calls, and refuse any other.
 */
declare function native(name: string): (this: unknown, ...parameters: any[]) => any;
declare function Native(destructor: string): new () => object;

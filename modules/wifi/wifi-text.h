/* SPDX-License-Identifier: Apache-2.0 */
/* What the natives of Wi-Fi share: addresses between C and JavaScript, and the one service that tells events. */
#ifndef XS_AT_WIFI_TEXT_H
#define XS_AT_WIFI_TEXT_H

#include "net.h"
#include "wifi.h"
#include "xsmc.h"

/** Sets a WIFI_EVENT for WifiNative's onEvent. Any task. */
void wifi_tell(unsigned event);

/** @return the length @throws RangeError when it does not fit */
uint8_t wifi_get_bytes(xsMachine *the, xsSlot *slot, uint8_t *to, size_t size);

/** "aa:bb:cc:dd:ee:ff" @throws RangeError when it is none */
void wifi_get_mac(xsMachine *the, xsSlot *slot, uint8_t mac[6]);

/** @return false for "", which leaves ip as it is @throws RangeError when it is no IPv4 address */
bool wifi_get_ip(xsMachine *the, xsSlot *slot, uint8_t ip[4]);

/** The first three arguments, IPv4. @return false when one is "" @throws RangeError when one is no address */
bool wifi_get_address(xsMachine *the, wifi_address *address);

/** xsResult becomes an array. */
void wifi_answer(xsMachine *the, xsIntegerValue size);

/* An element of it. */
void wifi_put_integer(xsMachine *the, xsIntegerValue index, xsIntegerValue value);
void wifi_put_text(xsMachine *the, xsIntegerValue index, const char *text);
void wifi_put_ip(xsMachine *the, xsIntegerValue index, const uint8_t ip[4]);
/** As a binary string. The bytes must not lie in the JavaScript heap. */
void wifi_put_bytes(xsMachine *the, xsIntegerValue index, const uint8_t *bytes, size_t size);
/** @param address NULL is "" */
void wifi_put_address6(xsMachine *the, xsIntegerValue index, const net_address *address);

/** xsResult becomes an array of size elements, which begins with ip, gateway, netmask and link-local address. */
void wifi_put_addresses(xsMachine *the, const wifi_address *address, unsigned interface, xsIntegerValue size);

#endif

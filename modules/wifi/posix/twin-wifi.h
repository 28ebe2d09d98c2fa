/* SPDX-License-Identifier: Apache-2.0 */
/* Between the Wi-Fi driver in the twin and the radio world. */
#ifndef XS_AT_TWIN_WIFI_H
#define XS_AT_TWIN_WIFI_H

#include <stdbool.h>

#include "wifi.h"

/** Before the radio is used. @param instance number of this twin, 0..16383 */
void wifi_radio_prepare(unsigned instance);

/** Implemented by the twin: hands a request to the radio world. Any thread. */
void wifi_radio_request(const char *json);

/* --- told by the radio world, for what the portable half asks for and does not wait for --- */

/** The SoftAP's address where nobody sets another; before the radio is used. */
void wifi_radio_told_default_address(const wifi_address *address);

/** Of the access point in hand. */
void wifi_radio_told_signal(int channel, int rssi);

/** The station has no access point any more, and nothing that it had of it. */
void wifi_radio_told_lost(void);

/** That of the access point, until it is lost. */
void wifi_radio_told_country(const char *code, unsigned first, unsigned count);

/** The station's link-local address. */
void wifi_radio_told_link_local(const uint8_t ip[16]);

#endif
